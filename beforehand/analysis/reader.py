"""Reading the store for one look at the network: its columns, as scoring takes them.

The only place where the store's columns become scoring's. One `Reader` reads within one
transaction, so that all it returns belongs together, and knows nothing that came at or after its
time. Contact by day is read whole (`days`); messages are read only of the people asked about.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from functools import cached_property

import numpy as np

from beforehand.analysis.absence import away_days
from connectors.api import Role
from scoring.clock import Absences
from scoring.contact import Contact, ContactDays, Participants, Way
from sync.bulk import CAP, Decision, decide
from sync.store import absences, favours, participants, people, queries
from sync.store.favours import Favour
from sync.store.participants import ROLES, AddressNews
from sync.store.people import Person
from sync.store.session import Connection

_YEAR = timedelta(days=365)


class Reader:
    """Reads what the store knows of one owner before `at` (aware); `zone` is the owner's."""

    def __init__(self, connection: Connection, owner_id: int, at: datetime, zone: tzinfo) -> None:
        self.connection = connection
        self.owner_id = owner_id
        self.at = at
        self.zone = zone

    @property
    def now(self) -> float:
        """The reader's time in unix seconds UTC."""
        return self.at.timestamp()

    def people(self) -> dict[int, Person]:
        """Everybody who was ever seen, by id, with what the owner has said of them since."""
        return people.by_id(self.connection, self.owner_id)

    def absences(self) -> Absences:
        """When the owner was away, by what they did and by their calendars."""
        spans = absences.spans(self.connection, self.owner_id, self.at)
        return Absences.of(
            participants.owner_days(self.connection, self.owner_id, self.at),
            said=away_days(spans, self.zone),
        )

    def decisions(self) -> dict[int, Decision]:
        """Who is a relationship and who is not, with the reason."""
        evidence = queries.evidence(self.connection, self.owner_id, self.at)
        return {number: decide(known) for number, known in evidence.items()}

    def days(self) -> ContactDays:
        """Contact with everybody, by day."""
        return ContactDays.fold(self._all_contact.before(self.now), CAP)

    def contact(self, wanted: Collection[int], *, threads: bool = False) -> Contact:
        """Every message and meeting with these people; and with `threads`, with whomever in them.

        `threads`: all contact in the threads of these people's messages as well.
        """
        contact = self._all_contact.before(self.now)
        chosen = np.isin(contact.person, list(wanted))
        if threads:
            named = np.unique(contact.thread[chosen])
            chosen |= np.isin(contact.thread, named[named >= 0])
        return contact.where(chosen)

    def meetings_ahead(self, within: timedelta) -> list[tuple[int, datetime]]:
        """Each person whom the owner will meet with few others within that time, and when first."""
        contact = self._all_contact.capped(CAP)
        end = (self.at + within).timestamp()
        ahead = (contact.at >= self.now) & (contact.at < end) & (contact.way == Way.MUTUAL)
        first: dict[int, int] = {}
        meetings = contact.where(ahead)
        starts = zip(meetings.person.tolist(), meetings.at.tolist(), strict=True)
        for number, start in sorted(starts):
            first.setdefault(number, start)
        return [(n, datetime.fromtimestamp(start, self.zone)) for n, start in first.items()]

    def participants(
        self, wanted: Collection[int], *, threads: bool = False, reply_to: bool = True
    ) -> Participants:
        """Every row of the interactions that any of these people is on.

        `threads`: and of those in the threads of these interactions. Not `reply_to`: who is only
        named as where answers go is not on a message. Whom mail did not reach is on none.
        """
        rows = self._all_participants[0 if reply_to else 1]
        there = np.isin(rows.person, list(wanted))
        chosen = np.isin(rows.event, rows.event[there])
        if threads:
            named = np.unique(rows.thread[there])
            chosen |= np.isin(rows.thread, named[named >= 0])
        return rows.where(chosen)

    def first_seen(self, wanted: Collection[int]) -> Mapping[int, float]:
        """When each of these people was first on an interaction, in unix seconds UTC."""
        return self._all_participants[1].of(list(wanted)).first_seen()

    def first_dealt(self, wanted: Collection[int]) -> Mapping[int, float]:
        """When the owner first wrote to or met each of these people, in unix seconds UTC."""
        return self._all_participants[1].of(list(wanted)).first_dealt()

    def since(self) -> float:
        """When the owner's past begins, in unix seconds UTC; the reader's time if there is none."""
        return float(self._all_participants[1].at.min(initial=int(self.now)))

    def latest_addresses(self, moments: Sequence[datetime]) -> list[dict[int, str]]:
        """By which address each person of several was last in touch, before each of the moments."""
        return [
            queries.latest_addresses(self.connection, self.owner_id, moment) for moment in moments
        ]

    def address_news(self) -> AddressNews:
        """What is known of the addresses that mail came back from."""
        return participants.address_news(self.connection, self.owner_id, self.at)

    def favours(self) -> tuple[int, int]:
        """How often the owner helped, and asked for help, in the year before."""
        count = favours.balance(self.connection, self.owner_id, self.at - _YEAR, self.at)
        return count[Favour.HELPED], count[Favour.ASKED]

    def told_apart(self) -> set[frozenset[int]]:
        """The pairs of people whom the owner has told apart."""
        return people.told_apart(self.connection, self.owner_id)

    @cached_property
    def _all_contact(self) -> Contact:
        events = queries.contact_events(self.connection, self.owner_id)
        return Contact(
            person=events.person,
            at=events.at,
            way=events.direction,
            size=events.size,
            thread=events.thread,
            personal=events.personal,
        )

    @cached_property
    def _all_participants(self) -> tuple[Participants, Participants]:
        rows = participants.load(self.connection, self.owner_id, self.at)
        rows = rows.where(rows.role != ROLES[Role.FAILED])
        every = Participants(
            event=rows.event,
            person=rows.person,
            author=rows.role == ROLES[Role.FROM],
            at=rows.at,
            way=rows.direction,
            size=rows.size,
            thread=rows.thread,
            personal=rows.direct & ~rows.bulk,
        )
        return every, every.where(rows.role != ROLES[Role.REPLY_TO])
