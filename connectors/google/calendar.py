"""Google Calendar: who met the owner, and when.

Every pull lists the same window again (400 days back, 60 ahead; the first one back to `since`),
series expanded. That takes one to four requests, and what was moved, cancelled or answered
meanwhile falls out of comparing with what is stored. Google's sync tokens would save little and
cost much: one touched weekly series is then sent out to the year 2040.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, time, timedelta
from http import HTTPStatus
from typing import Any, ClassVar, Self

from pydantic import Field

from connectors.api import Batch, Channel, Context, Interaction, Skip, Window
from connectors.errors import Fatal
from connectors.google import auth, events
from connectors.google.consent import authorize
from connectors.google.refusals import Refused
from connectors.google.renewing import outlook
from connectors.google.settings import GoogleConfig
from connectors.google.transport import CALENDAR, Stopped, Transport
from connectors.mail.headers import fingerprint

_PAGE = 2500  # events: the most that Google gives
_LONGEST_REF = 300  # characters; ids of imported events may have a thousand


class GoogleCalendarConfig(GoogleConfig):
    """`type = "google_calendar"`."""

    calendars: tuple[str, ...] = Field(
        default=("primary",), min_length=1, description="calendar ids; primary is the owner's"
    )
    days_back: int = Field(
        default=400, ge=1, le=3650, description="how far back each later pull looks"
    )
    days_ahead: int = Field(default=60, ge=0, le=366, description="how far ahead each pull looks")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a pull stands; as JSON it is the cursor.

    `start` and `end` of the window are ISO times. `calendar` is the place in the configured list
    of the calendar whose page `page` comes next; None once the window has been listed whole.
    """

    start: str
    end: str
    calendar: int | None = None
    page: str = ""

    @classmethod
    def read(cls, cursor: str | None) -> Self | None:
        """None where there is no cursor, or none of ours: then everything is listed."""
        if cursor is None:
            return None
        try:
            place = cls(**json.loads(cursor))
            _ = place.window  # are these times?
        except (TypeError, ValueError):
            return None
        return place

    @property
    def window(self) -> Window:
        return Window(datetime.fromisoformat(self.start), datetime.fromisoformat(self.end))

    def __str__(self) -> str:
        said = {key: value for key, value in asdict(self).items() if value not in ("", None)}
        return json.dumps(said, separators=(",", ":"))


class GoogleCalendar:
    """Calendars at Google. Reads times and guests of events; no titles, texts or places."""

    name: ClassVar[str] = "google_calendar"
    channels: ClassVar[frozenset[Channel]] = frozenset({Channel.MEETING})
    Config: ClassVar[type[GoogleCalendarConfig]] = GoogleCalendarConfig

    def __init__(self, config: GoogleCalendarConfig, context: Context) -> None:
        self._config = config
        self._context = context
        self._grant = auth.Grant.of(config, context, auth.EVENTS)

    def authorize(self, *, open_browser: bool = True) -> str:
        """Ask the owner for `calendar.events.readonly`, and keep what they grant."""
        return authorize(self._grant, open_browser=open_browser)

    def outlook(self) -> str:
        """What is to be expected of this access, in one sentence; else empty. Asks nobody."""
        return outlook(self._grant)

    def check(self) -> str:
        """How much stands in each calendar for the time ahead: one request for each."""
        now = self._context.now()
        place = _Place(now.isoformat(), (now + timedelta(days=self._ahead)).isoformat())
        said = []
        with self._open() as google:
            for calendar in self._config.calendars:
                page = self._page(google, calendar, place, fields="nextPageToken,items(id)")
                more = "more than " if page.get("nextPageToken") else ""
                count = len(page.get("items") or ())
                said.append(f"{calendar}: {more}{count} events in the next {self._ahead} days")
        return ", ".join(said)

    def pull(self, cursor: str | None) -> Iterator[Batch]:
        """Yield the window's meetings, all of them each time.

        Raises AuthRequired, Retriable or Fatal.
        """
        last = _Place.read(cursor)
        try:
            with self._open() as google:
                if last is not None and last.calendar is not None:
                    yield from self._list(google, last, begins=False)
                else:
                    yield from self._list(google, self._window(first=last is None), begins=True)
        except Stopped:
            return

    @property
    def _ahead(self) -> int:
        return max(1, self._config.days_ahead)

    def _window(self, *, first: bool) -> _Place:
        """Whole days in UTC, so that pulls of one day ask for the same."""
        now = self._context.now().astimezone(UTC)
        since = self._config.since_when(now)
        if not first:
            since = max(since, now - timedelta(days=self._config.days_back))
        start = datetime.combine(since.date(), time(), UTC)
        end = datetime.combine(now.date() + timedelta(days=self._ahead + 1), time(), UTC)
        return _Place(start.isoformat(), end.isoformat(), calendar=0)

    def _list(self, google: Transport, place: _Place, *, begins: bool) -> Iterator[Batch]:
        calendars = self._config.calendars
        done = 0
        while place.calendar is not None:
            number = place.calendar
            if number >= len(calendars):  # there were more when this window was begun
                place, begins = replace(place, calendar=0, page=""), True
                continue
            try:
                page = self._page(google, calendars[number], place)
            except Refused as error:
                if error.status not in {HTTPStatus.BAD_REQUEST, HTTPStatus.GONE} or not place.page:
                    raise
                place, begins = replace(place, calendar=0, page=""), True
                continue
            window = place.window
            onward = str(page.get("nextPageToken") or "")
            if onward:
                place = replace(place, page=onward)
            else:
                after = number + 1
                place = replace(place, page="", calendar=after if after < len(calendars) else None)
            found = [
                one
                for event in page.get("items") or ()
                if (one := self._read(event, calendars[number], window)) is not None
            ]
            ends = place.calendar is None
            done += len(found)
            self._context.progress(done, done if ends else None)
            yield Batch(
                cursor=str(place),
                interactions=tuple(one for one in found if isinstance(one, Interaction)),
                skipped=tuple(one for one in found if isinstance(one, Skip)),
                begins=begins,
                covers=window if ends else None,
                units=google.take_units(),
            )
            begins = False
            if self._context.stop.is_set():
                return

    def _read(
        self, event: dict[str, Any], calendar: str, window: Window
    ) -> Interaction | Skip | None:
        """None for what only reaches into the window: it began before."""
        name = str(event.get("id") or "")
        if not name:
            return None
        ref = f"{calendar}:{name if len(name) <= _LONGEST_REF else fingerprint(name)}"
        read = events.interaction_from_event(event, ref=ref, own=self._context.own)
        if isinstance(read, Interaction) and window.start and read.at < window.start:
            return None
        return read

    def _open(self) -> Transport:
        return Transport(CALENDAR, self._grant, self._context, endpoint=self._config.api_endpoint)

    def _page(
        self, google: Transport, calendar: str, place: _Place, fields: str = events.FIELDS
    ) -> dict[str, Any]:
        request = google.service.events().list(
            calendarId=calendar,
            timeMin=place.start,
            timeMax=place.end,
            singleEvents=True,
            maxResults=_PAGE,
            pageToken=place.page or None,
            fields=fields,
        )
        try:
            return google.execute(request)
        except Refused as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            raise Fatal(
                f"Google knows no calendar {calendar!r} that you may read: its id stands in the "
                'calendar\'s settings, under "Integrate calendar".'
            ) from error
