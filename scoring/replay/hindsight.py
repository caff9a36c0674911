"""How good it was to name whom: the weeks of the past, graded by what came next.

The same figures for the reports and for each rival (`scoring.replay.rivals`), from the same ties,
with lists of the same length:

precision   of those named, the share with no contact within their own horizon after that day.
silent_long of those named, the share with no contact within 60 days after it.
in_time     of the lapses, the share named between the last contact and the day on which the tie
            became dormant. A lapse is a silence that outgrew the rule for DORMANT, and was less
            than a day old in the first week or began later.
lead_days   the median of the days from the first such naming to that day.
value       of the strength, at that time, of the ties that had no contact within their horizon, the
            share before the owner: named that week, or in the three weeks before it.

A flag that was never sent changes nothing, so these say how well the reports foresee, not what
they achieve. An interval says how far a figure would move had the owner's ties been others of the
same kind; the lists themselves are not made anew for each draw.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from scoring.arrays import Bools, Floats, Ints
from scoring.replay.measures import Bin, Drawn, Draws, Estimate, calibration_error, reliability
from scoring.replay.rivals import (
    Naming,
    at_random,
    by_chance_of_lapse,
    by_line_for_all,
    by_report,
    by_silence,
)
from scoring.replay.weeks import SILENT_LONG, Lapses, Looks, Weeks, silence_of

# The chances of every week overlap and tell one story many times.
CALIBRATED_EVERY = 4
# How far the curve of lapses by day of silence runs.
LONGEST_SILENCE = 180

RIVALS = {
    "line_for_all": by_line_for_all,
    "days_silent": by_silence,
    "chance_alone": by_chance_of_lapse,
    "random": at_random,
}


@dataclass(frozen=True, slots=True)
class Figures:
    """See the top of this file; None where there is nothing to reckon it from."""

    precision: Estimate | None
    silent_long: Estimate | None
    in_time: Estimate | None
    lead_days: Estimate | None
    value: Estimate | None


@dataclass(frozen=True, slots=True)
class RuleGrade:
    """How good a way of naming people was.

    named: how many, over all weeks (expected, where they are picked at random). by_silence: of the
    lapses, the share named by day 0, 1, 2, ... of their silence; empty where nothing lapsed.
    """

    named: float
    figures: Figures
    by_silence: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Rival:
    """A rival's grade, and the report's figures minus its figures, drawn in pairs."""

    grade: RuleGrade
    report_minus: Figures


@dataclass(frozen=True, slots=True)
class Calibration:
    """Chances said of LIVING and FADING ties every fourth week, against what came.

    said: their mean. came: the share that did lapse. error: the expected calibration error over
    the bins, which chance alone keeps above 0. brier: the mean squared distance.
    """

    chances: int
    said: float
    came: Estimate
    bins: tuple[Bin, ...]
    error: float
    brier: Estimate


@dataclass(frozen=True, slots=True)
class Quarter:
    """The reports of a quarter of a year: how many people were named, and how many lapsed."""

    year: int
    quarter: int
    named: int
    lapsed: int


@dataclass(frozen=True, slots=True)
class Hindsight:
    """All grades of one owner's weeks. `lapses`: how many; `ties`: how many were ever judged."""

    ties: int
    lapses: int
    report: RuleGrade
    rivals: dict[str, Rival]
    calibration: Calibration | None
    quarters: tuple[Quarter, ...]


def grade_weeks(weeks: Weeks) -> Hindsight:
    """Grade the weeks. The same weeks always give the same figures, to the bit."""
    looks = weeks.looks
    # Only ties that were ever judged are drawn.
    everyone = np.unique(np.concatenate((looks.row, weeks.lapses.row)))
    draws = Draws.of(everyone.size)
    grader = _Grader(
        looks=looks,
        row=np.searchsorted(everyone, looks.row),
        lapse=lapse_of(looks, weeks.lapses),
        lapses=weeks.lapses,
        lapse_row=np.searchsorted(everyone, weeks.lapses.row),
        draws=draws,
    )
    named = by_report(looks)
    ours = grader.figures(named)
    rivals = {}
    for name, rule in RIVALS.items():
        naming = rule(looks)
        theirs = grader.figures(naming)
        minus = {key: ours[key].minus(theirs[key]) for key in ours}
        rivals[name] = Rival(grader.grade(naming, theirs), _estimates(minus))
    return Hindsight(
        ties=everyone.size,
        lapses=weeks.lapses.row.size,
        report=grader.grade(named, ours),
        rivals=rivals,
        calibration=grader.calibration(),
        quarters=_quarters(looks),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Grader:
    """What every rule is graded by. lapse: (k,) the lapse that each look came before, or -1."""

    looks: Looks
    row: Ints
    lapse: Ints
    lapses: Lapses
    lapse_row: Ints
    draws: Draws

    def figures(self, naming: Naming) -> dict[str, Drawn]:
        """Each figure of `Figures`, with its draws."""
        looks, named = self.looks, naming.named
        before = self.lapse >= 0
        lost = looks.strength * looks.lapsed
        day = looks.day[before]
        return {
            "precision": self.draws.ratio(self.row, named * looks.lapsed, named),
            "silent_long": self.draws.ratio(self.row, named * (looks.quiet >= SILENT_LONG), named),
            "in_time": self.draws.ratio(
                np.concatenate((self.row[before], self.lapse_row)),
                np.concatenate((naming.first[before], np.zeros(self.lapse_row.size))),
                np.concatenate((np.zeros(day.size), np.ones(self.lapse_row.size))),
            ),
            "lead_days": self.draws.median(
                self.row[before],
                (self.lapses.day[self.lapse[before]] - day).astype(np.float64),
                naming.first[before],
            ),
            "value": self.draws.ratio(self.row, lost * naming.before_owner, lost),
        }

    def grade(self, naming: Naming, drawn: dict[str, Drawn]) -> RuleGrade:
        """Return the grade of a naming: its figures, and its curve by day of silence."""
        share: tuple[float, ...] = ()
        if self.lapses.row.size:
            early = (self.lapse >= 0) & (self.looks.silence <= LONGEST_SILENCE)
            told = np.bincount(
                self.looks.silence[early],
                weights=naming.first[early],
                minlength=LONGEST_SILENCE + 1,
            )
            share = tuple((np.cumsum(told) / self.lapses.row.size).tolist())
        return RuleGrade(float(naming.named.sum()), _estimates(drawn), share)

    def calibration(self) -> Calibration | None:
        """Return how true the chances were; None where none were said."""
        asked = self.looks.week % CALIBRATED_EVERY == 0
        row, chance, lapsed = self.row[asked], self.looks.chance[asked], self.looks.lapsed[asked]
        if not row.size:
            return None
        came = self.draws.ratio(row, lapsed.astype(np.float64), np.ones(row.size)).estimate()
        off = self.draws.ratio(row, (chance - lapsed) ** 2, np.ones(row.size)).estimate()
        if came is None or off is None:
            return None
        return Calibration(
            chances=int(row.size),
            said=float(chance.mean()),
            came=came,
            bins=reliability(self.draws, row, lapsed, chance),
            error=calibration_error(lapsed, chance),
            brier=off,
        )


def _estimates(drawn: dict[str, Drawn]) -> Figures:
    return Figures(**{one.name: drawn[one.name].estimate() for one in fields(Figures)})


def lapse_of(looks: Looks, lapses: Lapses) -> Ints:
    """Return (k,) the lapse that the silence of each look later became; -1 for none."""
    if not lapses.row.size:
        return np.full(looks.row.size, -1, dtype=np.int64)
    code, mine = silence_of(lapses.row, lapses.last), looks.silences
    place = np.minimum(np.searchsorted(code, mine), code.size - 1)
    same: Bools = (code[place] == mine) & (looks.day < lapses.day[place])
    return np.where(same, place, -1)


def _quarters(looks: Looks) -> tuple[Quarter, ...]:
    """Return the quarters from the first look to the last, with those in which nobody was named."""
    if not looks.day.size:
        return ()
    months = looks.day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    number = months // 3  # from the first quarter of 1970
    first, last = int(number.min()), int(number.max())

    def count(weight: Floats) -> list[int]:
        summed = np.bincount(number - first, weights=weight, minlength=last - first + 1)
        return [round(one) for one in summed.tolist()]

    named = count(looks.named.astype(np.float64))
    lapsed = count((looks.named & looks.lapsed).astype(np.float64))
    return tuple(
        Quarter(1970 + at // 4, at % 4 + 1, named[at - first], lapsed[at - first])
        for at in range(first, last + 1)
    )
