"""Week by week through the past: whom the reports would have named, and whom simpler rules.

Every week is judged with what was known on its day, by the very code that judges today. Beside
it, rivals name people from the same ties (past the gate of SLIGHT, not dormant), as many as the
report that week, and whoever they named rests as long:

- "90 days for everyone": those silent for longer than 90 days, the latest to cross that line
  first, and each silence once. A list that began with the longest silence would be the next rule.
- "days silent": the longest silence first.
- "chance alone": the highest chance of a lapse first, whatever the tie is worth.
- "a random pick": not drawn but reckoned, as the chance that each tie is named; how many of the
  others rest is taken at its expected value.

Meetings ahead and the owner's words hold nobody back here, as their past is not known. A tie of
one week is a "look"; nothing from a look's day on has any part in whom it names.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from scoring.attention import (
    DORMANT_GAPS,
    DORMANT_LEAST_DAYS,
    DORMANT_MOST_DAYS,
    select,
)
from scoring.calibration import Horizon, calibrate, history
from scoring.clock import Absences, Clock
from scoring.judgement import State
from scoring.judgements import Judgements
from scoring.moments import Moments
from scoring.rhythm import LONGEST_HORIZON
from scoring.ties import SECONDS_A_DAY, Bools, Floats, Ints, Ties

WEEK = 7
# A report needs some past to speak from.
SEEN_BEFORE = 182
# Whoever was named is not named again for so long.
REST_DAYS = 21
SILENT_LONG = 60
LINE_FOR_ALL = 90
# 1970-01-01 was a Thursday.
_WEEKDAY_OF_DAY_0 = 3
_NEVER = np.iinfo(np.int32).min

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """One entry for each week and tie past the gate and not dormant, by week, then tie; (k,) each.

    week: number of the week, from 0. day: its UTC day. row: the tie. silence: days silent. last:
    UTC day of the last contact; with `row` it names the silence. chance, strength, horizon: as in
    the judgement of that week. quiet: days from `day` to the next contact, a great many if none.
    named: whether that week's report would have named them.
    """

    week: Ints
    day: Ints
    row: Ints
    silence: Ints
    last: Ints
    chance: Floats
    strength: Floats
    horizon: Ints
    quiet: Ints
    named: Bools

    @property
    def lapsed(self) -> Bools:
        """(k,) whether no contact came within the horizon."""
        return self.quiet >= self.horizon

    def weeks(self) -> Iterator[slice]:
        """The entries of each week that has any, in order."""
        begin = np.flatnonzero(np.append(True, np.diff(self.week) != 0)) if self.week.size else ()
        for at, start in enumerate(begin):
            stop = begin[at + 1] if at + 1 < len(begin) else self.week.size
            yield slice(int(start), int(stop))


@dataclass(frozen=True, slots=True, eq=False)
class Lapses:
    """Silences that outgrew the rule for DORMANT within the weeks; (l,) each, in order of row.

    row: the tie. last: UTC day of its last contact. day: the first UTC day on which it was dormant.
    """

    row: Ints
    last: Ints
    day: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Weeks:
    """The weeks that were walked: UTC days of the first and the last, how many, and what was seen.

    until: the UTC day before which all contact is known. ties: how many ties there are.
    """

    first: int
    last: int
    count: int
    until: int
    ties: int
    looks: Looks
    lapses: Lapses


@dataclass(frozen=True, slots=True, eq=False)
class Naming:
    """Whom a rule names; (k,) chances in [0, 1] for each look, 0 or 1 where nothing is random.

    named: named that week. first: named for the first time in this silence. before_owner: named
    that week or still at rest from it.
    """

    named: Floats
    first: Floats
    before_owner: Floats


def walk(
    ties: Ties,
    absences: Absences,
    *,
    until: int,
    people: int = 5,
    horizon: Horizon = "own",
    weekday: int = 0,
    rest_days: int = REST_DAYS,
    progress: Progress | None = None,
) -> Weeks | None:
    """Judge one owner's ties every week as if it were then; None where there is no such week.

    until: the UTC day before which all contact is known; later contact has no part in anything.
    weekday: 0 is Monday; a week's day is judged at its 00:00 UTC. people: the report's length.
    The first week has half a year of contact behind it and a tie past the gate of SLIGHT; the
    last leaves time for the longest horizon to pass. `progress(done, total)` is called after each.
    Raises ValueError for a list of nobody or a horizon under one day.
    """
    if people < 1 or (horizon != "own" and horizon < 1):
        raise ValueError("people and horizon must be at least 1")
    ties = ties.before(float(until) * SECONDS_A_DAY).occupied()
    if not len(ties):
        return None
    longest = LONGEST_HORIZON if horizon == "own" else max(horizon, SILENT_LONG)
    earliest = int(ties.day.min()) + SEEN_BEFORE
    start = earliest + (weekday - earliest - _WEEKDAY_OF_DAY_0) % WEEK
    days = range(start, until - longest + 1, WEEK)
    past = history(ties, np.zeros(len(ties), dtype=np.int64), horizon, {0: until})
    journal = _Journal(ties, rest_days)
    for done, day in enumerate(days, start=1):
        clock = absences.clock(day)
        judged = calibrate(ties, float(day * SECONDS_A_DAY), horizon, clock=clock, past=past)
        if journal.count or not judged.in_state(State.SLIGHT).all():
            journal.note(judged, clock, people)
        if progress is not None:
            progress(done, len(days))
    return journal.closed(until) if journal.count else None


class _Journal:
    """What is written down of each week, until all are walked."""

    def __init__(self, ties: Ties, rest_days: int) -> None:
        self.count = 0
        self._ties, self._rest_days = ties, rest_days
        self._first = self._last = 0
        self._named = np.full(len(ties), _NEVER, dtype=np.int64)
        self._asleep = np.full(len(ties), _NEVER, dtype=np.int64)
        self._looks: list[dict[str, npt.NDArray[np.generic]]] = []
        self._lapses: list[tuple[Ints, Ints, Ints]] = []

    def note(self, judged: Judgements, clock: Clock, people: int) -> None:
        """Write down one week."""
        day = judged.today
        if not self.count:
            self._first = day
        self._last = day
        # Ties that are not known yet are not judged, so places differ from week to week.
        row = np.searchsorted(self._ties.keys, judged.key)
        last = judged.ties.last_day(default=day).astype(np.int64)
        resting = self._ties.keys[self._named >= day - self._rest_days]
        chosen = select(judged, people=people, held=dict.fromkeys(resting.tolist(), "at rest"))
        named = np.isin(judged.key, [one.key for one in chosen.flags])
        self._named[row[named]] = day

        dormant = judged.in_state(State.DORMANT)
        alive = ~dormant & ~judged.in_state(State.SLIGHT)
        self._looks.append(
            {
                "week": np.full(int(alive.sum()), self.count, dtype=np.int64),
                "day": np.full(int(alive.sum()), day, dtype=np.int64),
                "row": row[alive],
                "silence": judged.silence_days[alive],
                "last": last[alive],
                "chance": judged.p_lapse[alive],
                "strength": judged.strength[alive],
                "horizon": judged.horizon_days[alive].astype(np.int64),
                "named": named[alive],
            }
        )
        new = dormant & (self._asleep[row] != last)
        self._asleep[row[new]] = last[new]
        began = _dormant_since(judged, clock, last, new)
        # Those silent since before the first week could not have been named all along.
        seen = last[new] >= self._first
        self._lapses.append((row[new][seen], last[new][seen], began[seen]))
        self.count += 1

    def closed(self, until: int) -> Weeks:
        """All that was written down, with what came next."""
        columns = {
            name: np.concatenate([one[name] for one in self._looks]) for name in self._looks[0]
        }
        quiet = Moments(self._ties, columns["row"], columns["day"]).quiet_until()
        lapses = [np.concatenate([one[at] for one in self._lapses]) for at in range(3)]
        order = np.lexsort((lapses[1], lapses[0]))
        return Weeks(
            first=self._first,
            last=self._last,
            count=self.count,
            until=until,
            ties=len(self._ties),
            looks=Looks(
                **{one.name: {**columns, "quiet": quiet}[one.name] for one in fields(Looks)}
            ),
            lapses=Lapses(*(column[order] for column in lapses)),
        )


def _dormant_since(judged: Judgements, clock: Clock, last: Ints, new: Bools) -> Ints:
    """The first UTC day of this week on which each of the `new` ones was dormant."""
    usual = judged.usual_gap_days[new]
    enough = np.clip(DORMANT_GAPS * usual, DORMANT_LEAST_DAYS, DORMANT_MOST_DAYS)
    days = judged.today - np.arange(WEEK)[::-1, None]
    asleep = clock.active(days) - clock.active(last[new]) > enough
    first: Ints = asleep.argmax(axis=0)
    return judged.today - (WEEK - 1) + first


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
    latest = np.full(int(looks.row.max(initial=-1)) + 1, _NEVER, dtype=np.int64)
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
    latest = np.full(int(looks.row.max(initial=-1)) + 1, _NEVER, dtype=np.int64)
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
    code = (looks.row << np.int64(32)) + (looks.last + (1 << 31))
    found, number = np.unique(code, return_inverse=True)
    return number, found.size
