"""Beforehand: keep your network warm before you need it."""

__version__ = "0.1.0"
