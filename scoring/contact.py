"""The columns that cross from the store into scoring.

`Contact` holds messages and meetings, `ContactDays` the same folded to days, and `Participants`
everybody who was on them together. Each checks its columns once, when it is made; whatever reads
one trusts it. A reader's docstring names the columns and rows that it needs.

Mail to many people is no contact. How many are many is the caller's cap: `Contact.capped` leaves
such mail out, and `ContactDays` marks it as `Reach.WIDE`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from scoring.arrays import Bools, Int8s, Int32s, Ints, changes, grouped
from scoring.days import EARLIEST_DAY, LATEST_DAY, SECONDS_A_DAY

_EARLIEST = EARLIEST_DAY * SECONDS_A_DAY
_AFTER_LATEST = (LATEST_DAY + 1) * SECONDS_A_DAY


class Way(IntEnum):
    """Which way a contact went, seen from the owner; MUTUAL is a meeting or a call."""

    IN = -1
    MUTUAL = 0
    OUT = 1


class Reach(IntEnum):
    """How many people a day's messages went to.

    SMALL: at most the cap of people. WIDE: more. LIST: list mail that does not name the owner,
    which is no contact and only evidence of who somebody is.
    """

    SMALL = 0
    WIDE = 1
    LIST = 2


@dataclass(frozen=True, slots=True, eq=False, init=False)
class Contact:
    """Messages and meetings, one row for each and each person on it, in any order; (k,) columns.

    person: int64 keys. at: int64 unix seconds UTC. way: int8 `Way` codes. size: int32 people
    besides the owner; below 1 counts as 1. thread: int64 codes, below 0 for none. personal: bool,
    the owner was named, and no list or machine sent it.
    """

    person: Ints
    at: Ints
    way: Int8s
    size: Int32s
    thread: Ints
    personal: Bools

    def __init__(
        self,
        *,
        person: npt.ArrayLike,
        at: npt.ArrayLike,
        way: npt.ArrayLike,
        size: npt.ArrayLike,
        thread: npt.ArrayLike = -1,
        personal: npt.ArrayLike = True,
    ) -> None:
        """Check the columns. Of `way` to `personal`, one value may stand for all rows.

        Fractions of seconds are cut off, and a time that is no number becomes one that no
        calendar date can hold. Raises ValueError when lengths differ or a code is no `Way`.
        """
        columns: dict[str, npt.NDArray[Any]] = {
            "person": np.asarray(person, dtype=np.int64),
            "at": _as_seconds(at),
            "way": _as_ways(way),
            "size": np.asarray(size, dtype=np.int32),
            "thread": np.asarray(thread, dtype=np.int64),
            "personal": np.asarray(personal, dtype=np.bool_),
        }
        _set(self, columns)

    def __len__(self) -> int:
        return self.person.size

    def where(self, chosen: Bools) -> Contact:
        """Return the chosen rows; chosen: (k,) bool."""
        return self if chosen.all() else Contact(**_chosen(self, chosen))

    def of(self, people: npt.ArrayLike) -> Contact:
        """Return the rows of these people."""
        return self.where(np.isin(self.person, np.asarray(people, dtype=np.int64)))

    def before(self, now: float) -> Contact:
        """Return the rows before `now` (unix seconds UTC)."""
        return self.where(self.at < now)

    def capped(self, most: int) -> Contact:
        """Return the rows with at most so many people besides the owner."""
        return self.where(self.size <= most)

    def joined(self, other: Contact) -> Contact:
        """Return these rows and those of `other`, none of which is among them."""
        return Contact(**_joined(self, other))

    def dated(self) -> Contact:
        """Return the rows whose time a calendar date can hold."""
        return self.where((self.at >= _EARLIEST) & (self.at < _AFTER_LATEST))


@dataclass(frozen=True, slots=True, eq=False, init=False)
class ContactDays:
    """Contact by day: one row for each person, UTC day, way and reach, in any order; (k,) columns.

    person: int64 keys. day: int32 UTC days. way: int8 `Way` codes. reach: int8 `Reach` codes.
    first, last: int64 unix seconds UTC of the first and the last such message of that day.
    smallest: int32, the fewest people besides the owner on one of them. messages: int32, how many.
    """

    person: Ints
    day: Int32s
    way: Int8s
    reach: Int8s
    first: Ints
    last: Ints
    smallest: Int32s
    messages: Int32s

    def __init__(
        self,
        *,
        person: npt.ArrayLike,
        day: npt.ArrayLike,
        way: npt.ArrayLike,
        reach: npt.ArrayLike,
        first: npt.ArrayLike,
        last: npt.ArrayLike,
        smallest: npt.ArrayLike,
        messages: npt.ArrayLike,
    ) -> None:
        """Check the columns. Raises ValueError when lengths differ or a code is no code.

        That no two rows are of the same person, day, way and reach is the caller's to see to.
        """
        columns: dict[str, npt.NDArray[Any]] = {
            "person": np.asarray(person, dtype=np.int64),
            "day": np.asarray(day, dtype=np.int32),
            "way": _as_ways(way),
            "reach": _as_codes(reach, Reach, "reach"),
            "first": np.asarray(first, dtype=np.int64),
            "last": np.asarray(last, dtype=np.int64),
            "smallest": np.asarray(smallest, dtype=np.int32),
            "messages": np.asarray(messages, dtype=np.int32),
        }
        _set(self, columns)

    @classmethod
    def fold(cls, contact: Contact, cap: int) -> ContactDays:
        """Fold messages into days: SMALL rows of mail to at most `cap` people, WIDE ones of more.

        Ordered by person, day, way and reach. Times that no calendar date can hold are left out.
        Needs `person`, `at`, `way` and `size`. Time O(k log k).
        """
        contact = contact.dated()
        day = (contact.at // SECONDS_A_DAY).astype(np.int32)
        if not len(contact):
            reach = np.empty(0, dtype=np.int8)
            return cls(
                person=contact.person,
                day=day,
                way=contact.way,
                reach=reach,
                first=contact.at,
                last=contact.at,
                smallest=contact.size,
                messages=contact.size,
            )
        reach = np.where(contact.size <= cap, np.int8(Reach.SMALL), np.int8(Reach.WIDE))
        # Day, way and reach as one number: eight for each day.
        number = day * 8 + (contact.way + 1) * 2 + reach
        order = grouped(contact.person, number)
        person, number = contact.person[order], number[order]
        starts = np.flatnonzero(changes(person) | changes(number))
        at = contact.at[order]
        begins = order[starts]
        return cls(
            person=person[starts],
            day=day[begins],
            way=contact.way[begins],
            reach=reach[begins],
            first=np.minimum.reduceat(at, starts),
            last=np.maximum.reduceat(at, starts),
            smallest=np.minimum.reduceat(contact.size[order], starts),
            messages=np.diff(np.append(starts, person.size)),
        )

    def __len__(self) -> int:
        return self.person.size

    def where(self, chosen: Bools) -> ContactDays:
        """Return the chosen rows; chosen: (k,) bool."""
        return self if chosen.all() else ContactDays(**_chosen(self, chosen))

    def of(self, people: npt.ArrayLike) -> ContactDays:
        """Return the rows of these people."""
        return self.where(np.isin(self.person, np.asarray(people, dtype=np.int64)))

    def before(self, now: float) -> ContactDays:
        """Return the rows that began before `now` (unix seconds UTC).

        At the start of a UTC day this is what folding the earlier messages gives. Within a day, a
        row that `now` divides still has the `last`, `smallest` and `messages` of the whole day.
        """
        return self.where(self.first < now)

    def contact(self) -> ContactDays:
        """Return the rows that are contact, SMALL or WIDE."""
        return self.where(self.reach != Reach.LIST)

    def joined(self, others: ContactDays) -> ContactDays:
        """Return these rows and those of `others`, which are of other days or people."""
        return ContactDays(**_joined(self, others))

    def first_contact(self) -> tuple[Ints, Ints]:
        """Return (n,) people, ascending, and (n,) unix seconds UTC of their first contact.

        LIST rows are no contact. Needs `person`, `reach` and `first`.
        """
        contact = self.contact()
        people, whose = np.unique(contact.person, return_inverse=True)
        first = np.full(people.size, np.iinfo(np.int64).max)
        np.minimum.at(first, whose, contact.first)
        return people, first


@dataclass(frozen=True, slots=True, eq=False, init=False)
class Participants:
    """Everybody on every interaction, one row for each of both, in any order; (k,) columns.

    event: int64 codes, equal for all rows of one interaction. person: int64 keys. author: bool,
    they wrote it. at, way, size, thread, personal: as those of `Contact`.
    """

    event: Ints
    person: Ints
    author: Bools
    at: Ints
    way: Int8s
    size: Int32s
    thread: Ints
    personal: Bools

    def __init__(
        self,
        *,
        event: npt.ArrayLike,
        person: npt.ArrayLike,
        author: npt.ArrayLike,
        at: npt.ArrayLike,
        way: npt.ArrayLike,
        size: npt.ArrayLike,
        thread: npt.ArrayLike = -1,
        personal: npt.ArrayLike = True,
    ) -> None:
        """Check the columns, as `Contact` does."""
        columns: dict[str, npt.NDArray[Any]] = {
            "event": np.asarray(event, dtype=np.int64),
            "person": np.asarray(person, dtype=np.int64),
            "author": np.asarray(author, dtype=np.bool_),
            "at": _as_seconds(at),
            "way": _as_ways(way),
            "size": np.asarray(size, dtype=np.int32),
            "thread": np.asarray(thread, dtype=np.int64),
            "personal": np.asarray(personal, dtype=np.bool_),
        }
        _set(self, columns)

    def __len__(self) -> int:
        return self.person.size

    def where(self, chosen: Bools) -> Participants:
        """Return the chosen rows; chosen: (k,) bool."""
        return self if chosen.all() else Participants(**_chosen(self, chosen))

    def of(self, people: npt.ArrayLike) -> Participants:
        """Return the rows of these people."""
        return self.where(np.isin(self.person, np.asarray(people, dtype=np.int64)))

    def with_any_of(self, people: npt.ArrayLike) -> Participants:
        """Return all rows of the interactions that any of these people is on."""
        there = np.isin(self.person, np.asarray(people, dtype=np.int64))
        return self.where(np.isin(self.event, self.event[there]))

    def before(self, now: float) -> Participants:
        """Return the rows before `now` (unix seconds UTC)."""
        return self.where(self.at < now)

    def capped(self, most: int) -> Participants:
        """Return the rows of interactions with at most so many people besides the owner."""
        return self.where(self.size <= most)

    def first_seen(self) -> dict[int, int]:
        """Return the time (unix seconds UTC) at which each person was first on an interaction."""
        return _first(self.person, self.at)

    def first_dealt(self) -> dict[int, int]:
        """Return when the owner first wrote to or met each person whom they ever did."""
        dealt = self.way != Way.IN
        return _first(self.person[dealt], self.at[dealt])


def _as_ways(way: npt.ArrayLike) -> Int8s:
    return _as_codes(way, Way, "way")


def _as_codes(codes: npt.ArrayLike, kind: type[IntEnum], name: str) -> Int8s:
    """Return codes as int8. Raises ValueError where a code is none of `kind`."""
    numbers = np.asarray(codes)
    if numbers.size and (numbers.min() < min(kind) or numbers.max() > max(kind)):
        raise ValueError(f"{name} holds a code that is no {kind.__name__}")
    return numbers.astype(np.int8, copy=False)


def _as_seconds(at: npt.ArrayLike) -> Ints:
    """Return times as whole seconds."""
    times = np.asarray(at)
    if np.issubdtype(times.dtype, np.floating):
        far = float(2 * _AFTER_LATEST)  # no date, and no number that int64 cannot hold
        times = np.clip(np.nan_to_num(np.floor(times), nan=far), -far, far)
    return times.astype(np.int64, copy=False)


def _set(table: Any, columns: dict[str, npt.NDArray[Any]]) -> None:  # noqa: ANN401 - any of the three
    """Set the columns of a table. Raises ValueError where they are not of one length."""
    shape = columns["person"].shape
    for name, column in columns.items():
        full = np.broadcast_to(column, shape) if column.ndim == 0 else column
        if full.ndim != 1 or full.shape != shape:
            raise ValueError(f"{', '.join(columns)} must be one-dimensional, of one length")
        object.__setattr__(table, name, full)


def _chosen(table: Any, chosen: Bools) -> dict[str, npt.NDArray[Any]]:  # noqa: ANN401 - as above
    return {one.name: getattr(table, one.name)[chosen] for one in fields(table)}


def _first(people: Ints, at: Ints) -> dict[int, int]:
    order = np.lexsort((at, people))
    names, begin = np.unique(people[order], return_index=True)
    return dict(zip(names.tolist(), at[order][begin].tolist(), strict=True))


def _joined(table: Any, other: Any) -> dict[str, npt.NDArray[Any]]:  # noqa: ANN401 - as above
    return {
        column.name: np.concatenate((getattr(table, column.name), getattr(other, column.name)))
        for column in fields(table)
    }
