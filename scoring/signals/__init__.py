"""What can be seen beside a lapse: each signal in a file of its own, with its evidence as data."""
