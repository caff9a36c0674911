"""The walk through past weeks: who would have been named when, and nothing that came later."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.attention import LEAST_ATTENTION
from scoring.calibration import Horizon
from scoring.clock import Absences
from scoring.contact import Contact, Way
from scoring.cooldown import COOLDOWN_DAYS, MOST_TIMES
from scoring.days import SECONDS_A_DAY
from scoring.replay.weeks import Looks, Weeks, walk
from scoring.ties import Ties

Build = Callable[..., Ties]
Events = dict[str, npt.NDArray[np.int64]]

DAY = SECONDS_A_DAY
FIRST, LAST = 10_000, 10_480
UNTIL = LAST + 200
MONDAYS = [day for day in range(FIRST + 182, LAST) if day % 7 == 4]
STOPS, PAUSES, CROWD = 7, 3, 99
# All that is said of a week on its day; `quiet` and `row` are what came, and a place.
SAID = ("week", "day", "silence", "last", "chance", "strength", "stake", "horizon", "named")
bounded = settings(max_examples=25)


def both_ways(first: int, last: int, every: int) -> list[tuple[int, Way]]:
    """Letters each way in turn, the last one theirs."""
    days = range(last, first - 1, -every)
    return [(day, (Way.IN, Way.OUT)[at % 2]) for at, day in enumerate(days)]


@pytest.fixture
def two(build: Build) -> Ties:
    """Two weekly ties: one stops on day 10,399, one pauses for 81 days from 10,602 on."""
    return build(
        {
            STOPS: both_ways(10_000, 10_399, 7),
            PAUSES: both_ways(10_000, 10_602, 7) + both_ways(10_683, 10_998, 7),
        }
    )


def walked(ties: Ties, **more: object) -> Weeks:
    found = walk(ties, Absences.of([]), until=11_000, **more)  # type: ignore[arg-type]
    assert found is not None
    return found


def named_on(weeks: Weeks, key: int) -> list[int]:
    looks = weeks.looks
    return looks.day[looks.named & (weeks.keys[looks.row] == key)].tolist()


def test_it_walks_every_monday_from_half_a_year_on_to_a_horizon_before_the_end(two: Ties) -> None:
    weeks = walked(two)
    assert weeks.first == 10_182  # 182 days after the first letter, a Monday
    assert weeks.last == 10_875
    assert weeks.count == 100
    assert np.unique(weeks.looks.day).tolist() == list(range(10_182, 10_876, 7))
    assert walked(two, weekday=3).first == 10_185
    assert walked(two, horizon=60).last == 10_938


def test_a_tie_is_named_as_soon_as_it_fades_and_matters_and_again_after_each_rest(
    two: Ties,
) -> None:
    weeks = walked(two)
    looks = weeks.looks
    for row, key in enumerate(weeks.keys.tolist()):
        mine = looks.row == row
        # Every seven days; a longer silence than one and a half gaps, and than ten days, is fading.
        worth_it = looks.stake[mine] / (1 - looks.chance[mine]) >= LEAST_ATTENTION
        due = worth_it & (looks.silence[mine] > 10.5)
        expected: list[int] = []
        for day in looks.day[mine][due].tolist():
            if not expected or day > expected[-1] + 21 * len(expected):
                expected.append(day)
        assert named_on(weeks, key) == expected[:3]
        assert expected
    assert np.diff(named_on(weeks, STOPS)).tolist() == [28, 49]
    assert all(10_609 < day <= 10_683 for day in named_on(weeks, PAUSES))


def test_a_lapse_is_known_to_the_day(two: Ties) -> None:
    weeks = walked(two)
    assert weeks.keys[weeks.lapses.row].tolist() == [STOPS]
    assert weeks.lapses.last.tolist() == [10_399]
    assert weeks.lapses.day.tolist() == [10_520]


def test_a_silence_from_before_the_first_week_is_no_lapse(build: Build) -> None:
    ties = build({1: both_ways(9_900, 10_050, 7), 2: both_ways(9_900, 10_998, 7)})
    weeks = walked(ties)
    assert weeks.first > 10_050  # by then the first tie has been silent for a month
    assert weeks.looks.day[weeks.looks.row == 0].max() > weeks.first
    assert not weeks.lapses.row.size


def test_what_came_next_is_counted_from_the_day_itself(two: Ties) -> None:
    looks = walked(two).looks
    stops = looks.row == 1
    assert looks.quiet[stops & (looks.day == 10_399)].tolist() == [0]
    assert looks.quiet[stops & (looks.day == 10_406)].item() > 10_000
    assert looks.quiet[~stops & (looks.day == 10_616)].tolist() == [67]
    assert set(looks.horizon.tolist()) == {28}
    assert not looks.lapsed[looks.day == 10_399].any()


def test_an_absence_of_the_owner_names_nobody(two: Ties) -> None:
    # The owner writes daily, but for the days in which one tie pauses.
    deeds = [day for day in range(9_600, 11_000) if not 10_603 <= day < 10_683]
    weeks = walk(two, Absences.of(deeds), until=11_000)
    assert weeks is not None
    assert named_on(weeks, PAUSES) == []
    assert named_on(weeks, STOPS) == named_on(walked(two), STOPS)


def test_weeks_in_which_the_owner_is_known_to_be_away_are_passed_over(two: Ties) -> None:
    deeds = [day for day in range(9_600, 11_000) if not 10_603 <= day < 10_683]
    weeks = walk(two, Absences.of(deeds), until=11_000)
    assert weeks is not None
    # From five idle days on, which is known on Monday 10,609, until the owner is back.
    passed = set(range(10_182, 10_876, 7)) - set(weeks.looks.day.tolist())
    assert passed == set(range(10_609, 10_683, 7))
    assert (weeks.count, weeks.away) == (100 - 11, 11)
    assert np.unique(weeks.looks.week).tolist() == list(range(89))
    gone = walk(two, Absences.of([day for day in deeds if day < 10_603]), until=11_000)
    assert gone is not None
    assert (gone.last, gone.away) == (10_602, 0)


def test_the_list_is_as_long_as_asked(build: Build) -> None:
    ties = build({key: both_ways(10_000, 10_399, 7) for key in range(9)})
    for people in (1, 5):
        looks = walked(ties, people=people).looks
        assert max(np.bincount(looks.week, weights=looks.named)) == people


def test_without_history_there_is_no_week(build: Build) -> None:
    nobody, short = build({}), build({1: both_ways(10_800, 10_998, 7)})
    strangers = build({key: [(10_000 + key, Way.IN)] for key in range(20)})
    for ties in (nobody, short, strangers):
        assert walk(ties, Absences.of([]), until=11_000) is None


def test_what_makes_no_sense_is_refused(two: Ties) -> None:
    for wrong in ({"people": 0}, {"horizon": 0}):
        with pytest.raises(ValueError, match="at least 1"):
            walked(two, **wrong)


def test_progress_is_told_to_the_end(two: Ties) -> None:
    told: list[tuple[int, int]] = []
    walked(two, progress=lambda done, total: told.append((done, total)))
    assert told == [(at, 100) for at in range(1, 101)]


def test_what_a_flag_that_was_sent_may_have_changed_is_left_out(two: Ties) -> None:
    weeks = walked(two)
    left = weeks.without([STOPS, 99], [10_441, 10_441])
    # Nothing is judged from a horizon of 28 days before it to four months after it.
    assert left.looks.day[left.looks.row == 1].max() == 10_413
    assert not left.lapses.row.size
    assert named_on(left, PAUSES) == named_on(weeks, PAUSES)
    pauses = weeks.without([PAUSES], [10_616])
    assert named_on(pauses, STOPS) == named_on(weeks, STOPS)
    assert pauses.lapses.row.size == 1
    kept = pauses.looks.day[pauses.looks.row == 0].tolist()
    assert [day for day in range(10_560, 10_760, 7) if day not in kept] == [
        *range(10_595, 10_736, 7)
    ]
    assert weeks.without([], []).looks.day.size == weeks.looks.day.size


def part(events: Events, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> Events:
    return {name: column[chosen] for name, column in events.items()}


@st.composite
def histories(draw: st.DrawFn) -> Events:
    """Ties with a rhythm each, which pause and stop at any time, and an owner who goes away.

    The owner writes to a crowd daily, which is no contact, but shows that they are there.
    """
    dice = np.random.default_rng(draw(st.integers(0, 2**32)))
    ties: list[npt.NDArray[np.int64]] = []
    for key in range(draw(st.integers(1, 6))):
        gaps = np.maximum(dice.gamma(3.0, draw(st.integers(1, 12)), 400), 0.3)
        gaps[dice.integers(0, 400, 6)] *= 6
        at = (FIRST + dice.integers(0, 200) + np.cumsum(gaps)) * DAY
        at = at[at < min(FIRST + dice.integers(150, 500), LAST) * DAY]
        ties.append(np.stack((np.full(at.size, key * 7 - 5), at.astype(np.int64))))
    tie, when = np.concatenate(ties, axis=1)
    daily = np.arange(FIRST, LAST) * DAY
    way = np.append(dice.integers(-1, 2, tie.size), np.ones(daily.size, dtype=np.int64))
    events = {
        "person": np.append(tie, np.full(daily.size, CROWD)),
        "at": np.append(when, daily),
        "way": way,
        "size": np.append(dice.integers(1, 4, tie.size), np.full(daily.size, 50)),
    }
    there = np.ones(way.size, dtype=np.bool_)
    for _ in range(draw(st.integers(0, 4))):
        away = (dice.choice(MONDAYS) - dice.integers(1, 5)) * DAY
        until = away + dice.integers(6, 60) * DAY
        there &= (way < 0) | (events["at"] < away) | (events["at"] >= until)
    return part(events, there)


def replayed(events: Events, horizon: Horizon = "own") -> Weeks | None:
    mine = events["at"][events["way"] >= 0] // DAY
    ties = Ties.from_contact(Contact(**events).capped(10))
    return walk(ties, Absences.of(mine), until=UNTIL, horizon=horizon)


def said_by(weeks: Weeks | None, day: int) -> list[bytes]:
    """All that was said up to the 00:00 of a day, to the bit."""
    if weeks is None:
        return []
    looks = weeks.looks
    then = looks.day <= day
    if not then.any():
        return []
    lapses, newest = weeks.lapses, looks.day[then].max()
    slept = lapses.day <= newest
    said = [getattr(looks, name)[then].tobytes() for name in SAID]
    fallen = (weeks.keys[lapses.row[slept]], lapses.last[slept], lapses.day[slept])
    return [weeks.keys[looks.row[then]].tobytes(), *said, *(one.tobytes() for one in fallen)]


@given(
    histories(),
    st.sampled_from([60, "own"]),
    st.integers(FIRST + 200, LAST),
    st.integers(0, 2**32),
)
@bounded
def test_what_comes_from_a_day_on_changes_nothing_said_up_to_it(
    events: Events, horizon: Horizon, day: int, seed: int
) -> None:
    # Every other time a day on which the owner is just away, and it is not known for how long.
    deeds = np.append(events["at"][events["way"] >= 0] // DAY, 0)
    away = [one for one in MONDAYS if 2 <= one - deeds[deeds < one].max() <= 5]
    day = away[seed % len(away)] if away and seed % 2 else day
    before = events["at"] < day * DAY
    past = part(events, before)
    dice = np.random.default_rng(seed)
    later = part(events, dice.permutation(np.repeat(np.flatnonzero(~before), 2)))
    moved = later["at"] + dice.integers(-90 * DAY, 90 * DAY, later["at"].size)
    later["at"] = np.maximum(moved, day * DAY)
    other_future = {name: np.concatenate((past[name], later[name])) for name in events}
    said = said_by(replayed(events, horizon), day)
    assert said == said_by(replayed(past, horizon), day)
    assert said == said_by(replayed(other_future, horizon), day)


def test_the_histories_of_these_properties_do_name_people_and_lapse() -> None:
    """Else the properties would hold of nothing."""
    found: list[tuple[int, int]] = []

    @given(histories())
    @settings(max_examples=30, derandomize=True, database=None)
    def look(events: Events) -> None:
        weeks = replayed(events)
        if weeks is not None:
            found.append((int(weeks.looks.named.sum()), weeks.lapses.row.size))

    look()
    assert sum(named > 0 for named, _ in found) > len(found) // 2
    assert sum(lapses > 0 for _, lapses in found) > 5


@given(histories(), st.integers(0, 2**32))
@settings(max_examples=10)
def test_the_order_and_repetition_of_events_change_nothing(events: Events, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(np.repeat(np.arange(events["at"].size), 2))
    said = said_by(replayed(events), UNTIL)
    assert said == said_by(replayed(part(events, order)), UNTIL)


@given(histories())
@bounded
def test_every_look_is_a_number_and_whoever_is_named_rests(events: Events) -> None:
    weeks = replayed(events)
    if weeks is None:
        return
    looks: Looks = weeks.looks
    for name in ("chance", "strength", "stake"):
        column = getattr(looks, name)
        assert np.all((column >= 0) & (column <= 1)), name
    assert np.all(looks.silence == looks.day - looks.last)
    assert np.all(np.diff(looks.week) >= 0)
    for row in range(weeks.keys.size):
        mine = looks.named & (looks.row == row)
        assert np.all(np.diff(looks.day[mine]) > COOLDOWN_DAYS)
        for silence in np.unique(looks.last[mine]):
            days = looks.day[mine & (looks.last == silence)]
            assert days.size <= MOST_TIMES
            assert np.all(np.diff(days) > COOLDOWN_DAYS * np.arange(1, days.size))
    assert [looks.week[one].tolist() for one in looks.weeks()] == [
        looks.week[looks.week == week].tolist() for week in np.unique(looks.week)
    ]
