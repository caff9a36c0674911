"""The calendars behind the stand-in: events, the instances of series, and what changed.

Every event holds the very object that the API answers (`resource`). A series is held as its
instances; its master is kept beside them for readers that do not ask for single events.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.standin.world.mailbox import NEVER_READ

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Calendar:
    """One calendar of the owner's list; `override` is what they call it themselves."""

    id: str
    summary: str
    primary: bool
    role: str = "owner"
    override: str = ""
    selected: bool = True
    hidden: bool = False


@dataclass(slots=True, eq=False)
class Event:
    """One event or one instance of a series. `change` grows whenever it is touched."""

    id: str
    calendar: str
    start: datetime
    end: datetime
    resource: Resource
    series: str = ""
    exception: bool = False
    change: int = 0
    touched: datetime | None = None

    @property
    def cancelled(self) -> bool:
        """Whether only a stub of it is left."""
        return bool(self.resource["status"] == "cancelled")


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody invited: an attendee as the API shows them."""

    email: str
    name: str = ""
    response: str = "accepted"
    is_self: bool = False
    organizer: bool = False
    room: bool = False
    optional: bool = False
    guests: int = 0

    def resource(self) -> Resource:
        """The attendee's object; what is false or empty is left out, as Google does."""
        shown: Resource = {"email": self.email}
        if self.name:
            shown["displayName"] = self.name
        for key, value in (
            ("organizer", self.organizer),
            ("self", self.is_self),
            ("resource", self.room),
            ("optional", self.optional),
            ("additionalGuests", self.guests),
        ):
            if value:
                shown[key] = value
        shown["responseStatus"] = self.response
        return shown


@dataclass(slots=True, kw_only=True)
class EventPlan:
    """What somebody plans: everything about an event but its place in the diary."""

    calendar: str
    start: datetime
    end: datetime
    id: str
    guests: Sequence[Guest] = ()
    organizer: Guest | None = None
    all_day: bool = False
    created: datetime | None = None
    series: str = ""
    timezone: str = "Europe/Berlin"
    omitted: bool = False
    fields: Resource = field(default_factory=dict)


def stamp(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, as `updated` has it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _time(plan: EventPlan, moment: datetime) -> Resource:
    if plan.all_day:
        return {"date": moment.date().isoformat()}
    return {
        "dateTime": moment.astimezone(ZoneInfo(plan.timezone)).isoformat(timespec="seconds"),
        "timeZone": plan.timezone,
    }


def event(plan: EventPlan) -> Event:
    """The event that a plan makes."""
    created = plan.created or plan.start - timedelta(days=9)
    organizer: Resource = {"email": plan.calendar, "self": True}
    if plan.organizer is not None:
        organizer = {"email": plan.organizer.email}
        if plan.organizer.name:
            organizer["displayName"] = plan.organizer.name
        if plan.organizer.is_self:
            organizer["self"] = True
    resource: Resource = {
        "kind": "calendar#event",
        "etag": "",
        "id": plan.id,
        "status": "confirmed",
        "htmlLink": f"https://calendar.example.org/event?eid={plan.id}",
        "created": stamp(created),
        "updated": stamp(created),
        "summary": NEVER_READ,
        "description": NEVER_READ,
        "location": NEVER_READ,
        "creator": dict(organizer),
        "organizer": organizer,
        "start": _time(plan, plan.start),
        "end": _time(plan, plan.end),
        "iCalUID": f"{plan.series or plan.id}@calendar.example.org",
        "sequence": 0,
        "reminders": {"useDefault": True},
        "eventType": "default",
    }
    if plan.series:
        resource["recurringEventId"] = plan.series
        resource["originalStartTime"] = _time(plan, plan.start)
    if plan.guests:
        resource["attendees"] = [guest.resource() for guest in plan.guests]
    if plan.omitted:
        resource["attendeesOmitted"] = True
    resource |= plan.fields
    return Event(plan.id, plan.calendar, plan.start, plan.end, resource, plan.series)


def stub(event: Event) -> Resource:
    """What is left of a cancelled event: little more than its id."""
    was = event.resource
    kept = ("kind", "id", "recurringEventId", "originalStartTime")
    return {"etag": "", "status": "cancelled"} | {key: was[key] for key in kept if key in was}


class Diary:
    """All calendars, in the order of the calendar list; the first is the primary one."""

    def __init__(self, calendars: Sequence[Calendar]) -> None:
        self.calendars = tuple(calendars)
        self.change = 0
        self._events: dict[str, dict[str, Event]] = {c.id: {} for c in calendars}
        self._sorted: dict[str, list[Event]] = {c.id: [] for c in calendars}
        self._masters: dict[str, dict[str, Event]] = {c.id: {} for c in calendars}

    def resolve(self, calendar: str) -> str:
        """The id of a calendar; `primary` names the first. KeyError where there is none."""
        if calendar == "primary":
            return self.calendars[0].id
        if calendar not in self._events:
            raise KeyError(calendar)
        return calendar

    def fill(self, events: Iterable[Event], masters: Iterable[Event] = ()) -> None:
        """Take a whole story at once."""
        for each in events:
            self._events[each.calendar][each.id] = each
            self._touch(each)
        for each in masters:
            self._masters[each.calendar][each.id] = each
            self._touch(each)
        for calendar in self._sorted:
            self._sorted[calendar] = sorted(self._events[calendar].values(), key=_by_start)

    def add_calendar(self, calendar: Calendar) -> None:
        """Put a calendar onto the list, in the place of one with its id."""
        kept = tuple(one for one in self.calendars if one.id != calendar.id)
        self.calendars = (*kept, calendar)
        for by_calendar in (self._events, self._masters):
            by_calendar.setdefault(calendar.id, {})
        self._sorted.setdefault(calendar.id, [])

    def remove_calendar(self, calendar: str) -> None:
        """Let a calendar be gone, with all that stands in it; KeyError where there is none."""
        self.calendars = tuple(one for one in self.calendars if one.id != calendar)
        for by_calendar in (self._events, self._masters, self._sorted):
            del by_calendar[calendar]

    def events(self, calendar: str = "primary") -> list[Event]:
        """Single events and instances by start, cancelled ones among them."""
        return self._sorted[self.resolve(calendar)]

    def unexpanded(self, calendar: str = "primary") -> list[Event]:
        """Series as their masters, with single events and those instances that differ."""
        own = self.resolve(calendar)
        singles = [e for e in self._sorted[own] if not e.series or e.exception]
        return sorted([*self._masters[own].values(), *singles], key=_by_start)

    def get(self, event_id: str, calendar: str = "primary") -> Event:
        """One event by its id; KeyError where there is none."""
        own = self.resolve(calendar)
        return self._events[own].get(event_id) or self._masters[own][event_id]

    def add(self, event: Event, *, now: datetime | None = None) -> None:
        """Put one more event in, where a cancelled one with its id may have stood."""
        before = self._events[event.calendar].get(event.id)
        if before is not None:
            self._sorted[event.calendar].remove(before)
        self._events[event.calendar][event.id] = event
        insort(self._sorted[event.calendar], event, key=_by_start)
        event.touched = now
        self._touch(event)

    def add_series(self, master: Event, instances: Iterable[Event]) -> None:
        """Put a series in, which is held as its instances."""
        self._masters[master.calendar][master.id] = master
        self._touch(master)
        for each in instances:
            self.add(each)

    def move(self, event: Event, start: datetime, *, now: datetime) -> None:
        """Let it begin at another time, as long as before."""
        length = event.end - event.start
        self._sorted[event.calendar].remove(event)
        event.start, event.end = start, start + length
        for key, moment in (("start", event.start), ("end", event.end)):
            if "date" in event.resource[key]:
                event.resource[key] = {"date": moment.date().isoformat()}
            else:
                zone = ZoneInfo(event.resource[key]["timeZone"])
                event.resource[key]["dateTime"] = moment.astimezone(zone).isoformat()
        event.resource["sequence"] += 1
        insort(self._sorted[event.calendar], event, key=_by_start)
        self.touch(event, now)

    def cancel(self, event: Event, *, now: datetime) -> None:
        """Leave a stub of it."""
        event.resource = stub(event)
        self.touch(event, now)

    def respond(self, event: Event, response: str, who: str | None, *, now: datetime) -> None:
        """Let one guest answer (None: the owner); KeyError where they are not invited."""
        for guest in event.resource.get("attendees", ()):
            if guest.get("self") if who is None else guest["email"] == who:
                guest["responseStatus"] = response
                self.touch(event, now)
                return
        raise KeyError(who or "the owner is not among the attendees")

    def touch(self, event: Event, now: datetime) -> None:
        """Note that it was changed."""
        if "updated" in event.resource:
            event.resource["updated"] = stamp(now)
        event.exception = bool(event.series)
        event.touched = now
        self._touch(event)

    def _touch(self, event: Event) -> None:
        self.change += 1
        event.change = self.change
        event.resource["etag"] = f'"{3_400_000_000_000_000 + 2 * self.change}"'


def _by_start(event: Event) -> tuple[datetime, str]:
    return event.start, event.id
