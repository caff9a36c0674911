"""The arrays scoring works on: every tie of an owner, as contact days.

Contact days, not messages, are what predicts whether a tie goes on, so events are folded into
UTC days at once and everything later costs one step a day. The layout is the compressed-row one:
the days of all ties lie end to end, and `first` says where each tie begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from scoring.arrays import Bools, Floats, Int8s, Int32s, Ints, changes, grouped
from scoring.contact import Contact, ContactDays, Reach, Way
from scoring.days import SECONDS_A_DAY


@dataclass(frozen=True, eq=False)
class Ties:
    """All ties of one owner. Immutable; the arrays are read, never written.

    keys: (n,) int64, the caller's name for each tie, ascending.
    first: (n + 1,) int64; the days of tie i are the entries `first[i]` to `first[i + 1]` below.
    day: (m,) int32, UTC day numbers, strictly ascending within a tie.
    out, in_, met: (m,) bool, whether on that day the owner wrote, they wrote, the two met.
    weight: (m,) float32 in (0, 1], the largest 1/size of that day's contacts.
    last: (m,) int8, the `Way` of that day's last contact; MUTUAL also where both spoke at once.
    """

    keys: Ints
    first: Ints
    day: Int32s
    out: Bools
    in_: Bools
    met: Bools
    weight: npt.NDArray[np.float32]
    last: Int8s

    @classmethod
    def from_contact(cls, contact: Contact, *, until: float = np.inf) -> Ties:
        """Fold messages and meetings before `until` (unix seconds UTC) into ties.

        Every row counts as contact, so `contact` is capped. Times that no calendar date can hold
        are left out. A tie left with no row does not appear. Needs `person`, `at`, `way` and
        `size`. Time O(k log k), no loop over ties.
        """
        contact = contact.before(until).dated()
        day = (contact.at // SECONDS_A_DAY).astype(np.int32)
        return cls._folded(contact.person, day, contact.at, contact.way, contact.size)

    @classmethod
    def from_days(cls, days: ContactDays) -> Ties:
        """Return what `from_contact` gives of the messages that `days` were folded from, capped.

        Needs the SMALL rows, of them `person`, `day`, `way`, `last` and `smallest`. All rows count,
        so what is not to be known yet is left out before.
        """
        small = days.where(days.reach == Reach.SMALL)
        return cls._folded(small.person, small.day, small.last, small.way, small.smallest)

    @classmethod
    def _folded(cls, person: Ints, day: Int32s, at: Ints, way: Int8s, size: Int32s) -> Ties:
        """Fold (k,) events, in any order, into ties; for arguments see `Contact`."""
        if not person.size:
            return _EMPTY
        # Only the grouping matters: what follows takes extremes, which no order can change.
        order = grouped(person, day)
        person, day = person[order], day[order]
        new_tie = changes(person)
        starts = np.flatnonzero(new_tie | changes(day))
        begins = np.flatnonzero(new_tie[starts])
        keys, day = person[starts[begins]], day[starts]
        del person, new_tie

        smallest = np.maximum(np.minimum.reduceat(size[order], starts), 1)
        spoke = (1 << (way + 1))[order]  # a bit for each way
        either = np.bitwise_or.reduceat(spoke, starts)
        return cls(
            keys=keys,
            first=np.append(begins, starts.size).astype(np.int64),
            day=day,
            out=either & _OUT > 0,
            in_=either & _IN > 0,
            met=either & _MET > 0,
            weight=(1.0 / smallest).astype(np.float32),
            last=_last(at, order, spoke, starts, either),
        )

    def __len__(self) -> int:
        """How many ties there are."""
        return self.keys.size

    @property
    def counts(self) -> Ints:
        """(n,) contact days of each tie."""
        return np.diff(self.first)

    @cached_property
    def row(self) -> Ints:
        """(m,) the tie (0 to n - 1) each contact day belongs to."""
        return np.repeat(np.arange(len(self)), self.counts)

    def days_of(self, chosen: Bools) -> Ints:
        """(n,) how many of each tie's days are chosen, of (m,) of all."""
        upto = np.concatenate(([0], np.cumsum(chosen, dtype=np.int64)))
        return np.diff(upto[self.first])

    def per_tie(self, values: npt.NDArray[np.generic]) -> Floats:
        """(n,) sums, tie by tie, of (m,) values; 0 where a tie has no day.

        Each tie is summed by itself, in the order of its days, so that neither the number nor
        the order of the other ties can change a bit of it.
        """
        return np.bincount(self.row, weights=values, minlength=len(self)).astype(np.float64)

    def last_day(self, *, default: int) -> Int32s:
        """(n,) the latest contact day of each tie; `default` where there is none."""
        days = np.full(len(self), default, dtype=np.int32)
        some = self.counts > 0
        days[some] = self.day[self.first[1:][some] - 1]
        return days

    def spans(self, days: int) -> Ints:
        """(n,) in how many spans of so many days, counted from the first contact, there was any."""
        begins = self.first[:-1][self.counts > 0]
        span = (self.day - self.day[begins].repeat(self.counts[self.counts > 0])) // days
        new = changes(span)
        new[begins] = True
        return self.days_of(new)

    def covered(self, days: int) -> Ints:
        """(n,) on how many days a contact was less than so many days ago, that day included."""
        begins = self.first[:-1][self.counts > 0]
        held = np.full(self.day.size, days, dtype=np.int64)
        np.minimum(np.diff(self.day), days, out=held[:-1])
        held[begins[1:] - 1] = days  # the last of each tie has no next one
        upto = np.concatenate(([0], np.cumsum(held)))
        return np.diff(upto[self.first])

    def before(self, now: float) -> Ties:
        """The same ties, knowing only the days that began before `now` (unix seconds UTC).

        At the start of a UTC day this is what `from_contact(until=now)` gives, save that a tie
        may be left with no day at all: rows stay where they are.
        """
        known = self.day * float(SECONDS_A_DAY) < now
        if known.all():
            return self
        counts = self.days_of(known)
        return Ties(
            keys=self.keys,
            first=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
            day=self.day[known],
            out=self.out[known],
            in_=self.in_[known],
            met=self.met[known],
            weight=self.weight[known],
            last=self.last[known],
        )

    def pieces(self, most: int) -> Iterator[slice]:
        """Rows in pieces of so many at most; without a tie, one empty piece."""
        return (slice(at, at + most) for at in range(0, max(len(self), 1), most))

    def rows(self, piece: slice) -> Ties:
        """The ties of these rows (a slice without a step), as views."""
        begin, end, _ = piece.indices(len(self))
        first = self.first[begin : end + 1]
        days = slice(int(first[0]), int(first[-1]))
        return Ties(
            keys=self.keys[piece],
            first=first - first[0],
            day=self.day[days],
            out=self.out[days],
            in_=self.in_[days],
            met=self.met[days],
            weight=self.weight[days],
            last=self.last[days],
        )

    def occupied(self) -> Ties:
        """The same ties without those that have no contact day."""
        some = self.counts > 0
        if some.all():
            return self
        return Ties(
            keys=self.keys[some],
            first=np.append(self.first[:-1][some], self.first[-1]),
            day=self.day,
            out=self.out,
            in_=self.in_,
            met=self.met,
            weight=self.weight,
            last=self.last,
        )


def _last(
    when: Ints,
    order: Ints,
    spoke: Int8s,
    starts: Ints,
    either: Int8s,
) -> Int8s:
    """The way of each day's last contact; where several came at that very second, MUTUAL.

    when: (k,) in the order of the table; order, spoke: (k,) grouped by day, as starts and either
    (m,) say. Times matter only on days with contacts of several ways, and are looked up there.
    """
    last = _ONLY[either]
    mixed = _SEVERAL[either]
    if mixed.any():
        lengths = np.diff(np.append(starts, spoke.size))
        there = np.repeat(mixed, lengths)
        lengths = lengths[mixed]
        begins = np.cumsum(lengths) - lengths
        at, way = when[order[there]], spoke[there]
        newest = np.repeat(np.maximum.reduceat(at, begins), lengths)
        last[mixed] = _ONLY[np.bitwise_or.reduceat(np.where(at == newest, way, 0), begins)]
    return last


# Bits of the ways: IN, MUTUAL, OUT from the lowest; what a set of them says if it is just one.
_IN, _MET, _OUT = 1, 2, 4
_ONLY = np.full(8, Way.MUTUAL, dtype=np.int8)
_ONLY[[_IN, _OUT]] = Way.IN, Way.OUT
_SEVERAL = np.array([bits.bit_count() > 1 for bits in range(8)])

_EMPTY = Ties(
    keys=np.empty(0, dtype=np.int64),
    first=np.zeros(1, dtype=np.int64),
    day=np.empty(0, dtype=np.int32),
    out=np.empty(0, dtype=np.bool_),
    in_=np.empty(0, dtype=np.bool_),
    met=np.empty(0, dtype=np.bool_),
    weight=np.empty(0, dtype=np.float32),
    last=np.empty(0, dtype=np.int8),
)
