"""The kinds of flag: why a report puts a person before the owner; and why it does not.

The store keeps the names of flags and the tokens of answers carry them, so none may change.
"""

from __future__ import annotations

from enum import StrEnum

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


class SuppressionKind(StrEnum):
    """Why somebody is not put before the owner, whatever their tie is like."""

    MEETING = "meeting"  # the two will meet soon
    SNOOZED = "snoozed"  # the owner said so
    NAMED = "named"  # a report has just named them
    NAMED_OFTEN = "named often"  # reports have named them in this silence often enough
