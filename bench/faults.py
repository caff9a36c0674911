"""Each fault of the stand-in, alone and all together: its cost, and whether the store is right.

    python bench/faults.py               # the table of docs/google.md, as Markdown
    python bench/faults.py --seeds 1     # quicker
    python bench/faults.py --kinds TORN  # only these

Mail and two calendars are synced from a stand-in with the quota of a new project and eight calls
at once, on a virtual clock. Each kind of fault meets a fifth of the calls that it fits. First
everything is read; then the world changes 200 times, ten times between two syncs. After both, the
store is compared, by references and content, with one filled from the beginning without faults.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from connectors.standin import FaultKind
from connectors.standin.faults.mix import ALL
from tests.support.google_owner import SyncCost, google_owner, recent_world
from tests.support.google_truth import StoreContents

END = date(2026, 11, 23)
SHARE = 0.2
DAYS, READ = 210, 200  # what the mailbox holds, and how much of it is to be read
ROUNDS, STEPS = 20, 10
# Faults that no call of ours can meet, and why.
UNREACHABLE = {FaultKind.EVENTS_GONE: "our calendar asks with no sync token"}
# Faults that need another: a history of ten changes has a second page only where pages are short.
NEEDS = {FaultKind.TOKEN: FaultKind.SHORT_PAGE}


@dataclass
class Row:
    """The cost of one kind of fault, summed over all seeds."""

    kinds: tuple[FaultKind, ...]
    name: str
    first: SyncCost = field(default_factory=SyncCost)
    later: SyncCost = field(default_factory=SyncCost)


def sync_under_faults(row: Row, seed: int, truths: dict[object, StoreContents]) -> None:
    """Sync one world under the faults of a row, first whole and then its changes."""
    kinds = {*row.kinds, *(NEEDS[kind] for kind in row.kinds if kind in NEEDS)}
    with (
        tempfile.TemporaryDirectory(prefix="beforehand-faults-") as folder,
        google_owner(
            recent_world(END, DAYS, seed), Path(folder), days=READ, seed=seed, truths=truths
        ) as owner,
    ):
        server = owner.server
        for cost, rounds in ((row.first, 0), (row.later, ROUNDS)):
            server.faults.mix(SHARE, kinds, seed=seed)
            cost.add(owner.sync_changes(rounds, STEPS) if rounds else owner.sync())
            cost.faults += sum(server.faults.met[kind] for kind in row.kinds)
            if FaultKind.CHURN in kinds:  # end the changes, and read those that were made
                server.faults.mix(SHARE, kinds - {FaultKind.CHURN}, seed=seed)
                cost.add(owner.sync())
            difference = owner.difference()
            cost.failure = cost.failure or (difference and f"seed {seed}: {difference}")


def table(kinds: Sequence[FaultKind], seeds: int) -> Iterator[str]:
    """Yield the lines of the table; the last cell says whether the store equals the truth."""
    yield (
        "| fault | first sync: met | syncs | minutes more | units more | later syncs: met | syncs "
        "| minutes more | units more | equal to the truth |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    baseline = Row((), "none")
    rows = [baseline, *(Row((kind,), _name(kind)) for kind in kinds)]
    if len(kinds) > 1:
        rows.append(Row(tuple(kinds), "all together"))
    truths: list[dict[object, StoreContents]] = [{} for _ in range(seeds)]
    for row in rows:
        if len(row.kinds) == 1 and row.kinds[0] in UNREACHABLE:
            yield f"| {row.name} |{' - |' * 8} cannot be met: {UNREACHABLE[row.kinds[0]]} |"
            continue
        for seed, known_truths in enumerate(truths, 1):
            sync_under_faults(row, seed, known_truths)
        yield _line(row, baseline)


def _name(kind: FaultKind) -> str:
    return f"{kind.name}, with {NEEDS[kind].name}" if kind in NEEDS else kind.name


def _line(row: Row, baseline: Row) -> str:
    cells = [row.name]
    for cost, without in ((row.first, baseline.first), (row.later, baseline.later)):
        cells += [
            f"{cost.faults:,}",
            f"{cost.syncs}",
            f"{cost.minutes - (row is not baseline) * without.minutes:,.1f}",
            f"{cost.units - (row is not baseline) * without.units:,}",
        ]
    failure = row.first.failure or row.later.failure
    met = row is baseline or (row.first.faults and row.later.faults)
    verdict = f"NO: {failure}" if failure else "yes" if met else "yes, yet not met everywhere"
    return f"| {' | '.join([*cells, verdict])} |"


def main() -> int:
    """Print the table; return 1 if a store was not equal to the truth."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=3, help="so many worlds")
    parser.add_argument("--kinds", nargs="+", choices=[k.name for k in ALL], help="only these")
    arguments = parser.parse_args()
    kinds = [FaultKind[name] for name in arguments.kinds] if arguments.kinds else list(ALL)
    all_equal = True
    for line in table(kinds, arguments.seeds):
        print(line, flush=True)
        all_equal = all_equal and "NO: " not in line
    return 0 if all_equal else 1


if __name__ == "__main__":
    sys.exit(main())
