"""Gmail: full sync, partial sync, and what a message says of a contact."""
