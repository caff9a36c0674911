"""Gmail and Google Calendar: what their APIs ask of us, and what is read from them.

Only metadata is ever asked for: of a message its ids, labels, time and a list of header fields;
of an event its time and guests. Each request carries a `fields` mask that says so.
"""
