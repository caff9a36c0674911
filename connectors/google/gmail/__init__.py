"""A Gmail mailbox: listed, planned, read, and followed."""
