"""Who is new, and whether a beginning was taken up."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.contact import Contact, ContactDays, Way
from scoring.days import SECONDS_A_DAY
from scoring.signals.encounters import Encounter, encounters, may_have_begun

DAY = SECONDS_A_DAY
NOW = 1000 * DAY
CAP = 2


class Seen(NamedTuple):
    """A contact `ago` days before now."""

    tie: int
    ago: float
    way: Way = Way.IN
    size: int = 1
    personal: bool = True
    organisation: int = -1
    name: int = -1


# A year with somebody else, so that it can be told who is new.
PAST = [Seen(1, 360, Way.OUT, organisation=50, name=60), Seen(1, 1, organisation=50, name=60)]


def contact(rows: Iterable[Seen]) -> Contact:
    rows = list(rows)
    return Contact(
        person=[one.tie for one in rows],
        at=[NOW - one.ago * DAY for one in rows],
        way=[one.way for one in rows],
        size=[one.size for one in rows],
        personal=[one.personal for one in rows],
    )


def found(
    events: Iterable[Seen],
    introduced: Collection[int] = (),
    now: float = NOW,
    *,
    restricted: bool = False,
) -> tuple[Encounter, ...]:
    """The encounters, from all contact, or from that with those who may be one alone."""
    rows = list(events)
    whole = contact(rows)
    days = ContactDays.fold(whole, CAP)
    people, first = days.before(now).first_contact()
    codes = {one.tie: (one.organisation, one.name) for one in rows}
    return encounters(
        whole.of(may_have_begun(days, now)) if restricted else whole,
        person=people,
        first=first,
        organisation=[codes[key][0] for key in people.tolist()],
        name=[codes[key][1] for key in people.tolist()],
        now=now,
        introduced=introduced,
    )


def keys(*events: Seen, introduced: Collection[int] = ()) -> list[int]:
    return [one.key for one in found([*PAST, *events], introduced)]


def coffee(ago: float, **more: Any) -> Seen:  # noqa: ANN401 - the fields of a Seen
    return Seen(7, ago, Way.MUTUAL, **more)


def first_mail(ago: float, **more: Any) -> list[Seen]:  # noqa: ANN401 - as above
    return [Seen(7, ago, **more), Seen(7, ago - 0.2, Way.OUT, **more)]


def test_a_first_meeting_without_a_word_since_is_an_encounter() -> None:
    (one,) = found([*PAST, coffee(9)])
    assert (one.key, one.days, one.met) == (7, 9, True)
    assert one.at.timestamp() == NOW - 9 * DAY


def test_a_first_exchange_of_mail_is_one_too() -> None:
    (one,) = found([*PAST, *first_mail(9)])
    assert not one.met


def test_mail_of_one_side_only_is_none() -> None:
    assert keys(Seen(7, 9)) == []
    assert keys(Seen(7, 9, Way.OUT), Seen(7, 8, Way.OUT)) == []


@pytest.mark.parametrize(("ago", "there"), [(6.9, False), (7, True), (21.9, True), (22, False)])
def test_a_week_must_have_passed_and_no_more_than_three(ago: float, there: bool) -> None:  # noqa: FBT001 - a case
    assert (keys(coffee(ago)) == [7]) is there


def test_any_word_after_the_beginning_is_a_follow_up() -> None:
    assert keys(coffee(15), Seen(7, 13, Way.OUT)) == [7]  # the thanks of the day after
    assert keys(coffee(15), Seen(7, 11, Way.OUT)) == []
    assert keys(coffee(15), Seen(7, 2)) == []


def test_a_large_table_and_a_circular_are_no_encounters() -> None:
    assert keys(coffee(9, size=3)) == [7]
    assert keys(coffee(9, size=4)) == []
    assert keys(*first_mail(9, size=2)) == []


def test_whoever_was_known_before_is_not_new() -> None:
    assert keys(Seen(7, 200), coffee(9)) == []


def test_a_new_face_at_a_firm_one_works_with_is_none_nor_a_new_address_of_somebody_known() -> None:
    assert keys(coffee(9, organisation=50)) == []
    assert keys(coffee(9, name=60)) == []
    assert keys(coffee(9, organisation=51, name=61)) == [7]


def test_two_new_people_of_one_firm_are_both_new() -> None:
    one, other = coffee(9, organisation=51), Seen(8, 9.1, Way.MUTUAL, organisation=51)
    assert keys(one, other) == [7, 8]


def test_whoever_was_brought_is_no_encounter() -> None:
    assert keys(coffee(9), introduced=[7]) == []


def test_where_the_mailbox_begins_nobody_is_new() -> None:
    assert found([Seen(1, 100, Way.OUT), coffee(9)]) == ()


def test_columns_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        encounters(contact(PAST), person=[1], first=[1], organisation=[], name=[1], now=1)


@st.composite
def histories(draw: st.DrawFn) -> list[Seen]:
    dice = np.random.default_rng(draw(st.integers(0, 2**32)))
    return [
        *PAST,
        *(
            Seen(
                tie=(tie := int(dice.integers(2, 9))),
                ago=float(dice.integers(-20, 30 + 20 * tie)) / 2,
                way=Way(int(dice.integers(-1, 2))),
                size=int(dice.integers(1, 5)),
                personal=bool(dice.random() < 0.9),
                organisation=tie // 2 if tie > 4 else -1,
                name=tie // 3,
            )
            for _ in range(draw(st.integers(0, 60)))
        ),
    ]


@given(histories(), st.randoms(use_true_random=False))
@settings(max_examples=80)
def test_neither_the_order_of_events_nor_what_comes_later_changes_anything(
    events: list[Seen], dice: object
) -> None:
    said = found(events)
    shuffled = list(events)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert found(shuffled) == said
    assert found([one for one in events if one.ago > 0]) == said
    for one in said:
        ago = [event.ago for event in events if event.tie == one.key and event.ago > 0]
        assert min(ago) >= 7
        assert max(ago) - min(ago) <= 3
        assert 7 <= one.days <= 21


@given(histories(), st.integers(-40, 80))
@settings(max_examples=200)
def test_contact_with_those_who_began_of_late_tells_all(events: list[Seen], ago: int) -> None:
    now = NOW - ago / 4 * DAY
    assert found(events, now=now, restricted=True) == found(events, now=now)


def test_whoever_began_three_weeks_ago_or_more_need_not_be_read() -> None:
    days = ContactDays.fold(contact([*PAST, coffee(21.9), Seen(8, 22), Seen(9, 0.1)]), CAP)
    assert may_have_begun(days, NOW).tolist() == [7, 9]
