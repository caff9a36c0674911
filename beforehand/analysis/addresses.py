"""Addresses that died, and who may have moved to another: what the store tells of both.

Nothing is changed here: whether two are one, only the owner knows, and says with `merge`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from beforehand.analysis.snapshot import Snapshot
from scoring.contact import Way
from scoring.signals import addresses as judged
from scoring.signals.addresses import Died, Moved
from sync.bulk import CAP
from sync.organisations import Organisations
from sync.store import people
from sync.store.participants import AddressNews
from sync.store.people import Person


@dataclass(frozen=True, slots=True)
class DeadAddress:
    """An address of `person` that mail comes back from, though nobody seems to have taken over."""

    person: Person
    address: str
    died: Died


@dataclass(frozen=True, slots=True)
class Move:
    """That `old` may be `new`; an address of each, to name them by."""

    old: Person
    new: Person
    old_address: str
    new_address: str
    moved: Moved


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What is to be said of addresses, as of `at`: the latest first."""

    at: datetime
    moves: tuple[Move, ...]
    dead: tuple[DeadAddress, ...]

    def about(self, person_id: int) -> Suggestions:
        """Those of them that concern one person."""
        return Suggestions(
            self.at,
            tuple(one for one in self.moves if person_id in (one.old.id, one.new.id)),
            tuple(one for one in self.dead if one.person.id == person_id),
        )

    def people(self) -> list[int]:
        """Whose addresses these are; of a move, the old one's."""
        return [*(one.old.id for one in self.moves), *(one.person.id for one in self.dead)]


def suggest(snapshot: Snapshot) -> Suggestions:
    """Suggest, knowing nothing that came after the snapshot.

    Only people with whom there is a relationship are looked at, and no pair that the owner has
    told apart. An address is called dead only while its owner has no other that lives.
    """
    reader, people = snapshot.reader, snapshot.people
    news = reader.address_news()
    dead = judged.died(key=news.handle, at=news.at, sign=news.sign, now=snapshot.now)
    bounced = _silenced(dead, news, snapshot)
    dead_of = {number: news.address[died.key] for number, died in bounced.items()}

    def address(number: int) -> str:
        return dead_of.get(number) or snapshot.address(number)

    moves = tuple(
        Move(people[moved.old], people[moved.new], address(moved.old), address(moved.new), moved)
        for moved in _moved(snapshot, bounced)
    )
    taken = {move.old.id for move in moves}
    newest_first = sorted(
        bounced.items(), key=lambda item: (-item[1].last.timestamp(), item[1].key)
    )
    return Suggestions(
        at=snapshot.at,
        moves=moves,
        dead=tuple(
            DeadAddress(people[number], news.address[died.key], died)
            for number, died in newest_first
            if number not in taken
        ),
    )


def _moved(snapshot: Snapshot, bounced: Mapping[int, Died]) -> list[Moved]:
    """Who may have moved, of whoever shares a name with another; see `scoring`."""
    reader, people = snapshot.reader, snapshot.people
    humans = snapshot.humans
    name = codes(name_of(people[number]) for number in humans.tolist())
    namesakes = judged.namesakes(person=humans, name=name).tolist()
    if not namesakes:
        return []
    where = snapshot.organisations
    found = judged.moved(
        reader.contact(namesakes),
        reader.participants(namesakes, largest=CAP).of(humans),
        person=humans,
        name=name,
        organisation=codes(organisation_of(people[n], where) for n in humans.tolist()),
        bounced=[bounced[n].first.timestamp() if n in bounced else np.inf for n in humans.tolist()],
        now=snapshot.now,
    )
    apart = reader.told_apart()
    return [moved for moved in found if frozenset({moved.old, moved.new}) not in apart]


def _silenced(dead: Iterable[Died], news: AddressNews, snapshot: Snapshot) -> dict[int, Died]:
    """The people who have not spoken since mail to them came back, each with the address.

    Where that are several of a person's addresses, the first one that failed.
    """
    whose = dict(zip(news.handle.tolist(), news.person.tolist(), strict=True))
    humans = set(snapshot.humans.tolist())
    silenced: dict[int, Died] = {}
    for died in sorted(dead, key=lambda died: (died.first, died.key)):
        number = whose[died.key]
        if number not in humans or number in silenced:
            continue
        rows = snapshot.days.of([number])
        if rows.last[rows.way != Way.OUT].max(initial=-1) < died.first.timestamp():
            silenced[number] = died
    return silenced


def codes(texts: Iterable[str]) -> npt.NDArray[np.int64]:
    """Equal numbers for equal texts, -1 for empty ones."""
    numbers: dict[str, int] = {"": -1}
    return np.array([numbers.setdefault(text, len(numbers)) for text in texts], dtype=np.int64)


def name_of(person: Person) -> str:
    """What a person is called, for comparing; by their address where nothing else is known."""
    name, at, _ = person.name.partition("@")
    return people.name_key(name.replace(".", " ") if at else name)


def organisation_of(person: Person, organisations: Organisations) -> str:
    """The organisation of a person's only address, unless anybody may have one there."""
    return organisations.of(person.handles[0]) if len(person.handles) == 1 else ""
