"""What a page of Gmail's history says must be done about which message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from connectors.google.gmail.messages import AWAY, MEANINGFUL, is_away, labels_of

_MESSAGE = "message(id,threadId,labelIds)"
# Exactly this much is asked for of the history.
FIELDS = (
    f"history(id,messagesAdded({_MESSAGE}),messagesDeleted(message(id)),"
    f"labelsAdded(labelIds,{_MESSAGE}),labelsRemoved(labelIds,{_MESSAGE})),"
    "historyId,nextPageToken"
)


class Do(Enum):
    """What to do about a message; of several changes the last one decides."""

    READ_IF_NEW = auto()  # it came
    READ = auto()  # what we make of it may have changed
    DROP = auto()  # it is deleted, or away


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a message: its thread, and its labels where the history names them all."""

    do: Do
    thread: str = ""
    labels: frozenset[str] = frozenset()

    @property
    def sent(self) -> bool:
        """Whether the owner wrote it."""
        return "SENT" in self.labels


def read_changes(records: Iterable[Mapping[str, Any]]) -> dict[str, Change]:
    """Sum up the records of a page, oldest first: the last word on each message, by its id."""
    todo: dict[str, Change] = {}
    for record in records:
        for message, do in _steps(record):
            before = todo.get(message["id"], Change(Do.DROP))
            labels = frozenset(labels_of(message)) or before.labels
            todo[message["id"]] = Change(do, str(message.get("threadId") or before.thread), labels)
    return todo


def _steps(record: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], Do]]:
    for message, _ in _entries(record, "messagesAdded"):
        # A draft, or spam: should it come back later, a change of labels will say so.
        yield message, Do.DROP if is_away(labels_of(message)) else Do.READ_IF_NEW
    for message, labels in _entries(record, "labelsAdded"):
        if not AWAY.isdisjoint(labels):
            yield message, Do.DROP
        elif not MEANINGFUL.isdisjoint(labels):
            yield message, Do.READ
    for message, labels in _entries(record, "labelsRemoved"):
        if not MEANINGFUL.isdisjoint(labels):
            yield message, Do.READ
    for message, _ in _entries(record, "messagesDeleted"):
        yield message, Do.DROP


def _entries(record: Mapping[str, Any], kind: str) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """The messages of a record with the labels concerned; entries without an id are passed over."""
    for entry in record.get(kind) or ():
        message = entry.get("message") or {}
        if message.get("id"):
            yield message, labels_of(entry)
