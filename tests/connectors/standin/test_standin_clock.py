"""The virtual clock: whoever waits moves it, and nobody really waits."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest

from connectors.standin import Google, VirtualClock, World, serve
from tests.connectors.standin.conftest import BareClient

START = datetime(2026, 11, 23, 6, tzinfo=UTC)


def test_an_hour_passes_at_once() -> None:
    clock = VirtualClock(START)
    began = time.monotonic()
    clock.sleep(1800)
    assert clock.event().wait(1800) is False
    assert time.monotonic() - began < 600
    assert clock.now() == START + timedelta(hours=1)
    assert clock.monotonic() == 3600
    with pytest.raises(ValueError, match="non-negative"):
        clock.sleep(-1)


def test_an_event_that_is_set_lets_no_time_go_by() -> None:
    clock = VirtualClock(START)
    stop = clock.event()
    stop.set()
    assert stop.wait(60) is True
    assert clock.now() == START


def test_a_wait_without_a_timeout_waits_for_another_thread() -> None:
    stop = VirtualClock(START).event()
    setter = Thread(target=stop.set)
    setter.start()
    assert stop.wait() is True
    setter.join()


def test_no_second_is_lost_between_threads() -> None:
    clock = VirtualClock(START)
    threads = [
        Thread(target=lambda: [clock.sleep(1) for _ in range(500)])  # type: ignore[func-returns-value]
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock.monotonic() == 2000


def test_tokens_of_the_server_end_on_the_same_clock(small: World) -> None:
    clock = VirtualClock(START)
    with serve(small, clock=clock) as google:
        api = BareClient(google)
        clock.sleep(3598)
        assert api.mail("profile").status == 200
        clock.sleep(2)
        assert api.mail("profile").status == 401


def test_latency_moves_the_clock_once_for_the_parts_of_a_batch(small: World) -> None:
    clock = VirtualClock(START)
    with serve(small, clock=clock, latency=0.25) as google:
        api = BareClient(google)
        began = time.monotonic()
        api.mail("profile")
        assert clock.monotonic() == 0.25
        api.batch(*["/gmail/v1/users/me/profile"] * 10)
        assert clock.monotonic() == 0.5
        google.faults.slow(3600)
        api.mail("profile")
        assert clock.monotonic() == 3600.75
        assert time.monotonic() - began < 600


def test_without_a_clock_the_server_keeps_the_machines_time(google: Google) -> None:
    assert abs(google.clock.now() - datetime.now(UTC)) < timedelta(minutes=1)
    assert not google.clock.event().wait(0.001)
