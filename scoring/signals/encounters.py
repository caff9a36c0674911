"""Encounters: first contact with new people that nothing followed.

A first meeting of few people, or a first exchange of mail, and no word since: the moment at which
a word costs least, and is most often forgotten. People who are new only to the mailbox, who are of
an organisation that the owner works with, or who were introduced by somebody, do not count.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from scoring.arrays import Floats, Ints
from scoring.contact import Contact, ContactDays, Way
from scoring.days import SECONDS_A_DAY

# People who mean to follow up mostly do so within a week; after three it is a cold start.
LEAST_DAYS, MOST_DAYS = 7, 21
# Letters and answers within these days make one beginning.
BEGINNING_DAYS = 3
# A meeting of more people than this is no encounter with each of them.
MOST_MET = 3
# Before so much of the past was seen, everybody seems to be new.
SEEN_BEFORE_DAYS = 180


@dataclass(frozen=True, slots=True)
class Encounter:
    """A beginning with `key` at `at` (aware, UTC), `days` whole days ago, and no word since.

    `met`: they met; otherwise they wrote to each other.
    """

    key: int
    at: datetime
    days: int
    met: bool


def may_have_begun(days: ContactDays, now: float) -> Ints:
    """Return the people, ascending, with whom alone there may be an encounter at `now`.

    Their first contact lies at most `MOST_DAYS` whole days before `now` (unix seconds UTC). Needs
    the SMALL and WIDE rows, of them `person` and `first`.
    """
    people, first = days.before(now).first_contact()
    return people[first > now - (MOST_DAYS + 1) * SECONDS_A_DAY]


def encounters(
    contact: Contact,
    *,
    person: npt.ArrayLike,
    first: npt.ArrayLike,
    organisation: npt.ArrayLike,
    name: npt.ArrayLike,
    now: float,
    introduced: Collection[int] = (),
) -> tuple[Encounter, ...]:
    """Return the beginnings that nobody has taken up, the latest first, then by key.

    contact: all with those of whom `may_have_begun` tells, to any number of people; that with
    others changes nothing. Needs all columns but `thread`. What came at or after `now` (unix
    seconds UTC) is not known.
    Of the n humans with whom the owner was in touch before `now`, in any order: person: (n,)
    integer keys. first: (n,) unix seconds UTC of the first contact (`ContactDays.first_contact`).
    organisation: (n,) codes of their own, below 0 where unknown or nobody's own. name: (n,) codes,
    equal where the normalised names are, below 0 where there is none to go by.
    introduced: people that somebody else brought.

    An encounter is a person whose first contact lies at most `MOST_DAYS` whole days back, with
    `SEEN_BEFORE_DAYS` of the owner's contact before it, and the last one at least `LEAST_DAYS`;
    all of it fell within `BEGINNING_DAYS`; it was a meeting of at most `MOST_MET` people besides
    the owner, or mail both ways between the two alone; and nobody of the same organisation, or of
    the same name, was in touch with the owner before that day. Raises ValueError when the lengths
    of columns that belong together differ.
    """
    everyone, firsts = np.asarray(person, dtype=np.int64), np.asarray(first, dtype=np.float64)
    firms, names = np.asarray(organisation, dtype=np.int64), np.asarray(name, dtype=np.int64)
    if everyone.ndim != 1 or len({one.shape for one in (everyone, firsts, firms, names)}) > 1:
        raise ValueError(
            "person, first, organisation and name must be one-dimensional, of one length"
        )
    if not everyone.size:
        return ()
    new = float(firsts.min()) + SEEN_BEFORE_DAYS * SECONDS_A_DAY
    recent = (firsts >= new) & ((now - firsts) // SECONDS_A_DAY <= MOST_DAYS)
    recent &= ~np.isin(everyone, list(introduced))
    contact = contact.of(everyone[recent]).before(now)
    order = np.lexsort((contact.at, contact.person))
    found = []
    for row in np.flatnonzero(recent).tolist():
        key = int(everyone[row])
        begin, end = np.searchsorted(contact.person, (key, key + 1), sorter=order)
        rows = order[begin:end]
        if not rows.size:
            continue
        begun, last = float(contact.at[rows[0]]), float(contact.at[rows[-1]])
        if now - last < LEAST_DAYS * SECONDS_A_DAY or last - begun > BEGINNING_DAYS * SECONDS_A_DAY:
            continue
        if any(_known(codes, firsts, int(codes[row]), begun) for codes in (firms, names)):
            continue
        ways, size = contact.way[rows], contact.size[rows]
        met = (ways == Way.MUTUAL) & (size <= MOST_MET)
        wrote = (ways != Way.MUTUAL) & (size <= 1) & contact.personal[rows]
        if not (met.any() or np.unique(ways[wrote]).size > 1):
            continue
        found.append(
            Encounter(
                key=key,
                at=datetime.fromtimestamp(begun, tz=UTC),
                days=int((now - begun) // SECONDS_A_DAY),
                met=bool(met.any()),
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.at.timestamp(), one.key)))


def _known(codes: Ints, firsts: Floats, code: int, begun: float) -> bool:
    """Return whether somebody with that code was in touch more than a day before `begun`."""
    return code >= 0 and bool(np.any((codes == code) & (firsts < begun - SECONDS_A_DAY)))
