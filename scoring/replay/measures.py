"""How good said chances and ranks were, once it is known what came next; and how sure that is.

The intervals come from drawing the ties anew, with replacement (the bootstrap: Efron and
Tibshirani, "An Introduction to the Bootstrap", 1993). Whole ties are drawn, not single weeks, for
the weeks of one tie tell much the same story. A draw is how often it holds each tie, so that any
sum over ties is one product of matrices for all draws at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.arrays import Bools, Floats, Ints

_BINS = 10
_LEAST_OF_EACH = 5  # lapses and returns, for an owner's own figure to mean anything
DRAWS, _SEED = 1000, 7
_LOW, _HIGH = 2.5, 97.5  # percent of the draws lie below
_AT_ONCE = 4_000_000  # entries of a passing matrix: some 32 MB


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure, and between what two values 95 in 100 of the draws lie.

    ties: how many ties it rests on (of a difference, the fewer). Under some ten, the draws know
    too little of other ties for the interval to mean much.
    """

    value: float
    low: float
    high: float
    ties: int


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A figure, and the same of each draw; NaN where there was nothing to reckon it from.

    ties: how many it rests on. share: whether it lies in [0, 1] by its nature.
    """

    value: float
    draws: Floats
    ties: int
    share: bool = False

    def estimate(self) -> Estimate | None:
        """The figure with its interval, of the draws that have one; None where there is none."""
        some = self.draws[np.isfinite(self.draws)]
        if not np.isfinite(self.value) or not some.size:
            return None
        low, high = (float(one) for one in np.percentile(some, [_LOW, _HIGH]))
        if self.share and self.value in {0.0, 1.0}:
            # All or none: no draw shows anything else, however few they are. What n of n leave
            # possible is reckoned in its place (Clopper and Pearson 1934).
            beyond = (_LOW / 100) ** (1 / self.ties)
            low, high = (beyond, 1.0) if self.value else (0.0, 1 - beyond)
        return Estimate(self.value, low, high, self.ties)

    def minus(self, other: Drawn) -> Drawn:
        """The difference of two figures, draw by draw: what both owe to the ties falls out."""
        fewer = min(self.ties, other.ties)
        return Drawn(self.value - other.value, self.draws - other.draws, fewer)


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """(DRAWS, n) how often each draw holds each of n ties. The same n gives the same draws."""

    held: Floats

    @classmethod
    def of(cls, ties: int) -> Draws:
        """Draw `ties` of as many ties, with replacement, `DRAWS` times."""
        if not ties:
            return cls(np.zeros((DRAWS, 0)))
        dice = np.random.default_rng(_SEED)
        even = np.full(ties, 1 / ties)
        return cls(dice.multinomial(ties, even, size=DRAWS).astype(np.float64))

    def ratio(self, row: Ints, above: Floats, below: Floats) -> Drawn:
        """Sum of `above` over sum of `below`, each (k,) of the tie `row`; a share of it."""
        ties = self.held.shape[1]
        up = np.bincount(row, weights=above, minlength=ties)
        down = np.bincount(row, weights=below, minlength=ties)
        whole = float(down.sum())
        # A part is no more than its whole, however the two were rounded.
        value = min(float(up.sum()) / whole, 1.0) if whole > 0 else float("nan")
        over, under = self.held @ up, self.held @ down
        some = under > 0
        draws = np.where(some, np.minimum(over / np.where(some, under, 1.0), 1.0), np.nan)
        return Drawn(value, draws, int((down > 0).sum()), share=True)

    def median(self, row: Ints, values: Floats, weight: Floats) -> Drawn:
        """The median of (k,) values of the tie `row`, each counted by its weight (0 or more)."""
        kept = weight > 0
        row, values, weight = row[kept], values[kept], weight[kept]
        order = np.lexsort((row, values))
        row, values, weight = row[order], values[order], weight[order]
        if not values.size:
            return Drawn(float("nan"), np.full(DRAWS, np.nan), 0)
        draws = np.full(DRAWS, np.nan)
        step = max(1, _AT_ONCE // values.size)
        for begin in range(0, DRAWS, step):
            upto = np.cumsum(self.held[begin : begin + step, row] * weight, axis=1)
            some = upto[:, -1] > 0
            half = (upto >= upto[:, -1:] / 2).argmax(axis=1)
            draws[begin : begin + step] = np.where(some, values[half], np.nan)
        upto = np.cumsum(weight)
        middle = float(values[(upto >= upto[-1] / 2).argmax()])
        return Drawn(middle, draws, np.unique(row).size)


@dataclass(frozen=True, slots=True)
class Bin:
    """Chances of about the same height: how many, their mean, and the share that came true."""

    count: int
    said: float
    came: Estimate


def auc(lapsed: Bools, score: Floats) -> float:
    """The chance that of a lapse and a return the lapse has the higher score; equal counts half.

    0.5 is chance, 1 is perfect. NaN where there are only lapses or only returns.
    """
    hits, all_of_them = int(lapsed.sum()), lapsed.size
    if hits in {0, all_of_them}:
        return float("nan")
    _, group, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[group]
    above = float(rank[lapsed].sum()) - hits * (hits + 1) / 2
    return above / (hits * (all_of_them - hits))


def auc_by_owner(owner: Ints, lapsed: Bools, score: Floats) -> float:
    """The mean AUC of owners with at least five lapses and five returns; NaN where none has."""
    found = []
    for one in np.unique(owner):
        mine = owner == one
        hits = int(lapsed[mine].sum())
        if min(hits, int(mine.sum()) - hits) >= _LEAST_OF_EACH:
            found.append(auc(lapsed[mine], score[mine]))
    return float(np.mean(found)) if found else float("nan")


def brier(lapsed: Bools, chance: Floats) -> float:
    """The mean squared distance of the chance from what came (Brier 1950); 0 is perfect."""
    return float(((chance - lapsed) ** 2).mean())


def calibration_error(lapsed: Bools, chance: Floats) -> float:
    """How far chances lie from the shares that came true, on average: ten bins of equal mass.

    The expected calibration error; 0.05 means that "30 in 100" came true 25 or 35 times.
    """
    bins = _bins(chance)
    off = 0.0
    for one in np.unique(bins):
        mine = bins == one
        off += float(mine.mean()) * abs(float(lapsed[mine].mean()) - float(chance[mine].mean()))
    return off


def reliability(draws: Draws, row: Ints, lapsed: Bools, chance: Floats) -> tuple[Bin, ...]:
    """The ten bins of `calibration_error`, lowest chances first.

    row: (k,) the tie of each chance. The bins stay where they are, whatever is drawn.
    """
    group = _bins(chance)
    found: list[Bin] = []
    for one in np.unique(group):
        mine = group == one
        came = draws.ratio(row[mine], lapsed[mine].astype(np.float64), np.ones(int(mine.sum())))
        estimate = came.estimate()
        if estimate is not None:
            found.append(Bin(int(mine.sum()), float(chance[mine].mean()), estimate))
    return tuple(found)


def _bins(chance: Floats) -> Ints:
    """(k,) ten bins of equal mass; equal chances share one."""
    found: Ints = np.searchsorted(
        np.quantile(chance, np.linspace(0, 1, _BINS + 1)[1:-1]), chance
    ).astype(np.int64)
    return found


def hits_at(
    week: Ints, lapsed: Bools, score: Floats, *, people: int = 5, least: int = 10
) -> Floats:
    """For each week (any integers) with `least` or more rows: the share of lapses at its top.

    The top is the `people` highest scores; among equal ones, those that come first.
    """
    order = np.lexsort((-score, week))
    week, lapsed = week[order], lapsed[order]
    _, first, count = np.unique(week, return_index=True, return_counts=True)
    chosen = count >= least
    return np.array(
        [lapsed[at : at + people].mean() for at in first[chosen].tolist()], dtype=np.float64
    )
