"""Google's quota: the price of each API method in units, and how many units there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_GET_MESSAGE, _GET_THREAD = "gmail.users.messages.get", "gmail.users.threads.get"
_LIST_MESSAGES = "gmail.users.messages.list"
_PRICES: dict[str, int] = {
    "gmail.users.getProfile": 1,
    "gmail.users.history.list": 2,
    _LIST_MESSAGES: 5,
    "calendar.events.list": 1,
    "calendar.calendarList.list": 1,
}
# Projects made before May 2026 keep their old quota, which is this large.
OLD_UNITS_PER_MINUTE = 15_000


@dataclass(frozen=True, slots=True)
class Prices:
    """Price of each API method in quota units. For Calendar, which counts requests, it is 1.

    `by_method` is keyed by the client library's method ids, like "gmail.users.messages.get".
    """

    by_method: Mapping[str, int]

    @property
    def message(self) -> int:
        """Units for getting one message."""
        return self.by_method[_GET_MESSAGE]

    @property
    def thread(self) -> int:
        """Units for getting a whole thread, of any length."""
        return self.by_method[_GET_THREAD]

    @property
    def page(self) -> int:
        """Units for one page of a list of message ids."""
        return self.by_method[_LIST_MESSAGES]

    def reading(self, messages: int) -> int:
        """Least units for reading this many messages of one thread."""
        return min(messages * self.message, self.thread)

    @classmethod
    def for_quota(cls, units_per_minute: int) -> Prices:
        """Return the prices of a project with this quota."""
        return OLD if units_per_minute == OLD_UNITS_PER_MINUTE else NEW


# The prices of 2026-05-01, as Gmail's usage-limits page lists them, and those before.
NEW = Prices(MappingProxyType({**_PRICES, _GET_MESSAGE: 20, _GET_THREAD: 40}))
OLD = Prices(MappingProxyType({**_PRICES, _GET_MESSAGE: 5, _GET_THREAD: 10}))
