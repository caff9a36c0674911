"""Which calendars are read: those that the owner names, by id, by name, or all of them."""

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

_PAGE = 250  # entries: the most that Google gives
_ID = re.compile(r"[^\s@]+@[^\s@]+")
_OWNER = "owner"
_READABLE = frozenset({_OWNER, "writer", "writerWithoutPrivateAccess", "reader"})
# Calendars that Google fills by itself: birthdays, holidays, weather. Nobody meets there.
_FILLED = "@group.v.calendar.google.com"


@dataclass(frozen=True, slots=True)
class Entry:
    """A calendar on the owner's list. `name` is what Google shows; `role` is the owner's on it."""

    id: str
    name: str
    role: str
    shown: bool

    @classmethod
    def read(cls, entry: dict[str, Any]) -> Self:
        """Read an entry as Google's API gives it."""
        return cls(
            id=PRIMARY if entry.get("primary") else str(entry.get("id") or ""),
            name=str(entry.get("summaryOverride") or entry.get("summary") or "").strip(),
            role=str(entry.get("accessRole") or ""),
            shown=bool(entry.get("selected")) and not entry.get("hidden"),
        )

    @property
    def readable(self) -> bool:
        """Whether more can be seen of it than when it is busy."""
        return self.role in _READABLE

    @property
    def wanted(self) -> bool:
        """Whether it is among all that are the owner's or shown."""
        return self.readable and (self.role == _OWNER or self.shown) and _FILLED not in self.id


def is_calendar(address: str) -> bool:
    """Whether this is the address of a calendar or a room at Google: nobody reads mail there."""
    return address.endswith((".calendar.google.com", "@calendar.google.com"))


def is_id(text: str) -> bool:
    """Whether this is a calendar's id, not its name."""
    return text == PRIMARY or _ID.fullmatch(text) is not None


def need_list(wanted: Iterable[str]) -> bool:
    """Whether the list of calendars must be read to know which ones these are."""
    return not all(is_id(text) for text in wanted)


def entries(google: Transport) -> Iterator[Entry]:
    """The owner's list of calendars: one request for 250 of them.

    Raises AuthRequired, Retriable, or Refused.
    """
    page: str | None = None
    while True:
        request = google.service.calendarList().list(
            maxResults=_PAGE, pageToken=page, showHidden=True, fields=FIELDS
        )
        answer = google.execute(request)
        yield from (Entry.read(one) for one in answer.get("items") or ())
        page = answer.get("nextPageToken")
        if not page:
            return


def choose(wanted: Sequence[str], listed: Sequence[Entry]) -> tuple[str, ...]:
    """The ids of the wanted calendars, each once, in the order in which they are wanted.

    Raises ConfigError for names that fit no calendar, or several, or one of which nothing can be
    seen but when it is busy. An id is taken as it is, listed or not.
    """
    chosen: dict[str, None] = {}
    problems = []
    for text in wanted:
        if text == ALL:
            chosen |= dict.fromkeys(entry.id for entry in listed if entry.wanted)
            continue
        if is_id(text):
            chosen[text] = None
            continue
        fitting = [entry for entry in listed if entry.name.casefold() == text.strip().casefold()]
        readable = [entry.id for entry in fitting if entry.readable]
        if len(readable) == 1:
            chosen[readable[0]] = None
        elif readable:
            problems.append(
                f"calendars: {len(readable)} calendars are called {text!r}: write the id of the "
                f"one you mean ({', '.join(readable)})"
            )
        elif fitting:
            problems.append(
                f"calendars: you may only see when {text!r} is busy: take it out, or ask its "
                "owner to share all details"
            )
        else:
            names = sorted({repr(e.name) for e in listed if e.readable and e.name}, key=str.lower)
            problems.append(
                f"calendars: no calendar of yours is called {text!r}: there are "
                f"{', '.join(names) or 'none'}"
            )
    if problems:
        raise ConfigError(*problems)
    return tuple(chosen)
