"""What the owner's calendars say of their absences: which days that is, and what is exported."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beforehand.analysis.absence import whole_days

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from(
    ("UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland", "America/Sao_Paulo")
).map(ZoneInfo)


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def days(*spans: tuple[str, str]) -> list[str]:
    found = whole_days([(berlin(start), berlin(end)) for start, end in spans], BERLIN)
    return [day.isoformat() for day in found]


@pytest.mark.parametrize(
    ("spans", "covered"),
    [
        ([("2026-11-02", "2026-11-04")], ["2026-11-02", "2026-11-03"]),
        ([("2026-11-02 12:00", "2026-11-04 12:00")], ["2026-11-03"]),
        ([("2026-11-02 09:00", "2026-11-02 17:00")], []),
        ([("2026-11-02", "2026-11-02 23:59:59")], []),
        ([("2026-11-02 12:00", "2026-11-03"), ("2026-11-02", "2026-11-02 12:00")], ["2026-11-02"]),
        ([("2026-11-02", "2026-11-03"), ("2026-11-02", "2026-11-03")], ["2026-11-02"]),
        # The clocks are set back on one of these days, and forward on the other.
        ([("2026-10-25", "2026-10-26")], ["2026-10-25"]),
        ([("2026-03-29", "2026-03-30")], ["2026-03-29"]),
        ([], []),
    ],
)
def test_a_day_is_off_where_it_is_covered_from_midnight_to_midnight(
    spans: list[tuple[str, str]], covered: list[str]
) -> None:
    assert days(*spans) == covered


moments = st.datetimes(datetime(2024, 1, 1), datetime(2024, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
spans = st.lists(
    st.tuples(moments, st.integers(1, 200)).map(lambda s: (s[0], s[0] + timedelta(hours=s[1]))),
    max_size=6,
)


@settings(max_examples=80)
@given(spans, ZONES)
def test_each_hour_of_a_day_off_is_in_some_span(
    found: list[tuple[datetime, datetime]], zone: ZoneInfo
) -> None:
    off = list(whole_days(found, zone))
    assert off == sorted(set(off))
    for day in off:
        begin, end = (
            datetime.combine(day + timedelta(days=n), datetime.min.time(), zone) for n in (0, 1)
        )
        at = begin.astimezone(UTC)
        while at < end:
            assert any(start <= at < stop for start, stop in found), (day, at)
            at += timedelta(minutes=30)


@settings(max_examples=80)
@given(spans, spans, ZONES)
def test_one_more_span_takes_no_day_away(
    found: list[tuple[datetime, datetime]], more: list[tuple[datetime, datetime]], zone: ZoneInfo
) -> None:
    assert set(whole_days(found, zone)) <= set(whole_days([*more, *found], zone))


def test_a_long_span_is_all_its_days() -> None:
    off = list(whole_days([(berlin("2026-01-01"), berlin("2027-01-01"))], BERLIN))
    assert len(off) == 365
    assert (off[0], off[-1]) == (date(2026, 1, 1), date(2026, 12, 31))
