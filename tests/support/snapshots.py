"""Snapshots for tests: taken, looked at, and closed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from beforehand.analysis.signals import Signals
from beforehand.analysis.snapshot import Snapshot, open_snapshot
from beforehand.app import App


def snapshot(app: App, at: datetime | None = None) -> Snapshot:
    """A snapshot that is closed: it holds what every one holds, and reads no more."""
    with open_snapshot(app, at) as taken:
        return taken


@contextmanager
def signals_of(app: App, at: datetime | None = None) -> Iterator[Signals]:
    """The signals of a snapshot, while it is open."""
    with open_snapshot(app, at) as taken:
        yield Signals(taken)
