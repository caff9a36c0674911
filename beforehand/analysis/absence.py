"""The days that an owner's calendars call absence: spans of time, as whole days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from scoring.days import today

_NOON = time(12)


def away_days(spans: Iterable[tuple[datetime, datetime]], zone: tzinfo) -> list[int]:
    """The UTC days that these spans [start, end) cover whole; the owner lives in `zone`."""
    return [_utc_day(day, zone) for day in whole_days(spans, zone)]


def whole_days(spans: Iterable[tuple[datetime, datetime]], zone: tzinfo) -> Iterator[date]:
    """The days of `zone` that these spans [start, end), taken together, cover from end to end."""
    for start, end in _merged(spans):
        day = start.astimezone(zone).date()
        if _midnight(day, zone) < start:
            day += timedelta(days=1)
        while _midnight(day + timedelta(days=1), zone) <= end:
            yield day
            day += timedelta(days=1)


def _merged(spans: Iterable[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """The same spans, joined where they touch: two halves of a day are a day."""
    begin: datetime | None = None
    reach: datetime | None = None
    for start, end in sorted(spans):
        if reach is not None and begin is not None and start > reach:
            yield begin, reach
            begin = reach = None
        begin = begin or start
        reach = end if reach is None else max(reach, end)
    if begin is not None and reach is not None:
        yield begin, reach


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _utc_day(day: date, zone: tzinfo) -> int:
    """The UTC day that shares most with this day of `zone`: scoring counts in UTC days."""
    return today(datetime.combine(day, _NOON, zone).timestamp())
