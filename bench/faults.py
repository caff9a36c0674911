"""Every fault of the stand-in, alone and all together, and what becomes of the store.

    python bench/faults.py               # the table of docs/google.md, as Markdown
    python bench/faults.py --seeds 1     # quicker
    python bench/faults.py --kinds TORN  # only these

A house reads mail and two calendars from a stand-in that holds to the quota of a new project,
eight calls at once, on a clock that whoever waits moves on. Each kind of fault meets a fifth of
the calls that it fits. First everything is read; then 200 things happen, ten between two polls.
After both the store is compared, by references and content, with one that read the same mailbox
and calendars from nothing and in peace.
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
from tests.support.google_owner import Strain, add, household, lately
from tests.support.google_truth import Held

END = date(2026, 11, 23)
SHARE = 0.2
DAYS, READ = 210, 200  # what the mailbox holds, and how much of it is to be read
ROUNDS, STEPS = 20, 10
# What no call of ours can meet, and why.
NEVER = {FaultKind.EVENTS_GONE: "our calendar asks with no sync token"}
# What only comes beside another: a history of ten changes has more pages than one where they
# are short.
BESIDE = {FaultKind.TOKEN: FaultKind.SHORT_PAGE}


@dataclass
class Row:
    """What came of one kind of fault, of all seeds together."""

    kinds: tuple[FaultKind, ...]
    name: str
    reading: Strain = field(default_factory=Strain)
    following: Strain = field(default_factory=Strain)


def suffer(row: Row, seed: int, truths: dict[object, Held]) -> None:
    """A first reading and a following under these faults, of one world."""
    kinds = {*row.kinds, *(BESIDE[kind] for kind in row.kinds if kind in BESIDE)}
    with (
        tempfile.TemporaryDirectory(prefix="beforehand-faults-") as folder,
        household(
            lately(END, DAYS, seed), Path(folder), days=READ, seed=seed, truths=truths
        ) as app,
    ):
        google = app.google
        for strain, rounds in ((row.reading, 0), (row.following, ROUNDS)):
            google.faults.mix(SHARE, kinds, seed=seed)
            add(strain, app.follow(rounds, STEPS) if rounds else app.sync())
            strain.met += sum(google.faults.met[kind] for kind in row.kinds)
            if FaultKind.CHURN in kinds:  # nothing moves any more, and what has moved is read
                google.faults.mix(SHARE, kinds - {FaultKind.CHURN}, seed=seed)
                add(strain, app.sync())
            different = app.trouble()
            strain.trouble = strain.trouble or (different and f"seed {seed}: {different}")


def table(kinds: Sequence[FaultKind], seeds: int) -> Iterator[str]:
    """The lines of the table; the last cell of a row says whether the store was the truth."""
    yield (
        "| fault | first reading: met | syncs | minutes more | units more | following: met | syncs "
        "| minutes more | units more | equal to the truth |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    calm = Row((), "none")
    rows = [calm, *(Row((kind,), _name(kind)) for kind in kinds)]
    if len(kinds) > 1:
        rows.append(Row(tuple(kinds), "all together"))
    truths: list[dict[object, Held]] = [{} for _ in range(seeds)]
    for row in rows:
        if len(row.kinds) == 1 and row.kinds[0] in NEVER:
            yield f"| {row.name} |{' - |' * 8} cannot be met: {NEVER[row.kinds[0]]} |"
            continue
        for seed, known in enumerate(truths, 1):
            suffer(row, seed, known)
        yield _line(row, calm)


def _name(kind: FaultKind) -> str:
    return f"{kind.name}, with {BESIDE[kind].name}" if kind in BESIDE else kind.name


def _line(row: Row, calm: Row) -> str:
    cells = [row.name]
    for mine, without in ((row.reading, calm.reading), (row.following, calm.following)):
        cells += [
            f"{mine.met:,}",
            f"{mine.syncs}",
            f"{mine.minutes - (row is not calm) * without.minutes:,.1f}",
            f"{mine.units - (row is not calm) * without.units:,}",
        ]
    trouble = row.reading.trouble or row.following.trouble
    met = row is calm or (row.reading.met and row.following.met)
    verdict = f"NO: {trouble}" if trouble else "yes" if met else "yes, yet not met everywhere"
    return f"| {' | '.join([*cells, verdict])} |"


def main() -> int:
    """Print the table; 1 where a store was not the truth."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=3, help="so many worlds")
    parser.add_argument("--kinds", nargs="+", choices=[k.name for k in ALL], help="only these")
    asked = parser.parse_args()
    kinds = [FaultKind[name] for name in asked.kinds] if asked.kinds else list(ALL)
    fine = True
    for line in table(kinds, asked.seeds):
        print(line, flush=True)
        fine = fine and "NO: " not in line
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
