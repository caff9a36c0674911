"""New people: conferences and what became of them, introductions, lists, cold mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.standin.habits import ends_with_silence, keep_up
from connectors.standin.mailbox import Thread
from connectors.standin.pen import DAYS, NOW, Pen, day_of, moment, on_holiday
from connectors.standin.people import Cast, Person, retold

_RECENT = 45  # days within which an encounter is still open
# Each conference: its first day, and how many new people the owner met there.
_CONFERENCES = ((873, 7), (542, 7), (208, 7), (44, 6))


@dataclass(frozen=True, slots=True)
class Met:
    """An encounter of the story; `thread` and `by` where somebody introduced them."""

    person: Person
    day: int
    how: str
    followed_up: bool
    by: Person | None = None
    thread: Thread | None = None


def encounters(pen: Pen, cast: Cast) -> list[Met]:
    """People met at conferences, over coffee, or by a first mail."""
    met = []
    for day, count in _CONFERENCES:
        fields = {"transparency": "opaque"}
        pen.meet([], moment(day, 0), 2 * 1440, all_day=True, fields=fields)
        for number in range(count):
            person = cast.person("encounter", organisation=cast.company(), real=False)
            how = "a coffee at a conference" if number % 2 else "a mail after a conference"
            met.append(_encounter(pen, person, day - 2 - number, how))
    for day in (1000, 760, 655, 470, 390, 330, 150, 101, 35, 27, 19, 12):
        person = cast.person("encounter", organisation=cast.company(), real=False)
        met.append(_encounter(pen, person, day, pen.rng.choice(("a first mail", "a coffee"))))
    return met


def _encounter(pen: Pen, person: Person, day: int, how: str) -> Met:
    """The first contact; older ones sometimes became more."""
    day = pen.workday(day)
    while on_holiday(day):
        day += 7
    if "coffee" in how:
        pen.meet([person], moment(day, 11 * 60), 45, host=person if pen.chance(0.5) else None)
    else:
        pen.exchange([person], moment(day, 9 * 60), turns=2, mode="work")
    follows = day > _RECENT and pen.chance(0.55)
    if follows:
        person.real = True
        stays = pen.chance(0.35)
        ends = 0 if stays else max(day - pen.rng.randrange(40, 200), 60)
        pen.exchange([person], pen.at_work(day - 3), turns=3, mine_first=True, mode="work")
        keep_up(pen, person, day - 12, ends, pen.rng.uniform(15, 35), mode="work", meets=0.1)
        if not stays:
            ends_with_silence(person, "a good start, not kept up", ended=True)
    return Met(person, day, how, follows)


def introductions(pen: Pen, cast: Cast, friends: Sequence[Person]) -> list[Met]:
    """A writes to two people at once; they answer each other and go on without A."""
    met = []
    for number, day in enumerate(
        (1030, 930, 880, 790, 745, 660, 575, 500, 420, 345, 268, 187, 88, 26)
    ):
        by = friends[number % 5]  # some people introduce often
        new = cast.person("introduced", organisation=cast.company() if number % 3 else "")
        at, thread = pen.at_work(day), Thread()
        pen.write(thread, at, by, [new])
        at += 200
        pen.write(thread, at, None, [new], cc=[by], alias=pen.owner.work)
        if pen.chance(0.85):
            pen.write(thread, at + 1300, new, cc=[by] if pen.chance(0.4) else [])
        blooms = number % 3 != 1
        if blooms:
            ends = 0 if pen.chance(0.6) else day // 3
            keep_up(pen, new, day - 4, ends, pen.rng.uniform(14, 30), mode="work", meets=0.1)
            if ends:
                ends_with_silence(new, "went well for a while", ended=ends > DAYS // 6)
        else:
            new.real = False
        met.append(Met(new, day, "an introduction", blooms, by, thread))
    return met


def lists(pen: Pen, cast: Cast, telling: int = 1) -> list[Person]:
    """Two mailing lists: people write to all, the owner answers sometimes, rarely to one.

    Told again (`telling` from 2 on), they are two other lists.
    """
    rng = pen.rng
    members = []
    for name, first_address, size, gap in (
        ("Type Design", "type-design@lists.example.org", 24, 8.0),
        ("Freelancers North", "talk@freelancers-north.example", 16, 10.0),
    ):
        local, _, domain = first_address.partition("@")
        address = f"{local}@{retold(domain, telling)}"
        post = cast.machine(name, address, "list")
        circle = [cast.person("community", real=False) for _ in range(size)]
        members += circle
        identity = address.replace("@", ".")
        extra = (
            ("List-Id", f"{name} <{identity}>"),
            ("List-Unsubscribe", f"<mailto:leave@{address.partition('@')[2]}>"),
            ("List-Post", f"<mailto:{address}>"),
            ("Precedence", "list"),
        )
        for day in pen.days(1093, 0, gap, 0.8):
            thread, at = Thread(), pen.at_leisure(day)
            for turn in range(rng.randint(1, 6)):
                if at > NOW:
                    break
                if turn and pen.chance(0.1) and not on_holiday(day_of(at)):
                    pen.write(thread, at, None, [post], alias=pen.owner.private)
                else:
                    labels = ("CATEGORY_FORUMS",)
                    message = pen.write(thread, at, rng.choice(circle), labels=labels, extra=extra)
                    message.to = (f"{name} <{address}>",)
                at += rng.randrange(30, 900)
        for member in circle[:4]:
            member.real = True
            keep_up(pen, member, rng.randrange(500, 1090), 0, rng.uniform(30, 60), meets=0.01)
    return members


def strangers(pen: Pen, cast: Cast) -> list[Person]:
    """Cold mail by people who want something; most get no answer, a few get one."""
    made = []
    for number in range(24):
        stranger = cast.person("stranger", organisation=cast.company(), real=False)
        made.append(stranger)
        day = pen.rng.randrange(15, 1080)
        thread = Thread()
        for again in range(pen.rng.randint(1, 4)):
            at = pen.at_work(day - 6 * again)
            if at < NOW:
                pen.write(thread, at, stranger)
        answer = pen.at_work(day - 25)
        if number % 6 == 0 and answer < NOW and not on_holiday(day_of(answer)):
            pen.write(thread, answer, None, [stranger])
    return made
