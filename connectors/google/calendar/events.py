"""One calendar event, as the API describes it, read as an interaction or as an absence.

A meeting counts if it has a time of day, the owner accepted or organised it, and somebody else was
on it. Neither a "maybe" nor a missing answer counts as accepted: a meeting counted wrongly would
hide a tie that lapses, while one left out is made good by the next contact.

`size` counts the guests, those whom they bring, and `HIDDEN_GUESTS` if Google leaves guests out:
it does so if there are very many, or if the host hides them, so that nobody can say that the
meeting was small. An optional guest who did not accept counts in `size`, since they may have
come, but is not a party: nobody was waiting for them.

Each calendar has its own copy of a meeting, in which one guest is called `self`. That is the owner
only in the owner's own calendar; in a colleague's it is the colleague.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from connectors.addresses import OwnAddresses, canonical
from connectors.api import Absence, Channel, Direction, Interaction, Participant, Role, Skip
from connectors.google.calendar.selection import is_calendar
from connectors.mail.address_list import clean_name
from connectors.mail.headers import fingerprint

# Exactly these fields are requested: no title, no text, no place.
FIELDS = (
    "nextPageToken,accessRole,timeZone,"
    "items(id,status,eventType,iCalUID,recurringEventId,originalStartTime,start,end,"
    "organizer(email,displayName,self),attendeesOmitted,"
    "attendees(email,displayName,self,organizer,resource,optional,responseStatus,"
    "additionalGuests))"
)

HIDDEN_GUESTS = 100

CANCELLED = "cancelled"
OUT_OF_OFFICE = "out of office"
ALL_DAY = "all day"
NO_TIME = "no usable time"
DECLINED = "declined"
MAYBE = "answered with maybe"
UNANSWERED = "not answered"
NOT_INVITED = "the owner is not on it"
NOBODY_ELSE = "nobody else on it"

_MEETING_TYPES = frozenset({"default", "fromGmail"})
_OUT_OF_OFFICE_TYPE = "outOfOffice"
_MAX_REASON = 64  # characters
# "This and following" cuts a series in two. The id of the second part is that of the first, with a
# suffix for its first day. Google does not document that; without it, a cut series is two threads.
_SERIES_SUFFIX = re.compile(r"(_R\d{8}(T\d{6}Z?)?)+$")


def read_event(
    event: Mapping[str, Any],
    *,
    ref: str,
    own: OwnAddresses,
    mine: bool = True,
    zone: tzinfo = UTC,
) -> Interaction | Absence | Skip:
    """Read an event; one that is neither contact nor absence is a `Skip` with a reason.

    `mine`: it stands in a calendar of the owner's own. `zone`: the calendar's time zone, in which
    whole days begin. Never raises.
    """
    if mine and event.get("eventType") == _OUT_OF_OFFICE_TYPE and not _is_cancelled(event):
        return _absence(event, ref, zone)
    organizer, guests = _people(event, mine=mine)
    at = _time(_object(event.get("start")))
    participants = _participants(guests, organizer, own)
    reason = _why_no_meeting(event) or _why_not_attended(guests, organizer, own)
    if at is None or reason or not participants:
        return Skip(ref, reason or NOBODY_ELSE)
    hidden = HIDDEN_GUESTS if event.get("attendeesOmitted") is True else 0
    return Interaction(
        ref=ref,
        at=at,
        channel=Channel.MEETING,
        direction=Direction.MUTUAL,
        participants=participants,
        size=len(participants) + _uncounted(guests, own) + hidden,
        uid=_uid(event),
        thread=_thread(event),
    )


def _people(event: Mapping[str, Any], *, mine: bool) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the organizer and the guests; in a calendar of another person none is `self`."""
    organizer = _object(event.get("organizer"))
    listed = event.get("attendees")
    guests = [g for g in listed if isinstance(g, dict)] if isinstance(listed, list) else []
    if mine:
        return organizer, guests
    return organizer | {"self": False}, [guest | {"self": False} for guest in guests]


def _absence(event: Mapping[str, Any], ref: str, zone: tzinfo) -> Absence | Skip:
    start, end = (_start_of(_object(event.get(key)), zone) for key in ("start", "end"))
    if start is None or end is None or start >= end:
        return Skip(ref, NO_TIME)
    return Absence(ref, start, end)


def _is_cancelled(event: Mapping[str, Any]) -> bool:
    return event.get("status") == "cancelled"


def _why_no_meeting(event: Mapping[str, Any]) -> str:
    """Return why an event is no meeting at a time of day; empty if it is one."""
    if _is_cancelled(event):
        return CANCELLED
    event_type = str(event.get("eventType") or "default")
    if event_type == _OUT_OF_OFFICE_TYPE:  # of another person
        return OUT_OF_OFFICE
    if event_type not in _MEETING_TYPES:
        return f"no meeting: {event_type}"[:_MAX_REASON]
    start = _object(event.get("start"))
    if "date" in start:
        return ALL_DAY
    return "" if _time(start) else NO_TIME


def _why_not_attended(
    guests: list[dict[str, Any]], organizer: Mapping[str, Any], own: OwnAddresses
) -> str:
    """Return why the owner does not count as present; empty if they do."""
    if not guests:
        return NOBODY_ELSE
    owner = _owner_among(guests, own)
    organised = bool(organizer.get("self")) or organizer.get("email") in own
    if owner is None:
        return "" if organised else NOT_INVITED
    response = owner.get("responseStatus")
    if response == "declined":
        return DECLINED
    if response == "accepted" or organised or owner.get("organizer"):
        return ""
    return MAYBE if response == "tentative" else UNANSWERED


def _owner_among(guests: list[dict[str, Any]], own: OwnAddresses) -> dict[str, Any] | None:
    """Return the guest who is the owner.

    In a shared calendar `self` is the calendar, so that the owner's own address comes first.
    """
    by_address = next((guest for guest in guests if guest.get("email") in own), None)
    return by_address or next((guest for guest in guests if guest.get("self")), None)


def _participants(
    guests: list[dict[str, Any]], organizer: Mapping[str, Any], own: OwnAddresses
) -> tuple[Participant, ...]:
    """Return everybody else who may have been there, each once, with the organizer."""
    participants: dict[str, Participant] = {}
    invited: set[str] = set()
    for guest in guests:
        address = canonical(str(guest.get("email") or ""))
        invited.add(address)
        if address and not _is_no_party(guest, address, own):
            role = Role.ORGANIZER if guest.get("organizer") else Role.ATTENDEE
            participants.setdefault(address, Participant(address, role, _name(guest)))
    host = canonical(str(organizer.get("email") or ""))
    # Some programs send invitations in which the host is not among the guests.
    if host and host not in invited and not _is_no_party(organizer, host, own):
        participants[host] = Participant(host, Role.ORGANIZER, _name(organizer))
    return tuple(participants.values())


def _is_no_party(guest: Mapping[str, Any], address: str, own: OwnAddresses) -> bool:
    """Whether a guest is the owner, a room, a calendar, or was not expected to come."""
    return (
        bool(guest.get("self"))
        or bool(guest.get("resource"))
        or guest.get("responseStatus") == "declined"
        or address in own
        or is_calendar(address)
        or _is_optional(guest)
    )


def _is_optional(guest: Mapping[str, Any]) -> bool:
    """Whether a guest was invited as optional and did not accept."""
    return bool(guest.get("optional")) and guest.get("responseStatus") != "accepted"


def _uncounted(guests: list[dict[str, Any]], own: OwnAddresses) -> int:
    """Return how many more may have been there: brought along, without an address, or optional."""
    present = [g for g in guests if g.get("responseStatus") != "declined" and not g.get("resource")]
    brought = sum(n for g in present if isinstance(n := g.get("additionalGuests"), int) and n > 0)
    nameless = sum(not g.get("email") and not g.get("self") for g in present)
    others = (g for g in present if g.get("email") and not g.get("self") and g["email"] not in own)
    optional = sum(_is_optional(guest) for guest in others)
    return brought + nameless + optional


def _uid(event: Mapping[str, Any]) -> str:
    """Return a hash of iCalUID and first planned start: the same in every calendar."""
    name = event.get("iCalUID")
    if not name:
        return ""
    planned = _object(event.get("originalStartTime"))
    planned_at = _time(planned)
    start = planned_at.isoformat() if planned_at else str(planned.get("date") or "")
    return fingerprint(f"{name}\n{start}")


def _thread(event: Mapping[str, Any]) -> str:
    """Return the id of the series, or of the event itself."""
    return _SERIES_SUFFIX.sub("", str(event.get("recurringEventId") or event.get("id") or ""))


def _time(when: Mapping[str, Any]) -> datetime | None:
    """Return a start or end as a time in UTC; None for a whole day, or if it has no zone."""
    try:
        moment = datetime.fromisoformat(str(when["dateTime"]))
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (KeyError, ValueError, OverflowError):
        return None


def _start_of(when: Mapping[str, Any], zone: tzinfo) -> datetime | None:
    """Return a start or end as a time in UTC; a whole day begins at midnight in `zone`."""
    try:
        day = date.fromisoformat(str(when["date"]))
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        return _time(when)


def _name(guest: Mapping[str, Any]) -> str:
    name = clean_name(str(guest.get("displayName") or ""))
    return "" if "@" in name else name


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
