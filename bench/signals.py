"""How good each signal beside lapse is on the stand-in's worlds, held to their truth.

    python bench/signals.py                  # five worlds, about two minutes
    python bench/signals.py --seeds 7        # one

Each world is read over HTTP as a mailbox and a calendar are, and looked at on every second Monday
of its last nine months. The table counts what was shown, what was true, and what was both:

- replies owed, at the end: what a world says of its own end, where some people were left waiting
  on purpose. "For two days": without those who wrote in the last two days, whom no report names.
- replies owed, in the past: a world says nothing of these, so hindsight is the truth: the owner
  did answer, in that thread, later. A letter that was never answered counts as wrong.
- replies awaited: the same the other way about; only `beforehand why` says these.
- encounters: counted once, when first shown; true where the world knows of no follow-up.
- introductions, moves and dead addresses: all that is said at the end.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import sqrt
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from beforehand.analysis import network, signals
from beforehand.analysis.signals import Signals
from bench.worlds import Letter, Lived, lived, to_the_second
from connectors.addresses import canonical
from scoring.signals.encounters import LEAST_DAYS, MOST_DAYS
from scoring.signals.owed import LEAST_DAYS as WAITED
from scoring.signals.owed import ReplyAwaited, ReplyOwed

END = date(2026, 11, 23)
SEEDS = (7, 8, 9, 10, 11)
WEEKS, EVERY = 36, 2
# Until then it may well be an ordinary silence.
PATIENCE = timedelta(days=60)


@dataclass(frozen=True)
class Count:
    """What was shown, what was true, and how many were both."""

    shown: int = 0
    true: int = 0
    right: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.shown + other.shown, self.true + other.true, self.right + other.right)

    @classmethod
    def of(cls, shown: Iterable[object], true: Iterable[object]) -> Count:
        """Count two sets."""
        said, known = set(shown), set(true)
        return cls(len(said), len(known), len(said & known))

    @property
    def precision(self) -> float:
        """Of what was shown, how much was true; 0 where nothing was."""
        return self.right / self.shown if self.shown else 0.0

    @property
    def recall(self) -> float:
        """Of what was true, how much was shown; 0 where nothing was."""
        return self.right / self.true if self.true else 0.0


def wilson(right: int, whole: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927); all there is where nothing was counted."""
    if not whole:
        return 0.0, 1.0
    z, share = 1.96, right / whole
    middle = share + z * z / (2 * whole)
    half = z * sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    low, high = ((middle + side) / (1 + z * z / whole) for side in (-half, half))
    return max(low, 0.0), min(high, 1.0)


def grade(one: Lived, *, weeks: int = WEEKS, every: int = EVERY) -> dict[str, Count]:
    """Look at one world on its Mondays, and count."""
    looks = [
        signals.see(one.app, network.look(one.app, at))
        for at in one.mondays(first=weeks, every=every)
    ]
    *past, end = looks
    owed, awaited = Count(), Count()
    for look in past:
        at = look.network.at
        owed += Count.of(_letters(one, look, look.owed), one.answered_later(at, owner=True))
        awaited += Count.of(_letters(one, look, look.awaited), one.answered_later(at, owner=False))
    return {
        **_owed_at_the_end(one, end),
        "replies owed, in the past": owed,
        "replies awaited, in the past": awaited,
        "encounters not followed up": _encounters(one, looks),
        "introductions": Count.of(
            ((_name(one, end, each.by), _name(one, end, each.to)) for each in end.introductions),
            ((each.by.name, each.to.name) for each in one.world.truth.introductions),
        ),
        **_addresses(one, end),
    }


def _name(one: Lived, look: Signals, person_id: int) -> str:
    return one.party(look.network.people[person_id].handles[0]).name


def _letters(one: Lived, look: Signals, found: Sequence[ReplyOwed | ReplyAwaited]) -> list[Letter]:
    return [(_name(one, look, each.key), each.since) for each in found]


def _owed_at_the_end(one: Lived, end: Signals) -> dict[str, Count]:
    """Against the world's own list."""
    true = {(each.person.name, to_the_second(each.since)) for each in one.world.truth.replies_owed}
    long = {each for each in true if each[1] <= end.network.at - timedelta(days=WAITED)}
    said = _letters(one, end, end.owed)
    return {
        "replies owed, at the end": Count.of(said, true),
        "  for two days": Count.of(said, long),
        "  the three in the report": Count.of(_letters(one, end, end.replies()), long),
    }


def _encounters(one: Lived, looks: Sequence[Signals]) -> Count:
    """Each counted once; true ones are those that a look could have shown."""
    said = {_name(one, look, each.key) for look in looks for each in look.encounters}
    days = [look.network.at for look in looks]
    true = {
        each.person.name
        for each in one.world.truth.encounters
        if not each.followed_up and any(_open(each.on, at) for at in days)
    }
    return Count.of(said, true)


def _open(on: date, at: datetime) -> bool:
    """Whether an encounter of that day is one to speak of; a day's grace for its last word."""
    return LEAST_DAYS < (at.date() - on).days <= MOST_DAYS


def _addresses(one: Lived, end: Signals) -> dict[str, Count]:
    """Moves of more than two months ago, and addresses that mail came back from for good."""
    truth, at = one.world.truth, one.world.end
    moves = [
        each.old_address
        for each in end.addresses.moves
        if one.party(each.new_address) is one.party(each.old_address)
        and canonical(one.party(each.new_address).addresses[-1]) == each.new_address
    ]
    known = {
        (canonical(each.addresses[0]), canonical(each.addresses[-1]))
        for each in truth.people
        if each.moved is not None and each.moved < (at - PATIENCE).date()
    }
    bounced = {
        canonical(value)
        for thread in one.threads
        for message in thread
        for name, value in message.extra
        if name == "X-Failed-Recipients"
    }
    said = [(each.old_address, each.new_address) for each in end.addresses.moves]
    true = {each for each in said if each[0] in moves} | {
        (old, new) for old, new in known if old not in moves
    }
    return {
        "addresses that moved": Count.of(said, true),
        "addresses that died": Count.of(
            (each.address for each in end.addresses.dead),
            bounced - {old for old, _ in said},
        ),
    }


def _one_world(seed: int) -> dict[str, Count]:
    os.environ.setdefault("BEFOREHAND_SECRETS", "file")
    with tempfile.TemporaryDirectory() as folder, lived(Path(folder), END, seed) as one:
        return grade(one)


def main() -> None:
    """Read the arguments, grade the worlds, and print one table."""
    parser = argparse.ArgumentParser(description="Grade the signals on stand-in worlds.")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    seeds = parser.parse_args().seeds
    begun = perf_counter()
    with ProcessPoolExecutor(max_workers=min(len(seeds), os.cpu_count() or 1)) as pool:
        graded = list(pool.map(_one_world, seeds))
    print(f"worlds {', '.join(map(str, seeds))}, ending {END}; {perf_counter() - begun:.0f} s")
    print(
        f"{'signal':30}{'shown':>7}{'true':>7}{'both':>7}"
        f"{'precision (95 %)':>22}{'recall (95 %)':>22}"
    )
    for name in graded[0]:
        whole = sum((one[name] for one in graded), Count())
        print(
            f"{name:30}{whole.shown:7}{whole.true:7}{whole.right:7}"
            f"{_share(whole.right, whole.shown):>22}{_share(whole.right, whole.true):>22}"
        )


def _share(right: int, whole: int) -> str:
    low, high = wilson(right, whole)
    return f"{right / whole:.2f} ({low:.2f} to {high:.2f})" if whole else "none"


if __name__ == "__main__":
    main()
