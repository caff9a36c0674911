"""What requests cost, and which ones came: the unit meter and the log of calls.

Prices of Gmail's methods since May 2026; Calendar counts requests, not units. A minute quota
would be enforced in `Meter.charge`, which is told of every call before it is answered.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

PRICES = {
    "messages.list": 5,
    "messages.get": 20,
    "messages.send": 100,
    "threads.list": 10,
    "threads.get": 40,
    "history.list": 2,
    "labels.list": 1,
    "getProfile": 1,
}


@dataclass(frozen=True, slots=True)
class Call:
    """One request; parts of a batch are calls of their own, and `batched`."""

    verb: str
    path: str
    query: str
    batched: bool
    status: int


class Meter:
    """Counts calls and Gmail units by method, e.g. `messages.get`."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.by_method: Counter[str] = Counter()

    @property
    def units(self) -> int:
        """All Gmail units spent."""
        return self.by_method.total()

    def charge(self, method: str) -> None:
        """One call of that method begins."""
        self.calls[method] += 1
        price = PRICES.get(method, 0)
        if price:
            self.by_method[method] += price

    def reset(self) -> None:
        """Count from nothing again."""
        self.calls.clear()
        self.by_method.clear()
