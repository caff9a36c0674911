"""Running by itself: the daemon, its service manager, its signs of life, and its alarms."""
