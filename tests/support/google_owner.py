"""A house that reads mail and two calendars from the stand-in, and is tried hard.

On a virtual clock: whoever waits moves it. The store is SQLite, the engine the real one.
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
from connectors.standin.story.chapters import tell
from connectors.standin.world.churn import Churn
from connectors.standin.world.churn import churn as let_churn
from connectors.standin.world.world import last_monday
from sync.store.sources import Status
from tests.support.google_truth import CALENDAR, MAIL, Held, differences, held, wanted

_LATENCY, _IN_FLIGHT = 0.1, 8  # seconds a call; calls that a mailbox takes at once
_MOST_SYNCS = 40  # until a source is well; more would be a loop


@dataclass
class Strain:
    """What came of some syncs: how many it took, and what they cost."""

    syncs: int = 0
    minutes: float = 0.0
    units: int = 0
    met: int = 0
    trouble: str = ""


@dataclass
class Household:
    """A world, its stand-in, and the house that reads it."""

    world: World
    google: Google
    clock: VirtualClock
    app: App
    folder: Path
    churn: Churn
    since: date
    truths: dict[object, Held]

    def sync(self) -> Strain:
        """Sync all sources, each until it is well, waiting in between as the daemon does."""
        spent = Strain()
        begun, units = self.clock.monotonic(), self.google.meter.units
        for source in self.app.config.sources:
            for failures in range(1, _MOST_SYNCS + 1):
                done = work.sync_source(self.app, source, stop=self.clock.event())
                spent.syncs += 1
                if done.state is not Status.FAILING:
                    break
                pause = jobs.backoff(failures).total_seconds()
                self.clock.sleep(max(pause, done.retry_after or 0.0))
            if done.state is not Status.OK:
                spent.trouble = f"{source.id} stays {done.state}: {done.trouble}"
        spent.minutes = (self.clock.monotonic() - begun) / 60
        spent.units = self.google.meter.units - units
        return spent

    def follow(self, rounds: int, steps: int) -> Strain:
        """Let so many things happen, sync, and so on."""
        spent = Strain()
        for _ in range(rounds):
            for _ in range(steps):
                self.churn.step()
            add(spent, self.sync())
        return spent

    def trouble(self) -> str:
        """How the store differs from the truth; empty where it does not.

        What is asked for to know the truth meets neither faults nor changes.
        """
        self.google.faults.clear()
        mine = held(self.app)
        state = (self.world.mailbox.history_id, self.world.diary.change, self.clock.now().date())
        if state not in self.truths:
            fresh_folder = self.folder / f"truth-{len(self.truths)}"
            with keeping(self.google, fresh_folder, self.since, bulk=True) as fresh:
                for source in fresh.config.sources:
                    done = work.sync_source(fresh, source, stop=self.clock.event())
                    assert done.state is Status.OK, done.trouble
                self.truths[state] = held(fresh)
        return differences(mine, self.truths[state], wanted(self.world))


def add(whole: Strain, part: Strain) -> None:
    """Sum up."""
    whole.syncs += part.syncs
    whole.minutes += part.minutes
    whole.units += part.units
    whole.met += part.met
    whole.trouble = whole.trouble or part.trouble


def lately(end: date, days: int, seed: int = 7) -> World:
    """The demo's world, as if its owner had thrown away all mail but that of the last days."""
    monday = last_monday(end)
    story = tell(monday, seed)
    first = datetime.combine(monday, time(), UTC) - timedelta(days=days)
    story.pen.mail = [m for m in story.pen.mail if m.at >= first]
    return World(monday, story, seed)


@contextmanager
def household(
    world: World, folder: Path, *, days: int, seed: int, truths: dict[object, Held] | None = None
) -> Iterator[Household]:
    """A house before its first sync, which is to read the last `days`.

    `seed` decides what happens in the world meanwhile. `truths` remembers what was found true
    of worlds in the same state.
    """
    clock = VirtualClock(world.end)
    world.now = clock.now
    with serve(
        world, clock=clock, quota=Quota.NEW, in_flight=_IN_FLIGHT, latency=_LATENCY
    ) as google:
        churn = let_churn(world, seed, every=0)
        since = world.end.date() - timedelta(days=days)
        remembered = {} if truths is None else truths
        with keeping(google, folder / "house", since) as app:
            yield Household(world, google, clock, app, folder, churn, since, remembered)


@contextmanager
def keeping(
    google: Google, folder: Path, since: date, *, per_minute: int = 6000, bulk: bool = False
) -> Iterator[App]:
    """Open a house on the stand-in's clock, whose store, new or not, lies in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "config.toml"
    path.write_text(
        f'[owner]\nname = "Ada"\naddresses = {json.dumps(list(google.world.owner.addresses))}\n'
        f'[store]\nurl = "sqlite:///{folder}/store.db"\n'
        + sources(google, folder, since, per_minute=per_minute, bulk=bulk)
    )
    clock = google.clock
    log = logger(debug=False, quiet=True)
    with open_app(config.load(path), log, now=clock.now, monotonic=clock.monotonic) as app:
        yield app


def sources(
    google: Google, folder: Path, since: date, *, per_minute: int = 6000, bulk: bool = False
) -> str:
    """The settings of mail and two calendars, as TOML; their credentials are put into a folder."""
    credentials = folder / "credentials.json"
    credentials.write_text(json.dumps(google.credentials(SCOPES)))
    credentials.chmod(0o600)
    calendars = ["primary", *(c.id for c in google.world.diary.calendars if not c.primary)]
    common = (
        f'api_endpoint = "{google.url}"\ncredentials = {json.dumps(str(credentials))}\n'
        f'since = "{since.isoformat()}"\n'
    )
    return (
        f'[[sources]]\nid = "{CALENDAR}"\ntype = "google_calendar"\n{common}'
        f"calendars = {json.dumps(calendars)}\n"
        f'[[sources]]\nid = "{MAIL}"\ntype = "gmail"\n{common}'
        f"units_per_minute = {per_minute}\nread_bulk = {json.dumps(bulk)}\n"
    )
