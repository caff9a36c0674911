"""What can be said beside a lapse: replies, beginnings, introductions, addresses, and blindness.

All of it is read from the store at once, as of the network's time. What was put before the owner
once is not put there again; `beforehand why` says all of it, whenever asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from beforehand.analysis import addresses
from beforehand.analysis.addresses import Suggestions
from beforehand.analysis.network import REST_AFTER_FLAG, Network
from beforehand.app import App
from connectors.api import Direction, Role
from report.kinds import ADDRESS, ENCOUNTER, REPLY
from scoring.judgement import State
from scoring.signals.coverage import Blindness, blindness
from scoring.signals.encounters import Encounter, encounters
from scoring.signals.introductions import Introduction, introductions
from scoring.signals.owed import ReplyAwaited, ReplyOwed, Words, replies_awaited, replies_owed
from scoring.ties import SECONDS_A_DAY
from sync.store import participants, reports
from sync.store.participants import ROLES, Participants
from sync.store.people import Person
from sync.store.queries import DIRECTIONS

# A longer list of any of these is a reproach, not a help.
MOST_REPLIES, MOST_MET, MOST_ADDRESSES = 3, 3, 2
# What was said once of a beginning or an address need not be said again.
ONCE = timedelta(days=3_650)
# A bounce older than this is no news.
FRESH_BOUNCE = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Signals:
    """All that was found, as of the network's time; `shown` says what a report said before.

    `shown`: kind of flag and person.
    """

    network: Network
    owed: tuple[ReplyOwed, ...]
    awaited: tuple[ReplyAwaited, ...]
    encounters: tuple[Encounter, ...]
    introductions: tuple[Introduction, ...]
    addresses: Suggestions
    shown: frozenset[tuple[str, int]]

    def replies(self) -> list[ReplyOwed]:
        """The few replies owed to speak of: those to the strongest ties."""
        worth = {
            one.key: judged.worth
            for one in self.owed
            if (judged := self.network.judgement(one.key)) is not None
            and judged.state is not State.SLIGHT
            and (REPLY, one.key) not in self.shown
            and not self._asleep(one.key)
        }
        known = [one for one in self.owed if one.key in worth]
        return sorted(known, key=lambda one: (-worth[one.key], one.key))[:MOST_REPLIES]

    def met(self) -> list[Encounter]:
        """The few beginnings to speak of, those that soon are too old for it first."""
        fresh = [
            one
            for one in self.encounters
            if (ENCOUNTER, one.key) not in self.shown and one.key not in self.network.held
        ]
        return sorted(fresh, key=lambda one: (one.at, one.key))[:MOST_MET]

    def address_news(self) -> Suggestions:
        """The few addresses to speak of: of ties that are more than slight, and of late."""
        said = self.addresses
        moves = [
            one
            for one in said.moves
            if (ADDRESS, one.old.id) not in self.shown
            and (self._more_than_slight(one.old.id) or self._more_than_slight(one.new.id))
        ][:MOST_ADDRESSES]
        dead = [
            one
            for one in said.dead
            if (ADDRESS, one.person.id) not in self.shown
            and self._more_than_slight(one.person.id)
            and said.at - one.died.last <= FRESH_BOUNCE
        ][: MOST_ADDRESSES - len(moves)]
        return Suggestions(said.at, tuple(moves), tuple(dead))

    def blind(self, person_id: int) -> Blindness | None:
        """What this tie is nearly only known by, if that is one thing."""
        return blindness(self.network.judgements.ties, person_id)

    def brought(self, person_id: int) -> list[int]:
        """The people whom this one introduced to the owner."""
        return [one.to for one in self.introductions if one.by == person_id]

    def silent_days(self, person_id: int) -> int | None:
        """Whole days since the owner last wrote to or met somebody; None where never."""
        contact, now = self.network.contact, self.network.at.timestamp()
        mine = contact.at[
            (contact.person == person_id)
            & (contact.direction != DIRECTIONS[Direction.IN])
            & (contact.at < now)
        ]
        return int((now - mine.max()) // SECONDS_A_DAY) if mine.size else None

    def in_touch(self, person_id: int) -> bool:
        """Whether that tie lives, if more quietly than usual."""
        judged = self.network.judgement(person_id)
        return judged is not None and judged.state in {State.LIVING, State.FADING}

    def _asleep(self, person_id: int) -> bool:
        until = self.network.people[person_id].snoozed_until
        return until is not None and until > self.network.at

    def _more_than_slight(self, person_id: int) -> bool:
        judged = self.network.judgement(person_id)
        return judged is not None and judged.state is not State.SLIGHT


One = TypeVar("One", ReplyOwed, ReplyAwaited, Encounter)


def of(person_id: int, found: tuple[One, ...]) -> tuple[One, ...]:
    """Those of them that concern one person."""
    return tuple(one for one in found if one.key == person_id)


def see(app: App, network: Network) -> Signals:
    """Find all signals as of the network's time, knowing nothing that came later."""
    at, now = network.at, network.at.timestamp()
    contact = network.contact
    humans = np.array(sorted(n for n, d in network.decisions.items() if d.human), dtype=np.int64)
    with app.store.read() as connection:
        together = participants.load(connection, app.owner_id, at)
        seen = addresses.Seen(
            humans, contact, together, network.people, network.latest, app.organisations
        )
        suggested = addresses.suggest(connection, app.owner_id, seen, at)
        shown = frozenset(
            (kind, person)
            for kind, rest in ((REPLY, REST_AFTER_FLAG), (ENCOUNTER, ONCE), (ADDRESS, ONCE))
            for person, when in reports.flagged_since(
                connection, app.owner_id, kind, at - rest
            ).items()
            if when <= at  # a look into the past knows no later flag
        )
    words = Words.of(
        tie=contact.person,
        at=contact.at,
        direction=contact.direction,
        size=contact.size,
        thread=contact.thread,
        direct=contact.personal,
        now=now,
    )
    numbers = sorted(network.people)
    where = app.organisations
    firms = _codes(network, numbers, lambda person: addresses.organisation_of(person, where))
    names = _codes(network, numbers, addresses.name_of)
    brought = _introductions(together, firms, now, humans)
    return Signals(
        network=network,
        owed=replies_owed(words, now),
        awaited=replies_awaited(words, now),
        encounters=encounters(
            tie=contact.person,
            at=contact.at,
            direction=contact.direction,
            size=contact.size,
            personal=contact.personal,
            organisation=[firms[person] for person in contact.person.tolist()],
            name=[names[person] for person in contact.person.tolist()],
            now=now,
            introduced=[one.to for one in brought],
        ),
        introductions=brought,
        addresses=suggested,
        shown=shown,
    )


def _codes(
    network: Network, numbers: list[int], of_person: Callable[[Person], str]
) -> dict[int, int]:
    """Each person's code, -1 where there is nothing to go by."""
    found = addresses.codes(of_person(network.people[number]) for number in numbers)
    return dict(zip(numbers, found.tolist(), strict=True))


def _introductions(
    together: Participants, firms: dict[int, int], now: float, humans: npt.NDArray[np.int64]
) -> tuple[Introduction, ...]:
    """Those by and of people with whom there is a relationship."""
    there = together.role != ROLES[Role.FAILED]
    there &= together.role != ROLES[Role.REPLY_TO]
    together = together.where(there)
    found = introductions(
        event=together.event,
        person=together.person,
        author=together.role == ROLES[Role.FROM],
        at=together.at,
        direction=together.direction,
        size=together.size,
        personal=together.direct & ~together.bulk,
        organisation={person: code for person, code in firms.items() if code >= 0},
        now=now,
    )
    known = set(humans.tolist())
    return tuple(one for one in found if one.by in known and one.to in known)
