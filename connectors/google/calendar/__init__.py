"""Google Calendar: which calendars are read, and what of their events."""
