"""Calendar v3 as a reader meets it: the calendar list, and events with pages and sync tokens."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from connectors.standin.errors import (
    bad_request,
    changes_too_long_ago,
    full_sync_required,
    not_found,
)
from connectors.standin.server.answer_shapes import CALENDAR_PAGE, ENTRY, EVENT, EVENT_LIST
from connectors.standin.server.parameters import Ask, Method
from connectors.standin.world.calendars import Calendar, Event, Resource
from connectors.standin.world.page_tokens import fingerprint
from connectors.standin.world.world import World

_AUTH = "https://www.googleapis.com/auth/calendar"
_ALL = frozenset({_AUTH, _AUTH + ".readonly"})
_EVENTS = _ALL | {_AUTH + ".events", _AUTH + ".events.readonly"}
_LISTS = _ALL | {_AUTH + ".calendarlist", _AUTH + ".calendarlist.readonly"}

_LIST_PARAMS = frozenset(
    {
        "alwaysIncludeEmail",
        "eventTypes",
        "iCalUID",
        "maxAttendees",
        "maxResults",
        "orderBy",
        "pageToken",
        "showDeleted",
        "showHiddenInvitations",
        "singleEvents",
        "syncToken",
        "timeMax",
        "timeMin",
        "timeZone",
        "updatedMin",
    }
)
_ENTRY_PARAMS = frozenset(
    {"maxResults", "minAccessRole", "pageToken", "showDeleted", "showHidden", "syncToken"}
)
METHODS = {
    method.name: method
    for method in (
        Method("calendarList.list", _LISTS, _ENTRY_PARAMS, {**CALENDAR_PAGE, "items": ENTRY}),
        Method("calendarList.get", _LISTS, frozenset(), ENTRY),
        Method("events.list", _EVENTS, _LIST_PARAMS, EVENT_LIST),
        Method(
            "events.get",
            _EVENTS,
            frozenset({"alwaysIncludeEmail", "maxAttendees", "timeZone"}),
            EVENT,
        ),
    )
}
_NOT_WITH_SYNC = ("iCalUID", "orderBy", "timeMin", "timeMax", "updatedMin")
# With these a list is no full one, and Calendar gives no sync token for it.
_NO_SYNC_AFTER = ("iCalUID", "orderBy", "updatedMin")
# Whose events are shown only as times.
_BUSY = "freeBusyReader"
_SHOWN_OF_BUSY = ("kind", "etag", "id", "status", "start", "end", "eventType")
_ROLES = (_BUSY, "reader", "writerWithoutPrivateAccess", "writer", "owner")
_TYPES = frozenset(
    {"birthday", "default", "focusTime", "fromGmail", "outOfOffice", "workingLocation"}
)
# Google does not say how far back changes may be asked for; it refuses some weeks.
_CHANGES_KEPT = timedelta(days=28)
_PAGE, _LARGEST_PAGE = 250, 2500
_NO_LIMIT = 10**6


def route(verb: str, parts: list[str]) -> tuple[Method, list[str]] | None:
    """The method and its arguments; `parts` is the path after `/calendar/v3/`, split."""
    match verb, parts:
        case "GET", ["users", "me", "calendarList"]:
            return METHODS["calendarList.list"], []
        case "GET", ["users", "me", "calendarList", calendar]:
            return METHODS["calendarList.get"], [unquote(calendar)]
        case "GET", ["calendars", calendar, "events"]:
            return METHODS["events.list"], [unquote(calendar)]
        case "GET", ["calendars", calendar, "events", event]:
            return METHODS["events.get"], [unquote(calendar), unquote(event)]
    return None


class CalendarApi:
    """Answers for a world's diary; the caller holds the world's lock."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._diary = world.diary
        self._answers: dict[str, Callable[[Ask], object]] = {
            "calendarList.list": self._entries,
            "calendarList.get": self._entry,
            "events.list": self._events,
            "events.get": self._event,
        }

    def answer(self, ask: Ask) -> object:
        """The whole answer, before the mask; raises GoogleError."""
        ask.allow()
        return self._answers[ask.method.name](ask)

    # The calendar list.

    def _entries(self, ask: Ask) -> object:
        size = ask.params.number("maxResults", 100, 250)
        tokens, question = self._world.page_tokens, fingerprint("calendarList")
        first = 0
        if "pageToken" in ask.params.values:
            first = int(tokens.position(ask.params.text("pageToken"), ask.method.name, question))
        listed = self._listed(ask)
        shown = listed[first : first + size]
        answer: dict[str, object] = {
            "kind": "calendar#calendarList",
            "etag": f'"{self._diary.change}"',
            "items": [self._described(calendar) for calendar in shown],
        }
        if first + size < len(listed):
            answer["nextPageToken"] = tokens.issue(ask.method.name, question, first + size)
        else:
            answer["nextSyncToken"] = self._world.sync_tokens.issue("calendarList", question, 0)
        return answer

    def _listed(self, ask: Ask) -> list[Calendar]:
        least = ask.params.text("minAccessRole", _BUSY)
        if least not in _ROLES:
            raise bad_request(f"Invalid value: {least}", location="minAccessRole")
        return [
            calendar
            for calendar in self._diary.calendars
            if (not calendar.hidden or ask.params.flag("showHidden"))
            and _ROLES.index(calendar.role) >= _ROLES.index(least)
        ]

    def _entry(self, ask: Ask) -> object:
        return self._described(self._calendar(ask.args[0]))

    def _described(self, calendar: Calendar) -> Resource:
        entry: Resource = {
            "kind": "calendar#calendarListEntry",
            "etag": f'"{fingerprint(calendar.id)}"',
            "id": calendar.id,
            "summary": calendar.summary,
            "timeZone": self._world.owner.timezone,
            "colorId": "14",
            "accessRole": calendar.role,
            "defaultReminders": [{"method": "popup", "minutes": 10}],
        }
        for key in ("primary", "selected", "hidden"):
            if getattr(calendar, key):
                entry[key] = True
        if calendar.override:
            entry["summaryOverride"] = calendar.override
        return entry

    def _calendar(self, name: str) -> Calendar:
        try:
            own = self._diary.resolve(name)
        except KeyError:
            raise not_found("Not Found") from None
        return next(calendar for calendar in self._diary.calendars if calendar.id == own)

    # Events.

    def _event(self, ask: Ask) -> object:
        calendar = self._calendar(ask.args[0])
        try:
            found = self._diary.get(ask.args[1], calendar.id)
        except KeyError:
            raise not_found("Not Found") from None
        return _shown(found, ask, busy=calendar.role == _BUSY)

    def _events(self, ask: Ask) -> object:
        params, tokens = ask.params, self._world.page_tokens
        calendar = self._calendar(ask.args[0])
        _check(ask)
        question = fingerprint(
            calendar.id,
            sorted(
                (name, values)
                for name, values in params.values.items()
                if name not in {"pageToken", "maxResults", "fields", "alt", "prettyPrint"}
            ),
        )
        after, change = "", self._diary.change
        if "pageToken" in params.values:
            said = str(tokens.position(params.text("pageToken"), ask.method.name, question))
            number, _, after = said.partition(":")
            change = int(number)
        since = self._synced_to(ask, calendar)
        rows = self._rows(ask, calendar, since)
        order = _order(ask)
        # A list goes on after what was shown last, wherever that stands by now.
        first = bisect_right(rows, after, key=order) if after else 0
        size = params.number("maxResults", _PAGE, _LARGEST_PAGE)
        # Cancelled events count for the size of a page, even where they are not shown.
        page = [] if ask.page_is_empty else rows[first : first + size]
        deleted_too = params.flag("showDeleted") or bool(
            {"syncToken", "updatedMin"} & set(params.values)
        )
        # Of a series that goes on, what falls out is shown to whoever expands it by themselves.
        holes_too = not params.flag("singleEvents")
        answer: dict[str, object] = {
            "kind": "calendar#events",
            "etag": f'"p{self._diary.change}"',
            "summary": calendar.summary,
            "description": "",
            "updated": self._world.end.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "timeZone": params.text("timeZone", self._world.owner.timezone),
            "accessRole": calendar.role,
            "defaultReminders": [{"method": "popup", "minutes": 10}],
            "items": [
                _shown(e, ask, busy=calendar.role == _BUSY)
                for e in page
                if deleted_too or not e.cancelled or (holes_too and e.series)
            ],
        }
        reached = first + len(page)
        if reached < len(rows):
            position = f"{change}:{order(page[-1]) if page else after}"
            answer["nextPageToken"] = tokens.issue(ask.method.name, question, position)
        elif not any(name in params.values for name in _NO_SYNC_AFTER):
            answer["nextSyncToken"] = self._world.sync_tokens.issue(
                "events", _kind(ask, calendar), change
            )
        return answer

    def _synced_to(self, ask: Ask, calendar: Calendar) -> int | None:
        """The change that the client's sync token stands for; None without one."""
        if "syncToken" not in ask.params.values:
            return None
        read = self._world.sync_tokens.read(ask.params.text("syncToken"), "events")
        if read is None:
            raise full_sync_required()
        if read[0] != _kind(ask, calendar):
            raise bad_request("The sync token belongs to another list", location="syncToken")
        return int(read[1])

    def _rows(self, ask: Ask, calendar: Calendar, since: int | None) -> list[Event]:
        params = ask.params
        single = params.flag("singleEvents")
        diary = self._diary
        rows = diary.events(calendar.id) if single else diary.unexpanded(calendar.id)
        if since is not None:
            rows = [event for event in rows if event.change > since]
        ends_after, starts_before = _moment(ask, "timeMin"), _moment(ask, "timeMax")
        if ends_after and starts_before and ends_after >= starts_before:
            raise bad_request("The specified time range is empty.", location="timeMax")
        types = set(params.many("eventTypes"))
        if not types <= _TYPES:
            raise bad_request(f"Invalid value: {min(types - _TYPES)}", location="eventTypes")
        uid, changed = params.text("iCalUID"), _moment(ask, "updatedMin")
        if changed is not None and changed < self._world.end - _CHANGES_KEPT:
            raise changes_too_long_ago()
        found = [
            event
            for event in rows
            if (ends_after is None or event.end > ends_after or _endless(event))
            and (starts_before is None or event.start < starts_before)
            and (not types or event.resource.get("eventType", "default") in types)
            and (not uid or event.resource.get("iCalUID") == uid)
            and (changed is None or _updated(event) >= changed)
        ]
        return sorted(found, key=_order(ask))


def _order(ask: Ask) -> Callable[[Event], str]:
    """By what a list is ordered, as text that sorts alike.

    Unless asked for, the order is unspecified but stable: an event that is moved may turn up on
    another page.
    """
    order = ask.params.text("orderBy")
    if order == "startTime":
        return lambda event: f"{event.start:%Y%m%d%H%M%S} {event.id}"
    if order:
        return lambda event: f"{event.change:020}"
    return lambda event: f"{fingerprint(event.id, event.start):08x} {event.id}"


def _endless(event: Event) -> bool:
    return "recurrence" in event.resource


def _updated(event: Event) -> datetime:
    said = event.resource.get("updated")
    return event.touched or (datetime.fromisoformat(said) if said else event.start)


def _kind(ask: Ask, calendar: Calendar) -> int:
    """What must stay the same between a list and its successors."""
    types = sorted(ask.params.many("eventTypes"))
    return fingerprint(calendar.id, ask.params.flag("singleEvents"), types)


def _moment(ask: Ask, name: str) -> datetime | None:
    said = ask.params.text(name)
    if not said:
        return None
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        raise bad_request("Bad Request", location=name) from None
    if moment.tzinfo is None:
        raise bad_request("Bad Request", location=name)
    return moment


def _check(ask: Ask) -> None:
    """Refuse what Calendar refuses to combine."""
    params = ask.params
    order = params.text("orderBy")
    if order not in {"", "startTime", "updated"}:
        raise bad_request(f"Invalid value: {order}", location="orderBy")
    if order == "startTime" and not params.flag("singleEvents"):
        raise bad_request(
            "The requested ordering is not available for the particular query.",
            location="orderBy",
        )
    if "syncToken" in params.values:
        for name in _NOT_WITH_SYNC:
            if name in params.values:
                raise bad_request(
                    "Sync token cannot be used with other query restrictions.",
                    location="syncToken",
                )
        if "showDeleted" in params.values and not params.flag("showDeleted"):
            raise bad_request(
                "Sync token cannot be used with showDeleted=false.", location="showDeleted"
            )


def _shown(event: Event, ask: Ask, *, busy: bool = False) -> Resource:
    """The event's object, with the attendees and in the time zone asked for; `busy`: only when."""
    shown = event.resource
    if busy:
        shown = {key: shown[key] for key in _SHOWN_OF_BUSY if key in shown}
        shown |= {} if event.cancelled else {"visibility": "private"}
    most = ask.params.number("maxAttendees", _NO_LIMIT, _NO_LIMIT)
    if len(shown.get("attendees", ())) > most:
        alone = [guest for guest in shown["attendees"] if guest.get("self")]
        shown = shown | {"attendees": alone, "attendeesOmitted": True}
    zone = ask.params.text("timeZone")
    if zone:
        try:
            there = ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            raise bad_request("Invalid time zone", location="timeZone") from None
        for key in ("start", "end", "originalStartTime"):
            if "dateTime" in shown.get(key, {}):
                moment = datetime.fromisoformat(shown[key]["dateTime"]).astimezone(there)
                shown = shown | {key: shown[key] | {"dateTime": moment.isoformat()}}
    return shown
