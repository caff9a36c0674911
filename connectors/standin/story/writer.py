"""Writing the story: moments, mail threads, meetings.

A moment is a number of minutes of local (Berlin) time, counted from the midnight that begins the
last day; what happened yesterday is negative. The story is told up to `NOW`; later moments hold
only meetings that are planned. Written this way, the same story fits whatever last day is given.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from connectors.standin.story.people import Character, Style
from connectors.standin.world.calendars import (
    Calendar,
    Event,
    EventPlan,
    Guest,
    Resource,
    event,
    stub,
)
from connectors.standin.world.mailbox import Thread, WorldMessage
from connectors.standin.world.owner import Owner

DAY: Final = 1440
NOW: Final = 5 * 60 + 30  # 05:30 local is before 06:00 UTC, summer and winter
DAYS: Final = 1096  # three years
# Saturday to the Sunday three weeks later, in days before the end: nothing goes out.
HOLIDAYS: Final = ((653, 631), (303, 281))
_WEEKEND: Final = 5  # Saturday
_INBOX_DAYS: Final = 40  # older mail is mostly archived
_FEW: Final = 8  # mail and meetings of more people are no contact with each of them
# Median minutes until an answer, and the spread of its logarithm.
PACE: Final = {"work": (150, 1.3), "private": (500, 1.3), "slow": (2600, 0.9)}


@dataclass(frozen=True, slots=True)
class UnansweredThread:
    """A thread that broke off because the story ended before the owner answered."""

    person: Character
    thread: Thread


def moment(day: int, minute: float) -> int:
    """`minute` of the day that lies `day` days before the end."""
    return int(-day * DAY + minute)


def day_of(at: int) -> int:
    """How many days before the end a moment lies."""
    return -(at // DAY)


def weekday(day: int) -> int:
    """0 is Monday; the end is one."""
    return -day % 7


def on_holiday(day: int) -> bool:
    """Whether the owner is away that day."""
    return any(first >= day >= last for first, last in HOLIDAYS)


class StoryWriter:
    """Writes mail and meetings into lists (`mail`, `meetings`, `masters`)."""

    def __init__(self, end: date, owner: Owner, rng: random.Random) -> None:
        self.rng = rng
        self.owner = owner
        self.mail: list[WorldMessage] = []
        self.meetings: list[Event] = []
        self.masters: list[Event] = []
        self.waiting: list[UnansweredThread] = []
        self.calendars = (
            Calendar(owner.private, owner.name, primary=True),
            Calendar("winter-studio-team@group.calendar.google.com", "Studio", primary=False),
        )
        self._end = end
        self._zone = ZoneInfo(owner.timezone)
        self._midnights: dict[int, int] = {}

    # Moments.

    def ms(self, at: int) -> int:
        """A moment in milliseconds since 1970."""
        day, minute = divmod(at, DAY)
        if day not in self._midnights:
            local = datetime.combine(
                self._end + timedelta(days=day), datetime.min.time(), self._zone
            )
            self._midnights[day] = int(local.timestamp()) * 1000
        return self._midnights[day] + minute * 60_000

    def utc(self, at: int) -> datetime:
        """A moment as an aware time."""
        return datetime.fromtimestamp(self.ms(at) // 1000, UTC)

    def date(self, day: int) -> date:
        """The date of a day before the end."""
        return self._end - timedelta(days=day)

    def at_work(self, day: int) -> int:
        """Some moment of working hours of that day, or of the Monday after a weekend."""
        while weekday(day) >= _WEEKEND:
            day -= 1
        return moment(day, self.rng.triangular(8.3 * 60, 18.8 * 60, 10.7 * 60))

    def at_leisure(self, day: int) -> int:
        """Some moment at which private mail is written."""
        if weekday(day) >= _WEEKEND:
            return moment(day, self.rng.triangular(8.5 * 60, 23 * 60, 14 * 60))
        return moment(day, self.rng.triangular(7 * 60, 23.3 * 60, 20 * 60))

    def some_moment(self, day: int, mode: str) -> int:
        """`at_work` or `at_leisure`."""
        return self.at_work(day) if mode == "work" else self.at_leisure(day)

    def workday(self, day: int) -> int:
        """That day, or the Monday after it where it is a weekend."""
        return day - (7 - weekday(day)) if weekday(day) >= _WEEKEND else day

    def chance(self, share: float) -> bool:
        """True in this share of cases."""
        return self.rng.random() < share

    def days(self, first: int, last: int, gap: float, spread: float = 0.6) -> list[int]:
        """Days from `first` down to `last`, log-normally spaced with this mean gap.

        A spread of 0.6 is a steady habit, 1.1 a bursty one.
        """
        found = []
        scale = gap / 2.718281828 ** (spread * spread / 2)
        at = first - self.rng.random() * gap
        while at >= last:
            found.append(round(at))
            at -= max(1.0, scale * self.rng.lognormvariate(0, spread))
        return found

    def _awake(self, at: int, mode: str, *, mine: bool) -> int:
        """The same moment, or the next at which this kind of mail is written."""
        day, minute = day_of(at), at % DAY
        early, late = (8 * 60, 19 * 60) if mode == "work" else (7 * 60, 23 * 60 + 20)
        asleep = minute < early or minute > late
        if asleep or (mode == "work" and weekday(day) >= _WEEKEND):
            if minute > late:
                day -= 1
            if mode == "work":
                day = self.workday(day)
            at = moment(day, early + self.rng.triangular(5, 200, 40))
        if mine:
            for first, last in HOLIDAYS:
                if first >= day_of(at) >= last:
                    back = last - 1 - self.rng.randrange(3)
                    at = moment(back, self.rng.triangular(8.5 * 60, 18 * 60, 11 * 60))
        return at

    # Mail.

    def write(
        self,
        thread: Thread,
        at: int,
        sender: Character | None,
        to: Sequence[Character] = (),
        *,
        cc: Sequence[Character] = (),
        labels: Sequence[str] = (),
        extra: tuple[tuple[str, str], ...] = (),
        alias: str = "",
    ) -> WorldMessage:
        """One message; `sender` None is the owner. Where the owner is not the sender, they are
        in To. `labels` are added to what every message of its kind carries.
        """
        rng, day = self.rng, day_of(at)
        alias = alias or self.owner.private
        me = f"{self.owner.name} <{alias}>"
        others = tuple(p.written(day) if self.chance(0.8) else p.address(day) for p in to)
        copies = tuple(p.written(day) for p in cc)
        kind: tuple[str, ...]
        if sender is None:
            kind = ("SENT",)
        else:
            others = (me if self.chance(0.7) else alias, *others)
            archived = day > _INBOX_DAYS and not self.chance(0.3)
            kind = () if archived else ("INBOX",)
            if sender.kind == "person":
                kind += ("CATEGORY_PERSONAL",) if self.chance(0.7) else ("IMPORTANT",)
        message = WorldMessage(
            self.ms(at) + rng.randrange(60_000),
            thread,
            me if sender is None else sender.written(day),
            others,
            copies,
            labels=(*kind, *labels),
            extra=extra,
            parent=thread.messages[-1] if thread.messages else None,
            size=int(rng.lognormvariate(9, 1)) + 900,
        )
        thread.messages.append(message)
        self.mail.append(message)
        if len(to) + len(cc) <= _FEW:
            for person in (*to, *cc) if sender is None else (sender,):
                person.last = max(person.last, at)
        return message

    def exchange(
        self,
        people: Sequence[Character],
        at: int,
        *,
        turns: int,
        mine_first: bool = False,
        mode: str = "private",
        alias: str = "",
        until: int = NOW,
    ) -> Thread:
        """A thread between the owner and some people, who take turns.

        Several people answer as it comes, the others in Cc. Nothing is written after `until`;
        where the end of the story came before the owner's turn, somebody is waiting.
        """
        rng, thread = self.rng, Thread()
        alias = alias or (self.owner.work if mode == "work" else self.owner.private)
        median, spread = PACE[mode]
        mine, speaker = mine_first, people[0]
        for _ in range(turns):
            if not mine and len(people) > 1:
                speaker = rng.choice(people)
            at = self._awake(at, mode, mine=mine)
            if at > until:
                if mine and thread.messages and until == NOW:
                    self.waiting.append(UnansweredThread(speaker, thread))
                break
            others = [p for p in people if p is not speaker]
            if mine:
                self.write(thread, at, None, [speaker], cc=others, alias=alias)
            else:
                self.write(thread, at, speaker, cc=others, alias=alias)
            # Now and then somebody writes twice.
            if not self.chance(0.08):
                mine = not mine
            at += int(median * rng.lognormvariate(0, spread)) + 2
        return thread

    # Meetings.

    def event_id(self) -> str:
        """A new id in the alphabet of Calendar's (base32hex)."""
        return "".join(self.rng.choices("0123456789abcdefghijklmnopqrstuv", k=26))

    def guest(self, person: Character, at: int, response: str = "accepted") -> Guest:
        """A person as an attendee."""
        name = person.name if person.style is not Style.BARE else ""
        return Guest(person.address(day_of(at)), name, response, room=person.kind == "room")

    def meet(
        self,
        people: Sequence[Character],
        at: int,
        minutes: int = 60,
        *,
        response: str = "accepted",
        theirs: str = "accepted",
        host: Character | None = None,
        calendar: int = 0,
        series: str = "",
        all_day: bool = False,
        omitted: bool = False,
        fields: Resource | None = None,
    ) -> Event:
        """A meeting of the owner with some people; `host` None means that the owner invites."""
        own = self.calendars[calendar]
        me = Guest(own.id, "", response, is_self=True, organizer=host is None)
        guests: list[Guest] = []
        organizer = None
        if people:
            shown = [] if omitted else [self.guest(p, at, theirs) for p in people]
            guests = [me, *shown]
            if host is not None:
                said = self.guest(host, at)
                organizer = said
                guests = [me, *(g for g in shown if g.email != said.email)]
                if not omitted:
                    guests.append(Guest(said.email, said.name, "accepted", organizer=True))
        start = self.utc(at)
        end = start + timedelta(minutes=minutes)
        if all_day:
            day = self.date(day_of(at))
            start = datetime(day.year, day.month, day.day, tzinfo=UTC)
            end = start + timedelta(days=max(1, minutes // DAY))
        instance = f"{series}_{start:%Y%m%dT%H%M%SZ}" if series else self.event_id()
        made = event(
            EventPlan(
                calendar=own.id,
                start=start,
                end=end,
                id=instance,
                guests=guests,
                organizer=organizer,
                all_day=all_day,
                created=min(start - timedelta(days=8), self.utc(-DAY)),
                series=series,
                omitted=omitted,
                fields=fields or {},
            )
        )
        self.meetings.append(made)
        if response == "accepted" and at < NOW and len(people) <= _FEW:
            for person in people:
                person.last = max(person.last, at)
        return made

    def weekly(
        self,
        people: Sequence[Character],
        first: int,
        last: int,
        minute: int,
        *,
        minutes: int = 30,
        every: int = 7,
        host: Character | None = None,
        calendar: int = 0,
        attendance: float = 0.92,
    ) -> None:
        """A series from day `first` down to `last`: most instances happen, some do not."""
        series = self.event_id()
        for day in range(first, last - 1, -every):
            at = moment(day, minute)
            kept = self.chance(attendance) and not on_holiday(day)
            response = "accepted" if kept or not people else "declined"
            made = self.meet(
                people, at, minutes, response=response, host=host, calendar=calendar, series=series
            )
            if not kept and self.chance(0.6):
                self.called_off(made)
        count = len(range(first, last - 1, -every))
        master = self.meet(people, moment(first, minute), minutes, host=host, calendar=calendar)
        self.meetings.remove(master)
        rule = f"RRULE:FREQ=DAILY;INTERVAL={every};COUNT={count}"
        master.resource |= {"id": series, "recurrence": [rule]}
        master.resource["iCalUID"] = f"{series}@calendar.example.org"
        master.id = series
        self.masters.append(master)

    def called_off(self, meeting: Event) -> None:
        """Cancel it: only a stub stays."""
        meeting.resource = stub(meeting)
        meeting.exception = bool(meeting.series)
