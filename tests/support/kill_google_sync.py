"""A whole `beforehand sync` of mail and calendars at Google, killed again and again.

Faults meet a fifth of its calls, whose waits are hurried, and the mailbox changes under it. First
the first reading is killed until it is whole; then things go on happening, the history expires
now and then, and the syncs that follow are killed as well. Used by the short test beside this and
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
from tests.support.kill_sync import Household

# With no sync token none can expire.
KINDS = frozenset(ALL) - {FaultKind.EVENTS_GONE}
SHARE = 0.2
DAYS = 40
_IN_FLIGHT = 8
_FAST = 100_000_000  # units a minute: no wait for the quota
_EVERY = 20  # calls between two things that happen in the mailbox
_READING, _FOLLOWING = 300, 60  # a run is killed at one of so many calls, early ones more often
_KILLS_READING, _KILLS_FOLLOWING = 25, 50  # for each store
_FORGOTTEN = 8  # every so many rounds of following, the history expires
_MOST_MOMENTS = 0.15  # seconds after a call, at most
_RUNS_TO_THE_END = 20


@dataclass
class Siege:
    """What came of many kills."""

    reading: int = 0
    following: int = 0
    stores: int = 0
    interactions: int = 0
    expired: int = 0
    happened: int = 0
    met: Counter[FaultKind] = field(default_factory=Counter)
    trouble: str = ""

    @property
    def kills(self) -> int:
        """All of them."""
        return self.reading + self.following


def besiege(folder: Path, times: int, seed: int, *, days: int = DAYS) -> Siege:
    """Kill so many syncs, of as many stores as that takes; each store is compared at its end."""
    result = Siege()
    while result.kills < times and not result.trouble:
        result.stores += 1
        world = recent_world(datetime.now(UTC).date(), days + 10, seed + result.stores)
        world.now = lambda: datetime.now(UTC)
        with serve(world, in_flight=_IN_FLIGHT) as google:
            store = _Store(folder / f"store-{result.stores}", google, days, seed + result.stores)
            store.suffer(result, times)
            result.trouble = result.trouble or store.end(result)
    return result


class _Store:
    """One store, the world that it follows, and its way through the kills."""

    def __init__(self, folder: Path, google: Google, days: int, seed: int) -> None:
        self._google = google
        self._world: World = google.world
        self._folder = folder
        self._since = self._world.end.date() - timedelta(days=days)
        folder.mkdir(parents=True)
        settings = source_settings(google, folder, self._since, per_minute=_FAST)
        own = self._world.owner.addresses
        self._house = Household(folder / "house", settings, own, module="tests.support.fast_waits")
        self._dice = random.Random(seed)  # noqa: S311 - random moments, not secrets
        self._seed = seed
        self._churn = let_churn(self._world, seed, every=_EVERY)
        self._mix(KINDS)

    def suffer(self, result: Siege, times: int) -> None:
        """Be read, then follow what happens, and be killed all the while."""
        whole, upto = False, result.reading + _KILLS_READING
        while not whole and result.kills < times and not result.trouble:
            # In the end it is left alone, with its faults.
            killed, whole = self._run(result, _READING if result.reading < upto else None)
            result.reading += killed
        rounds, upto = 0, result.following + _KILLS_FOLLOWING
        while whole and result.kills < times and result.following < upto and not result.trouble:
            rounds += 1
            for _ in range(self._dice.randrange(5, 40)):
                self._churn.step()
            if not rounds % _FORGOTTEN:
                self._world.expire_history()
                result.expired += 1
            result.following += self._run(result, _FOLLOWING)[0]

    def end(self, result: Siege) -> str:
        """Let nothing more happen, sync to the end, and compare; the difference, if any."""
        result.met.update(self._google.faults.met)
        result.happened += self._churn.happened.total()
        self._world.churning = None
        self._mix(KINDS - {FaultKind.CHURN})
        for _ in range(_RUNS_TO_THE_END):
            ending = self._house.sync()
            if ending.code == 0:
                break
        else:
            return f"the syncs after the last kill failed: {ending.said.strip()}"
        self._google.faults.clear()
        log = logger(debug=False, quiet=True)
        with (
            opened_app(
                self._google, self._folder / "truth", self._since, per_minute=_FAST, bulk=True
            ) as fresh,
            open_app(config.load(self._house.folder / "config.toml"), log) as app,
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

    def _run(self, result: Siege, most: int | None) -> tuple[bool, bool]:
        """One sync: whether it was killed, and whether it came to its end.

        It is killed at one of its first `most` calls; None lets it live.
        """
        calls = inf if most is None else int(most ** self._dice.random())
        moment = self._dice.uniform(0.0, _MOST_MOMENTS)
        self._google.requests.clear()
        reached: float | None = None

        def due() -> bool:
            nonlocal reached
            if reached is None and len(self._google.requests) >= calls:
                reached = monotonic()
            return reached is not None and monotonic() - reached >= moment

        ending = self._house.sync(kill_when=due)
        if not ending.killed and ending.code not in {0, 1}:  # 1: tried again, as the daemon does
            result.trouble = f"a sync ended with {ending.code}: {ending.said.strip()}"
        return ending.killed, ending.code == 0
