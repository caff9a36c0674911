"""Keeping to a quota that is counted by the minute, without losing any of it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

MINUTE = 60.0  # seconds


class Pace:
    """What was spent in the last sixty seconds, and how long to wait before more may be.

    Whatever minute one looks at, no more than `per_minute` units fall into it; and nothing is
    held back while there is room, so the first minute's worth goes at once. `clock` is in seconds
    and never set back.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._spent: deque[tuple[float, int]] = deque()
        self._sum = 0

    def pause(self, units: int) -> float:
        """Seconds until `units` may be spent; 0 where they may be now.

        What costs more than a whole minute's quota may go once nothing else is in the minute.
        """
        now = self._clock()
        self._forget(now)
        excess = self._sum + units - self._per_minute
        ends = now
        for moment, spent in self._spent:
            if excess <= 0:
                break
            excess -= spent
            ends = moment + MINUTE
        return max(ends - now, 0.0)

    def spend(self, units: int) -> None:
        """Take note of what is spent now."""
        self._spent.append((self._clock(), units))
        self._sum += units

    def _forget(self, now: float) -> None:
        while self._spent and self._spent[0][0] <= now - MINUTE:
            self._sum -= self._spent.popleft()[1]
