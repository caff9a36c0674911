"""Kill `beforehand sync` at random moments, run it again, and compare the stores.

    python bench/torture.py [--times 50] [--source mbox|google] [--seed 1]

A made-up archive of 12,000 messages; and mail and calendars from the stand-in for Google, while
a fifth of all calls meets some fault, and mail comes, is filed and deleted. There, full and
partial syncs are killed; 300 kills take a quarter of an hour. Without --source, both. Prints a line
for each, and ends with 0 only if every store equals the truth.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.kill_google_sync import kill_randomly_under_faults
from tests.support.kill_sync import kill_randomly, write_mbox

_MESSAGES = 12_000


def kill_mbox_syncs(folder: Path, times: int, seed: int) -> tuple[bool, str]:
    """Kill syncs of a made-up mbox; return whether all was well, and a line for the reader."""
    path = folder / "archive.mbox"
    write_mbox(path, _MESSAGES, seed)
    source = f'[[sources]]\nid = "old-mail"\ntype = "mbox"\npath = {json.dumps(str(path))}\n'
    result = kill_randomly(folder / "stores", source, times, seed)
    verdict = "yes" if result.equal else f"NO ({result.trouble})"
    return result.equal, (
        f"{result.kills} kills, store equal to an undisturbed one: {verdict} "
        f"({result.while_writing} of them in the middle of writing, {result.stores} stores of "
        f"{result.interactions:,} interactions)"
    )


def kill_google_syncs(folder: Path, times: int, seed: int) -> tuple[bool, str]:
    """Kill syncs of mail and calendars of the stand-in; as `kill_mbox_syncs`."""
    result = kill_randomly_under_faults(folder / "stores", times, seed)
    verdict = f"NO ({result.trouble})" if result.trouble else "yes"
    return not result.trouble, (
        f"{result.kills} kills, store equal to the truth: {verdict} ({result.full} of them in "
        f"full syncs, {result.partial} in partial syncs; {result.stores} stores of "
        f"{result.interactions:,} interactions in all; {result.faults.total():,} faults of "
        f"{len(result.faults)} kinds, {result.changes:,} changes, the history expired "
        f"{result.expired} times)"
    )


def main() -> int:
    """Kill the syncs of the sources asked for; return the exit code."""
    ways = {"mbox": kill_mbox_syncs, "google": kill_google_syncs}
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
