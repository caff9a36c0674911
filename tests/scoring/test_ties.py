"""Events fold into contact days, whatever their order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.contact import Contact, ContactDays, Way
from scoring.days import SECONDS_A_DAY, as_date
from scoring.ties import Ties

Build = Callable[..., Ties]
DAY = SECONDS_A_DAY
CAP = 10

# key, unix seconds, direction, size; few keys and days, so that they meet often.
EVENTS = st.lists(
    st.tuples(
        st.integers(-2, 3),
        st.integers(-3 * DAY, 6 * DAY),
        st.sampled_from(list(Way)),
        st.integers(0, 12),
    ),
    max_size=40,
)
Event = tuple[int, int, Way, int]


def fold(events: list[Event], until: float = np.inf) -> Ties:
    columns = zip(*events, strict=True) if events else ((), (), (), ())
    person, at, way, size = (list(column) for column in columns)
    contact = Contact(person=person, at=at, way=way, size=size)
    return Ties.from_contact(contact.capped(CAP), until=until)


def same(one: Ties, other: Ties) -> bool:
    return all(
        np.array_equal(getattr(one, f.name), getattr(other, f.name))
        and getattr(one, f.name).dtype == getattr(other, f.name).dtype
        for f in fields(Ties)
    )


@given(EVENTS, st.integers(-DAY, 5 * DAY))
@settings(max_examples=100)
def test_folding_agrees_with_a_plain_loop(events: list[Event], until: int) -> None:
    days: dict[int, dict[int, list[Event]]] = defaultdict(lambda: defaultdict(list))
    for event in events:
        key, at, _, size = event
        if at < until and size <= 10:
            days[key][at // DAY].append(event)

    ties = fold(events, until)

    assert ties.keys.tolist() == sorted(days)
    for row, key in enumerate(sorted(days)):
        part = slice(ties.first[row], ties.first[row + 1])
        assert ties.day[part].tolist() == sorted(days[key])
        for entry, day in zip(range(part.start, part.stop), sorted(days[key]), strict=True):
            of_day = days[key][day]
            ways = {way for _, _, way, _ in of_day}
            latest = max(at for _, at, _, _ in of_day)
            last = {way for _, at, way, _ in of_day if at == latest}
            assert ties.out[entry] == (Way.OUT in ways)
            assert ties.in_[entry] == (Way.IN in ways)
            assert ties.met[entry] == (Way.MUTUAL in ways)
            assert ties.last[entry] == (last.pop() if len(last) == 1 else Way.MUTUAL)
            assert ties.weight[entry] == np.float32(1 / max(1, min(s for *_, s in of_day)))


@given(EVENTS, st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_order_and_repetition_of_events_change_nothing(
    events: list[Event], random: np.random.Generator
) -> None:
    twice = events * 2
    random.shuffle(twice)
    assert same(fold(events), fold(twice))


@given(EVENTS, st.integers(-3, 6))
@settings(max_examples=50)
def test_a_cut_at_the_start_of_a_day_is_as_if_nothing_later_had_come(
    events: list[Event], day: int
) -> None:
    assert same(fold(events).before(day * DAY).occupied(), fold(events, until=day * DAY))


@given(EVENTS, st.integers(-3, 6))
@settings(max_examples=100)
def test_days_give_the_ties_that_the_messages_give(events: list[Event], day: int) -> None:
    columns = zip(*events, strict=True) if events else ((), (), (), ())
    person, at, way, size = (list(column) for column in columns)
    contact = Contact(person=person, at=at, way=way, size=size)
    days = ContactDays.fold(contact, CAP)
    assert same(Ties.from_days(days), Ties.from_contact(contact.capped(CAP)))
    assert same(Ties.from_days(days.before(day * DAY)), fold(events, until=day * DAY))


def test_a_cut_keeps_every_tie_in_its_row(build: Build) -> None:
    ties = build({1: [(5, Way.OUT)], 2: [(1, Way.OUT), (5, Way.IN)], 3: [(6, Way.IN)]})
    cut = ties.before(2 * DAY)
    assert cut.keys.tolist() == [1, 2, 3]
    assert cut.counts.tolist() == [0, 1, 0]
    assert cut.last_day(default=-1).tolist() == [-1, 1, -1]


def test_a_day_that_has_begun_is_known(build: Build) -> None:
    ties = build({1: [(5.2, Way.OUT)]})
    assert ties.before(5 * DAY).counts.tolist() == [0]
    assert ties.before(5 * DAY + 1).counts.tolist() == [1]


def test_a_mail_to_many_is_no_contact(build: Build) -> None:
    ties = build({1: [(1, Way.OUT, 11)], 2: [(1, Way.OUT, 10)]})
    assert ties.keys.tolist() == [2]


def test_a_time_that_is_no_date_is_no_contact() -> None:
    at = [np.nan, np.inf, -np.inf, 1e300, -1e14, 0.0]
    ties = Ties.from_contact(Contact(person=[1] * 6, at=at, way=Way.OUT, size=1))
    assert ties.day.tolist() == [0]


def test_no_events_give_no_ties() -> None:
    ties = fold([])
    assert len(ties) == 0
    assert ties.counts.tolist() == []
    assert ties.before(0.0).occupied().day.tolist() == []


@pytest.mark.parametrize("farthest", [2, 2**40, 2**61, 2**63 - 1])
def test_keys_of_any_size_stay_whole(farthest: int) -> None:
    keys = [farthest, -farthest, 0, farthest, 1]
    ties = Ties.from_contact(
        Contact(person=keys, at=[4e5, 0, 1e5, 2e5, 0], way=Way.MUTUAL, size=1), until=1e6
    )
    assert ties.keys.tolist() == [-farthest, 0, 1, farthest]
    assert ties.counts.tolist() == [1, 1, 1, 2]
    assert ties.day.tolist() == [0, 1, 0, 2, 4]


def test_day_numbers_are_days_since_1970() -> None:
    assert as_date(0).isoformat() == "1970-01-01"
    assert as_date(-1).isoformat() == "1969-12-31"
    assert as_date(20_000).isoformat() == "2024-10-04"
