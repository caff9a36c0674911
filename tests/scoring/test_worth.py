"""What a tie is now, and what it was at its best."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.contact import Contact, Way
from scoring.days import SECONDS_A_DAY
from scoring.ties import Ties
from scoring.worth import standing

Build = Callable[..., Ties]
DAY = SECONDS_A_DAY


def folded(contacts: list[tuple[int, Way, int]]) -> Ties:
    """One tie, of contacts on these days, these ways, among so many people."""
    day, way, size = zip(*contacts, strict=True)
    at = np.array(day) * DAY + 3600
    return Ties.from_contact(Contact(person=np.zeros(len(day)), at=at, way=way, size=size))


def test_it_is_the_recursion_and_its_highest_point(build: Build) -> None:
    dice = np.random.default_rng(2)
    contacts = {
        key: sorted(dice.choice(5000, size=size, replace=False).tolist())
        for key, size in enumerate([1, 2, 3, 17, 300])
    }
    ties = build({key: [(day, Way.MUTUAL, 2) for day in days] for key, days in contacts.items()})
    strength, worth = standing(ties, 5100 * DAY)
    for row, days in enumerate(contacts.values()):
        now, best, before = 0.0, 0.0, days[0]
        for day in days:
            now = now * 2 ** (-(day - before) / 180) + 0.5
            best, before = max(best, now), day
        now *= 2 ** (-(5100 - before) / 180)
        assert strength[row] == pytest.approx(now / (now + 8))
        years = len({day + later for day in days for later in range(30)}) / 365.25
        best *= 1 + years / (years + 5)  # on one channel alone
        assert worth[row] == pytest.approx(best / (best + 8))


def test_a_friend_gone_quiet_is_worth_no_less(build: Build) -> None:
    ties = build({1: [(day, Way.MUTUAL) for day in range(0, 300, 10)]})
    early, late = standing(ties, 300 * DAY), standing(ties, 900 * DAY)
    assert late[0][0] < early[0][0] / 3
    assert late[1][0] == early[1][0]


def test_two_way_contact_counts_more_than_one_way(build: Build) -> None:
    days = range(0, 100, 10)
    ties = build(
        {
            1: [(day, Way.OUT) for day in days],
            2: [(day + part, way) for day in days for part, way in ((0, Way.OUT), (0.1, Way.IN))],
            3: [(day, Way.MUTUAL) for day in days],
        }
    )
    strength, worth = standing(ties, 100 * DAY)
    for figure in (strength, worth):
        assert figure[0] < figure[1]
        assert figure[1] == figure[2]


def test_small_company_counts_more_than_large(build: Build) -> None:
    ties = build({size: [(day, Way.OUT, size) for day in (1, 9, 30)] for size in (1, 2, 9)})
    strength, worth = standing(ties, 40 * DAY)
    assert strength.tolist() == sorted(strength, reverse=True)
    assert worth[0] > worth[1] > worth[2]


CONTACTS = st.tuples(st.integers(0, 900), st.sampled_from(Way), st.integers(1, 10))


@given(st.lists(CONTACTS, min_size=1, max_size=40), CONTACTS)
@settings(max_examples=200)
def test_more_contact_is_never_worth_less(
    history: list[tuple[int, Way, int]], one_more: tuple[int, Way, int]
) -> None:
    """Whenever it was, whichever way, in whatever company."""
    few, many = (folded(contacts) for contacts in (history, [*history, one_more]))
    for less, more in zip(standing(few, 1000 * DAY), standing(many, 1000 * DAY), strict=True):
        assert 0 <= less[0] <= more[0] + 1e-12 < 1


def test_of_two_ties_as_busy_the_one_on_two_channels_is_worth_more(build: Build) -> None:
    days = range(0, 400, 10)
    ties = build(
        {
            1: [(day, Way.MUTUAL) for day in days],
            2: [(day, way) for day in days for way in (Way.IN, Way.OUT)],
            3: [
                (day, way)
                for day in days
                for way in ((Way.MUTUAL,) if day % 40 == 0 else (Way.IN, Way.OUT))
            ],
        }
    )
    strength, worth = standing(ties, 400 * DAY)
    assert strength[0] == pytest.approx(strength[1]) == pytest.approx(strength[2])
    assert worth[0] == pytest.approx(worth[1])
    assert worth[2] > worth[1]


def test_a_two_way_day_each_month_comes_to_about_a_half(build: Build) -> None:
    ties = build({1: [(day, Way.MUTUAL) for day in range(0, 720, 30)]})
    assert standing(ties, 720 * DAY)[1][0] == pytest.approx(0.55, abs=0.05)


def test_a_tie_that_has_held_for_long_is_worth_more(build: Build) -> None:
    """Equally busy at their best; each but one adds years of the same."""
    ties = build(
        {years: [(d, Way.MUTUAL) for d in range(0, 365 * years, 2)] for years in (2, 5, 9)}
    )
    worth = standing(ties, 3650 * DAY)[1]
    assert worth[0] < worth[1] < worth[2] < 1


def test_daily_contact_for_a_lifetime_stays_below_one(build: Build) -> None:
    ties = build({1: [(day, Way.MUTUAL) for day in range(25_000)]})
    strength, worth = standing(ties, 25_000 * DAY)
    assert 0.9 < strength[0] <= worth[0] < 1


def test_nothing_known_is_nothing_worth(build: Build) -> None:
    strength, worth = standing(build({1: [(9, Way.OUT)]}), 5 * DAY)
    assert strength.tolist() == worth.tolist() == [0.0]
