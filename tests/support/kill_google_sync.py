"""Kills `beforehand sync` of mail and calendars of the stand-in for Google at random moments.

A fifth of its calls meets a fault, its waits are shortened, and the mailbox changes meanwhile.
First the full sync is killed until it is complete; then the mailbox goes on changing, its history
expires now and then, and the partial syncs are killed as well. Used by a short test and by
`bench/torture.py`.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from threading import Event
from time import monotonic

from beforehand import config, work
from beforehand.app import open_app
from beforehand.logs import logger
from connectors.standin import FaultKind, Google, World, serve
from connectors.standin.faults.mix import ALL
from connectors.standin.world.churn import churn as let_churn
from sync.store.sources import Status
from tests.support.google_owner import opened_app, recent_world, source_settings
from tests.support.google_truth import contents_of, differences, must_be_read
from tests.support.kill_sync import SyncProcess

# No sync token is ever asked for, so that none can expire.
KINDS = frozenset(ALL) - {FaultKind.EVENTS_GONE}
SHARE = 0.2
DAYS = 40
_IN_FLIGHT = 8
_FAST = 100_000_000  # units a minute: no wait for the quota
_CHANGES_EVERY = 20  # calls
_CALLS_FULL, _CALLS_PARTIAL = 300, 60  # a run is killed at one of these, early ones more often
_KILLS_FULL, _KILLS_PARTIAL = 25, 50  # for each store
_EXPIRES_EVERY = 8  # rounds of partial syncs
_MAX_DELAY = 0.15  # seconds from a call to the kill
_MAX_LAST_RUNS = 20


@dataclass
class GoogleKillResult:
    """Result of many kills; `trouble` is empty if every store equals the truth at its end.

    full, partial: number of kills in full and in partial syncs. expired: how often the history
    expired. changes: changes of the mailbox. faults: faults met, by kind.
    """

    full: int = 0
    partial: int = 0
    stores: int = 0
    interactions: int = 0
    expired: int = 0
    changes: int = 0
    faults: Counter[FaultKind] = field(default_factory=Counter)
    trouble: str = ""

    @property
    def kills(self) -> int:
        """Number of all kills."""
        return self.full + self.partial


def kill_randomly_under_faults(
    folder: Path, times: int, seed: int, *, days: int = DAYS
) -> GoogleKillResult:
    """Kill `times` syncs, of as many stores as needed; compare each store with the truth."""
    result = GoogleKillResult()
    while result.kills < times and not result.trouble:
        result.stores += 1
        world = recent_world(datetime.now(UTC).date(), days + 10, seed + result.stores)
        world.now = lambda: datetime.now(UTC)
        with serve(world, in_flight=_IN_FLIGHT) as google:
            store = _KilledStore(
                folder / f"store-{result.stores}", google, days, seed + result.stores
            )
            store.sync_under_kills(result, times)
            result.trouble = result.trouble or store.finish(result)
    return result


class _KilledStore:
    """One store, and the world from which it is synced while its processes are killed."""

    def __init__(self, folder: Path, google: Google, days: int, seed: int) -> None:
        self._google = google
        self._world: World = google.world
        self._folder = folder
        self._since = self._world.end.date() - timedelta(days=days)
        folder.mkdir(parents=True)
        settings = source_settings(google, folder, self._since, per_minute=_FAST)
        own = self._world.owner.addresses
        self._process = SyncProcess(
            folder / "killed", settings, own, module="tests.support.fast_waits"
        )
        self._dice = random.Random(seed)  # noqa: S311 - random moments, not secrets
        self._seed = seed
        self._churn = let_churn(self._world, seed, every=_CHANGES_EVERY)
        self._mix(KINDS)

    def sync_under_kills(self, result: GoogleKillResult, times: int) -> None:
        """Run the full sync, then partial syncs of changes, and kill most of the processes."""
        whole, upto = False, result.full + _KILLS_FULL
        while not whole and result.kills < times and not result.trouble:
            # After these kills it runs to its end, under faults still.
            killed, whole = self._run(result, _CALLS_FULL if result.full < upto else None)
            result.full += killed
        rounds, upto = 0, result.partial + _KILLS_PARTIAL
        while whole and result.kills < times and result.partial < upto and not result.trouble:
            rounds += 1
            for _ in range(self._dice.randrange(5, 40)):
                self._churn.step()
            if not rounds % _EXPIRES_EVERY:
                self._world.expire_history()
                result.expired += 1
            result.partial += self._run(result, _CALLS_PARTIAL)[0]

    def finish(self, result: GoogleKillResult) -> str:
        """End the changes, sync to the end, and return how the store differs from the truth."""
        result.faults.update(self._google.faults.met)
        result.changes += self._churn.happened.total()
        self._world.churning = None
        self._mix(KINDS - {FaultKind.CHURN})
        for _ in range(_MAX_LAST_RUNS):
            ending = self._process.sync()
            if ending.code == 0:
                break
        else:
            return f"the syncs after the last kill failed: {ending.output.strip()}"
        self._google.faults.clear()
        log = logger(debug=False, quiet=True)
        with (
            opened_app(
                self._google, self._folder / "truth", self._since, per_minute=_FAST, bulk=True
            ) as fresh,
            open_app(config.load(self._process.folder / "config.toml"), log) as app,
        ):
            for source in fresh.config.sources:
                done = work.sync_source(fresh, source, stop=Event())
                if done.state is not Status.OK:
                    return f"the truth could not be read: {done.trouble}"
            mine = contents_of(app)
            result.interactions += len(mine["interactions"])
            return differences(mine, contents_of(fresh), must_be_read(self._world))

    def _mix(self, kinds: frozenset[FaultKind]) -> None:
        self._google.faults.mix(SHARE, kinds, seed=self._seed)

    def _run(self, result: GoogleKillResult, most: int | None) -> tuple[bool, bool]:
        """Run one sync; return whether it was killed, and whether it ended well.

        It is killed at one of its first `most` calls; never, if None.
        """
        calls = inf if most is None else int(most ** self._dice.random())
        delay = self._dice.uniform(0.0, _MAX_DELAY)
        self._google.requests.clear()
        reached: float | None = None

        def due() -> bool:
            nonlocal reached
            if reached is None and len(self._google.requests) >= calls:
                reached = monotonic()
            return reached is not None and monotonic() - reached >= delay

        ending = self._process.sync(kill_when=due)
        if not ending.killed and ending.code not in {0, 1}:  # 1: tried again, as the daemon does
            result.trouble = f"a sync ended with {ending.code}: {ending.output.strip()}"
        return ending.killed, ending.code == 0
