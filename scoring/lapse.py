"""The chance that a tie has no contact within the horizon: a six-term hazard.

    logit P(no contact in the next H days) = 0.22 + 0.85 (
          2.0185
        + 0.3329 ln max(s, 0.5)
        - 0.4396 ln(d30 + 0.1)
        - 0.6527 ln(d180 + 0.3)
        + 0.8129 sd(ln gap)
        - 0.8208 ln H
        - held )

s          days silent: from the last contact day to today, both UTC days.
d30, d180  contact days, halving every 30 and every 180 days (tie decay: Ahmad, Porter and
           Beguerisse-Diaz, "Tie-decay networks in continuous time", 2021). Two half-lives stand
           in for the power law by which ties decay (Burt, "Decay functions", Social Networks
           22, 2000): a short memory for the present, a long one for the standing of the tie.
sd(ln gap) how uneven the gaps are (Navarro, Miritello, Canales and Moro, "Temporal patterns
           behind the strength of persistent ties", EPJ Data Science 6:31, 2017: bursty ties die
           more often), drawn to a neutral value where gaps are few (`scoring.rhythm`).
held       how much of the past lay less than H/3 before a contact, in [0, 1): its moments count
           by 2^(-age / H), and those of the present silence are not held. Ten letters in one week
           and ten over a quarter may decay to the same sum; the second tie was the better kept.

The constants of the first five come from seven sets of email, calls and texts of 1,044 people,
1994 to 2019. That of held is 1: with the other five left as they were, each two of three sets of
real mail ask for 0.97 to 1.16 (`bench/fitting.py`). As held says in part what the five say already,
the sum is then drawn in by 0.85 and raised by 0.22: each two sets ask for 0.71 to 0.94, and this
leaves the mean chance where it was. All are the same for every owner. They hold for ties that are
alive (at least five contact days, both ways); for others the figure is defined, but no promise.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scoring.arrays import Floats
from scoring.days import today
from scoring.decay import contact_now
from scoring.rhythm import Rhythm
from scoring.ties import Ties

INTERCEPT = 2.0185
PER_LN_SILENCE = 0.3329
PER_LN_RECENT = -0.4396
PER_LN_STANDING = -0.6527
PER_IRREGULARITY = 0.8129
PER_LN_HORIZON = -0.8208
PER_HELD = -1.0
DRAWN_IN, RAISED = 0.85, 0.22

RECENT_HALF_LIFE = 30
STANDING_HALF_LIFE = 180
_LEAST_SILENCE = 0.5  # days; a contact today leaves a logarithm that can be taken
_RECENT_FLOOR, _STANDING_FLOOR = 0.1, 0.3
_LEAST_HORIZON = 1  # days
_HELD_PARTS = 3  # a moment is held if a contact followed within this part of H


def p_lapse(
    ties: Ties, now: float, horizon_days: int | npt.NDArray[np.integer] = 60
) -> npt.NDArray[np.float64]:
    """(n,) the chance, in [0, 1], of no contact in the `horizon_days` from `now`.

    `now` is unix seconds UTC; only contact days that began before it are known. `horizon_days`
    is one number of days, at least 1, or (n,) one for each tie. A tie without a known contact
    day gets 1. All else equal, a longer silence never lowers the figure, nor does a shorter
    horizon.
    """
    known = ties.before(now)
    return hazard(known, today(now), horizon_days, Rhythm.of(known))


def hazard(
    known: Ties, day: int, horizon_days: int | npt.NDArray[np.integer], rhythm: Rhythm
) -> Floats:
    """`p_lapse` for ties already cut at `day` and their rhythm, for callers that have both."""
    ahead = np.maximum(horizon_days, _LEAST_HORIZON)
    silence = np.maximum(day - known.last_day(default=day).astype(np.float64), _LEAST_SILENCE)
    five = (
        INTERCEPT
        + PER_LN_SILENCE * np.log(silence)
        + PER_LN_RECENT * np.log(contact_now(known, day, RECENT_HALF_LIFE) + _RECENT_FLOOR)
        + PER_LN_STANDING * np.log(contact_now(known, day, STANDING_HALF_LIFE) + _STANDING_FLOOR)
        + PER_IRREGULARITY * rhythm.irregularity
        + PER_LN_HORIZON * np.log(ahead)
    )
    logit = RAISED + DRAWN_IN * (five + PER_HELD * held(known, day, ahead))
    chance: Floats = 1.0 / (1.0 + np.exp(-logit))
    return np.where(known.counts > 0, chance, 1.0)


def held(known: Ties, day: int, horizon_days: int | npt.NDArray[np.integer]) -> Floats:
    """(n,) how much of the past lay less than H/3 before a contact, in [0, 1).

    H is `horizon_days`, one or (n,), each at least 1. A moment of the past counts by
    2^(-age / H). Before a contact, as many days are held as there were since the one before it,
    at most H/3; before a tie's first, H/3. A longer silence never raises the figure.
    """
    ahead = np.broadcast_to(np.asarray(horizon_days, dtype=np.float64), (len(known),))[known.row]
    before = ahead / _HELD_PARTS
    gap = np.diff(known.day)
    before[1:] = np.minimum(before[1:], np.where(np.diff(known.row), np.inf, gap))
    age = np.maximum(day - known.day, 0)
    # What of the decay lies between the contact and the day `before` days earlier.
    return known.per_tie(np.exp2(-age / ahead) * (1 - np.exp2(-before / ahead)))
