"""The kinds of flag: why a report puts a person before the owner.

The store keeps these names and the tokens of answers carry them, so none may change.
"""

from __future__ import annotations

LAPSE = "lapse"
"""To write to, for the silence outgrows the rhythm."""

REPLY = "reply"
"""A reply seems owed."""

ENCOUNTER = "encounter"
"""Somebody new, and no word since."""

HELLO = "hello"
"""A tie asleep that is worth a hello."""

ADDRESS = "address"
"""An address that died, or moved."""
