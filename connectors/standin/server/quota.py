"""What requests cost, which quota they are held to, and which ones came.

Gmail counts units per user and minute; Calendar counts requests. Prices and limits changed in
May 2026 for new projects, and older ones kept theirs: `Quota` has both.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from threading import Lock
from typing import NamedTuple

from connectors.standin.clock import ServerClock
from connectors.standin.errors import quota_exceeded

MINUTE = 60.0  # seconds; the quota's window
CALENDAR_PER_MINUTE = 600  # requests per user

PRICES: Mapping[str, int] = {
    "messages.list": 5,
    "messages.get": 20,
    "messages.send": 100,
    "threads.list": 10,
    "threads.get": 40,
    "history.list": 2,
    "labels.list": 1,
    "getProfile": 1,
}
_OLD_PRICES = {**PRICES, "messages.get": 5, "threads.get": 10}


class Regime(NamedTuple):
    """Gmail units per user and minute, and what each method costs of them."""

    per_minute: int
    prices: Mapping[str, int]


class Quota(Enum):
    """The regimes: of projects made since May 2026, and of those made before."""

    NEW = Regime(6_000, PRICES)
    OLD = Regime(15_000, _OLD_PRICES)


@dataclass(frozen=True, slots=True)
class Call:
    """One request; parts of a batch are calls of their own, and `batched`."""

    verb: str
    path: str
    query: str
    batched: bool
    status: int


class _Window:
    """What was admitted in the last minute; any sixty seconds hold no more than `limit`."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._entries: deque[tuple[float, int]] = deque()
        self._sum = 0
        self.peak = 0

    def admit(self, amount: int, now: float) -> bool:
        while self._entries and self._entries[0][0] <= now - MINUTE:
            self._sum -= self._entries.popleft()[1]
        if self._limit is not None and self._sum + amount > self._limit:
            return False
        self._entries.append((now, amount))
        self._sum += amount
        self.peak = max(self.peak, self._sum)
        return True


class QuotaMeter:
    """Counts calls and Gmail units by method, e.g. `messages.get`.

    A call over the quota is refused, costs nothing, and is counted in `refused`. A call that was
    admitted has cost its units, whatever becomes of it afterwards.
    """

    def __init__(self, clock: ServerClock, quota: Quota | None = None) -> None:
        self._clock = clock
        self._regime = None if quota is None else quota.value
        self._prices = PRICES if quota is None else quota.value.prices
        self._lock = Lock()
        self.reset()

    @property
    def units(self) -> int:
        """All Gmail units spent."""
        return self.by_method.total()

    @property
    def peak(self) -> int:
        """The most Gmail units admitted in any sixty seconds."""
        return self._mail.peak

    def charge(self, method: str) -> None:
        """One call of that method begins; raises Google's 403 where the minute is used up."""
        price = self._prices.get(method, 0)
        with self._lock:
            self.calls[method] += 1
            now = self._clock.monotonic()
            fits = self._mail.admit(price, now) if price else self._diary.admit(1, now)
            if not fits:
                self.refused[method] += 1
                raise quota_exceeded("gmail" if price else "calendar-json")
            if price:
                self.by_method[method] += price

    def reset(self) -> None:
        """Count from nothing again, with a fresh minute."""
        self._mail = _Window(self._regime.per_minute if self._regime else None)
        self._diary = _Window(CALENDAR_PER_MINUTE if self._regime else None)
        self.calls: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.by_method: Counter[str] = Counter()
