"""Keeping to a quota by the minute."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connectors.google.pace import MINUTE, Pace


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_first_minutes_worth_goes_at_once_and_the_rest_waits() -> None:
    clock = Clock()
    pace = Pace(6000, clock)
    for _ in range(12):
        assert pace.pause(500) == 0
        pace.spend(500)
    assert pace.pause(500) == MINUTE
    clock.now += 59
    assert pace.pause(500) == 1
    clock.now += 1
    assert pace.pause(500) == 0


def test_it_waits_only_for_as_much_as_is_needed() -> None:
    clock = Clock()
    pace = Pace(100, clock)
    pace.spend(30)
    clock.now += 10
    pace.spend(60)
    assert pace.pause(10) == 0
    assert pace.pause(40) == 50
    assert pace.pause(41) == 60


def test_what_costs_more_than_a_minute_goes_alone_and_not_never() -> None:
    clock = Clock()
    pace = Pace(100, clock)
    assert pace.pause(500) == 0
    pace.spend(500)
    clock.now += 20
    assert pace.pause(1) == 40


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 90)), max_size=60))
def test_no_minute_ever_holds_more_than_the_quota(wishes: list[tuple[int, int]]) -> None:
    clock = Clock()
    pace = Pace(100, clock)
    spent: list[tuple[float, int]] = []
    for units, idle in wishes:
        clock.now += idle
        clock.now += pace.pause(units)
        assert pace.pause(units) == 0
        pace.spend(units)
        spent.append((clock.now, units))
        last_minute = sum(u for at, u in spent if at > clock.now - MINUTE)
        assert last_minute <= 100
