"""How much of what is lost the reports put before the owner, beside simpler rules, on real data.

    python bench/value.py

Looks for `data/rhythm` in $BEFOREHAND_SHARED, or in `../shared` beside the checkout; says so and
stops where it is absent. Of a set with many owners a sample is walked, the same every time.

Every week of every owner's past is judged as if it were then, as `beforehand replay` does for one
owner (`scoring/replay/`). Three tables, each with 95 in 100 intervals from drawing the owners anew:

- the reports as they are: of those named, the share that lapsed; the share of lapses named in
  time; the median days from that to the lapse; and value captured, which is the share of the
  strength of ties that lapsed within their own horizon that was in that week's list, or in one of
  the three before it. Rivals name as many a week, and rest as long.
- a list of five every week, whatever the report says, and nobody rests: value captured by the
  order alone.
- the first minus each rival: where the interval holds 0, nothing is settled.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from judgement import SETS, load, mine, present

from scoring.arrays import Floats, Ints
from scoring.clock import Absences
from scoring.replay.hindsight import RIVALS, lapse_of
from scoring.replay.measures import Drawn, Draws
from scoring.replay.rivals import LINE_FOR_ALL, Naming, by_report
from scoring.replay.weeks import Looks, Weeks, walk

MOST_OWNERS, SEED = 200, 7
PEOPLE = 5
OURS = "the report"
RULES = {OURS: by_report, **RIVALS}
FIGURES = ("precision", "in time", "lead", "value")
# What each order puts first; the report's own is what is at stake.
ORDERS = {
    OURS: lambda looks: -looks.stake,
    "line_for_all": lambda looks: np.where(
        looks.silence > LINE_FOR_ALL, looks.silence.astype(np.float64), np.inf
    ),
    "days_silent": lambda looks: -looks.silence.astype(np.float64),
    "chance_alone": lambda looks: -looks.chance,
}


@dataclass
class Column:
    """One rule's sums, owner by owner: what is above and below the bar of each share."""

    shares: dict[str, list[tuple[int, float, float]]] = field(default_factory=dict)
    lead: list[tuple[Ints, Floats, Floats]] = field(default_factory=list)

    def add(self, figure: str, owner: int, above: float, below: float) -> None:
        """Note an owner's sums for a share."""
        self.shares.setdefault(figure, []).append((owner, above, below))

    def drawn(self, figure: str, draws: Draws) -> Drawn:
        """The figure over all owners, with its draws of owners."""
        if figure == "lead":
            row, days, weight = (np.concatenate(part) for part in zip(*self.lead, strict=True))
            return draws.median(row, days, weight)
        owner, above, below = (np.array(part) for part in zip(*self.shares[figure], strict=True))
        return draws.ratio(owner.astype(np.int64), above, below)


def note(column: Column, owner: int, weeks: Weeks, naming: Naming) -> None:
    """Write down one owner's weeks under one rule."""
    looks, lapse = weeks.looks, lapse_of(weeks.looks, weeks.lapses)
    before, lost = lapse >= 0, looks.strength * looks.lapsed
    column.add("precision", owner, (naming.named * looks.lapsed).sum(), naming.named.sum())
    column.add("in time", owner, naming.first[before].sum(), weeks.lapses.row.size)
    column.add("value", owner, (lost * naming.before_owner).sum(), lost.sum())
    ahead = (weeks.lapses.day[lapse[before]] - looks.day[before]).astype(np.float64)
    column.lead.append((np.full(ahead.size, owner), ahead, naming.first[before]))


def top(looks: Looks, order: Floats | None) -> Floats:
    """(k,) whether a look is among its week's first five; in no order, the chance that it is."""
    chosen = np.zeros(looks.row.size)
    for week in looks.weeks():
        if order is None:
            chosen[week] = min(1.0, PEOPLE / (week.stop - week.start))
            continue
        places = np.lexsort((looks.row[week], order[week]))[:PEOPLE]
        chosen[week.start + places] = np.isfinite(order[week][places])
    return chosen


def figures(name: str) -> tuple[str, dict[str, Column], int]:
    """Walk the weeks of a set's owners: a line about it, a column a rule, how many owners."""
    begun, data = time.perf_counter(), load(name)
    owners = np.unique(data.owner)
    sample = owners
    if owners.size > MOST_OWNERS:
        sample = np.sort(np.random.default_rng(SEED).permutation(owners)[:MOST_OWNERS])
    columns = {rule: Column() for rule in RULES}
    count = weeks_walked = lapses = 0
    for one in sample.tolist():
        ties = mine(data, one)
        # Nothing is known of an owner's absences but their mail; see docs/judgement.md.
        weeks = walk(ties, Absences.of([]), until=int(ties.day.max()) + 1, people=PEOPLE)
        if weeks is None:
            continue
        lost = weeks.looks.strength * weeks.looks.lapsed
        for rule, column in columns.items():
            note(column, count, weeks, RULES[rule](weeks.looks))
            order = ORDERS[rule](weeks.looks) if rule in ORDERS else None
            column.add("top five", count, (lost * top(weeks.looks, order)).sum(), lost.sum())
        count, weeks_walked = count + 1, weeks_walked + weeks.count
        lapses += weeks.lapses.row.size
    about = (
        f"{name}: {count} owners with a week to walk, of {sample.size} looked at and {owners.size} "
        f"in all; {weeks_walked:,} weeks, {lapses:,} lapses; {time.perf_counter() - begun:.0f} s"
    )
    return about, columns, count


def cell(drawn: Drawn, *, days: bool) -> str:
    """A figure and its interval."""
    found = drawn.estimate()
    if found is None:
        return "-"
    shape = "{:.0f} ({:.0f} {:.0f})" if days else "{:.3f} ({:.3f} {:.3f})"
    return shape.format(found.value, found.low, found.high)


def main() -> None:
    """Print the tables, or say that the data are absent."""
    if not present():
        return
    shown = (*FIGURES, "top five")
    for name in SETS:
        about, columns, count = figures(name)
        draws = Draws.of(count)
        print(about)
        print(f"{'':16}{'named':>8}{''.join(f'{figure:>24}' for figure in shown)}")
        ours = {figure: columns[OURS].drawn(figure, draws) for figure in shown}
        for rule, column in columns.items():
            named = sum(below for _, _, below in column.shares["precision"])
            cells = (cell(column.drawn(one, draws), days=one == "lead") for one in shown)
            print(f"{rule:16}{named:8.0f}{''.join(f'{one:>24}' for one in cells)}")
        for rule in RIVALS:
            minus = (ours[one].minus(columns[rule].drawn(one, draws)) for one in shown)
            cells = (cell(one, days=at == 2) for at, one in enumerate(minus))  # noqa: PLR2004 - lead
            print(f"{'minus ' + rule:24}{''.join(f'{one:>24}' for one in cells)}")
        print(flush=True)


if __name__ == "__main__":
    main()
