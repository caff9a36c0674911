"""What became of flags, and what the next reports learn from it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.attention import Suppression, judge, select
from scoring.contact import Contact, Way
from scoring.days import SECONDS_A_DAY
from scoring.grading import (
    IGNORED,
    LEAST_PEOPLE,
    RAISED_BY,
    WINDOW_DAYS,
    Answered,
    FlagOutcome,
    Grade,
    grade_flags,
    ignored_in_a_row,
    list_length,
    raised_thresholds,
    share,
)
from scoring.ties import Ties

Build = Callable[..., Ties]
OUT, IN = Way.OUT, Way.IN
DAY = float(SECONDS_A_DAY)
BO, CY = 7, 9
NOW = 100 * DAY
FLAG = 50 * DAY
LATE = FLAG + WINDOW_DAYS * DAY


def graded(
    *events: tuple[int, float, Way],
    answers: tuple[Answered, ...] = (),
    now: float = NOW,
    known: float = NOW,
) -> Grade | None:
    """What became of one flag on Bo at `FLAG`, after such contact."""
    (found,) = grade_flags(
        Contact(
            person=[key for key, _, _ in events],
            at=[at for _, at, _ in events],
            way=[way for _, _, way in events],
            size=1,
        ),
        flagged=[BO],
        when=[FLAG],
        answers=answers,
        now=now,
        known=known,
    )
    return found


@pytest.mark.parametrize(
    ("way", "outcome"),
    [
        (Way.OUT, FlagOutcome.ACTED),
        (Way.MUTUAL, FlagOutcome.ACTED),
        (Way.IN, FlagOutcome.CAME_BACK),
    ],
)
def test_the_first_contact_decides(way: Way, outcome: FlagOutcome) -> None:
    later = Way.IN if way is Way.OUT else Way.OUT
    assert graded((BO, FLAG + 9, later), (BO, FLAG + 5, way)) == Grade(outcome, FLAG + 5)


def test_in_one_second_the_owners_word_counts() -> None:
    found = graded((BO, FLAG + 5, Way.IN), (BO, FLAG + 5, Way.OUT))
    assert found == Grade(FlagOutcome.ACTED, FLAG + 5)


def test_what_came_before_the_flag_after_the_window_or_with_others_is_no_matter() -> None:
    nothing = ((BO, FLAG, Way.OUT), (BO, LATE, Way.OUT), (CY, FLAG + 5, Way.OUT))
    assert graded(*nothing) == Grade(FlagOutcome.LAPSED, LATE)


def test_a_flag_is_open_until_its_window_is_over_and_known() -> None:
    assert graded(now=LATE - 1) is None
    assert graded(now=LATE) == Grade(FlagOutcome.LAPSED, LATE)
    assert graded(known=LATE - 1) is None, "a source was not read: nobody's silence is made of that"
    assert graded((BO, LATE - 1, Way.IN), now=LATE - 5) is None, "not yet"


def test_an_answer_decides_where_it_came_first() -> None:
    snoozed = Answered(0, FlagOutcome.SNOOZED, FLAG + 3)
    assert graded((BO, FLAG + 5, Way.OUT), answers=(snoozed,)) == Grade(
        FlagOutcome.SNOOZED, FLAG + 3
    )
    assert graded((BO, FLAG + 2, Way.OUT), answers=(snoozed,)) == Grade(FlagOutcome.ACTED, FLAG + 2)
    later = Answered(0, FlagOutcome.DISMISSED, FLAG + 9)
    assert graded(answers=(later, snoozed)) == Grade(FlagOutcome.SNOOZED, FLAG + 3)
    for too_late in (LATE, NOW + 1):
        late = Answered(0, FlagOutcome.SNOOZED, too_late)
        assert graded(answers=(late,)) == Grade(FlagOutcome.LAPSED, LATE)


def test_columns_of_different_lengths_are_an_error() -> None:
    with pytest.raises(ValueError, match="one length"):
        grade_flags(
            Contact(person=[1], at=[5], way=OUT, size=1),
            flagged=[1],
            when=[],
            now=NOW,
            known=NOW,
        )


_EVENTS = st.lists(
    st.tuples(
        st.sampled_from([BO, CY, 11]),
        st.integers(0, 90).map(lambda days: days * DAY / 2),
        st.sampled_from(list(Way)),
    ),
    max_size=25,
)
_FLAGS = st.lists(
    st.tuples(st.sampled_from([BO, CY]), st.integers(0, 60).map(lambda days: days * DAY)),
    max_size=6,
)


def _plainly(
    events: list[tuple[int, float, Way]], flag: tuple[int, float], now: float
) -> Grade | None:
    """The same by the words of the docstring, one event after the other."""
    key, start = flag
    end = start + WINDOW_DAYS * DAY
    after = sorted(
        (at, way is Way.IN) for who, at, way in events if who == key and start < at < min(end, now)
    )
    if after:
        at, theirs = after[0]
        return Grade(FlagOutcome.CAME_BACK if theirs else FlagOutcome.ACTED, at)
    return Grade(FlagOutcome.LAPSED, end) if end <= now else None


@given(_EVENTS, _FLAGS, st.integers(0, 90).map(lambda days: days * DAY))
def test_many_flags_are_graded_as_each_alone(
    events: list[tuple[int, float, Way]], flags: list[tuple[int, float]], now: float
) -> None:
    found = grade_flags(
        Contact(
            person=[key for key, _, _ in events],
            at=[at for _, at, _ in events],
            way=[way for _, _, way in events],
            size=1,
        ),
        flagged=[key for key, _ in flags],
        when=[at for _, at in flags],
        now=now,
        known=now,
    )
    assert found == [_plainly(events, flag, now) for flag in flags]


def test_an_interval_is_wilsons() -> None:
    found = share(17, 31)  # worked by hand from the formula
    assert (round(found.low, 3), round(found.high, 3)) == (0.378, 0.708)
    assert share(0, 5).low == pytest.approx(0.0)
    assert share(5, 5).high == pytest.approx(1.0)
    assert share(5, 5).low > 0.5
    with pytest.raises(ValueError, match="part of something"):
        share(0, 0)


@given(st.integers(1, 500).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_a_share_lies_within_its_interval(both: tuple[int, int]) -> None:
    part, of = both
    found = share(part, of)
    assert 0.0 <= found.low <= part / of + 1e-12
    assert part / of - 1e-12 <= found.high <= 1.0


def _grades(*outcomes: FlagOutcome | None) -> list[Grade | None]:
    return [None if one is None else Grade(one, 0.0) for one in outcomes]


def test_three_flags_that_nothing_followed_raise_the_bar_and_being_in_touch_lowers_it() -> None:
    lapsed, acted = FlagOutcome.LAPSED, FlagOutcome.ACTED
    twice = ignored_in_a_row([BO, BO], _grades(lapsed, lapsed))
    assert raised_thresholds(twice) == {}
    three = ignored_in_a_row([BO] * 3, _grades(lapsed, lapsed, lapsed))
    assert three == {BO: IGNORED}
    assert raised_thresholds(three) == {BO: RAISED_BY}
    assert raised_thresholds({BO: 2 * IGNORED}) == {BO: RAISED_BY**2}
    assert ignored_in_a_row([BO] * 4, _grades(lapsed, lapsed, lapsed, acted)) == {}


def test_what_is_open_put_off_or_answered_by_the_other_neither_raises_nor_lowers() -> None:
    neither = (None, FlagOutcome.SNOOZED, FlagOutcome.DISMISSED, FlagOutcome.CAME_BACK)
    row = _grades(FlagOutcome.LAPSED, *neither, FlagOutcome.LAPSED, FlagOutcome.LAPSED)
    assert ignored_in_a_row([BO] * len(row), row) == {BO: 3}


def test_each_persons_row_is_their_own() -> None:
    row = _grades(FlagOutcome.LAPSED, FlagOutcome.ACTED, FlagOutcome.LAPSED)
    assert ignored_in_a_row([BO, CY, BO], row) == {BO: 2}


@pytest.mark.parametrize(
    ("acted", "names"),
    [
        ([], 8),
        ([0, 0, 0], 8),
        ([0, 0, 0, 0], LEAST_PEOPLE),
        ([3, 4, 3, 4], 5),
        ([8] * 8, 8),
        ([8] * 10 + [2] * 8, 3),
    ],
)
def test_the_list_is_as_long_as_the_owner_acts_on(acted: list[int], names: int) -> None:
    assert list_length(acted, 8) == names


def test_no_list_is_longer_than_allowed() -> None:
    assert list_length([], 2) == list_length([0] * 9, 2) == 2


def test_who_is_under_a_raised_threshold_is_suppressed_with_the_reason(build: Build) -> None:
    talks = [(day + dx, way) for day in range(0, 300, 10) for dx, way in ((0, OUT), (0.4, IN))]
    fading = judge(build({BO: talks, CY: talks}), 330 * DAY)
    chosen = select(fading, people=1)
    (first,) = chosen.flags
    raised = select(fading, people=1, raised={first.key: 1 / first.attention})
    assert first.key not in {one.key for one in raised.flags}
    assert (first.key, Suppression.THRESHOLD_RAISED) in {
        (one.judgement.key, one.reason) for one in raised.suppressed
    }
