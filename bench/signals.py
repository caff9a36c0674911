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
from concurrent.futures import ProcessPoolExecutor
from math import sqrt
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.signal_grading import END, SignalCount, grade_signals
from tests.support.synced_worlds import synced_world

SEEDS = (7, 8, 9, 10, 11)


def wilson(right: int, whole: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927); all there is where nothing was counted."""
    if not whole:
        return 0.0, 1.0
    z, share = 1.96, right / whole
    middle = share + z * z / (2 * whole)
    half = z * sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    low, high = ((middle + side) / (1 + z * z / whole) for side in (-half, half))
    return max(low, 0.0), min(high, 1.0)


def _one_world(seed: int) -> dict[str, SignalCount]:
    os.environ.setdefault("BEFOREHAND_SECRETS", "file")
    with tempfile.TemporaryDirectory() as folder, synced_world(Path(folder), END, seed) as one:
        return grade_signals(one)


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
        whole = sum((one[name] for one in graded), SignalCount())
        print(
            f"{name:30}{whole.shown:7}{whole.true:7}{whole.right:7}"
            f"{_share(whole.right, whole.shown):>22}{_share(whole.right, whole.true):>22}"
        )


def _share(right: int, whole: int) -> str:
    low, high = wilson(right, whole)
    return f"{right / whole:.2f} ({low:.2f} to {high:.2f})" if whole else "none"


if __name__ == "__main__":
    main()
