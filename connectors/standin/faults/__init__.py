"""Faults of Google's servers and of networks, switched on one by one or mixed by seed."""
