"""Days of a zone in SQL are the days that a calendar of that zone shows."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st

from sync.store import local_days

# Half an hour, three quarters, a day left out, clocks set back past midnight, and none of that.
ZONES: tuple[tzinfo, ...] = (
    UTC,
    ZoneInfo("Europe/Berlin"),
    ZoneInfo("America/Los_Angeles"),
    ZoneInfo("America/St_Johns"),
    ZoneInfo("Asia/Kathmandu"),
    ZoneInfo("Pacific/Apia"),
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC).toordinal()
MOMENTS = st.integers(
    int(datetime(1965, 1, 1, tzinfo=UTC).timestamp()),
    int(datetime(2040, 1, 1, tzinfo=UTC).timestamp()),
)


def in_sql(moments: list[int], zone: tzinfo) -> list[int]:
    offsets = local_days.offsets(zone, min(moments), max(moments))
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        days = [
            connection.scalar(sa.select(local_days.day_of(sa.literal(at, sa.BigInteger), offsets)))
            for at in moments
        ]
    engine.dispose()
    return days


@given(st.sampled_from(ZONES), st.lists(MOMENTS, min_size=1, max_size=20))
@example(ZoneInfo("Pacific/Apia"), [1325239200 - 1, 1325239200, 1325239200 + 86_400])
@example(ZoneInfo("Europe/Berlin"), [1761436800 + hour * 1800 for hour in range(12)])
def test_a_day_in_sql_is_the_day_that_the_calendar_shows(zone: tzinfo, moments: list[int]) -> None:
    shown = [datetime.fromtimestamp(at, zone).toordinal() - EPOCH for at in moments]
    assert in_sql(moments, zone) == shown
    assert [local_days.day_at(at, zone) for at in moments] == shown


@given(st.sampled_from(ZONES), MOMENTS, st.integers(0, 40))
def test_a_span_of_days_holds_every_moment_of_these_days(
    zone: tzinfo, at: int, length: int
) -> None:
    first = local_days.day_at(at, zone)
    begin, end = local_days.span(first, first + length, zone)
    assert begin <= at < end
    later = at + length * 86_400
    if first <= local_days.day_at(later, zone) <= first + length:
        assert begin <= later < end
