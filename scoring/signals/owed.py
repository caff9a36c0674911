"""Replies that the owner owes, and replies that the owner awaits.

The second are evidence for `why` and keep somebody out of a report; nobody is ever chased.

No metadata tells a question from a thanks, and most messages ask nothing. Two things speak for a
question. Somebody who after days takes up a thread in which the owner has spoken has come back to
the matter: thanks and afterthoughts follow at once, or after the weekend. And where the owner has
answered nearly everything that somebody began, a letter left lying is an oversight, and no habit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np

from scoring.arrays import Bools, Floats, Int8s, Int32s, Ints
from scoring.contact import Contact, ContactDays, Way
from scoring.days import SECONDS_A_DAY

# Whole days of waiting: under the least nobody waits yet, over the most they have given up.
LEAST_DAYS, MOST_DAYS = 2, 21
# A mail to more people than this asks nobody in particular.
MOST_PEOPLE = 5
# After so many days somebody comes back to a thread; a thanks for Friday's word comes by Monday.
CAME_BACK_DAYS = 3
# How many of their letters must have been answered, of how many at least, to call it a habit.
HABIT_SHARE, HABIT_LEAST = 0.9, 5
# The owner is not told that an answer is late before this, in whole days, nor after that.
AWAITED_LEAST_DAYS, AWAITED_MOST_DAYS = 5, 60


@dataclass(frozen=True, slots=True)
class ReplyOwed:
    """They wrote, and have been waiting since `since` (aware, UTC) for `days` whole days.

    `came_back_after`: how many whole days after the word before it in the thread they wrote; None
    where the owner had not spoken there. Of the `letters` that they had begun threads with before,
    the owner answered so many within `LEAST_DAYS` days.
    """

    key: int
    since: datetime
    days: int
    came_back_after: int | None
    answered: int
    letters: int

    @property
    def habit(self) -> bool:
        """Whether the owner answers nearly all threads that they begin."""
        return _habit(self.answered, self.letters)

    @property
    def came_back(self) -> bool:
        """Whether they took up the owner's thread after it had rested for days."""
        return self.came_back_after is not None and self.came_back_after >= CAME_BACK_DAYS


@dataclass(frozen=True, slots=True)
class ReplyAwaited:
    """The owner wrote to them at `since` (aware, UTC) and has waited for `days` whole days.

    Of the `letters` by which the owner had begun threads with them before, they answered so many.
    """

    key: int
    since: datetime
    days: int
    answered: int
    letters: int


@dataclass(frozen=True, slots=True, eq=False)
class ThreadedMessages:
    """Messages and meetings of the owner and each tie; (k,) each, in order of time, then of way.

    tie: integer keys. at: unix seconds UTC. way: `Way` codes. size: people besides the owner.
    thread: codes from 0; every event without a thread has one of its own. direct: the owner was
    named. `last`: whether it is its thread's last; several at the same last second all are.
    `rested`: days since the word before it in the thread, whoever spoke; infinity for the first.
    `ours`: whether the owner had spoken in the thread before it.
    """

    tie: Ints
    at: Floats
    way: Int8s
    size: Int32s
    thread: Ints
    direct: Bools
    last: Bools
    rested: Floats
    ours: Bools

    @classmethod
    def from_contact(cls, contact: Contact, now: float) -> ThreadedMessages:
        """Bring contact before `now` (unix seconds UTC) into order.

        Needs all columns, of mail to any number of people. For replies of some people only: their
        rows, and every row of the threads that those are in.
        """
        contact = contact.before(now)
        keys, when = contact.person, contact.at.astype(np.float64)
        ways, people = contact.way, contact.size
        threads, named = contact.thread, contact.personal
        order = np.lexsort((named, people, threads, keys, ways, when))
        threads = threads[order]
        threads = np.where(threads < 0, -1 - np.arange(threads.size), threads)
        _, code = np.unique(threads, return_inverse=True)
        code = code.reshape(-1).astype(np.int64)
        when, ways = when[order], ways[order]
        last, rested = _in_thread(code, when)
        ours = when > _first(code, when, ways == Way.OUT)[code]
        return cls(keys[order], when, ways, people[order], code, named[order], last, rested, ours)

    def ties(self, people: Collection[int] | None = None) -> Iterator[tuple[int, Ints]]:
        """Each tie's key, ascending, with the rows of its messages in order of time.

        Only of `people`, if given.
        """
        wanted = None if people is None else set(people)
        order = np.argsort(self.tie, kind="stable")
        keys = self.tie[order]
        bounds = [0, *(np.flatnonzero(np.diff(keys)) + 1).tolist(), keys.size]
        for begin, end in pairwise(bounds):
            if begin < end and (wanted is None or int(keys[begin]) in wanted):
                yield int(keys[begin]), order[begin:end]


def may_be_owed(days: ContactDays, now: float) -> Ints:
    """Return the people, ascending, to whom alone a reply may be owed at `now` (unix seconds UTC).

    They wrote to few enough people and long enough ago, and the owner has neither written to nor
    met them since. Needs the SMALL and WIDE rows, of them all columns but `messages`.
    """
    return _may_wait(days, now, Way.IN, LEAST_DAYS, MOST_DAYS)


def may_be_awaited(days: ContactDays, now: float) -> Ints:
    """Return the people, ascending, from whom alone a reply may be awaited at `now`.

    The same as `may_be_owed`, the other way round.
    """
    return _may_wait(days, now, Way.OUT, AWAITED_LEAST_DAYS, AWAITED_MOST_DAYS)


def _may_wait(days: ContactDays, now: float, way: Way, least: int, most: int) -> Ints:
    """Return whose last message of that way, `least` to `most` whole days ago, nothing followed."""
    days = days.contact().before(now)
    people, whose = np.unique(days.person, return_inverse=True)
    # Of a row that goes on after `now`, only the first message is sure to be known.
    last = np.where(days.last < now, days.last, days.first)
    others = days.way != way
    touched = np.full(people.size, np.iinfo(np.int64).min)
    np.maximum.at(touched, whose[others], last[others])
    waits = ~others & (days.smallest <= MOST_PEOPLE) & (days.last > touched[whose])
    waits &= days.first <= now - least * SECONDS_A_DAY
    waits &= days.last > now - (most + 1) * SECONDS_A_DAY
    return np.unique(days.person[waits])


def replies_owed(
    messages: ThreadedMessages, now: float, people: Collection[int] | None = None
) -> tuple[ReplyOwed, ...]:
    """Return the replies that the owner owes, longest waiting first.

    A reply is owed when the last message of a thread came from them, to the owner by name and to
    at most `MOST_PEOPLE` people; when `LEAST_DAYS` to `MOST_DAYS` whole days have passed since;
    when the owner has since then (or at that very second) neither written to them, in any thread,
    nor met them; and when they came back with it to a thread of the owner's after `CAME_BACK_DAYS`,
    or the owner has not spoken in the thread, and answers nearly all letters by which they began
    (see `ReplyOwed.habit`). At most one a tie: the latest. Equal waits are in order of key.
    Only of `people`, if given: those of whom `messages` has everything.
    """
    found = []
    for key, rows in messages.ties(people):
        way, at = messages.way[rows], messages.at[rows]
        touched = at[way != Way.IN].max(initial=-np.inf)
        days = (now - at) // SECONDS_A_DAY
        waiting = (way == Way.IN) & messages.direct[rows] & (messages.size[rows] <= MOST_PEOPLE)
        waiting &= (days >= LEAST_DAYS) & (days <= MOST_DAYS) & (at > touched) & messages.last[rows]
        if not waiting.any():
            continue
        asked = [
            one
            for index in np.flatnonzero(waiting).tolist()
            if (one := _owed(messages, key, rows, index, now)) is not None
        ]
        if asked:
            found.append(max(asked, key=lambda one: one.since))
    return tuple(sorted(found, key=lambda one: (one.since, one.key)))


def _owed(
    messages: ThreadedMessages, key: int, rows: Ints, index: int, now: float
) -> ReplyOwed | None:
    """The reply owed to the message in `rows[index]`, if it seems to ask for one."""
    row = rows[index]
    since = float(messages.at[row])
    letters, answered = _answered(messages, rows, since, mine=False)
    one = ReplyOwed(
        key=key,
        since=datetime.fromtimestamp(since, tz=UTC),
        days=int((now - since) // SECONDS_A_DAY),
        came_back_after=int(messages.rested[row]) if messages.ours[row] else None,
        answered=answered,
        letters=letters,
    )
    return one if one.came_back or (one.came_back_after is None and one.habit) else None


def replies_awaited(
    messages: ThreadedMessages, now: float, people: Collection[int] | None = None
) -> tuple[ReplyAwaited, ...]:
    """Return the replies that the owner awaits, longest waiting first.

    An answer is awaited when the last message of a thread is the owner's, to at most
    `MOST_PEOPLE` people, `AWAITED_LEAST_DAYS` to `AWAITED_MOST_DAYS` whole days ago; when it
    opened the thread, or took it up again after `CAME_BACK_DAYS`; when they have since then (or
    at that very second) neither written to the owner nor met them; and when they have answered
    nearly all letters by which the owner began (`HABIT_SHARE`). At most one a tie: the first of
    them that still waits. `people`: as in `replies_owed`.
    """
    found = []
    for key, rows in messages.ties(people):
        way, at = messages.way[rows], messages.at[rows]
        heard = at[way != Way.OUT].max(initial=-np.inf)
        days = (now - at) // SECONDS_A_DAY
        waits = (way == Way.OUT) & (messages.size[rows] <= MOST_PEOPLE) & messages.last[rows]
        waits &= (days >= AWAITED_LEAST_DAYS) & (days <= AWAITED_MOST_DAYS) & (at > heard)
        waits &= messages.rested[rows] >= CAME_BACK_DAYS
        if not waits.any():
            continue
        since = float(at[waits][0])
        letters, answered = _answered(messages, rows, since, mine=True)
        if _habit(answered, letters):
            found.append(
                ReplyAwaited(
                    key=key,
                    since=datetime.fromtimestamp(since, tz=UTC),
                    days=int((now - since) // SECONDS_A_DAY),
                    answered=answered,
                    letters=letters,
                )
            )
    return tuple(sorted(found, key=lambda one: (one.since, one.key)))


def _habit(answered: int, letters: int) -> bool:
    return letters >= HABIT_LEAST and answered >= HABIT_SHARE * letters


def _answered(
    messages: ThreadedMessages, rows: Ints, before: float, *, mine: bool
) -> tuple[int, int]:
    """How many threads one side had begun and left to rest, and how many the other one answered.

    Counted are first messages older than `LEAST_DAYS` days at `before` (unix seconds UTC), and
    any word or meeting of the other side's within that time, in any thread: not everybody's mail
    program keeps an answer in its thread.
    """
    way, at = messages.way[rows], messages.at[rows]
    wait = LEAST_DAYS * SECONDS_A_DAY
    begun = (way == (Way.OUT if mine else Way.IN)) & np.isinf(messages.rested[rows])
    begun &= (messages.size[rows] <= MOST_PEOPLE) & messages.direct[rows] & (at < before - wait)
    said = at[way != (Way.OUT if mine else Way.IN)]
    first = at[begun]
    answered = np.searchsorted(said, first + wait, "right") > np.searchsorted(said, first, "right")
    return int(first.size), int(answered.sum())


def _first(code: Ints, when: Floats, chosen: Bools) -> Floats:
    """Return the first chosen time of each code, infinity where there is none."""
    first = np.full(code.max(initial=-1) + 1, np.inf)
    np.minimum.at(first, code[chosen], when[chosen])
    return first


def _in_thread(code: Ints, when: Floats) -> tuple[Bools, Floats]:
    """Return whether each event is its thread's last, and days since the one before it there.

    Events at the same second are one word (a mail to several people is an event for each).
    """
    latest = np.full(code.max(initial=-1) + 1, -np.inf)
    np.maximum.at(latest, code, when)
    order = np.lexsort((when, code))
    codes, times = code[order], when[order]
    new_thread = np.append(True, codes[1:] != codes[:-1])[: codes.size]
    new_word = new_thread | np.append(True, times[1:] != times[:-1])[: codes.size]
    words = np.flatnonzero(new_word)
    rested = np.full(words.size, np.inf)
    if words.size:
        rested[1:] = np.diff(times[words]) / SECONDS_A_DAY
        rested[new_thread[words]] = np.inf
    back = np.empty(code.size)
    back[order] = rested[np.cumsum(new_word) - 1]
    return when >= latest[code], back
