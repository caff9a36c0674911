"""One calendar event, as Google's API describes it, read as a contact or as an absence.

What counts is a meeting at a certain time that the owner accepted, or called, with somebody else.
A "maybe" is no acceptance: a meeting counted wrongly would hide a tie that lapses, one left out
is made good by the next contact. So is an invitation never answered.

`size` counts the guests, those they bring along, and `HIDDEN_GUESTS` where Google leaves guests
out: it does so where they are very many, or the host hides them, and either way nobody can say
that it was a meeting of few. Who was invited as optional and did not accept counts in it, as they
may have come, but is not in touch: nobody was waiting for them.

Each calendar that a meeting stands in holds a copy of its own, with one guest called `self`. That
is the owner only where the calendar is theirs; on a colleague's it is the colleague.
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

# Exactly this much is asked for: no title, no text, no place.
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

_MEETINGS = frozenset({"default", "fromGmail"})
_OUT_OF_OFFICE_TYPE = "outOfOffice"
# "This and following" cuts a series in two: what follows is called like the first part, and from
# when. Google does not document it; where it stops, such a series is two threads.
_CUT_OFF = re.compile(r"(_R\d{8}(T\d{6}Z?)?)+$")


def read_event(
    event: Mapping[str, Any],
    *,
    ref: str,
    own: OwnAddresses,
    mine: bool = True,
    zone: tzinfo = UTC,
) -> Interaction | Absence | Skip:
    """Read an event; one that is neither contact nor absence is a `Skip` with a reason.

    `mine`: it stands in a calendar of the owner's own. `zone` is where the days of that calendar
    begin. Never raises.
    """
    if mine and event.get("eventType") == _OUT_OF_OFFICE_TYPE and not _cancelled(event):
        return _absence(event, ref, zone)
    at = _moment(_object(event.get("start")))
    organizer = _object(event.get("organizer"))
    listed = event.get("attendees")
    guests = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    if not mine:
        organizer = organizer | {"self": False}
        guests = [guest | {"self": False} for guest in guests]
    participants = _participants(guests, organizer, own)
    reason = _no_meeting(event) or _not_attended(guests, organizer, own)
    if at is None or reason or not participants:
        return Skip(ref, reason or NOBODY_ELSE)
    return Interaction(
        ref=ref,
        at=at,
        channel=Channel.MEETING,
        direction=Direction.MUTUAL,
        participants=participants,
        size=len(participants) + _others(guests, own, hidden=event.get("attendeesOmitted") is True),
        uid=_uid(event),
        thread=_CUT_OFF.sub("", str(event.get("recurringEventId") or event.get("id") or "")),
    )


def _absence(event: Mapping[str, Any], ref: str, zone: tzinfo) -> Absence | Skip:
    start, end = (_begin(_object(event.get(key)), zone) for key in ("start", "end"))
    if start is None or end is None or start >= end:
        return Skip(ref, NO_TIME)
    return Absence(ref, start, end)


def _cancelled(event: Mapping[str, Any]) -> bool:
    return event.get("status") == "cancelled"


def _no_meeting(event: Mapping[str, Any]) -> str:
    """Why the event is none of people at a certain time; empty where it is."""
    if _cancelled(event):
        return CANCELLED
    kind = str(event.get("eventType") or "default")
    if kind == _OUT_OF_OFFICE_TYPE:  # somebody else's
        return OUT_OF_OFFICE
    if kind not in _MEETINGS:
        return f"no meeting: {kind}"[:64]
    start = _object(event.get("start"))
    if "date" in start:
        return ALL_DAY
    return "" if _moment(start) else NO_TIME


def _not_attended(
    guests: list[dict[str, Any]], organizer: Mapping[str, Any], own: OwnAddresses
) -> str:
    """Why the owner was not there; empty where they were."""
    if not guests:
        return NOBODY_ELSE
    # On a shared calendar `self` is the calendar: the owner's own address says more.
    mine = next((g for g in guests if g.get("email") in own), None) or next(
        (g for g in guests if g.get("self")), None
    )
    called = bool(organizer.get("self")) or organizer.get("email") in own
    if mine is None:
        return "" if called else NOT_INVITED
    answer = mine.get("responseStatus")
    if answer == "declined":
        return DECLINED
    if answer == "accepted" or called or mine.get("organizer"):
        return ""
    return MAYBE if answer == "tentative" else UNANSWERED


def _participants(
    guests: list[dict[str, Any]], organizer: Mapping[str, Any], own: OwnAddresses
) -> tuple[Participant, ...]:
    """Everybody else who may have been there, each once; the organizer also where not a guest."""
    found: dict[str, Participant] = {}
    listed: set[str] = set()
    for guest in guests:
        address = canonical(str(guest.get("email") or ""))
        listed.add(address)
        if address and not _aside(guest, address, own):
            role = Role.ORGANIZER if guest.get("organizer") else Role.ATTENDEE
            found.setdefault(address, Participant(address, role, _name(guest)))
    host = canonical(str(organizer.get("email") or ""))
    # Some programs send invitations on which the host is no guest.
    if host and host not in listed and not _aside(organizer, host, own):
        found[host] = Participant(host, Role.ORGANIZER, _name(organizer))
    return tuple(found.values())


def _aside(guest: Mapping[str, Any], address: str, own: OwnAddresses) -> bool:
    """Whether this is the owner, a room, a calendar, or somebody who may have stayed away."""
    return (
        bool(guest.get("self"))
        or bool(guest.get("resource"))
        or guest.get("responseStatus") == "declined"
        or address in own
        or is_calendar(address)
        or _may_stay_away(guest)
    )


def _may_stay_away(guest: Mapping[str, Any]) -> bool:
    return bool(guest.get("optional")) and guest.get("responseStatus") != "accepted"


def _others(guests: list[dict[str, Any]], own: OwnAddresses, *, hidden: bool) -> int:
    """How many more may be there: whose addresses we do not know, and who was free to come."""
    there = [g for g in guests if g.get("responseStatus") != "declined" and not g.get("resource")]
    brought = sum(n for g in there if isinstance(n := g.get("additionalGuests"), int) and n > 0)
    nameless = sum(not g.get("email") and not g.get("self") for g in there)
    others = (g for g in there if g.get("email") and not g.get("self") and g["email"] not in own)
    maybe = sum(_may_stay_away(guest) for guest in others)
    return brought + nameless + maybe + (HIDDEN_GUESTS if hidden else 0)


def _uid(event: Mapping[str, Any]) -> str:
    """The same for the same meeting on every calendar: its iCalUID and first planned start."""
    name = event.get("iCalUID")
    if not name:
        return ""
    planned = _object(event.get("originalStartTime"))
    moment = _moment(planned)
    start = moment.isoformat() if moment else str(planned.get("date") or "")
    return fingerprint(f"{name}\n{start}")


def _moment(when: Mapping[str, Any]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(when["dateTime"]))
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (KeyError, ValueError, OverflowError):
        return None


def _begin(when: Mapping[str, Any], zone: tzinfo) -> datetime | None:
    """A moment; of a whole day, the one at which it begins in `zone`."""
    try:
        day = date.fromisoformat(str(when["date"]))
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        return _moment(when)


def _name(guest: Mapping[str, Any]) -> str:
    name = clean_name(str(guest.get("displayName") or ""))
    return "" if "@" in name else name


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
