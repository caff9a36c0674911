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
from scoring.contact import Contact, ContactDays, Participants
from sync.bulk import Decision, decide
from sync.store import (
    absences,
    contact,
    contact_days,
    evidence,
    favours,
    flags,
    participants,
    people,
)
from sync.store.contact import ContactColumns
from sync.store.evidence import Evidence
from sync.store.favours import Favour
from sync.store.flags import SentFlags
from sync.store.participants import ROLES, AddressNews, Firsts
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

    @cached_property
    def days(self) -> ContactDays:
        """Contact with everybody, by day, evidence of list mail among it."""
        columns = self._days
        return ContactDays(
            person=columns.person,
            day=columns.day,
            way=columns.way,
            reach=columns.reach,
            first=columns.first,
            last=columns.last,
            smallest=columns.smallest,
            messages=columns.messages,
        )

    def humans(self) -> list[int]:
        """The ids, ascending, of the people with whom there is a relationship."""
        return sorted(n for n, known in self._evidence.items() if decide(known).human)

    def decisions(self, wanted: Collection[int] | None = None) -> dict[int, Decision]:
        """Who of these people (None: of all) is a relationship and who is not, with the reason.

        Whoever was not seen before the reader's time is left out.
        """
        known = evidence.complete(self.connection, self.owner_id, self.at, self._evidence, wanted)
        return {number: decide(of) for number, of in known.items()}

    def contact(self, wanted: Collection[int], *, threads: bool = False) -> Contact:
        """Every message and meeting with these people.

        `threads`: and all contact in the threads of these messages, whoever it was with.
        """
        theirs = _as_contact(
            contact.contact(self.connection, self.owner_id, people=wanted, until=self.at)
        )
        named = np.unique(theirs.thread[theirs.thread >= 0])
        if not threads or not named.size:
            return theirs
        in_threads = contact.contact(
            self.connection, self.owner_id, threads=named.tolist(), until=self.at
        )
        return theirs.where(theirs.thread < 0).joined(_as_contact(in_threads))

    def meetings_ahead(self, within: timedelta) -> Mapping[int, datetime]:
        """When the owner will first meet each person within that time, with few others."""
        ahead = contact.meetings_ahead(self.connection, self.owner_id, self.at, self.at + within)
        return {number: start.astimezone(self.zone) for number, start in ahead.items()}

    def participants(
        self,
        wanted: Collection[int],
        *,
        largest: int,
        threads: bool = False,
        reply_to: bool = True,
    ) -> Participants:
        """Every row of the interactions that any of these people is on, with few others.

        `largest`: with at most so many people besides the owner.

        `threads`: and of those in the threads of these interactions. Not `reply_to`: who is only
        named as where answers go is not on a message. Whom mail did not reach is on none.
        """
        rows = participants.load(
            self.connection,
            self.owner_id,
            self.at,
            people=wanted,
            threads=threads,
            largest=largest,
        )
        left_out = [ROLES[Role.FAILED], *([] if reply_to else [ROLES[Role.REPLY_TO]])]
        rows = rows.where(~np.isin(rows.role, left_out))
        return Participants(
            event=rows.event,
            person=rows.person,
            author=rows.role == ROLES[Role.FROM],
            at=rows.at,
            way=rows.direction,
            size=rows.size,
            thread=rows.thread,
            personal=rows.direct & ~rows.bulk,
        )

    @cached_property
    def sent_flags(self) -> SentFlags:
        """All flags that reports put before the owner, those of after the reader's time too."""
        return flags.sent(self.connection, self.owner_id)

    @cached_property
    def oldest(self) -> int | None:
        """When anybody was first seen, in seconds UTC; None in an empty store."""
        return participants.oldest(self.connection, self.owner_id, self.at)

    def firsts(self, wanted: Collection[int]) -> Firsts:
        """When each of these people was first seen, and first written to or met by the owner."""
        return participants.firsts(self.connection, self.owner_id, wanted, self.at)

    def latest_addresses(self, moments: Sequence[datetime]) -> list[dict[int, str]]:
        """By which address each person of several was last in touch, before each of the moments."""
        return contact.latest_addresses(self.connection, self.owner_id, moments)

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
    def _days(self) -> contact_days.ContactDayColumns:
        return contact_days.load(self.connection, self.owner_id, self.at)

    @cached_property
    def _evidence(self) -> Mapping[int, Evidence]:
        return evidence.evidence(self.connection, self.owner_id, self.at, self._days)


def _as_contact(columns: ContactColumns) -> Contact:
    return Contact(
        person=columns.person,
        at=columns.at,
        way=columns.direction,
        size=columns.size,
        thread=columns.thread,
        personal=columns.personal,
    )
