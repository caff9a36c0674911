"""A tie's rhythm: the gaps between its contact days, how long they usually are, how uneven.

Gaps are whole days between consecutive contact days; the silence still running is no gap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scoring.ties import Floats, Ints, Ties

# A gap counts half as much as one this many gaps later.
RECENT_GAPS = 8
# An exact whole number for the newest gap's weight: sums of whole numbers do not depend on order.
_UNIT = 1 << 20
# Gaps older than this weigh less than one _UNIT-th; they keep the weight 1.
_FORGOTTEN = 20 * RECENT_GAPS
_GAP_BITS = 22

# How uneven gaps are where nothing is known yet: about the middle of real correspondences.
NEUTRAL_IRREGULARITY = 1.0
# With this many gaps, the tie's own unevenness and the neutral one weigh the same.
NEUTRAL_GAPS = 2.0

_OWN_HORIZON_GAPS = 4
_SHORTEST_HORIZON, _LONGEST_HORIZON = 21, 120


@dataclass(frozen=True, slots=True, eq=False)
class Rhythm:
    """The gaps of n ties, each tie's gaps ascending in length.

    first: (n + 1,) int64; the gaps of tie i are the entries `first[i]` to `first[i + 1]` below.
    gap: (g,) int64 days, at least 1. weight: (g,) int64, recent gaps weighing more.
    irregularity: (n,) float64, the shrunk standard deviation of ln gap (see `_irregularity`).
    """

    first: Ints
    gap: Ints
    weight: Ints
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
        since = first[row + 1] - 1 - np.arange(gap.size)
        fading = np.exp2(-np.arange(_FORGOTTEN + 1) / RECENT_GAPS)
        weights = np.maximum(np.rint(_UNIT * fading), 1).astype(np.int64)
        weight = weights[np.minimum(since, _FORGOTTEN)]
        # One key for both, which sorts faster; no gap between two dates needs more bits. How
        # equal gaps lie does not matter: a percentile among them is the same gap.
        order = np.argsort(row << _GAP_BITS | gap)
        gap, weight = gap[order], weight[order]
        return cls(first, gap, weight, _irregularity(row, gap, counts))

    def percentile(self, percent: int) -> Floats:
        """(n,) days: the shortest gap that covers `percent` (above 0) of the tie's weights.

        0 without gaps. Whole numbers throughout, so that no rounding depends on other ties.
        """
        found = np.zeros(self.first.size - 1)
        some = np.flatnonzero(np.diff(self.first))
        if not some.size:
            return found
        begin, end = self.first[some], self.first[some + 1]
        upto = np.cumsum(self.weight)
        base = upto[begin] - self.weight[begin]
        wanted = -(-percent * (upto[end - 1] - base) // 100)
        found[some] = self.gap[np.searchsorted(upto, base + wanted)]
        return found

    def usual_gap(self) -> Floats:
        """(n,) days: the weighted median gap; 0 where there are fewer than two gaps.

        A gap weighs half as much as one `RECENT_GAPS` gaps later, so that a tie which changed
        its pace is measured by the new one, while one odd gap moves nothing.
        """
        return np.where(np.diff(self.first) > 1, self.percentile(50), 0.0)


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


def own_horizon(usual_gap: Floats) -> npt.NDArray[np.int32]:
    """(n,) days to look ahead for each tie: four usual gaps, within 21 to 120.

    A tie without a usual gap (0) looks 120 days ahead.
    """
    days = np.clip(_OWN_HORIZON_GAPS * usual_gap, _SHORTEST_HORIZON, _LONGEST_HORIZON)
    return np.rint(np.where(usual_gap > 0, days, _LONGEST_HORIZON)).astype(np.int32)
