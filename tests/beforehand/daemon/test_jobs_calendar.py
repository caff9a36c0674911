"""When the next report is due, on the owner's wall clock; and the heart that beats on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from beforehand import config
from beforehand.config import DAYS, Config
from beforehand.daemon import main
from beforehand.mailing import periods
from tests.support.owner import NOW

ZONES = (
    *("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"),
    *("Pacific/Auckland", "America/Sao_Paulo", "Africa/Cairo", "America/Nuuk"),
)


def weekly(day: str, clock: str, zone: str) -> Config:
    table = {
        "owner": {"name": "Ada", "addresses": ["ada@example.org"], "timezone": zone},
        "report": {"day": day, "time": clock},
    }
    return config.parse(table, Path("config.toml"))


@settings(max_examples=100)
@given(
    now=st.datetimes(datetime(2015, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis wants naive bounds
    day=st.sampled_from(DAYS),
    minute=st.integers(0, 24 * 60 - 1),
    zone=st.sampled_from(ZONES),
)
def test_the_next_report_is_on_its_day_at_its_time_within_a_week(
    now: datetime, day: str, minute: int, zone: str
) -> None:
    clock = f"{minute // 60:02}:{minute % 60:02}"
    due = periods.next_due(weekly(day, clock, zone), now)
    assert now < due <= now + timedelta(days=7, hours=1)
    local = due.astimezone(ZoneInfo(zone))
    assert DAYS[local.weekday()] == day
    late = (local.hour * 60 + local.minute) - minute
    # Only a time that the clocks skipped comes later, and by no more than was skipped.
    skipped = local.utcoffset() - (due - timedelta(hours=2)).astimezone(ZoneInfo(zone)).utcoffset()
    assert late == 0 or 0 < late <= skipped.total_seconds() / 60


@pytest.mark.parametrize(
    ("now", "due"),
    [
        # In Berlin 02:30 is skipped on 29 March 2026, and comes twice on 25 October.
        ("2026-03-28T12:00", "2026-03-29T01:30"),
        ("2026-03-29T01:30", "2026-04-05T00:30"),
        ("2026-10-24T12:00", "2026-10-25T00:30"),
        ("2026-10-25T00:30", "2026-11-01T01:30"),
        ("2026-10-25T01:00", "2026-11-01T01:30"),
    ],
)
def test_the_next_report_across_summer_time(now: str, due: str) -> None:
    sunday = weekly("sunday", "02:30", "Europe/Berlin")
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert periods.next_due(sunday, at) == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_the_heart_beats_on_when_the_clock_is_set_back() -> None:
    beats: list[int] = []
    with time_machine.travel(NOW, tick=False) as clock:
        look = main.heartbeat(lambda: beats.append(1))
        look()
        assert len(beats) == 0
        clock.shift(main.HEARTBEAT_SECONDS)
        look()
        look()
        assert len(beats) == 1
        clock.shift(-3600)
        look()
        look()
        assert len(beats) == 2
        clock.shift(main.HEARTBEAT_SECONDS)
        look()
        assert len(beats) == 3
