"""The owner's active time: the calendar without the days on which the owner was away.

Three weeks at the sea make every tie three weeks more silent, and no tie weaker. So silences and
gaps run on days on which the owner was there. What is left out is known first from what the owner
did: a run of idle days (nothing written, to anybody at all) that is both

- at least five days long, and
- at least twice as long as nine in ten of the owner's pauses in the year before

is an absence, once it is that long. Who writes every day is away after five idle days; who writes
on Sundays is not. Whatever reaches them meanwhile counts as on the day they are back.

Then from what they said: days that their calendar calls out of office are an absence too, however
few. What they did outranks it: who writes on such a day is there that day. And what they said is no
habit, so it has no part in how long their usual pauses are.

Whether a run is an absence depends on what came before it, and on its own length by the day that is
judged; a day that was said to be one counts once it is over, for nobody knows when it was said.
So nothing later ever changes what was judged.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scoring.arrays import Ints
from scoring.ties import Ties

LEAST_IDLE_DAYS = 5
_TIMES_USUAL, _PERCENT = 2, 90
_YEAR = 365
# With fewer runs than this in the year before, nobody's habit is known.
_LEAST_KNOWN = 20


@dataclass(frozen=True, slots=True, eq=False)
class ActiveClock:
    """Active days as seen on one UTC day: spans of absence, (k,) each, ascending, apart.

    first: UTC day on which each span begins. length: its days. before: the days of all earlier
    spans together.
    """

    first: Ints
    length: Ints
    before: Ints

    def active(self, day: npt.ArrayLike) -> Ints:
        """The numbers of these UTC days on the owner's calendar, in their shape.

        A day of absence has the number of the day on which the owner is back.
        """
        days = np.asarray(day, dtype=np.int64)
        if not self.first.size:
            return days
        span = np.searchsorted(self.first, days, side="right") - 1
        within = np.minimum(days - self.first[span], self.length[span])
        return np.where(span >= 0, days - self.before[span] - within, days)

    def absent(self, since: npt.ArrayLike, until: int) -> Ints:
        """How many of the days after UTC day `since`, up to `until`, the owner was away."""
        days = np.asarray(since, dtype=np.int64)
        return (until - days) - (self.active(until) - self.active(days))


@dataclass(frozen=True, slots=True, eq=False)
class Absences:
    """What is known of one owner's absences; `clock` says what was known of them on a day.

    deed: (m,) UTC days, ascending, on which the owner did something. least: (m,) how many idle
    days after each of them make an absence; a great many where no habit is known. said: (k,) days,
    ascending, of which the owner said that they would be away, and on which they did nothing.
    """

    deed: Ints
    least: Ints
    said: Ints

    @classmethod
    def of(cls, deeds: npt.ArrayLike, *, said: npt.ArrayLike = ()) -> Absences:
        """From the UTC days on which the owner did something, and those that they `said` were off.

        Both in any order; one given twice counts once.
        """
        deed = np.unique(np.asarray(deeds, dtype=np.int64))
        never = np.iinfo(np.int64).max
        least = np.full(deed.size, never, dtype=np.int64)
        idle = np.diff(deed) - 1
        # Only runs that are long enough to ask about; the newest one is open.
        for at in np.flatnonzero(np.append(idle >= LEAST_IDLE_DAYS, deed.size > 0)).tolist():
            begin = int(np.searchsorted(deed, deed[at] - _YEAR))
            known = np.sort(idle[begin:at])
            if known.size >= _LEAST_KNOWN:
                usual = int(known[-(-_PERCENT * known.size // 100) - 1])
                least[at] = max(LEAST_IDLE_DAYS, _TIMES_USUAL * usual)
        return cls(deed, least, np.setdiff1d(np.asarray(said, dtype=np.int64), deed))

    def clock(self, day: int) -> ActiveClock:
        """The owner's calendar as known at 00:00 of UTC day `day`."""
        known = int(np.searchsorted(self.deed, day))
        deed = self.deed[:known]
        idle = np.diff(np.append(deed, day)) - 1
        away = np.flatnonzero(idle >= self.least[:known])
        said = self.said[: np.searchsorted(self.said, day)]
        return _joined(deed[away] + 1, idle[away], said)


def _joined(first: Ints, length: Ints, days: Ints) -> ActiveClock:
    """The clock that leaves out these spans, ascending and apart, and these days, ascending."""
    if days.size:
        spans = np.repeat(first - np.cumsum(length) + length, length) + np.arange(length.sum())
        off = np.union1d(spans, days)
        begin = np.flatnonzero(np.diff(off, prepend=off[0] - 2) > 1)
        first, length = off[begin], np.diff(np.append(begin, off.size))
    return ActiveClock(first=first, length=length, before=np.cumsum(length) - length)


NEVER_AWAY = ActiveClock(*(np.empty(0, dtype=np.int64) for _ in range(3)))


def on_clock(ties: Ties, clock: ActiveClock) -> Ties:
    """The same ties with their days on the owner's calendar; days that fall on one become one.

    Rows and keys stay. Time O(m).
    """
    if not clock.first.size or not ties.day.size:
        return ties
    day, row = clock.active(ties.day).astype(np.int32), ties.row
    new = np.ones(day.size, dtype=np.bool_)
    new[1:] = (day[1:] != day[:-1]) | (row[1:] != row[:-1])
    begin = np.flatnonzero(new)
    end = np.append(begin[1:], day.size)
    counts = np.bincount(row[begin], minlength=len(ties))
    return Ties(
        keys=ties.keys,
        first=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        day=day[begin],
        out=np.logical_or.reduceat(ties.out, begin),
        in_=np.logical_or.reduceat(ties.in_, begin),
        met=np.logical_or.reduceat(ties.met, begin),
        weight=np.maximum.reduceat(ties.weight, begin),
        last=ties.last[end - 1],
    )
