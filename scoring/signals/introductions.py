"""Introductions: who brought the owner together with whom.

Somebody known writes to the owner and to one more person, never seen before; then the owner and
that person talk. A colleague on copy looks much the same, so what is not clear is not said.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from scoring.arrays import Bools, Ints
from scoring.contact import Participants, Way
from scoring.days import SECONDS_A_DAY

# The owner and one more; a third may be on it (a colleague, a second host).
MOST_PEOPLE = 3
# Within so many days the two talk, or it led to nothing.
TALK_DAYS = 30
# Before so much of the past was seen, everybody seems to be new.
SEEN_BEFORE_DAYS = 60


@dataclass(frozen=True, slots=True)
class Introduction:
    """`by` brought `to` and the owner together at `at` (aware, UTC).

    `answered`: both the owner and `to` have written to the other since; else one of them has.
    """

    by: int
    to: int
    at: datetime
    answered: bool


def may_be_brought(
    participants: Participants, *, by: npt.ArrayLike, first_seen: Mapping[int, float]
) -> Ints:
    """Return the people, ascending, whom alone one of `by` may have introduced.

    They were first seen on mail to few that one of `by` wrote. Needs every row of that mail, of it
    all columns but `thread`.
    """
    wrote = participants.author & np.isin(participants.person, np.asarray(by, dtype=np.int64))
    theirs = np.isin(participants.event, participants.event[wrote])
    return np.unique(participants.person[theirs & _fresh(participants, first_seen)])


def introductions(
    participants: Participants,
    *,
    first_seen: Mapping[int, float],
    first_dealt: Mapping[int, float],
    since: float,
    organisation: Mapping[int, int],
    by: Collection[int] | None = None,
    to: Collection[int] | None = None,
    now: float,
) -> tuple[Introduction, ...]:
    """Return the introductions that the owner received, the latest first, then by whom.

    Only those by people of `by` and of people of `to`, where given.
    participants: every row of each interaction of at most `MOST_PEOPLE` people that anybody who
    may have been introduced is on: everybody; or `to`, if given; or those of whom
    `may_be_brought` tells, if only `by` is. Needs all columns but `thread`. What came at or after
    `now` (unix seconds UTC) is not known.
    first_seen: when each person on them was first on any interaction, whoever wrote it.
    first_dealt: when the owner first wrote to or met each of whoever may have introduced, if ever.
    since: when the owner's past begins. All three are unix seconds UTC. organisation: each
    person's code, left out where unknown or nobody's own.

    An introduction is a mail to the owner by name and to at most `MOST_PEOPLE` people besides, on
    which stands somebody who was never seen before, of another organisation than its author,
    whom the owner has written to or met before; and within `TALK_DAYS` the owner writes to the new
    one, or the new one to the owner. It takes `SEEN_BEFORE_DAYS` of past to say who is new.
    """
    there = participants.before(now)
    least = since + SEEN_BEFORE_DAYS * SECONDS_A_DAY
    fresh = _fresh(there, first_seen) & (there.at > least)
    if to is not None:
        fresh &= np.isin(there.person, list(to))
    rows = np.flatnonzero(fresh)
    rows = rows[np.lexsort((there.person[rows], there.event[rows], there.at[rows]))]
    found: dict[int, Introduction] = {}
    for row in rows.tolist():
        new, moment = int(there.person[row]), int(there.at[row])
        authors = there.person[(there.event == there.event[row]) & there.author]
        if authors.size != 1 or new in found:
            continue
        author = int(authors[0])
        same = organisation.get(author, -1) == organisation.get(new, -2)
        if same or not first_dealt.get(author, np.inf) < moment:
            continue
        talk = (there.person == new) & (there.size <= MOST_PEOPLE)
        talk &= (there.at > moment) & (there.at <= moment + TALK_DAYS * SECONDS_A_DAY)
        mine = bool(np.any(talk & (there.way == Way.OUT)))
        theirs = bool(np.any(talk & (there.way == Way.IN) & there.author & there.personal))
        if mine or theirs:
            at = datetime.fromtimestamp(moment, tz=UTC)
            found[new] = Introduction(author, new, at, answered=mine and theirs)
    wanted = found.values() if by is None else [one for one in found.values() if one.by in set(by)]
    return tuple(sorted(wanted, key=lambda one: (-one.at.timestamp(), one.by, one.to)))


def _fresh(participants: Participants, first_seen: Mapping[int, float]) -> Bools:
    """Return (k,) whether a row is the first sight of somebody, on mail to the owner and few."""
    there = participants
    fresh: Bools = (
        (there.way == Way.IN) & there.personal & ~there.author & (there.size <= MOST_PEOPLE)
    )
    people, whose = np.unique(there.person, return_inverse=True)
    seen = np.array([first_seen.get(one, -np.inf) for one in people.tolist()])
    fresh &= there.at == seen[whose]
    return fresh
