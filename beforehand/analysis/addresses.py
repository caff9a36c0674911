"""Addresses that died, and who may have moved to another: what the store tells of both.

Nothing is changed here: whether two are one, only the owner knows, and says with `merge`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from beforehand.app import App
from connectors.api import Direction, Role
from scoring.signals import addresses as judged
from scoring.signals.addresses import Died, Moved
from sync.bulk import CAP, decide
from sync.organisations import Organisations
from sync.store import participants, people, queries
from sync.store.participants import ROLES, AddressNews, Participants
from sync.store.people import Person
from sync.store.queries import DIRECTIONS, Events
from sync.store.session import Connection


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


@dataclass(frozen=True, slots=True)
class Seen:
    """What the suggestions are made from, as known at one time.

    humans: the people with whom there is a relationship, ascending. contact: with them. together:
    who was on what. latest: where each was last in touch. organisations: whose address is where.
    """

    humans: npt.NDArray[np.int64]
    contact: Events
    together: Participants
    people: Mapping[int, Person]
    latest: Mapping[int, str]
    organisations: Organisations


def suggestions(app: App, at: datetime | None = None) -> Suggestions:
    """Read the store, and `suggest` as of `at` (aware; now, if left out)."""
    when = at or app.now()
    with app.store.read() as connection:
        evidence = queries.evidence(connection, app.owner_id, when)
        humans = np.array(
            sorted(n for n, known in evidence.items() if decide(known).human), dtype=np.int64
        )
        seen = Seen(
            humans=humans,
            contact=queries.contact_events(connection, app.owner_id).of(humans),
            together=participants.load(connection, app.owner_id, when),
            people=people.by_id(connection, app.owner_id),
            latest=queries.latest_addresses(connection, app.owner_id, when),
            organisations=app.organisations,
        )
        return suggest(connection, app.owner_id, seen, when)


def suggest(connection: Connection, owner_id: int, seen: Seen, when: datetime) -> Suggestions:
    """Suggest, as of `when` (aware), knowing nothing that came later.

    Only people with whom there is a relationship are looked at, and no pair that the owner has
    told apart. An address is called dead only while its owner has no other that lives.
    """
    news = participants.address_news(connection, owner_id, when)
    apart = people.told_apart(connection, owner_id)
    humans, contact, by_id = seen.humans, seen.contact, seen.people
    dead = judged.died(key=news.handle, at=news.at, sign=news.sign, now=when.timestamp())
    bounced = _silenced(dead, news, contact, humans, when.timestamp())
    met = (seen.together.size <= CAP) & (seen.together.role != ROLES[Role.FAILED])
    together = seen.together.where(met & np.isin(seen.together.person, humans))
    found = judged.moved(
        person=humans,
        name=codes(name_of(by_id[number]) for number in humans.tolist()),
        organisation=codes(organisation_of(by_id[n], seen.organisations) for n in humans.tolist()),
        bounced=[bounced[n].first.timestamp() if n in bounced else np.inf for n in humans.tolist()],
        key=contact.person,
        at=contact.at,
        direction=contact.direction,
        event=together.event,
        member=together.person,
        now=when.timestamp(),
    )
    dead_of = {number: news.address[one.key] for number, one in bounced.items()}

    def address(number: int) -> str:
        return dead_of.get(number) or seen.latest.get(number) or by_id[number].handles[0]

    moves = tuple(
        Move(by_id[one.old], by_id[one.new], address(one.old), address(one.new), one)
        for one in found
        if frozenset({one.old, one.new}) not in apart
    )
    taken = {move.old.id for move in moves}
    return Suggestions(
        at=when,
        moves=moves,
        dead=tuple(
            DeadAddress(by_id[number], news.address[one.key], one)
            for number, one in sorted(
                bounced.items(), key=lambda item: (-item[1].last.timestamp(), item[1].key)
            )
            if number not in taken
        ),
    )


def _silenced(
    dead: Iterable[Died],
    news: AddressNews,
    contact: Events,
    humans: npt.NDArray[np.int64],
    until: float,
) -> dict[int, Died]:
    """Of the people given, those who have not spoken since mail to them came back: its address.

    Where that are several of a person's addresses, the first one that failed.
    """
    whose = dict(zip(news.handle.tolist(), news.person.tolist(), strict=True))
    spoke = (contact.direction != DIRECTIONS[Direction.OUT]) & (contact.at < until)
    known = set(humans.tolist())
    silenced: dict[int, Died] = {}
    for one in sorted(dead, key=lambda one: (one.first, one.key)):
        number = whose[one.key]
        last = contact.at[spoke & (contact.person == number)].max(initial=-1)
        if number in known and number not in silenced and last < one.first.timestamp():
            silenced[number] = one
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
