"""Who is beyond the circles that the owner moves in now, and which of them gets a hello."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from itertools import count, repeat

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring.attention import judge
from scoring.communities import (
    LONGEST_SILENCE,
    Hello,
    circles,
    hello,
    hello_candidates,
    sharing_a_circle,
)
from scoring.contact import Participants, Way
from scoring.days import SECONDS_A_DAY
from scoring.judgement import State
from scoring.judgements import Judgements
from scoring.ties import Ties

NOW = 3000
LIVING, LIVING_TOO, ASLEEP, ASLEEP_TOO, SLIGHT = range(1, 6)
Build = Callable[..., Ties]


def talk(first: int, last: int, every: int) -> list[tuple[float, Way]]:
    return [
        (day + at, way)
        for day in range(last, first, -every)
        for at, way in ((0.2, Way.OUT), (0.5, Way.IN))
    ]


@pytest.fixture
def judged(build: Build) -> Judgements:
    """Two who live, two who are asleep (the second worth less), and somebody hardly known."""
    ties = build(
        {
            LIVING: talk(2000, NOW - 5, 7),
            LIVING_TOO: talk(2000, NOW - 9, 14),
            ASLEEP: talk(1500, NOW - 700, 7),
            ASLEEP_TOO: talk(1500, NOW - 700, 20),
            SLIGHT: [(NOW - 900, Way.OUT)],
        }
    )
    return judge(ties, NOW * SECONDS_A_DAY)


def together(groups: Iterable[Iterable[int]], threads: Iterable[int] = repeat(-1)) -> Participants:
    """Everybody on some messages, each of a thread or of none (-1)."""
    rows = [
        (number, thread, person)
        for number, (group, thread) in enumerate(zip(groups, threads, strict=False))
        for person in group
    ]
    return Participants(
        event=[number for number, _, _ in rows],
        person=[person for *_, person in rows],
        thread=[thread for _, thread, _ in rows],
        author=False,
        at=[0] * len(rows),
        way=Way.IN,
        size=1,
    )


def ask(
    judged: Judgements,
    *groups: Iterable[int],
    organisation: Iterable[int] = (-1, -1, -1, -1, -1),
    suppressed: Collection[int] = (),
    least: float = 0.3,
) -> Hello | None:
    return hello(
        judged,
        together(groups),
        organisation=list(organisation),
        most=10,
        suppressed=suppressed,
        least=least,
    )


def key(found: Hello | None) -> int | None:
    return None if found is None else found.judgement.key


def test_of_those_asleep_the_one_worth_most_is_greeted(judged: Judgements) -> None:
    found = ask(judged)
    assert found is not None
    assert found.judgement.key == ASLEEP
    assert found.judgement.state is State.DORMANT
    assert (found.in_touch, found.beyond) == (2, 2)


def test_whoever_shares_a_circle_with_somebody_near_is_not_beyond(judged: Judgements) -> None:
    assert key(ask(judged, [ASLEEP, LIVING])) == ASLEEP_TOO
    assert key(ask(judged, [LIVING_TOO, 77, ASLEEP])) == ASLEEP_TOO
    assert key(ask(judged, [ASLEEP, LIVING], [ASLEEP_TOO, LIVING])) is None


def test_circles_among_those_asleep_or_hardly_known_are_not_the_present_ones(
    judged: Judgements,
) -> None:
    assert key(ask(judged, [ASLEEP, ASLEEP_TOO], [ASLEEP, SLIGHT], [ASLEEP, 77])) == ASLEEP
    # Nor is a friend of a friend.
    assert key(ask(judged, [ASLEEP, 77], [77, LIVING])) == ASLEEP


def test_whoever_works_where_somebody_near_works_is_not_beyond(judged: Judgements) -> None:
    assert key(ask(judged, organisation=(4, -1, 4, -1, -1))) == ASLEEP_TOO
    assert key(ask(judged, organisation=(-1, -1, 4, 4, 4))) == ASLEEP


def test_whoever_is_suppressed_is_passed_over(judged: Judgements) -> None:
    assert key(ask(judged, suppressed={ASLEEP})) == ASLEEP_TOO
    assert key(ask(judged, suppressed={ASLEEP, ASLEEP_TOO})) is None


def test_nobody_is_greeted_who_was_never_worth_much(judged: Judgements) -> None:
    assert key(ask(judged, suppressed={ASLEEP}, least=0.9)) is None


def test_two_letters_without_an_answer_are_enough(build: Build) -> None:
    letters = [*talk(1500, NOW - 700, 7), (NOW - 690, Way.OUT)]
    for more, there in (([], ASLEEP), ([(NOW - 680, Way.OUT)], None)):
        ties = build({LIVING: talk(2000, NOW - 5, 7), ASLEEP: [*letters, *more]})
        judged = judge(ties, NOW * SECONDS_A_DAY)
        assert key(ask(judged, organisation=[-1, -1])) == there


def test_after_many_years_the_address_is_hardly_theirs(build: Build) -> None:
    for silence, there in ((LONGEST_SILENCE, ASLEEP), (LONGEST_SILENCE + 1, None)):
        ties = build({LIVING: talk(2000, NOW - 5, 7), ASLEEP: talk(200, NOW - silence, 7)})
        assert key(ask(judge(ties, NOW * SECONDS_A_DAY), organisation=[-1, -1])) == there


def test_nobody_gives_nobody(build: Build) -> None:
    assert ask(judge(build({}), NOW * SECONDS_A_DAY), organisation=[]) is None


def test_who_is_in_touch_with_nobody_moves_in_no_circle_to_look_beyond(build: Build) -> None:
    judged = judge(build({ASLEEP: talk(1500, NOW - 700, 7)}), NOW * SECONDS_A_DAY)
    assert key(ask(judged, organisation=[-1])) is None


def test_a_group_is_small_by_its_different_members() -> None:
    some = together([(5, 6, 5), (5, 6, 7)])
    assert [column.tolist() for column in circles(some, 2)] == [[0, 0, 0], [5, 6, 5]]
    assert [column.tolist() for column in circles(together([]), 2)] == [[], []]


def test_the_messages_of_a_thread_are_one_circle_unless_many_are_in_it(judged: Judgements) -> None:
    organisation = [-1] * 5
    for other, there in (((LIVING, 77), ASLEEP_TOO), ((LIVING, *range(70, 80)), ASLEEP)):
        thread = together([(ASLEEP,), other], threads=[8, 8])
        assert key(hello(judged, thread, organisation=organisation, most=10)) == there


GROUPS = st.lists(
    st.tuples(st.lists(st.integers(1, 9), max_size=5), st.integers(-1, 4)), max_size=12
)


@given(GROUPS, st.lists(st.integers(-1, 2), min_size=5, max_size=5), st.sets(st.integers(1, 5)))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_the_candidates_are_on_and_its_threads_tell_all(
    judged: Judgements,
    groups: list[tuple[list[int], int]],
    organisation: list[int],
    suppressed: set[int],
) -> None:
    whole = together([people for people, _ in groups], [thread for _, thread in groups])
    some = hello_candidates(judged, organisation=organisation, suppressed=suppressed)
    theirs = np.isin(whole.person, some)
    threads = whole.thread[theirs & (whole.thread >= 0)]
    restricted = whole.where(
        np.isin(whole.event, whole.event[theirs]) | np.isin(whole.thread, threads)
    )
    said, other = (
        hello(judged, rows, organisation=organisation, most=4, suppressed=suppressed)
        for rows in (whole, restricted)
    )
    assert said == other


@given(st.lists(st.lists(st.integers(0, 12), max_size=5), max_size=12), st.sets(st.integers(0, 12)))
def test_circles_are_shared_with_whoever_was_in_a_group_with_them(
    groups: list[list[int]], people: set[int]
) -> None:
    rows = [(number, one) for number, group in zip(count(), groups) for one in group]
    found = sharing_a_circle(
        np.array(sorted(people), dtype=np.int64),
        np.array([number for number, _ in rows], dtype=np.int64),
        np.array([one for _, one in rows], dtype=np.int64),
    )
    expected = {one for group in groups if people & set(group) for one in group}
    assert set(found.tolist()) == expected
