"""Gmail and Google Calendar as sources, and Gmail for sending the report.

Only metadata is requested: ids, labels, time and some header fields of a message; time and guests
of an event. Each request has a `fields` mask that says so.
"""
