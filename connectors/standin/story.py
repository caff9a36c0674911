"""The story as a whole: everyone's chapters in order, and the truth they add up to."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date

from connectors.standin import agenda, circles, private, quiet
from connectors.standin import noise as chatter
from connectors.standin.circles import Met
from connectors.standin.clients import work_for_clients
from connectors.standin.habits import still_here
from connectors.standin.pen import HOLIDAYS, NOW, Pen, Waiting
from connectors.standin.people import Cast, Owner, Person
from connectors.standin.truth import Encounter, Introduction, Party, ReplyOwed, Truth

_OWED_DAYS = 21  # nobody waits longer than that


@dataclass(slots=True)
class Story:
    """What was written (on the pen's pages), and about whom."""

    owner: Owner
    pen: Pen
    cast: Cast
    quiet: list[Person] = field(default_factory=list)
    ahead: list[Person] = field(default_factory=list)
    met: list[Met] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)

    @classmethod
    def blank(cls, end: date) -> Story:
        """The owner, to whom nothing has happened yet."""
        owner = Owner()
        rng = random.Random(0)  # noqa: S311 - a story, nothing secret
        return cls(owner, Pen(end, owner, rng), Cast(rng))

    def truth(self) -> Truth:
        """What is true; to be asked once the mailbox has given the threads their ids."""
        return _truth(self)


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
        chatter.newsletters(story.pen, story.cast, telling)
        chatter.machines(story.pen, story.cast, telling)
    last = story.pen.ms(NOW)
    story.pen.mail = [message for message in story.pen.mail if message.at_ms < last]
    return story


def _first_telling(end: date, seed: int) -> Story:
    story = Story.blank(end)
    pen, cast = story.pen, story.cast
    pen.rng.seed(seed)
    story.quiet = quiet.fading_now(pen, cast)
    story.ahead = quiet.ahead(pen, cast)
    story.waiting = quiet.owed(pen, cast)
    work_for_clients(pen, cast)
    private.family(pen, cast)
    friends = private.friends(pen, cast)
    colleagues = private.colleagues(pen, cast, friends[9].name)
    private.mentors(pen, cast)
    private.suppliers(pen, cast)
    met = circles.encounters(pen, cast)
    bringers = [*still_here(colleagues)[:3], *friends[:2]]
    story.met = [*met, *circles.introductions(pen, cast, bringers)]
    circles.lists(pen, cast)
    circles.strangers(pen, cast)
    chatter.newsletters(pen, cast)
    chatter.machines(pen, cast)
    chatter.bounces(pen, cast, still_here(cast.people)[16:])
    chatter.odds(pen, cast)
    steady = still_here([*friends, *colleagues])
    quiet.group_mail(pen, steady)
    agenda.own_time(pen)
    agenda.crowds(pen, cast, steady)
    agenda.not_attended(pen, steady)
    agenda.studio(pen, colleagues)
    return story


def _more_people(story: Story, telling: int) -> None:
    """The chapters that are about people, once more, about others."""
    pen, cast = story.pen, story.cast
    story.quiet += quiet.fading_now(pen, cast)
    story.ahead += quiet.ahead(pen, cast)
    story.waiting += quiet.owed(pen, cast)
    work_for_clients(pen, cast)
    private.family(pen, cast)
    friends = private.friends(pen, cast)
    colleagues = private.colleagues(pen, cast, friends[9].name)
    private.mentors(pen, cast)
    private.suppliers(pen, cast)
    story.met += circles.encounters(pen, cast)
    bringers = [*still_here(colleagues)[:3], *friends[:2]]
    story.met += circles.introductions(pen, cast, bringers)
    circles.lists(pen, cast, telling)
    circles.strangers(pen, cast)


def _truth(story: Story) -> Truth:
    pen, cast = story.pen, story.cast
    parties = {id(person): _party(pen, person) for person in (*cast.people, *cast.others)}

    def of(person: Person) -> Party:
        return parties[id(person)]

    owner = Party(story.owner.name, story.owner.addresses, "self")
    return Truth(
        (owner, *parties.values()),
        fading_now=tuple(of(person) for person in story.quiet),
        ahead=tuple(of(person) for person in story.ahead),
        replies_owed=tuple(
            ReplyOwed(of(each.person), each.thread.id, each.thread.messages[-1].at)
            for each in _still_waiting(story)
        ),
        introductions=tuple(
            Introduction(of(one.by), of(one.person), pen.date(one.day), one.thread.id)
            for one in story.met
            if one.by is not None and one.thread is not None
        ),
        encounters=tuple(
            Encounter(of(one.person), pen.date(one.day), one.how, one.followed_up)
            for one in story.met
            if one.by is None
        ),
        holidays=tuple((pen.date(first), pen.date(last)) for first, last in HOLIDAYS),
    )


def _party(pen: Pen, person: Person) -> Party:
    return Party(
        person.name,
        tuple(person.addresses),
        person.kind,
        person.relation,
        person.organisation,
        real=person.real,
        close=person.close,
        fading=None if person.fading is None else pen.date(person.fading),
        ended=person.ended,
        why=person.why,
        moved=None if person.moved is None else pen.date(person.moved),
    )


def _still_waiting(story: Story) -> list[Waiting]:
    """The planned ones, and threads that the end of the story cut before the owner's turn."""
    since = story.pen.ms(NOW) - _OWED_DAYS * 86_400_000
    found = []
    for each in (*story.waiting, *story.pen.waiting):
        newest = each.thread.messages[-1]
        if newest.at_ms > since and "SENT" not in newest.labels and each.person.real:
            found.append(each)
    return found
