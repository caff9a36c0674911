"""Judge ties, and select the few that go into a report."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
import numpy.typing as npt

from scoring.arrays import Bools, Floats, Ints
from scoring.clock import NEVER_AWAY, ActiveClock, on_clock
from scoring.contact import Way
from scoring.days import SECONDS_A_DAY, today
from scoring.judgement import Judgement, State
from scoring.judgements import SPAN_DAYS, Judgements
from scoring.lapse import hazard
from scoring.rhythm import Rhythm, own_horizon
from scoring.ties import Ties
from scoring.worth import Wish, standing

# Less than this is no rhythm yet.
LEAST_CONTACT_DAYS = 5
LEAST_DAYS_EACH_WAY = 2
LEAST_SPANS = 3

# Fading: a silence longer than all of these.
FADING_GAPS = 1.5
FADING_PERCENT = 80  # of the tie's time passed in shorter gaps, recent time weighing more
FADING_DAYS = 10
# However long the pauses that a tie has survived, no silence longer than this passes for one.
LONGEST_PAUSE = 90

# Dormant: a silence longer than this many usual gaps, taken as no less and no more than so many
# days. "A silence of eight usual gaps is mostly the end" (Navarro et al. 2017), where gaps are
# counted; ours, which weigh longer gaps more, come out about half as long again. And longer than
# so many times the silence from which a tie is fading: nobody falls asleep without having been
# seen to fade, however uneven their gaps.
DORMANT_GAPS = 5
DORMANT_LEAST_DAYS, DORMANT_MOST_DAYS = 120, 400
DORMANT_FADES = 2

# Attention below this is not worth a line in a report. Replayed on real mail (`python
# bench/judgement.py`), most weeks then bring no flag and more than half of those named do lapse; a
# higher threshold comes true a little more often, but names a close friend too late.
LEAST_ATTENTION = 0.05
# Ties judged at once: what passes stays within the processor's caches, and memory within bounds.
_AT_ONCE = 10_000
# So many contact days of the owner's without an answer: more would be chasing.
MOST_UNANSWERED = 2


def judge(
    ties: Ties,
    now: float,
    horizon_days: int | Literal["own"] = 60,
    *,
    clock: ActiveClock = NEVER_AWAY,
    wishes: Mapping[int, Wish] | None = None,
) -> Judgements:
    """Judge every tie as of `now` (unix seconds UTC), knowing only days that began before it.

    `horizon_days` is how far `p_lapse` looks ahead; "own" looks four recent median gaps ahead,
    within 21 to 120 days. Ties without a known contact day are left out; the rest stay in order
    of key. The same ties and `now` always give the same answer, to the bit, whatever other ties
    there are. Raises ValueError for a horizon under one day.

    All gaps and silences run on `clock`, the owner's active time as known at `now`, so that an
    absence of the owner's neither ages nor flags anybody; only `silence_days` is in days of the
    calendar, of which `away_days` fell in absences. `wishes` (key to `Wish`) are the owner's own
    word: a least worth, and a rhythm of their choosing, which stands in place of what was seen:
    such a tie is FADING once the silence is longer, else LIVING.

    SLIGHT: under 5 contact days, or under 2 each way (a meeting counts both ways), or in under
    3 of the 30-day spans counted from the first contact (spans, not calendar months, so that a
    tie once past the gate stays past it and the date of a beginning is no matter).
    FADING: silent for longer than 1.5 usual gaps, and than the gaps in which 8 in 10 of the
    tie's days passed, taken within 10 to 90 days. LIVING: all else.
    DORMANT: silent for longer than 5 usual gaps, taken within 120 to 400 days, and than twice the
    silence from which it was FADING.

    Attention is p_lapse x worth for LIVING and FADING, 0 for SLIGHT and DORMANT.
    """
    if horizon_days != "own" and horizon_days < 1:
        raise ValueError("horizon_days must be at least 1")
    day = today(now)
    known = ties.before(now).occupied()
    least_worth, wished = _wishes(known, wishes or {})
    pieces = [
        _judge(
            known.rows(piece),
            now,
            horizon_days,
            clock=clock,
            least_worth=least_worth[piece],
            wished=wished[piece],
        )
        for piece in known.pieces(_AT_ONCE)
    ]
    return Judgements(
        today=day,
        ties=known,
        **{name: np.concatenate([one[name] for one in pieces]) for name in pieces[0]},
        out_days=known.days_of(known.out),
        in_days=known.days_of(known.in_),
        meeting_days=known.days_of(known.met),
        silence_days=day - known.last_day(default=day).astype(np.int64),
        away_days=clock.absent(known.last_day(default=day), day),
        wished_days=wished,
        last_spoke=known.last[known.first[1:] - 1],
        unanswered=_unanswered(known),
    )


def _judge(
    known: Ties,
    now: float,
    horizon_days: int | Literal["own"],
    *,
    clock: ActiveClock,
    least_worth: Floats,
    wished: Ints,
) -> dict[str, npt.NDArray[np.generic]]:
    """The columns of `Judgements` that take the work, of some ties, each with a day before `now`.

    least_worth, wished: (n,) each, as `_wishes` gives them.
    """
    day = today(now)
    lived, lived_day = on_clock(known, clock), int(clock.active(day))
    rhythm = Rhythm.of(lived)
    usual = rhythm.usual_gap()
    fades, sleeps = silence_thresholds(rhythm, usual)
    ahead: npt.NDArray[np.int32] = (
        own_horizon(rhythm.recent_median())
        if horizon_days == "own"
        else np.full(len(known), horizon_days, dtype=np.int32)
    )
    chance = hazard(lived, lived_day, ahead, rhythm)
    strength, worth = standing(lived, now - (day - lived_day) * SECONDS_A_DAY)
    worth = np.maximum(worth, least_worth)

    silence = lived_day - lived.last_day(default=lived_day).astype(np.int64)
    slight = is_slight(lived) & (wished == 0)
    dormant = ~slight & (wished == 0) & (silence > sleeps)
    fades = np.where(wished > 0, wished, fades)
    fading = ~slight & ~dormant & (silence > fades)
    order = list(State)
    code = np.select(
        [slight, dormant, fading],
        [order.index(State.SLIGHT), order.index(State.DORMANT), order.index(State.FADING)],
        order.index(State.LIVING),
    )
    return {
        "state_code": code.astype(np.int8),
        "p_lapse": chance,
        "horizon_days": ahead,
        "strength": strength,
        "worth": worth,
        "attention": np.where(slight | dormant, 0.0, chance * worth),
        "usual_gap_days": usual,
        "fades_after_days": fades,
        "sleeps_after_days": sleeps,
    }


class Suppression(StrEnum):
    """Why a tie that would have been flagged is not.

    CALLER: the caller suppressed it (snoozed, in cooldown, ...). THRESHOLD_RAISED: its attention
    is under its own threshold, raised as nothing followed earlier flags. TWO_UNANSWERED: the owner
    has written on two days or more without an answer.
    """

    CALLER = "caller"
    THRESHOLD_RAISED = "threshold_raised"
    TWO_UNANSWERED = "two_unanswered"


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A tie that would have been flagged, and why it is not."""

    judgement: Judgement
    reason: Suppression


@dataclass(frozen=True, slots=True)
class Selection:
    """What goes into a report: `flags`, most in need first, and what was `suppressed`."""

    flags: tuple[Judgement, ...]
    suppressed: tuple[Suppressed, ...]


def select(
    judgements: Judgements,
    *,
    people: int = 5,
    suppressed: Collection[int] = (),
    least: float = LEAST_ATTENTION,
    raised: Mapping[int, float] | None = None,
) -> Selection:
    """Choose at most `people` FADING ties by what is at stake, most first, then by key.

    That is attention x (1 - p_lapse), or worth x p (1 - p): of what may be lost, the part that a
    word can still keep. By attention alone the list fills with ties that are all but gone, and a
    friend silent for six weeks after years of weekly letters never reaches it in time.

    Ties whose attention is under `least` are never chosen, so that a quiet week stays quiet,
    save those silent for longer than the owner wished.
    Left out, with a reason of `Suppression`, are the ties `suppressed`, ties under a threshold of
    their own (`raised`: key to a factor on `least`), and ties to whom the owner has written on two
    days or more without an answer. `Selection.suppressed` has those of them that would have been
    chosen, in the order in which the flags stand.
    """
    withheld, factors = set(suppressed), raised or {}
    enough = (judgements.attention >= least) | (judgements.wished_days > 0)
    fading = judgements.in_state(State.FADING) & enough
    rows = np.flatnonzero(fading)
    rows = rows[np.lexsort((judgements.key[rows], -judgements.at_stake[rows]))]
    flags: list[Judgement] = []
    left_out: list[Suppressed] = []
    for row in rows.tolist():
        if len(flags) == people:
            break
        key = int(judgements.key[row])
        threshold = 0.0 if judgements.wished_days[row] else least * factors.get(key, 1.0)
        if key in withheld:
            left_out.append(Suppressed(judgements[row], Suppression.CALLER))
        elif judgements.attention[row] < threshold:
            left_out.append(Suppressed(judgements[row], Suppression.THRESHOLD_RAISED))
        elif judgements.unanswered[row] >= MOST_UNANSWERED:
            left_out.append(Suppressed(judgements[row], Suppression.TWO_UNANSWERED))
        else:
            flags.append(judgements[row])
    return Selection(tuple(flags), tuple(left_out))


def _wishes(known: Ties, wishes: Mapping[int, Wish]) -> tuple[Floats, Ints]:
    """Return (n,) the least worth that the owner gives each tie, and (n,) their rhythm in days."""
    worth, days = np.zeros(len(known)), np.zeros(len(known), dtype=np.int64)
    for key, wish in wishes.items():
        row = int(np.searchsorted(known.keys, key))
        if row < len(known) and known.keys[row] == key:
            worth[row], days[row] = wish.worth, wish.every_days
    return worth, days


def is_slight(ties: Ties) -> Bools:
    """Return (n,) whether there is too little two-way contact, or too short, for a rhythm."""
    return (
        (ties.counts < LEAST_CONTACT_DAYS)
        | (ties.days_of(ties.out | ties.met) < LEAST_DAYS_EACH_WAY)
        | (ties.days_of(ties.in_ | ties.met) < LEAST_DAYS_EACH_WAY)
        | (ties.spans(SPAN_DAYS) < LEAST_SPANS)
    )


def silence_thresholds(rhythm: Rhythm, usual: Floats) -> tuple[Floats, Floats]:
    """(n,) days each: a silence longer than the first is FADING, than the second DORMANT.

    usual: (n,) the usual gaps of that rhythm.
    """
    pauses = np.clip(rhythm.long_gap(FADING_PERCENT), FADING_DAYS, LONGEST_PAUSE)
    fades = np.maximum(FADING_GAPS * usual, pauses)
    sleeps = np.clip(DORMANT_GAPS * usual, DORMANT_LEAST_DAYS, DORMANT_MOST_DAYS)
    return fades, np.maximum(sleeps, DORMANT_FADES * fades)


def _unanswered(ties: Ties) -> Ints:
    """(n,) the owner's contact days since they were last heard (or met).

    Every day after the one on which they were last heard is the owner's alone; that day itself
    counts too where the owner had its last word.
    """
    heard = ties.in_ | ties.met
    last_heard = np.full(len(ties), -1, dtype=np.int64)
    # Of several values for one place the last stays, and a tie's days are in order of time.
    last_heard[ties.row[heard]] = np.flatnonzero(heard)
    ever = last_heard >= 0
    after = ties.first[1:] - 1 - last_heard
    last_word = np.zeros(len(ties), dtype=np.int64)
    last_word[ever] = ties.last[last_heard[ever]] == Way.OUT
    return np.where(ever, after + last_word, ties.counts)
