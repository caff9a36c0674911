"""Store, secrets and log in memory, for the tests of connectors.

`MemoryStore` applies batches exactly as the sync engine does; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from connectors.api import Absence, Batch, Direction, Interaction, Window


class MemoryTokens:
    """A token store that forgets everything with the test."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self._lock = Lock()

    def get(self, name: str) -> str | None:
        """Return the secret of this name, or None."""
        return self.secrets.get(name)

    def set(self, name: str, secret: str) -> None:
        """Keep a secret."""
        self.secrets[name] = secret

    def delete(self, name: str) -> None:
        """Remove a secret, if it is there."""
        self.secrets.pop(name, None)

    @contextmanager
    def exclusive(self, _name: str) -> Iterator[None]:
        """Hold off other threads."""
        with self._lock:
            yield


class RecordingLog:
    """A log that can be read afterwards: `lines` holds level, event and facts."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, dict[str, object]]] = []

    def debug(self, event: str, **facts: object) -> None:
        """Keep the line."""
        self.lines.append(("debug", event, facts))

    def info(self, event: str, **facts: object) -> None:
        """Keep the line."""
        self.lines.append(("info", event, facts))

    def warning(self, event: str, **facts: object) -> None:
        """Keep the line."""
        self.lines.append(("warning", event, facts))


@dataclass(slots=True)
class MemoryStore:
    """A store in memory that applies batches exactly as the sync engine does."""

    interactions: dict[str, Interaction] = field(default_factory=dict)
    absences: dict[str, Absence] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    answers: dict[str, datetime] = field(default_factory=dict)
    reports: set[str] = field(default_factory=set)
    cursor: str | None = None
    _enumerations: int = 0
    _seen_in: dict[str, int] = field(default_factory=dict)

    def apply(self, batch: Batch) -> None:
        """Store a batch together with its cursor."""
        self._enumerations += batch.begins
        carried = {item.ref: item for item in batch.interactions}
        absences = {span.ref: span for span in batch.absences if span.ref not in carried}
        for ref in {*batch.deleted, *(skip.ref for skip in batch.skipped), *carried, *absences}:
            if ref not in carried:
                self.interactions.pop(ref, None)
            if ref not in absences:
                self.absences.pop(ref, None)
        for skip in batch.skipped:
            self.skipped[skip.ref] = skip.reason
        for ref in (*carried, *absences):
            self.skipped.pop(ref, None)
        for answer in batch.answers:
            self.answers.setdefault(answer.token, answer.at)
        self.reports.update(batch.reports)
        self.interactions |= carried
        self.absences |= absences
        for ref in (*carried, *absences, *batch.seen):
            self._seen_in[ref] = self._enumerations
        if batch.covers is not None:
            self._sweep(batch.covers)
        self.cursor = batch.cursor

    def known(self, refs: Collection[str]) -> Mapping[str, str | None]:
        """Return those of these references that need not be read again, with evidence of bulk."""
        return {
            ref: self.interactions[ref].bulk if ref in self.interactions else None
            for ref in refs
            if ref in self.interactions or ref in self.skipped
        }

    def answered(self, threads: Collection[str]) -> Collection[str]:
        """Return those of these threads that hold mail of the owner's."""
        threads_answered = {
            item.thread for item in self.interactions.values() if item.direction is Direction.OUT
        }
        return threads_answered.intersection(threads)

    def _sweep(self, window: Window) -> None:
        for ref, item in list(self.interactions.items()):
            early = window.start is not None and item.at < window.start
            late = window.end is not None and item.at >= window.end
            if not early and not late and self._seen_in[ref] < self._enumerations:
                del self.interactions[ref]
        for ref, span in list(self.absences.items()):
            early = window.start is not None and span.end <= window.start
            late = window.end is not None and span.start >= window.end
            if not early and not late and self._seen_in[ref] < self._enumerations:
                del self.absences[ref]
