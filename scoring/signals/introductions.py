"""Who brought the owner together with whom.

Somebody known writes to the owner and to one more person, never seen before; then the owner and
that person talk. A colleague on copy looks much the same, so what is not clear is not said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from scoring.ties import SECONDS_A_DAY, Ints, Way, as_ways

# The owner and one more; a third may be on it (a colleague, a second host).
MOST_PEOPLE = 3
# Within so many days the two talk, or it led to nothing.
TALK_DAYS = 30
# Who is new cannot be told before so much of the past was seen.
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


def introductions(
    *,
    event: npt.ArrayLike,
    person: npt.ArrayLike,
    author: npt.ArrayLike,
    at: npt.ArrayLike,
    direction: npt.ArrayLike,
    size: npt.ArrayLike,
    personal: npt.ArrayLike,
    organisation: Mapping[int, int],
    now: float,
) -> tuple[Introduction, ...]:
    """The introductions that the owner received, the latest first, then by whom.

    All arrays are (k,), in any order: one entry for each person on each interaction. event:
    integer codes. person: integer keys. author: whether they wrote it. at: unix seconds UTC; what
    is at or after `now` is not known. direction: `Way` codes. size: people besides the owner.
    personal: the owner was named, and no list or machine sent it. organisation: each person's
    code, left out where unknown or nobody's own.

    An introduction is a mail to the owner by name and to at most `MOST_PEOPLE` people besides, on
    which stands somebody who was never seen before, of another organisation than its author,
    whom the owner has written to or met before; and within `TALK_DAYS` the owner writes to the new
    one, or the new one to the owner. It takes `SEEN_BEFORE_DAYS` of past to say who is new.
    Raises ValueError when the lengths differ or a direction is no `Way`.
    """
    events, people = np.asarray(event, dtype=np.int64), np.asarray(person, dtype=np.int64)
    wrote, when = np.asarray(author, dtype=np.bool_), np.asarray(at, dtype=np.float64)
    ways, many = as_ways(direction), np.asarray(size, dtype=np.int64)
    named = np.asarray(personal, dtype=np.bool_)
    shapes = {one.shape for one in (events, people, wrote, when, ways, many, named)}
    if events.ndim != 1 or len(shapes) > 1:
        raise ValueError("all columns must be one-dimensional, of one length")
    order = np.lexsort((people, events, when))
    order = order[when[order] < now]
    events, people, wrote, when = events[order], people[order], wrote[order], when[order]
    ways, many, named = ways[order], many[order], named[order]
    if not events.size:
        return ()
    # The first moment at which each was seen, and at which the owner had to do with them.
    seen = _first(people, when, np.ones(people.size, dtype=np.bool_))
    known = _first(people, when, ways != Way.IN)
    least = float(when[0]) + SEEN_BEFORE_DAYS * SECONDS_A_DAY
    first_seen = np.array([seen[one] for one in people.tolist()])
    fresh = (ways == Way.IN) & named & ~wrote & (many <= MOST_PEOPLE) & (when > least)
    fresh &= first_seen == when
    found: dict[int, Introduction] = {}
    for row in np.flatnonzero(fresh).tolist():
        to, moment = int(people[row]), float(when[row])
        authors = people[(events == events[row]) & wrote]
        if authors.size != 1 or to in found:
            continue
        by = int(authors[0])
        same = organisation.get(by, -1) == organisation.get(to, -2)
        if same or not known.get(by, np.inf) < moment:
            continue
        talk = (people == to) & (when > moment) & (when <= moment + TALK_DAYS * SECONDS_A_DAY)
        talk &= many <= MOST_PEOPLE
        mine = bool(np.any(talk & (ways == Way.OUT)))
        theirs = bool(np.any(talk & (ways == Way.IN) & wrote & named))
        if mine or theirs:
            found[to] = Introduction(
                by, to, datetime.fromtimestamp(moment, tz=UTC), answered=mine and theirs
            )
    return tuple(sorted(found.values(), key=lambda one: (-one.at.timestamp(), one.by, one.to)))


def _first(
    people: Ints, when: npt.NDArray[np.float64], chosen: npt.NDArray[np.bool_]
) -> dict[int, float]:
    """The first chosen time of each person; `when` ascends."""
    names, begin = np.unique(people[chosen], return_index=True)
    return dict(zip(names.tolist(), when[chosen][begin].tolist(), strict=True))
