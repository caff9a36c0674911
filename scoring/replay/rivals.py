"""Who else might have been named: what simpler rules make of the same weeks.

From the same ties (past the gate of SLIGHT, not dormant), as many as the report named that week,
and whoever they named rests as long:

- "90 days for everyone": those silent for longer than 90 days, the latest to cross that line
  first, and each silence once. A list that began with the longest silence would be the next rule.
- "days silent": the longest silence first.
- "chance alone": the highest chance of a lapse first, whatever the tie is worth.
- "a random pick": anybody; the mean of many such lists.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.arrays import Bools, Floats, Ints
from scoring.cooldown import COOLDOWN_DAYS, NamingLog
from scoring.replay.weeks import NEVER, Looks

LINE_FOR_ALL = 90
PICKS, _SEED = 25, 11


@dataclass(frozen=True, slots=True, eq=False)
class Naming:
    """Whom a rule names; (k,) chances in [0, 1] for each look, 0 or 1 where nothing is random.

    named: named that week. first: named for the first time in this silence. before_owner: named
    that week or in the three weeks before it.
    """

    named: Floats
    first: Floats
    before_owner: Floats


def by_report(looks: Looks) -> Naming:
    """What the reports named."""
    return _settled(looks, looks.named)


def by_line_for_all(looks: Looks) -> Naming:
    """Those silent for longer than 90 days, the latest to cross the line first, each once."""
    crossed = looks.silence > LINE_FOR_ALL
    chosen = _ranked(looks, looks.silence.astype(np.float64), crossed, once=True)
    return _settled(looks, chosen)


def by_silence(looks: Looks) -> Naming:
    """The longest silence first."""
    everyone = np.ones(looks.row.size, dtype=np.bool_)
    order = -looks.silence.astype(np.float64)
    return _settled(looks, _ranked(looks, order, everyone))


def by_chance_of_lapse(looks: Looks) -> Naming:
    """The highest chance of a lapse first."""
    everyone = np.ones(looks.row.size, dtype=np.bool_)
    return _settled(looks, _ranked(looks, -looks.chance, everyone))


def at_random(looks: Looks) -> Naming:
    """Anybody, each with the same chance: the mean of `PICKS` such lists, always the same ones."""
    dice = np.random.default_rng(_SEED)
    everyone = np.ones(looks.row.size, dtype=np.bool_)
    picks = [
        _settled(looks, _ranked(looks, dice.random(looks.row.size), everyone)) for _ in range(PICKS)
    ]
    return Naming(*(np.mean(one, axis=0) for one in zip(*map(_columns, picks), strict=True)))


def _columns(one: Naming) -> tuple[Floats, Floats, Floats]:
    return one.named, one.first, one.before_owner


def _ranked(looks: Looks, order: Floats, allowed: Bools, *, once: bool = False) -> Bools:
    """(k,) each week's lowest in `order` among those allowed and not in cooldown, then by row.

    As many as the report named that week. `once` names nobody twice in one silence.
    """
    chosen = np.zeros(looks.row.size, dtype=np.bool_)
    silence, silences = _silences(looks)
    told = np.zeros(silences, dtype=np.bool_)
    log = NamingLog(int(looks.row.max(initial=-1)) + 1)
    for week in looks.weeks():
        day, row, last = int(looks.day[week.start]), looks.row[week], looks.last[week]
        free = allowed[week] & ~log.in_cooldown(row, last, day)
        if once:
            free &= ~told[silence[week]]
        places = np.flatnonzero(free)
        places = places[np.lexsort((row[places], order[week][places]))]
        places = places[: int(looks.named[week].sum())]
        chosen[week.start + places] = True
        log.record(row[places], last[places], day)
        told[silence[week][places]] = True
    return chosen


def _settled(looks: Looks, chosen: Bools) -> Naming:
    """A naming without chance."""
    first, before = np.zeros(chosen.size), np.zeros(chosen.size)
    silence, silences = _silences(looks)
    told = np.zeros(silences, dtype=np.bool_)
    latest = np.full(int(looks.row.max(initial=-1)) + 1, NEVER, dtype=np.int64)
    for week in looks.weeks():
        day, row, here = int(looks.day[week.start]), looks.row[week], silence[week]
        mine = chosen[week]
        latest[row[mine]] = day
        before[week] = latest[row] >= day - COOLDOWN_DAYS
        first[week] = mine & ~told[here]
        told[here[mine]] = True
    return Naming(chosen.astype(np.float64), first, before)


def _silences(looks: Looks) -> tuple[Ints, int]:
    """(k,) a number for each silence of each tie, and how many there are."""
    found, number = np.unique(looks.silences, return_inverse=True)
    return number, found.size
