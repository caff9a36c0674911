"""The owner's network at one time: who counts, and how each tie is judged.

This is where the store's columns become scoring's arrays. Nothing here is kept: it is computed
anew from the store whenever it is asked for, as of any time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from beforehand.analysis.absence import absences_known
from beforehand.app import App
from beforehand.config import Config
from connectors.api import Direction
from report.kinds import LAPSE
from scoring.attention import Selection, select
from scoring.calibration import calibrate
from scoring.clock import Absences
from scoring.cooldown import MOST_TIMES, REST_DAYS, rests
from scoring.judgement import Judgement
from scoring.judgements import Judgements
from scoring.ties import Ties, today
from scoring.worth import KEPT, Wish
from sync.bulk import CAP, Decision, Override, decide
from sync.store import people, queries, reports, sources
from sync.store.people import Person
from sync.store.queries import DIRECTIONS, Events
from sync.store.session import Connection
from sync.store.sources import SourceStanding

# Whoever waits for a reply is not named again for so long.
REST_AFTER_FLAG = timedelta(days=REST_DAYS)
# Whom the owner will meet within a month needs no reminder to get in touch.
MEETING_SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Network:
    """Everybody the owner has a relationship with, judged as of `at`.

    `contact` is what the judgements are made from, with what lies ahead (meetings) in it.
    """

    at: datetime
    judgements: Judgements
    people: dict[int, Person]
    decisions: dict[int, Decision]
    held: dict[int, str]
    sources: tuple[SourceStanding, ...]
    latest: dict[int, str]
    contact: Events
    absences: Absences

    def select(self, most: int, bars: Mapping[int, float] | None = None) -> Selection:
        """The few to put before the owner, and who was held back, with the reason.

        `bars` are raised for those whom the owner has let pass again and again.
        """
        return select(self.judgements, people=most, held=self.held, bars=bars)

    def address(self, person_id: int) -> str:
        """Where this person was last heard from or written to, in `by_id` the first otherwise."""
        return self.latest.get(person_id) or self.people[person_id].handles[0]

    def judgement(self, person_id: int) -> Judgement | None:
        """How the tie with this person is judged; None where there has been no contact."""
        return self.judgements.find(person_id)


def look(app: App, at: datetime | None = None) -> Network:
    """See the network as of `at` (aware; now, if left out), knowing nothing that came later.

    What the owner has said since (merges, words, snoozes) does count.
    """
    when = at or app.now()
    with app.store.read() as connection:
        decisions, contact = _humans(connection, app, when)
        absences = absences_known(connection, app.owner_id, when, app.config.zone)
        by_id = people.by_id(connection, app.owner_id)
        flags = reports.flags_sent(connection, app.owner_id, LAPSE)
        standings = tuple(sources.standings(connection, app.owner_id, when))
        latest = queries.latest_addresses(connection, app.owner_id, when)
    seconds = when.timestamp()
    # Each tie's own horizon: close ties are seen weeks earlier than by one for all.
    judgements = calibrate(
        _ties(contact, when),
        seconds,
        "own",
        clock=absences.clock(today(seconds)),
        wishes={number: wish(person, app.config) for number, person in by_id.items()},
    )
    rest = _at_rest(judgements, flags, when.astimezone(app.config.zone))
    return Network(
        at=when,
        judgements=judgements,
        people=by_id,
        decisions=decisions,
        held=rest | _held(contact, by_id, when.astimezone(app.config.zone)),
        sources=standings,
        latest=latest,
        contact=contact,
        absences=absences,
    )


def wishes(network: Network, config: Config) -> dict[int, Wish]:
    """What the owner has said of everybody; see `wish`."""
    return {number: wish(person, config) for number, person in network.people.items()}


def wish(person: Person, config: Config) -> Wish:
    """What the owner has said of how much a tie matters, and how often they wish to be in touch.

    A person's own rhythm comes before that of their groups, of which the shortest counts.
    """
    by_group = [days for tag in person.tags if (days := config.groups.every_days.get(tag))]
    kept = person.override is Override.KEEP or bool(person.tags)
    return Wish(KEPT if kept else 0.0, person.every_days or min(by_group, default=0))


@dataclass(frozen=True, slots=True)
class Records:
    """All contact with everybody who is a relationship today, and the owner's absences."""

    contact: Events
    ties: Ties
    absences: Absences


def records(app: App, at: datetime) -> Records:
    """What `look` would judge by at `at` (aware), for who judges many days of the past."""
    with app.store.read() as connection:
        _, contact = _humans(connection, app, at)
        absences = absences_known(connection, app.owner_id, at, app.config.zone)
    return Records(contact, _ties(contact, at), absences)


def _humans(connection: Connection, app: App, when: datetime) -> tuple[dict[int, Decision], Events]:
    """Who is a relationship and who is not, and all contact with those who are."""
    evidence = queries.evidence(connection, app.owner_id, when)
    events = queries.contact_events(connection, app.owner_id)
    decisions = {number: decide(known) for number, known in evidence.items()}
    humans = np.array([n for n, d in decisions.items() if d.human], dtype=np.int64)
    return decisions, events.of(humans)


def _ties(contact: Events, when: datetime) -> Ties:
    return Ties.from_events(
        tie=contact.person,
        at=contact.at,
        direction=contact.direction,
        size=contact.size,
        until=when.timestamp(),
        cap=CAP,
    )


def _at_rest(
    judgements: Judgements, flags: list[tuple[int, datetime]], when: datetime
) -> dict[int, str]:
    """Who rests from having been named by `when`, each with the reason; see `scoring.cooldown`."""
    named: dict[int, list[datetime]] = defaultdict(list)
    for number, at in flags:
        if at <= when:  # a look into the past knows no later flag
            named[number].append(at)
    rest: dict[int, str] = {}
    for number, times in named.items():
        if (row := judgements.row(number)) is None:
            continue
        heard = int(judgements.ties.last_day(default=0)[row])
        in_silence = sum(today(at.timestamp()) > heard for at in times)
        if judgements.wished_days[row]:  # who asked for a rhythm is reminded of it, if more seldom
            in_silence = min(in_silence, MOST_TIMES - 1)
        days = judgements.today - today(times[-1].timestamp())
        if rests(np.array([in_silence]), np.array([days]))[0]:
            last = f"{times[-1].astimezone(when.tzinfo):%-d %b}"
            rest[number] = (
                f"named {in_silence} times in this silence, the last time on {last}"
                if in_silence >= MOST_TIMES
                else f"in your report of {last}"
            )
    return rest


def _held(events: Events, by_id: dict[int, Person], when: datetime) -> dict[int, str]:
    """Who is not to be put before the owner, each with the reason; `when` is in their zone."""
    held: dict[int, str] = {}
    soon = (when + MEETING_SOON).timestamp()
    ahead = (events.at >= when.timestamp()) & (events.at < soon)
    ahead &= (events.direction == DIRECTIONS[Direction.MUTUAL]) & (events.size <= CAP)
    for number, start in zip(events.person[ahead].tolist(), events.at[ahead].tolist(), strict=True):
        day = datetime.fromtimestamp(start, when.tzinfo)
        held.setdefault(number, f"you meet on {day:%-d %b}")
    for number, person in by_id.items():
        if person.snoozed_until is not None and person.snoozed_until > when:
            held[number] = f"snoozed until {person.snoozed_until.astimezone(when.tzinfo):%-d %b %Y}"
    return held
