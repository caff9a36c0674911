"""The owner's active time: an absence of the owner's makes no tie more silent."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.attention import judge, select
from scoring.calibration import calibrate
from scoring.clock import LEAST_IDLE_DAYS, NEVER_AWAY, Absences, ActiveClock, on_clock
from scoring.contact import Contact, Way
from scoring.days import SECONDS_A_DAY
from scoring.judgement import State
from scoring.judgements import Judgements
from scoring.ties import Ties

DAY = SECONDS_A_DAY
FIRST, LEAVES, BACK = 10_000, 10_500, 10_521
MONDAY = 4  # 1970-01-05, in days since 1970
Ints = npt.NDArray[np.int64]
bounded = settings(max_examples=40)


def workdays(first: int, last: int) -> Ints:
    days = np.arange(first, last)
    return days[(days - MONDAY) % 7 < 5]


def spans(clock: ActiveClock) -> list[tuple[int, int]]:
    return list(zip(clock.first.tolist(), clock.length.tolist(), strict=True))


def test_weekends_and_short_breaks_are_no_absence() -> None:
    deeds = workdays(FIRST, LEAVES)
    deeds = deeds[(deeds < FIRST + 300) | (deeds >= FIRST + 302)]
    assert spans(Absences.of(deeds).clock(LEAVES)) == []


def test_three_weeks_away_are_an_absence() -> None:
    deeds = np.concatenate((np.arange(FIRST, LEAVES), np.arange(BACK, BACK + 50)))
    assert spans(Absences.of(deeds).clock(BACK + 50)) == [(LEAVES, 21)]


def test_an_absence_is_known_once_it_is_long_enough() -> None:
    absences = Absences.of(np.arange(FIRST, LEAVES))
    assert spans(absences.clock(LEAVES + LEAST_IDLE_DAYS - 1)) == []
    assert spans(absences.clock(LEAVES + LEAST_IDLE_DAYS)) == [(LEAVES, LEAST_IDLE_DAYS)]


def test_who_writes_on_sundays_is_not_away_all_week() -> None:
    assert spans(Absences.of(np.arange(FIRST, LEAVES, 7)).clock(LEAVES + 5)) == []


def test_an_owner_of_whom_little_is_known_is_never_away() -> None:
    assert spans(Absences.of(np.arange(FIRST, FIRST + 10)).clock(FIRST + 100)) == []
    assert spans(Absences.of([]).clock(FIRST)) == []


def test_days_of_absence_have_the_number_of_the_day_of_return() -> None:
    clock = Absences.of(np.r_[FIRST:LEAVES, BACK : BACK + 9]).clock(BACK + 9)
    days = np.array([LEAVES - 1, LEAVES, LEAVES + 12, BACK, BACK + 1])
    assert (clock.active(days) - clock.active(LEAVES - 1)).tolist() == [0, 1, 1, 1, 2]
    assert clock.absent(days, BACK + 1).tolist() == [21, 21, 9, 0, 0]
    assert int(clock.active(FIRST)) == FIRST


def test_what_comes_during_an_absence_is_one_day_of_contact(build: Callable[..., Ties]) -> None:
    clock = Absences.of(np.r_[0:200, 221:300]).clock(300)
    away = [(205.0, Way.IN), (210.0, Way.IN), (221.5, Way.OUT)]
    ties = on_clock(build({1: [(150.0, Way.OUT), *away], 2: [(230.0, Way.IN)]}), clock)
    assert ties.counts.tolist() == [2, 1]
    assert ties.day.tolist() == [150, 200, 209]
    assert ties.out.tolist() == [True, True, False]
    assert ties.in_.tolist() == [False, True, True]
    assert ties.last.tolist() == [Way.OUT, Way.OUT, Way.IN]


@given(st.lists(st.integers(0, 800), max_size=300), st.integers(0, 800))
@bounded
def test_nothing_later_changes_what_was_known_of_absences(deeds: list[int], day: int) -> None:
    then = Absences.of([deed for deed in deeds if deed < day]).clock(day)
    assert spans(then) == spans(Absences.of(deeds).clock(day))


@given(st.lists(st.integers(0, 800), max_size=300), st.integers(1, 900))
@bounded
def test_active_days_never_run_backwards_nor_faster(deeds: list[int], day: int) -> None:
    active = Absences.of(deeds).clock(day).active(np.arange(day + 1))
    assert np.isin(np.diff(active), (0, 1)).all()


# What the owner's calendar says.


def test_days_said_to_be_off_are_an_absence_however_few() -> None:
    deeds = np.r_[FIRST:LEAVES, LEAVES + 2 : LEAVES + 50]
    said = Absences.of(deeds, said=[LEAVES, LEAVES + 1])
    assert spans(Absences.of(deeds).clock(LEAVES + 50)) == []
    assert spans(said.clock(LEAVES + 50)) == [(LEAVES, 2)]


def test_a_day_said_to_be_off_counts_once_it_is_over() -> None:
    absences = Absences.of(np.arange(FIRST, LEAVES), said=np.arange(LEAVES, LEAVES + 9))
    assert spans(absences.clock(LEAVES)) == []
    assert spans(absences.clock(LEAVES + 3)) == [(LEAVES, 3)]


def test_who_writes_on_a_day_said_to_be_off_is_there_that_day() -> None:
    deeds = np.r_[FIRST:LEAVES, LEAVES + 2, LEAVES + 9 : LEAVES + 30]
    clock = Absences.of(deeds, said=np.arange(LEAVES, LEAVES + 5)).clock(LEAVES + 30)
    assert spans(clock) == [(LEAVES, 2), (LEAVES + 3, 6)]


def test_what_was_said_and_what_was_seen_make_one_absence() -> None:
    deeds = np.r_[FIRST:LEAVES, BACK : BACK + 50]
    said = np.arange(LEAVES + 2, LEAVES + 7)
    assert spans(Absences.of(deeds, said=said).clock(BACK + 50)) == [(LEAVES, 21)]


def test_an_absence_can_be_said_by_an_owner_of_whom_nothing_else_is_known() -> None:
    assert spans(Absences.of([], said=[FIRST + 1, FIRST]).clock(FIRST + 9)) == [(FIRST, 2)]


days = st.lists(st.integers(0, 800), max_size=300)


@given(days, days, st.integers(0, 800))
@bounded
def test_nothing_later_changes_what_was_known_of_what_was_said(
    deeds: list[int], said: list[int], day: int
) -> None:
    before = ([d for d in deeds if d < day], [d for d in said if d < day])
    then = Absences.of(before[0], said=before[1]).clock(day)
    assert spans(then) == spans(Absences.of(deeds, said=said).clock(day))


@given(days, days, st.randoms(use_true_random=False), st.integers(1, 900))
@bounded
def test_order_and_repetition_of_what_was_said_do_not_matter(
    deeds: list[int], said: list[int], dice: random.Random, day: int
) -> None:
    shuffled = [*said, *said[: len(said) // 2]]
    dice.shuffle(shuffled)
    one, other = Absences.of(deeds, said=said), Absences.of(deeds, said=shuffled)
    assert spans(one.clock(day)) == spans(other.clock(day))


@given(days, days, st.integers(1, 900))
@bounded
def test_saying_so_never_makes_a_silence_longer(
    deeds: list[int], said: list[int], day: int
) -> None:
    since = np.arange(day)
    silent = [
        absences.clock(day).active(day) - absences.clock(day).active(since)
        for absences in (Absences.of(deeds), Absences.of(deeds, said=said))
    ]
    assert (silent[1] <= silent[0]).all()
    active = Absences.of(deeds, said=said).clock(day).active(np.arange(day + 1))
    assert np.isin(np.diff(active), (0, 1)).all()


# What it is for: no flags for a holiday.


def histories(seed: int) -> tuple[Ties, Ties]:
    """Some ties of an owner who is there every day, and the same with three weeks cut in."""
    dice = np.random.default_rng(seed)
    tie = np.repeat(np.arange(12), dice.integers(5, 90, 12))
    at = dice.integers(FIRST * DAY, (LEAVES + 60) * DAY, tie.size)
    way = dice.integers(-1, 2, tie.size)
    later = np.where(at >= LEAVES * DAY, at + (BACK - LEAVES) * DAY, at)
    size = np.ones(tie.size)

    def ties(times: Ints) -> Ties:
        return Ties.from_contact(Contact(person=tie, at=times, way=way, size=size).capped(10))

    return ties(at), ties(later)


def same(one: Judgements, other: Judgements) -> bool:
    names = ("key", "state_code", "p_lapse", "strength", "worth", "attention", "usual_gap_days")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


@given(st.integers(0, 2**32), st.integers(1, 60))
@bounded
def test_three_weeks_cut_into_a_history_change_no_judgement(seed: int, days: int) -> None:
    at_home, with_holiday = histories(seed)
    now = float((LEAVES + days) * DAY)
    clock = Absences.of(np.r_[FIRST:LEAVES, BACK : BACK + 60]).clock(BACK + days)
    later = now + (BACK - LEAVES) * DAY
    assert same(judge(at_home, now, "own"), judge(with_holiday, later, "own", clock=clock))


@given(st.integers(0, 2**32))
@bounded
def test_nobody_is_flagged_because_the_owner_is_away(seed: int) -> None:
    """From the day the absence is known to the day of return, nothing moves at all."""
    _, ties = histories(seed)
    absences = Absences.of(np.arange(FIRST, LEAVES))
    named = [
        {flag.key for flag in select(judged).flags}
        for day in range(LEAVES + LEAST_IDLE_DAYS, BACK)
        for judged in [judge(ties, float(day * DAY), "own", clock=absences.clock(day))]
    ]
    leaving = judge(ties.before(LEAVES * DAY), float(LEAVES * DAY), "own")
    assert all(each == {flag.key for flag in select(leaving).flags} for each in named)


def test_without_the_clock_the_same_holiday_raises_flags(build: Callable[..., Ties]) -> None:
    ties = build({key: [(day, Way.MUTUAL) for day in range(0, 200, 9)] for key in range(4)})
    clock = Absences.of(np.arange(200)).clock(221)
    now = 221.0 * DAY
    assert len(select(judge(ties, now, "own")).flags) == 4
    assert not select(judge(ties, now, "own", clock=clock)).flags
    (one, *_) = judge(ties, now, "own", clock=clock)
    assert one.state is State.LIVING
    assert (one.reasons.silence_days, one.reasons.away_days) == (23, 21)


def test_calibration_runs_on_the_same_clock(build: Callable[..., Ties]) -> None:
    ties = build({key: [(day, Way.MUTUAL) for day in range(0, 200, 9)] for key in range(4)})
    absences = Absences.of(np.arange(200))
    there = calibrate(ties, 200.0 * DAY)
    away = calibrate(ties, 221.0 * DAY, clock=absences.clock(221))
    assert np.abs(away.p_lapse - there.p_lapse).max() < 0.05
    assert calibrate(ties, 221.0 * DAY, clock=NEVER_AWAY).p_lapse.min() > away.p_lapse.max()
