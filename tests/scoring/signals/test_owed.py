"""Who waits for the owner's reply, and whose reply the owner waits for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.arrays import Ints
from scoring.contact import Contact, ContactDays, Way
from scoring.days import SECONDS_A_DAY
from scoring.signals.owed import (
    ReplyAwaited,
    ReplyOwed,
    ThreadedMessages,
    may_be_awaited,
    may_be_owed,
    replies_awaited,
    replies_owed,
)

DAY = SECONDS_A_DAY
NOW = 1000 * DAY


class TieMail(NamedTuple):
    """A message `ago` days before now."""

    tie: int
    ago: float
    way: Way = Way.IN
    thread: int = 1
    size: int = 1
    direct: bool = True


def contact(mails: Iterable[TieMail]) -> Contact:
    rows = list(mails)
    return Contact(
        person=[mail.tie for mail in rows],
        at=[NOW - mail.ago * DAY for mail in rows],
        way=[mail.way for mail in rows],
        size=[mail.size for mail in rows],
        thread=[mail.thread for mail in rows],
        personal=[mail.direct for mail in rows],
    )


def messages(mails: Iterable[TieMail]) -> ThreadedMessages:
    return ThreadedMessages.from_contact(contact(mails), NOW)


def owed(*mails: TieMail) -> tuple[ReplyOwed, ...]:
    return replies_owed(messages(mails), NOW)


def keys(*mails: TieMail) -> list[int]:
    return [reply.key for reply in owed(*mails)]


def awaited(*mails: TieMail) -> tuple[ReplyAwaited, ...]:
    return replies_awaited(messages(mails), NOW)


def again(
    tie: int, ago: float, *, thread: int = 1, rest: float = 4, **more: object
) -> list[TieMail]:
    """The owner's word, and a message in the same thread `rest` days later, `ago` days old."""
    return [
        TieMail(tie, ago + rest, Way.OUT, thread),
        TieMail(tie, ago, Way.IN, thread, **more),  # type: ignore[arg-type]
    ]


def letters(tie: int, number: int, answered: int, *, mine: bool = False) -> list[TieMail]:
    """One side begins a thread every ten days; the other answers the first few a day later."""
    ask, answer = (Way.OUT, Way.IN) if mine else (Way.IN, Way.OUT)
    first = 1000 * (tie + 1)
    asked = [TieMail(tie, 100 + 10 * n, ask, first + n) for n in range(number)]
    return asked + [TieMail(tie, 99 + 10 * n, answer, first + n) for n in range(answered)]


def test_who_comes_back_to_a_thread_after_days_waits_for_a_reply() -> None:
    since = datetime.fromtimestamp(NOW - 3.5 * DAY, tz=UTC)
    (reply,) = owed(*again(7, 3.5))
    assert reply == ReplyOwed(7, since, 3, came_back_after=4, answered=0, letters=0)
    assert reply.came_back
    assert not reply.habit


def test_a_message_soon_after_the_owners_word_ends_the_exchange() -> None:
    assert keys(*again(7, 5, rest=0.1)) == []
    assert keys(*again(7, 5, rest=2.9)) == []
    assert keys(*again(7, 5, rest=3)) == [7]


def test_an_afterthought_and_a_second_message_of_the_same_day_ask_for_nothing() -> None:
    assert keys(TieMail(7, 6, Way.OUT), TieMail(7, 5.9), TieMail(7, 5.5)) == []


def test_whoever_comes_back_to_a_thread_in_which_the_owner_never_spoke_may_wait_in_vain() -> None:
    assert keys(TieMail(7, 12), TieMail(7, 5)) == []
    assert keys(*letters(7, 10, 10), TieMail(7, 12), TieMail(7, 5)) == [7]


def test_a_first_letter_waits_where_the_owner_answers_nearly_all_of_them() -> None:
    assert keys(*letters(7, 10, 10), TieMail(7, 5)) == [7]
    assert keys(*letters(7, 10, 9), TieMail(7, 5)) == [7]
    assert keys(*letters(7, 10, 8), TieMail(7, 5)) == []
    assert keys(*letters(7, 4, 4), TieMail(7, 5)) == []
    (reply,) = owed(*letters(7, 10, 9), TieMail(7, 5))
    assert (reply.answered, reply.letters, reply.came_back_after) == (9, 10, None)


def test_an_answer_counts_wherever_it_was_written() -> None:
    loose = [mail._replace(thread=-1) for mail in letters(7, 6, 6)]
    assert keys(*loose, TieMail(7, 5, thread=-1)) == [7]


def test_a_habit_with_one_is_no_habit_with_another() -> None:
    assert keys(*letters(7, 10, 10), TieMail(8, 5)) == []


@pytest.mark.parametrize("way", [Way.OUT, Way.MUTUAL])
def test_a_word_or_a_meeting_since_then_settles_it_in_any_thread(way: Way) -> None:
    waiting = again(7, 5)
    assert keys(*waiting, TieMail(7, 4, way, thread=2)) == []
    assert keys(*waiting, TieMail(7, 5, way, thread=2)) == []
    assert keys(*waiting, TieMail(7, 6, way, thread=2)) == [7]
    assert keys(*waiting, TieMail(8, 4, way, thread=2)) == [7]


def test_only_the_last_message_of_a_thread_waits() -> None:
    assert keys(*again(7, 5), TieMail(8, 1)) == []
    assert keys(*again(7, 5), TieMail(8, 1, thread=2)) == [7]


def test_too_fresh_and_too_old_are_left_out() -> None:
    mails = [
        mail
        for tie, ago in ((1, 1.9), (2, 2), (3, 21.9), (4, 22))
        for mail in again(tie, ago, thread=tie)
    ]
    assert keys(*mails) == [3, 2]


def test_mail_to_many_and_mail_that_does_not_name_the_owner_need_no_reply() -> None:
    assert keys(*again(7, 5, size=6)) == []
    assert keys(*again(7, 5, size=5)) == [7]
    assert keys(*again(7, 5, direct=False)) == []


def test_a_person_is_listed_once_by_what_they_said_last() -> None:
    reply, other = owed(*again(7, 4), *again(7, 9, thread=2), *again(8, 6, thread=3))
    assert [(reply.key, reply.days), (other.key, other.days)] == [(8, 6), (7, 4)]


def test_equal_waits_are_in_order_of_key() -> None:
    assert keys(*again(9, 5), *again(3, 5, thread=2)) == [3, 9]


def test_no_events_owe_nothing() -> None:
    assert owed() == ()
    assert awaited() == ()


# The other way about


def test_an_answer_is_awaited_from_those_who_nearly_always_give_one() -> None:
    since = datetime.fromtimestamp(NOW - 6 * DAY, tz=UTC)
    mine = TieMail(7, 6, Way.OUT)
    assert awaited(*letters(7, 10, 9, mine=True), mine) == (ReplyAwaited(7, since, 6, 9, 10),)
    assert awaited(*letters(7, 10, 8, mine=True), mine) == ()
    assert awaited(*letters(7, 10, 9, mine=True), mine, TieMail(7, 5, thread=9)) == ()
    assert awaited(*letters(7, 10, 9, mine=True), TieMail(7, 4.9, Way.OUT)) == ()
    assert awaited(*letters(7, 10, 9, mine=True), TieMail(7, 61, Way.OUT)) == ()


def test_the_owners_thanks_await_nothing() -> None:
    before = letters(7, 10, 10, mine=True)
    assert awaited(*before, TieMail(7, 8), TieMail(7, 7, Way.OUT)) == ()
    assert len(awaited(*before, TieMail(7, 12), TieMail(7, 7, Way.OUT))) == 1


# Whatever the history


@st.composite
def histories(draw: st.DrawFn) -> list[TieMail]:
    dice = np.random.default_rng(draw(st.integers(0, 2**32)))
    return [
        TieMail(
            tie=int(dice.integers(0, 4)),
            ago=float(dice.integers(-40, 400)) / 4,
            way=Way(int(dice.integers(-1, 2))),
            thread=int(dice.integers(-1, 25)),
            size=int(dice.integers(1, 8)),
            direct=bool(dice.random() < 0.9),
        )
        for _ in range(draw(st.integers(0, 120)))
    ]


@given(histories(), st.randoms(use_true_random=False))
@settings(max_examples=80)
def test_neither_the_order_of_events_nor_what_comes_later_changes_anything(
    mails: list[TieMail], dice: object
) -> None:
    said = owed(*mails), awaited(*mails)
    shuffled = list(mails)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert (owed(*shuffled), awaited(*shuffled)) == said
    known = [mail for mail in mails if mail.ago > 0]
    assert (owed(*known), awaited(*known)) == said


@given(histories())
@settings(max_examples=80)
def test_whatever_is_said_holds(mails: list[TieMail]) -> None:
    for reply in owed(*mails):
        touched = [m.ago for m in mails if m.tie == reply.key and m.way != Way.IN and m.ago > 0]
        since = (NOW - reply.since.timestamp()) / DAY
        assert 2 <= reply.days <= 21
        assert all(ago > since for ago in touched)
        assert reply.came_back or (reply.habit and reply.came_back_after is None)
        assert 0 <= reply.answered <= reply.letters
    for one in awaited(*mails):
        heard = [m.ago for m in mails if m.tie == one.key and m.way != Way.OUT and m.ago > 0]
        since = (NOW - one.since.timestamp()) / DAY
        assert 5 <= one.days <= 60
        assert all(ago > since for ago in heard)
    for found in (owed(*mails), awaited(*mails)):
        assert len({one.key for one in found}) == len(found)


def with_threads(whole: Contact, people: Ints) -> Contact:
    """The messages of these people, and all of the threads that those are in."""
    theirs = np.isin(whole.person, people)
    threads = np.unique(whole.thread[theirs & (whole.thread >= 0)])
    return whole.where(theirs | np.isin(whole.thread, threads))


@given(histories(), st.integers(1, 8), st.integers(-40, 80))
@settings(max_examples=300)
def test_the_messages_of_those_who_may_wait_and_of_their_threads_tell_all(
    mails: list[TieMail], cap: int, ago: int
) -> None:
    whole, now = contact(mails), NOW - ago / 4 * DAY
    days = ContactDays.fold(whole, cap)
    everything = ThreadedMessages.from_contact(whole, now)
    for may_wait, replies in ((may_be_owed, replies_owed), (may_be_awaited, replies_awaited)):
        people = may_wait(days, now)
        some = ThreadedMessages.from_contact(with_threads(whole, people), now)
        assert replies(some, now, people.tolist()) == replies(everything, now)


def test_whoever_was_answered_or_waits_too_short_or_too_long_need_not_be_read() -> None:
    mails = [
        *again(1, 5, thread=1),
        *again(2, 1.9, thread=2),
        *again(3, 22, thread=3),
        *again(4, 5, thread=4, size=6),
        *again(5, 5, thread=5),
        TieMail(5, 4, Way.OUT, 5, size=40),
        TieMail(6, 10, Way.OUT),
        TieMail(7, 4.9, Way.OUT),
    ]
    days = ContactDays.fold(contact(mails), 10)
    assert may_be_owed(days, NOW).tolist() == [1]
    assert may_be_awaited(days, NOW).tolist() == [6]
