"""New people with whom a beginning was made, and nothing came after it.

A first meeting in a small company, or a first exchange of mail, and no word since: the moment at
which a word costs least, and is most often forgotten. Whoever is new only to the mailbox, or a
new face at a firm that the owner works with, or was brought by somebody else, is none.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from scoring.ties import SECONDS_A_DAY, Ints, Way, as_ways

# Whoever means to follow up has mostly done so within a week; after three it is a cold start.
LEAST_DAYS, MOST_DAYS = 7, 21
# Letters and answers within these days make one beginning.
BEGINNING_DAYS = 3
# With more people than this at a table, one has met a table.
MOST_MET = 3
# Who is new cannot be told before so much of the past was seen.
SEEN_BEFORE_DAYS = 180


@dataclass(frozen=True, slots=True)
class Encounter:
    """A beginning with `key` at `at` (aware, UTC), `days` whole days ago, and no word since.

    `met`: they met, with `others` more people; otherwise they wrote to each other, the owner first
    if `owner_began`. Neither has written after the beginning, on which `words` were exchanged.
    """

    key: int
    at: datetime
    days: int
    met: bool
    others: int
    words: int
    owner_began: bool


def encounters(
    *,
    tie: npt.ArrayLike,
    at: npt.ArrayLike,
    direction: npt.ArrayLike,
    size: npt.ArrayLike,
    personal: npt.ArrayLike,
    organisation: npt.ArrayLike,
    name: npt.ArrayLike,
    now: float,
    introduced: Collection[int] = (),
) -> tuple[Encounter, ...]:
    """The beginnings that nobody has taken up, the latest first, then by key.

    All arrays are (k,), in any order, one entry for each contact of the owner's with a human.
    tie: integer keys. at: unix seconds UTC; what is at or after `now` is not known. direction:
    `Way` codes. size: people besides the owner. personal: the owner was named, and no list or
    machine sent it. organisation: codes of the tie's own, below 0 where unknown or nobody's own.
    name: codes, equal where the normalised names are, below 0 where there is none to go by.
    introduced: ties that somebody else brought.

    An encounter is a tie whose first contact lies at most `MOST_DAYS` whole days back, with
    `SEEN_BEFORE_DAYS` of the owner's contact before it, and the last one at least `LEAST_DAYS`;
    all of it fell within `BEGINNING_DAYS`; it was a meeting of at most `MOST_MET` people besides
    the owner, or mail both ways between the two alone; and nobody of the same organisation, or of
    the same name, was in touch with the owner before that day. Raises ValueError when the lengths
    differ or a direction is no `Way`.
    """
    keys, when = np.asarray(tie, dtype=np.int64), np.asarray(at, dtype=np.float64)
    ways, people = as_ways(direction), np.asarray(size, dtype=np.int64)
    named, firms = np.asarray(personal, dtype=np.bool_), np.asarray(organisation, dtype=np.int64)
    names = np.asarray(name, dtype=np.int64)
    shapes = {one.shape for one in (keys, when, ways, people, named, firms, names)}
    if keys.ndim != 1 or len(shapes) > 1:
        raise ValueError("all columns must be one-dimensional, of one length")
    order = np.lexsort((named, people, ways, when, keys))
    order = order[when[order] < now]
    keys, when, ways, people = keys[order], when[order], ways[order], people[order]
    named, firms, names = named[order], firms[order], names[order]
    if not keys.size:
        return ()
    new = float(when.min()) + SEEN_BEFORE_DAYS * SECONDS_A_DAY
    brought = set(introduced)
    bounds = [0, *(np.flatnonzero(np.diff(keys)) + 1).tolist(), keys.size]
    found = []
    for begin, end in pairwise(bounds):
        first, last = float(when[begin]), float(when[end - 1])
        days = int((now - first) // SECONDS_A_DAY)
        if first < new or days > MOST_DAYS or int(keys[begin]) in brought:
            continue
        if now - last < LEAST_DAYS * SECONDS_A_DAY or last - first > BEGINNING_DAYS * SECONDS_A_DAY:
            continue
        if any(_known(codes, when, int(codes[begin]), first) for codes in (firms, names)):
            continue
        one = slice(begin, end)
        met = (ways[one] == Way.MUTUAL) & (people[one] <= MOST_MET)
        wrote = (ways[one] != Way.MUTUAL) & (people[one] <= 1) & named[one]
        both = np.unique(ways[one][wrote]).size > 1
        if not (met.any() or both):
            continue
        found.append(
            Encounter(
                key=int(keys[begin]),
                at=datetime.fromtimestamp(first, tz=UTC),
                days=days,
                met=bool(met.any()),
                others=int(people[one][met].min() - 1) if met.any() else 0,
                words=int((ways[one] != Way.MUTUAL).sum()),
                owner_began=bool(ways[begin] == Way.OUT),
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.at.timestamp(), one.key)))


def _known(codes: Ints, when: npt.NDArray[np.float64], code: int, first: float) -> bool:
    """Whether somebody with that code was in touch more than a day before `first`."""
    return code >= 0 and bool(np.any((codes == code) & (when < first - SECONDS_A_DAY)))
