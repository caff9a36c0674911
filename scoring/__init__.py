"""Judging ties. Arrays in, judgements with reasons out: no I/O, no clock, no randomness."""
