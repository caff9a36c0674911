"""What a mailbox holds, by its lists alone: ids, threads and a few labels, for 5 units a page.

Kept in arrays of numbers, so that a mailbox of a hundred thousand messages takes some megabytes.
A message's id is a 64-bit number whose upper bits are the millisecond in which Gmail took the
message in: good enough to put things in order, and never taken for the truth.
"""

from __future__ import annotations

from array import array
from datetime import UTC, datetime
from enum import IntFlag
from functools import cached_property, reduce
from http import HTTPStatus
from operator import or_
from typing import Any

from connectors.errors import Fatal
from connectors.google.gmail import messages
from connectors.google.http.batch import Batches
from connectors.google.http.errors import Refusal
from connectors.google.http.transport import GMAIL, Transport

PAGE = 500  # ids in a list, records in a history: the most that Gmail gives
USER = "me"
_BITS_BELOW_THE_TIME = 20
_BITS_OF_MARKS = 8
_MOST_RESTARTS = 5


class Mark(IntFlag):
    """What the lists say of a message."""

    SENT = 1
    PROMOTIONS = 2
    SOCIAL = 4
    UPDATES = 8
    FORUMS = 16
    PERSONAL = 32  # Gmail holds it for a person's, or for important
    CHAT = 64
    DRAFT = 128


# The lists by label, cheap beside what they save.
LABELS: dict[str, Mark] = {
    "SENT": Mark.SENT,
    "CATEGORY_PROMOTIONS": Mark.PROMOTIONS,
    "CATEGORY_SOCIAL": Mark.SOCIAL,
    "CATEGORY_UPDATES": Mark.UPDATES,
    "CATEGORY_FORUMS": Mark.FORUMS,
    "CATEGORY_PERSONAL": Mark.PERSONAL,
    "IMPORTANT": Mark.PERSONAL,
    "CHAT": Mark.CHAT,
    "DRAFT": Mark.DRAFT,
}


# The tabs of bulk, in the order in which one of several is named.
_TABS = {label: LABELS[label] for label in messages.TABS}
IN_A_TAB = reduce(or_, _TABS.values())


def tab_labels(marks: int) -> list[str]:
    """The labels of the tabs among these marks, as Gmail names them."""
    return [label for label, mark in _TABS.items() if mark & marks]


class Listing:
    """All messages outside of spam and trash, newest first; each has a place, from 0 on.

    `ids` and `threads`: unsigned 64-bit numbers. `marks`: a `Mark` each.
    """

    def __init__(self) -> None:
        self.ids = array("Q")
        self.threads = array("Q")
        self.marks = bytearray()

    def __len__(self) -> int:
        return len(self.ids)

    def ref(self, place: int) -> str:
        """A message's id as the API writes it."""
        return format(self.ids[place], "x")

    def thread(self, place: int) -> str:
        """Its thread's id as the API writes it."""
        return format(self.threads[place], "x")

    @cached_property
    def conversations(self) -> Conversations:
        """What the lists say of whole threads; to be asked once all is listed."""
        return Conversations(self.threads, self.marks)

    def about(self, place: int) -> datetime:
        """When Gmail took the message in, as its id has it."""
        return taken_in(self.ids[place])


class Conversations:
    """By thread: where its newest message stands, and the marks of all its messages together."""

    def __init__(self, threads: array[int], marks: bytearray) -> None:
        self._of: dict[int, int] = {}
        for place, thread in enumerate(threads):
            self._of[thread] = self._of.get(thread, place << _BITS_OF_MARKS) | marks[place]

    def newest(self, thread: int) -> int:
        """The place of a thread's newest message."""
        return self._of[thread] >> _BITS_OF_MARKS

    def marks(self, thread: int) -> int:
        """The marks that any of its messages has."""
        return self._of[thread] & ((1 << _BITS_OF_MARKS) - 1)


def taken_in(number: int) -> datetime:
    """When Gmail took a message in, from its id; for order and estimates alone."""
    milliseconds = number >> _BITS_BELOW_THE_TIME
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):  # an id of another kind
        return datetime.fromtimestamp(0, UTC)


def number_of(ref: str) -> int:
    """An id as a number; Fatal where it is none that can be written back as it was."""
    try:
        number = int(ref, 16)
    except ValueError:
        number = -1
    if not 0 <= number < 1 << 64 or format(number, "x") != ref:
        raise Fatal(f"Gmail names a message in a way that is not understood: {ref[:40]!r}.")
    return number


def list_mailbox(google: Transport) -> Listing:
    """List all messages, and those with each label that tells people from machines.

    A page of every list at a time, so that it takes no more rounds than the longest list. What
    arrives or is relabelled meanwhile is the business of the history, which is followed from
    before the first list. Raises as the transport.
    """
    walks = {label: _Walk(label) for label in ("", *LABELS)}
    requests = google.service.users().messages()
    batches = Batches(google)
    while ahead := {label: walk for label, walk in walks.items() if not walk.done}:
        answers = batches.read_all({label: walk.ask(requests) for label, walk in ahead.items()})
        for label, walk in ahead.items():
            walk.take(answers[label])
    found = Listing()
    places: dict[int, int] = {}
    for number, thread in zip(walks[""].ids, walks[""].threads, strict=True):
        if number not in places:
            places[number] = len(found)
            found.ids.append(number)
            found.threads.append(thread)
            found.marks.append(0)
    for label, mark in LABELS.items():
        for number in walks[label].ids:
            place = places.get(number)
            if place is not None:
                found.marks[place] |= mark
    return found


class _Walk:
    """One list, page by page; some entries come twice where a page token was refused."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._token = ""
        self._restarts = 0
        self.ids, self.threads = array("Q"), array("Q")
        self.done = False

    def ask(self, resource: Any) -> Any:  # noqa: ANN401 - the library ships no types
        """The request for the next page."""
        return resource.list(
            userId=USER,
            maxResults=PAGE,
            includeSpamTrash=False,
            labelIds=self._label or None,
            pageToken=self._token or None,
            fields="messages(id,threadId),nextPageToken",
        )

    def take(self, page: dict[str, Any] | Refusal) -> None:
        """Take in a page. Raises Refused where Google will not list at all, Fatal for odd ids."""
        if isinstance(page, Refusal):
            # Page tokens do not live for ever.
            refused = page.status == HTTPStatus.BAD_REQUEST and self._token
            if not refused or self._restarts == _MOST_RESTARTS:
                raise page.error(GMAIL.title)
            self._token, self._restarts = "", self._restarts + 1
            return
        for message in page.get("messages") or ():
            if message.get("id"):
                self.ids.append(number_of(str(message["id"])))
                self.threads.append(number_of(str(message.get("threadId") or message["id"])))
        self._token = str(page.get("nextPageToken") or "")
        self.done = not self._token
