"""A first reading that lasts longer than Gmail remembers what happened meanwhile."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from beforehand import work
from sync.store.sources import Status
from tests.support.google_owner import Household, household, lately

END = date(2026, 11, 23)
DAYS = 90
HAPPENING, STOPS = 500, 5
A_LOOK = 25  # things that happen between two looks at how far the reading is


class Interrupted:
    """Runs that stop after a while, and a world that does not wait for them."""

    def __init__(self, app: Household) -> None:
        self.app = app
        self.happened = self.stopped = self.expired = 0

    def run(self, *, after: int | None) -> Status:
        """Sync the mail; stop once the reading has told so often how far it is."""
        stop, looks = self.app.clock.event(), 0

        def look(_done: int, _total: int | None, /) -> None:
            nonlocal looks
            looks += 1
            for _ in range(min(A_LOOK, HAPPENING - self.happened)):
                self.app.churn.step()
                self.happened += 1
            if not self.expired and self.happened >= HAPPENING / 2:
                self.forget()
            if looks == after:
                stop.set()

        source = self.app.app.config.source("mail")
        done = work.sync_source(self.app.app, source, stop=stop, progress=look)
        self.stopped += done.stopped
        return done.state

    def forget(self) -> None:
        """Let Gmail remember nothing of what has happened so far."""
        self.app.world.expire_history()
        self.expired += 1


@pytest.mark.parametrize("seed", [1, 2])
def test_a_reading_that_is_stopped_while_its_history_expires_ends_with_the_truth(
    tmp_path: Path, seed: int
) -> None:
    with household(lately(END, DAYS + 10, seed), tmp_path, days=DAYS, seed=seed) as app:
        runs = Interrupted(app)
        for _ in range(STOPS):
            assert runs.run(after=2) is Status.OK
        assert runs.stopped == STOPS
        while runs.happened < HAPPENING:  # now to the end, and what happens after it is followed
            assert runs.run(after=None) is Status.OK
        runs.forget()
        app.google.meter.reset()
        app.sync()
        assert runs.expired == 2
        assert app.google.meter.calls["messages.list"] > 10  # listed anew
        assert not app.trouble()
