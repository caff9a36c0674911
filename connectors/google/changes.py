"""What a page of Gmail's history says must be done about which message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from connectors.google.messages import AWAY, MEANINGFUL, is_away, labels_of

# Exactly this much is asked for of the history.
FIELDS = (
    "history(id,messagesAdded(message(id,labelIds)),messagesDeleted(message(id)),"
    "labelsAdded(labelIds,message(id)),labelsRemoved(labelIds,message(id))),"
    "historyId,nextPageToken"
)


class Do(Enum):
    """What to do about a message; of several changes the last one decides."""

    READ_IF_NEW = auto()  # it came
    READ = auto()  # what we make of it may have changed
    DROP = auto()  # it is deleted, or away


@dataclass(frozen=True, slots=True)
class Changes:
    """Message ids by what to do about them."""

    fresh: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]


def read_changes(records: Iterable[Mapping[str, Any]]) -> Changes:
    """Sum up the records of a page, oldest first."""
    todo: dict[str, Do] = {}
    for record in records:
        for message, _ in _entries(record, "messagesAdded"):
            # A draft, or spam: should it come back later, a change of labels will say so.
            todo[message["id"]] = Do.DROP if is_away(labels_of(message)) else Do.READ_IF_NEW
        for message, labels in _entries(record, "labelsAdded"):
            if not AWAY.isdisjoint(labels):
                todo[message["id"]] = Do.DROP
            elif not MEANINGFUL.isdisjoint(labels):
                todo[message["id"]] = Do.READ
        for message, labels in _entries(record, "labelsRemoved"):
            if not MEANINGFUL.isdisjoint(labels):
                todo[message["id"]] = Do.READ
        for message, _ in _entries(record, "messagesDeleted"):
            todo[message["id"]] = Do.DROP
    return Changes(
        *(
            tuple(ref for ref, what in todo.items() if what is wanted)
            for wanted in (Do.READ_IF_NEW, Do.READ, Do.DROP)
        )
    )


def _entries(record: Mapping[str, Any], kind: str) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """The messages of a record with the labels concerned; entries without an id are passed over."""
    for entry in record.get(kind) or ():
        message = entry.get("message") or {}
        if message.get("id"):
            yield message, labels_of(entry)
