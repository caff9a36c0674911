"""The mailbox behind the stand-in: messages, threads, labels and their history.

Ids are what Gmail's are like: 16 hex digits that grow with time; a thread is called after its
first message; history ids are unsigned 64-bit numbers beyond 2^63 which reach a twentieth digit
soon after the story ends, so that neither floats, signed numbers nor text order can hold them.
"""

from __future__ import annotations

import random
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

NEVER_READ = "this must never be read"
SYSTEM_LABELS = (
    "CHAT",
    "SENT",
    "INBOX",
    "IMPORTANT",
    "TRASH",
    "DRAFT",
    "SPAM",
    "CATEGORY_FORUMS",
    "CATEGORY_UPDATES",
    "CATEGORY_PERSONAL",
    "CATEGORY_PROMOTIONS",
    "CATEGORY_SOCIAL",
    "STARRED",
    "UNREAD",
)
USER_LABELS = {"Label_1": "Clients", "Label_2": "Tax"}
_FIRST_OF_DAY_AFTER = 10**19 - 60  # the history id at the end of the story
_REFERENCES = 12  # mail programs shorten long chains


@dataclass(slots=True)
class Thread:
    """Messages that answer one another; `id` is the first message's."""

    id: str = ""
    messages: list[WorldMessage] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class WorldMessage:
    """One message as the mailbox holds it; header values are raw text, as received."""

    at_ms: int
    thread: Thread
    sender: str
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()
    parent: WorldMessage | None = None
    subject: str = NEVER_READ
    size: int = 4096
    id: str = ""
    history_id: int = 0

    @property
    def thread_id(self) -> str:
        """The thread's id."""
        return self.thread.id

    @property
    def at(self) -> datetime:
        """When it was received or sent, aware UTC."""
        return datetime.fromtimestamp(self.at_ms / 1000, UTC)

    @property
    def message_id(self) -> str:
        """The Message-ID header's value."""
        _, _, domain = self.sender.rpartition("@")
        return f"<{self.id}.{self.at_ms % 9973}@{domain.rstrip('> ') or 'nowhere.example'}>"

    @property
    def headers(self) -> list[tuple[str, str]]:
        """All header lines in order; `extra` ones replace what would stand there otherwise."""
        replaced = {name.lower() for name, _ in self.extra}
        lines = [
            ("Received", f"by mx.example.org with ESMTPS; {self._date}"),
            ("From", self.sender),
            ("To", ", ".join(self.to)),
            ("Cc", ", ".join(self.cc)),
            ("Bcc", ", ".join(self.bcc)),
            ("Date", self._date),
            ("Message-ID", self.message_id),
            ("Subject", self.subject),
            ("MIME-Version", "1.0"),
        ]
        kept = [(n, v) for n, v in lines if (v or n == "From") and n.lower() not in replaced]
        if self.parent is not None:
            kept.append(("In-Reply-To", self.parent.message_id))
            kept.append(("References", " ".join(m.message_id for m in self._ancestors())))
        return [*kept, *self.extra]

    @property
    def _date(self) -> str:
        return format_datetime(self.at.replace(microsecond=0))

    def _ancestors(self) -> list[WorldMessage]:
        chain: list[WorldMessage] = []
        above = self.parent
        while above is not None and len(chain) < _REFERENCES:
            chain.append(above)
            above = above.parent
        return chain[::-1]


@dataclass(frozen=True, slots=True)
class MailboxChange:
    """One line of history. `kind` is the name of its list in `history.list`."""

    id: int
    kind: str
    message_id: str
    thread_id: str
    labels: tuple[str, ...]  # the message's labels then
    touched: tuple[str, ...] = ()  # the labels added or removed


_Query = tuple[frozenset[str], bool]  # labels, and whether spam and trash are shown, too


def _number(message: WorldMessage) -> int:
    return int(message.id, 16)


def _belongs(message: WorldMessage, query: _Query) -> bool:
    labels, spam_and_trash = query
    hidden = frozenset() if spam_and_trash else frozenset({"SPAM", "TRASH"}) - labels
    return labels.issubset(message.labels) and hidden.isdisjoint(message.labels)


class WorldMailbox:
    """All messages, in the order of their ids, and what has happened to them."""

    def __init__(self) -> None:
        self.messages: dict[str, WorldMessage] = {}
        self.threads: dict[str, Thread] = {}
        self.history: list[MailboxChange] = []
        self.history_id = _FIRST_OF_DAY_AFTER
        self.oldest_history = 0
        self.version = 0
        self._order: list[WorldMessage] = []
        self._listings: dict[_Query, list[WorldMessage]] = {}
        self._thread_listings: dict[_Query, tuple[int, list[WorldMessage]]] = {}

    def fill(self, messages: Iterable[WorldMessage], *, remembered_ms: int) -> None:
        """Take a whole story at once: number messages and threads by time.

        History is kept of what came after `remembered_ms`, as Gmail keeps about a week.
        """
        self._order = sorted(messages, key=lambda m: m.at_ms)
        history_id = self.history_id - 5 * len(self._order)
        self.oldest_history = history_id
        for message in self._order:
            message.thread.messages.clear()
        for message in self._order:
            self._name(message)
            history_id += 5
            message.history_id = history_id
            if message.at_ms >= remembered_ms:
                self._record(history_id, "messagesAdded", message)
            else:
                self.oldest_history = history_id
        self.version += 1
        self._listings.clear()

    def thread(self, thread_id: str) -> list[WorldMessage]:
        """The messages of a thread, oldest first; KeyError where there is none."""
        return self.threads[thread_id].messages

    def add(self, message: WorldMessage, *, numbered_ms: int | None = None) -> None:
        """Deliver or send one more message.

        `numbered_ms` is when its id was given, where that was not when it was received.
        """
        self._name(message, numbered_ms)
        if self._order and _number(self._order[-1]) > _number(message):
            insort(self._order, message, key=_number)
            message.thread.messages.sort(key=_number)
        else:
            self._order.append(message)
        self._touch(message, "messagesAdded")

    def delete(self, message_id: str) -> None:
        """Remove a message for good."""
        message = self.messages.pop(message_id)
        self._order.remove(message)
        message.thread.messages.remove(message)
        if not message.thread.messages:
            del self.threads[message.thread_id]
        self._touch(message, "messagesDeleted")

    def relabel(self, message_id: str, add: Iterable[str], remove: Iterable[str]) -> None:
        """Add and remove labels; what changes nothing leaves no trace."""
        message = self.messages[message_id]
        added = tuple(label for label in add if label not in message.labels)
        if added:
            message.labels += added
            self._touch(message, "labelsAdded", added)
        gone = tuple(label for label in remove if label in message.labels)
        if gone:
            message.labels = tuple(label for label in message.labels if label not in gone)
            self._touch(message, "labelsRemoved", gone)

    def expire(self, before: int) -> None:
        """Forget the history up to the id `before`: asking from an older one answers 404."""
        self.oldest_history = max(self.oldest_history, before)
        self.history = [change for change in self.history if change.id > before]

    def since(self, history_id: int) -> Iterator[MailboxChange]:
        """What happened after `history_id`, oldest first."""
        at = bisect_left(self.history, history_id + 1, key=lambda change: change.id)
        yield from self.history[at:]

    def listing(self, labels: frozenset[str], *, spam_and_trash: bool) -> list[WorldMessage]:
        """The messages that carry all these labels, newest first."""
        key = (labels, spam_and_trash)
        if key not in self._listings:
            self._listings[key] = [m for m in reversed(self._order) if _belongs(m, key)]
        return self._listings[key]

    def thread_listing(self, labels: frozenset[str], *, spam_and_trash: bool) -> list[WorldMessage]:
        """The newest message of each thread that carries all these labels, newest first."""
        key = (labels, spam_and_trash)
        version, found = self._thread_listings.get(key, (-1, []))
        if version != self.version:
            newest: dict[str, WorldMessage] = {}
            for message in self.listing(labels, spam_and_trash=spam_and_trash):
                newest.setdefault(message.thread_id, message)
            found = list(newest.values())
            self._thread_listings[key] = (self.version, found)
        return found

    def newest(self, label: str) -> WorldMessage | None:
        """The newest message that carries a label; None where none does."""
        return next((m for m in reversed(self._order) if label in m.labels), None)

    def newest_ms(self) -> int:
        """When the message with the newest id came into the mailbox; 0 where there is none."""
        return _number(self._order[-1]) >> 20 if self._order else 0

    def pick(self, rng: random.Random, recent: int | None = None) -> WorldMessage | None:
        """Some message (of the `recent` ones with the newest ids); None where there is none."""
        if not self._order:
            return None
        first = 0 if recent is None else max(0, len(self._order) - recent)
        return self._order[rng.randrange(first, len(self._order))]

    def _name(self, message: WorldMessage, numbered_ms: int | None = None) -> None:
        at_ms = message.at_ms if numbered_ms is None else numbered_ms
        number = at_ms << 20 | (at_ms * 2654435761 >> 7) & 0xFFF00
        while f"{number:x}" in self.messages:
            number += 1
        message.id = f"{number:x}"
        if not message.thread.id:
            message.thread.id = message.id
        self.threads[message.thread.id] = message.thread
        self.messages[message.id] = message
        message.thread.messages.append(message)

    def _touch(self, message: WorldMessage, kind: str, touched: tuple[str, ...] = ()) -> None:
        self.history_id += 7
        message.history_id = self.history_id
        self.version += 1
        self._refile(message)
        self._record(self.history_id, kind, message, touched)

    def _refile(self, message: WorldMessage) -> None:
        """Bring the listings up to date: building them anew takes long in a large mailbox."""
        place = -_number(message)
        for key, listing in self._listings.items():
            at = bisect_left(listing, place, key=lambda m: -_number(m))
            stands = at < len(listing) and listing[at] is message
            belongs = message.id in self.messages and _belongs(message, key)
            if stands and not belongs:
                del listing[at]
            if belongs and not stands:
                listing.insert(at, message)

    def _record(
        self, history_id: int, kind: str, message: WorldMessage, touched: tuple[str, ...] = ()
    ) -> None:
        self.history.append(
            MailboxChange(history_id, kind, message.id, message.thread_id, message.labels, touched)
        )
