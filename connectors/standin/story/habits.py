"""What people do to keep in touch: write now and then, have lunch, drift apart."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.standin.story.people import Cast, Character
from connectors.standin.story.writer import DAY, NOW, StoryWriter, day_of, moment, on_holiday

_LOST = 180  # days of silence after which nobody expects a word
NEW_YEAR = (204, 569, 934)  # days on which greetings go round, a year apart


def lunch(writer: StoryWriter, person: Character, day: int, *, host: bool = False) -> None:
    """They meet for lunch, or for dinner at a weekend; not while the owner is away."""
    if not on_holiday(day):
        hour = writer.rng.choice((12, 12.5, 13, 16, 19))
        writer.meet([person], moment(day, hour * 60), 75, host=person if host else None)


def keep_up(
    writer: StoryWriter,
    person: Character,
    first: int,
    last: int,
    gap: float,
    *,
    spread: float = 0.6,
    mode: str = "private",
    mine: float = 0.5,
    meets: float = 0.04,
    turns: tuple[int, int] = (1, 3),
    alias: str = "",
) -> None:
    """They write every `gap` days or so between two days; `meets` of the times they also meet.

    A `last` of 0 means that they still do. `mine` is the share of threads which the owner begins.
    """
    days = writer.days(first, last, gap, spread)
    if last == 0 and days and days[-1] > 1.5 * gap:
        days.append(round(writer.rng.uniform(1, gap)))  # the tie lives: no long pause at the end
    until = moment(last, 0) if last else NOW
    for day in days:
        by_me = writer.chance(mine)
        if by_me and on_holiday(day) and writer.chance(0.7):
            continue
        writer.exchange(
            [person],
            writer.some_moment(day, mode),
            turns=writer.rng.randint(*turns),
            mine_first=by_me,
            mode=mode,
            alias=alias,
            until=until,
        )
        if writer.chance(meets):
            lunch(
                writer, person, max(day - writer.rng.randint(2, 11), last), host=writer.chance(0.5)
            )


def change_jobs(writer: StoryWriter, cast: Cast, person: Character, day: int) -> None:
    """The person moves to another firm, and writes from there to say so."""
    cast.moves(person, day, cast.company())
    writer.exchange([person], writer.at_work(day - 2), turns=2, mode="work")


def drift(
    writer: StoryWriter,
    person: Character,
    first: int,
    last: int,
    *,
    gap: float,
    growth: float,
    mode: str,
    why: str,
) -> None:
    """They write less and less: each gap is longer than the one before by about `growth`.

    The tie fades from the first day on, and is over where the last word is half a year old.
    """
    at = float(first)
    while at > last:
        writer.exchange(
            [person],
            writer.some_moment(round(at), mode),
            turns=writer.rng.randint(2, 4),
            mine_first=writer.chance(0.6),
            mode=mode,
        )
        at -= gap * writer.rng.uniform(0.6, 1.5)
        gap *= growth
    person.fades(first, why, ended=day_of(person.last) > _LOST)


def greet(writer: StoryWriter, person: Character, year: int, *, mine: bool) -> None:
    """Good wishes at the turn of the year, and thanks."""
    writer.exchange(
        [person],
        writer.at_leisure(year - writer.rng.randint(-6, 5)),
        turns=writer.rng.choice((1, 2, 2)) if mine else 2,
        mine_first=mine,
    )


def birthdays(writer: StoryWriter, person: Character, day: int, *, writes: float = 0.85) -> None:
    """The person's birthday, each year: an event of the calendar, and mostly a word."""
    for birthday in (day + 731, day + 366, day):
        properties = {"type": "birthday"}
        fields = {
            "eventType": "birthday",
            "birthdayProperties": properties,
            "visibility": "private",
            "transparency": "transparent",
        }
        writer.meet([], moment(birthday, 0), DAY, all_day=True, fields=fields)
        if writer.chance(writes) and not on_holiday(birthday):
            writer.exchange([person], moment(birthday, 9 * 60), turns=2, mine_first=True)


def ends_with_silence(person: Character, why: str, *, ended: bool = False) -> None:
    """The tie fades, or is over, since the last contact that was written."""
    person.fades(day_of(person.last), why, ended=ended)


def still_here(people: Sequence[Character]) -> list[Character]:
    """Those whose tie neither fades nor is over."""
    return [person for person in people if person.real and person.fading is None]
