"""Google Calendar: which calendars are read, and what an event says of a contact."""
