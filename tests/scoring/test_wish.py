"""The owner's word: a least worth, and a rhythm of their choosing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scoring.attention import judge, select
from scoring.contact import Way
from scoring.days import SECONDS_A_DAY
from scoring.judgement import State
from scoring.ties import Ties
from scoring.worth import KEPT, Wish

Build = Callable[..., Ties]
DAY = SECONDS_A_DAY


def test_whom_the_owner_keeps_is_worth_something_at_least(build: Build) -> None:
    ties = build({1: [(0, Way.OUT)], 2: [(day, Way.MUTUAL) for day in range(200)]})
    plain = judge(ties, 250 * DAY)
    kept = judge(ties, 250 * DAY, wishes={1: Wish(KEPT), 2: Wish(KEPT)})
    assert plain.worth[0] < KEPT == kept.worth[0]
    assert plain.worth[1] == kept.worth[1] > KEPT  # a word takes nothing away
    assert plain.strength.tolist() == kept.strength.tolist()


@pytest.mark.parametrize(("day", "state"), [(130, State.LIVING), (131, State.FADING)])
def test_a_wished_rhythm_counts_in_place_of_the_one_seen(
    build: Build, day: int, state: State
) -> None:
    ties = build({1: [(one, Way.MUTUAL) for one in range(0, 101, 5)]})
    (one,) = judge(ties, day * DAY, wishes={1: Wish(every_days=30)})
    assert one.state is state
    assert one.reasons.wished_days == 30


def test_somebody_hardly_known_may_be_wished_for(build: Build) -> None:
    ties = build({1: [(0, Way.OUT)]})
    assert judge(ties, 400 * DAY)[0].state is State.SLIGHT
    judged = judge(ties, 400 * DAY, wishes={1: Wish(KEPT, 90)})
    assert judged[0].state is State.FADING  # and not asleep, for the owner wants to know
    assert [flag.key for flag in select(judged).flags] == [1]


def test_a_wish_is_heard_however_little_the_tie_seems_to_need(build: Build) -> None:
    ties = build({1: [(day, Way.MUTUAL) for day in range(300)]})
    judged = judge(ties, 305 * DAY, wishes={1: Wish(every_days=2)})
    assert judged.attention[0] < 0.05
    assert len(select(judged).flags) == 1


def test_wishes_for_strangers_change_nothing(build: Build) -> None:
    ties = build({4: [(0, Way.OUT)]})
    assert judge(ties, 9 * DAY, wishes={1: Wish(KEPT, 5), 9: Wish(KEPT, 5)})[0].worth < KEPT


@pytest.mark.parametrize(("worth", "days"), [(-0.1, 0), (1.0, 0), (0.5, -1)])
def test_a_wish_beyond_reason_is_refused(worth: float, days: int) -> None:
    with pytest.raises(ValueError, match="a wish needs"):
        Wish(worth, days)
