"""The past, graded: figures known by hand, rivals treated alike, intervals that are sane."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.replay.hindsight import RIVALS, Figures, Quarter, grade_weeks
from scoring.replay.measures import DRAWS, Draws, Estimate, reliability
from scoring.replay.rivals import LINE_FOR_ALL, PICKS, Naming, at_random, by_report
from scoring.replay.weeks import WEEK, Lapses, Looks, Weeks

FAR = 100_000
# Three ties. Tie 0 falls silent after day 1,000 and sleeps from day 1,121 on; tie 1 pauses twice;
# tie 2 is in touch all the time. (row, last, quiet at that day, days of the looks, those named)
MONDAYS = range(1_005, 1_131, WEEK)


def looks_of(rows: Iterable[tuple[object, ...]], *, horizon: int) -> Looks:
    """Return looks from rows: week, day, row, last, quiet, chance, strength, named."""
    columns: list[npt.NDArray[Any]] = [np.array(column) for column in zip(*rows, strict=True)]
    week, day, row, last, quiet, chance, strength, named = columns
    return Looks(
        week=week,
        day=day,
        row=row,
        silence=day - last,
        last=last,
        chance=chance,
        strength=strength,
        stake=chance * (1 - chance) * strength,
        horizon=np.full(day.size, horizon),
        quiet=quiet,
        named=named.astype(np.bool_),
    )


@pytest.fixture
def three() -> Weeks:
    """Eighteen weeks of three ties, written down by hand; every horizon is 28 days."""
    looks = []
    for week, day in enumerate(MONDAYS):
        if day < 1_121:
            looks.append((week, day, 0, 1_000, FAR, 0.8, 0.5, day in {1_019, 1_047, 1_096}))
        last, following = (990, 1_040) if day <= 1_040 else (1_040, 1_300)
        looks.append((week, day, 1, last, following - day, 0.4, 0.25, day in {1_026, 1_075}))
        looks.append((week, day, 2, day - 1, 1, 0.1, 0.9, False))
    return Weeks(
        first=1_005,
        last=1_124,
        count=18,
        away=0,
        keys=np.array([4, 8, 15]),
        looks=looks_of(looks, horizon=28),
        lapses=Lapses(np.array([0]), np.array([1_000]), np.array([1_121])),
    )


def value(estimate: Estimate | None) -> float:
    assert estimate is not None
    return estimate.value


def test_the_reports_figures_are_those_counted_by_hand(three: Weeks) -> None:
    found = grade_weeks(three)
    assert (found.ties, found.lapses, found.report.named) == (3, 1, 5)
    figures = found.report.figures
    # Of tie 0, three times, and of tie 1 on 1,075 nothing was heard for 28 days; on 1,026 it was.
    assert value(figures.precision) == pytest.approx(4 / 5)
    # Day 1,075 is 225 days before the next word.
    assert value(figures.silent_long) == pytest.approx(4 / 5)
    assert value(figures.in_time) == 1
    assert value(figures.lead_days) == 1_121 - 1_019
    # Lost: tie 0 in 17 weeks, .5 each; tie 1 in the first two and the last 12, .25 each. Before
    # the owner: tie 0 from 1,019 to 1,117 in 12 of them; tie 1 on 1,047 (named on 1,026), and from
    # 1,075 to 1,096 in 4.
    assert value(figures.value) == pytest.approx((12 * 0.5 + 5 * 0.25) / (17 * 0.5 + 14 * 0.25))


def test_the_curve_rises_on_the_day_of_silence_on_which_a_lapse_was_named(three: Weeks) -> None:
    found = grade_weeks(three)
    curve = found.report.by_silence
    assert curve[18] == 0
    assert set(curve[19:]) == {1}
    line = found.rivals["line_for_all"].grade.by_silence
    assert not any(line[:96])  # the first list after day 1,090, on which it crossed the line
    assert set(line[96:]) == {1}
    assert value(found.rivals["line_for_all"].grade.figures.lead_days) == 1_121 - 1_096


def test_quarters_are_those_of_the_calendar(three: Weeks) -> None:
    # Day 1,005 is 2 October 1972; day 1,096 is New Year.
    assert grade_weeks(three).quarters == (Quarter(1972, 4, 4, 3), Quarter(1973, 1, 1, 1))


def test_chances_are_compared_every_fourth_week(three: Weeks) -> None:
    found = grade_weeks(three).calibration
    assert found is not None
    # Weeks 0, 4, 8, 12 and 16: tie 0 always lapses, tie 1 but for the second, tie 2 never.
    assert found.chances == 15
    assert found.said == pytest.approx((5 * 0.8 + 5 * 0.4 + 5 * 0.1) / 15)
    assert found.came.value == pytest.approx(9 / 15)
    assert [(one.count, one.said, one.came.value) for one in found.bins] == [
        (5, pytest.approx(0.1), 0),
        (5, pytest.approx(0.4), pytest.approx(4 / 5)),
        (5, pytest.approx(0.8), 1),
    ]
    assert found.error == pytest.approx((0.1 + 0.4 + 0.2) / 3)


def test_rivals_are_those_of_their_rule(three: Weeks) -> None:
    looks = three.looks

    def days(name: str, row: int) -> list[int]:
        naming = RIVALS[name](looks)
        return looks.day[(looks.row == row) & (naming.named > 0)].tolist()

    # One name in each of the weeks in which the report had one.
    assert days("days_silent", 1) == [1_019, 1_047, 1_096]
    assert days("days_silent", 0) == [1_026, 1_075]
    assert days("days_silent", 2) == []
    assert days("chance_alone", 0) == [1_019, 1_047, 1_096]
    assert days("chance_alone", 1) == [1_026, 1_075]


def test_a_difference_is_drawn_in_pairs(three: Weeks) -> None:
    found = grade_weeks(three)
    same = found.rivals["chance_alone"]  # names the very same people here
    assert same.grade == found.report
    for one in fields(Figures):
        minus = getattr(same.report_minus, one.name)
        assert (minus.value, minus.low, minus.high) == (0, 0, 0)


def test_nothing_gives_no_figure_and_no_error(three: Weeks) -> None:
    nobody = three.looks.only(np.zeros(three.looks.row.size, dtype=np.bool_))
    none = Lapses(*(np.empty(0, dtype=np.int64) for _ in range(3)))
    found = grade_weeks(Weeks(1_005, 1_124, 18, 0, three.keys, nobody, none))
    assert (found.ties, found.lapses, found.report.named) == (0, 0, 0)
    assert found.calibration is None
    assert found.quarters == ()
    assert found.report.by_silence == ()
    for one in (found.report, *(rival.grade for rival in found.rivals.values())):
        assert {getattr(one.figures, field.name) for field in fields(Figures)} == {None}


def made_up(seed: int, ties: int, weeks: int, most: int) -> Weeks:
    """Ties with random silences, of whom some are named at random, never one who rests."""
    dice = np.random.default_rng(seed)
    rows: list[tuple[object, ...]] = []
    latest = np.full(ties, -FAR)
    begun = dice.integers(800, 1_000, ties)
    for week in range(weeks):
        day = 1_005 + WEEK * week
        begun = np.where(dice.random(ties) < 0.15, day - dice.integers(0, WEEK, ties), begun)
        there = np.flatnonzero(dice.random(ties) < 0.9)
        free = there[latest[there] < day - 21]
        chosen = dice.permutation(free)[: dice.integers(0, most + 1)]
        latest[chosen] = day
        for row in there.tolist():
            quiet = int(dice.integers(0, 150))
            rows.append((week, day, row, begun[row], quiet, *dice.random(2), row in chosen))
    if not rows:
        return made_up(seed + 1, ties, weeks, most)
    looks = looks_of(rows, horizon=60)
    slept = np.flatnonzero(looks.silence > 120)
    some = slept[np.unique(looks.silences[slept], return_index=True)[1]]
    lapses = Lapses(looks.row[some], looks.last[some], looks.last[some] + 121)
    end = int(looks.day[-1])
    return Weeks(1_005, end, weeks, 0, np.arange(ties), looks, lapses)


class Told:
    """Who was told of when, kept as a person would: a list for each tie."""

    def __init__(self, looks: Looks) -> None:
        self._looks = looks
        self._of: dict[int, list[tuple[int, int]]] = {}

    def free(self, week: slice) -> list[int]:
        """The places of those who do not rest: three weeks, then six, then for good."""
        looks, free = self._looks, []
        for place in range(week.start, week.stop):
            before = self._of.get(int(looks.row[place]), [])
            here = sum(last == looks.last[place] for _, last in before)
            day = int(looks.day[place])
            if here < 3 and (not before or day - before[-1][0] > 21 * max(here, 1)):
                free.append(place)
        return free

    def tell(self, place: int) -> None:
        looks = self._looks
        told = (int(looks.day[place]), int(looks.last[place]))
        self._of.setdefault(int(looks.row[place]), []).append(told)


scenes = st.builds(
    made_up, st.integers(0, 2**32), st.integers(1, 12), st.integers(1, 30), st.integers(1, 5)
)


@given(scenes)
@settings(max_examples=40)
def test_rivals_name_as_many_as_the_report_or_all_they_may(weeks: Weeks) -> None:
    looks = weeks.looks
    for name, rule in RIVALS.items():
        naming = rule(looks)
        assert np.all((naming.named >= 0) & (naming.named <= 1))
        assert np.all(naming.first <= naming.named + 1e-12)
        assert np.all(naming.before_owner >= naming.named - 1e-12)
        told, resting = set[int](), Told(looks)
        for week in looks.weeks():
            many, theirs = looks.named[week].sum(), naming.named[week].sum()
            assert theirs <= many + 1e-9
            if name in {"days_silent", "chance_alone"}:
                chosen = (week.start + np.flatnonzero(naming.named[week])).tolist()
                free = resting.free(week)
                assert set(chosen) <= set(free)
                assert len(chosen) == min(many, len(free))
                for place in chosen:
                    resting.tell(place)
            if name == "line_for_all":
                for at in range(week.start, week.stop):
                    if naming.named[at]:
                        assert looks.silence[at] > LINE_FOR_ALL
                        assert int(looks.silences[at]) not in told
                        told.add(int(looks.silences[at]))


@given(scenes)
@settings(max_examples=25)
def test_every_figure_is_a_number_with_an_interval_or_nothing(weeks: Weeks) -> None:
    found = grade_weeks(weeks)
    assert found == grade_weeks(weeks)
    for name, one in {
        "report": found.report,
        **{k: r.grade for k, r in found.rivals.items()},
    }.items():
        assert np.isfinite(one.named), name
        assert np.isfinite(one.by_silence).all()
        assert np.all(np.diff(one.by_silence) >= 0)
        for field in fields(Figures):
            estimate = getattr(one.figures, field.name)
            if estimate is not None:
                assert np.isfinite([estimate.value, estimate.low, estimate.high]).all()
                assert estimate.low <= estimate.high
                assert estimate.ties >= 1
                if field.name != "lead_days":
                    assert 0 <= estimate.low <= estimate.high <= 1
    assert sum(one.named for one in found.quarters) == found.report.named


def drawn(looks: Looks, dice: np.random.Generator) -> npt.NDArray[np.bool_]:
    """One random pick, made as a person would: as many as the report, of those not at rest."""
    chosen = np.zeros(looks.row.size, dtype=np.bool_)
    told = Told(looks)
    for week in looks.weeks():
        free = told.free(week)
        for place in dice.permutation(free)[: looks.named[week].sum()].astype(int).tolist():
            chosen[place] = True
            told.tell(place)
    return chosen


def test_the_random_pick_is_what_picking_at_random_comes_to() -> None:
    weeks = made_up(5, ties=60, weeks=60, most=4)
    looks = weeks.looks
    expected = at_random(looks)
    dice = np.random.default_rng(3)
    total: dict[str, list[float]] = {"named": [], "hits": [], "first": [], "value": []}
    for _ in range(100):
        chosen = drawn(looks, dice)
        found = by_report(replace(looks, named=chosen))
        for name, sum_of in sums(looks, found).items():
            total[name].append(sum_of)
    for name, sum_of in sums(looks, expected).items():
        # As wide as the mean of so many lists may well stray.
        spread = float(np.std(total[name])) / np.sqrt(PICKS)
        assert np.mean(total[name]) == pytest.approx(sum_of, abs=4 * spread + 1e-9), name


def sums(looks: Looks, naming: Naming) -> dict[str, float]:
    lost = looks.strength * looks.lapsed
    return {
        "named": float(naming.named.sum()),
        "hits": float((naming.named * looks.lapsed).sum()),
        "first": float(naming.first.sum()),
        "value": float((naming.before_owner * lost).sum()),
    }


def test_all_or_none_of_a_few_is_no_certainty() -> None:
    draws, row = Draws.of(4), np.arange(4)
    all_of_them = draws.ratio(row, np.ones(4), np.ones(4)).estimate()
    none = draws.ratio(row, np.zeros(4), np.ones(4)).estimate()
    assert all_of_them is not None
    assert none is not None
    # Clopper and Pearson: 4 of 4 leave a share of 40 in 100 possible.
    assert (all_of_them.low, all_of_them.high) == (pytest.approx(0.3976, abs=1e-4), 1)
    assert (none.low, none.high) == (0, pytest.approx(0.6024, abs=1e-4))
    assert all_of_them.ties == none.ties == 4


def test_an_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    dice = np.random.default_rng(11)
    held = 0
    for _ in range(200):
        came = (dice.random(60) < 0.3).astype(np.float64)
        found = Draws.of(60).ratio(np.arange(60), came, np.ones(60)).estimate()
        assert found is not None
        held += found.low <= 0.3 <= found.high
    assert 180 <= held <= 198


def test_weeks_of_one_tie_are_no_evidence_of_their_own() -> None:
    came = np.repeat(np.arange(12) % 2, 10).astype(np.float64)
    by_tie = Draws.of(12).ratio(np.repeat(np.arange(12), 10), came, np.ones(120)).estimate()
    each = Draws.of(120).ratio(np.arange(120), came, np.ones(120)).estimate()
    assert by_tie is not None
    assert each is not None
    assert by_tie.high - by_tie.low > 2 * (each.high - each.low)


def test_a_median_counts_by_weight_and_draws_the_ties() -> None:
    draws = Draws.of(3)
    found = draws.median(np.array([0, 1, 2]), np.array([10.0, 20.0, 30.0]), np.array([1.0, 1, 5]))
    assert found.value == 30
    assert found.draws.size == DRAWS
    assert set(found.draws.tolist()) == {10, 20, 30}
    assert draws.median(np.array([0]), np.array([1.0]), np.array([0.0])).estimate() is None


def test_bins_stay_where_they_are() -> None:
    chance = np.linspace(0.05, 0.95, 40)
    lapsed = chance > 0.5
    found = reliability(Draws.of(40), np.arange(40), lapsed, chance)
    assert [one.count for one in found] == [4] * 10
    assert [one.came.value for one in found] == [0] * 5 + [1] * 5
    assert np.all(np.diff([one.said for one in found]) > 0)
