"""Mail archives: mbox files, plain or compressed, Google Takeout's included."""
