"""Weeks of a laptop's life, simulated: what becomes of each week's report (docs/delivery.md).

    python bench/weeks.py [--lives 6] [--weeks 34] [--seed 0]

Each life is another seed, and the next of six places: Berlin or New York, and another day and time
for the report. The laptop sleeps over the time the report is due, its clock is set by hours, its
process dies, its inbox cannot be read; the mail server drops, delays, refuses and lies; some of
the processes are killed for good, by SIGKILL. Ends with 0 only where the promise was kept.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.promises import Reckoning, reckon
from tests.support.simulation import Life


def main() -> int:
    """Live what was asked for; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--lives", type=int, default=6)
    parser.add_argument("--weeks", type=int, default=34, help="of each life")
    parser.add_argument("--seed", type=int, default=0, help="of the first life")
    asked = parser.parse_args()
    total = Reckoning()
    for seed in range(asked.seed, asked.seed + asked.lives):
        with tempfile.TemporaryDirectory(prefix="beforehand-weeks-") as folder:
            os.environ["BEFOREHAND_SECRETS"] = "file"
            life = Life(Path(folder), seed, asked.weeks, killing=True)
            life.live()
            found = reckon(life)
        total.add(found)
        verdict = "NO" if found.wrong else "yes"
        place = f"{life.zone.key}, {life.day} {life.clock}"
        print(f"seed {seed}: {place}: {found.weeks} weeks, promise kept: {verdict}", flush=True)
    table(total)
    return 1 if total.wrong else 0


def table(total: Reckoning) -> None:
    """Print what was counted."""

    def row(what: str, count: int) -> None:
        print(f"{count:6}  {what}")

    print()
    row("weeks", total.weeks)
    row("delivered once", total.once)
    row("delivered more than once, that is, copies too many:", total.again.total())
    for what, count in sorted(total.again.items()):
        row(f"    {what}", count)
    row("not delivered:", total.missing.total())
    for what, count in sorted(total.missing.items()):
        row(f"    {what}", count)
    row("flags recorded are those of the mail that arrived", total.flags_exact)
    row("flags of a copy that nobody could see recorded too", total.flags_more)
    row(
        "flags not compared, for one mail was written by a process that was killed",
        total.flags_unknown,
    )
    print("\nmet on the way:")
    for what, count in sorted(total.met.items()):
        row(str(what), count)
    for what in total.wrong:
        print(f"BROKEN: {what}")


if __name__ == "__main__":
    sys.exit(main())
