"""What is seen beside a lapse: replies, beginnings, introductions, addresses, and gaps in coverage.

Each kind is read and judged where it is first asked for, while the snapshot is open, and only for
the people whom it may concern. What was put before the owner once is not put there again; `why`
says all of it, whenever asked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import TypeVar

from beforehand.analysis import addresses
from beforehand.analysis.addresses import Suggestions
from beforehand.analysis.snapshot import REST_AFTER_FLAG, Snapshot
from report.kinds import ADDRESS, ENCOUNTER, REPLY
from scoring.judgement import State
from scoring.signals import coverage
from scoring.signals.coverage import CoverageGap
from scoring.signals.encounters import Encounter, encounters, may_have_begun
from scoring.signals.introductions import (
    MOST_PEOPLE,
    Introduction,
    introductions,
    may_be_brought,
)
from scoring.signals.owed import (
    ReplyAwaited,
    ReplyOwed,
    ThreadedMessages,
    may_be_awaited,
    may_be_owed,
    replies_awaited,
    replies_owed,
)
from sync.store.people import Person

# A longer list of any of these is a reproach, not a help.
MOST_REPLIES, MOST_MET, MOST_ADDRESSES = 3, 3, 2
# What was said once of a beginning or an address need not be said again.
ONCE = timedelta(days=3_650)
# A bounce older than this is no news.
FRESH_BOUNCE = timedelta(days=60)

_Concerning = TypeVar("_Concerning", ReplyOwed, ReplyAwaited, Encounter)


class Signals:
    """The signals of one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._brought: dict[int, list[int]] = {}

    # What there is.

    @cached_property
    def owed(self) -> tuple[ReplyOwed, ...]:
        """The replies that the owner owes."""
        people = may_be_owed(self.snapshot.days, self.snapshot.now).tolist()
        return replies_owed(self._messages(people), self.snapshot.now, people)

    @cached_property
    def awaited(self) -> tuple[ReplyAwaited, ...]:
        """The replies that the owner waits for."""
        people = may_be_awaited(self.snapshot.days, self.snapshot.now).tolist()
        return replies_awaited(self._messages(people), self.snapshot.now, people)

    @cached_property
    def encounters(self) -> tuple[Encounter, ...]:
        """The new people with whom there was no word since the beginning."""
        snapshot = self.snapshot
        candidates = may_have_begun(snapshot.days, snapshot.now).tolist()
        if not candidates:
            return ()
        person, first = snapshot.days.first_contact()
        names = self._codes(addresses.name_of)
        return encounters(
            snapshot.reader.contact(candidates),
            person=person,
            first=first,
            organisation=[self._organisations[number] for number in person.tolist()],
            name=[names[number] for number in person.tolist()],
            now=snapshot.now,
            introduced=[brought.to for brought in self.introductions(to=candidates)],
        )

    @cached_property
    def addresses(self) -> Suggestions:
        """The addresses that died, and the people who may have moved to another."""
        return addresses.suggest(self.snapshot)

    def introductions(
        self, *, by: Collection[int] | None = None, to: Collection[int] | None = None
    ) -> tuple[Introduction, ...]:
        """The introductions by and of people with whom there is a relationship.

        Only those by people of `by` and of people of `to`, where given.
        """
        snapshot, reader = self.snapshot, self.snapshot.reader
        humans = set(snapshot.humans.tolist())
        if to is None and by is not None:
            theirs = reader.participants(by, largest=MOST_PEOPLE, reply_to=False)
            seen = reader.firsts(set(theirs.person.tolist())).seen
            brought: Collection[int] = may_be_brought(theirs, by=list(by), first_seen=seen).tolist()
        else:
            brought = humans if to is None else to
        brought = [number for number in brought if number in humans]
        if not brought:
            return ()
        rows = reader.participants(brought, largest=MOST_PEOPLE, reply_to=False)
        firsts = reader.firsts(set(rows.person.tolist()))
        found = introductions(
            rows,
            first_seen=firsts.seen,
            first_dealt=firsts.dealt,
            since=snapshot.now if reader.oldest is None else reader.oldest,
            organisation={n: code for n, code in self._organisations.items() if code >= 0},
            by=by,
            to=brought,
            now=snapshot.now,
        )
        return tuple(one for one in found if one.by in humans and one.to in humans)

    @cached_property
    def shown(self) -> frozenset[tuple[str, int]]:
        """What a report has put before the owner: kind of flag, and person."""
        reader = self.snapshot.reader
        return frozenset(
            (kind, person)
            for kind, rest in ((REPLY, REST_AFTER_FLAG), (ENCOUNTER, ONCE), (ADDRESS, ONCE))
            for person, when in reader.sent_flags.last_times(kind, reader.at - rest).items()
            if when <= reader.at  # a look into the past knows no later flag
        )

    # What a report says of it.

    def replies(self) -> list[ReplyOwed]:
        """The few replies owed to speak of: those to the strongest ties."""
        worth = {
            reply.key: judged.worth
            for reply in self.owed
            if (judged := self.snapshot.judgement(reply.key)) is not None
            and judged.state is not State.SLIGHT
            and (REPLY, reply.key) not in self.shown
            and not self._snoozed(reply.key)
        }
        chosen = [reply for reply in self.owed if reply.key in worth]
        return sorted(chosen, key=lambda reply: (-worth[reply.key], reply.key))[:MOST_REPLIES]

    def met(self) -> list[Encounter]:
        """The few beginnings to speak of, those that soon are too old for it first."""
        fresh = [
            begun
            for begun in self.encounters
            if (ENCOUNTER, begun.key) not in self.shown
            and begun.key not in self.snapshot.suppressed
        ]
        return sorted(fresh, key=lambda begun: (begun.at, begun.key))[:MOST_MET]

    def address_news(self) -> Suggestions:
        """The few addresses to speak of: of ties that are more than slight, and of late."""
        snapshot, suggested = self.snapshot, self.addresses
        moves = [
            move
            for move in suggested.moves
            if (ADDRESS, move.old.id) not in self.shown
            and (snapshot.more_than_slight(move.old.id) or snapshot.more_than_slight(move.new.id))
        ][:MOST_ADDRESSES]
        dead = [
            address
            for address in suggested.dead
            if (ADDRESS, address.person.id) not in self.shown
            and snapshot.more_than_slight(address.person.id)
            and suggested.at - address.died.last <= FRESH_BOUNCE
        ][: MOST_ADDRESSES - len(moves)]
        return replace(suggested, moves=tuple(moves), dead=tuple(dead))

    # What there is of one person.

    def expect(self, people: Collection[int]) -> None:
        """Read at once what `brought` tells of each of these people."""
        wanted = [person_id for person_id in people if person_id not in self._brought]
        if not wanted:
            return
        for person_id in wanted:
            self._brought[person_id] = []
        for introduction in self.introductions(by=wanted):
            self._brought[introduction.by].append(introduction.to)

    def brought(self, person_id: int) -> list[int]:
        """The people whom this one introduced to the owner, the latest first."""
        self.expect([person_id])
        return self._brought[person_id]

    def introduction_of(self, person_id: int) -> Introduction | None:
        """How this person and the owner were brought together; None where nobody did."""
        return next(iter(self.introductions(to=[person_id])), None)

    def coverage_gap(self, person_id: int) -> CoverageGap | None:
        """What this tie is nearly only known by, if that is one thing."""
        return coverage.coverage_gap(self.snapshot.judgements.ties, person_id)

    @cached_property
    def _organisations(self) -> Mapping[int, int]:
        """The code of each person's own organisation, below 0 where there is none."""
        where = self.snapshot.organisations
        return self._codes(lambda person: addresses.organisation_of(person, where))

    def _codes(self, of_person: Callable[[Person], str]) -> Mapping[int, int]:
        """Each person's code, -1 where there is nothing to go by."""
        people = self.snapshot.people
        numbers = sorted(people)
        codes = addresses.codes(of_person(people[number]) for number in numbers)
        return dict(zip(numbers, codes.tolist(), strict=True))

    def _messages(self, people: Collection[int]) -> ThreadedMessages:
        """The messages of these people and of their threads, of those who are a relationship."""
        contact = self.snapshot.reader.contact(people, threads=True)
        return ThreadedMessages.from_contact(contact.of(self.snapshot.humans), self.snapshot.now)

    def _snoozed(self, person_id: int) -> bool:
        until = self.snapshot.people[person_id].snoozed_until
        return until is not None and until > self.snapshot.at


def concerning(person_id: int, found: tuple[_Concerning, ...]) -> tuple[_Concerning, ...]:
    """Those of them that concern one person."""
    return tuple(one for one in found if one.key == person_id)
