"""Who brought the owner together with whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.contact import Participants, Way
from scoring.days import SECONDS_A_DAY
from scoring.signals.introductions import Introduction, introductions, may_be_brought

DAY = SECONDS_A_DAY
NOW = 1000 * DAY
ANN, NEW, OLD = 1, 7, 3
BOTH = (Way.OUT, Way.IN)


class GroupMail(NamedTuple):
    """A message `ago` days before now: its author (None is the owner), and who else is on it."""

    ago: float
    author: int | None
    others: tuple[int, ...] = ()
    personal: bool = True

    @property
    def people(self) -> tuple[int, ...]:
        return self.others if self.author is None else (self.author, *self.others)


# The owner and Ann have written to each other; the owner and somebody old too.
PAST = [GroupMail(400, None, (ANN,)), GroupMail(399, ANN), GroupMail(390, None, (OLD,))]


def participants(mails: Iterable[GroupMail], *, shuffle: int = 0) -> Participants:
    rows = [
        (number, person, person == mail.author, mail)
        for number, mail in enumerate(mails)
        for person in mail.people
    ]
    if shuffle:
        np.random.default_rng(shuffle).shuffle(rows)  # type: ignore[arg-type]
    return Participants(
        event=[number for number, _, _, _ in rows],
        person=[person for _, person, _, _ in rows],
        author=[wrote for _, _, wrote, _ in rows],
        at=[NOW - mail.ago * DAY for *_, mail in rows],
        way=[Way.OUT if mail.author is None else Way.IN for *_, mail in rows],
        size=[len(mail.people) for *_, mail in rows],
        personal=[mail.personal for *_, mail in rows],
    )


def among(
    some: Participants,
    whole: Participants,
    organisation: Mapping[int, int] | None = None,
    **only: Collection[int],
) -> tuple[Introduction, ...]:
    """The introductions that some rows tell of, of all that there are."""
    return introductions(
        some,
        first_seen=whole.first_seen(),
        first_dealt=whole.first_dealt(),
        since=float(whole.at.min(initial=NOW)),
        organisation=organisation or {},
        now=NOW,
        **only,
    )


def found(
    mails: Iterable[GroupMail], organisation: Mapping[int, int] | None = None, *, shuffle: int = 0
) -> tuple[Introduction, ...]:
    whole = participants(mails, shuffle=shuffle)
    return among(whole, whole, organisation)


def pairs(
    *mails: GroupMail, organisation: Mapping[int, int] | None = None
) -> list[tuple[int, int]]:
    return [(one.by, one.to) for one in found([*PAST, *mails], organisation)]


BROUGHT = GroupMail(50, ANN, (NEW,))
ANSWER = GroupMail(49, None, (NEW, ANN))


def test_somebody_known_brings_somebody_new_and_the_two_talk() -> None:
    (one,) = found([*PAST, BROUGHT, ANSWER, GroupMail(48, NEW)])
    assert (one.by, one.to, one.answered) == (ANN, NEW, True)
    assert one.at.timestamp() == NOW - 50 * DAY
    (one,) = found([*PAST, BROUGHT, ANSWER])
    assert not one.answered
    (one,) = found([*PAST, BROUGHT, GroupMail(48, NEW)])
    assert not one.answered


def test_where_nobody_talks_nothing_came_of_it() -> None:
    assert pairs(BROUGHT) == []
    assert pairs(BROUGHT, GroupMail(19, None, (NEW,))) == []
    assert pairs(BROUGHT, GroupMail(20, None, (NEW,))) == [(ANN, NEW)]


def test_whoever_was_ever_seen_before_is_not_new() -> None:
    assert pairs(GroupMail(80, 9, (NEW, 8, 11, 12)), BROUGHT, ANSWER) == []
    assert pairs(GroupMail(50, ANN, (OLD,)), GroupMail(49, None, (OLD,))) == []


def test_a_colleague_on_copy_is_no_introduction() -> None:
    assert pairs(BROUGHT, ANSWER, organisation={ANN: 5, NEW: 5}) == []
    assert pairs(BROUGHT, ANSWER, organisation={ANN: 5, NEW: 6}) == [(ANN, NEW)]
    assert pairs(BROUGHT, ANSWER, organisation={ANN: 5}) == [(ANN, NEW)]


def test_mail_to_many_and_mail_of_a_list_introduce_nobody() -> None:
    assert pairs(GroupMail(50, ANN, (NEW, 8)), ANSWER) == [(ANN, NEW)]
    assert pairs(GroupMail(50, ANN, (NEW, 8, 9)), ANSWER) == []
    assert pairs(BROUGHT._replace(personal=False), ANSWER) == []


def test_only_somebody_known_to_the_owner_can_bring_anybody() -> None:
    assert pairs(GroupMail(50, 9, (NEW,)), ANSWER) == []


def test_where_the_mailbox_begins_nobody_is_new() -> None:
    begun = [GroupMail(100, None, (ANN,)), GroupMail(60, ANN, (NEW,)), GroupMail(59, None, (NEW,))]
    assert found(begun) == ()
    assert len(found([GroupMail(121, None, (ANN,)), *begun])) == 1


def test_what_is_not_known_yet_counts_for_nothing() -> None:
    assert pairs(GroupMail(2, ANN, (NEW,)), GroupMail(0, None, (NEW,)), GroupMail(-1, NEW)) == []


def test_no_mail_introduces_nobody() -> None:
    assert found([]) == ()


@st.composite
def histories(draw: st.DrawFn) -> list[GroupMail]:
    dice = np.random.default_rng(draw(st.integers(0, 2**32)))
    mails = list(PAST)
    for _ in range(draw(st.integers(0, 60))):
        there = dice.choice(30, size=int(dice.integers(1, 4)), replace=False).tolist()
        mine = bool(dice.random() < 0.4)
        mails.append(
            GroupMail(
                float(dice.integers(-20, 300)),
                None if mine else there[0],
                tuple(there if mine else there[1:]),
                bool(dice.random() < 0.9),
            )
        )
    return mails


@given(histories(), st.integers(1, 2**32))
@settings(max_examples=80)
def test_neither_the_order_of_events_nor_what_comes_later_changes_anything(
    mails: list[GroupMail], dice: int
) -> None:
    said = found(mails)
    assert found(mails, shuffle=dice) == said
    assert found([mail for mail in mails if mail.ago > 0]) == said
    assert len({one.to for one in said}) == len(said)
    for one in said:
        since = (NOW - one.at.timestamp()) / DAY
        assert all(mail.ago <= since for mail in mails if one.to in mail.people)
        assert any(mail.author is None and one.by in mail.people for mail in mails)


PEOPLE = st.sets(st.integers(0, 29), max_size=6)


@given(histories(), PEOPLE, PEOPLE, st.dictionaries(st.integers(0, 29), st.integers(0, 9)))
@settings(max_examples=300)
def test_the_mail_with_those_who_may_have_been_introduced_tells_all_of_some_people(
    mails: list[GroupMail], by: set[int], to: set[int], organisation: dict[int, int]
) -> None:
    whole = participants(mails)
    said = among(whole, whole, organisation)

    theirs = whole.with_any_of(list(to))
    brought = tuple(one for one in said if one.to in to)
    assert among(theirs, whole, organisation, to=to) == brought
    assert among(theirs, whole, organisation, by=by, to=to) == tuple(
        one for one in brought if one.by in by
    )

    wrote = whole.author & np.isin(whole.person, list(by))
    mine = whole.where(np.isin(whole.event, whole.event[wrote]))
    new = may_be_brought(mine, by=list(by), first_seen=whole.first_seen())
    theirs = whole.with_any_of(new)
    assert among(theirs, whole, organisation, by=by) == tuple(one for one in said if one.by in by)
