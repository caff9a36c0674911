"""What must hold for any history whatever."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.attention import judge, select
from scoring.contact import Contact, Way
from scoring.days import SECONDS_A_DAY
from scoring.judgement import Judgement, State
from scoring.judgements import Judgements
from scoring.lapse import held, p_lapse
from scoring.ties import Ties

DAY = SECONDS_A_DAY
FIRST, LAST = 10_000, 10_700
COLUMNS = [f.name for f in fields(Judgements) if f.name not in {"today", "ties"}]

Events = dict[str, npt.NDArray[np.int64]]


@st.composite
def histories(draw: st.DrawFn) -> Events:
    """Some hundred events of a few ties, from once to almost daily, over two years."""
    dice = np.random.default_rng(draw(st.integers(0, 2**32)))
    counts = draw(st.lists(st.integers(1, 60), min_size=1, max_size=6))
    tie = np.repeat(np.arange(len(counts)) * 7 - 5, counts)
    return {
        "person": tie,
        "at": dice.integers(FIRST * DAY, LAST * DAY, tie.size),
        "way": dice.integers(-1, 2, tie.size),
        "size": dice.integers(1, 13, tie.size),
    }


def folded(events: Events, until: float = np.inf) -> Ties:
    return Ties.from_contact(Contact(**events).capped(10), until=until)


def assert_same(one: Judgements, other: Judgements) -> None:
    assert np.array_equal(one.key, other.key)
    for name in COLUMNS:
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


NOWS = st.integers(FIRST * DAY, (LAST + 500) * DAY)
bounded = settings(max_examples=60)


@given(histories(), NOWS, st.integers(1, 400))
@bounded
def test_a_longer_silence_never_lowers_the_chance_of_a_lapse(
    events: Events, now: int, days: int
) -> None:
    ties = folded(events, until=now)
    assert np.all(p_lapse(ties, now + days * DAY) >= p_lapse(ties, now))


@given(histories(), NOWS, st.integers(1, 400), st.integers(1, 400))
@bounded
def test_a_longer_horizon_never_raises_the_chance_of_a_lapse(
    events: Events, now: int, days: int, more: int
) -> None:
    ties = folded(events, until=now)
    assert np.all(p_lapse(ties, now, days + more) <= p_lapse(ties, now, days))
    share = held(ties.before(now), now // DAY, days)
    assert np.all((share >= 0) & (share < 1))


@given(histories())
@settings(max_examples=20)
def test_a_silent_tie_lives_then_fades_then_sleeps(events: Events) -> None:
    """In this order and with nothing left out, in steps of a week."""
    order = [State.SLIGHT, State.LIVING, State.FADING, State.DORMANT]
    ties = folded(events)
    seen = [judge(ties, (LAST + days) * DAY).state_code for days in range(0, 3_000, 7)]
    path = np.array([order.index(tuple(State)[code]) for code in np.stack(seen).ravel()])
    steps = np.diff(path.reshape(len(seen), -1), axis=0)
    assert steps.min(initial=0) >= 0
    assert steps.max(initial=0) <= 1


@given(histories(), NOWS, st.sampled_from([1, 60, "own"]))
@bounded
def test_every_figure_is_a_number_within_its_range(events: Events, now: int, horizon: int) -> None:
    judgements = judge(folded(events), now, horizon)
    for name in ("p_lapse", "strength", "worth", "attention"):
        column = getattr(judgements, name)
        assert np.all((column >= 0) & (column <= 1)), name
    assert np.all(judgements.strength <= judgements.worth)
    assert np.all(judgements.silence_days >= 0)
    assert np.all(judgements.unanswered <= judgements.contact_days)
    assert np.all(judgements.unanswered >= 0)
    assert np.isfinite(judgements.usual_gap_days).all()
    quiet = judgements.in_state(State.SLIGHT) | judgements.in_state(State.DORMANT)
    assert not judgements.attention[quiet].any()
    for each in judgements:
        assert isinstance(each, Judgement)
        assert sum(each.reasons.months) <= each.reasons.contact_days


@given(histories(), NOWS, st.integers(0, 2**32))
@bounded
def test_the_order_of_events_and_their_repetition_change_nothing(
    events: Events, now: int, seed: int
) -> None:
    count = events["person"].size
    order = np.random.default_rng(seed).permutation(np.repeat(np.arange(count), 2))
    shuffled = {name: column[order] for name, column in events.items()}
    assert_same(judge(folded(events), now), judge(folded(shuffled), now))


@given(histories(), NOWS)
@bounded
def test_more_contacts_on_a_day_change_nothing_but_who_spoke(events: Events, now: int) -> None:
    """A second message of the same kind, later on the same day, is no second contact."""
    later = {name: column.copy() for name, column in events.items()}
    later["at"] = (later["at"] // DAY) * DAY + DAY - 1
    twice = {name: np.concatenate((events[name], later[name])) for name in events}
    now = (now // DAY) * DAY
    one, other = judge(folded(events), now), judge(folded(twice), now)
    for name in set(COLUMNS) - {"last_spoke", "unanswered"}:
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


@given(histories(), NOWS, st.integers(1, 7))
@bounded
def test_pieces_of_any_size_give_the_same_judgements(events: Events, now: int, size: int) -> None:
    ties = folded(events)
    whole = judge(ties, now)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("scoring.attention._AT_ONCE", size)
        assert_same(judge(ties, now), whole)


@given(histories(), NOWS)
@bounded
def test_a_tie_is_judged_the_same_in_any_company(events: Events, now: int) -> None:
    together = judge(folded(events), now)
    for row, key in enumerate(together.key):
        alone = judge(folded({n: c[events["person"] == key] for n, c in events.items()}), now)
        assert alone[0] == together[row]


@given(histories(), NOWS, st.integers(-9_000, 9_000))
@bounded
def test_a_shift_by_whole_days_shifts_the_dates_and_nothing_else(
    events: Events, now: int, days: int
) -> None:
    shifted = {**events, "at": events["at"] + days * DAY}
    one, other = judge(folded(events), now), judge(folded(shifted), now + days * DAY)
    assert_same(one, other)
    for before, after in zip(one, other, strict=True):
        assert (after.reasons.last_contact - before.reasons.last_contact).days == days
        assert after.reasons.months == before.reasons.months


@given(histories(), NOWS, st.integers(0, 2**32))
@bounded
def test_the_future_changes_nothing_to_the_bit(events: Events, now: int, seed: int) -> None:
    dice = np.random.default_rng(seed)
    many = 50
    future = {
        "person": dice.integers(-20, 20, many),
        "at": now + dice.integers(0, 900 * DAY, many),
        "way": dice.integers(-1, 2, many),
        "size": dice.integers(1, 13, many),
    }
    known = folded(events, until=now)
    also = folded({n: np.concatenate((events[n], future[n])) for n in events}, until=now)
    assert_same(judge(known, now), judge(also, now))
    # And without `until`, a judgement at the start of a day knows only the days before it.
    start = (now // DAY) * DAY
    assert_same(judge(folded(events, until=start), start), judge(folded(events), start))


@given(histories(), NOWS, st.integers(0, 8))
@bounded
def test_a_report_flags_fading_ties_once_each_and_no_more_than_asked(
    events: Events, now: int, people: int
) -> None:
    judgements = judge(folded(events), now)
    chosen = select(judgements, people=people, suppressed=[2], least=0.0)
    keys = [flag.key for flag in chosen.flags] + [one.judgement.key for one in chosen.suppressed]
    assert len(chosen.flags) <= people
    assert len(keys) == len(set(keys))
    assert all(flag.state is State.FADING for flag in chosen.flags)
    assert all(flag.reasons.unanswered < 2 for flag in chosen.flags)
    assert 2 not in {flag.key for flag in chosen.flags}


def test_ways_are_the_codes_the_arrays_hold() -> None:
    assert (Way.OUT, Way.MUTUAL, Way.IN) == (1, 0, -1)
