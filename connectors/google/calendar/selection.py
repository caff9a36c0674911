"""The choice of calendars to read: by id, by name, or all of the owner's list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

from connectors.errors import ConfigError
from connectors.google.http.transport import Transport

PRIMARY = "primary"
ALL = "*"
FIELDS = "nextPageToken,items(id,summary,summaryOverride,accessRole,primary,selected,hidden)"

_PAGE_SIZE = 250  # entries: the most that Google gives
_ID = re.compile(r"[^\s@]+@[^\s@]+")
_OWNER_ROLE = "owner"
_READABLE = frozenset({_OWNER_ROLE, "writer", "writerWithoutPrivateAccess", "reader"})
# Calendars that Google fills itself: birthdays, holidays, weather. They hold no meetings.
_GENERATED = "@group.v.calendar.google.com"


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """A calendar in the owner's list.

    `name`: as Google shows it. `role`: the owner's access role. `shown`: the owner sees it.
    """

    id: str
    name: str
    role: str
    shown: bool

    @classmethod
    def parse(cls, entry: dict[str, Any]) -> Self:
        """Parse an entry as the API gives it."""
        return cls(
            id=PRIMARY if entry.get("primary") else str(entry.get("id") or ""),
            name=str(entry.get("summaryOverride") or entry.get("summary") or "").strip(),
            role=str(entry.get("accessRole") or ""),
            shown=bool(entry.get("selected")) and not entry.get("hidden"),
        )

    @property
    def readable(self) -> bool:
        """Whether its events can be read, as opposed to busy times only."""
        return self.role in _READABLE

    @property
    def wanted(self) -> bool:
        """Whether `ALL` includes it: it is the owner's, or shown."""
        return (
            self.readable and (self.role == _OWNER_ROLE or self.shown) and _GENERATED not in self.id
        )


def is_calendar(address: str) -> bool:
    """Whether an address is that of a calendar or a room at Google, and of no person."""
    return address.endswith((".calendar.google.com", "@calendar.google.com"))


def is_id(text: str) -> bool:
    """Whether a text is a calendar's id, not its name."""
    return text == PRIMARY or _ID.fullmatch(text) is not None


def needs_list(wanted: Iterable[str]) -> bool:
    """Whether the list of calendars must be read to choose the wanted ones."""
    return not all(is_id(text) for text in wanted)


def list_calendars(google: Transport) -> Iterator[CalendarEntry]:
    """Yield the owner's list of calendars: one request for 250 of them.

    Raises AuthRequired, Retriable, or Refused.
    """
    page: str | None = None
    while True:
        request = google.service.calendarList().list(
            maxResults=_PAGE_SIZE, pageToken=page, showHidden=True, fields=FIELDS
        )
        response = google.execute(request)
        yield from (CalendarEntry.parse(entry) for entry in response.get("items") or ())
        page = response.get("nextPageToken")
        if not page:
            return


def choose(wanted: Sequence[str], entries: Sequence[CalendarEntry]) -> tuple[str, ...]:
    """Return the ids of the wanted calendars, each once, in the order of `wanted`.

    An id is taken as it is, in the list or not. Raises ConfigError for a name that fits no
    calendar, or several, or one that only shows busy times.
    """
    chosen: dict[str, None] = {}
    problems = []
    for text in wanted:
        if text == ALL:
            chosen |= dict.fromkeys(entry.id for entry in entries if entry.wanted)
            continue
        if is_id(text):
            chosen[text] = None
            continue
        named = [entry for entry in entries if entry.name.casefold() == text.strip().casefold()]
        readable = [entry.id for entry in named if entry.readable]
        if len(readable) == 1:
            chosen[readable[0]] = None
        else:
            problems.append(_problem(text, readable, named, entries))
    if problems:
        raise ConfigError(*problems)
    return tuple(chosen)


def _problem(
    name: str,
    readable: Sequence[str],
    named: Sequence[CalendarEntry],
    entries: Sequence[CalendarEntry],
) -> str:
    """Return why a name fits not exactly one calendar.

    `readable`: the ids of those of the calendars called so (`named`) that can be read.
    """
    if readable:
        return (
            f"calendars: {len(readable)} calendars are called {name!r}: write the id of the "
            f"one you mean ({', '.join(readable)})"
        )
    if named:
        return (
            f"calendars: you may only see when {name!r} is busy: take it out, or ask its "
            "owner to share all details"
        )
    names = sorted({repr(e.name) for e in entries if e.readable and e.name}, key=str.lower)
    return (
        f"calendars: no calendar of yours is called {name!r}: there are "
        f"{', '.join(names) or 'none'}"
    )
