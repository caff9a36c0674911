"""Family, friends, colleagues, mentors and suppliers: the ties that carry no project."""

from __future__ import annotations

from connectors.standin.story.habits import (
    NEW_YEAR,
    birthdays,
    change_jobs,
    drift,
    ends_with_silence,
    greet,
    keep_up,
    lunch,
)
from connectors.standin.story.people import Cast, Character
from connectors.standin.story.writer import StoryWriter, moment

_NEAREST = 3
# What becomes of each of them.
_FRIENDS = (
    *("close",) * 7,
    *("usual",) * 13,
    *("rare",) * 7,
    *("drifting",) * 5,
    *("lost",) * 4,
)
_COLLEAGUES = (
    *("close",) * 5,
    *("moving",) * 6,
    *("steady",) * 6,
    "namesake",
    *("drifting",) * 5,
    *("lost",) * 5,
)


def family(writer: StoryWriter, cast: Cast) -> list[Character]:
    """Parents, a sister, an aunt, cousins: a call on Sundays, and words in between."""
    kin = [cast.person("family", last="Winter", close=number < _NEAREST) for number in range(6)]
    writer.weekly(kin[:2], 1094, -60, 17 * 60, minutes=45, attendance=0.9)
    for person, gap in zip(kin, (13, 14, 9, 27, 50, 70), strict=True):
        keep_up(writer, person, 1094, 0, gap, meets=0.015)
        birthdays(writer, person, writer.rng.randrange(20, 360), writes=0.95)
    return kin


def friends(writer: StoryWriter, cast: Cast) -> list[Character]:
    """Close friends, usual ones, rare ones, and those who were lost."""
    rng = writer.rng
    made = []
    for kind in _FRIENDS:
        friend = cast.person("friend", close=kind == "close")
        made.append(friend)
        since = 1094 if writer.chance(0.7) else rng.randrange(400, 900)
        if kind == "close":
            keep_up(writer, friend, since, 0, rng.uniform(10, 20), meets=0.04)
        elif kind == "usual":
            _phases(writer, friend, since)
        elif kind == "rare":
            keep_up(writer, friend, since, 0, rng.uniform(60, 90), spread=0.4, meets=0.1)
        elif kind == "drifting":
            begins = rng.randrange(350, 800)
            keep_up(writer, friend, 1094, begins, rng.uniform(10, 20), meets=0.05)
            why = "drifting apart: the gaps grow"
            drift(writer, friend, begins, 25, gap=22, growth=1.4, mode="private", why=why)
        else:
            keep_up(writer, friend, 1094, rng.randrange(300, 800), rng.uniform(12, 25))
            ends_with_silence(friend, "moved away, and the mail stopped", ended=True)
        _seasons(writer, friend, rng.randrange(5, 365))
    return made


def _phases(writer: StoryWriter, friend: Character, since: int) -> None:
    """Months with much to say (a trip, a move, a baby), and months with little."""
    day = since
    while day > 0:
        length = writer.rng.randrange(60, 200)
        gap = writer.rng.choice((24, 38, 52, 75))
        keep_up(writer, friend, day, max(day - length, 0), gap, meets=0.03)
        day -= length


def _seasons(writer: StoryWriter, friend: Character, birthday: int) -> None:
    """Birthdays and greetings, as long as the tie lives."""
    over = friend.fading if friend.fading is not None else -1
    if over < 0 and writer.chance(0.6):
        birthdays(writer, friend, birthday)
    for year in NEW_YEAR:
        if year > over and writer.chance(0.5):
            greet(writer, friend, year, mine=writer.chance(0.6))


def colleagues(writer: StoryWriter, cast: Cast, namesake: str) -> list[Character]:
    """Other freelancers and people of former jobs; some of them change jobs.

    One of them has the same name as somebody else, and is somebody else.
    """
    rng = writer.rng
    made = []
    for kind in _COLLEAGUES:
        organisation = cast.company() if writer.chance(0.6) else ""
        name = namesake if kind == "namesake" else ""
        colleague = cast.person(
            "colleague", organisation=organisation, name=name, close=kind == "close"
        )
        made.append(colleague)
        if kind == "close":
            keep_up(writer, colleague, 1094, 0, rng.uniform(12, 22), mode="work", meets=0.04)
        elif kind == "moving":
            change_jobs(writer, cast, colleague, rng.randrange(120, 900))
            keep_up(writer, colleague, 1094, 0, rng.uniform(30, 50), mode="work", meets=0.05)
        elif kind in {"steady", "namesake"}:
            keep_up(writer, colleague, rng.randrange(500, 1094), 0, rng.uniform(32, 60), meets=0.1)
        elif kind == "drifting":
            begins = rng.randrange(300, 850)
            keep_up(writer, colleague, 1094, begins, 18, mode="work")
            why = "drifting apart since the job"
            drift(writer, colleague, begins, 20, gap=25, growth=1.45, mode="work", why=why)
        else:
            keep_up(writer, colleague, 1094, rng.randrange(400, 900), 21, mode="work")
            ends_with_silence(colleague, "left the trade", ended=True)
    return made


def mentors(writer: StoryWriter, cast: Cast) -> list[Character]:
    """Coffee every few weeks, with a word before and after: mostly meetings."""
    made = [cast.person("mentor", close=True) for _ in range(4)]
    for number, mentor in enumerate(made):
        for day in writer.days(1090, -30, 30 + 7 * number, 0.3):
            if writer.chance(0.75):
                writer.exchange([mentor], writer.at_leisure(day + 6), turns=3, mine_first=True)
            lunch(writer, mentor, day)
    return made


def suppliers(writer: StoryWriter, cast: Cast) -> list[Character]:
    """The accountant, the landlord, the printer: little, but year after year."""
    made = []
    for number in range(10):
        supplier = cast.person("supplier", organisation=cast.company())
        made.append(supplier)
        gap = (22, 30, 40, 60, 60, 75, 80, 90, 90, 100)[number]
        keep_up(writer, supplier, 1090, 0, gap, spread=0.4, mode="work", meets=0.025, turns=(1, 3))
    for quarter in range(1060, 0, -91):  # the accountant asks for the quarter's papers
        writer.exchange(made[:1], writer.at_work(quarter), turns=6, mode="work")
        if writer.chance(0.5):
            writer.meet(made[:1], moment(writer.workday(quarter - 10), 15 * 60), 45, host=made[0])
    return made
