"""What fills a calendar without being contact, or hardly: focus time, big meetings, holidays."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.standin.story.people import Cast, Character
from connectors.standin.story.writer import DAY, HOLIDAYS, StoryWriter, moment, on_holiday
from connectors.standin.world.calendars import Resource

_BIG = 14


def own_time(writer: StoryWriter) -> None:
    """Focus time, days away, all-day notes, and the choir: nobody else is in them."""
    focus: Resource = {
        "eventType": "focusTime",
        "focusTimeProperties": {"autoDeclineMode": "declineNone", "chatStatus": "doNotDisturb"},
    }
    for day in range(1092, -60, -21):
        if not on_holiday(day):
            writer.meet([], moment(writer.workday(day - 2), 9 * 60), 120, fields=dict(focus))
    away: Resource = {
        "eventType": "outOfOffice",
        "outOfOfficeProperties": {
            "autoDeclineMode": "declineAllConflictingInvitations",
            "declineMessage": "",
        },
    }
    for first, last in HOLIDAYS:
        writer.meet([], moment(first, 0), (first - last + 1) * DAY, fields=dict(away))
    for day in (980, 720, 470, 160, -12):
        writer.meet([], moment(writer.workday(day), 0), DAY, fields=dict(away))
    for day in writer.days(1090, -55, 24, 0.5):
        writer.meet([], moment(day, 0), DAY, all_day=True, fields={"transparency": "transparent"})
    writer.weekly([], 1091, -60, 19 * 60 + 30, minutes=120, every=14, calendar=1)


def crowds(writer: StoryWriter, cast: Cast, people: Sequence[Character]) -> None:
    """Webinars, all-hands and a monthly table: many guests, or guests that are hidden."""
    rng = writer.rng
    room = cast.machine("Room Elbe", "room-elbe@resource.calendar.example", "room")
    hall = cast.machine("Town hall", "town-hall@resource.calendar.example", "room")
    everyone = list(people)
    for day in writer.days(1085, -50, 25, 0.3):
        crowd = rng.sample(everyone, rng.randint(_BIG, 26))
        big = writer.meet(
            [*crowd, room],
            moment(writer.workday(day), 16 * 60),
            90,
            host=crowd[0],
            response=rng.choice(("accepted", "accepted", "tentative", "needsAction")),
        )
        big.resource["attendees"][-2]["additionalGuests"] = 2
    for day in writer.days(1080, -30, 60, 0.3):
        host = rng.choice(everyone)
        writer.meet(rng.sample(everyone, 30), moment(day, 17 * 60), 60, host=host, omitted=True)
    table = rng.sample(everyone, 11)
    writer.weekly([*table, hall], 1064, -58, 18 * 60, minutes=120, every=28, attendance=0.8)


def not_attended(writer: StoryWriter, people: Sequence[Character]) -> None:
    """Invitations the owner declined or never answered, meetings called off."""
    rng = writer.rng
    for day in writer.days(1085, -40, 17, 0.5):
        person = rng.choice(list(people))
        response = rng.choice(("declined", "needsAction"))
        writer.meet([person], writer.at_work(day), 30, host=person, response=response)
    for day in writer.days(1080, -40, 30, 0.5):
        person = rng.choice(list(people))
        writer.called_off(
            writer.meet([person], writer.at_work(day), 30, host=person, response="declined")
        )
    for day in writer.days(1080, 5, 60, 0.5):  # the other side declined
        writer.meet([rng.choice(list(people))], writer.at_work(day), 30, theirs="declined")


def studio(writer: StoryWriter, people: Sequence[Character]) -> None:
    """The shared studio's own calendar: Thursday breakfast with whoever works there."""
    crew = list(people)[:6]
    writer.weekly(crew, 1089, -60, 9 * 60, minutes=60, every=28, calendar=1, attendance=0.85)
