"""How long it takes, and how much memory, to judge many ties at once.

    python bench/scoring.py [--ties 10000] [--events 37] [--seed 1]
    python bench/scoring.py --ties 1000000 --events 10

The ties are made up: how often two people are in touch is heavy-tailed, as in real mailboxes.
Prints seconds, the best of three, and as multiples of a floor that any answer must pay (sorting
the same events once); last, the most memory the process ever held.
"""

from __future__ import annotations

import argparse
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scoring.attention import judge, select
from scoring.ties import SECONDS_A_DAY, Ties

START, DAYS = 15_000, 3_650
NOW = float((START + DAYS) * SECONDS_A_DAY)
ROUNDS = 3


def made_up(ties: int, events: int, seed: int) -> dict[str, npt.NDArray[np.generic]]:
    """Events of so many ties, `events` each on average, over ten years, in no order."""
    dice = np.random.default_rng(seed)
    # A Pareto tail, cut so that nobody writes on more days than there are.
    often = np.minimum(dice.pareto(1.3, ties) + 0.05, 400)
    extra = dice.poisson((events - 1) * often / often.mean())
    tie = np.repeat(np.arange(ties), 1 + extra)
    born = dice.uniform(0, DAYS, ties)[tie]
    at = START + born + dice.random(tie.size) * (DAYS - born)
    return {
        "tie": tie,
        "at": np.floor(at * SECONDS_A_DAY),
        "direction": dice.choice(
            np.array([-1, 0, 1], dtype=np.int8), tie.size, p=[0.45, 0.1, 0.45]
        ),
        "size": np.minimum(dice.geometric(0.6, tie.size), 30),
    }


def best(work: Callable[[], object]) -> float:
    """Seconds of the fastest of three runs: the one least disturbed by others."""
    seconds = []
    for _ in range(ROUNDS):
        begun = perf_counter()
        work()
        seconds.append(perf_counter() - begun)
    return min(seconds)


def main() -> None:
    """Make up the events, time each step, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--ties", type=int, default=10_000)
    parser.add_argument("--events", type=int, default=37, help="events a tie, on average")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    events = made_up(options.ties, options.events, options.seed)
    ties = Ties.from_events(**events, until=NOW)
    judgements = judge(ties, NOW)
    print(f"{len(ties):,} ties, {events['at'].size:,} events, {ties.day.size:,} contact days")

    floor = best(lambda: np.lexsort((events["at"], events["tie"])))
    steps: dict[str, Callable[[], object]] = {
        "floor: sort the events": lambda: np.lexsort((events["at"], events["tie"])),
        "Ties.from_events": lambda: Ties.from_events(**events, until=NOW),
        "judge": lambda: judge(ties, NOW),
        "select": lambda: select(judgements),
    }
    print(f"{'':24}{'seconds':>10}{'x floor':>10}")
    for name, work in steps.items():
        seconds = best(work)
        print(f"{name:24}{seconds:10.4f}{seconds / floor:10.2f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'peak memory':24}{peak:10.0f} MB")


if __name__ == "__main__":
    main()
