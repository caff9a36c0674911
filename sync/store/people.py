"""Who is who: finding people, and the owner's word about them.

A person is one or more handles. Addresses with the same canonical form are one handle by
themselves; anything beyond that is the owner's to say, with `merge`, and to take back, with
`split`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.addresses import canonical
from sync.store import contact_days, flags, handles, ingest
from sync.store.models import handle, merge, tombstone
from sync.store.models import person as person_table
from sync.store.rows import lock_owner, salt_of

_SUFFIXES = frozenset(
    {"jr", "sr", "ii", "iii", "iv", "phd", "ph.d", "md", "m.d", "mba", "esq"}
    | {"inc", "llc", "ltd", "gmbh", "ag", "kg", "co", "corp", "plc", "bv", "sa"}
)

_TITLES = frozenset({"dr", "prof", "mr", "mrs", "ms", "herr", "frau", "dipl", "ing"})
_BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_NO_LETTER = re.compile(r"[\W\d_]+")
# Letters that Unicode does not take apart, as they are written where there are none.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "\u0131": "i", "'": None}
)


class Override(StrEnum):
    """The owner's own word about a person."""

    KEEP = "keep"
    IGNORE = "ignore"


class PeopleError(Exception):
    """The owner's request about a person cannot be carried out; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Person:
    """How a person is called and reached. `name` is the address where no name is known."""

    id: int
    name: str
    handles: tuple[str, ...]
    override: Override | None = None
    snoozed_until: datetime | None = None
    every_days: int | None = None
    tags: tuple[str, ...] = ()


def by_id(
    connection: Connection, owner_id: int, people: Collection[int] | None = None
) -> dict[int, Person]:
    """These people, or all, by their number."""
    query = (
        sa.select(
            handle.c.person_id,
            handle.c.address,
            handle.c.name,
            handle.c.name_at,
            person_table.c.word,
            person_table.c.snoozed_until,
            person_table.c.every_days,
            person_table.c.tags,
        )
        .join(person_table, person_table.c.id == handle.c.person_id)
        .where(handle.c.owner_id == owner_id, person_table.c.owner_id == owner_id)
        .order_by(handle.c.person_id)
    )
    wanted = None if people is None else set(people)
    rows = defaultdict(list)
    for row in connection.execute(query):
        if wanted is None or row.person_id in wanted:
            rows[row.person_id].append(row)
    # Sorted here: how a database orders texts depends on the language it was set up in.
    return {
        number: _person(number, sorted(found, key=lambda row: row.address))
        for number, found in rows.items()
    }


def _person(number: int, rows: Sequence[Any]) -> Person:
    named = [row for row in rows if row.name]
    best = max(
        named,
        key=lambda row: (row.name_at is not None, row.name_at.timestamp() if row.name_at else 0),
        default=None,
    )
    first = rows[0]
    return Person(
        id=number,
        name=natural(best.name) if best is not None else first.address,
        handles=tuple(row.address for row in rows),
        override=Override(first.word) if first.word else None,
        snoozed_until=first.snoozed_until,
        every_days=first.every_days,
        tags=tuple(json.loads(first.tags)),
    )


def natural(name: str) -> str:
    """A name in the order in which it is spoken: "Lovelace, Ada" is "Ada Lovelace".

    Names with more than one comma, and those where it sets off a suffix or a company's form, stay
    as they are.
    """
    last, comma, first = (part.strip() for part in name.partition(","))
    if not (last and comma and first) or "," in first or first.rstrip(".").casefold() in _SUFFIXES:
        return name
    return f"{first} {last}"


def name_key(name: str) -> str:
    """A name as it is compared: equal for every way of writing it; empty where it says too little.

    Case, accents, the order of its parts, titles, initials and what stands in brackets ("(ext.)")
    make no difference. A first name alone is borne by too many to go by.
    """
    plain = natural(" ".join(_BRACKETED.sub(" ", name).split())).casefold().translate(_LETTERS)
    letters = unicodedata.normalize("NFKD", plain)
    words = "".join("" if unicodedata.combining(c) else c for c in letters)
    parts = [part for part in _NO_LETTER.sub(" ", words).split() if len(part) > 1]
    parts = [part for part in parts if part not in _TITLES and part not in _SUFFIXES]
    return " ".join(sorted(parts)) if len(parts) > 1 else ""


def told_apart(connection: Connection, owner_id: int) -> set[frozenset[int]]:
    """The pairs of people whom the owner made one, and then two again: they are two."""
    whose: dict[str, int] = dict(
        connection.execute(
            sa.select(handle.c.address, handle.c.person_id).where(handle.c.owner_id == owner_id)
        ).all()
    )
    rows = connection.execute(
        sa.select(merge.c.person_id, merge.c.addresses).where(
            merge.c.owner_id == owner_id, merge.c.undone_at.is_not(None)
        )
    )
    return {
        frozenset({kept, whose[address]})
        for kept, addresses in rows
        for address in json.loads(addresses)
        if whose.get(address, kept) != kept
    }


def find(connection: Connection, owner_id: int, text: str) -> Person:
    """The one person whom the text names: an address, a name, or a part of either.

    Raises PeopleError where there is none, or more than one (who are then listed).
    """
    everybody = by_id(connection, owner_id).values()
    address, wanted = canonical(text), natural(text.strip()).casefold()
    tests = (
        lambda person: bool(address) and address in person.handles,
        lambda person: person.name.casefold() == wanted,
        lambda person: wanted in person.name.casefold() or any(wanted in h for h in person.handles),
    )
    for test in tests:
        found = [person for person in everybody if wanted and test(person)]
        if len(found) == 1:
            return found[0]
        if found:
            raise PeopleError(_several(text, found))
    msg = f"nobody here is called {text!r}: see `beforehand people`, or use their address"
    raise PeopleError(msg)


def _several(text: str, found: Iterable[Person]) -> str:
    listed = sorted(f"{person.name} <{person.handles[0]}>" for person in found)
    most = 6
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return f"{text!r} may be {', '.join(listed[:most])}{more}: use the address"


def set_override(connection: Connection, person: Person, override: Override | None) -> None:
    """Keep a person whatever the filters say, ignore them, or take that word back."""
    connection.execute(
        sa.update(person_table)
        .where(person_table.c.id == person.id)
        .values(word=None if override is None else override.value)
    )


def set_wish(
    connection: Connection, person: Person, *, every_days: int | None, tags: Iterable[str]
) -> None:
    """Say how often the owner wishes to be in touch (None: let it be learned), and the groups."""
    connection.execute(
        sa.update(person_table)
        .where(person_table.c.id == person.id)
        .values(every_days=every_days, tags=json.dumps(sorted(set(tags))))
    )


def snooze(connection: Connection, person: Person, until: datetime | None) -> None:
    """Leave a person out of reports until then; None ends a snooze."""
    connection.execute(
        sa.update(person_table).where(person_table.c.id == person.id).values(snoozed_until=until)
    )


def merge_people(
    connection: Connection, owner_id: int, kept: Person, other: Person, now: datetime
) -> None:
    """Make two people one; what is needed to take it back is recorded."""
    if kept.id == other.id:
        msg = f"{kept.name} is one person already"
        raise PeopleError(msg)
    lock_owner(connection, owner_id)
    connection.execute(
        sa.insert(merge).values(
            owner_id=owner_id,
            person_id=kept.id,
            addresses=json.dumps(other.handles),
            other_id=other.id,
            word=other.override.value if other.override else None,
            snoozed_until=other.snoozed_until,
            every_days=other.every_days,
            tags=json.dumps(other.tags),
            at=now,
        )
    )
    set_wish(
        connection,
        kept,
        every_days=kept.every_days or other.every_days,
        tags=(*kept.tags, *other.tags),
    )
    connection.execute(
        sa.update(handle).where(handle.c.person_id == other.id).values(person_id=kept.id)
    )
    connection.execute(  # merges into the other are now merges into the kept one
        sa.update(merge).where(merge.c.person_id == other.id).values(person_id=kept.id)
    )
    flags.move(connection, other.id, kept.id)
    connection.execute(sa.delete(person_table).where(person_table.c.id == other.id))
    contact_days.refold_people(connection, owner_id, [kept.id])


def split(
    connection: Connection, owner_id: int, person: Person, address: str | None, now: datetime
) -> tuple[str, ...]:
    """Take back the last merge into a person, or give one address a person of its own.

    Returns the addresses that left.
    """
    merges = _merges(connection, person)
    last = None
    if address is not None:
        leaving: tuple[str, ...] = (canonical(address),)
    else:
        last = next((one for one in merges if 0 < len(one.addresses) < len(person.handles)), None)
        if last is None:
            msg = f"{person.name} was never merged: name the address that is somebody else's"
            raise PeopleError(msg)
        leaving = last.addresses
    if not set(leaving) < set(person.handles):
        msg = f"{person.name} has the addresses {', '.join(person.handles)}: name one of several"
        raise PeopleError(msg)
    lock_owner(connection, owner_id)
    number = connection.execute(
        sa.insert(person_table)
        .values(
            owner_id=owner_id,
            created_at=now,
            word=last.word if last else None,
            snoozed_until=last.snoozed_until if last else None,
            every_days=last.every_days if last else None,
            tags=last.tags if last else "[]",
        )
        .returning(person_table.c.id)
    ).scalar_one()
    connection.execute(
        sa.update(handle)
        .where(handle.c.owner_id == owner_id, handle.c.address.in_(leaving))
        .values(person_id=number)
    )
    for one in merges:
        if one is last or set(one.addresses) == set(leaving):
            # Their own merge, taken back.
            connection.execute(sa.update(merge).where(merge.c.id == one.id).values(undone_at=now))
        elif set(one.addresses) < set(leaving):
            # Merges among those who leave go with them, and can still be taken back there.
            connection.execute(
                sa.update(merge).where(merge.c.id == one.id).values(person_id=number)
            )
    contact_days.refold_people(connection, owner_id, [person.id, number])
    return leaving


@dataclass(frozen=True, slots=True)
class _Merge:
    """A merge into a person that stands; of its addresses, those that are still theirs."""

    id: int
    addresses: tuple[str, ...]
    word: str | None
    snoozed_until: datetime | None
    every_days: int | None
    tags: str


def _merges(connection: Connection, person: Person) -> list[_Merge]:
    """The merges into a person that stand, the last one first."""
    rows = connection.execute(
        sa.select(
            merge.c.id,
            merge.c.addresses,
            merge.c.word,
            merge.c.snoozed_until,
            merge.c.every_days,
            merge.c.tags,
        )
        .where(merge.c.person_id == person.id, merge.c.undone_at.is_(None))
        .order_by(merge.c.at.desc(), merge.c.id.desc())
    )
    return [
        _Merge(row.id, tuple(a for a in json.loads(row.addresses) if a in person.handles), *row[2:])
        for row in rows
    ]


def forget(connection: Connection, owner_id: int, person: Person) -> None:
    """Delete all that is known of a person; only salted hashes remain, so that they stay away."""
    lock_owner(connection, owner_id)
    salt = salt_of(connection, owner_id)
    marks = [handles.mark(salt, address) for address in person.handles]
    connection.execute(
        sa.delete(tombstone).where(tombstone.c.owner_id == owner_id, tombstone.c.mark.in_(marks))
    )
    connection.execute(
        sa.insert(tombstone), [{"owner_id": owner_id, "mark": text} for text in marks]
    )
    for number, addresses in connection.execute(
        sa.select(merge.c.id, merge.c.addresses).where(merge.c.owner_id == owner_id)
    ).all():
        others = [a for a in json.loads(addresses) if a not in person.handles]
        if not others:
            connection.execute(sa.delete(merge).where(merge.c.id == number))
        elif len(others) < len(json.loads(addresses)):
            connection.execute(
                sa.update(merge).where(merge.c.id == number).values(addresses=json.dumps(others))
            )
    connection.execute(sa.delete(person_table).where(person_table.c.id == person.id))
    ingest.delete_unattended(connection, owner_id)
