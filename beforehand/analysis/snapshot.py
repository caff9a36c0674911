"""The snapshot: what is known of one owner's network as of a time, read in one transaction.

Reports, `why`, `people`, `network` and replays are all made from one. It is data: no sentence for
a person is made here. What only some of them need (messages, who else was on them) is read through
`Snapshot.reader` while the snapshot is open.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

import numpy as np

from beforehand.analysis.reader import Reader
from beforehand.app import App
from beforehand.config import Config
from report.kinds import LAPSE, SuppressionKind
from scoring.arrays import Ints
from scoring.attention import Selection, select
from scoring.calibration import calibrate
from scoring.clock import Absences
from scoring.contact import ContactDays, Way
from scoring.cooldown import COOLDOWN_DAYS, MOST_TIMES, in_cooldown
from scoring.days import SECONDS_A_DAY, today
from scoring.judgement import Judgement, State
from scoring.judgements import Judgements
from scoring.ties import Ties
from scoring.worth import KEPT, Wish
from sync.bulk import Override
from sync.organisations import Organisations
from sync.store import sources
from sync.store.people import Person
from sync.store.sources import SourceStanding

# Whoever waits for a reply is not named again for so long.
REST_AFTER_FLAG = timedelta(days=COOLDOWN_DAYS)
# Whom the owner will meet within a month needs no reminder to get in touch.
MEETING_SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class PersonSuppression:
    """Why a person is not put before the owner.

    on: the owner's day of the meeting, of the snooze's end, or of the last report that named them.
    times: how often reports have named them in this silence.
    """

    reason: SuppressionKind
    on: date
    times: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everybody the owner has a relationship with, judged as of `at` (aware).

    people: everybody who was ever seen, by id. humans: the ids, ascending, of those who count as a
    relationship. days: contact with these, by day. judgements: how their ties stand. suppressed:
    who is not to be put before the owner, and why. sources: where each source stands. latest: the
    address by which each person of several was last in touch. zone: the owner's.
    """

    at: datetime
    zone: tzinfo
    people: Mapping[int, Person]
    humans: Ints
    days: ContactDays
    absences: Absences
    wishes: Mapping[int, Wish]
    judgements: Judgements
    suppressed: Mapping[int, PersonSuppression]
    sources: tuple[SourceStanding, ...]
    latest: Mapping[int, str]
    organisations: Organisations
    reader: Reader

    @property
    def now(self) -> float:
        """The snapshot's time in unix seconds UTC."""
        return self.at.timestamp()

    def select(self, most: int, raised: Mapping[int, float] | None = None) -> Selection:
        """The few to put before the owner, and who was left out.

        `raised`: the factor on the threshold of people whom the owner has let pass again and again.
        """
        return select(self.judgements, people=most, suppressed=self.suppressed, raised=raised)

    def address(self, person_id: int) -> str:
        """Where this person was last heard from or written to; else the first of their handles."""
        return self.latest.get(person_id) or self.people[person_id].handles[0]

    def judgement(self, person_id: int) -> Judgement | None:
        """How the tie with this person is judged; None where there has been no contact."""
        return self.judgements.find(person_id)

    def in_touch(self, person_id: int) -> bool:
        """Whether the tie with this person lives, if more quietly than usual."""
        judged = self.judgement(person_id)
        return judged is not None and judged.state in {State.LIVING, State.FADING}

    def more_than_slight(self, person_id: int) -> bool:
        """Whether there is a tie with this person that is more than slight."""
        judged = self.judgement(person_id)
        return judged is not None and judged.state is not State.SLIGHT

    def silent_days(self, person_id: int) -> int | None:
        """Whole days since the owner last wrote to or met somebody; None where never."""
        rows = self.days.of([person_id])
        mine = rows.last[rows.way != Way.IN]
        return int((self.now - mine.max()) // SECONDS_A_DAY) if mine.size else None


@contextmanager
def open_snapshot(app: App, at: datetime | None = None) -> Iterator[Snapshot]:
    """Take a snapshot as of `at` (aware; now, if left out), knowing nothing that came later.

    What the owner has said since (merges, overrides, snoozes) does count. All that is read while
    it is open is of one transaction.
    """
    when = at or app.now()
    with app.store.read() as connection:
        yield _take(app, Reader(connection, app.owner_id, when, app.config.zone))


def _take(app: App, reader: Reader) -> Snapshot:
    humans = reader.humans()
    days = reader.days.of(humans).contact()
    people = reader.people()
    absences = reader.absences()
    wished = wishes(people, app.config)
    # Each tie's own horizon: close ties are seen weeks earlier than by one for all.
    clock = absences.clock(today(reader.now))
    judgements = calibrate(Ties.from_days(days), reader.now, "own", clock=clock, wishes=wished)
    return Snapshot(
        at=reader.at,
        zone=reader.zone,
        people=people,
        humans=np.array(humans, dtype=np.int64),
        days=days,
        absences=absences,
        wishes=wished,
        judgements=judgements,
        suppressed=_cooling_down(judgements, reader) | _suppressed(people, set(humans), reader),
        sources=tuple(sources.standings(reader.connection, reader.owner_id, reader.at)),
        latest=reader.latest_addresses([reader.at])[0],
        organisations=app.organisations,
        reader=reader,
    )


def wishes(people: Mapping[int, Person], config: Config) -> dict[int, Wish]:
    """What the owner has said of everybody; see `wish`."""
    return {number: wish(person, config) for number, person in people.items()}


def wish(person: Person, config: Config) -> Wish:
    """What the owner has said of how much a tie matters, and how often they wish to be in touch.

    A person's own rhythm comes before that of their groups, of which the shortest counts.
    """
    by_group = [days for tag in person.tags if (days := config.groups.every_days.get(tag))]
    kept = person.override is Override.KEEP or bool(person.tags)
    return Wish(KEPT if kept else 0.0, person.every_days or min(by_group, default=0))


def _cooling_down(judgements: Judgements, reader: Reader) -> dict[int, PersonSuppression]:
    """Who is not named again so soon; see `scoring.cooldown`."""
    named: dict[int, list[datetime]] = defaultdict(list)
    for number, at in reader.sent_flags.of_kind(LAPSE):
        if at <= reader.at:  # a look into the past knows no later flag
            named[number].append(at)
    resting: dict[int, PersonSuppression] = {}
    last_days = judgements.ties.last_day(default=0)
    for number, times in named.items():
        if (row := judgements.row(number)) is None:
            continue
        heard = int(last_days[row])
        in_silence = sum(today(at.timestamp()) > heard for at in times)
        if judgements.wished_days[row]:  # who asked for a rhythm is reminded of it, if more seldom
            in_silence = min(in_silence, MOST_TIMES - 1)
        days = judgements.today - today(times[-1].timestamp())
        if in_cooldown(np.array([in_silence]), np.array([days]))[0]:
            often = in_silence >= MOST_TIMES
            resting[number] = PersonSuppression(
                SuppressionKind.NAMED_OFTEN if often else SuppressionKind.NAMED,
                times[-1].astimezone(reader.zone).date(),
                in_silence,
            )
    return resting


def _suppressed(
    people: Mapping[int, Person], humans: set[int], reader: Reader
) -> dict[int, PersonSuppression]:
    """Who is to be met soon, or is snoozed."""
    suppressed = {
        number: PersonSuppression(SuppressionKind.MEETING, start.date())
        for number, start in reader.meetings_ahead(MEETING_SOON).items()
        if number in humans
    }
    for number, person in people.items():
        until = person.snoozed_until
        if until is not None and until > reader.at:
            suppressed[number] = PersonSuppression(
                SuppressionKind.SNOOZED, until.astimezone(reader.zone).date()
            )
    return suppressed
