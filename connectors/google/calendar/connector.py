"""The Google Calendar connector: meetings and absences, with times and guests.

Every pull lists the same window (400 days back, 60 ahead; the first pull goes back to `since`),
with series expanded. That takes one to four requests for each calendar. What was moved, cancelled
or answered meanwhile shows by comparison with the store. Google's sync tokens would save little
and cost much: one changed weekly series is sent up to the year 2040.

A calendar that changes while its pages are listed may move an event from a page that is still to
come to one that has been read. So a listing of several pages, or of several calendars, ends with
one more question to each calendar: what has changed since the listing began? An event that moves
again during that question may be missed until the next pull.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from http import HTTPStatus
from typing import Annotated, Any, ClassVar
from zoneinfo import ZoneInfo

from pydantic import Field

from connectors.api import Absence, Access, Batch, Channel, Context, Interaction, Skip
from connectors.errors import Fatal, Retriable
from connectors.google.apis import CALENDAR
from connectors.google.calendar import events, selection
from connectors.google.calendar.cursor import CalendarCursor
from connectors.google.http.errors import Refused
from connectors.google.http.retry import StopRequested
from connectors.google.http.transport import Transport
from connectors.google.oauth import credentials
from connectors.google.oauth.consent import authorize
from connectors.google.oauth.refresh import expiry_warning, granted_access
from connectors.google.settings import GoogleConfig
from connectors.mail.headers import fingerprint

# Events. Google gives up to 2,500; with many guests each, that is a hundred megabytes.
_PAGE_SIZE = 500
_MAX_REF = 300  # characters; ids of imported events may have a thousand
# A listing is begun at most so often if Google refuses its page tokens.
_MAX_LISTINGS = 3
_COUNT_FIELDS = "nextPageToken,accessRole,items(id)"


class GoogleCalendarConfig(GoogleConfig):
    """`type = "google_calendar"`."""

    calendars: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        default=(selection.PRIMARY,),
        min_length=1,
        description="calendars by id, or by the name that Google shows; primary is the owner's, "
        "* is all that are theirs or shown",
    )
    days_back: int = Field(
        default=400, ge=1, le=3650, description="how far back each later pull looks"
    )
    days_ahead: int = Field(default=60, ge=0, le=366, description="how far ahead each pull looks")


class GoogleCalendar:
    """Calendars at Google. Reads times and guests of events; no titles, texts or places."""

    name: ClassVar[str] = "google_calendar"
    channels: ClassVar[frozenset[Channel]] = frozenset({Channel.MEETING})
    Config: ClassVar[type[GoogleCalendarConfig]] = GoogleCalendarConfig

    def __init__(self, config: GoogleCalendarConfig, context: Context) -> None:
        self._config = config
        self._context = context
        scopes = [credentials.EVENTS]
        if selection.needs_list(config.calendars):
            scopes.append(credentials.CALENDARS)
        self._grant = credentials.Grant.for_source(config, context, *scopes)

    def authorize(self, *, open_browser: bool = True) -> str:
        """Ask the owner for `calendar.events.readonly`, and say what was granted.

        If calendars are chosen by name, for `calendar.calendarlist.readonly` too. Raises
        ConfigError, AuthRequired or Retriable.
        """
        return authorize(self._grant, open_browser=open_browser)

    def expiry_warning(self) -> str:
        """Return a warning if access will end soon, in one sentence; else empty. Asks nobody."""
        return expiry_warning(self._grant)

    def granted_access(self) -> Access | None:
        """Return since when there is access, and what it lacks; None if unknown. Asks nobody."""
        return granted_access(self._grant)

    def check(self) -> str:
        """Return the number of events ahead in each calendar, in one line; one request each.

        Raises ConfigError, AuthRequired, Retriable or Fatal.
        """
        now = self._context.now()
        window = CalendarCursor(
            now.isoformat(), (now + timedelta(days=self._days_ahead)).isoformat()
        )
        counts = []
        with self._connect() as google:
            for calendar in self._chosen(google):
                try:
                    page = self._page(google, calendar, window, fields=_COUNT_FIELDS)
                except Refused as error:
                    raise (_unknown((calendar,)) if _is_gone(error) else error) from error
                if page.get("accessRole") == "freeBusyReader":
                    counts.append(f"{calendar}: you may only see when it is busy")
                    continue
                more = "more than " if page.get("nextPageToken") else ""
                count = len(page.get("items") or ())
                counts.append(
                    f"{calendar}: {more}{count} events in the next {self._days_ahead} days"
                )
        return ", ".join(counts)

    def pull(self, cursor: str | None) -> Iterator[Batch]:
        """Yield the window's meetings and absences, all of them on each pull.

        If Google does not know a calendar any more (deleted, or no longer shared), all others are
        read, and then Fatal is raised. What was read of it stays for as long as the configuration
        names it; so does, meanwhile, what was cancelled in the others.

        Raises ConfigError, AuthRequired, Retriable or Fatal.
        """
        last = CalendarCursor.parse(cursor)
        try:
            with self._connect() as google:
                chosen = self._chosen(google)
                if last is None or last.calendar is None:
                    window = self._window(first=last is None)
                    position = window.begun(chosen, self._context.now())
                elif last.calendars == chosen:
                    yield from self._list(google, last, begins=False)
                    return
                else:  # the configuration has changed since this listing began
                    position = last.begun(chosen, self._context.now())
                yield from self._list(google, position, begins=True)
        except StopRequested:
            return

    @property
    def _days_ahead(self) -> int:
        return max(1, self._config.days_ahead)

    def _chosen(self, google: Transport) -> tuple[str, ...]:
        """Return the ids of the calendars to read; looked up on each pull, as names may change."""
        wanted = self._config.calendars
        entries = tuple(selection.list_calendars(google)) if selection.needs_list(wanted) else ()
        return selection.choose(wanted, entries)

    def _window(self, *, first: bool) -> CalendarCursor:
        """Return a cursor for the window: whole days in UTC, the same for all pulls of a day."""
        now = self._context.now().astimezone(UTC)
        since = self._config.earliest(now)
        if not first:
            since = max(since, now - timedelta(days=self._config.days_back))
        start = datetime.combine(since.date(), time(), UTC)
        end = datetime.combine(now.date() + timedelta(days=self._days_ahead + 1), time(), UTC)
        return CalendarCursor(start.isoformat(), end.isoformat())

    def _list(
        self, google: Transport, position: CalendarCursor, *, begins: bool
    ) -> Iterator[Batch]:
        """Yield the pages from a cursor on, each as a batch. Raises Fatal for unknown calendars."""
        done, listings = 0, 1
        while position.calendar is not None:
            calendar = position.calendars[position.calendar]
            try:
                page = {} if calendar in position.gone else self._page(google, calendar, position)
            except Refused as error:
                if _is_stale(error, position):
                    if listings == _MAX_LISTINGS:
                        raise Retriable(
                            f"Google Calendar took back its page tokens {listings} times: "
                            "try again later."
                        ) from error
                    position = position.begun(position.calendars, self._context.now())
                    begins, listings = True, listings + 1
                    continue
                if not _is_gone(error):
                    raise
                page, position = {}, replace(position, gone=(*position.gone, calendar))
            batch = self._batch(page, calendar, position)
            position = position.next_page(str(page.get("nextPageToken") or ""))
            done += len(batch.interactions)
            ends = position.calendar is None
            self._context.progress(done, done if ends else None)
            yield replace(
                batch,
                cursor=str(position),
                begins=begins,
                # Nobody tells what a calendar that is gone held; its meetings took place.
                covers=position.window if ends and not position.gone else None,
                units=google.take_units(),
            )
            begins = False
            if self._context.stop.is_set():
                return
        if position.gone:
            raise _unknown(position.gone)

    def _batch(self, page: dict[str, Any], calendar: str, position: CalendarCursor) -> Batch:
        """Return the events of a page as a batch, without a cursor."""
        mine = self._is_mine(calendar, page)
        zone = _zone(page.get("timeZone"))
        deleted: list[str] = []
        records: list[Interaction | Absence | Skip] = []
        for event in page.get("items") or ():
            ref = _ref(calendar, event)
            if not ref:
                continue
            if event.get("status") == events.CANCELLED:
                deleted.append(ref)
                continue
            record = events.read_event(event, ref=ref, own=self._context.own, mine=mine, zone=zone)
            if not _began_before(record, position.window.start):
                records.append(record)
        return Batch(
            cursor="",
            interactions=tuple(r for r in records if isinstance(r, Interaction)),
            absences=tuple(r for r in records if isinstance(r, Absence)),
            skipped=tuple(r for r in records if isinstance(r, Skip)),
            deleted=tuple(deleted),
        )

    def _is_mine(self, calendar: str, page: dict[str, Any]) -> bool:
        """Whether a calendar is the owner's own.

        A group's calendar that the owner manages is theirs. A person's calendar that they manage
        is not.
        """
        if calendar == selection.PRIMARY or calendar in self._context.own:
            return True
        return page.get("accessRole") == "owner" and selection.is_calendar(calendar)

    def _connect(self) -> Transport:
        return Transport(CALENDAR, self._grant, self._context, endpoint=self._config.api_endpoint)

    def _page(
        self,
        google: Transport,
        calendar: str,
        position: CalendarCursor,
        fields: str = events.FIELDS,
    ) -> dict[str, Any]:
        """Return one page of a calendar. Raises Refused, AuthRequired or Retriable."""
        request = google.service.events().list(
            calendarId=calendar,
            timeMin=position.start,
            timeMax=position.end,
            updatedMin=position.changed_since if position.late else None,
            singleEvents=True,
            maxResults=_PAGE_SIZE,
            pageToken=position.page or None,
            fields=fields,
        )
        return google.execute(request)


def _ref(calendar: str, event: dict[str, Any]) -> str:
    """Return the reference of an event in a calendar; empty if it has no id."""
    name = str(event.get("id") or "")
    if not name:
        return ""
    return f"{calendar}:{name if len(name) <= _MAX_REF else fingerprint(name)}"


def _began_before(record: Interaction | Absence | Skip, start: datetime | None) -> bool:
    """Whether a meeting only reaches into the window: it is outside of it.

    An absence that reaches into the window is inside of it.
    """
    return isinstance(record, Interaction) and start is not None and record.at < start


def _is_stale(error: Refused, position: CalendarCursor) -> bool:
    """Whether Google refuses to continue this listing: a page token, or too old a question."""
    refused = error.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.GONE}
    return refused and (bool(position.page) or position.late)


def _is_gone(error: Refused) -> bool:
    return error.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


def _unknown(ids: tuple[str, ...]) -> Fatal:
    names = " and ".join(repr(calendar) for calendar in ids)
    return Fatal(
        f"Google knows no calendar {names} that you may read (any more): take it out of "
        "`calendars`, or ask for it to be shared with you again. What was read of it counts until "
        'then. An id stands in the calendar\'s settings, under "Integrate calendar".'
    )


def _zone(name: object) -> tzinfo:
    """Return a calendar's time zone; UTC if this machine does not know it."""
    try:
        return ZoneInfo(str(name or "UTC"))
    except (KeyError, ValueError, OSError):
        return UTC
