"""Contact is checked once, folds into days, and is cut down by rows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.contact import Contact, ContactDays, Participants, Reach, Way
from scoring.days import SECONDS_A_DAY

DAY = SECONDS_A_DAY
CAP = 10

# person, unix seconds, way, size; few people and days, so that they meet often.
MESSAGES = st.lists(
    st.tuples(
        st.integers(-2, 3),
        st.integers(-3 * DAY, 6 * DAY),
        st.sampled_from(list(Way)),
        st.integers(0, 13),
    ),
    max_size=40,
)
Message = tuple[int, int, Way, int]
ONE: dict[str, Any] = {"person": [1], "at": [0], "way": [0], "size": [1]}
DAYS: dict[str, Any] = {
    "person": [1], "day": [0], "way": [0], "reach": [0],
    "first": [5], "last": [9], "smallest": [1], "messages": [2],
}  # fmt: skip


def contact(messages: list[Message]) -> Contact:
    columns = zip(*messages, strict=True) if messages else ((), (), (), ())
    person, at, way, size = (list(column) for column in columns)
    return Contact(person=person, at=at, way=way, size=size)


def rows(table: Contact | ContactDays) -> list[tuple[int, ...]]:
    return list(zip(*(getattr(table, one.name).tolist() for one in fields(table)), strict=True))


@pytest.mark.parametrize("code", [2, -2, 256])
def test_a_way_that_is_none_is_refused(code: int) -> None:
    with pytest.raises(ValueError, match="no Way"):
        Contact(**{**ONE, "way": [code]})
    with pytest.raises(ValueError, match="no Way"):
        Participants(**{**ONE, "way": [code]}, event=[1], author=[True])
    with pytest.raises(ValueError, match="no Way"):
        ContactDays(**{**DAYS, "way": [code]})


def test_a_reach_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no Reach"):
        ContactDays(**{**DAYS, "reach": [3]})


def test_columns_of_unequal_length_are_refused() -> None:
    for column in ("person", "at", "way", "size", "thread", "personal"):
        with pytest.raises(ValueError, match="one length"):
            Contact(**{**ONE, column: []})
        with pytest.raises(ValueError, match="one length"):
            Participants(**{"event": [1], "author": [True], **ONE, column: []})
    for column in DAYS:
        with pytest.raises(ValueError, match="one length"):
            ContactDays(**{**DAYS, column: []})
    with pytest.raises(ValueError, match="one-dimensional"):
        Contact(person=1, at=0, way=0, size=1)


def test_one_value_may_stand_for_all_rows() -> None:
    two = Contact(person=[1, 2], at=[0, 1], way=Way.OUT, size=3)
    assert rows(two) == [(1, 0, 1, 3, -1, True), (2, 1, 1, 3, -1, True)]
    assert rows(two.of([2])) == [(2, 1, 1, 3, -1, True)]


def test_rows_are_chosen_by_person_time_and_size() -> None:
    three = Contact(person=[1, 2, 3], at=[0, 1, 2], way=0, size=[10, 11, 1])
    assert three.of([3, 1, 9]).person.tolist() == [1, 3]
    assert three.before(2).person.tolist() == [1, 2]
    assert three.capped(10).person.tolist() == [1, 3]
    assert len(three.before(0)) == 0


def test_a_time_that_is_no_date_has_no_day() -> None:
    at = [np.nan, np.inf, -np.inf, 1e300, -1e14, 0.5]
    some = Contact(person=[1] * 6, at=at, way=0, size=1)
    assert rows(ContactDays.fold(some, CAP)) == [(1, 0, 0, 0, 0, 0, 1, 1)]


@given(MESSAGES)
@settings(max_examples=150)
def test_folding_agrees_with_a_plain_loop(messages: list[Message]) -> None:
    days: dict[tuple[int, int, int, int], list[Message]] = defaultdict(list)
    for message in messages:
        person, at, way, size = message
        days[person, at // DAY, way, Reach.SMALL if size <= CAP else Reach.WIDE].append(message)
    assert rows(ContactDays.fold(contact(messages), CAP)) == [
        (
            *key,
            min(at for _, at, _, _ in there),
            max(at for _, at, _, _ in there),
            min(size for *_, size in there),
            len(there),
        )
        for key, there in sorted(days.items())
    ]


@given(MESSAGES, st.integers(-3, 6))
@settings(max_examples=60)
def test_days_before_a_day_and_the_rest_are_all_days(messages: list[Message], day: int) -> None:
    whole = contact(messages)
    days = ContactDays.fold(whole, CAP)
    before = days.before(day * DAY)
    assert rows(before) == rows(ContactDays.fold(whole.before(day * DAY), CAP))
    rest = ContactDays.fold(whole.where(whole.at >= day * DAY), CAP)
    assert sorted(rows(before.joined(rest))) == rows(days)


@given(MESSAGES)
@settings(max_examples=60)
def test_first_contact_is_that_of_the_messages(messages: list[Message]) -> None:
    first: dict[int, int] = {}
    for person, at, _, _ in messages:
        first[person] = min(at, first.get(person, at))
    people, when = ContactDays.fold(contact(messages), CAP).first_contact()
    assert dict(zip(people.tolist(), when.tolist(), strict=True)) == first
    assert people.tolist() == sorted(first)


def test_list_mail_is_no_contact() -> None:
    listed = ContactDays(**{**DAYS, "reach": [Reach.LIST]})
    assert len(listed.contact()) == 0
    assert listed.first_contact()[0].size == 0


def test_participants_tell_who_was_first_seen_and_dealt_with() -> None:
    some = Participants(
        event=[1, 1, 2, 3],
        person=[7, 8, 8, 7],
        author=[True, False, False, True],
        at=[10, 10, 20, 5],
        way=[Way.IN, Way.IN, Way.OUT, Way.IN],
        size=[2, 2, 1, 1],
    )
    assert some.first_seen() == {7: 5, 8: 10}
    assert some.first_dealt() == {8: 20}
    assert sorted(some.with_any_of([8]).event.tolist()) == [1, 1, 2]
    assert some.before(10).event.tolist() == [3]
