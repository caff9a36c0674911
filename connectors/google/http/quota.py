"""What calls cost of Google's quota, and how much of it there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_GET, _THREAD = "gmail.users.messages.get", "gmail.users.threads.get"
_PRICES: dict[str, int] = {
    "gmail.users.getProfile": 1,
    "gmail.users.history.list": 2,
    "gmail.users.messages.list": 5,
    "calendar.events.list": 1,
    "calendar.calendarList.list": 1,
}
# Projects made before May 2026 keep their quota, and this is its size.
OLD_UNITS_PER_MINUTE = 15_000


@dataclass(frozen=True, slots=True)
class Prices:
    """Quota units of each method, by its name in the client library. Calendar counts requests."""

    of: Mapping[str, int]

    @property
    def message(self) -> int:
        """Reading one message."""
        return self.of[_GET]

    @property
    def thread(self) -> int:
        """Reading a whole thread, however long it is."""
        return self.of[_THREAD]

    @property
    def page(self) -> int:
        """A page of a list of ids."""
        return self.of["gmail.users.messages.list"]

    def reading(self, messages: int) -> int:
        """The least that reading so many messages of one thread costs."""
        return min(messages * self.message, self.thread)

    @classmethod
    def under(cls, units_per_minute: int) -> Prices:
        """The prices of a project with this quota."""
        return OLD if units_per_minute == OLD_UNITS_PER_MINUTE else NEW


# The units of 2026-05-01, as Gmail's usage-limits page lists them, and those before.
NEW = Prices(MappingProxyType({**_PRICES, _GET: 20, _THREAD: 40}))
OLD = Prices(MappingProxyType({**_PRICES, _GET: 5, _THREAD: 10}))
