"""Snapshots for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from beforehand.analysis.signals import Signals
from beforehand.analysis.snapshot import Snapshot, open_snapshot
from beforehand.app import App


def snapshot(app: App, at: datetime | None = None) -> Snapshot:
    """Return a closed snapshot, which reads nothing more."""
    with open_snapshot(app, at) as taken:
        return taken


@contextmanager
def signals_of(app: App, at: datetime | None = None) -> Iterator[Signals]:
    """Yield the signals of an open snapshot."""
    with open_snapshot(app, at) as taken:
        yield Signals(taken)
