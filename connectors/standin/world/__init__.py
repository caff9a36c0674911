"""The world behind the stand-in: a mailbox, calendars, the truth about them, and changes."""
