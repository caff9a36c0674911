"""The kinds of flag: what a report may put before the owner of somebody.

These are the names that the store keeps and that the tokens of answers carry, so none may change.
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
