"""The stand-in's notion of time: the machine's clock, or one that a test moves.

A client in the same process that takes `now`, `monotonic` and `event()` from the same
`VirtualClock` as the server lives through an hour of quota in a second: whoever waits moves the
clock instead.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from threading import Event, Lock
from typing import Protocol


class ServerClock(Protocol):
    """What time it is, and how one waits.

    `patience` is how many seconds of it a client is kept waiting that shall see a time-out.
    """

    patience: float

    def now(self) -> datetime:
        """The time of day, aware UTC."""

    def monotonic(self) -> float:
        """Seconds since some moment; never set back."""

    def sleep(self, seconds: float) -> None:
        """Let time go by."""

    def event(self) -> Event:
        """A flag whose `wait` lets time go by until it is set."""


class RealClock:
    """The machine's own time, of which a time-out takes only a moment."""

    patience = 0.2

    def now(self) -> datetime:
        """The time of day, aware UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds, as `time.monotonic` counts them."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Really wait."""
        time.sleep(seconds)

    def event(self) -> Event:
        """An ordinary event."""
        return Event()


class VirtualClock:
    """Time that stands still until somebody waits; safe to share between threads.

    The waits of several threads add up, as if they came one after the other.
    """

    patience = 60.0

    def __init__(self, start: datetime) -> None:
        self._start = start.astimezone(UTC)
        self._elapsed = 0.0
        self._lock = Lock()

    def now(self) -> datetime:
        """`start` and whatever was waited since, aware UTC."""
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Seconds since `start`."""
        with self._lock:
            return self._elapsed

    def sleep(self, seconds: float) -> None:
        """Move the clock on, without waiting; ValueError for a negative number, as `time.sleep`."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        with self._lock:
            self._elapsed += seconds

    def event(self) -> Event:
        """A flag whose `wait(timeout)` moves the clock by the timeout, unless it is set."""
        return _VirtualEvent(self)


class _VirtualEvent(Event):
    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self._clock = clock

    def wait(self, timeout: float | None = None) -> bool:
        """Without a timeout, really wait for another thread to set it."""
        if timeout is None:
            return super().wait()
        if not self.is_set():
            self._clock.sleep(max(timeout, 0.0))
        return self.is_set()
