"""Days of a zone in SQL: the day on which a moment falls, and the moments of a range of days.

A day is the number of days since 1970-01-01. A moment is in seconds since then, UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

SECONDS_A_DAY = 86_400
# Added before dividing: databases round a negative quotient towards zero. No date is older.
_SHIFT = date(1970, 1, 1).toordinal()
# Offsets of a zone are looked for between these years; beyond, the nearest one is used.
_FIRST_YEAR, _LAST_YEAR = 1840, 2150
# Where clocks are put back past midnight, a little of a day lies beside the rest of it.
_ASIDE = 3 * 3600


class Offsets(NamedTuple):
    """A zone's offsets from UTC over a stretch of time, in seconds.

    `seconds[0]` holds before `changes[0]`, `seconds[i]` from `changes[i - 1]` on.
    """

    changes: tuple[int, ...]
    seconds: tuple[int, ...]


NO_OFFSETS = Offsets((), (0,))


def offsets(zone: tzinfo, first: int, last: int) -> Offsets:
    """The offsets of a zone for all moments from `first` to `last`."""
    if zone is UTC:
        return NO_OFFSETS
    years = (datetime.fromtimestamp(moment, UTC).year for moment in (first, last))
    least, most = (min(max(year, _FIRST_YEAR), _LAST_YEAR) for year in years)
    return _offsets(zone, least, most)


@lru_cache(maxsize=64)
def _offsets(zone: tzinfo, first_year: int, last_year: int) -> Offsets:
    begin = int(datetime(first_year, 1, 1, tzinfo=UTC).timestamp()) - SECONDS_A_DAY
    end = int(datetime(last_year + 1, 1, 1, tzinfo=UTC).timestamp()) + SECONDS_A_DAY
    changes, seconds = [], [_offset(zone, begin)]
    for moment in range(begin, end, SECONDS_A_DAY):
        later = moment + SECONDS_A_DAY
        if (offset := _offset(zone, later)) != seconds[-1]:
            changes.append(_first_with(zone, moment, later))
            seconds.append(offset)
    return Offsets(tuple(changes), tuple(seconds))


def _offset(zone: tzinfo, moment: int) -> int:
    offset = datetime.fromtimestamp(moment, zone).utcoffset() or timedelta(0)
    return int(offset.total_seconds())


def _first_with(zone: tzinfo, before: int, after: int) -> int:
    """The first moment, by bisection, at which the offset of `after` holds."""
    wanted = _offset(zone, after)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == wanted:
            after = middle
        else:
            before = middle
    return after


def day_of(at: ColumnElement[int], zone: Offsets) -> ColumnElement[int]:
    """The day on which the moment `at` falls in a zone with these offsets."""
    local = at if zone.seconds == (0,) else at + _choose(at, zone.changes, zone.seconds)
    # Numbers in the text, not parameters: PostgreSQL groups by equal expressions only.
    return (local + _number(_SHIFT * SECONDS_A_DAY)) // _number(SECONDS_A_DAY) - _number(_SHIFT)


def _number(value: int) -> ColumnElement[int]:
    return sa.literal_column(str(value), sa.BigInteger)


def _choose(
    at: ColumnElement[int], changes: Sequence[int], seconds: Sequence[int]
) -> ColumnElement[int]:
    """The offset at a moment, by bisection."""
    if not changes:
        return _number(seconds[0])
    middle = len(changes) // 2
    return sa.case(
        (
            at < _number(changes[middle]),
            _choose(at, changes[:middle], seconds[: middle + 1]),
        ),
        else_=_choose(at, changes[middle + 1 :], seconds[middle + 1 :]),
    )


def day_at(moment: int, zone: tzinfo) -> int:
    """The day on which a moment falls in a zone."""
    if zone is UTC:
        return moment // SECONDS_A_DAY
    return datetime.fromtimestamp(moment, zone).toordinal() - _SHIFT


def span(first: int, last: int, zone: tzinfo) -> tuple[int, int]:
    """From which moment to before which all moments of the days `first` to `last` lie.

    In other zones than UTC the span holds some moments of the days beside these, too.
    """
    if zone is UTC:
        return first * SECONDS_A_DAY, (last + 1) * SECONDS_A_DAY
    begin = datetime.fromordinal(first + _SHIFT).replace(tzinfo=zone)
    end = datetime.fromordinal(last + 1 + _SHIFT).replace(tzinfo=zone)
    return int(begin.timestamp()) - _ASIDE, int(end.timestamp()) + _ASIDE
