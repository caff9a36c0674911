"""How long it takes, and how much memory, to judge many ties at once; beside a peer.

    python bench/scoring.py [--ties 10000 1000000] [--seed 1]

The ties are made up: `even` ones have ten contact days each, `uneven` ones ten on average with a
heavy tail, as in real mailboxes. For each kind and number, two processes of their own get the same
table of events, one after the other:

- Beforehand folds the events into ties, judges them and selects five.
- `lifetimes` fits its BG/NBD model (Fader, Hardie and Lee 2005) and predicts, for each tie, the
  chance that it is alive and the contacts of the next 60 days. The table of frequency, recency and
  age that it starts from is made beforehand and not counted.

Prints seconds, microseconds a tie, the most memory each process ever held (the table of events
included, which is its floor), and as ratios how many times as long the peer took: as all three
steps, and as judging alone, which starts from a table made beforehand as the peer does. `make
bench` installs `lifetimes`; without it the peer's lines say so.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scoring.attention import judge, select
from scoring.contact import Contact
from scoring.days import SECONDS_A_DAY
from scoring.ties import Ties

START, DAYS = 15_000, 3_650
NOW = float((START + DAYS) * SECONDS_A_DAY)
CONTACT_DAYS, AHEAD, CAP = 10, 60, 10
KINDS = ("even", "uneven")


@dataclass(frozen=True)
class StepCost:
    """What one of the two took: seconds by step, and the process's peak memory in MB."""

    steps: dict[str, float]
    memory: float

    @property
    def seconds(self) -> float:
        """All steps together."""
        return sum(self.steps.values())


def made_up(kind: str, ties: int, seed: int) -> Contact:
    """Events of so many ties over ten years, in no order."""
    dice = np.random.default_rng(seed)
    if kind == "even":
        counts = np.full(ties, CONTACT_DAYS)
    else:
        # A Pareto tail, cut so that nobody is in touch on more days than there are.
        often = np.minimum(dice.pareto(1.3, ties) + 0.05, 400)
        counts = 1 + dice.poisson((CONTACT_DAYS - 1) * often / often.mean())
    tie = np.repeat(np.arange(ties), counts)
    born = np.repeat(dice.uniform(0, DAYS, ties), counts)
    day = START + born + dice.random(tie.size) * (DAYS - born)
    order = dice.permutation(tie.size)
    ways = np.array([-1, 0, 1], dtype=np.int8)
    return Contact(
        person=tie[order],
        at=np.floor(day * SECONDS_A_DAY)[order],
        way=dice.choice(ways, tie.size, p=[0.45, 0.1, 0.45]),
        size=np.minimum(dice.geometric(0.6, tie.size), 10),
    )


def ours(kind: str, ties: int, seed: int) -> StepCost:
    """Fold, judge, select."""
    events = made_up(kind, ties, seed)
    steps: dict[str, float] = {}
    with timed(steps, "fold"):
        folded = Ties.from_contact(events.capped(CAP), until=NOW)
    with timed(steps, "judge"):
        judgements = judge(folded, NOW, AHEAD)
    with timed(steps, "select"):
        select(judgements)
    return StepCost(steps, peak())


def peers(kind: str, ties: int, seed: int) -> StepCost:
    """Fit, predict."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes import BetaGeoFitter  # noqa: PLC0415 - only the peer's process needs it

        known = Ties.from_contact(made_up(kind, ties, seed), until=NOW)
        first = known.day[known.first[:-1]].astype(np.float64)
        recency = known.last_day(default=0) - first
        frequency = (known.counts - 1).astype(np.float64)
        age = START + DAYS - first
        del known
        steps: dict[str, float] = {}
        model = BetaGeoFitter(penalizer_coef=0.001)
        with timed(steps, "fit"):
            model.fit(frequency, recency, age)
        with timed(steps, "predict"):
            model.conditional_probability_alive(frequency, recency, age)
            model.conditional_expected_number_of_purchases_up_to_time(
                AHEAD, frequency, recency, age
            )
    return StepCost(steps, peak())


@contextmanager
def timed(steps: dict[str, float], name: str) -> Iterator[None]:
    """Put the seconds that the block took into `steps`."""
    begun = perf_counter()
    yield
    steps[name] = perf_counter() - begun


def peak() -> float:
    """The most memory this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def apart(work: Callable[[str, int, int], StepCost], kind: str, ties: int, seed: int) -> StepCost:
    """Do it in a process of its own, so that its memory is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, (kind, ties, seed))


def line(who: str, cost: StepCost, ties: int) -> str:
    """One line of the table."""
    parts = ", ".join(f"{name} {seconds:.2f}" for name, seconds in cost.steps.items())
    each = cost.seconds / ties * 1e6
    return f"  {who:12}{cost.seconds:9.2f} s{each:9.2f} us a tie{cost.memory:8.0f} MB   {parts}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--ties", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for kind in KINDS:
        for ties in options.ties:
            print(f"{ties:,} ties, {kind}")
            mine = apart(ours, kind, ties, options.seed)
            print(line("beforehand", mine, ties))
            if find_spec("lifetimes") is None:
                print("  lifetimes is not installed: `make bench` installs it")
                continue
            other = apart(peers, kind, ties, options.seed)
            print(line("lifetimes", other, ties))
            whole, alone = (other.seconds / one for one in (mine.seconds, mine.steps["judge"]))
            print(f"  lifetimes took {whole:.1f} times as long; {alone:.1f} times as judging alone")


if __name__ == "__main__":
    main()
