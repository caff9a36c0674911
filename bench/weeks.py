"""Simulated weeks of laptops: what becomes of each week's report (docs/delivery.md).

    python bench/weeks.py [--lives 6] [--weeks 34] [--seed 0]

Each laptop has another seed, and the next of six schedules: Berlin or New York, and another day and
time for the report. The laptop sleeps over the time the report is due, its clock is set by hours,
its process dies, its inbox cannot be read; the mail server drops, delays, refuses and lies; some of
the processes are killed for good, by SIGKILL. Ends with 0 only where the promise was kept.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.delivery_promises import DeliveryTally, check_promises
from tests.support.simulation import SimulatedLaptop


def main() -> int:
    """Run the simulations asked for; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--lives", type=int, default=6, help="number of laptops")
    parser.add_argument("--weeks", type=int, default=34, help="of each")
    parser.add_argument("--seed", type=int, default=0, help="of the first")
    asked = parser.parse_args()
    total = DeliveryTally()
    for seed in range(asked.seed, asked.seed + asked.lives):
        with tempfile.TemporaryDirectory(prefix="beforehand-weeks-") as folder:
            os.environ["BEFOREHAND_SECRETS"] = "file"
            laptop = SimulatedLaptop(Path(folder), seed, asked.weeks, killing=True)
            laptop.run()
            tally = check_promises(laptop)
        total.add(tally)
        verdict = "NO" if tally.wrong else "yes"
        place = f"{laptop.zone.key}, {laptop.day} {laptop.clock}"
        print(f"seed {seed}: {place}: {tally.weeks} weeks, promise kept: {verdict}", flush=True)
    table(total)
    return 1 if total.wrong else 0


def table(total: DeliveryTally) -> None:
    """Print the counts."""

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
    for what, count in sorted(total.troubles.items()):
        row(str(what), count)
    for what in total.wrong:
        print(f"BROKEN: {what}")


if __name__ == "__main__":
    sys.exit(main())
