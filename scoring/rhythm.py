"""A tie's rhythm: the gaps between its contact days, how long they usually are, how uneven.

Gaps are whole days between consecutive contact days; the silence still running is no gap.

Counted by gaps alone, a tie of three letters on three days and then a quarter of silence has a
rhythm of a day, and would seem overdue most of the time (the inspection paradox). So a long gap
weighs more than a short one here: by its length where the question is how much of the time such
silences take up, by the root of its length where it is what people would call usual.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scoring.arrays import Floats, Ints
from scoring.ties import Ties

# By time, a gap weighs half as much as one that ended a year later.
HALF_LIFE = 365
# By count, a gap weighs half as much as one this many gaps later.
RECENT_GAPS = 8
# Weights are whole numbers, so that their sums do not depend on the order of ties. A newest gap
# of one day weighs this much; ten million gaps of ten thousand days sum to less than 2^63.
_UNIT = 1 << 20
_GAP_BITS = 22

# How uneven gaps are where nothing is known yet: about the middle of real correspondences.
NEUTRAL_IRREGULARITY = 1.0
# With this many gaps, the tie's own unevenness and the neutral one weigh the same.
NEUTRAL_GAPS = 2.0

_OWN_HORIZON_GAPS = 4
SHORTEST_HORIZON, LONGEST_HORIZON = 21, 120


@dataclass(frozen=True, slots=True, eq=False)
class Rhythm:
    """The gaps of n ties, each tie's gaps ascending in length.

    first: (n + 1,) int64; the gaps of tie i are the entries `first[i]` to `first[i + 1]` below.
    gap: (g,) int64 days, at least 1. age: (g,) int32 days from the gap's end to the tie's last
    contact. since: (g,) int32, how many gaps came after it.
    irregularity: (n,) float64, the shrunk standard deviation of ln gap (see `_irregularity`).
    """

    first: Ints
    gap: Ints
    age: npt.NDArray[np.int32]
    since: npt.NDArray[np.int32]
    irregularity: Floats

    @classmethod
    def of(cls, ties: Ties) -> Rhythm:
        """Find the rhythm of each tie. Time O(m log m) in the contact days."""
        counts = np.maximum(ties.counts - 1, 0)
        first = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        row = ties.row
        inner = np.flatnonzero(row[1:] == row[:-1])
        gap = ties.day[inner + 1].astype(np.int64) - ties.day[inner]
        row = row[inner]
        # Seen from the last contact, so that a silence moves nothing.
        age = ties.last_day(default=0)[row] - ties.day[inner + 1]
        since = (first[row + 1] - 1 - np.arange(gap.size)).astype(np.int32)
        # One key for three, which sorts faster: no gap between two dates needs more bits, and
        # among equal gaps the order of time is kept, so that no sum depends on chance.
        order = np.argsort(row << _GAP_BITS | gap, kind="stable")
        irregularity = _irregularity(row, gap[order], counts)
        return cls(first, gap[order], age[order], since[order], irregularity)

    def usual_gap(self) -> Floats:
        """(n,) days: what people would call the usual gap; 0 where there are fewer than two.

        The median of the gaps, each weighing the square root of its length, and half as much as
        one that ended a year later.
        """
        fading = np.exp2(-self.age / HALF_LIFE)
        return self._if_any(self._percentile(50, np.sqrt(self.gap) * fading))

    def long_gap(self, percent: int) -> Floats:
        """(n,) days: `percent` (above 0) of the tie's time passed in gaps up to this; 0 without.

        Each gap weighs its length, and half as much as one that ended a year later.
        """
        fading: Floats = np.exp2(-self.age / HALF_LIFE)
        return self._percentile(percent, self.gap * fading)

    def recent_median(self) -> Floats:
        """(n,) days: the median gap by count; 0 where there are fewer than two.

        A gap weighs half as much as one `RECENT_GAPS` gaps later.
        """
        return self._if_any(self._percentile(50, np.exp2(-self.since / RECENT_GAPS)))

    def _if_any(self, days: Floats) -> Floats:
        return np.where(np.diff(self.first) > 1, days, 0.0)

    def _percentile(self, percent: int, weight: Floats) -> Floats:
        """The weighted percentile of each tie's gaps; in whole numbers, whatever other ties."""
        found = np.zeros(self.first.size - 1)
        some = np.flatnonzero(np.diff(self.first))
        if not some.size:
            return found
        whole = np.maximum(np.rint(_UNIT * weight), 1).astype(np.int64)
        begin, end = self.first[some], self.first[some + 1]
        upto = np.cumsum(whole)
        base = upto[begin] - whole[begin]
        wanted = -(-percent * (upto[end - 1] - base) // 100)
        found[some] = self.gap[np.searchsorted(upto, base + wanted)]
        return found


def _irregularity(row: Ints, gap: Ints, counts: Ints) -> Floats:
    """(n,) sd(ln gap), drawn towards `NEUTRAL_IRREGULARITY` where gaps are few.

    The variance is the mean of the tie's own, with its k gaps, and the neutral one, counted as
    `NEUTRAL_GAPS` gaps; so one gap or none gives a sensible figure, and many give their own.
    """
    log = np.log(gap)
    some = np.maximum(counts, 1)
    mean = np.bincount(row, weights=log, minlength=counts.size) / some
    spread = np.bincount(row, weights=(log - mean[row]) ** 2, minlength=counts.size)
    pooled = (spread + NEUTRAL_GAPS * NEUTRAL_IRREGULARITY**2) / (counts + NEUTRAL_GAPS)
    uneven: Floats = np.sqrt(pooled)
    return uneven


def own_horizon(recent_median: Floats) -> npt.NDArray[np.int32]:
    """(n,) days to look ahead for each tie: four times its recent median gap, within 21 to 120.

    A tie without one (0) looks 120 days ahead.
    """
    days = np.clip(_OWN_HORIZON_GAPS * recent_median, SHORTEST_HORIZON, LONGEST_HORIZON)
    return np.rint(np.where(recent_median > 0, days, LONGEST_HORIZON)).astype(np.int32)
