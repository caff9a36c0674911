"""The reading plan of a full sync: which messages to read, in which order, at what price.

It is made from the listing alone, before any message is read. Mail of people comes first: a thread
in which the owner wrote is a conversation, whatever tab Gmail filed it under. Mail in the bulk
tabs (promotions, social, updates, forums) is left unread where the owner never answered it. Within
a priority the newest thread comes first, so that a sync that is stopped has read all of the time
since some day.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from connectors.google.gmail import messages
from connectors.google.gmail.listing import ANY_TAB, Label, Listing, tab_label_ids
from connectors.google.http.quota import Prices

# Of this time, everything outside of the bulk tabs is read first: a person must not be called
# silent while their letter is unread.
RECENT = timedelta(days=90)
# A message that Gmail received this long before a time was certainly sent before it, however
# wrong the clocks are.
_CLOCK_TOLERANCE = timedelta(days=2)
OLDER = "older than since"


class Priority(IntEnum):
    """When a message is read (the lowest first), or why it is not."""

    PEOPLE = 0  # in a conversation, likely from a person, or recent
    UNCERTAIN = 1  # one-way, not recent, and Gmail did not hold it for a person's
    BULK = 2  # in a bulk tab and never answered, where the owner wants that read
    UNREAD_BULK = 3
    UNREAD_OLD = 4
    NO_MAIL = 5  # a chat, or a draft


_LAST_READ = Priority.BULK


@dataclass(frozen=True, slots=True)
class PlannedThread:
    """The messages of one thread that are to be read, by their positions, newest first."""

    positions: tuple[int, ...]
    priority: Priority


def prioritise(listing: Listing, *, since: datetime, now: datetime, read_bulk: bool) -> bytearray:
    """Return the `Priority` of each message, by its position."""
    priorities = bytearray(len(listing))
    for position, thread_id in enumerate(listing.thread_ids):
        labels, of_thread = listing.labels[position], listing.threads.labels(thread_id)
        if labels & (Label.DRAFT | Label.CHAT):
            priority = Priority.NO_MAIL
        elif listing.received_about(position) < since - _CLOCK_TOLERANCE:
            priority = Priority.UNREAD_OLD
        elif labels & ANY_TAB and not of_thread & Label.SENT:
            priority = Priority.BULK if read_bulk else Priority.UNREAD_BULK
        elif (
            of_thread & (Label.SENT | Label.PERSONAL)
            or now - listing.received_about(listing.threads.newest(thread_id)) < RECENT
        ):
            priority = Priority.PEOPLE
        else:
            priority = Priority.UNCERTAIN
        priorities[position] = priority
    return priorities


class ReadingPlan:
    """The messages to read, in their order: all whose priority says so and that are not settled.

    `priorities` and `settled` are by position; `settled` is 1 where a message need not be read.
    `unread` counts the messages that are left unread on purpose, by reason.
    """

    def __init__(
        self, listing: Listing, priorities: bytearray, settled: bytearray, prices: Prices
    ) -> None:
        self._listing, self._priorities, self._prices = listing, priorities, prices
        threads = listing.threads
        to_read = [
            position
            for position, priority in enumerate(priorities)
            if priority <= _LAST_READ and not settled[position]
        ]
        to_read.sort(
            key=lambda position: (
                priorities[position],
                threads.newest(listing.thread_ids[position]),
                position,
            )
        )
        self._positions = array("L", to_read)
        self.unread: Counter[str] = Counter()
        for position, priority in enumerate(priorities):
            if priority == Priority.UNREAD_OLD:
                self.unread[OLDER] += 1
            elif priority == Priority.UNREAD_BULK and not settled[position]:
                self.unread[messages.tab_name(tab_label_ids(listing.labels[position]))] += 1

    def __len__(self) -> int:
        """Return the number of messages to read."""
        return len(self._positions)

    @property
    def units(self) -> int:
        """The price of reading them, in quota units."""
        return sum(self._prices.reading(len(thread.positions)) for thread in self.threads())

    def threads(self) -> Iterator[PlannedThread]:
        """Yield the threads to read, in their order."""
        begin = 0
        for end in range(1, len(self._positions) + 1):
            if end == len(self._positions) or self._group(end) != self._group(begin):
                priority = Priority(self._priorities[self._positions[begin]])
                yield PlannedThread(tuple(self._positions[begin:end]), priority)
                begin = end

    def _group(self, index: int) -> tuple[int, int]:
        """Priority and thread of the message at an index of the plan; equal ones are adjacent."""
        position = self._positions[index]
        return self._priorities[position], self._listing.thread_ids[position]
