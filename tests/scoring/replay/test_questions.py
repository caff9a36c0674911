"""A replay says what would have been said then: nothing later, and nobody else, changes a bit."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from math import exp, log
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.attention import judge, select
from scoring.calibration import (
    EVERY_DAYS,
    History,
    Horizon,
    Scale,
    calibrate,
    fit,
    from_logit,
    history,
    offset,
    to_logit,
)
from scoring.contact import Contact, Way
from scoring.days import SECONDS_A_DAY
from scoring.judgement import State
from scoring.lapse import hazard
from scoring.moments import Moments
from scoring.replay.measures import auc, auc_by_owner, brier, calibration_error, hits_at
from scoring.replay.questions import Replayed, replay
from scoring.rhythm import Rhythm
from scoring.ties import Ties

Build = Callable[..., Ties]
Events = dict[str, npt.NDArray[np.int64]]
Queries = npt.NDArray[np.int64]

DAY = SECONDS_A_DAY
FIRST, LAST = 10_000, 10_900
OWNERS, TIES = 3, 5  # a tie's key is its owner x 100 + its number
HORIZONS = st.sampled_from([1, 60, 90, "own"])
bounded = settings(max_examples=60)


@st.composite
def tables(draw: st.DrawFn) -> tuple[Events, Queries]:
    """Some hundred events of a few owners over two and a half years, and (key, day) questions."""
    dice = np.random.default_rng(draw(st.integers(0, 2**32)))
    counts = draw(st.lists(st.integers(0, 90), min_size=OWNERS * TIES, max_size=OWNERS * TIES))
    keys = (np.arange(OWNERS)[:, None] * 100 + np.arange(TIES)).ravel()
    tie = np.repeat(keys, counts)
    events = {
        "person": tie,
        "at": dice.integers(FIRST * DAY, LAST * DAY, tie.size),
        "way": dice.integers(-1, 2, tie.size),
        "size": dice.integers(1, 13, tie.size),
    }
    many = draw(st.integers(1, 30))
    asked = np.stack((dice.choice(keys, many), dice.integers(FIRST - 5, LAST + 300, many)))
    return events, asked


def folded(events: Events, until: float = np.inf) -> Ties:
    return Ties.from_contact(Contact(**events).capped(10), until=until)


def answer(events: Events, asked: Queries, horizon: Horizon = 60) -> Replayed:
    ties = folded(events)
    place = np.searchsorted(ties.keys, asked[0])
    there = np.isin(asked[0], ties.keys)
    row = np.where(there, place, -1)
    return replay(ties, ties.keys // 100, row=row, day=asked[1], horizon=horizon)


def part(events: Events, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> Events:
    return {name: column[chosen] for name, column in events.items()}


def assert_same(one: Replayed, other: Replayed) -> None:
    assert one.score.tobytes() == other.score.tobytes()
    assert one.p_lapse.tobytes() == other.p_lapse.tobytes()


@given(tables(), HORIZONS, st.integers(FIRST, LAST), st.integers(0, 2**32))
@bounded
def test_what_comes_from_a_day_on_changes_nothing_said_for_it(
    table: tuple[Events, Queries], horizon: Horizon, day: int, seed: int
) -> None:
    events, asked = table
    now = np.arange(asked.shape[1]) % 2 == 0
    asked[1, now] = day  # the others ask about other days, later ones among them
    before = events["at"] < day * DAY
    dice = np.random.default_rng(seed)
    later = part(events, dice.permutation(np.repeat(np.flatnonzero(~before), 2)))
    moved = later["at"] + dice.integers(-90 * DAY, 90 * DAY, later["at"].size)
    later["at"] = np.maximum(moved, day * DAY)
    past = part(events, before)
    other_future = {name: np.concatenate((past[name], later[name])) for name in events}
    said = answer(events, asked, horizon)
    for other in (answer(past, asked, horizon), answer(other_future, asked, horizon)):
        assert said.score[now].tobytes() == other.score[now].tobytes()
        assert said.p_lapse[now].tobytes() == other.p_lapse[now].tobytes()


@given(tables(), HORIZONS)
@bounded
def test_a_question_is_answered_the_same_alone(
    table: tuple[Events, Queries], horizon: Horizon
) -> None:
    events, asked = table
    said = answer(events, asked, horizon)
    for at in range(min(asked.shape[1], 4)):
        alone = answer(events, asked[:, [at]], horizon)
        assert (alone.score[0], alone.p_lapse[0]) == (said.score[at], said.p_lapse[at])


@given(tables(), HORIZONS, st.integers(0, 2**32))
@bounded
def test_the_order_and_repetition_of_events_and_questions_change_nothing(
    table: tuple[Events, Queries], horizon: Horizon, seed: int
) -> None:
    events, asked = table
    dice = np.random.default_rng(seed)
    shuffled = part(events, dice.permutation(np.repeat(np.arange(events["at"].size), 2)))
    order = dice.permutation(asked.shape[1])
    said, again = answer(events, asked, horizon), answer(shuffled, asked[:, order], horizon)
    assert said.score[order].tobytes() == again.score.tobytes()
    assert said.p_lapse[order].tobytes() == again.p_lapse.tobytes()


@given(tables(), HORIZONS)
@bounded
def test_an_owner_is_judged_the_same_whoever_else_is_in_the_table(
    table: tuple[Events, Queries], horizon: Horizon
) -> None:
    events, asked = table
    said = answer(events, asked, horizon)
    for owner in range(OWNERS):
        mine = asked[0] // 100 == owner
        alone = answer(part(events, events["person"] // 100 == owner), asked[:, mine], horizon)
        assert said.score[mine].tobytes() == alone.score.tobytes()
        assert said.p_lapse[mine].tobytes() == alone.p_lapse.tobytes()


@given(tables(), HORIZONS)
@bounded
def test_names_are_nothing(table: tuple[Events, Queries], horizon: Horizon) -> None:
    """Ties numbered the other way about, as when a table is read in another order."""
    events, asked = table
    turned = {**events, "person": events["person"] // 100 * 100 + TIES - 1 - events["person"] % 100}
    keys = asked[0] // 100 * 100 + TIES - 1 - asked[0] % 100
    assert_same(answer(events, asked, horizon), answer(turned, np.stack((keys, asked[1])), horizon))


@given(tables(), HORIZONS)
@bounded
def test_every_answer_is_a_chance(table: tuple[Events, Queries], horizon: Horizon) -> None:
    events, asked = table
    said = answer(events, asked, horizon)
    for column in (said.score, said.p_lapse):
        assert np.all((column >= 0) & (column <= 1))
    person, at, small = events["person"], events["at"], events["size"] <= 10
    first = {
        key: at[(person == key) & small].min(initial=2**60) for key in np.unique(person).tolist()
    }
    strangers = [first.get(key, 2**60) // DAY >= day for key, day in asked.T.tolist()]
    assert said.unknown == sum(strangers)
    assert np.all(said.p_lapse[strangers] == 1)


@given(tables(), HORIZONS, st.integers(FIRST, LAST + 200))
@bounded
def test_ties_at_many_moments_are_ties_judged_then_to_the_bit(
    table: tuple[Events, Queries], horizon: Horizon, day: int
) -> None:
    ties = folded(table[0])
    judged = judge(ties, float(day * DAY), horizon)
    row = np.searchsorted(ties.keys, judged.key)
    moments = Moments(ties, row, np.full(row.size, day))
    assert moments.silence().tolist() == judged.silence_days.tolist()
    for piece, then in moments.chunks():
        chance = hazard(then, 0, judged.horizon_days[piece], Rhythm.of(then))
        assert chance.tobytes() == judged.p_lapse[piece].tobytes()


@given(tables(), HORIZONS, st.integers(FIRST, LAST + 200))
@bounded
def test_the_replay_says_what_the_product_says(
    table: tuple[Events, Queries], horizon: Horizon, day: int
) -> None:
    mine = part(table[0], table[0]["person"] < 100)
    ties = folded(mine)
    live = calibrate(ties, float(day * DAY), horizon)
    asked = np.stack((live.key, np.full(len(live), day)))
    assert answer(mine, asked, horizon).p_lapse.tobytes() == live.p_lapse.tobytes()


@given(tables(), st.integers(FIRST * DAY, (LAST + 200) * DAY))
@bounded
def test_calibration_moves_chances_and_attention_and_no_order(
    table: tuple[Events, Queries], now: int
) -> None:
    mine = part(table[0], table[0]["person"] < 100)
    ties = folded(mine, until=now)
    plain, mended = judge(ties, now, "own"), calibrate(ties, now)
    assert plain.state_code.tolist() == mended.state_code.tolist()
    order = np.argsort(plain.p_lapse, kind="stable")
    assert np.all(np.diff(mended.p_lapse[order]) >= 0)
    counted = mended.in_state(State.LIVING) | mended.in_state(State.FADING)
    assert np.array_equal(mended.attention, np.where(counted, mended.p_lapse * mended.worth, 0.0))
    assert {flag.key for flag in select(mended, people=9, least=0).flags} == {
        flag.key for flag in select(plain, people=9, least=0).flags
    }


@given(tables(), HORIZONS, st.integers(FIRST, LAST + 200))
@bounded
def test_outcomes_are_known_by_their_day_and_true(
    table: tuple[Events, Queries], horizon: Horizon, until: int
) -> None:
    ties = folded(table[0])
    past = history(ties, ties.keys // 100, horizon, {0: until, 2: until - 50})
    assert set(past.owner.tolist()) <= {0, 2}
    assert np.all(past.known <= np.where(past.owner == 0, until, until - 50))
    assert np.all(past.day % EVERY_DAYS == 0)
    for row, day, ahead, lapsed in zip(past.row, past.day, past.ahead, past.lapsed, strict=True):
        days = ties.day[ties.first[row] : ties.first[row + 1]]
        assert lapsed == (not np.any((days >= day) & (days < day + ahead)))
        assert (days < day).sum() >= 5
        assert day - days[days < day][-1] < ahead
        everybody = ties.day[(ties.keys // 100 == ties.keys[row] // 100)[ties.row]]
        last_third = day + ahead - (ahead + 2) // 3
        assert np.any((everybody >= last_third) & (everybody < day + ahead))


def test_no_moment_is_lost_between_pieces(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    ties = build({key: [(day, Way.OUT) for day in range(0, 400, key)] for key in (1, 7, 30)})
    row, day = [0, 1, 2] * 40, np.repeat(np.arange(40) * 10, 3)
    whole = replay(ties, [0, 0, 0], row=row, day=day)
    monkeypatch.setattr("scoring.moments._AT_ONCE", 100)
    assert_same(whole, replay(ties, [0, 0, 0], row=row, day=day))


def test_the_owners_whole_contact_is_the_formula(build: Build) -> None:
    ties = build({1: [(0, Way.OUT), (60, Way.IN)], 2: [(60, Way.IN)], 9: [(50, Way.OUT)]})
    owner = np.array([0, 0, 1])
    found = offset(ties, owner, np.array([0, 0, 1, 5, 0]), np.array([60, 90, 90, 90, -3]))
    contact = [2 ** (-60 / 180), 2 ** (-90 / 180) + 2 * 2 ** (-30 / 180), 2 ** (-40 / 180), 0, 0]
    assert found == pytest.approx([0.25 * log((one + 0.3) / 120) for one in contact])


def test_a_tie_stands_for_more_with_somebody_who_has_less_contact(build: Build) -> None:
    weekly = [(day, Way(1 - 2 * (day % 2))) for day in range(0, 200, 7)]
    ties = build({1: weekly, 2: weekly, **dict.fromkeys(range(10, 40), weekly)})
    said = replay(ties, np.minimum(ties.keys, 2), row=[0, 1], day=[210, 210])
    assert said.score[0] < said.score[1]


def always_back(days: Iterable[int]) -> list[tuple[int, Way]]:
    return [(day, Way.OUT if at % 2 else Way.IN) for at, day in enumerate(days)]


def test_an_owner_whose_ties_always_came_back_is_told_of_smaller_chances(build: Build) -> None:
    ties = build({key: always_back(range(key, 1500, 28)) for key in range(20)})
    rows = range(20)
    early = replay(ties, np.zeros(20), row=rows, day=[150] * 20)
    late = replay(ties, np.zeros(20), row=rows, day=[1490] * 20)
    assert late.p_lapse.mean() < 0.7 * late.score.mean()
    assert abs(early.p_lapse.mean() - early.score.mean()) < 0.05


def test_the_end_of_a_mailbox_says_nothing_of_its_ties(build: Build) -> None:
    """All fall silent at once where the owner does: they told nobody good-bye."""
    ended = {key: always_back(range(key, 700, 28)) for key in range(20)}
    ties = build(ended)
    past = history(ties, np.zeros(20, dtype=np.int64), 60, {0: 2000})
    assert past.day.size
    assert not past.lapsed.any()
    went_on = build({**ended, 99: always_back(range(0, 1000, 9))})
    assert history(went_on, np.zeros(21, dtype=np.int64), 60, {0: 2000}).lapsed.sum() >= 20


def test_with_no_outcomes_the_constants_stand() -> None:
    none = np.zeros(0)
    assert fit(none, none.astype(bool), none) == Scale(0.0, 1.0)
    assert Scale().of(to_logit(np.array([0.2, 0.9]))) == pytest.approx([0.2, 0.9])


def test_the_scale_is_found_from_many_outcomes() -> None:
    dice = np.random.default_rng(3)
    logit = dice.normal(-1.5, 1.5, 20_000)
    lapsed = dice.random(logit.size) < from_logit(0.4 + 0.7 * logit)
    found = fit(logit, lapsed, np.ones(logit.size))
    assert found.shift == pytest.approx(0.4, abs=0.1)
    assert found.slope == pytest.approx(0.7, abs=0.06)


def test_windows_that_overlap_count_for_less() -> None:
    many = 40
    column = np.zeros(many, dtype=np.int64)
    logit, lapsed = np.linspace(-3, 1, many), np.arange(many) % 3 == 0
    past = History(column, column, column, np.repeat([14, 56], many // 2), logit, lapsed)
    assert past.scale(56) == fit(logit, lapsed, np.repeat([1.0, 0.5], many // 2))
    assert past.scale(55) == fit(logit[:20], lapsed[:20], np.ones(20))
    assert past.scale(13) == Scale()


def test_a_few_outcomes_move_it_a_little() -> None:
    found = fit(np.full(3, -2.0), np.ones(3, dtype=bool), np.full(3, 0.47))
    assert 0 < found.shift < 0.5
    assert 0 < Scale(found.shift, found.slope).of(np.array([-2.0]))[0] < 0.3


@pytest.mark.parametrize("logit", [-20.0, -3.0, 0.0, 3.0, 20.0])
@pytest.mark.parametrize("lapsed", [True, False])
@pytest.mark.parametrize("many", [1, 100_000])
def test_the_oddest_past_gives_a_number_and_keeps_the_order(
    logit: float, *, lapsed: bool, many: int
) -> None:
    found = fit(np.full(many, logit), np.full(many, lapsed), np.ones(many))
    assert np.isfinite([found.shift, found.slope]).all()
    assert found.slope > 0


def test_an_own_horizon_may_be_given_and_left_open(build: Build) -> None:
    ties = build({1: always_back(range(0, 100, 10))})
    ask = {"row": [0, 0, 0], "day": [95, 95, 95]}
    given = replay(ties, [0], **ask, horizon="own", ahead=[40, 0, 80]).score
    own = replay(ties, [0], **ask, horizon="own").score
    assert own == pytest.approx([given[0]] * 3)  # four gaps of ten days
    assert given[1] == given[0] > given[2]


def test_what_cannot_be_asked_is_refused(build: Build) -> None:
    ties = build({1: always_back(range(0, 100, 10))})
    with pytest.raises(ValueError, match="horizon"):
        replay(ties, [0], row=[0], day=[90], horizon=0)
    with pytest.raises(ValueError, match="ahead"):
        replay(ties, [0], row=[0], day=[90], horizon=60, ahead=[3])
    with pytest.raises(ValueError, match="length"):
        replay(ties, [0], row=[0], day=[90, 91])
    with pytest.raises(ValueError, match="owner"):
        replay(ties, [0, 1], row=[0], day=[90])


def test_nothing_known_and_nothing_asked(build: Build) -> None:
    empty = build({})
    assert replay(empty, [], row=[-1, -1], day=[5, 6]).p_lapse.tolist() == [1, 1]
    assert replay(build({1: [(1, Way.OUT)]}), [0], row=[], day=[]).score.size == 0


def test_the_measures_are_what_they_say() -> None:
    lapsed = np.array([True, False, True, False])
    assert auc(lapsed, np.array([4.0, 3, 2, 1])) == 0.75
    assert auc(lapsed, np.ones(4)) == 0.5
    assert np.isnan(auc(np.ones(3, dtype=bool), np.ones(3)))
    assert brier(lapsed, np.array([1.0, 0, 0.5, 0.5])) == 0.125
    assert calibration_error(np.array([True] * 3 + [False] * 7), np.full(10, 0.4)) == (
        pytest.approx(0.1)
    )
    owner = np.repeat([1, 2, 3], [10, 10, 4])
    came = np.tile([True, False], 12)
    rank = np.where(owner == 2, came, ~came).astype(float)
    assert auc_by_owner(owner, came, rank) == 0.5  # 0 and 1; the third has too few
    week = np.repeat([1, 2], [10, 3])
    best = np.arange(13.0)
    assert hits_at(week, best >= 8, best).tolist() == [0.4]


# On real contact data, where there are any.

BESIDE = Path(__file__).resolve().parents[4] / "shared"
RHYTHM = Path(os.environ.get("BEFOREHAND_SHARED", BESIDE)) / "data" / "rhythm"
SETS = ("enron", "eucore", "mips")
real = pytest.mark.skipif(
    not all((RHYTHM / f"{name}.queries.csv.gz").is_file() for name in SETS),
    reason=f"no contact data in {RHYTHM}; set BEFOREHAND_SHARED to where it is",
)


def graded(name: str, horizon: str) -> dict[str, float]:
    """The figures of one set, and those of the hazard alone."""
    from beforehand.analysis.replay import score  # noqa: PLC0415 - what only these tests need
    from beforehand.analysis.tables import read_events, read_queries  # noqa: PLC0415

    events = read_events(RHYTHM / f"{name}.events.csv.gz")
    path = RHYTHM / f"{name}.queries.csv.gz"
    queries = read_queries(path)
    counts, lapsed = answers(path, horizon)
    said = score(events, queries, "own" if horizon == "own" else int(horizon))
    ties = Ties.from_contact(events.contact.capped(10))
    row = np.searchsorted(ties.keys, [events.pairs[pair] for pair in queries.pairs])
    ahead = queries.own_horizon if horizon == "own" else np.full(row.size, int(horizon))
    alone = np.zeros(row.size)
    for piece, then in Moments(ties, row, queries.day).chunks():
        alone[piece] = hazard(then, 0, ahead[piece], Rhythm.of(then))
    names: dict[str, int] = {}
    owner = np.array([names.setdefault(one, len(names)) for one, _ in queries.pairs])[counts]
    return {
        "auc": auc(lapsed[counts], said.score[counts]),
        "own": auc_by_owner(owner, lapsed[counts], said.score[counts]),
        "off": calibration_error(lapsed[counts], said.p_lapse[counts]),
        "auc alone": auc(lapsed[counts], alone[counts]),
        "own alone": auc_by_owner(owner, lapsed[counts], alone[counts]),
        "off alone": calibration_error(lapsed[counts], alone[counts]),
    }


def answers(path: Path, horizon: str) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    import csv  # noqa: PLC0415
    import gzip  # noqa: PLC0415

    with gzip.open(path, "rt", newline="") as lines:
        rows = list(csv.DictReader(lines))
    counts = np.array([row[f"counts_{horizon}"] == "True" for row in rows])
    return counts, np.array([row[f"lapsed_{horizon}"] == "True" for row in rows])


@real
@pytest.mark.parametrize(
    ("horizon", "least", "own"), [("60", 0.775, 0.75), ("90", 0.77, 0.78), ("own", 0.73, 0.71)]
)
def test_on_real_data_the_bars_are_held(horizon: str, least: float, own: float) -> None:
    figures = [graded(name, horizon) for name in SETS]
    assert np.mean([one["auc"] for one in figures]) >= least
    assert np.mean([one["own"] for one in figures]) >= own
    assert max(one["off"] for one in figures) <= 0.06
    # And each mending is one, on average over the sets.
    for better, worse in (("auc", "auc alone"), ("own", "own alone"), ("off alone", "off")):
        assert np.mean([one[better] - one[worse] for one in figures]) > 0, better


def test_a_chance_of_a_half_has_a_logit_of_nothing() -> None:
    assert to_logit(np.array([0.5, 1 / (1 + exp(2))])) == pytest.approx([0, -2])
    assert np.isfinite(to_logit(np.array([0.0, 1.0]))).all()
