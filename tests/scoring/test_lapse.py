"""The hazard is the published formula, and behaves like a chance."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import exp, inf, log, sqrt

import numpy as np
import pytest

from scoring.contact import Way
from scoring.days import SECONDS_A_DAY
from scoring.lapse import held, p_lapse
from scoring.rhythm import Rhythm, own_horizon
from scoring.ties import Ties

Build = Callable[..., Ties]
DAY = SECONDS_A_DAY


def held_by_hand(days: list[int], today: int, horizon: int) -> float:
    share = 0.0
    for day, earlier in zip(days, [-inf, *days], strict=False):
        begin = max(earlier, day - horizon / 3)
        share += 2 ** (-(today - day) / horizon) - 2 ** (-(today - begin) / horizon)
    return share


def by_hand(days: list[int], today: int, horizon: int) -> float:
    gaps = [log(b - a) for a, b in pairwise(days)]
    mean = sum(gaps) / max(len(gaps), 1)
    uneven = sqrt((sum((gap - mean) ** 2 for gap in gaps) + 2) / (len(gaps) + 2))
    d30 = sum(2 ** (-(today - day) / 30) for day in days)
    d180 = sum(2 ** (-(today - day) / 180) for day in days)
    logit = (
        2.0185
        + 0.3329 * log(max(today - days[-1], 0.5))
        - 0.4396 * log(d30 + 0.1)
        - 0.6527 * log(d180 + 0.3)
        + 0.8129 * uneven
        - 0.8208 * log(horizon)
        - held_by_hand(days, today, horizon)
    )
    return 1 / (1 + exp(-0.22 - 0.85 * logit))


@pytest.mark.parametrize("days", [[100], [90, 100], [1, 2, 30, 31, 32, 99], list(range(1, 100, 7))])
@pytest.mark.parametrize("horizon", [1, 60, 90])
def test_it_is_the_formula(build: Build, days: list[int], horizon: int) -> None:
    ties = build({7: [(day, Way.OUT) for day in days]})
    for today in (days[-1] + 1, days[-1] + 45):
        found = p_lapse(ties, today * DAY, horizon)
        assert found == pytest.approx([by_hand(days, today, horizon)], rel=1e-12)


def test_each_tie_can_have_its_own_horizon(build: Build) -> None:
    days = [10, 20, 35]
    ties = build({key: [(day, Way.OUT) for day in days] for key in (1, 2)})
    found = p_lapse(ties, 50 * DAY, np.array([30, 90]))
    assert found == pytest.approx([by_hand(days, 50, 30), by_hand(days, 50, 90)])


def test_contact_earlier_today_counts_at_noon_and_contact_tomorrow_never(build: Build) -> None:
    before = [(day, Way.OUT) for day in (1, 20, 40)]
    past = build({1: before})
    more = build({1: [*before, (60.25, Way.IN), (61.0, Way.IN)]})
    assert p_lapse(more, 60 * DAY) == p_lapse(past, 60 * DAY)
    assert p_lapse(more, 60.5 * DAY) == pytest.approx([by_hand([1, 20, 40, 60], 60, 60)])
    assert p_lapse(more, 60.5 * DAY)[0] < p_lapse(past, 60.5 * DAY)[0]


def test_held_is_the_share_of_moments_soon_before_a_contact(build: Build) -> None:
    """Against the definition itself: every quarter of an hour of ten years, asked one by one."""
    days = np.array([1000, 1001, 1002, 1010, 1060, 1090, 1100])
    ties = build({1: [(int(day), Way.OUT) for day in days]})
    for today, horizon in ((1100, 60), (1130, 60), (1130, 21)):
        moment = np.arange(today - 3650, today, 1 / 96) + 1 / 192
        following = np.append(days, np.inf)[np.searchsorted(days, moment)]
        counts = 2 ** (-(today - moment) / horizon)
        share = counts[following - moment < horizon / 3].sum() / counts.sum()
        assert held(ties, today, horizon) == pytest.approx([share], abs=1e-3)


def test_of_two_ties_with_the_same_decayed_contact_the_steadier_is_safer(build: Build) -> None:
    burst, steady = [80, 81, 82, 83, 100], [20, 40, 60, 80, 100]
    ties = build({1: [(day, Way.OUT) for day in burst], 2: [(day, Way.OUT) for day in steady]})
    one, other = held(ties, 110, 60)
    assert one < 0.6 * other
    assert held(build({}), 110, 60).tolist() == []


def test_a_tie_of_which_nothing_is_known_is_lapsed(build: Build) -> None:
    assert p_lapse(build({1: [(5, Way.OUT)]}), 3 * DAY).tolist() == [1.0]
    assert p_lapse(build({}), 3 * DAY).tolist() == []


def test_a_silence_of_centuries_is_still_a_number(build: Build) -> None:
    ties = build({1: [(-700_000, Way.OUT), (-699_990, Way.IN)], 2: [(0, Way.MUTUAL)]})
    found = p_lapse(ties, 2_900_000 * DAY)
    assert np.all((found > 0.9) & (found <= 1))


def weighted_median(gaps: list[int], weights: list[float]) -> int:
    """By the definition: the shortest gap with half of the weight up to it."""
    whole = [max(round(2**20 * weight), 1) for weight in weights]
    seen = 0
    for gap, weighs in sorted(zip(gaps, whole, strict=True)):
        seen += weighs
        if 2 * seen >= sum(whole):
            return gap
    raise AssertionError


@pytest.fixture
def chance_contacts() -> list[list[int]]:
    dice = np.random.default_rng(4)
    sizes = [3, 4, 5, 6, 20, 50, 400]
    return [sorted(dice.choice(3000, size=size, replace=False).tolist()) for size in sizes]


def test_the_usual_gap_is_the_median_with_long_and_recent_gaps_weighing_more(
    build: Build, chance_contacts: list[list[int]]
) -> None:
    ties = build({i: [(day, Way.OUT) for day in days] for i, days in enumerate(chance_contacts)})
    expected = []
    for days in chance_contacts:
        gaps = np.diff(days).tolist()
        ages = [days[-1] - day for day in days[1:]]
        weights = [gap**0.5 * 2 ** (-age / 365) for gap, age in zip(gaps, ages, strict=True)]
        expected.append(weighted_median(gaps, weights))
    assert Rhythm.of(ties).usual_gap().tolist() == expected


def test_the_recent_median_counts_gaps_and_halves_every_eight(
    build: Build, chance_contacts: list[list[int]]
) -> None:
    ties = build({i: [(day, Way.OUT) for day in days] for i, days in enumerate(chance_contacts)})
    expected = []
    for days in chance_contacts:
        gaps = np.diff(days).tolist()
        weights = [2 ** (-since / 8) for since in range(len(gaps))][::-1]
        expected.append(weighted_median(gaps, weights))
    assert Rhythm.of(ties).recent_median().tolist() == expected


def test_a_burst_now_and_then_is_no_daily_rhythm(build: Build) -> None:
    """Three days in a row each quarter: two gaps in three are a day, yet nobody would say so."""
    bursts = [quarter + day for quarter in range(0, 720, 90) for day in (0, 1, 2)]
    ties = build({1: [(day, Way.OUT) for day in bursts]})
    assert Rhythm.of(ties).usual_gap().tolist() == [88]
    assert Rhythm.of(ties).recent_median().tolist() == [1]


def test_a_tie_that_changed_its_pace_is_measured_by_the_new_one(build: Build) -> None:
    weekly_then_monthly = [*range(0, 210, 7), *range(210, 600, 30)]
    ties = build({1: [(day, Way.OUT) for day in weekly_then_monthly]})
    assert Rhythm.of(ties).usual_gap().tolist() == [30]


def test_one_gap_is_no_usual_gap(build: Build) -> None:
    ties = build({1: [(1, Way.OUT)], 2: [(1, Way.OUT), (5, Way.IN)]})
    assert Rhythm.of(ties).usual_gap().tolist() == [0, 0]


def test_own_horizons_are_four_usual_gaps_within_bounds() -> None:
    assert own_horizon(np.array([0, 1, 10, 20.5, 365])).tolist() == [120, 21, 40, 82, 120]
    assert own_horizon(np.array([inf])).tolist() == [120]
