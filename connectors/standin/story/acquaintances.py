"""New people: conferences and what became of them, introductions, lists, cold mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.standin.story.habits import ends_with_silence, keep_up
from connectors.standin.story.people import Cast, Character, retold
from connectors.standin.story.writer import DAYS, NOW, StoryWriter, day_of, moment, on_holiday
from connectors.standin.world.mailbox import Thread

_RECENT = 45  # days within which an encounter is still open
# Each conference: its first day, and how many new people the owner met there.
_CONFERENCES = ((873, 7), (542, 7), (208, 7), (44, 6))


@dataclass(frozen=True, slots=True)
class NewAcquaintance:
    """An encounter of the story; `thread` and `by` where somebody introduced them."""

    person: Character
    day: int
    how: str
    followed_up: bool
    by: Character | None = None
    thread: Thread | None = None


def encounters(writer: StoryWriter, cast: Cast) -> list[NewAcquaintance]:
    """People met at conferences, over coffee, or by a first mail."""
    met = []
    for day, count in _CONFERENCES:
        fields = {"transparency": "opaque"}
        writer.meet([], moment(day, 0), 2 * 1440, all_day=True, fields=fields)
        for number in range(count):
            person = cast.person("encounter", organisation=cast.company(), real=False)
            how = "a coffee at a conference" if number % 2 else "a mail after a conference"
            met.append(_encounter(writer, person, day - 2 - number, how))
    for day in (1000, 760, 655, 470, 390, 330, 150, 101, 35, 27, 19, 12):
        person = cast.person("encounter", organisation=cast.company(), real=False)
        met.append(_encounter(writer, person, day, writer.rng.choice(("a first mail", "a coffee"))))
    return met


def _encounter(writer: StoryWriter, person: Character, day: int, how: str) -> NewAcquaintance:
    """The first contact; older ones sometimes became more."""
    day = writer.workday(day)
    while on_holiday(day):
        day += 7
    if "coffee" in how:
        writer.meet([person], moment(day, 11 * 60), 45, host=person if writer.chance(0.5) else None)
    else:
        writer.exchange([person], moment(day, 9 * 60), turns=2, mode="work")
    follows = day > _RECENT and writer.chance(0.55)
    if follows:
        person.real = True
        stays = writer.chance(0.35)
        ends = 0 if stays else max(day - writer.rng.randrange(40, 200), 60)
        writer.exchange([person], writer.at_work(day - 3), turns=3, mine_first=True, mode="work")
        keep_up(writer, person, day - 12, ends, writer.rng.uniform(15, 35), mode="work", meets=0.1)
        if not stays:
            ends_with_silence(person, "a good start, not kept up", ended=True)
    return NewAcquaintance(person, day, how, follows)


def introductions(
    writer: StoryWriter, cast: Cast, friends: Sequence[Character]
) -> list[NewAcquaintance]:
    """A writes to two people at once; they answer each other and go on without A."""
    met = []
    for number, day in enumerate(
        (1030, 930, 880, 790, 745, 660, 575, 500, 420, 345, 268, 187, 88, 26)
    ):
        by = friends[number % 5]  # some people introduce often
        new = cast.person("introduced", organisation=cast.company() if number % 3 else "")
        at, thread = writer.at_work(day), Thread()
        writer.write(thread, at, by, [new])
        at += 200
        writer.write(thread, at, None, [new], cc=[by], alias=writer.owner.work)
        if writer.chance(0.85):
            writer.write(thread, at + 1300, new, cc=[by] if writer.chance(0.4) else [])
        blooms = number % 3 != 1
        if blooms:
            ends = 0 if writer.chance(0.6) else day // 3
            keep_up(writer, new, day - 4, ends, writer.rng.uniform(14, 30), mode="work", meets=0.1)
            if ends:
                ends_with_silence(new, "went well for a while", ended=ends > DAYS // 6)
        else:
            new.real = False
        met.append(NewAcquaintance(new, day, "an introduction", blooms, by, thread))
    return met


def lists(writer: StoryWriter, cast: Cast, telling: int = 1) -> list[Character]:
    """Two mailing lists: people write to all, the owner answers sometimes, rarely to one.

    Told again (`telling` from 2 on), they are two other lists.
    """
    rng = writer.rng
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
        for day in writer.days(1093, 0, gap, 0.8):
            thread, at = Thread(), writer.at_leisure(day)
            for turn in range(rng.randint(1, 6)):
                if at > NOW:
                    break
                if turn and writer.chance(0.1) and not on_holiday(day_of(at)):
                    writer.write(thread, at, None, [post], alias=writer.owner.private)
                else:
                    labels = ("CATEGORY_FORUMS",)
                    message = writer.write(
                        thread, at, rng.choice(circle), labels=labels, extra=extra
                    )
                    message.to = (f"{name} <{address}>",)
                at += rng.randrange(30, 900)
        for member in circle[:4]:
            member.real = True
            keep_up(writer, member, rng.randrange(500, 1090), 0, rng.uniform(30, 60), meets=0.01)
    return members


def strangers(writer: StoryWriter, cast: Cast) -> list[Character]:
    """Cold mail by people who want something; most get no answer, a few get one."""
    made = []
    for number in range(24):
        stranger = cast.person("stranger", organisation=cast.company(), real=False)
        made.append(stranger)
        day = writer.rng.randrange(15, 1080)
        thread = Thread()
        for again in range(writer.rng.randint(1, 4)):
            at = writer.at_work(day - 6 * again)
            if at < NOW:
                writer.write(thread, at, stranger)
        answer = writer.at_work(day - 25)
        if number % 6 == 0 and answer < NOW and not on_holiday(day_of(answer)):
            writer.write(thread, answer, None, [stranger])
    return made
