"""Reading mail headers: addresses, dates, and what a message says of a contact."""
