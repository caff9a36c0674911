"""Quota and the limit on calls in flight: what is over them is refused, in a batch as alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.standin import Google, Quota, VirtualClock, World, serve
from connectors.standin.errors import GoogleError
from connectors.standin.server.quota import MINUTE, PRICES, QuotaMeter
from tests.connectors.standin.conftest import BareClient, HttpAnswer

START = datetime(2026, 11, 23, 6, tzinfo=UTC)
_GET = "/gmail/v1/users/me/messages/"


def _parts(answer: HttpAnswer) -> list[int]:
    assert answer.status == 200
    lines = answer.body.decode().split("\r\n")
    return [int(line.split(" ")[1]) for line in lines if line.startswith("HTTP/1.1 ")]


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


@pytest.fixture
def held(small: World, clock: VirtualClock) -> Iterator[Google]:
    """The small world's server under the quota of new projects."""
    with serve(small, clock=clock, quota=Quota.NEW) as google:
        yield google


def _targets(world: World, count: int) -> list[str]:
    return [f"{_GET}{next(iter(world.mailbox.messages))}?format=minimal"] * count


def test_a_new_project_reads_three_hundred_messages_a_minute(
    held: Google, small: World, clock: VirtualClock
) -> None:
    api = BareClient(held)
    found = [status for _ in range(4) for status in _parts(api.batch(*_targets(small, 100)))]
    assert found == [200] * 300 + [403] * 100
    assert held.meter.units == held.meter.peak == 6000
    assert held.meter.refused == {"messages.get": 100}
    clock.sleep(59.9)
    assert api.mail("profile").status == 403
    clock.sleep(0.1)
    assert api.mail("profile").status == 200
    assert held.meter.peak == 6000


def test_a_refusal_says_what_google_says_and_costs_nothing(held: Google, small: World) -> None:
    api = BareClient(held)
    for _ in range(3):
        api.batch(*_targets(small, 100))
    alone = api.mail("messages")
    assert (alone.status, alone.reason) == (403, "rateLimitExceeded")
    assert alone.json["error"]["errors"][0]["domain"] == "usageLimits"
    assert "'Queries per minute per user' of service 'gmail.googleapis.com'" in str(alone.json)
    part = api.batch(*_targets(small, 1)).body.decode()
    body = json.loads(part.split("\r\n\r\n")[2].split("\r\n--")[0])
    assert body["error"]["message"] == alone.json["error"]["message"]
    assert held.meter.units == 6000
    assert api.diary().status == 200  # the calendar counts on its own


def test_an_older_project_pays_five_and_has_more(small: World, clock: VirtualClock) -> None:
    with serve(small, clock=clock, quota=Quota.OLD) as google:
        api = BareClient(google)
        thread = next(iter(small.mailbox.threads))
        api.batch(*_targets(small, 1))
        api.mail(f"threads/{thread}", format="minimal")
        assert google.meter.by_method == {"messages.get": 5, "threads.get": 10}
        clock.sleep(60)
        found = [s for _ in range(31) for s in _parts(api.batch(*_targets(small, 100)))]
        assert found == [200] * 3000 + [403] * 100
        assert google.meter.peak == 15_000


def test_the_calendar_takes_six_hundred_requests_a_minute(
    held: Google, clock: VirtualClock
) -> None:
    api = BareClient(held)
    targets = ["/calendar/v3/calendars/primary/events?maxResults=1"] * 100
    for _ in range(6):
        assert set(_parts(api.batch(*targets, path="/batch/calendar/v3"))) == {200}
    answer = api.diary()
    assert (answer.status, answer.reason) == (403, "rateLimitExceeded")
    assert api.mail("profile").status == 200
    clock.sleep(60)
    assert api.diary().status == 200


@given(
    st.lists(st.tuples(st.floats(0, 40), st.sampled_from(sorted(PRICES))), max_size=12),
    st.sampled_from(Quota),
)
def test_no_sixty_seconds_ever_hold_more_than_the_quota(
    calls: list[tuple[float, str]], quota: Quota
) -> None:
    clock = VirtualClock(START)
    meter = QuotaMeter(clock, quota)
    admitted: list[tuple[float, int]] = []
    for pause, method in calls:
        clock.sleep(pause if pause > 30 else 0)
        price, now = quota.value.prices[method] * 100, clock.monotonic()
        recent = sum(units for at, units in admitted if at > now - MINUTE)
        try:
            for _ in range(100):
                meter.charge(method)
                admitted.append((now, quota.value.prices[method]))
        except GoogleError:
            assert recent + price > quota.value.per_minute
    sums = [sum(u for at, u in admitted if t - MINUTE < at <= t) for t, _ in admitted]
    assert meter.peak == max(sums, default=0) <= quota.value.per_minute
    assert meter.units == sum(units for _, units in admitted)


def test_parts_over_the_limit_in_flight_are_refused(small: World, clock: VirtualClock) -> None:
    with serve(small, clock=clock, in_flight=8) as google:
        api = BareClient(google)
        answer = api.batch(*_targets(small, 25))
        assert _parts(answer) == [200] * 8 + [429] * 17
        assert b"Too many concurrent requests for user" in answer.body
        assert google.meter.units == 8 * 20
        assert (google.flight.most, google.flight.refused) == (8, 17)
        assert _parts(api.batch(*_targets(small, 8))) == [200] * 8
        assert api.mail("profile").status == 200


def test_requests_on_several_connections_fly_together(small: World) -> None:
    with serve(small, in_flight=2, latency=0.8) as google, ThreadPoolExecutor(5) as pool:
        api = BareClient(google)
        answers = list(pool.map(lambda _: api.mail("profile"), range(5)))
        assert sorted(answer.status for answer in answers) == [200, 200, 429, 429, 429]
        refused = next(answer for answer in answers if answer.status == 429)
        assert refused.reason == "rateLimitExceeded"
        assert api.mail("profile").status == 200


def test_a_limit_in_flight_below_one_is_a_mistake(small: World) -> None:
    with pytest.raises(ValueError, match="at least one"), serve(small, in_flight=0):
        pass
