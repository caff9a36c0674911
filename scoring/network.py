"""The network as a whole: how evenly contact is spread, and what would be left without whom.

A freelancer with forty ties, thirty of them at one client, has one tie that matters: when the
client closes, thirty fall silent at once. So contact is summed by organisation, and told by how
many organisations of equal size would be spread as evenly:

    1 / sum of share^2        share: of an organisation in all decayed contact

This is the inverse of Simpson's index ("Measurement of diversity", Nature, 1949), Hill's number
of order 2 (Ecology, 1973): n equal shares give n, and whatever is small hardly counts. The same
over people instead of organisations says on how many people contact rests.

Contact is what the strength of a tie is made of (`scoring.worth`): days that halve every 180 days,
two-way ones counting double, in a company of k as 1/k. So a project that ended half a year ago
counts half; a shorter half-life would call every holiday a change, and a longer one would show a
client who closed as still the largest one a year later.

Whoever is of no organisation (`-1`) counts by themselves, as an organisation of one. Nobody counts
to whom the owner never wrote and whom they never met by then, for until then it is not known that
there is a relationship at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import fsum

import numpy as np
import numpy.typing as npt

from scoring.arrays import Floats
from scoring.attention import judge
from scoring.clock import NEVER_AWAY, ActiveClock
from scoring.days import SECONDS_A_DAY, today
from scoring.judgement import State
from scoring.ties import Ties
from scoring.worth import HALF_LIFE, Wish, contact

MONTHS = 12
_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class NetworkPart:
    """An organisation, or a person who is of none.

    organisation: the caller's code; None for a person of none, who is `key`. people: how many of
    them there is contact with. share: of all contact, in (0, 1]. live: how many of the ties live.
    """

    organisation: int | None
    key: int | None
    people: int
    share: float
    live: int


@dataclass(frozen=True, slots=True)
class Spread:
    """How contact was spread on the UTC day `day`.

    organisations, people: effective numbers, from 1 to how many there are; 0 without any contact.
    first: UTC day of the first contact known by then, None without any. live: ties that are LIVING
    or FADING. parts: the organisations, the largest share first.
    """

    day: int
    first: int | None
    organisations: float
    people: float
    live: int
    parts: tuple[NetworkPart, ...]

    def without(self, part: NetworkPart) -> int:
        """How many living ties are left if this part falls away."""
        return self.live - part.live

    @property
    def settled(self) -> bool:
        """Whether enough is known for a number to tell of the network, not of where it begins."""
        return self.first is not None and self.day - self.first >= HALF_LIFE


def spread(
    ties: Ties,
    organisation: npt.ArrayLike,
    now: float,
    *,
    clock: ActiveClock = NEVER_AWAY,
    wishes: Mapping[int, Wish] | None = None,
) -> Spread:
    """How contact is spread as of `now` (unix seconds UTC), knowing only days that began before.

    organisation: (n,) integer codes, one a tie; -1 for those who count by themselves. `clock` and
    `wishes` as in `judge`, which says who lives. Raises ValueError when the lengths differ.
    """
    codes = np.asarray(organisation, dtype=np.int64)
    if codes.shape != ties.keys.shape:
        raise ValueError("there must be one organisation for each tie")
    judged = judge(ties, now, clock=clock, wishes=wishes)
    known = judged.ties
    codes = codes[np.searchsorted(ties.keys, known.keys)]
    live = judged.in_state(State.LIVING) | judged.in_state(State.FADING)
    amount, _ = contact(known, now)
    amount = np.where(known.days_of(known.out | known.met) > 0, amount, 0.0)

    # The codes of those who count by themselves lie below all others.
    alone = codes < 0
    label = np.where(alone, -1 - np.arange(codes.size), codes)
    labels, place = np.unique(label, return_inverse=True)
    of_part = np.bincount(place, weights=amount, minlength=labels.size).astype(np.float64)
    people = np.bincount(place, weights=amount > 0, minlength=labels.size).astype(np.int64)
    living = np.bincount(place, weights=live, minlength=labels.size).astype(np.int64)
    total = fsum(of_part.tolist())
    rows = np.flatnonzero(of_part > 0)
    rows = rows[np.lexsort((labels[rows], -of_part[rows]))]
    return Spread(
        day=judged.today,
        first=int(known.day.min()) if known.day.size else None,
        organisations=effective_number(of_part),
        people=effective_number(amount),
        live=int(live.sum()),
        parts=tuple(
            NetworkPart(
                organisation=int(labels[row]) if labels[row] >= 0 else None,
                key=None if labels[row] >= 0 else int(known.keys[-1 - labels[row]]),
                people=int(people[row]),
                share=float(of_part[row]) / total,
                live=int(living[row]),
            )
            for row in rows
        ),
    )


def effective_number(amount: Floats) -> float:
    """How many equal ones would be spread as evenly as these (k,) amounts, none negative.

    From 1 to the number of those above 0; 0 where there is none.
    """
    some = amount[amount > 0]
    if not some.size:
        return 0.0
    share = some / some.max()  # so that no square is too small or too large to be held
    number = fsum(share.tolist()) ** 2 / fsum((share * share).tolist())
    return min(max(number, 1.0), float(some.size))


def moments(now: float) -> tuple[float, ...]:
    """A year of monthly moments, the first a year before `now` (unix seconds UTC), the last now.

    All but the last are at 00:00 UTC, so that a look at one knows whole days only.
    """
    steps = np.arange(MONTHS, 0, -1) * (_YEAR / MONTHS)
    return (*(float((today(now) - round(back)) * SECONDS_A_DAY) for back in steps), now)
