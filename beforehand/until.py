"""A stop that comes by itself: a long reading makes way for what is due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import Event


class Until(Event):
    """Counts as set once `ended` is, or once `moment` (aware) has come."""

    def __init__(self, ended: Event, moment: datetime, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._ended = ended
        self._moment = moment
        self._now = now

    def is_set(self) -> bool:
        """Whether it is time to stop."""
        return self._ended.is_set() or self._now() >= self._moment

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is time to stop, `timeout` seconds at most; whether it is."""
        left = max((self._moment - self._now()).total_seconds(), 0.0)
        self._ended.wait(left if timeout is None else min(timeout, left))
        return self.is_set()
