"""UTC days as numbers: days since 1970-01-01."""

from __future__ import annotations

from datetime import date
from math import floor

SECONDS_A_DAY = 86_400
_EPOCH = date(1970, 1, 1).toordinal()
EARLIEST_DAY = date.min.toordinal() - _EPOCH
LATEST_DAY = date.max.toordinal() - _EPOCH


def today(now: float) -> int:
    """Return the UTC day in which `now` (unix seconds UTC) falls."""
    return floor(now / SECONDS_A_DAY)


def as_date(day: int) -> date:
    """Return the calendar date of a UTC day."""
    return date.fromordinal(day + _EPOCH)
