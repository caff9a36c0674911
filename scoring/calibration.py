"""What the owner's other ties, and their own past, say about the chance that a tie lapses.

The hazard (`scoring.lapse`) looks at one tie at a time and has the same constants for everyone.
Two things about the owner mend it. Both are known on the day, and use this owner's ties alone.

**How much contact the owner has in all.** A mail a month stands for more with somebody who
writes to few people than with somebody who writes to dozens a day. So

    logit q = logit p + 0.25 ln((D + 0.3) / 120)

D is the contact days of all the owner's ties together, halving every 180 days like the d180 of
the hazard (a day with three people counts three); 120 is a middling mailbox. It shifts all of an
owner's ties alike, so it changes no order within a day, but tells busy times from quiet ones, and
busy owners from quiet ones.

**How the owner's ties went before.** On every 28th day u of the past, every tie then alive (past
the gate of SLIGHT, silent for less than H, and, where H is the same for all, at a pace of at least
two contacts within H over the last year) was given a chance q, and by u + H it is known whether
it lapsed. If the owner was in touch with nobody at all in the last third of that time, it is known
of nobody: it was the owner who fell silent, or the mailbox that ended. Of these outcomes, those
with u + H <= t are known on day t, and give

    logit r = a + (1 + b) logit q

with the a and b that maximise

    sum over outcomes of w ln P(outcome | r)  -  a^2 / (2 x 0.5^2)  -  b^2 / (2 x 0.33^2)

This is Platt's scaling (1999), rolled along, with a prior that says "the constants are right"
until the owner's own past says otherwise: at H = 60 it takes some ten lapses to weigh as much. An
outcome weighs w = min(1, 28 / H), as windows of H days taken every 28 overlap and tell the same
story H / 28 times.

The past mends what is said as a chance, and moves no rank: within a day it could change no order
anyway, and between days it answers a run of lapses H days late.

0.25 is what three sets of real mail ask for together; `bench/fitting.py` says what each two do, and
how it does on the third. What else was tried, and left out, stands in docs/judgement.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from math import ceil
from typing import Literal

import numpy as np

from scoring.arrays import Bools, Floats, Ints
from scoring.attention import is_slight, judge
from scoring.clock import NEVER_AWAY, ActiveClock, on_clock
from scoring.contact import Contact, Way
from scoring.days import SECONDS_A_DAY
from scoring.decay import contact_along, fading
from scoring.judgement import State
from scoring.judgements import Judgements
from scoring.lapse import hazard
from scoring.moments import Moments, regular
from scoring.rhythm import LONGEST_HORIZON, Rhythm, own_horizon
from scoring.ties import Ties
from scoring.worth import Wish

Horizon = int | Literal["own"]

PER_LN_CONTACT = 0.25
CONTACT_HALF_LIFE = 180
MIDDLING_CONTACT = 120.0
_CONTACT_FLOOR = 0.3

EVERY_DAYS = 28
SHIFT_SD, SLOPE_SD = 0.5, 0.33
_LEAST_SLOPE = 0.25  # however odd a past, a higher chance stays a higher one
_LEAST_CONTACT_DAYS = 5
_LEAST_EXPECTED, _YEAR = 2, 365
# Chances nearer to 0 or 1 than this are taken as this far, so that their logit is a number.
_NEAREST = 1e-9
_NEWTON_STEPS, _HALVINGS, _CLOSE = 50, 30, 1e-10


@dataclass(frozen=True, slots=True)
class Scale:
    """`logit r = shift + slope x logit q`; the neutral one changes nothing."""

    shift: float = 0.0
    slope: float = 1.0

    def of(self, logit: Floats) -> Floats:
        """The chances r of these logits of q."""
        return from_logit(self.shift + self.slope * logit)


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """What was asked of the past, and what came: (k,) each, in order of owner, then of `known`.

    row, day: the tie and the UTC day. ahead: days looked ahead. logit: of the chance q then.
    lapsed: whether no contact came in [day, day + ahead).
    """

    owner: Ints
    row: Ints
    day: Ints
    ahead: Ints
    logit: Floats
    lapsed: Bools

    @property
    def known(self) -> Ints:
        """(k,) the UTC day from which the outcome is known."""
        return self.day + self.ahead

    def by_owner(self) -> dict[int, History]:
        """Each owner's own part."""
        owners, first = np.unique(self.owner, return_index=True)
        parts = zip(owners.tolist(), pairwise([*first.tolist(), self.owner.size]), strict=True)
        return {one: self._part(begin, end) for one, (begin, end) in parts}

    def scale(self, day: int) -> Scale:
        """The scale that the outcomes known at 00:00 of this day give; for one owner's history."""
        past = slice(0, int(np.searchsorted(self.known, day, side="right")))
        weight = np.minimum(1.0, EVERY_DAYS / self.ahead[past])
        return fit(self.logit[past], self.lapsed[past], weight)

    def _part(self, begin: int, end: int) -> History:
        return History(*(getattr(self, column.name)[begin:end] for column in fields(self)))


def to_logit(chance: Floats) -> Floats:
    """ln(p / (1 - p)), finite also where p is 0 or 1."""
    inside = np.clip(chance, _NEAREST, 1 - _NEAREST)
    odds: Floats = np.log(inside / (1 - inside))
    return odds


def from_logit(logit: Floats) -> Floats:
    """1 / (1 + e^-x), for an x of any size."""
    chance: Floats = np.exp(-np.logaddexp(0.0, -logit))
    return chance


def horizons(horizon: Horizon, rhythm: Rhythm) -> Ints:
    """(n,) days to look ahead: the same for all, or each tie's own."""
    if horizon == "own":
        return own_horizon(rhythm.recent_median()).astype(np.int64)
    return np.full(rhythm.first.size - 1, horizon, dtype=np.int64)


def offset(ties: Ties, owner: Ints, who: Ints, day: Ints) -> Floats:
    """(k,) what the contact of owner `who` in all, before UTC day `day`, adds to a logit.

    owner: (n,) the owner of each tie, any integers. Depends on that owner's earlier days alone.
    """
    days = _of_owners(ties, owner)
    many = np.zeros(days.day.size)
    place = Moments(days, np.searchsorted(days.keys, owner[ties.row]), ties.day + np.int64(1))
    np.add.at(many, days.first[place.row] + place.known() - 1, 1.0)
    along = contact_along(days, many, CONTACT_HALF_LIFE)

    row = np.searchsorted(days.keys, who)
    there = row < len(days)
    there[there] = days.keys[row[there]] == who[there]
    asked = Moments(days, np.where(there, row, -1), day)
    seen = asked.known()
    some = np.flatnonzero(seen)
    last = days.first[asked.row[some]] + seen[some] - 1
    total = np.zeros(day.size)
    total[some] = along[last] * fading(day[some] - days.day[last], CONTACT_HALF_LIFE)
    return PER_LN_CONTACT * np.log((total + _CONTACT_FLOOR) / MIDDLING_CONTACT)


def _of_owners(ties: Ties, owner: Ints) -> Ties:
    """All ties of an owner as one, whose key is the owner: the days on which there was contact."""
    return Ties.from_contact(
        Contact(
            person=owner[ties.row],
            at=ties.day.astype(np.int64) * SECONDS_A_DAY,
            way=Way.MUTUAL,
            size=1,
        )
    )


def history(ties: Ties, owner: Ints, horizon: Horizon, until: dict[int, int]) -> History:
    """What could be asked of the owners in `until` on past days, and came out by that UTC day.

    owner: (n,) the owner of each tie. For what is asked, and when, see the top of this file.
    Memory is bounded as in `scoring.moments`, save for the columns of the answer.
    """
    own = horizon == "own"
    wanted = np.isin(owner, np.fromiter(until, dtype=np.int64, count=len(until)))
    latest = np.array([until.get(one, 0) for one in owner.tolist()], dtype=np.int64)
    moments = regular(
        ties,
        least=_LEAST_CONTACT_DAYS,
        every=EVERY_DAYS,
        after=(LONGEST_HORIZON if horizon == "own" else horizon) - 1,
        wanted=wanted,
    ).where(lambda row, day: day < latest[row])

    ahead = np.zeros(moments.day.size, dtype=np.int64)
    chance, alive = np.zeros(ahead.size), np.zeros(ahead.size, dtype=np.bool_)
    for piece, then in moments.chunks():
        rhythm = Rhythm.of(then)
        ahead[piece] = horizons(horizon, rhythm)
        chance[piece] = hazard(then, 0, ahead[piece], rhythm)
        alive[piece] = _alive(then, ahead[piece], own=own)
    whose = owner[moments.row]
    logit = to_logit(chance) + offset(ties, owner, whose, moments.day)
    lapsed = moments.quiet_until() >= ahead

    # All ties of an owner as one: that the owner was in touch, with whomever.
    everybody = _of_owners(ties, owner)
    place = np.searchsorted(everybody.keys, whose)
    by_end = Moments(everybody, place, moments.day + ahead).known()
    there = by_end > Moments(everybody, place, moments.day + ahead - (ahead + 2) // 3).known()
    kept = np.flatnonzero(alive & there & (moments.day + ahead <= latest[moments.row]))
    # In an order that nothing but the outcomes themselves decides: sums are then the same to the
    # bit, whatever the ties are called and whatever else the table holds.
    known = moments.day + ahead
    kept = kept[np.lexsort((ahead[kept], lapsed[kept], logit[kept], known[kept], whose[kept]))]
    return History(
        owner=whose[kept],
        row=moments.row[kept],
        day=moments.day[kept],
        ahead=ahead[kept],
        logit=logit[kept],
        lapsed=lapsed[kept],
    )


def fit(logit: Floats, lapsed: Bools, weight: Floats) -> Scale:
    """The most likely scale, given (k,) outcomes and the prior: Newton's method, halving steps.

    The sum to be maximised is strictly concave, so there is one answer, and it is found from
    anywhere; with no outcomes it is the neutral scale.
    """
    a = b = 0.0
    if not logit.size:
        return Scale()

    def worth(a: float, b: float) -> float:
        sign = np.where(lapsed, -1.0, 1.0)
        losses = np.logaddexp(0.0, sign * (a + (1 + b) * logit))
        return (
            -float((weight * losses).sum()) - a * a / (2 * SHIFT_SD**2) - b * b / (2 * SLOPE_SD**2)
        )

    best = worth(a, b)
    for _ in range(_NEWTON_STEPS):
        chance = from_logit(a + (1 + b) * logit)
        miss, bend = weight * (lapsed - chance), weight * chance * (1 - chance)
        by_a = float(miss.sum()) - a / SHIFT_SD**2
        by_b = float((miss * logit).sum()) - b / SLOPE_SD**2
        aa = float(bend.sum()) + 1 / SHIFT_SD**2
        ab = float((bend * logit).sum())
        bb = float((bend * logit * logit).sum()) + 1 / SLOPE_SD**2
        whole = aa * bb - ab * ab
        da, db = (bb * by_a - ab * by_b) / whole, (aa * by_b - ab * by_a) / whole
        for _ in range(_HALVINGS):
            better = worth(a + da, b + db)
            if better >= best:
                break
            da, db = da / 2, db / 2
        else:
            break
        a, b, best = a + da, b + db, better
        if abs(da) + abs(db) < _CLOSE:
            break
    return Scale(a, max(1 + b, _LEAST_SLOPE))


def calibrate(
    ties: Ties,
    now: float,
    horizon: Horizon = "own",
    *,
    clock: ActiveClock = NEVER_AWAY,
    wishes: Mapping[int, Wish] | None = None,
    past: History | None = None,
) -> Judgements:
    """`judge` for all ties of one owner, its chances mended by what that owner's ties have shown.

    As `judge(ties, now, horizon, clock=clock, wishes=wishes)`, with `p_lapse` calibrated as of
    the UTC day of `now`, and `attention` following it. No order of chances changes. `ties` must
    hold all the owner's ties. `past` is their `history`, made up to `now` or later, for who judges
    many days and makes it once: what was not known by `now` is not used.
    """
    judged = judge(ties, now, horizon, clock=clock, wishes=wishes)
    known, day = judged.ties, judged.today
    whose = np.zeros(len(known), dtype=np.int64)
    if past is None:
        past = history(known, whose, horizon, {0: day})
    # The first midnight by which all that is known has happened: this one, or the next.
    upto = int(clock.active(day)) + ceil(now / SECONDS_A_DAY) - day
    lived = on_clock(known, clock)
    whole = offset(lived, whose, whose, np.full(len(known), upto, dtype=np.int64))
    chance = past.scale(day).of(to_logit(judged.p_lapse) + whole)
    counted = judged.in_state(State.LIVING) | judged.in_state(State.FADING)
    attention = np.where(counted, chance * judged.worth, 0.0)
    return replace(judged, p_lapse=chance, attention=attention)


def _alive(then: Ties, days: Ints, *, own: bool) -> Bools:
    """(n,) whether the ties, cut at day 0, were alive enough for a lapse to mean something."""
    last = then.last_day(default=0)
    alive: Bools = ~is_slight(then) & (-last < days)
    if own:
        return alive  # their own horizon is four of their gaps already
    year = np.bincount(then.row[then.day >= -_YEAR], minlength=len(then))
    begun = np.zeros(len(then), dtype=np.int64)
    some = then.counts > 0
    begun[some] = then.day[then.first[:-1][some]]
    seen = np.clip(-begun, 1, _YEAR)
    expected: Bools = year * days >= _LEAST_EXPECTED * seen
    return alive & expected
