"""How evenly contact is spread, and what is left without whom."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.contact import Contact, Way
from scoring.days import SECONDS_A_DAY
from scoring.network import MONTHS, Spread, effective_number, moments, spread
from scoring.ties import Ties

DAY = SECONDS_A_DAY
FIRST, LAST = 10_000, 10_700
Build = Callable[..., Ties]
Ints = npt.NDArray[np.int64]

bounded = settings(max_examples=60)
amounts = st.lists(st.floats(0, 1e12, allow_subnormal=False), max_size=30)


def talk(*days: int) -> list[tuple[float, Way]]:
    """Both wrote on each of these days."""
    return [(day + when, way) for day in days for when, way in ((0.3, Way.OUT), (0.6, Way.IN))]


def weekly(until: int, weeks: int) -> list[tuple[float, Way]]:
    return talk(*range(until - 7 * weeks, until, 7))


@st.composite
def networks(draw: st.DrawFn) -> tuple[dict[str, Ints], Ints]:
    """Events of up to eight ties over two years, and an organisation for each, or none."""
    dice = np.random.default_rng(draw(st.integers(0, 2**32)))
    counts = draw(st.lists(st.integers(1, 60), min_size=1, max_size=8))
    tie = np.repeat(np.arange(len(counts)) * 3 - 4, counts)
    events = {
        "person": tie,
        "at": dice.integers(FIRST * DAY, LAST * DAY, tie.size),
        "way": dice.integers(-1, 2, tie.size),
        "size": dice.integers(1, 11, tie.size),
    }
    return events, dice.integers(-1, 4, len(counts))


def folded(events: dict[str, Ints], until: float = np.inf) -> Ties:
    return Ties.from_contact(Contact(**events).capped(10), until=until)


def figures(one: Spread) -> tuple[object, ...]:
    return one.live, one.organisations, one.people, [(p.people, p.share, p.live) for p in one.parts]


@given(amounts)
def test_an_effective_number_lies_between_one_and_how_many_there_are(amount: list[float]) -> None:
    some = sum(one > 0 for one in amount)
    number = effective_number(np.array(amount))
    assert min(some, 1) <= number <= some


@given(st.integers(1, 200), st.floats(1e-300, 1e300), st.integers(0, 9))
def test_equal_shares_count_each_and_nothing_counts_nothing(
    many: int, amount: float, nothing: int
) -> None:
    shares = np.array([amount] * many + [0.0] * nothing)
    assert effective_number(shares) == pytest.approx(many)


@given(amounts, st.randoms(use_true_random=False))
def test_their_order_changes_nothing(amount: list[float], dice: object) -> None:
    shuffled = amount.copy()
    dice.shuffle(shuffled)  # type: ignore[attr-defined]  # what hypothesis calls a random
    assert effective_number(np.array(shuffled)) == effective_number(np.array(amount))


@given(st.lists(st.floats(0, 1e12, allow_subnormal=False), min_size=2, max_size=30))
def test_two_that_merge_never_raise_it(amount: list[float]) -> None:
    merged = effective_number(np.array([amount[0] + amount[1], *amount[2:]]))
    assert merged <= effective_number(np.array(amount)) * (1 + 1e-12)


def test_it_is_the_inverse_of_simpsons_index() -> None:
    assert effective_number(np.array([50.0, 30.0, 20.0])) == pytest.approx(1 / 0.38)
    assert effective_number(np.array([])) == 0


@given(networks(), st.integers(FIRST * DAY, (LAST + 400) * DAY))
@bounded
def test_the_parts_are_the_whole(network: tuple[dict[str, Ints], Ints], now: int) -> None:
    events, codes = network
    seen = spread(folded(events), codes, now)
    if seen.parts:
        assert sum(one.share for one in seen.parts) == pytest.approx(1)
        assert 1 <= seen.organisations <= seen.people + 1e-9
        assert seen.people <= len(codes)
        assert seen.organisations == pytest.approx(1 / sum(one.share**2 for one in seen.parts))
    else:
        assert seen.organisations == seen.people == 0
    assert [one.share for one in seen.parts] == sorted((p.share for p in seen.parts), reverse=True)
    assert sum(one.live for one in seen.parts) <= seen.live
    for one in seen.parts:
        assert one.share > 0
        assert (one.organisation is None) != (one.key is None)
        assert one.people == 1 or one.organisation is not None
        assert 0 <= seen.without(one) <= seen.live


@given(networks(), st.integers(FIRST * DAY, (LAST + 400) * DAY), st.integers(0, 2**32))
@bounded
def test_nothing_that_came_later_changes_a_figure(
    network: tuple[dict[str, Ints], Ints], now: int, seed: int
) -> None:
    events, codes = network
    now = (now // DAY) * DAY
    dice = np.random.default_rng(seed)
    keys = np.unique(events["person"])
    future = {
        "person": dice.choice(keys, 40),
        "at": now + dice.integers(0, 900 * DAY, 40),
        "way": dice.integers(-1, 2, 40),
        "size": dice.integers(1, 11, 40),
    }
    also = {name: np.concatenate((events[name], future[name])) for name in events}
    known = folded(events, until=now)
    then = spread(known, codes[np.isin(keys, known.keys)], now)
    assert then == spread(folded(also), codes, now)


@given(networks(), st.integers(FIRST * DAY, (LAST + 400) * DAY), st.integers(0, 2**32))
@bounded
def test_the_order_of_events_and_the_names_of_organisations_change_nothing(
    network: tuple[dict[str, Ints], Ints], now: int, seed: int
) -> None:
    events, codes = network
    dice = np.random.default_rng(seed)
    order = dice.permutation(events["person"].size)
    shuffled = {name: column[order] for name, column in events.items()}
    renamed = np.where(codes < 0, codes, dice.permutation(9)[codes])
    one, other = spread(folded(events), codes, now), spread(folded(shuffled), renamed, now)
    assert one.organisations == pytest.approx(other.organisations)
    assert (one.people, one.live, one.day) == (other.people, other.live, other.day)
    assert sorted((p.share, p.people, p.live) for p in one.parts) == sorted(
        (p.share, p.people, p.live) for p in other.parts
    )


def test_without_any_contact_there_is_nothing(build: Build) -> None:
    for ties, codes in ((build({}), []), (build({1: talk(500)}), [7])):
        seen = spread(ties, codes, 100 * DAY)
        assert (seen.organisations, seen.people, seen.live, seen.parts) == (0, 0, 0, ())
        assert seen.first is None
        assert not seen.settled


def test_a_client_with_most_of_the_contact_is_seen_and_what_is_left_without_them(
    build: Build,
) -> None:
    now = 1000
    ties = build({key: weekly(now, 40) for key in (1, 2, 3, 4, 8, 9)})
    acme = 5
    seen = spread(ties, [acme, acme, acme, acme, -1, -1], now * DAY)
    assert seen.people == pytest.approx(6)
    assert seen.organisations == pytest.approx(1 / (16 / 36 + 2 / 36))
    largest, *others = seen.parts
    assert (largest.organisation, largest.key, largest.people) == (acme, None, 4)
    assert largest.share == pytest.approx(4 / 6)
    assert (seen.live, seen.without(largest)) == (6, 2)
    assert [(one.organisation, one.key) for one in others] == [(None, 9), (None, 8)]
    # Once they have closed, contact with them fades, and the rest weighs more.
    later = build({key: weekly(now + (700 if key > 4 else 0), 140) for key in (1, 2, 3, 4, 8, 9)})
    after = spread(later, [acme, acme, acme, acme, -1, -1], (now + 700) * DAY)
    assert after.organisations == pytest.approx(2.6, abs=0.3)
    assert after.parts[-1].organisation == acme
    assert after.parts[-1].live == 0


def test_whoever_the_owner_never_wrote_to_or_met_does_not_count_yet(build: Build) -> None:
    ties = build({1: weekly(1000, 30), 2: [(day, Way.IN) for day in range(700, 1000, 5)]})
    assert spread(ties, [-1, -1], 1000 * DAY).people == 1
    answered = build({1: weekly(1000, 30), 2: [(900, Way.IN), (901, Way.OUT)]})
    assert spread(answered, [-1, -1], 1000 * DAY).people > 1
    assert spread(answered, [-1, -1], 901 * DAY).people == 1


def test_a_number_is_settled_once_contact_is_known_for_longer_than_a_half_life(
    build: Build,
) -> None:
    ties = build({1: weekly(1000, 20)})
    assert not spread(ties, [-1], (860 + 179) * DAY).settled
    assert spread(ties, [-1], (860 + 180) * DAY).settled


def test_there_must_be_an_organisation_for_each_tie(build: Build) -> None:
    with pytest.raises(ValueError, match="one organisation for each tie"):
        spread(build({1: talk(1), 2: talk(2)}), [1], 3 * DAY)


@given(st.integers(0, 20_000 * DAY))
def test_a_year_has_twelve_months_and_this_day(now: int) -> None:
    when = moments(now)
    assert len(when) == MONTHS + 1
    assert when[-1] == now
    assert all(one % DAY == 0 for one in when[:-1])
    assert {30, 31} >= {round(b - a) // DAY for a, b in pairwise(when[:-1])}
    assert (now // DAY) * DAY - when[0] == 365 * DAY
