"""A full sync that lasts longer than Gmail keeps the history."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from beforehand import work
from sync.store.sources import Status
from tests.support.google_owner import GoogleOwner, google_owner, recent_world

END = date(2026, 11, 23)
DAYS = 90
CHANGES, STOPS = 500, 5
CHANGES_PER_REPORT = 25  # between two reports of progress


class StoppedSyncs:
    """Syncs that are stopped after a while, of a world that changes meanwhile."""

    def __init__(self, owner: GoogleOwner) -> None:
        self.owner = owner
        self.changes = self.stopped = self.expired = 0

    def run(self, *, after: int | None) -> Status:
        """Sync the mail; stop after so many reports of progress."""
        stop, reports = self.owner.clock.event(), 0

        def report(_done: int, _total: int | None, /) -> None:
            nonlocal reports
            reports += 1
            for _ in range(min(CHANGES_PER_REPORT, CHANGES - self.changes)):
                self.owner.churn.step()
                self.changes += 1
            if not self.expired and self.changes >= CHANGES / 2:
                self.drop_history()
            if reports == after:
                stop.set()

        source = self.owner.app.config.source("mail")
        result = work.sync_source(self.owner.app, source, stop=stop, progress=report)
        self.stopped += result.stopped
        return result.state

    def drop_history(self) -> None:
        """Let Gmail drop the history so far."""
        self.owner.world.expire_history()
        self.expired += 1


@pytest.mark.parametrize("seed", [1, 2])
def test_a_reading_that_is_stopped_while_its_history_expires_ends_with_the_truth(
    tmp_path: Path, seed: int
) -> None:
    with google_owner(recent_world(END, DAYS + 10, seed), tmp_path, days=DAYS, seed=seed) as owner:
        syncs = StoppedSyncs(owner)
        for _ in range(STOPS):
            assert syncs.run(after=2) is Status.OK
        assert syncs.stopped == STOPS
        while syncs.changes < CHANGES:  # now to the end, and what happens after it is followed
            assert syncs.run(after=None) is Status.OK
        syncs.drop_history()
        owner.server.meter.reset()
        owner.sync()
        assert syncs.expired == 2
        assert owner.server.meter.calls["messages.list"] > 10  # listed anew
        assert not owner.difference()
