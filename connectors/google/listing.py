"""What a mailbox holds, by its lists alone: ids, threads and a few labels, for 5 units a page.

Kept in arrays of numbers, so that a mailbox of a hundred thousand messages takes some megabytes.
A message's id is a 64-bit number whose upper bits are the millisecond in which Gmail took the
message in: good enough to put things in order, and never taken for the truth.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import IntFlag
from http import HTTPStatus
from typing import Any

from connectors.errors import Fatal
from connectors.google.refusals import Refused
from connectors.google.transport import Transport

PAGE = 500  # ids in a list, records in a history: the most that Gmail gives
USER = "me"
_BITS_BELOW_THE_TIME = 20
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


TABS = Mark.PROMOTIONS | Mark.SOCIAL | Mark.UPDATES | Mark.FORUMS
# The lists by label, cheap beside what they save. The order of tabs is that of `messages.TABS`.
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

    def about(self, place: int) -> datetime:
        """When Gmail took the message in, as its id has it."""
        return taken_in(self.ids[place])


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
    """List all messages, then those with each label that tells people from machines.

    What arrives or is relabelled meanwhile is the business of the history, which is followed from
    before the first list.
    """
    found = Listing()
    places: dict[int, int] = {}
    for message in _walk(google, None):
        number = number_of(str(message["id"]))
        if number not in places:
            places[number] = len(found)
            found.ids.append(number)
            found.threads.append(number_of(str(message.get("threadId") or message["id"])))
            found.marks.append(0)
    for label, mark in LABELS.items():
        for message in _walk(google, label):
            place = places.get(number_of(str(message["id"])))
            if place is not None:
                found.marks[place] |= mark
    return found


def _walk(google: Transport, label: str | None) -> Iterator[dict[str, Any]]:
    """The entries of all pages of a list; some twice where a page token was refused."""
    messages = google.service.users().messages()
    token, restarts = "", 0
    while True:
        try:
            page = google.execute(
                messages.list(
                    userId=USER,
                    maxResults=PAGE,
                    includeSpamTrash=False,
                    labelIds=label,
                    pageToken=token or None,
                    fields="messages(id,threadId),nextPageToken",
                )
            )
        except Refused as error:
            # Page tokens do not live for ever.
            refused = error.status == HTTPStatus.BAD_REQUEST and token
            if not refused or restarts == _MOST_RESTARTS:
                raise
            token, restarts = "", restarts + 1
            continue
        yield from (one for one in page.get("messages") or () if one.get("id"))
        token = str(page.get("nextPageToken") or "")
        if not token:
            return
