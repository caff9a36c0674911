"""The plan before the spending: what to read of a mailbox, how, in which order, at what price.

People first. A thread that holds mail of the owner's is a conversation, whatever tab Gmail filed
it under. Mail in the tabs of bulk (promotions, social, updates, forums) is left alone where the
owner never answered it. Within each turn the newest thread comes first, so that at whatever
moment one stops, all of the time since some day is known.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from connectors.google.gmail import messages
from connectors.google.gmail.listing import IN_A_TAB, Listing, Mark, tab_labels
from connectors.google.http.quota import Prices

# Of the last weeks everything outside of the bulk tabs is read in the first turn: nobody may be
# called silent whose letter lies unread.
NEAR = timedelta(days=90)
# What was taken in so long before a moment was sent before it, whatever the clocks say.
_SLACK = timedelta(days=2)
OLDER = "older than since"


class Turn(IntEnum):
    """When a message is read, or why it is not."""

    PEOPLE = 0  # a conversation, likely a person's mail, or new
    PERHAPS = 1  # one-way, not new, and Gmail did not hold it for a person's
    BULK = 2  # in a tab of bulk and never answered, where the owner wants that read
    LEFT_AS_BULK = 3
    LEFT_AS_OLDER = 4
    NO_MAIL = 5  # a chat, or a draft


_READ = Turn.BULK  # the last one that is read


@dataclass(frozen=True, slots=True)
class Step:
    """One thread's messages that are to be read, newest first, by their places in the listing."""

    places: tuple[int, ...]
    turn: Turn


def turns(listing: Listing, *, since: datetime, now: datetime, read_bulk: bool) -> bytearray:
    """The `Turn` of each message, by its place."""
    threads = listing.conversations
    found = bytearray(len(listing))
    for place, thread in enumerate(listing.threads):
        marks, together = listing.marks[place], threads.marks(thread)
        if marks & (Mark.DRAFT | Mark.CHAT):
            turn = Turn.NO_MAIL
        elif listing.about(place) < since - _SLACK:
            turn = Turn.LEFT_AS_OLDER
        elif marks & IN_A_TAB and not together & Mark.SENT:
            turn = Turn.BULK if read_bulk else Turn.LEFT_AS_BULK
        elif (
            together & (Mark.SENT | Mark.PERSONAL)
            or now - listing.about(threads.newest(thread)) < NEAR
        ):
            turn = Turn.PEOPLE
        else:
            turn = Turn.PERHAPS
        found[place] = turn
    return found


class Outline:
    """What is to be read, in its order: all that has a turn and is not known yet.

    known: by place, 1 where the message need not be read. unread: how many messages are
    left alone, by reason.
    """

    def __init__(
        self, listing: Listing, turns: bytearray, known: bytearray, prices: Prices
    ) -> None:
        self._listing, self._turns, self._prices = listing, turns, prices
        threads = listing.conversations
        todo = [place for place, turn in enumerate(turns) if turn <= _READ and not known[place]]
        todo.sort(key=lambda place: (turns[place], threads.newest(listing.threads[place]), place))
        self._places = array("L", todo)
        self.unread: Counter[str] = Counter()
        for place, turn in enumerate(turns):
            if turn == Turn.LEFT_AS_OLDER:
                self.unread[OLDER] += 1
            elif turn == Turn.LEFT_AS_BULK and not known[place]:
                self.unread[messages.tab_of(tab_labels(listing.marks[place]))] += 1

    def __len__(self) -> int:
        """How many messages are to be read."""
        return len(self._places)

    @property
    def units(self) -> int:
        """What reading them costs."""
        return sum(self._prices.reading(len(step.places)) for step in self.steps())

    def steps(self) -> Iterator[Step]:
        """The threads in their order."""
        begin = 0
        for end in range(1, len(self._places) + 1):
            if end == len(self._places) or self._run(end) != self._run(begin):
                turn = Turn(self._turns[self._places[begin]])
                yield Step(tuple(self._places[begin:end]), turn)
                begin = end

    def _run(self, at: int) -> tuple[int, int]:
        place = self._places[at]
        return self._turns[place], self._listing.threads[place]
