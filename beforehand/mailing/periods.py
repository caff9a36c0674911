"""Which week a report is for, and when it is due, on the owner's own calendar.

A report's week begins at midnight of the report day and ends at midnight of the next. Within it
the report goes out once, from its time of day on; after it, the next one takes its place. The
week is named by the ISO week in which its report day lies: so a Sunday's report that is sent on
Monday, in the next ISO week, still is Sunday's, and next Sunday's goes out as well.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from beforehand.config import DAYS, Config


def report_day(config: Config, day: date) -> date:
    """Return the last report day up to this day, which may be one itself."""
    return day - timedelta(days=(day.weekday() - DAYS.index(config.report.day)) % 7)


def label(config: Config, now: datetime) -> str:
    """Return the name of the report's week at `now` (aware), as "2026-W48"."""
    return f"{report_day(config, now.astimezone(config.zone).date()):%G-W%V}"


def due_at(config: Config, now: datetime) -> datetime:
    """Return when the report of the week at `now` (aware) is due, in UTC; it may be after `now`.

    A time of day that daylight saving skips falls an hour later, and of two the first counts.
    """
    return _slot(config, report_day(config, now.astimezone(config.zone).date()))


def next_due(config: Config, now: datetime) -> datetime:
    """Return the next time after `now` (aware) at which a report is due, in UTC; as `due_at`."""
    this = report_day(config, now.astimezone(config.zone).date())
    slot = _slot(config, this)
    return slot if slot > now else _slot(config, this + timedelta(days=7))


def _slot(config: Config, day: date) -> datetime:
    clock = time.fromisoformat(config.report.time)
    return datetime.combine(day, clock, config.zone).astimezone(UTC)
