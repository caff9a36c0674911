"""What an owner can answer to a report, and what each answer means in time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType


class Verb(StrEnum):
    """What an owner can answer to a report."""

    MET = "met"
    SNOOZE = "snooze"
    IGNORE = "ignore"
    HELPED = "helped"
    ASKED = "asked"
    PAUSE = "pause"
    RESUME = "resume"


SNOOZE_WEEKS = 4
"""How long somebody is left out who was put off."""

EXPIRES: Mapping[Verb, timedelta] = MappingProxyType(
    dict.fromkeys(Verb, timedelta(days=60))
    | dict.fromkeys((Verb.PAUSE, Verb.RESUME), timedelta(days=400))
)
"""How long an answer is taken, from the day of the report on."""
