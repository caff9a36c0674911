"""A stop event with a deadline, so that a long sync makes way for what is due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import Event

# A long wait is cut into stretches, so that it gives signs of life too.
_STRETCH_SECONDS = 20.0


def _nothing() -> None:
    return None


class Deadline(Event):
    """An event that is set once `ended` is set, or once `moment` (aware) has come.

    `asked` is called at each `is_set` and `wait`: whoever asks whether to stop is still at work.
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
        """Wait until it is time to stop, `timeout` seconds at most. Return whether it is."""
        left = max((self._moment - self._now()).total_seconds(), 0.0)
        left = left if timeout is None else min(timeout, left)
        while left > 0 and not self.is_set():
            stretch = min(left, _STRETCH_SECONDS)
            self._ended.wait(stretch)
            left -= stretch
        return self.is_set()
