"""What a tie is now, and what it was at its best.

The chance of a lapse alone fills a list with people one hardly knows; so it is multiplied by
what the tie is worth, and its best time is the measure: a friendship that has gone quiet is worth
no less for it. Both figures rise with decayed contact (`scoring.decay`), half-life 180 days, of

    1 / size of the smallest company that day, halved where only one of the two spoke.

A one-way day is half of an exchange, so two-way contact counts more; and a meeting is two-way,
whoever called it. x of it gives x / (x + 8) in [0, 1): one two-way day alone each month, kept up,
comes to about a half.

Worth also rises with how long a tie has held: its best contact counts up to twice, by

    1 + y / (y + 5)        y: years' worth of days with a contact in the 30 days up to them

so that of two ties equally busy at their best, the one of ten years is worth more than the one of
a single project; and with the number of channels, as strong ties use more of them (Haythornthwaite,
"Social networks and Internet connectivity effects", Information, Communication & Society 8, 2005):
up to half as much again, by

    1 + k / (k + 5) / 2    k: days with a meeting or days with mail, whichever are fewer

Both figures never fall when there is more contact, earlier or later.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.arrays import Floats
from scoring.days import today
from scoring.decay import contact_along, fading
from scoring.ties import Ties

HALF_LIFE = 180
ONE_WAY = 0.5
# Monthly two-way contact settles at 1 / (1 - 2^(-30/180)) = 9.2 just after a contact, and at
# 8.2 just before the next.
MIDDLING = 8.0
# Years after which contact counts half as much again.
HALF_AS_MUCH_AGAIN = 5.0
# Days of the rarer of two channels after which contact counts a quarter more.
A_QUARTER_MORE = 5.0
SPAN_DAYS, _YEAR = 30, 365.25
# The least worth of a tie that the owner asked to keep: that of a contact a month, kept up.
KEPT = 0.5


@dataclass(frozen=True, slots=True)
class Wish:
    """The owner's wish for a tie: its least worth, and how often to be in touch.

    `worth` in [0, 1); 0 leaves it to the evidence. `every_days` is whole days; 0 leaves the
    rhythm to be learned. Raises ValueError for anything else.
    """

    worth: float = 0.0
    every_days: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.worth < 1 or self.every_days < 0:
            raise ValueError("a wish needs a worth in [0, 1) and days of 0 or more")


def standing(ties: Ties, now: float) -> tuple[Floats, Floats]:
    """Return (n,) strength now and (n,) worth, both in [0, 1); strength never exceeds worth.

    Strength is the decayed contact as of the UTC day of `now` (unix seconds UTC); worth is the
    same at its highest over the tie's own history, counted more where that is long. Only contact
    days that began before `now` are known; a tie without one has 0 and 0.
    """
    known = ties.before(now)
    present, best = contact(known, now)
    years = known.covered(SPAN_DAYS) / _YEAR
    rarer = np.minimum(known.days_of(known.met), known.days_of(known.out | known.in_))
    best *= 1 + years / (years + HALF_AS_MUCH_AGAIN)
    best *= 1 + rarer / (rarer + A_QUARTER_MORE) / 2
    return _bounded(present), _bounded(best)


def contact(ties: Ties, now: float) -> tuple[Floats, Floats]:
    """Return (n,) decayed contact, from 0 upwards: as of the UTC day of `now`, and at its highest.

    As at the top of this file. Only contact days that began before `now` (unix seconds UTC) are
    known; a tie without one has 0 and 0.
    """
    known = ties.before(now)
    both = known.met | (known.out & known.in_)
    weight = known.weight.astype(np.float64) * np.where(both, 1.0, ONE_WAY)
    along = contact_along(known, weight, HALF_LIFE)
    present, best = np.zeros(len(known)), np.zeros(len(known))
    some = np.flatnonzero(known.counts)
    if some.size:
        silence = today(now) - known.last_day(default=today(now))[some].astype(np.int64)
        present[some] = along[known.first[some + 1] - 1] * fading(silence, HALF_LIFE)
        best[some] = np.maximum.reduceat(along, known.first[some])
    return present, best


def _bounded(amount: Floats) -> Floats:
    """Map contact from 0 upwards onto [0, 1)."""
    return amount / (amount + MIDDLING)
