"""Ties as they were at many moments at once, without a loop over days or owners.

A moment is a tie and a UTC day; at its 00:00 only the contact days before it are known. `at`
makes of every moment a tie of its own, cut there and moved so that its day is day 0; so whatever
judges ties today judges any number of moments of the past in one go, by the very same code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from scoring.arrays import Bools, Ints
from scoring.ties import Ties

# Contact days handled at once: some 60 MB of passing columns.
_AT_ONCE = 500_000
# A tie and a day as one sortable number: days of any calendar date fit into 32 bits.
_BITS, _HALF = 32, 1 << 31


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """(k,) rows of `ties` and (k,) UTC days, in any order, repeated or not.

    A row of -1 is a tie of which nothing is known.
    """

    ties: Ties
    row: Ints
    day: Ints

    def where(self, wanted: Callable[[Ints, Ints], Bools]) -> Moments:
        """Return the moments for whose rows and days this is true."""
        kept = wanted(self.row, self.day)
        return Moments(self.ties, self.row[kept], self.day[kept])

    def known(self) -> Ints:
        """(k,) how many contact days of its tie lie before each moment."""
        return self._end() - self._begin()

    def chunks(self) -> Iterator[tuple[slice, Ties]]:
        """The moments piece by piece, each with its ties as they were: day 0 is the moment.

        Keys are places among the moments. A tie may be left with no contact day. Memory is
        bounded by the piece, however many moments there are (and by the longest single tie).
        """
        begin, end = self._begin(), self._end()
        upto = np.cumsum(end - begin)
        start = 0
        while start < upto.size:
            done = upto[start - 1] if start else 0
            stop = max(int(np.searchsorted(upto, done + _AT_ONCE, side="right")), start + 1)
            piece = slice(start, stop)
            yield piece, self._cut(piece, begin[piece], end[piece])
            start = stop

    def silence(self) -> Ints:
        """(k,) the days from the tie's last contact day to each moment; 0 where there was none."""
        end, silent = self._end(), np.zeros(self.row.size, dtype=np.int64)
        some = end > self._begin()
        silent[some] = self.day[some] - self.ties.day[end[some] - 1]
        return silent

    def quiet_until(self) -> Ints:
        """(k,) the days from each moment to the tie's next contact day; a great many if none."""
        end, none = self._end(), np.iinfo(np.int32).max
        last = np.where(self.row >= 0, self.ties.first[self.row + 1], 0)
        more = end < last
        ahead = np.full(end.size, none, dtype=np.int64)
        ahead[more] = self.ties.day[end[more]] - self.day[more]
        return ahead

    def _cut(self, piece: slice, begin: Ints, end: Ints) -> Ties:
        ties, count = self.ties, end - begin
        first = np.concatenate(([0], np.cumsum(count)))
        place = np.arange(first[-1]) - np.repeat(first[:-1] - begin, count)
        return Ties(
            keys=np.arange(piece.start, piece.stop),
            first=first,
            day=(ties.day[place] - np.repeat(self.day[piece], count)).astype(np.int32),
            out=ties.out[place],
            in_=ties.in_[place],
            met=ties.met[place],
            weight=ties.weight[place],
            last=ties.last[place],
        )

    def _begin(self) -> Ints:
        return np.where(self.row >= 0, self.ties.first[self.row], 0)

    def _end(self) -> Ints:
        code = (self.ties.row << _BITS) + (self.ties.day.astype(np.int64) + _HALF)
        found = np.searchsorted(code, (self.row << _BITS) + (self.day + _HALF))
        return np.where(self.row >= 0, found, 0)


def regular(ties: Ties, *, least: int, every: int, after: int, wanted: Bools) -> Moments:
    """Moments of the `wanted` (n,) ties on the days divisible by `every`.

    From the day after a tie's contact day number `least` until `after` days past its last.
    The days are those of the calendar, not of the data, so that more data move no moment.
    """
    chosen = np.flatnonzero(wanted & (ties.counts >= least))
    begin = ties.day[ties.first[chosen] + least - 1].astype(np.int64) + 1
    end = ties.day[ties.first[chosen + 1] - 1].astype(np.int64) + after
    low, high = -(-begin // every), end // every
    count = np.maximum(high - low + 1, 0)
    first = np.concatenate(([0], np.cumsum(count)))
    step = np.arange(first[-1]) - np.repeat(first[:-1] - low, count)
    return Moments(ties, np.repeat(chosen, count), step * every)
