"""Who else might have been named: what simpler rules make of the same weeks.

From the same ties (past the gate of SLIGHT, not dormant), as many as the report named that week,
and whoever they named rests as long:

- "90 days for everyone": those silent for longer than 90 days, the latest to cross that line
  first, and each silence once. A list that began with the longest silence would be the next rule.
- "days silent": the longest silence first.
- "chance alone": the highest chance of a lapse first, whatever the tie is worth.
- "a random pick": not drawn but reckoned, as the chance that each tie is named; how many of the
  others rest is taken at its expected value.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from scoring.ties import Bools, Floats, Ints
from scoring.weeks import NEVER, REST_DAYS, Looks

LINE_FOR_ALL = 90


@dataclass(frozen=True, slots=True, eq=False)
class Naming:
    """Whom a rule names; (k,) chances in [0, 1] for each look, 0 or 1 where nothing is random.

    named: named that week. first: named for the first time in this silence. before_owner: named
    that week or still at rest from it.
    """

    named: Floats
    first: Floats
    before_owner: Floats


def by_report(looks: Looks, rest_days: int = REST_DAYS) -> Naming:
    """What the reports named."""
    return _settled(looks, looks.named, rest_days)


def by_line_for_all(looks: Looks, rest_days: int = REST_DAYS) -> Naming:
    """Those silent for longer than 90 days, the latest to cross the line first, each once."""
    crossed = looks.silence > LINE_FOR_ALL
    chosen = _ranked(looks, looks.silence.astype(np.float64), crossed, rest_days, once=True)
    return _settled(looks, chosen, rest_days)


def by_silence(looks: Looks, rest_days: int = REST_DAYS) -> Naming:
    """The longest silence first."""
    everyone = np.ones(looks.row.size, dtype=np.bool_)
    order = -looks.silence.astype(np.float64)
    return _settled(looks, _ranked(looks, order, everyone, rest_days), rest_days)


def by_chance_of_lapse(looks: Looks, rest_days: int = REST_DAYS) -> Naming:
    """The highest chance of a lapse first."""
    everyone = np.ones(looks.row.size, dtype=np.bool_)
    return _settled(looks, _ranked(looks, -looks.chance, everyone, rest_days), rest_days)


def at_random(looks: Looks, rest_days: int = REST_DAYS) -> Naming:
    """Anybody, each with the same chance: the expected value of picking blindly.

    In a week that names m, with each tie i at rest with chance r_i, a tie that is not at rest is
    named with chance m / sum(1 - r). To be named for the first time in a silence, it must be
    neither at rest from before it nor named in it, which exclude each other.
    """
    named, first = np.zeros(looks.row.size), np.zeros(looks.row.size)
    before = np.zeros(looks.row.size)
    silence, silences = _silences(looks)
    rows = int(looks.row.max(initial=-1)) + 1
    done = np.zeros(silences)
    resting: deque[tuple[int, slice]] = deque()
    for week in looks.weeks():
        day = int(looks.day[week.start])
        while resting and resting[0][0] < day - rest_days:
            resting.popleft()
        rest, rest_here = np.zeros(rows), np.zeros(silences)
        for _, then in resting:
            rest[looks.row[then]] += named[then]
            rest_here[silence[then]] += named[then]
        mine, here = rest[looks.row[week]], silence[week]
        free = np.maximum(1 - mine, 0.0)
        rate = min(1.0, int(looks.named[week].sum()) / max(float(free.sum()), 1.0))
        named[week] = rate * free
        first[week] = rate * np.maximum(1 - done[here] - (mine - rest_here[here]), 0.0)
        before[week] = np.minimum(mine + named[week], 1.0)
        done[here] += first[week]
        resting.append((day, week))
    return Naming(named, first, before)


def _ranked(
    looks: Looks, order: Floats, allowed: Bools, rest_days: int, *, once: bool = False
) -> Bools:
    """(k,) each week's lowest in `order` among those allowed and not at rest, then by row.

    As many as the report named that week. `once` names nobody twice in one silence.
    """
    chosen = np.zeros(looks.row.size, dtype=np.bool_)
    silence, silences = _silences(looks)
    told = np.zeros(silences, dtype=np.bool_)
    latest = np.full(int(looks.row.max(initial=-1)) + 1, NEVER, dtype=np.int64)
    for week in looks.weeks():
        day, row = int(looks.day[week.start]), looks.row[week]
        free = allowed[week] & (latest[row] < day - rest_days)
        if once:
            free &= ~told[silence[week]]
        places = np.flatnonzero(free)
        places = places[np.lexsort((row[places], order[week][places]))]
        places = places[: int(looks.named[week].sum())]
        chosen[week.start + places] = True
        latest[row[places]] = day
        told[silence[week][places]] = True
    return chosen


def _settled(looks: Looks, chosen: Bools, rest_days: int) -> Naming:
    """A naming without chance."""
    first, before = np.zeros(chosen.size), np.zeros(chosen.size)
    silence, silences = _silences(looks)
    told = np.zeros(silences, dtype=np.bool_)
    latest = np.full(int(looks.row.max(initial=-1)) + 1, NEVER, dtype=np.int64)
    for week in looks.weeks():
        day, row, here = int(looks.day[week.start]), looks.row[week], silence[week]
        mine = chosen[week]
        latest[row[mine]] = day
        before[week] = latest[row] >= day - rest_days
        first[week] = mine & ~told[here]
        told[here[mine]] = True
    return Naming(chosen.astype(np.float64), first, before)


def _silences(looks: Looks) -> tuple[Ints, int]:
    """(k,) a number for each silence of each tie, and how many there are."""
    found, number = np.unique(looks.silences, return_inverse=True)
    return number, found.size
