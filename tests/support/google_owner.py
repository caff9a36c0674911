"""An owner whose mail and two calendars are synced from the stand-in, under faults and changes.

Runs on a virtual clock, which every wait moves on. The store is SQLite, the sync engine the real
one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from beforehand import config, work
from beforehand.app import App, open_app
from beforehand.daemon import jobs
from beforehand.demo import SCOPES
from beforehand.logs import logger
from connectors.standin import Google, Quota, VirtualClock, World, serve
from connectors.standin.story.chapters import last_monday, tell
from connectors.standin.world.churn import Churn
from connectors.standin.world.churn import churn as let_churn
from sync.store.sources import Status
from tests.support.google_truth import (
    CALENDAR,
    MAIL,
    StoreContents,
    contents_of,
    differences,
    must_be_read,
)

_LATENCY, _IN_FLIGHT = 0.1, 8  # seconds a call; calls that a mailbox accepts at once
_MAX_SYNCS = 40  # of one source until it succeeds; more would be a loop


@dataclass
class SyncCost:
    """Number of syncs that some work took, and their cost; `failure` is empty if all went well."""

    syncs: int = 0
    minutes: float = 0.0
    units: int = 0
    faults: int = 0
    failure: str = ""

    def add(self, other: SyncCost) -> None:
        """Add another cost to this one; of two failures the first stays."""
        self.syncs += other.syncs
        self.minutes += other.minutes
        self.units += other.units
        self.faults += other.faults
        self.failure = self.failure or other.failure


@dataclass
class GoogleOwner:
    """A world, its server, and the app that syncs from it.

    `truths`: what a calm sync of the whole world stores, by the world's state.
    """

    world: World
    server: Google
    clock: VirtualClock
    app: App
    folder: Path
    churn: Churn
    since: date
    truths: dict[object, StoreContents]

    def sync(self) -> SyncCost:
        """Sync each source until it succeeds, with waits in between as in the daemon."""
        cost = SyncCost()
        begun, units = self.clock.monotonic(), self.server.meter.units
        for source in self.app.config.sources:
            for failures in range(1, _MAX_SYNCS + 1):
                result = work.sync_source(self.app, source, stop=self.clock.event())
                cost.syncs += 1
                if result.state is not Status.FAILING:
                    break
                pause = jobs.backoff(failures).total_seconds()
                self.clock.sleep(max(pause, result.retry_after or 0.0))
            if result.state is not Status.OK:
                cost.failure = f"{source.id} stays {result.state}: {result.trouble}"
        cost.minutes = (self.clock.monotonic() - begun) / 60
        cost.units = self.server.meter.units - units
        return cost

    def sync_changes(self, rounds: int, steps: int) -> SyncCost:
        """In each round, change the world in so many steps, then sync."""
        cost = SyncCost()
        for _ in range(rounds):
            for _ in range(steps):
                self.churn.step()
            cost.add(self.sync())
        return cost

    def difference(self) -> str:
        """Return how the store differs from the truth; empty if it does not.

        The truth is read without faults, and without changes of the world.
        """
        self.server.faults.clear()
        stored = contents_of(self.app)
        state = (self.world.mailbox.history_id, self.world.diary.change, self.clock.now().date())
        if state not in self.truths:
            folder = self.folder / f"truth-{len(self.truths)}"
            with opened_app(self.server, folder, self.since, bulk=True) as calm:
                for source in calm.config.sources:
                    result = work.sync_source(calm, source, stop=self.clock.event())
                    assert result.state is Status.OK, result.trouble
                self.truths[state] = contents_of(calm)
        return differences(stored, self.truths[state], must_be_read(self.world))


def recent_world(end: date, days: int, seed: int = 7) -> World:
    """Return the demo's world with the mail of the last days only."""
    monday = last_monday(end)
    story = tell(monday, seed)
    first = datetime.combine(monday, time(), UTC) - timedelta(days=days)
    story.writer.mail = [m for m in story.writer.mail if m.at >= first]
    return World(monday, story, seed)


@contextmanager
def google_owner(
    world: World,
    folder: Path,
    *,
    days: int,
    seed: int,
    truths: dict[object, StoreContents] | None = None,
) -> Iterator[GoogleOwner]:
    """Serve a world and open an app before its first sync, which is to read the last `days`.

    `seed` decides how the world changes. `truths` may be shared by owners of equal worlds.
    """
    clock = VirtualClock(world.end)
    world.now = clock.now
    with serve(
        world, clock=clock, quota=Quota.NEW, in_flight=_IN_FLIGHT, latency=_LATENCY
    ) as server:
        churn = let_churn(world, seed, every=0)
        since = world.end.date() - timedelta(days=days)
        shared = {} if truths is None else truths
        with opened_app(server, folder / "app", since) as app:
            yield GoogleOwner(world, server, clock, app, folder, churn, since, shared)


@contextmanager
def opened_app(
    server: Google, folder: Path, since: date, *, per_minute: int = 6000, bulk: bool = False
) -> Iterator[App]:
    """Open an app on the server's clock, with its store in a folder, new or not."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "config.toml"
    path.write_text(
        f'[owner]\nname = "Ada"\naddresses = {json.dumps(list(server.world.owner.addresses))}\n'
        f'[store]\nurl = "sqlite:///{folder}/store.db"\n'
        + source_settings(server, folder, since, per_minute=per_minute, bulk=bulk)
    )
    clock = server.clock
    log = logger(debug=False, quiet=True)
    with open_app(config.load(path), log, now=clock.now, monotonic=clock.monotonic) as app:
        yield app


def source_settings(
    server: Google, folder: Path, since: date, *, per_minute: int = 6000, bulk: bool = False
) -> str:
    """Return the settings of mail and two calendars, as TOML; write their credentials file."""
    credentials = folder / "credentials.json"
    credentials.write_text(json.dumps(server.credentials(SCOPES)))
    credentials.chmod(0o600)
    calendars = ["primary", *(c.id for c in server.world.diary.calendars if not c.primary)]
    common = (
        f'api_endpoint = "{server.url}"\ncredentials = {json.dumps(str(credentials))}\n'
        f'since = "{since.isoformat()}"\n'
    )
    return (
        f'[[sources]]\nid = "{CALENDAR}"\ntype = "google_calendar"\n{common}'
        f"calendars = {json.dumps(calendars)}\n"
        f'[[sources]]\nid = "{MAIL}"\ntype = "gmail"\n{common}'
        f"units_per_minute = {per_minute}\nread_bulk = {json.dumps(bulk)}\n"
    )
