"""What a Gmail mailbox costs: units, minutes of quota, memory; beside reading message by message.

    python bench/units.py                # the table of docs/google.md, as Markdown
    python bench/units.py --worlds demo  # only one of the worlds
    python bench/units.py --memory       # peak memory of a first sync, as whole processes

Everything is read over HTTP from the stand-in, which holds to Google's quota on a clock that is
moved by whoever waits: an hour of quota passes in seconds. *Naive* is what tools do that list the
mailbox and get each message. The *first report* is the earliest one that names at least four of
the five people whom the finished sync names; it is looked for at each hundredth of naive.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from connectors.standin import build_world

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from beforehand import config, work
from beforehand.analysis.snapshot import open_snapshot
from beforehand.app import App, open_app
from beforehand.demo import SCOPES
from beforehand.logs import logger
from connectors.api import Plan
from connectors.standin import World, serve
from connectors.standin.clock import VirtualClock
from connectors.standin.server.dispatch import Google
from connectors.standin.server.quota import Quota
from connectors.standin.world.owner import Owner
from connectors.standin.world.takeout import write_takeout
from scoring.judgement import State
from sync.store import sources

ROOT = Path(__file__).resolve().parents[1]
END = date(2026, 11, 23)
SEED = 7
# How many times the people and the noise of the demo's world.
WORLDS = {"demo": (1, 1), "five demos": (5, 5), "twice the people, ten times the noise": (2, 10)}
_AGREE, _NAMED = 4, 5
_DAYS = 1095  # that are read
_STEP = 0.01  # of naive
_LATENCY, _IN_FLIGHT = 0.1, 8  # seconds a call; calls that a mailbox takes at once


@dataclass
class Look:
    """Who a report would name at a moment of the sync, and what had been spent."""

    units: int
    names: list[str]


@dataclass
class Reading:
    """A first sync under a quota."""

    units: int = 0
    minutes: float = 0.0
    peak: int = 0
    refused: int = 0
    poll: int = 0
    people: int = 0  # units until all conversations and people's mail were known
    used: float = 0.0  # share of the quota, from the first message that is read to the last
    looks: list[Look] = field(default_factory=list)
    final: list[str] = field(default_factory=list)
    fading: set[str] = field(default_factory=set)

    @property
    def first(self) -> Look | None:
        """The earliest look that agrees with the end in four of five names."""
        wanted = min(_AGREE, len(self.final))
        agreeing = (one for one in self.looks if len({*one.names} & {*self.final}) >= wanted)
        return next(agreeing, None)


def naive_units(world: World, quota: Quota) -> int:
    """List the mailbox and get each message."""
    prices = quota.value.prices
    count = len(world.mailbox.listing(frozenset(), spam_and_trash=False))
    return -(-count // 500) * prices["messages.list"] + count * prices["messages.get"]


@contextmanager
def living(
    world: World, folder: Path, quota: Quota, *, archive: Path | None = None
) -> Iterator[tuple[App, Google, VirtualClock]]:
    """A house before its first sync, on the clock of a stand-in that holds to a quota."""
    clock = VirtualClock(world.end)
    with serve(world, clock=clock, quota=quota, in_flight=_IN_FLIGHT, latency=_LATENCY) as google:
        credentials, path = folder / "credentials.json", folder / "config.toml"
        credentials.write_text(json.dumps(google.credentials(SCOPES)))
        credentials.chmod(0o600)
        path.write_text(
            _configuration(
                world.owner.addresses, google.url, folder, quota.value.per_minute, archive
            )
        )
        log = logger(debug=False, quiet=True)
        settings = config.load(path)
        with open_app(settings, log, now=clock.now, monotonic=clock.monotonic) as app:
            yield app, google, clock


def _configuration(
    addresses: Sequence[str], url: str, folder: Path, per_minute: int, archive: Path | None
) -> str:
    reached = f'api_endpoint = "{url}"\ncredentials = "{folder}/credentials.json"\n'
    sources = {
        "calendar": f'type = "google_calendar"\n{reached}',
        "archive": f'type = "mbox"\npath = "{archive}"\n',
        "mail": f'type = "gmail"\n{reached}units_per_minute = {per_minute}\n',
    }
    if archive is None:
        del sources["archive"]
    return (
        f'[owner]\nname = "Ada"\naddresses = {json.dumps(list(addresses))}\n'
        f'timezone = "Europe/Berlin"\n[store]\nurl = "sqlite:///{folder}/store.db"\n'
        '[report]\nto = "ada.winter@example.org"\n'
    ) + "".join(f'[[sources]]\nid = "{key}"\n{more}' for key, more in sources.items())


def read(world: World, folder: Path, quota: Quota, *, archive: Path | None = None) -> Reading:
    """Sync a new house to its end, looking at who would be named on the way."""
    folder.mkdir()
    found, naive = Reading(), naive_units(world, quota)
    with living(world, folder, quota, archive=archive) as (app, google, clock):
        begun, upon = clock.monotonic(), _STEP * naive
        planned: list[tuple[int, float]] = []

        def tell(_done: int, _total: int | None, /) -> None:
            nonlocal upon
            if not found.people and _people_known(app):
                found.people = google.meter.units
            if archive is None and google.meter.units >= upon:
                upon = google.meter.units + _STEP * naive
                found.looks.append(Look(google.meter.units, _named(app)))

        def announce(_plan: Plan, /) -> None:
            planned.append((google.meter.units, clock.monotonic()))

        for source in app.config.sources:
            done = work.sync_source(
                app, source, stop=clock.event(), progress=tell, announce=announce
            )
            if done.trouble:
                raise SystemExit(done.trouble)
        found.units, found.minutes = google.meter.units, (clock.monotonic() - begun) / 60
        units, since = planned[0]
        minutes = max((clock.monotonic() - since) / 60, 1e-9)
        found.used = (found.units - units) / minutes / quota.value.per_minute
        found.peak, found.refused = google.meter.peak, google.meter.refused.total()
        found.final = _named(app)
        found.looks.append(Look(found.units, found.final))
        with open_snapshot(app) as snapshot:
            found.fading = {
                snapshot.people[one.key].name
                for one in snapshot.judgements
                if one.state is State.FADING
            }
        before = google.meter.units
        work.sync_source(app, app.config.source("mail"), stop=clock.event())
        found.poll = google.meter.units - before
    return found


def _people_known(app: App) -> bool:
    """Whether people's mail is known for all of the time that is wanted."""
    with app.store.read() as connection:
        known = {one.key: one for one in sources.standings(connection, app.owner_id, app.now())}
    plan = known["mail"].plan if "mail" in known else None
    since = app.now() - timedelta(days=_DAYS - 1)
    return plan is not None and plan.back_to is not None and plan.back_to < since


def _named(app: App) -> list[str]:
    with open_snapshot(app) as snapshot:
        return [snapshot.people[one.key].name for one in snapshot.select(_NAMED).flags]


def table(worlds: list[str]) -> Iterator[str]:
    """The lines of the table."""
    yield (
        "| mailbox | units a minute | naive | complete | people's mail | first report "
        "| with a Takeout archive | of the quota while reading | most in a minute | a poll |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for name in worlds:
        people, noise = WORLDS[name]
        for quota in (Quota.NEW, Quota.OLD) if name == "demo" else (Quota.NEW,):
            with tempfile.TemporaryDirectory(prefix="beforehand-bench-") as text:
                folder = Path(text)
                world = build_world(END, seed=SEED, people=people, noise=noise)
                ours = read(world, folder / "api", quota)
                write_takeout(world, folder / "all.mbox")
                spared = read(world, folder / "takeout", quota, archive=folder / "all.mbox")
            yield _row(name, world, quota, ours, spared)


def _row(name: str, world: World, quota: Quota, ours: Reading, spared: Reading) -> str:
    naive, per_minute = naive_units(world, quota), quota.value.per_minute
    first = ours.first

    def price(units: int | None) -> str:
        if units is None:
            return "-"
        return f"{units:,} ({units / naive:.1%}, {units / per_minute:.0f} min)"

    cells = [
        f"{name}, {len(world.mailbox.messages):,} messages",
        f"{per_minute:,}",
        price(naive),
        price(ours.units),
        price(ours.people or None),
        price(first.units if first else None),
        price(spared.units),
        f"{ours.used:.1%}",
        f"{ours.peak:,}",
        f"{ours.poll}",
    ]
    return f"| {' | '.join(cells)} |"


def on_the_way(worlds: list[str]) -> Iterator[str]:
    """How the names of an early report fare against the finished sync."""
    yield "| mailbox | spent of naive | named | also named at the end | fading at the end |"
    yield "|---|---|---|---|---|"
    for name in worlds:
        people, noise = WORLDS[name]
        with tempfile.TemporaryDirectory(prefix="beforehand-bench-") as text:
            world = build_world(END, seed=SEED, people=people, noise=noise)
            ours = read(world, Path(text) / "api", Quota.NEW)
        naive = naive_units(world, Quota.NEW)
        for share in (0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 1.0):
            before = [one for one in ours.looks if one.units <= share * naive + naive * _STEP]
            if before and (share < 1.0 or before[-1] is ours.looks[-1]):
                names = {*before[-1].names}
                yield (
                    f"| {name} | {before[-1].units / naive:.0%} | {len(names)} "
                    f"| {len(names & {*ours.final})} | {len(names & ours.fading)} |"
                )


def memory(worlds: list[str]) -> Iterator[str]:
    """Peak memory of `beforehand sync` from nothing, as a process of its own.

    The stand-in is another process: what this one holds would count as the child's.
    """
    yield "| mailbox | peak | times the first |"
    yield "|---|---|---|"
    least = 0.0
    for name in worlds:
        people, noise = WORLDS[name]
        with tempfile.TemporaryDirectory(prefix="beforehand-bench-") as text:
            folder = Path(text)
            served = [sys.executable, "-m", "connectors.standin", "--end", END.isoformat()]
            served += ["--credentials", f"{folder}/credentials.json"]
            served += ["--people", str(people), "--noise", str(noise)]
            with subprocess.Popen(served, cwd=ROOT, stdout=subprocess.PIPE, text=True) as standin:
                try:
                    url = standin.stdout.readline().strip() if standin.stdout else ""
                    peak = _peak(folder, url)
                finally:
                    standin.terminate()
        least = least or peak
        yield f"| {name} | {peak:.0f} MB | {peak / least:.2f} |"


def _peak(folder: Path, url: str) -> float:
    """The most memory that a whole sync takes, in MB; SystemExit where it fails."""
    settings = _configuration(Owner().addresses, url, folder, 100_000_000, None)
    (folder / "config.toml").write_text(settings)
    command = [sys.executable, "-m", "beforehand", "--config", f"{folder}/config.toml", "sync"]
    environment = os.environ | {"BEFOREHAND_SECRETS": "file"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"sync ended with {process.returncode}")
    return used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--worlds", nargs="+", choices=[*WORLDS], default=[*WORLDS])
    parser.add_argument("--memory", action="store_true", help="peak memory instead")
    parser.add_argument("--names", action="store_true", help="how early names fare instead")
    asked = parser.parse_args()
    lines = (
        memory(asked.worlds)
        if asked.memory
        else on_the_way(asked.worlds)
        if asked.names
        else table(asked.worlds)
    )
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":
    main()
