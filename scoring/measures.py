"""How good said chances and ranks were, once it is known what came next."""

from __future__ import annotations

import numpy as np

from scoring.ties import Bools, Floats, Ints

_BINS = 10
_LEAST_OF_EACH = 5  # lapses and returns, for an owner's own figure to mean anything


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
    bins = np.searchsorted(np.quantile(chance, np.linspace(0, 1, _BINS + 1)[1:-1]), chance)
    off = 0.0
    for one in np.unique(bins):
        mine = bins == one
        off += float(mine.mean()) * abs(float(lapsed[mine].mean()) - float(chance[mine].mean()))
    return off


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
