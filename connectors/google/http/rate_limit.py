"""A token bucket that keeps within a quota counted by the minute; its tokens are quota units.

In any 60 seconds at most `capacity + 60 s * refill rate` units can be spent. That sum is set to
the quota, less a margin of 1 % for calls that take longer on their way than others. The capacity
is small (3 % of a minute's units), so that units are spent at a steady rate. The bucket starts
almost empty, so that a process that is killed and restarted cannot spend a minute's units twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable

MINUTE = 60.0  # seconds
_CAPACITY_SHARE = 0.03  # of a minute's units
_MARGIN_SHARE = 0.01  # of a minute's units: never spent
_ROUNDING = 1e-9  # units


class TokenBucket:
    """Says how long to wait before units may be spent.

    `per_minute` is the quota in units. `clock` returns seconds and never goes back.
    `largest_call` is the cost of the most expensive single call in units: the capacity is at
    least that, even where the quota is tiny.
    """

    def __init__(
        self,
        per_minute: int,
        clock: Callable[[], float] = time.monotonic,
        *,
        largest_call: int = 0,
    ) -> None:
        usable = per_minute * (1 - _MARGIN_SHARE)
        self.capacity = max(per_minute * _CAPACITY_SHARE, float(largest_call))
        self._refill_rate = max(usable - self.capacity, usable * _CAPACITY_SHARE) / MINUTE
        self._clock = clock
        self._level = per_minute * _MARGIN_SHARE
        self._refilled_at = clock()

    def seconds_until(self, units: int) -> float:
        """Return the seconds to wait until `units` may be spent; 0 if they may be spent now.

        A call that costs more than the capacity may go when the bucket is full; it leaves the
        level below zero, so that later calls wait for it.
        """
        self._refill()
        missing = min(float(units), self.capacity) - self._level
        return missing / self._refill_rate if missing > _ROUNDING else 0.0

    def spend(self, units: int) -> None:
        """Take `units` out of the bucket now."""
        self._refill()
        self._level -= units

    def drain(self) -> None:
        """Empty the bucket: Google said that the quota is used up, by us or by another program."""
        self._refill()
        self._level = min(self._level, 0.0)

    def _refill(self) -> None:
        now = self._clock()
        gained = (now - self._refilled_at) * self._refill_rate
        self._level = min(self.capacity, self._level + gained)
        self._refilled_at = now
