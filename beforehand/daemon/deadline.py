"""A stop that comes by itself: a long reading makes way for what is due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import Event

# How long is waited in one go, so that a long wait gives signs of life too.
_STRETCH_SECONDS = 20.0


def _nothing() -> None:
    return None


class Deadline(Event):
    """Counts as set once `ended` is, or once `moment` (aware) has come.

    `asked` is called whenever somebody asks or waits, which shows that they are still at work.
    """

    def __init__(
        self,
        ended: Event,
        moment: datetime,
        now: Callable[[], datetime],
        *,
        asked: Callable[[], None] = _nothing,
    ) -> None:
        super().__init__()
        self._ended = ended
        self._moment = moment
        self._now = now
        self._asked = asked

    def is_set(self) -> bool:
        """Whether it is time to stop."""
        self._asked()
        return self._ended.is_set() or self._now() >= self._moment

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is time to stop, `timeout` seconds at most; whether it is."""
        left = max((self._moment - self._now()).total_seconds(), 0.0)
        left = left if timeout is None else min(timeout, left)
        while left > 0 and not self.is_set():
            stretch = min(left, _STRETCH_SECONDS)
            self._ended.wait(stretch)
            left -= stretch
        return self.is_set()
