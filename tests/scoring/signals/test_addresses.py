"""Addresses that died, and who may have moved from one to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.contact import Contact, Participants, Way
from scoring.days import SECONDS_A_DAY
from scoring.signals.addresses import Died, Moved, Sign, died, moved, namesakes

DAY = SECONDS_A_DAY
NOW = 1000
OLD, NEW, THIRD = 1, 2, 3


def on(day: float) -> datetime:
    return datetime.fromtimestamp(day * DAY, tz=UTC)


# Died


def dead(*signs: tuple[int, float, Sign], now: float = NOW) -> tuple[Died, ...]:
    """`signs` are (address, day, sign)."""
    return died(
        key=[key for key, _, _ in signs],
        at=[day * DAY for _, day, _ in signs],
        sign=[sign for _, _, sign in signs],
        now=now * DAY,
    )


def test_mail_that_comes_back_tells_of_a_dead_address() -> None:
    assert dead((7, 10, Sign.LIFE), (7, 20, Sign.SENT), (7, 20.1, Sign.NAMED)) == (
        Died(key=7, bounces=1, first=on(20.1), last=on(20.1), life=on(10)),
    )


def test_a_message_from_it_shows_that_it_lives() -> None:
    assert dead((7, 20, Sign.NAMED), (7, 21, Sign.LIFE)) == ()
    assert dead((7, 20, Sign.NAMED), (8, 21, Sign.LIFE))[0].life is None


def test_mail_that_did_not_come_back_shows_that_it_lives() -> None:
    later = ((7, 20, Sign.SENT), (7, 20, Sign.NAMED), (7, 30, Sign.SENT))
    assert dead(*later) == ()
    assert len(dead(*later, now=35)) == 1  # it may still come back
    assert len(dead(*later, (7, 34, Sign.NAMED))) == 1
    assert len(dead(*later, (7, 37, Sign.NAMED))) == 1
    assert dead(*later, (7, 37, Sign.NAMED))[0].bounces == 1


def test_what_comes_back_every_time_is_counted() -> None:
    found = dead(*((7, day, sign) for day in (20, 30, 40) for sign in (Sign.SENT, Sign.NAMED)))
    assert [(one.bounces, one.first, one.last) for one in found] == [(3, on(20), on(40))]


def test_a_bounce_that_names_nobody_may_be_word_of_a_delay() -> None:
    assert dead((7, 20, Sign.SUPPOSED)) == ()
    assert dead((7, 20, Sign.SUPPOSED), (7, 20.5, Sign.SUPPOSED)) == ()
    assert len(dead((7, 20, Sign.SUPPOSED), (7, 24, Sign.SUPPOSED))) == 1
    assert len(dead((7, 20, Sign.SUPPOSED), (7, 20.5, Sign.NAMED))) == 1


def test_no_bounce_is_known_before_it_came() -> None:
    assert dead((7, 20, Sign.NAMED), now=20) == ()
    assert len(dead((7, 20, Sign.NAMED), (7, 25, Sign.LIFE), now=22)) == 1


def test_addresses_come_in_order_and_apart() -> None:
    found = dead((9, 20, Sign.NAMED), (3, 30, Sign.NAMED), (5, 1, Sign.SENT), (5, 2, Sign.LIFE))
    assert [one.key for one in found] == [3, 9]
    assert dead() == ()


@pytest.mark.parametrize("code", [-1, 4])
def test_what_is_no_sign_is_refused(code: int) -> None:
    with pytest.raises(ValueError, match="no Sign"):
        died(key=[1], at=[0], sign=[code], now=1)


SIGNS = st.lists(
    st.tuples(st.integers(1, 3), st.integers(0, 60), st.sampled_from(Sign)), max_size=25
)


@settings(max_examples=100)
@given(signs=SIGNS, dice=st.randoms(use_true_random=False), now=st.integers(0, 70))
def test_a_dead_address_gave_no_sign_of_life_since_whatever_the_order(
    signs: list[tuple[int, int, Sign]],
    dice: object,
    now: int,
) -> None:
    found = dead(*signs, now=now)
    shuffled = sorted(signs, key=lambda _: dice.random())  # type: ignore[attr-defined]
    assert dead(*shuffled, now=now) == found
    for one in found:
        mine = [(on(day), sign) for key, day, sign in signs if key == one.key and day < now]
        assert not [at for at, sign in mine if sign is Sign.LIFE and at >= one.first]
        assert one.last in {at for at, sign in mine if sign in {Sign.NAMED, Sign.SUPPOSED}}
        assert one.life is None or one.life < one.first <= one.last


# Moved


@dataclass(frozen=True)
class Someone:
    """A person of the test: whom they are called like, and the days of contact."""

    key: int
    wrote: Sequence[float] = ()
    got: Sequence[float] = ()
    name: int = 0
    organisation: int = -1
    bounced: float = np.inf
    seen_with: Sequence[int] = field(default=())


def moves(*people: Someone, now: float = NOW, restricted: bool = False) -> tuple[Moved, ...]:
    """The suggestions, from all contact, or from that of those who share a name alone."""
    contacts = [
        *((p.key, day, Way.IN) for p in people for day in p.wrote),
        *((p.key, day, Way.OUT) for p in people for day in p.got),
    ]
    beside = [(p.key, other) for p in people for other in p.seen_with]
    contact = Contact(
        person=[key for key, _, _ in contacts],
        at=[day * DAY for _, day, _ in contacts],
        way=[way for _, _, way in contacts],
        size=1,
    )
    participants = Participants(
        event=[number for number, _ in enumerate(beside) for _ in range(2)],
        person=[key for pair in beside for key in pair],
        author=False,
        at=0,
        way=Way.IN,
        size=2,
    )
    keys, names = [p.key for p in people], [p.name for p in people]
    if restricted:
        some = namesakes(person=keys, name=names)
        contact, participants = contact.of(some), participants.with_any_of(some)
    return moved(
        contact,
        participants,
        person=keys,
        name=names,
        organisation=[p.organisation for p in people],
        bounced=[p.bounced * DAY for p in people],
        now=now * DAY,
    )


def pairs(*people: Someone, now: float = NOW) -> list[tuple[int, int, bool]]:
    return [(one.old, one.new, one.bounced is not None) for one in moves(*people, now=now)]


BEFORE = (100, 130, 160, 190, 220)
AFTER = (230, 260, 290, 320)
TOOK_OVER = [(OLD, NEW, False)]
BOUNCED = [(OLD, NEW, True)]


def test_one_who_begins_where_the_other_ends_may_be_the_same() -> None:
    assert moves(Someone(OLD, BEFORE, got=(101,)), Someone(NEW, AFTER)) == (
        Moved(
            old=OLD,
            new=NEW,
            last=on(220),
            bounced=None,
            began=on(230),
        ),
    )


def test_another_name_or_none_is_somebody_else() -> None:
    assert pairs(Someone(OLD, BEFORE, name=1), Someone(NEW, AFTER, name=2)) == []
    assert pairs(Someone(OLD, BEFORE, name=-1), Someone(NEW, AFTER, name=-1)) == []


def test_a_namesake_who_is_active_alongside_is_somebody_else() -> None:
    alongside = Someone(NEW, (150, 180, 210, 240, 270))
    assert pairs(Someone(OLD, BEFORE), alongside) == []
    # Not even if mail to one of the two comes back.
    assert pairs(Someone(OLD, BEFORE, bounced=230), alongside) == []


def test_a_few_weeks_of_both_are_a_hand_over() -> None:
    assert pairs(Someone(OLD, (*BEFORE, 255)), Someone(NEW, AFTER)) == TOOK_OVER
    assert pairs(Someone(OLD, (*BEFORE, 265)), Someone(NEW, AFTER)) == []


def test_who_has_been_silent_as_long_before_has_not_fallen_silent() -> None:
    new = Someone(NEW, (230, 250))
    assert pairs(Someone(OLD, BEFORE), new, now=260) == []  # 40 days
    assert pairs(Someone(OLD, BEFORE), new, now=270) == TOOK_OVER
    patient = Someone(OLD, (10, 100, 220))  # once for 120 days
    assert pairs(patient, new, now=330) == []
    assert pairs(patient, new, now=345) == TOOK_OVER


def test_a_bounce_makes_waiting_unnecessary() -> None:
    assert pairs(Someone(OLD, BEFORE, bounced=235), Someone(NEW, AFTER), now=240) == BOUNCED
    assert pairs(Someone(OLD, BEFORE, bounced=235), Someone(NEW, AFTER), now=234) == []


def test_one_word_from_each_side_of_a_bounce_is_enough() -> None:
    old, new = Someone(OLD, got=(200, 234), bounced=235), Someone(NEW, (400,))
    (found,) = moves(old, new)
    assert (found.last, found.bounced) == (None, on(235))
    assert pairs(Someone(OLD, got=(200, 234)), new) == []
    assert pairs(old, Someone(NEW, (700,))) == []  # more than a year later
    assert pairs(old, Someone(NEW, got=(400,))) == []  # the new one never spoke


@pytest.mark.parametrize(("began", "alone", "with_others"), [(300, 1, 1), (400, 0, 1), (600, 0, 0)])
def test_the_later_the_new_one_begins_the_more_must_speak_for_it(
    began: int, alone: int, with_others: int
) -> None:
    after = (began, began + 20, began + 40)
    assert len(pairs(Someone(OLD, BEFORE), Someone(NEW, after))) == alone
    circle = Someone(OLD, BEFORE, seen_with=(8, 9)), Someone(NEW, after, seen_with=(9, 10))
    assert len(pairs(*circle)) == with_others
    firm = Someone(OLD, BEFORE, organisation=4), Someone(NEW, after, organisation=4)
    assert len(pairs(*firm)) == with_others
    other = Someone(OLD, BEFORE, organisation=4), Someone(NEW, after, organisation=5)
    assert len(pairs(*other)) == alone


def test_being_seen_together_is_no_shared_circle() -> None:
    after = (400, 420)
    both = Someone(OLD, BEFORE, seen_with=(NEW,)), Someone(NEW, after, seen_with=(OLD,))
    assert pairs(*both) == []


def test_a_word_or_two_says_too_little_by_itself() -> None:
    assert pairs(Someone(OLD, (200, 220)), Someone(NEW, AFTER)) == []
    assert pairs(Someone(OLD, BEFORE), Someone(NEW, (230,))) == []
    firm = Someone(OLD, (220,), organisation=4), Someone(NEW, (230,), organisation=4)
    assert pairs(*firm) == TOOK_OVER


def test_a_silence_begins_where_the_owner_wrote_in_vain() -> None:
    new = Someone(NEW, (400, 420, 440))
    assert pairs(Someone(OLD, BEFORE, got=(270,)), new) == []
    assert pairs(Someone(OLD, BEFORE, got=(290,)), new) == TOOK_OVER
    assert pairs(Someone(OLD, BEFORE, got=(410,)), new) == []  # after the new one began


def test_a_name_that_two_people_bear_says_too_little_by_itself() -> None:
    namesake = Someone(THIRD, range(110, 900, 30))
    assert pairs(Someone(OLD, BEFORE), Someone(NEW, AFTER), namesake) == []
    assert pairs(Someone(OLD, BEFORE, bounced=225), Someone(NEW, AFTER), namesake) == BOUNCED


def test_who_moves_twice_is_followed_step_by_step() -> None:
    third = Someone(THIRD, (330, 360, 390))
    assert pairs(Someone(OLD, BEFORE), Someone(NEW, AFTER), third) == [
        (NEW, THIRD, False),
        (OLD, NEW, False),
    ]


def test_nobody_moves_to_and_fro() -> None:
    a = Someone(OLD, (200, 210, 220), organisation=4)
    b = Someone(NEW, (201, 211, 221), organisation=4)
    assert pairs(a, b) == TOOK_OVER


def test_columns_that_do_not_belong_together_are_refused() -> None:
    contact = Contact(person=[1], at=[0], way=Way.IN, size=1)
    nobody = Participants(event=[], person=[], author=[], at=[], way=[], size=[])
    whole: dict[str, Any] = {"person": [1], "name": [0], "organisation": [0], "bounced": [np.inf]}
    assert moved(contact, nobody, **whole, now=1.0) == ()
    for column in whole:
        with pytest.raises(ValueError, match="one length"):
            moved(contact, nobody, **{**whole, column: []}, now=1.0)
    with pytest.raises(ValueError, match="one length"):
        namesakes(person=[1], name=[])


DAYS = st.lists(st.integers(0, 400), max_size=8)
PEOPLE = st.lists(
    st.builds(
        Someone,
        key=st.integers(1, 6),
        wrote=DAYS,
        got=DAYS,
        name=st.integers(-1, 1),
        organisation=st.integers(-1, 2),
        bounced=st.sampled_from([np.inf, 100, 300]),
        seen_with=st.lists(st.integers(1, 9), max_size=3),
    ),
    max_size=6,
    unique_by=lambda p: p.key,
)


@settings(max_examples=150)
@given(people=PEOPLE, dice=st.randoms(use_true_random=False), now=st.integers(0, 500))
def test_a_suggestion_holds_what_it_says_whatever_the_order(
    people: list[Someone], dice: object, now: int
) -> None:
    found = moves(*people, now=now)
    shuffled = sorted(people, key=lambda _: dice.random())  # type: ignore[attr-defined]
    assert moves(*shuffled, now=now) == found
    assert moves(*people, now=now, restricted=True) == found
    of = {p.key: p for p in people}
    assert len({one.old for one in found}) == len(found)
    assert not {(one.old, one.new) for one in found} & {(one.new, one.old) for one in found}
    for one in found:
        old, new = of[one.old], of[one.new]
        assert old.name == new.name >= 0
        assert one.began < on(now)
        spoken = [on(day) for day in old.wrote if day < now]
        assert one.last == max(spoken, default=None)
        assert any(one.last is None or on(day) > one.last for day in new.wrote if day < now)
