"""The cost of a Gmail mailbox in quota units, minutes and memory, beside reading each message.

    python bench/units.py                # the table of docs/google.md, as Markdown
    python bench/units.py --worlds demo  # only one of the worlds
    python bench/units.py --memory       # peak memory of a first sync, as whole processes

Everything is read over HTTP from the stand-in, which holds to Google's quota on a virtual clock,
so that an hour of quota passes in seconds. *Naive* is a tool that lists the mailbox and gets each
message. The *first report* is the earliest one that names at least four of the five people whom the
finished sync names; it is looked for at each hundredth of naive.
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

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from beforehand import config, work
from beforehand.analysis.snapshot import open_snapshot
from beforehand.app import App, open_app
from beforehand.demo import SCOPES
from beforehand.logs import logger
from connectors.api import Plan
from connectors.standin import World, build_world, serve
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
# Multiples of the people and the noise in the demo's world.
WORLDS = {"demo": (1, 1), "five demos": (5, 5), "twice the people, ten times the noise": (2, 10)}
_AGREE, _NAMED = 4, 5  # of the people named, so many must agree
_DAYS = 1095  # of mail that are read
_STEP = 0.01  # of naive
_LATENCY, _IN_FLIGHT = 0.1, 8  # seconds a call; calls that a mailbox accepts at once


@dataclass
class EarlyReport:
    """Whom a report would name during the sync, and the quota units spent by then."""

    units: int
    names: list[str]


@dataclass
class FirstSync:
    """The cost of a first sync under a quota."""

    units: int = 0
    minutes: float = 0.0
    peak: int = 0
    refused: int = 0
    poll: int = 0
    people: int = 0  # units until all conversations and people's mail were known
    used: float = 0.0  # share of the quota, from the first message that is read to the last
    early_reports: list[EarlyReport] = field(default_factory=list)
    final: list[str] = field(default_factory=list)
    fading: set[str] = field(default_factory=set)

    @property
    def first_report(self) -> EarlyReport | None:
        """The earliest report that agrees with the finished sync in four of five names."""
        wanted = min(_AGREE, len(self.final))
        agreeing = (
            report
            for report in self.early_reports
            if len({*report.names} & {*self.final}) >= wanted
        )
        return next(agreeing, None)


def naive_units(world: World, quota: Quota) -> int:
    """Return the units for listing the mailbox and getting each message."""
    prices = quota.value.prices
    count = len(world.mailbox.listing(frozenset(), spam_and_trash=False))
    return -(-count // 500) * prices["messages.list"] + count * prices["messages.get"]


@contextmanager
def fresh_app(
    world: World, folder: Path, quota: Quota, *, archive: Path | None = None
) -> Iterator[tuple[App, Google, VirtualClock]]:
    """Open an app before its first sync, on the clock of a stand-in that holds to a quota."""
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
    tables = {
        "calendar": f'type = "google_calendar"\n{reached}',
        "archive": f'type = "mbox"\npath = "{archive}"\n',
        "mail": f'type = "gmail"\n{reached}units_per_minute = {per_minute}\n',
    }
    if archive is None:
        del tables["archive"]
    return (
        f'[owner]\nname = "Ada"\naddresses = {json.dumps(list(addresses))}\n'
        f'timezone = "Europe/Berlin"\n[store]\nurl = "sqlite:///{folder}/store.db"\n'
        '[report]\nto = "ada.winter@example.org"\n'
    ) + "".join(f'[[sources]]\nid = "{key}"\n{more}' for key, more in tables.items())


def first_sync(
    world: World, folder: Path, quota: Quota, *, archive: Path | None = None
) -> FirstSync:
    """Sync a new app to its end; note on the way whom a report would name."""
    folder.mkdir()
    result, naive = FirstSync(), naive_units(world, quota)
    with fresh_app(world, folder, quota, archive=archive) as (app, google, clock):
        begun, next_report = clock.monotonic(), _STEP * naive
        planned: list[tuple[int, float]] = []

        def progress(_done: int, _total: int | None, /) -> None:
            nonlocal next_report
            if not result.people and _people_known(app):
                result.people = google.meter.units
            if archive is None and google.meter.units >= next_report:
                next_report = google.meter.units + _STEP * naive
                result.early_reports.append(EarlyReport(google.meter.units, _named(app)))

        def announce(_plan: Plan, /) -> None:
            planned.append((google.meter.units, clock.monotonic()))

        for source in app.config.sources:
            done = work.sync_source(
                app, source, stop=clock.event(), progress=progress, announce=announce
            )
            if done.trouble:
                raise SystemExit(done.trouble)
        result.units, result.minutes = google.meter.units, (clock.monotonic() - begun) / 60
        units, since = planned[0]
        minutes = max((clock.monotonic() - since) / 60, 1e-9)
        result.used = (result.units - units) / minutes / quota.value.per_minute
        result.peak, result.refused = google.meter.peak, google.meter.refused.total()
        result.final = _named(app)
        result.early_reports.append(EarlyReport(result.units, result.final))
        with open_snapshot(app) as snapshot:
            result.fading = {
                snapshot.people[judgement.key].name
                for judgement in snapshot.judgements
                if judgement.state is State.FADING
            }
        before = google.meter.units
        work.sync_source(app, app.config.source("mail"), stop=clock.event())
        result.poll = google.meter.units - before
    return result


def _people_known(app: App) -> bool:
    """Whether people's mail has been read back to the beginning."""
    with app.store.read() as connection:
        by_key = {
            standing.key: standing
            for standing in sources.standings(connection, app.owner_id, app.now())
        }
    plan = by_key["mail"].plan if "mail" in by_key else None
    since = app.now() - timedelta(days=_DAYS - 1)
    return plan is not None and plan.back_to is not None and plan.back_to < since


def _named(app: App) -> list[str]:
    with open_snapshot(app) as snapshot:
        return [snapshot.people[flag.key].name for flag in snapshot.select(_NAMED).flags]


def table(worlds: list[str]) -> Iterator[str]:
    """Yield the lines of the table of costs."""
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
                ours = first_sync(world, folder / "api", quota)
                write_takeout(world, folder / "all.mbox")
                spared = first_sync(world, folder / "takeout", quota, archive=folder / "all.mbox")
            yield _row(name, world, quota, ours, spared)


def _row(name: str, world: World, quota: Quota, ours: FirstSync, spared: FirstSync) -> str:
    naive, per_minute = naive_units(world, quota), quota.value.per_minute
    first = ours.first_report

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


def early_names(worlds: list[str]) -> Iterator[str]:
    """Yield the lines of a table of early reports, compared with the finished sync."""
    yield "| mailbox | spent of naive | named | also named at the end | fading at the end |"
    yield "|---|---|---|---|---|"
    for name in worlds:
        people, noise = WORLDS[name]
        with tempfile.TemporaryDirectory(prefix="beforehand-bench-") as text:
            world = build_world(END, seed=SEED, people=people, noise=noise)
            ours = first_sync(world, Path(text) / "api", Quota.NEW)
        naive = naive_units(world, Quota.NEW)
        for share in (0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 1.0):
            before = [
                report
                for report in ours.early_reports
                if report.units <= share * naive + naive * _STEP
            ]
            if before and (share < 1.0 or before[-1] is ours.early_reports[-1]):
                names = {*before[-1].names}
                yield (
                    f"| {name} | {before[-1].units / naive:.0%} | {len(names)} "
                    f"| {len(names & {*ours.final})} | {len(names & ours.fading)} |"
                )


def memory(worlds: list[str]) -> Iterator[str]:
    """Yield the lines of a table of the peak memory of a first `beforehand sync`, as a process.

    The stand-in is a process too: the memory of this one would count as its child's.
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
    """Return the peak memory of a whole sync, in MB. Raises SystemExit if it fails."""
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
    """Print the table that the arguments ask for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--worlds", nargs="+", choices=[*WORLDS], default=[*WORLDS])
    parser.add_argument("--memory", action="store_true", help="peak memory instead")
    parser.add_argument("--names", action="store_true", help="how early names fare instead")
    arguments = parser.parse_args()
    lines = (
        memory(arguments.worlds)
        if arguments.memory
        else early_names(arguments.worlds)
        if arguments.names
        else table(arguments.worlds)
    )
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":
    main()
