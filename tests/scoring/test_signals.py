"""Who waits for the owner's reply."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from scoring.signals import ReplyOwed, replies_owed
from scoring.ties import SECONDS_A_DAY, Way

DAY = SECONDS_A_DAY
NOW = 100 * DAY


class Mail(NamedTuple):
    """A message `ago` days before now."""

    tie: int
    ago: float
    way: Way = Way.IN
    thread: int = 1
    size: int = 1
    direct: bool = True


def owed(*mails: Mail, **limits: int) -> tuple[ReplyOwed, ...]:
    return replies_owed(
        tie=[mail.tie for mail in mails],
        at=[NOW - mail.ago * DAY for mail in mails],
        direction=[mail.way for mail in mails],
        size=[mail.size for mail in mails],
        thread=[mail.thread for mail in mails],
        direct=[mail.direct for mail in mails],
        now=NOW,
        **limits,
    )


def keys(*mails: Mail, **limits: int) -> list[int]:
    return [reply.key for reply in owed(*mails, **limits)]


def test_a_message_left_lying_is_owed_a_reply() -> None:
    since = datetime.fromtimestamp(NOW - 3.5 * DAY, tz=UTC)
    assert owed(Mail(7, 3.5)) == (ReplyOwed(key=7, since=since, days=3),)


@pytest.mark.parametrize("way", [Way.OUT, Way.MUTUAL])
def test_a_word_or_a_meeting_since_then_settles_it_in_any_thread(way: Way) -> None:
    assert keys(Mail(7, 5, thread=1), Mail(7, 4, way, thread=2)) == []
    assert keys(Mail(7, 5, thread=1), Mail(7, 5, way, thread=2)) == []
    assert keys(Mail(7, 5, thread=1), Mail(7, 6, way, thread=2)) == [7]


def test_a_word_to_somebody_else_does_not_settle_it() -> None:
    assert keys(Mail(7, 5, thread=1), Mail(8, 4, Way.OUT, thread=2)) == [7]


def test_only_the_last_message_of_a_thread_waits() -> None:
    assert keys(Mail(7, 5), Mail(8, 4)) == [8]
    assert keys(Mail(7, 5), Mail(8, 4, Way.OUT)) == []


def test_one_message_after_the_owners_word_ends_the_exchange() -> None:
    assert keys(Mail(7, 9), Mail(7, 8, Way.OUT), Mail(7, 7)) == []
    assert keys(Mail(7, 8, Way.OUT), Mail(7, 7)) == []


def test_a_second_message_after_the_owners_word_asks_again() -> None:
    assert keys(Mail(7, 9), Mail(7, 8, Way.OUT), Mail(7, 7), Mail(7, 4)) == [7]
    assert keys(Mail(7, 8, Way.OUT), Mail(8, 7), Mail(7, 4)) == []


def test_messages_of_no_known_thread_stand_alone() -> None:
    assert keys(Mail(7, 5, thread=-1), Mail(8, 4, thread=-1)) == [7, 8]


def test_too_fresh_and_too_old_are_left_out() -> None:
    mails = [Mail(tie, ago, thread=tie) for tie, ago in ((1, 1.9), (2, 2), (3, 21.9), (4, 22))]
    assert keys(*mails) == [3, 2]
    assert keys(*mails, least_days=1, most_days=22) == [4, 3, 2, 1]


def test_mail_to_many_and_mail_that_does_not_name_the_owner_need_no_reply() -> None:
    assert keys(Mail(7, 5, size=6)) == []
    assert keys(Mail(7, 5, size=5)) == [7]
    assert keys(Mail(7, 5, direct=False)) == []


def test_a_person_is_listed_once_with_the_longest_wait() -> None:
    reply, other = owed(Mail(7, 4, thread=1), Mail(7, 9, thread=2), Mail(8, 6, thread=3))
    assert (reply.key, reply.days) == (7, 9)
    assert (other.key, other.days) == (8, 6)


def test_what_comes_at_or_after_now_is_not_known() -> None:
    assert keys(Mail(7, 5), Mail(7, 0, Way.OUT), Mail(7, -1, Way.MUTUAL)) == [7]


def test_equal_waits_are_in_order_of_key() -> None:
    assert keys(Mail(9, 5, thread=1), Mail(3, 5, thread=2)) == [3, 9]


def test_no_events_owe_nothing() -> None:
    assert owed() == ()


def test_columns_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        replies_owed(tie=[1], at=[1], direction=[1], size=[1], thread=[], direct=[True], now=NOW)
