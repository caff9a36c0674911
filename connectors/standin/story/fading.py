"""Strong ties that fell silent some weeks ago, and people who wait for a reply.

Each of them wrote or met for a year or more in a steady rhythm, and stopped three to ten weeks
before the end without an event that explains it.
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.standin.story.habits import birthdays, ends_with_silence, keep_up
from connectors.standin.story.people import Cast, Character
from connectors.standin.story.writer import (
    StoryWriter,
    UnansweredThread,
    day_of,
    moment,
    on_holiday,
)
from connectors.standin.world.mailbox import Thread

_OFTEN = 14  # who writes that often (in days) is close
# Relation, organisation or none, usual gap in days, since when it is quiet, mode, and why.
_FADING = (
    ("friend", False, 7, 41, "private", "a close friend: busy with the new baby"),
    ("friend", False, 9, 30, "private", "a friend abroad: the owner's turn was forgotten"),
    ("colleague", True, 10, 47, "work", "an old colleague: a new job took over"),
    ("client", True, 8, 36, "work", "a client's lead: a decision is put off"),
    ("mentor", False, 17, 66, "private", "a mentor: retired, nobody asked for a date"),
    ("colleague", False, 9, 55, "work", "a partner in the trade: their last project ended"),
    ("family", False, 6, 27, "private", "a cousin: moved, and out of the habit"),
    ("introduced", True, 11, 52, "work", "somebody well introduced: it became a habit, then not"),
)
# They look just as quiet, but a date is in the diary.
_AHEAD = (
    ("friend", 10, 38, -9, "private"),
    ("colleague", 12, 44, -16, "work"),
)
# They wrote last: relation, usual gap, days ago, mode.
_OWED = (
    ("friend", 12, 2, "private"),
    ("client", 9, 4, "work"),
    ("colleague", 20, 6, "work"),
    ("friend", 25, 9, "private"),
    ("mentor", 40, 13, "private"),
    ("supplier", 45, 18, "work"),
)


def fading_now(writer: StoryWriter, cast: Cast) -> list[Character]:
    """The strong ties which an attentive friend would ask about."""
    made = []
    for relation, employed, gap, since, mode, why in _FADING:
        organisation = cast.company() if employed else ""
        last = "Winter" if relation == "family" else ""
        person = cast.person(relation, organisation=organisation, last=last, close=True)
        first = 1090 if relation != "introduced" else 420
        keep_up(writer, person, first, since + 3, gap, spread=0.45, mode=mode, meets=0.04)
        # The last exchange is complete: nobody waits for an answer.
        at = moment(writer.workday(since + 1), 10 * 60)
        thread = Thread()
        writer.write(thread, at, person)
        writer.write(thread, at + 95, None, [person])
        writer.write(thread, at + 210, person)
        if relation == "friend":
            birthdays(writer, person, 140, writes=1.0)
        ends_with_silence(person, why)
        made.append(person)
    return made


def ahead(writer: StoryWriter, cast: Cast) -> list[Character]:
    """Quiet ties with a small meeting in the coming weeks."""
    made = []
    for relation, gap, since, date, mode in _AHEAD:
        person = cast.person(relation, close=True)
        keep_up(writer, person, 1090, since + 3, gap, spread=0.45, mode=mode, meets=0.04)
        writer.meet([person], moment(writer.workday(date), 12.5 * 60), 90, host=person)
        made.append(person)
    return made


def owed(writer: StoryWriter, cast: Cast) -> list[UnansweredThread]:
    """People whose question stands unanswered."""
    waiting = []
    for relation, gap, since, mode in _OWED:
        organisation = cast.company() if mode == "work" else ""
        person = cast.person(relation, organisation=organisation, close=gap <= _OFTEN)
        keep_up(writer, person, 1090, since + 12, gap, mode=mode, meets=0.03)
        thread = Thread()
        alias = writer.owner.work if mode == "work" else writer.owner.private
        writer.write(thread, moment(since + 5, 9.5 * 60), person, alias=alias)
        writer.write(thread, moment(since + 4, 11 * 60), None, [person], alias=alias)
        writer.write(thread, moment(since, writer.rng.uniform(9, 19) * 60), person, alias=alias)
        waiting.append(UnansweredThread(person, thread))
    return waiting


def group_mail(writer: StoryWriter, people: Sequence[Character]) -> None:
    """Mail to fifteen and more at once: invitations, farewells. It is contact with nobody."""
    for day in writer.days(1080, 8, 26, 0.7):
        crowd = writer.rng.sample(list(people), writer.rng.randint(16, 28))
        at = writer.at_leisure(day)
        if writer.chance(0.25) and not on_holiday(day_of(at)):
            writer.write(Thread(), at, None, crowd[:1], cc=crowd[1:])
        else:
            writer.write(Thread(), at, crowd[0], crowd[1:9], cc=crowd[9:])
