"""Family, friends, colleagues, mentors and suppliers: the ties that carry no project."""

from __future__ import annotations

from connectors.standin.habits import (
    NEW_YEAR,
    birthdays,
    change_jobs,
    drift,
    ends_with_silence,
    greet,
    keep_up,
    lunch,
)
from connectors.standin.pen import Pen, moment
from connectors.standin.people import Cast, Person

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


def family(pen: Pen, cast: Cast) -> list[Person]:
    """Parents, a sister, an aunt, cousins: a call on Sundays, and words in between."""
    kin = [cast.person("family", last="Winter", close=number < _NEAREST) for number in range(6)]
    pen.weekly(kin[:2], 1094, -60, 17 * 60, minutes=45, attendance=0.9)
    for person, gap in zip(kin, (13, 14, 9, 27, 50, 70), strict=True):
        keep_up(pen, person, 1094, 0, gap, meets=0.015)
        birthdays(pen, person, pen.rng.randrange(20, 360), writes=0.95)
    return kin


def friends(pen: Pen, cast: Cast) -> list[Person]:
    """Close friends, usual ones, rare ones, and those who were lost."""
    rng = pen.rng
    made = []
    for kind in _FRIENDS:
        friend = cast.person("friend", close=kind == "close")
        made.append(friend)
        since = 1094 if pen.chance(0.7) else rng.randrange(400, 900)
        if kind == "close":
            keep_up(pen, friend, since, 0, rng.uniform(10, 20), meets=0.04)
        elif kind == "usual":
            _phases(pen, friend, since)
        elif kind == "rare":
            keep_up(pen, friend, since, 0, rng.uniform(60, 90), spread=0.4, meets=0.1)
        elif kind == "drifting":
            begins = rng.randrange(350, 800)
            keep_up(pen, friend, 1094, begins, rng.uniform(10, 20), meets=0.05)
            why = "drifting apart: the gaps grow"
            drift(pen, friend, begins, 25, gap=22, growth=1.4, mode="private", why=why)
        else:
            keep_up(pen, friend, 1094, rng.randrange(300, 800), rng.uniform(12, 25))
            ends_with_silence(friend, "moved away, and the mail stopped", ended=True)
        _seasons(pen, friend, rng.randrange(5, 365))
    return made


def _phases(pen: Pen, friend: Person, since: int) -> None:
    """Months with much to say (a trip, a move, a baby), and months with little."""
    day = since
    while day > 0:
        length = pen.rng.randrange(60, 200)
        gap = pen.rng.choice((24, 38, 52, 75))
        keep_up(pen, friend, day, max(day - length, 0), gap, meets=0.03)
        day -= length


def _seasons(pen: Pen, friend: Person, birthday: int) -> None:
    """Birthdays and greetings, as long as the tie lives."""
    over = friend.fading if friend.fading is not None else -1
    if over < 0 and pen.chance(0.6):
        birthdays(pen, friend, birthday)
    for year in NEW_YEAR:
        if year > over and pen.chance(0.5):
            greet(pen, friend, year, mine=pen.chance(0.6))


def colleagues(pen: Pen, cast: Cast, namesake: str) -> list[Person]:
    """Other freelancers and people of former jobs; some of them change jobs.

    One of them has the same name as somebody else, and is somebody else.
    """
    rng = pen.rng
    made = []
    for kind in _COLLEAGUES:
        organisation = cast.company() if pen.chance(0.6) else ""
        name = namesake if kind == "namesake" else ""
        colleague = cast.person(
            "colleague", organisation=organisation, name=name, close=kind == "close"
        )
        made.append(colleague)
        if kind == "close":
            keep_up(pen, colleague, 1094, 0, rng.uniform(12, 22), mode="work", meets=0.04)
        elif kind == "moving":
            change_jobs(pen, cast, colleague, rng.randrange(120, 900))
            keep_up(pen, colleague, 1094, 0, rng.uniform(30, 50), mode="work", meets=0.05)
        elif kind in {"steady", "namesake"}:
            keep_up(pen, colleague, rng.randrange(500, 1094), 0, rng.uniform(32, 60), meets=0.1)
        elif kind == "drifting":
            begins = rng.randrange(300, 850)
            keep_up(pen, colleague, 1094, begins, 18, mode="work")
            why = "drifting apart since the job"
            drift(pen, colleague, begins, 20, gap=25, growth=1.45, mode="work", why=why)
        else:
            keep_up(pen, colleague, 1094, rng.randrange(400, 900), 21, mode="work")
            ends_with_silence(colleague, "left the trade", ended=True)
    return made


def mentors(pen: Pen, cast: Cast) -> list[Person]:
    """Coffee every few weeks, with a word before and after: mostly meetings."""
    made = [cast.person("mentor", close=True) for _ in range(4)]
    for number, mentor in enumerate(made):
        for day in pen.days(1090, -30, 30 + 7 * number, 0.3):
            if pen.chance(0.75):
                pen.exchange([mentor], pen.at_leisure(day + 6), turns=3, mine_first=True)
            lunch(pen, mentor, day)
    return made


def suppliers(pen: Pen, cast: Cast) -> list[Person]:
    """The accountant, the landlord, the printer: little, but year after year."""
    made = []
    for number in range(10):
        supplier = cast.person("supplier", organisation=cast.company())
        made.append(supplier)
        gap = (22, 30, 40, 60, 60, 75, 80, 90, 90, 100)[number]
        keep_up(pen, supplier, 1090, 0, gap, spread=0.4, mode="work", meets=0.025, turns=(1, 3))
    for quarter in range(1060, 0, -91):  # the accountant asks for the quarter's papers
        pen.exchange(made[:1], pen.at_work(quarter), turns=6, mode="work")
        if pen.chance(0.5):
            pen.meet(made[:1], moment(pen.workday(quarter - 10), 15 * 60), 45, host=made[0])
    return made
