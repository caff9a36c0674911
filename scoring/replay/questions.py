"""What would have been said of ties at moments of the past, knowing only what came before.

The score that ranks is the chance q (the hazard, and how much contact the owner has in all); the
chance that is said, `p_lapse`, is q scaled by how the owner's ties went before that day. How both
come about stands in `scoring.calibration`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from scoring.arrays import Floats, Ints
from scoring.calibration import (
    Horizon,
    from_logit,
    history,
    horizons,
    offset,
    to_logit,
)
from scoring.lapse import hazard
from scoring.moments import Moments
from scoring.rhythm import Rhythm
from scoring.ties import Ties


@dataclass(frozen=True, slots=True, eq=False)
class Replayed:
    """(k,) each, in the order asked: what ranks (more in need first), and the chance of a lapse.

    Both are in [0, 1]; a tie with no contact yet has 1 for both. `unknown` counts those.
    """

    score: Floats
    p_lapse: Floats
    unknown: int


def replay(
    ties: Ties,
    owner: npt.ArrayLike,
    *,
    row: npt.ArrayLike,
    day: npt.ArrayLike,
    horizon: Horizon = 60,
    ahead: npt.ArrayLike | None = None,
) -> Replayed:
    """Judge (k,) moments: the ties `row` at 00:00 UTC of `day`, each knowing earlier days only.

    ties: of any number of owners together. owner: (n,) the owner of each tie, any integers.
    row: which tie, 0 to n - 1; -1 for one of which nothing is known. day: UTC day numbers.
    horizon: how far to look ahead, in days, or "own": the (k,) days given as `ahead`, and where
    there are none, or 0, four recent median gaps of the tie (`rhythm.own_horizon`).

    Without the two mendings by owner a chance is what `judge` says at that time, to the bit. A
    moment depends on the earlier days of its owner's ties, and on nothing else: not on later
    ones, other owners, other moments, or any order. Raises ValueError where lengths differ or a
    horizon is below one day, or `ahead` comes with a fixed one.
    """
    owners = np.asarray(owner, dtype=np.int64)
    moments = Moments(ties, np.asarray(row, dtype=np.int64), np.asarray(day, dtype=np.int64))
    given = None if ahead is None else np.asarray(ahead, dtype=np.int64)
    shapes = {moments.row.shape, moments.day.shape} | (
        {given.shape} if given is not None else set()
    )
    if owners.shape != (len(ties),) or len(shapes) > 1 or moments.row.ndim != 1:
        raise ValueError("row, day and ahead must be of one length, and owner have one a tie")
    if horizon != "own" and (horizon < 1 or given is not None):
        raise ValueError('horizon must be at least 1 day; `ahead` belongs to horizon "own"')

    some = moments.row >= 0
    whose = np.full(moments.row.size, -1, dtype=np.int64)
    whose[some] = owners[moments.row[some]]
    logit = to_logit(_chances(moments, horizon, given))
    logit += offset(ties, owners, whose, moments.day)
    score, p_lapse = from_logit(logit), from_logit(logit)
    groups = list(_by_owner_and_day(whose, moments.day))
    until = {who: when for who, when, _ in groups}
    past = history(ties, owners, horizon, until).by_owner()
    for who, when, asked in groups:
        if who in past:
            p_lapse[asked] = past[who].scale(when).of(logit[asked])
    nothing = moments.known() == 0
    score[nothing] = p_lapse[nothing] = 1.0
    return Replayed(score, p_lapse, int(nothing.sum()))


def _chances(moments: Moments, horizon: Horizon, given: Ints | None) -> Floats:
    """(k,) the hazard's chance at each moment."""
    chance = np.ones(moments.row.size)
    for piece, then in moments.chunks():
        rhythm = Rhythm.of(then)
        ahead = horizons(horizon, rhythm)
        if given is not None:
            ahead = np.where(given[piece] > 0, given[piece], ahead)
        chance[piece] = hazard(then, 0, ahead, rhythm)
    return chance


def _by_owner_and_day(whose: Ints, day: Ints) -> Iterator[tuple[int, int, Ints]]:
    """Each owner and day that is asked about, ascending, with the places of the moments."""
    order = np.lexsort((day, whose))
    owner, when = whose[order], day[order]
    first = np.flatnonzero((np.diff(owner) != 0) | (np.diff(when) != 0)) + 1
    for begin, end in pairwise([0, *first.tolist(), order.size]):
        if begin < end:
            yield int(owner[begin]), int(when[begin]), order[begin:end]
