"""The token bucket for the quota by the minute, and the limit on concurrent calls."""

from __future__ import annotations

from collections import deque

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.google.http.concurrency import FIRST, MOST, ConcurrencyLimit
from connectors.google.http.rate_limit import MINUTE, TokenBucket


class ManualClock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def spend(bucket: TokenBucket, clock: ManualClock, units: int) -> float:
    """Move the clock until units may be spent, spend them, and return the time."""
    clock.now += bucket.seconds_until(units)
    assert bucket.seconds_until(units) == 0
    bucket.spend(units)
    return clock.now


def test_a_small_call_goes_at_once_and_a_second_minutes_worth_takes_a_minute() -> None:
    clock = ManualClock()
    bucket = TokenBucket(6000, clock)
    assert bucket.seconds_until(3) == 0
    begun = clock.now
    for _ in range(300):
        spend(bucket, clock, 20)
    assert 0.95 * MINUTE < clock.now - begun <= 1.05 * MINUTE


def test_the_bucket_holds_no_more_however_long_nothing_is_spent() -> None:
    clock = ManualClock()
    bucket = TokenBucket(6000, clock)
    clock.now += 3600
    assert bucket.seconds_until(int(bucket.capacity)) == 0
    bucket.spend(int(bucket.capacity))
    assert bucket.seconds_until(20) > 0


def test_what_costs_more_than_the_bucket_holds_goes_once_it_is_full_and_is_paid_off() -> None:
    clock = ManualClock()
    bucket = TokenBucket(1000, clock)
    clock.now += 3600
    assert bucket.seconds_until(100) == 0
    bucket.spend(100)
    assert 4 < bucket.seconds_until(1) < 5


def test_after_a_refusal_nothing_goes_until_something_has_flowed_in() -> None:
    clock = ManualClock()
    bucket = TokenBucket(6000, clock)
    clock.now += 60
    bucket.drain()
    assert bucket.seconds_until(96) > 0.9


@given(
    st.integers(100, 20_000),
    st.lists(
        st.tuples(st.integers(1, 60), st.floats(0, 90, allow_nan=False)), min_size=1, max_size=300
    ),
)
def test_no_minute_ever_holds_more_than_the_quota(
    per_minute: int, wishes: list[tuple[int, float]]
) -> None:
    """For calls of any price at any time."""
    clock = ManualClock()
    bucket = TokenBucket(per_minute, clock, largest_call=60)
    window: deque[tuple[float, int]] = deque()
    for units, idle in wishes:
        clock.now += idle
        now = spend(bucket, clock, units)
        window.append((now, units))
        while window[0][0] <= now - MINUTE:
            window.popleft()
        assert sum(spent for _, spent in window) <= per_minute


@settings(max_examples=30)
@given(st.integers(1000, 20_000), st.integers(5, 40), st.integers(0, 12))
def test_who_is_in_a_hurry_gets_nearly_all_of_it(per_minute: int, units: int, gets: int) -> None:
    """Nineteen in twenty at least, over ten minutes, in calls of any size the bucket holds."""
    clock = ManualClock()
    bucket = TokenBucket(per_minute, clock, largest_call=40)
    units = min(units * (gets + 1), int(bucket.capacity))
    begun, spent = clock.now, 0
    while clock.now - begun < 10 * MINUTE:
        spend(bucket, clock, units)
        spent += units
    assert spent >= 0.95 * 10 * per_minute - units


def test_a_limit_on_calls_under_way_is_learned_from_one_refusal() -> None:
    limit = ConcurrencyLimit()
    for _ in range(FIRST, 14):
        limit.on_success(limit.size)
    assert limit.size == 14
    limit.on_refusal(14, accepted=7)
    assert limit.size == 7
    for _ in range(30):
        limit.on_success(limit.size)
    assert limit.size == 7


def test_now_and_then_one_more_is_tried() -> None:
    limit = ConcurrencyLimit()
    limit.on_refusal(10, accepted=4)
    sizes = []
    for _ in range(100):
        limit.on_success(limit.size)
        sizes.append(limit.size)
    assert sorted(set(sizes)) == [4, 5, 6]


def test_it_grows_no_further_than_google_advises_and_never_shrinks_to_nothing() -> None:
    limit = ConcurrencyLimit()
    for _ in range(200):
        limit.on_success(limit.size)
    assert limit.size == MOST
    for _ in range(9):
        limit.on_refusal(limit.size, accepted=0)
    assert limit.size == 1


def test_a_small_batch_says_nothing_about_the_limit() -> None:
    limit = ConcurrencyLimit()
    limit.on_success(1)
    assert limit.size == FIRST
