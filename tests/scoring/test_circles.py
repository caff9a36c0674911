"""Who is beyond the circles that the owner moves in now, and which of them gets a hello."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.attention import judge
from scoring.communities import LONGEST_SILENCE, Hello, company_of, hello, small_groups
from scoring.contact import Way
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


def ask(
    judged: Judgements,
    *groups: Iterable[int],
    organisation: Iterable[int] = (-1, -1, -1, -1, -1),
    held: Collection[int] = (),
    least: float = 0.3,
) -> Hello | None:
    rows = [(number, one) for number, group in enumerate(groups) for one in group]
    return hello(
        judged,
        organisation=list(organisation),
        group=[number for number, _ in rows],
        member=[one for _, one in rows],
        held=held,
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


def test_whoever_is_held_is_passed_over(judged: Judgements) -> None:
    assert key(ask(judged, held={ASLEEP})) == ASLEEP_TOO
    assert key(ask(judged, held={ASLEEP, ASLEEP_TOO})) is None


def test_nobody_is_greeted_who_was_never_worth_much(judged: Judgements) -> None:
    assert key(ask(judged, held={ASLEEP}, least=0.9)) is None


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
    group = [1, 1, 1, 2, 2, 2, -1]
    member = [5, 6, 5, 5, 6, 7, 5]
    assert small_groups(group, member, 2).tolist() == [True] * 3 + [False] * 4
    assert small_groups([], [], 2).tolist() == []


@given(st.lists(st.lists(st.integers(0, 12), max_size=5), max_size=12), st.sets(st.integers(0, 12)))
@settings(deadline=None)
def test_the_company_of_people_is_whoever_was_in_a_group_with_them(
    groups: list[list[int]], people: set[int]
) -> None:
    rows = [(number, one) for number, group in zip(count(), groups) for one in group]
    found = company_of(
        np.array(sorted(people), dtype=np.int64),
        np.array([number for number, _ in rows], dtype=np.int64),
        np.array([one for _, one in rows], dtype=np.int64),
    )
    expected = {one for group in groups if people & set(group) for one in group}
    assert set(found.tolist()) == expected
