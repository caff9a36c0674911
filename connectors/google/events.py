"""One calendar event, as Google's API describes it, read as a contact.

What counts is a meeting at a certain time that the owner accepted, or called, with somebody else.
A "maybe" is no acceptance: a meeting counted wrongly would hide a tie that lapses, one left out
is made good by the next contact. So is an invitation never answered.

`size` counts the guests, those they bring along, and `HIDDEN_GUESTS` where Google leaves guests
out: it does so where they are very many, or the host hides them, and either way nobody can say
that it was a meeting of few.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.addresses import OwnAddresses, canonical
from connectors.api import Channel, Direction, Interaction, Party, Role, Skip
from connectors.mail.headers import fingerprint
from connectors.mail.mailboxes import clean_name

# Exactly this much is asked for: no title, no text, no place.
FIELDS = (
    "nextPageToken,items(id,status,eventType,iCalUID,recurringEventId,originalStartTime,start,"
    "organizer(email,displayName,self),attendeesOmitted,"
    "attendees(email,displayName,self,organizer,resource,responseStatus,additionalGuests))"
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
# Calendars and rooms have addresses too. Nobody reads mail there.
_NO_PERSON = (".calendar.google.com", "@calendar.google.com")


def interaction_from_event(
    event: Mapping[str, Any], *, ref: str, own: OwnAddresses
) -> Interaction | Skip:
    """Read an event; one that is no contact is a `Skip` with a reason. Never raises."""
    at = _moment(_object(event.get("start")))
    organizer = _object(event.get("organizer"))
    listed = event.get("attendees")
    guests = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    parties = _parties(guests, organizer, own)
    reason = _no_meeting(event) or _not_attended(guests, organizer, own)
    if at is None or reason or not parties:
        return Skip(ref, reason or NOBODY_ELSE)
    return Interaction(
        ref=ref,
        at=at,
        channel=Channel.MEETING,
        direction=Direction.MUTUAL,
        parties=parties,
        size=len(parties) + _unnamed(guests, hidden=event.get("attendeesOmitted") is True),
        uid=_uid(event),
        thread=str(event.get("recurringEventId") or event.get("id") or ""),
    )


def _no_meeting(event: Mapping[str, Any]) -> str:
    """Why the event is none of people at a certain time; empty where it is."""
    if event.get("status") == "cancelled":
        return CANCELLED
    kind = str(event.get("eventType") or "default")
    if kind == "outOfOffice":
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


def _parties(
    guests: list[dict[str, Any]], organizer: Mapping[str, Any], own: OwnAddresses
) -> tuple[Party, ...]:
    """Everybody else who may have been there, each once; the organizer also where not a guest."""
    found: dict[str, Party] = {}
    listed: set[str] = set()
    for guest in guests:
        address = canonical(str(guest.get("email") or ""))
        listed.add(address)
        if address and not _aside(guest, address, own):
            role = Role.ORGANIZER if guest.get("organizer") else Role.ATTENDEE
            found.setdefault(address, Party(address, role, _name(guest)))
    host = canonical(str(organizer.get("email") or ""))
    # Some programs send invitations on which the host is no guest.
    if host and host not in listed and not _aside(organizer, host, own):
        found[host] = Party(host, Role.ORGANIZER, _name(organizer))
    return tuple(found.values())


def _aside(guest: Mapping[str, Any], address: str, own: OwnAddresses) -> bool:
    """Whether this is the owner, a room, a calendar, or somebody who stayed away."""
    return (
        bool(guest.get("self"))
        or bool(guest.get("resource"))
        or guest.get("responseStatus") == "declined"
        or address in own
        or address.endswith(_NO_PERSON)
    )


def _unnamed(guests: list[dict[str, Any]], *, hidden: bool) -> int:
    """How many more there are whose addresses we do not know."""
    there = [g for g in guests if g.get("responseStatus") != "declined" and not g.get("resource")]
    brought = sum(n for g in there if isinstance(n := g.get("additionalGuests"), int) and n > 0)
    nameless = sum(not g.get("email") and not g.get("self") for g in there)
    return brought + nameless + (HIDDEN_GUESTS if hidden else 0)


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


def _name(guest: Mapping[str, Any]) -> str:
    name = clean_name(str(guest.get("displayName") or ""))
    return "" if "@" in name else name


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
