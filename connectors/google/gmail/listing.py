"""The list of a whole mailbox: message ids, thread ids and some labels, for 5 units a page.

Kept in arrays of numbers, so that a mailbox of a hundred thousand messages takes some megabytes.
A message id is a 64-bit number whose upper bits are the millisecond in which Gmail received the
message. Google does not promise that, so that it serves for order and estimates alone.
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
from connectors.google.apis import GMAIL
from connectors.google.gmail import messages
from connectors.google.http.batch import BatchExecutor
from connectors.google.http.errors import ApiError
from connectors.google.http.transport import Transport

PAGE_SIZE = 500  # ids in a list, records in a history: the most that Gmail gives
USER = "me"
_BITS_BELOW_TIME = 20  # of a message id
_LABEL_BITS = 8
_MAX_RESTARTS = 5


class Label(IntFlag):
    """The labels by which messages are listed, as bits of one byte."""

    SENT = 1
    PROMOTIONS = 2
    SOCIAL = 4
    UPDATES = 8
    FORUMS = 16
    PERSONAL = 32  # Gmail holds the message for a person's, or for important
    CHAT = 64
    DRAFT = 128


# Gmail's label ids that are listed, each a list of its own: cheap beside what they save.
LISTED_LABELS: dict[str, Label] = {
    "SENT": Label.SENT,
    "CATEGORY_PROMOTIONS": Label.PROMOTIONS,
    "CATEGORY_SOCIAL": Label.SOCIAL,
    "CATEGORY_UPDATES": Label.UPDATES,
    "CATEGORY_FORUMS": Label.FORUMS,
    "CATEGORY_PERSONAL": Label.PERSONAL,
    "IMPORTANT": Label.PERSONAL,
    "CHAT": Label.CHAT,
    "DRAFT": Label.DRAFT,
}

# The bulk tabs; of a message in several, the first counts.
_TABS = {label_id: LISTED_LABELS[label_id] for label_id in messages.TABS}
ANY_TAB = reduce(or_, _TABS.values())


def tab_label_ids(labels: int) -> list[str]:
    """Return Gmail's label ids of the bulk tabs among these `Label` bits."""
    return [label_id for label_id, label in _TABS.items() if label & labels]


class Listing:
    """All messages outside of spam and trash, newest first, by their position from 0 on.

    `message_ids` and `thread_ids`: unsigned 64-bit numbers. `labels`: `Label` bits. All three
    have one element for each message.
    """

    def __init__(self) -> None:
        self.message_ids = array("Q")
        self.thread_ids = array("Q")
        self.labels = bytearray()

    def __len__(self) -> int:
        return len(self.message_ids)

    def ref(self, position: int) -> str:
        """Return a message's id as the API writes it."""
        return format(self.message_ids[position], "x")

    def thread_ref(self, position: int) -> str:
        """Return the id of a message's thread as the API writes it."""
        return format(self.thread_ids[position], "x")

    @cached_property
    def threads(self) -> ThreadIndex:
        """An index by thread; to be used only once the listing is complete."""
        return ThreadIndex(self.thread_ids, self.labels)

    def received_about(self, position: int) -> datetime:
        """Return when Gmail received a message, estimated from its id; aware, in UTC."""
        return time_in_id(self.message_ids[position])


class ThreadIndex:
    """Of each thread, by its id: the position of its newest message, and all its labels."""

    def __init__(self, thread_ids: array[int], labels: bytearray) -> None:
        # One number for each thread, to save memory: the position above the label bits.
        self._packed: dict[int, int] = {}
        for position, thread in enumerate(thread_ids):
            packed = self._packed.get(thread, position << _LABEL_BITS)
            self._packed[thread] = packed | labels[position]

    def newest(self, thread_id: int) -> int:
        """Return the position of a thread's newest message."""
        return self._packed[thread_id] >> _LABEL_BITS

    def labels(self, thread_id: int) -> int:
        """Return the `Label` bits that any message of a thread has."""
        return self._packed[thread_id] & ((1 << _LABEL_BITS) - 1)


def time_in_id(number: int) -> datetime:
    """Return when Gmail received a message, from its id; 1970 if the id holds no time.

    For order and estimates alone.
    """
    milliseconds = number >> _BITS_BELOW_TIME
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def parse_id(ref: str) -> int:
    """Return a message or thread id as a number.

    Raises Fatal if the number could not be written back as it was.
    """
    try:
        number = int(ref, 16)
    except ValueError:
        number = -1
    if not 0 <= number < 1 << 64 or format(number, "x") != ref:
        raise Fatal(f"Gmail names a message in a way that is not understood: {ref[:40]!r}.")
    return number


def list_mailbox(google: Transport) -> Listing:
    """List all messages, and those with each of `LISTED_LABELS`.

    Each batch asks for the next page of every list, so that it takes as many rounds as the longest
    list has pages. A partial sync afterwards, from a history id taken before, brings what arrives
    or is relabelled meanwhile. Raises as `BatchExecutor.execute_all`, and Fatal for unknown ids.
    """
    pagers = {label_id: _ListPager(label_id) for label_id in ("", *LISTED_LABELS)}
    resource = google.service.users().messages()
    executor = BatchExecutor(google)
    while unfinished := {label_id: pager for label_id, pager in pagers.items() if not pager.done}:
        pages = executor.execute_all(
            {label_id: pager.next_request(resource) for label_id, pager in unfinished.items()}
        )
        for label_id, pager in unfinished.items():
            pager.add(pages[label_id])
    listing = Listing()
    positions: dict[int, int] = {}
    everything = pagers[""]
    for number, thread in zip(everything.message_ids, everything.thread_ids, strict=True):
        if number not in positions:
            positions[number] = len(listing)
            listing.message_ids.append(number)
            listing.thread_ids.append(thread)
            listing.labels.append(0)
    for label_id, label in LISTED_LABELS.items():
        for number in pagers[label_id].message_ids:
            position = positions.get(number)
            if position is not None:
                listing.labels[position] |= label
    return listing


class _ListPager:
    """The ids of one list, page by page.

    Some come twice if the list had to begin again, because Gmail refused a page token.
    """

    def __init__(self, label_id: str) -> None:
        self._label_id = label_id
        self._token = ""
        self._restarts = 0
        self.message_ids, self.thread_ids = array("Q"), array("Q")
        self.done = False

    def next_request(self, resource: Any) -> Any:  # noqa: ANN401 - the library ships no types
        """Return the request for the next page."""
        return resource.list(
            userId=USER,
            maxResults=PAGE_SIZE,
            includeSpamTrash=False,
            labelIds=self._label_id or None,
            pageToken=self._token or None,
            fields="messages(id,threadId),nextPageToken",
        )

    def add(self, page: dict[str, Any] | ApiError) -> None:
        """Add a page. Raises Refused if Google refuses the list, Fatal for unknown ids."""
        if isinstance(page, ApiError):
            # Page tokens expire.
            is_stale = page.status == HTTPStatus.BAD_REQUEST and self._token
            if not is_stale or self._restarts == _MAX_RESTARTS:
                raise page.as_exception(GMAIL.title)
            self._token, self._restarts = "", self._restarts + 1
            return
        for message in page.get("messages") or ():
            if message.get("id"):
                self.message_ids.append(parse_id(str(message["id"])))
                self.thread_ids.append(parse_id(str(message.get("threadId") or message["id"])))
        self._token = str(page.get("nextPageToken") or "")
        self.done = not self._token
