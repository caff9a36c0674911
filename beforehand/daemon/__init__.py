"""The daemon: what is due, its signs of life, its service manager, and its alerts."""
