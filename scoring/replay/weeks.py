"""Week by week through the past: whom the reports would have named.

Every week is judged with what was known on its day, by the very code that judges today. A tie of
one week is a "look"; nothing from a look's day on has any part in whom it names. Meetings ahead
and the owner's words hold nobody back here, as their past is not known. Weeks in which the owner
is away, as known on their day, are passed over: the silence of those who were fading before stands
still then, and they would be named again and again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from scoring.arrays import Bools, Floats, Ints
from scoring.attention import select
from scoring.calibration import Horizon, calibrate, history
from scoring.clock import Absences, ActiveClock
from scoring.cooldown import NamingLog
from scoring.days import SECONDS_A_DAY
from scoring.judgement import State
from scoring.judgements import Judgements
from scoring.moments import Moments
from scoring.rhythm import LONGEST_HORIZON
from scoring.ties import Ties

WEEK = 7
# A report needs some past to speak from.
SEEN_BEFORE = 182
SILENT_LONG = 60
# A flag that was really sent is felt for so long.
FELT_DAYS = LONGEST_HORIZON
# 1970-01-01 was a Thursday.
_WEEKDAY_OF_DAY_0 = 3
NEVER = np.iinfo(np.int32).min

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """One entry for each week and tie past the gate and not dormant, by week, then tie; (k,) each.

    week: number of the week, from 0. day: its UTC day. row: the tie. silence: days silent. last:
    UTC day of the last contact; with `row` it names the silence. chance, strength, stake, horizon:
    as in the judgement of that week. quiet: days from `day` to the next contact, a great many if
    none. named: whether that week's report would have named them.
    """

    week: Ints
    day: Ints
    row: Ints
    silence: Ints
    last: Ints
    chance: Floats
    strength: Floats
    stake: Floats
    horizon: Ints
    quiet: Ints
    named: Bools

    @property
    def lapsed(self) -> Bools:
        """(k,) whether no contact came within the horizon."""
        return self.quiet >= self.horizon

    @property
    def silences(self) -> Ints:
        """(k,) a number for the silence of each look, as `silence_of` gives it."""
        return silence_of(self.row, self.last)

    def only(self, kept: Bools) -> Looks:
        """Those of the (k,) looks that are kept."""
        return Looks(*(getattr(self, one.name)[kept] for one in fields(self)))

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


def silence_of(row: Ints, last: Ints) -> Ints:
    """(k,) a tie and the UTC day of its last contact as one sortable number."""
    return (row << np.int64(32)) + (last + (1 << 31))


@dataclass(frozen=True, slots=True, eq=False)
class Weeks:
    """The weeks that were walked: UTC days of the first and the last, how many, and what was seen.

    away: how many weeks between were passed over, as the owner was away. keys: (n,) the caller's
    names of the ties that `row` counts.
    """

    first: int
    last: int
    count: int
    away: int
    keys: Ints
    looks: Looks
    lapses: Lapses

    def without(self, key: npt.ArrayLike, day: npt.ArrayLike) -> Weeks:
        """The same weeks without what flags that were really sent may have changed.

        key, day: (f,) the tie and the UTC day of each flag; keys that are unknown are passed over.
        A word that came because somebody was named would look like a false alarm. So looks go
        whose horizon holds a flag of that tie, or which came within four months after one; and
        lapses whose silence does, for those that were prevented are missing too.
        """
        looks, lapses = self.looks, self.lapses
        kept = np.ones(looks.row.size, dtype=np.bool_)
        whole = np.ones(lapses.row.size, dtype=np.bool_)
        names, days = np.asarray(key, dtype=np.int64), np.asarray(day, dtype=np.int64)
        known = np.isin(names, self.keys)
        rows = np.searchsorted(self.keys, names[known])
        for row, flagged in zip(rows.tolist(), days[known].tolist(), strict=True):
            over = flagged + FELT_DAYS
            kept &= ~(
                (looks.row == row) & (looks.day + looks.horizon > flagged) & (looks.day < over)
            )
            whole &= ~((lapses.row == row) & (lapses.day > flagged) & (lapses.last < over))
        return replace(
            self,
            looks=looks.only(kept),
            lapses=Lapses(lapses.row[whole], lapses.last[whole], lapses.day[whole]),
        )


def walk(
    ties: Ties,
    absences: Absences,
    *,
    until: int,
    people: int = 5,
    horizon: Horizon = "own",
    weekday: int = 0,
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
    journal = _Journal(ties)
    for done, day in enumerate(days, start=1):
        clock = absences.clock(day)
        if clock.absent(day - 1, day):
            journal.pass_over()
        else:
            now = float(day * SECONDS_A_DAY)
            judged = calibrate(ties, now, horizon, clock=clock, past=past)
            if journal.count or not judged.in_state(State.SLIGHT).all():
                journal.note(judged, clock, people)
        if progress is not None:
            progress(done, len(days))
    return journal.closed() if journal.count else None


class _Journal:
    """The columns of `Weeks` while the weeks are walked."""

    def __init__(self, ties: Ties) -> None:
        self.count = 0
        self._away = self._unended = 0
        self._ties = ties
        self._first = self._last = 0
        self._log = NamingLog(len(ties))
        self._asleep = np.full(len(ties), NEVER, dtype=np.int64)
        self._looks: list[dict[str, npt.NDArray[np.generic]]] = []
        self._lapses: list[tuple[Ints, Ints, Ints]] = []

    def pass_over(self) -> None:
        """Count a week without a report; one counts if another report follows."""
        self._unended += bool(self.count)

    def note(self, judged: Judgements, clock: ActiveClock, people: int) -> None:
        """Add the looks and lapses of one week."""
        day = judged.today
        self._away, self._unended = self._away + self._unended, 0
        if not self.count:
            self._first = day
        self._last = day
        # Ties that are not known yet are not judged, so places differ from week to week.
        row = np.searchsorted(self._ties.keys, judged.key)
        last = judged.ties.last_day(default=day).astype(np.int64)
        cooling = judged.key[self._log.in_cooldown(row, last, day)]
        chosen = select(judged, people=people, suppressed=cooling.tolist())
        named = np.isin(judged.key, [one.key for one in chosen.flags])
        self._log.record(row[named], last[named], day)

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
                "stake": judged.at_stake[alive],
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

    def closed(self) -> Weeks:
        """Return all weeks, with what came next."""
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
            away=self._away,
            keys=self._ties.keys,
            looks=Looks(**columns, quiet=quiet),
            lapses=Lapses(*(column[order] for column in lapses)),
        )


def _dormant_since(judged: Judgements, clock: ActiveClock, last: Ints, new: Bools) -> Ints:
    """The first UTC day of this week on which each of the `new` ones was dormant."""
    days = judged.today - np.arange(WEEK)[::-1, None]
    asleep = clock.active(days) - clock.active(last[new]) > judged.sleeps_after_days[new]
    first: Ints = asleep.argmax(axis=0)
    return judged.today - (WEEK - 1) + first
