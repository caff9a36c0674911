"""The mirror: first words to quiet ties, together or spread."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.clock import Absences
from scoring.contact import Contact, ContactDays, Way
from scoring.days import SECONDS_A_DAY
from scoring.outreach import Mirror, chance_of, mirror, reopened

DAY = SECONDS_A_DAY
NOW = 2000
CAP = 10
Event = tuple[int, float, Way, int]


def talk(tie: int, first: int, last: int, every: int = 10) -> list[Event]:
    """Both write on every so many days, up to `last`."""
    days = range(last, first, -every)
    return [(tie, day + at, way, 1) for day in days for at, way in ((0.2, Way.IN), (0.5, Way.OUT))]


def days_of(events: Iterable[Event]) -> ContactDays:
    person, day, way, size = zip(*events, strict=True)
    at = [one * DAY for one in day]
    return ContactDays.fold(Contact(person=person, at=at, way=way, size=size), CAP)


def seen(events: Iterable[Event], now: float = NOW, **more: Any) -> Mirror | None:  # noqa: ANN401 - of `mirror`
    return mirror(days_of(events), now=now * DAY, **more)


def days(events: Iterable[Event], now: float = NOW, **more: Any) -> list[float]:  # noqa: ANN401 - of `reopened`
    return [one / DAY for one in reopened(days_of(events), now=now * DAY, **more)]


def quiet_friends(words: Iterable[float], size: int = 1) -> list[Event]:
    """Friends silent since a year and a half, to each of whom the owner writes on such a day."""
    events = []
    for tie, day in enumerate(words):
        events += [*talk(tie, 1000, 1400), (tie, day, Way.OUT, size)]
    return events


def test_words_that_come_within_a_fortnight_are_a_burst() -> None:
    last_month = [1960, 1961, 1961.5, 1964, 1966, 1970, 1973, 1700, 1800, 1900]
    found = seen(quiet_friends(last_month))
    assert found is not None
    assert (found.words, found.most, found.first, found.last) == (10, 7, 1960, 1973)
    assert found.burst
    assert found.chance < 0.001


def test_words_here_and_there_are_none() -> None:
    found = seen(quiet_friends(range(1640, 2000, 30)))
    assert found is not None
    assert (found.words, found.most) == (12, 1)
    assert not found.burst


def test_five_words_are_too_few_and_so_is_a_short_history() -> None:
    assert seen(quiet_friends([1960] * 5)) is None
    friends = [one for one in quiet_friends(range(1960, 1970)) if one[1] > 1300]
    assert len(days(friends)) == 10
    assert seen(friends, now=1985) is not None
    late = [one for one in quiet_friends(range(1760, 1770)) if one[1] > 1300]
    assert seen(late, now=1780) is None


def test_one_mail_to_several_is_one_word() -> None:
    assert len(days(quiet_friends([1960.25] * 9, size=9))) == 9
    assert seen(quiet_friends([1960.25] * 9, size=9)) is None
    assert seen(quiet_friends([1960 + n / 100 for n in range(9)])) is not None


def test_a_mail_to_many_is_no_word() -> None:
    assert days(quiet_friends([1960], size=11)) == []


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ([(1, 1950.5, Way.OUT, 1)], 1),
        ([(1, 1950.5, Way.OUT, 1), (1, 1950.6, Way.IN, 1)], 1),
        ([(1, 1950.5, Way.OUT, 1), (1, 1950.4, Way.IN, 1)], 0),  # they had the first word
        ([(1, 1950.5, Way.OUT, 1), (1, 1950.5, Way.MUTUAL, 1)], 0),
        ([(1, 1950.5, Way.IN, 1), (1, 1951, Way.OUT, 1)], 0),
        ([(1, 1950.5, Way.MUTUAL, 1)], 0),
        ([(1, 1521.5, Way.OUT, 1)], 1),  # silent for 121 days
        ([(1, 1520.5, Way.OUT, 1)], 0),
        ([(1, 2000, Way.OUT, 1)], 0),  # not yet
    ],
)
def test_a_word_counts_if_it_is_the_owners_and_the_first_after_a_long_silence(
    more: list[Event], words: int
) -> None:
    assert days([*talk(1, 1000, 1400), *more]) == [more[0][1]] * words


def test_who_writes_at_new_year_only_is_not_quiet_for_long() -> None:
    yearly = [
        (1, day + n, way, 1)
        for day in range(500, 1990, 365)
        for n, way in enumerate((Way.OUT, Way.IN))
    ]
    assert days(yearly) == []


def test_whoever_was_hardly_known_was_no_tie_that_fell_quiet() -> None:
    assert days([*talk(1, 1360, 1400), (1, 1950, Way.OUT, 1)]) == []
    letters = [(1, day, Way.OUT, 1) for day in range(1000, 1400, 10)]
    assert days([*letters, (1, 1950, Way.OUT, 1)]) == []


def test_an_absence_of_the_owners_makes_no_silence() -> None:
    events = [*talk(1, 1000, 1500), (1, 1630, Way.OUT, 1)]
    assert days(events) == [1630]
    deeds = [day for day in range(1000, 1700) if not 1550 < day < 1580]
    assert days(events, clock=Absences.of(deeds).clock(NOW)) == []


@given(st.integers(0, 2**32), st.integers(1500, 2100))
@settings(max_examples=60)
def test_the_order_of_events_and_the_future_change_nothing(seed: int, now: int) -> None:
    dice = np.random.default_rng(seed)
    many = 150
    at = np.sort(dice.choice(2100, many)) * DAY + dice.integers(0, DAY, many)
    contact = Contact(
        person=dice.integers(0, 5, many),
        at=np.where(dice.random(many) < 0.8, at % (1300 * DAY), at),
        way=dice.integers(-1, 2, many),
        size=dice.integers(1, 13, many),
    )
    days = ContactDays.fold(contact, CAP)
    order = dice.permutation(many)
    columns = {field.name: getattr(contact, field.name)[order] for field in fields(contact)}
    shuffled = ContactDays.fold(Contact(**columns), CAP)
    now += dice.random()  # within a day, too
    past = ContactDays.fold(contact.before(now * DAY), CAP)
    found = reopened(days, now=now * DAY)
    assert found.tolist() == reopened(shuffled, now=now * DAY).tolist()
    assert found.tolist() == reopened(past, now=now * DAY).tolist()
    assert (found < now * DAY).all()
    assert set(found.tolist()) <= set(contact.at.tolist())
    assert mirror(days, now=now * DAY) == mirror(past, now=now * DAY)


def test_nothing_gives_nothing() -> None:
    empty = ContactDays.fold(Contact(person=[], at=[], way=[], size=[]), CAP)
    assert reopened(empty, now=NOW * DAY).size == 0
    assert mirror(empty, now=NOW * DAY) is None


@pytest.mark.parametrize(("words", "most"), [(6, 4), (8, 4), (12, 5), (20, 6), (40, 8), (40, 9)])
def test_the_chance_is_that_of_words_thrown_at_the_year(words: int, most: int) -> None:
    dice = np.random.default_rng(words * 100 + most)
    throws = np.sort(dice.random((60_000, words)) * 365, axis=1)
    spans = throws[:, most - 1 :] - throws[:, : words - most + 1]
    share = (spans <= 14).any(axis=1).mean()
    assert chance_of(most, words) == pytest.approx(share, rel=0.25)


@given(st.integers(1, 300), st.data())
def test_a_chance_is_a_chance_and_falls_with_every_word_more(
    words: int, data: st.DataObject
) -> None:
    most = data.draw(st.integers(1, words))
    chance = chance_of(most, words)
    assert 0 <= chance <= 1
    assert chance_of(1, words) == 1
    if most < words:
        assert chance_of(most + 1, words) <= chance
