"""Kills `beforehand sync` at random moments, runs it again, and compares the stores.

    python bench/torture.py [--times 50] [--source mbox|google] [--seed 1]

A made-up archive of 12,000 messages; and mail and calendars from the stand-in for Google, while
a fifth of all calls meets some fault, and mail comes, is filed and deleted. There, first readings
are killed, and the syncs that follow as well; 300 kills take a quarter of an hour. Without
--source, both. Prints a line for each and ends with 0 only where every store that was disturbed
holds the truth.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.kill_google_sync import besiege
from tests.support.kill_sync import torture, write_mbox

_MESSAGES = 12_000


def archive(folder: Path, times: int, seed: int) -> tuple[bool, str]:
    """Torture a made-up mbox: whether all was well, and what came of it."""
    path = folder / "archive.mbox"
    write_mbox(path, _MESSAGES, seed)
    source = f'[[sources]]\nid = "old-mail"\ntype = "mbox"\npath = {json.dumps(str(path))}\n'
    result = torture(folder / "houses", source, times, seed)
    verdict = "yes" if result.equal else f"NO ({result.trouble})"
    return result.equal, (
        f"{result.kills} kills, store equal to an undisturbed one: {verdict} "
        f"({result.in_the_middle} of them in the middle of writing, {result.stores} stores of "
        f"{result.interactions:,} interactions)"
    )


def google(folder: Path, times: int, seed: int) -> tuple[bool, str]:
    """Torture mail and calendars from the stand-in; as `archive`."""
    result = besiege(folder / "houses", times, seed)
    verdict = f"NO ({result.trouble})" if result.trouble else "yes"
    return not result.trouble, (
        f"{result.kills} kills, store equal to the truth: {verdict} ({result.reading} of them in "
        f"first readings, {result.following} in what follows; {result.stores} stores of "
        f"{result.interactions:,} interactions in all; {result.met.total():,} faults of "
        f"{len(result.met)} kinds, {result.happened:,} changes, the history expired "
        f"{result.expired} times)"
    )


def main() -> int:
    """Torture what was asked for; the exit code."""
    ways = {"mbox": archive, "google": google}
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--times", type=int, default=50, help="how many kills for each source")
    parser.add_argument("--source", choices=list(ways), help="only this one")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    fine = True
    for name in [asked.source] if asked.source else list(ways):
        with tempfile.TemporaryDirectory(prefix="beforehand-torture-") as folder:
            well, said = ways[name](Path(folder), asked.times, asked.seed)
        print(f"{name}: {said}", flush=True)
        fine = fine and well
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
