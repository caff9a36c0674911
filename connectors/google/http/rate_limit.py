"""Keeping to a quota that is counted by the minute: a token bucket, in units.

In any minute no more is let through than the bucket holds and what flows into it meanwhile. So
the bucket is small and the flow is steady: capacity + 60 s x flow = the quota, less a hundredth
for calls that take longer on their way than others. It begins almost empty, so that a process
that is killed and started anew cannot spend a minute's units twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable

MINUTE = 60.0  # seconds
_BURST = 0.03  # of a minute's units that may go at once
_MARGIN = 0.01  # of them that are never spent


class Pace:
    """How long to wait before units may be spent. `clock` is in seconds and never set back.

    `least` is the dearest single call: the bucket holds that much even where the quota is tiny.
    """

    def __init__(
        self, per_minute: int, clock: Callable[[], float] = time.monotonic, *, least: int = 0
    ) -> None:
        usable = per_minute * (1 - _MARGIN)
        self.capacity = max(per_minute * _BURST, float(least))
        self._flow = max(usable - self.capacity, usable * _BURST) / MINUTE
        self._clock = clock
        self._level = per_minute * _MARGIN
        self._since = clock()

    def pause(self, units: int) -> float:
        """Seconds until `units` may be spent; 0 where they may be now.

        What costs more than the bucket holds may go once it is full, and is paid off afterwards.
        """
        self._fill()
        short = min(float(units), self.capacity) - self._level
        return short / self._flow if short > 1e-9 else 0.0  # noqa: PLR2004 - rounding, no unit

    def spend(self, units: int) -> None:
        """Take note of what is spent now."""
        self._fill()
        self._level -= units

    def drain(self) -> None:
        """Take note that the quota is spent, by whomever: the bucket is empty."""
        self._fill()
        self._level = min(self._level, 0.0)

    def _fill(self) -> None:
        now = self._clock()
        self._level = min(self.capacity, self._level + (now - self._since) * self._flow)
        self._since = now
