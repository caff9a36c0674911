"""The story as a whole: everyone's chapters in order, and the truth they add up to."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from connectors.standin.story import acquaintances, agenda, fading, private
from connectors.standin.story import bulk_mail as chatter
from connectors.standin.story.acquaintances import NewAcquaintance
from connectors.standin.story.clients import work_for_clients
from connectors.standin.story.habits import still_here
from connectors.standin.story.people import Cast, Character
from connectors.standin.story.writer import DAYS, HOLIDAYS, NOW, StoryWriter, UnansweredThread
from connectors.standin.world.calendars import Calendar, Event
from connectors.standin.world.mailbox import WorldMessage
from connectors.standin.world.owner import Owner
from connectors.standin.world.truth import (
    Correspondent,
    KnownEncounter,
    KnownIntroduction,
    KnownReplyOwed,
    Truth,
)
from connectors.standin.world.world import World

_OWED_DAYS = 21  # nobody waits longer than that


@dataclass(slots=True)
class Story:
    """What was written (on the pen's pages), and about whom."""

    owner: Owner
    writer: StoryWriter
    cast: Cast
    quiet: list[Character] = field(default_factory=list)
    ahead: list[Character] = field(default_factory=list)
    met: list[NewAcquaintance] = field(default_factory=list)
    waiting: list[UnansweredThread] = field(default_factory=list)

    @classmethod
    def blank(cls, end: date) -> Story:
        """The owner, to whom nothing has happened yet."""
        owner = Owner()
        rng = random.Random(0)  # noqa: S311 - a story, nothing secret
        return cls(owner, StoryWriter(end, owner, rng), Cast(rng))

    @property
    def days(self) -> int:
        """How many days the story tells of."""
        return DAYS

    @property
    def mail(self) -> list[WorldMessage]:
        """All messages that were written."""
        return self.writer.mail

    @property
    def calendars(self) -> tuple[Calendar, ...]:
        """The owner's calendars."""
        return self.writer.calendars

    @property
    def meetings(self) -> list[Event]:
        """All events but the masters of series."""
        return self.writer.meetings

    @property
    def masters(self) -> list[Event]:
        """The masters of series."""
        return self.writer.masters

    def truth(self) -> Truth:
        """What is true; to be asked once the mailbox has given the threads their ids."""
        return _truth(self)


def build_world(end: date, seed: int = 7, *, people: int = 1, noise: int = 1) -> World:
    """A world that holds the whole story, ending on the Monday on or before `end`.

    It is the same story for every `end`: everything is written in days before it. `people` and
    `noise` make the mailbox larger: so many times the ties, each with other people, and so many
    times the newsletters and machines, each from other senders. Raises ValueError below one, or
    for more people than there are names.
    """
    monday = last_monday(end)
    return World(monday, tell(monday, seed, people=people, noise=noise), seed)


def empty_world(end: date, seed: int = 7) -> World:
    """A world of the same owner, to whom nothing has happened yet."""
    monday = last_monday(end)
    return World(monday, Story.blank(monday), seed)


def last_monday(end: date) -> date:
    """The Monday on or before that day."""
    return end - timedelta(days=end.weekday())


def tell(end: date, seed: int, *, people: int = 1, noise: int = 1) -> Story:
    """Write the whole story, ending on that Monday.

    `people` and `noise` tell of ties, and of what fills a mailbox, so many times, each time with
    others; the first telling is the same whatever follows.
    """
    if people < 1 or noise < 1:
        raise ValueError("a story is told once at least")
    story = _first_telling(end, seed)
    for telling in range(2, people + 1):
        _more_people(story, telling)
    for telling in range(2, noise + 1):
        chatter.newsletters(story.writer, story.cast, telling)
        chatter.machines(story.writer, story.cast, telling)
    last = story.writer.ms(NOW)
    story.writer.mail = [message for message in story.writer.mail if message.at_ms < last]
    return story


def _first_telling(end: date, seed: int) -> Story:
    story = Story.blank(end)
    writer, cast = story.writer, story.cast
    writer.rng.seed(seed)
    story.quiet = fading.fading_now(writer, cast)
    story.ahead = fading.ahead(writer, cast)
    story.waiting = fading.owed(writer, cast)
    work_for_clients(writer, cast)
    private.family(writer, cast)
    friends = private.friends(writer, cast)
    colleagues = private.colleagues(writer, cast, friends[9].name)
    private.mentors(writer, cast)
    private.suppliers(writer, cast)
    met = acquaintances.encounters(writer, cast)
    bringers = [*still_here(colleagues)[:3], *friends[:2]]
    story.met = [*met, *acquaintances.introductions(writer, cast, bringers)]
    acquaintances.lists(writer, cast)
    acquaintances.strangers(writer, cast)
    chatter.newsletters(writer, cast)
    chatter.machines(writer, cast)
    chatter.bounces(writer, cast, still_here(cast.people)[16:])
    chatter.odds(writer, cast)
    steady = still_here([*friends, *colleagues])
    fading.group_mail(writer, steady)
    agenda.own_time(writer)
    agenda.crowds(writer, cast, steady)
    agenda.not_attended(writer, steady)
    agenda.studio(writer, colleagues)
    return story


def _more_people(story: Story, telling: int) -> None:
    """The chapters that are about people, once more, about others."""
    writer, cast = story.writer, story.cast
    story.quiet += fading.fading_now(writer, cast)
    story.ahead += fading.ahead(writer, cast)
    story.waiting += fading.owed(writer, cast)
    work_for_clients(writer, cast)
    private.family(writer, cast)
    friends = private.friends(writer, cast)
    colleagues = private.colleagues(writer, cast, friends[9].name)
    private.mentors(writer, cast)
    private.suppliers(writer, cast)
    story.met += acquaintances.encounters(writer, cast)
    bringers = [*still_here(colleagues)[:3], *friends[:2]]
    story.met += acquaintances.introductions(writer, cast, bringers)
    acquaintances.lists(writer, cast, telling)
    acquaintances.strangers(writer, cast)


def _truth(story: Story) -> Truth:
    writer, cast = story.writer, story.cast
    parties = {id(person): _party(writer, person) for person in (*cast.people, *cast.others)}

    def of(person: Character) -> Correspondent:
        return parties[id(person)]

    owner = Correspondent(story.owner.name, story.owner.addresses, "self")
    return Truth(
        (owner, *parties.values()),
        fading_now=tuple(of(person) for person in story.quiet),
        ahead=tuple(of(person) for person in story.ahead),
        replies_owed=tuple(
            KnownReplyOwed(of(each.person), each.thread.id, each.thread.messages[-1].at)
            for each in _still_waiting(story)
        ),
        introductions=tuple(
            KnownIntroduction(of(one.by), of(one.person), writer.date(one.day), one.thread.id)
            for one in story.met
            if one.by is not None and one.thread is not None
        ),
        encounters=tuple(
            KnownEncounter(of(one.person), writer.date(one.day), one.how, one.followed_up)
            for one in story.met
            if one.by is None
        ),
        holidays=tuple((writer.date(first), writer.date(last)) for first, last in HOLIDAYS),
    )


def _party(writer: StoryWriter, person: Character) -> Correspondent:
    return Correspondent(
        person.name,
        tuple(person.addresses),
        person.kind,
        person.relation,
        person.organisation,
        real=person.real,
        close=person.close,
        fading=None if person.fading is None else writer.date(person.fading),
        ended=person.ended,
        why=person.why,
        moved=None if person.moved is None else writer.date(person.moved),
    )


def _still_waiting(story: Story) -> list[UnansweredThread]:
    """The planned ones, and threads that the end of the story cut before the owner's turn."""
    since = story.writer.ms(NOW) - _OWED_DAYS * 86_400_000
    found = []
    for each in (*story.waiting, *story.writer.waiting):
        newest = each.thread.messages[-1]
        if newest.at_ms > since and "SENT" not in newest.labels and each.person.real:
            found.append(each)
    return found
