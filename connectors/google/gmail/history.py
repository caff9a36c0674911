"""Gmail's history: the records of a page, reduced to one change for each message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from connectors.google.gmail.messages import EXCLUDED, RELEVANT, is_excluded, label_ids

_MESSAGE = "message(id,threadId,labelIds)"
# Exactly these fields of the history are requested.
FIELDS = (
    f"history(id,messagesAdded({_MESSAGE}),messagesDeleted(message(id)),"
    f"labelsAdded(labelIds,{_MESSAGE}),labelsRemoved(labelIds,{_MESSAGE})),"
    "historyId,nextPageToken"
)


class HistoryAction(Enum):
    """What a change requires; of several changes to a message the last one decides."""

    READ_IF_NEW = auto()  # the message arrived
    READ = auto()  # its labels may have changed what is stored of it
    DROP = auto()  # it was deleted, or moved to spam, trash or drafts


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a message.

    `thread` is empty, and `labels` (Gmail's label ids) too, where the history does not name them.
    """

    action: HistoryAction
    thread: str = ""
    labels: frozenset[str] = frozenset()

    @property
    def sent(self) -> bool:
        """Whether the owner wrote the message."""
        return "SENT" in self.labels


def read_changes(records: Iterable[Mapping[str, Any]]) -> dict[str, Change]:
    """Return the last change of each message, by its id. `records` of a page: oldest first."""
    changes: dict[str, Change] = {}
    for record in records:
        for message, action in _actions(record):
            before = changes.get(message["id"], Change(HistoryAction.DROP))
            thread = str(message.get("threadId") or before.thread)
            labels = frozenset(label_ids(message)) or before.labels
            changes[message["id"]] = Change(action, thread, labels)
    return changes


def _actions(record: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], HistoryAction]]:
    """Yield the messages of a record, each with what its change requires."""
    for message, _ in _entries(record, "messagesAdded"):
        # A draft or spam: if it becomes mail later, a change of labels says so.
        excluded = is_excluded(label_ids(message))
        yield message, HistoryAction.DROP if excluded else HistoryAction.READ_IF_NEW
    for message, labels in _entries(record, "labelsAdded"):
        if not EXCLUDED.isdisjoint(labels):
            yield message, HistoryAction.DROP
        elif not RELEVANT.isdisjoint(labels):
            yield message, HistoryAction.READ
    for message, labels in _entries(record, "labelsRemoved"):
        if not RELEVANT.isdisjoint(labels):
            yield message, HistoryAction.READ
    for message, _ in _entries(record, "messagesDeleted"):
        yield message, HistoryAction.DROP


def _entries(record: Mapping[str, Any], kind: str) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Yield the messages under a key of a record, with the labels added or removed.

    Entries without a message id are passed over.
    """
    for entry in record.get(kind) or ():
        message = entry.get("message") or {}
        if message.get("id"):
            yield message, label_ids(entry)
