"""Contact that fades: the sum over contact days of weight x 2^(-age / half-life).

This is the tie decay of Ahmad, Porter and Beguerisse-Diaz, "Tie-decay networks in continuous
time and eigenvector-based centralities" (2021): each contact adds one step, which then halves
every `half_life` days.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from scoring.arrays import Floats
from scoring.ties import Ties

# After so many halvings a contact is nothing: less than a float beside 1 can show.
_HALVINGS = 60


def fading(age: npt.NDArray[np.integer], half_life: float) -> Floats:
    """2^(-age / half_life) for whole days of age, none negative; 0 after sixty half-lives."""
    faded: Floats = _table(half_life).take(age, mode="clip")
    return faded


@cache
def _table(half_life: float) -> Floats:
    """What is left after each number of days; the last one, and all beyond it, is nothing."""
    table: Floats = np.exp2(-np.arange(int(_HALVINGS * half_life) + 1) / half_life)
    table[-1] = 0.0
    return table


def contact_now(ties: Ties, today: int, half_life: float) -> Floats:
    """(n,) decayed contact days of each tie on the UTC day `today`, each day counting 1."""
    return ties.per_tie(fading(np.maximum(today - ties.day, 0), half_life))


def contact_along(ties: Ties, weight: Floats, half_life: float) -> Floats:
    """(m,) decayed contact just after each contact day: e_i = e_(i-1) 2^(-gap / h) + weight_i.

    A segmented scan by doubling: after the k-th pass each entry holds the contact of its last
    2^k days. All terms are positive and none is ever divided back, so no history is too long.
    """
    so_far = weight.copy()
    rank = np.arange(so_far.size) - ties.first[ties.row]
    step, rest = 1, np.flatnonzero(rank >= 1)
    while rest.size:
        earlier = rest - step
        gap = ties.day[rest] - ties.day[earlier]
        so_far[rest] += so_far[earlier] * fading(gap, half_life)
        step *= 2
        rest = rest[rank[rest] >= step]
    return so_far
