"""Google Calendar: who met the owner, and when.

Every pull lists the same window again (400 days back, 60 ahead; the first one back to `since`),
series expanded. That takes one to four requests for a calendar, and what was moved, cancelled or
answered meanwhile falls out of comparing with what is stored. Google's sync tokens would save
little and cost much: one touched weekly series is then sent out to the year 2040.

A calendar that changes while its pages are listed may move an event from a page that is still to
come to one that has been read. So a list of several pages, or of several calendars, ends with one
more question to each calendar: what has changed since the list was begun? An event that moves
again while that is answered may be missed until the next pull.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from http import HTTPStatus
from typing import Annotated, Any, ClassVar, Self
from zoneinfo import ZoneInfo

from pydantic import Field

from connectors.api import Absence, Access, Batch, Channel, Context, Interaction, Skip, Window
from connectors.errors import Fatal, Retriable
from connectors.google.calendar import events, selection
from connectors.google.http.errors import Refused
from connectors.google.http.retry import Stopped
from connectors.google.http.transport import CALENDAR, Transport
from connectors.google.oauth import credentials
from connectors.google.oauth.consent import authorize
from connectors.google.oauth.refresh import access, outlook
from connectors.google.settings import GoogleConfig
from connectors.mail.headers import fingerprint

# Events. Google gives up to 2,500; of many guests each, that is a hundred megabytes.
_PAGE = 500
_LONGEST_REF = 300  # characters; ids of imported events may have a thousand
# By so much the clock of this machine may be ahead of Google's.
_CLOCKS_APART = timedelta(minutes=10)
# A list is begun again so often where Google no longer takes its page tokens.
_TRIES = 3


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


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a pull stands; as JSON it is the cursor.

    `start` and `end` of the window, and `asked`, when the list was begun, are ISO times.
    `calendars` are the ids that are listed, and `calendar` is the place among them of the one
    whose page `page` comes next; None once the window has been listed whole. `late`: they are
    gone through once more, for what has changed meanwhile. `gone`: those that Google knows no
    more.
    """

    start: str
    end: str
    asked: str = ""
    calendars: tuple[str, ...] = ()
    calendar: int | None = None
    page: str = ""
    late: bool = False
    gone: tuple[str, ...] = ()

    @classmethod
    def read(cls, cursor: str | None) -> Self | None:
        """None where there is no cursor, or none of ours: then everything is listed."""
        if cursor is None:
            return None
        try:
            place = cls(**json.loads(cursor))
            _ = place.window  # are these times?
            if place.calendar is not None:
                _ = datetime.fromisoformat(place.asked), place.calendars[place.calendar]
        except (TypeError, ValueError, IndexError):
            return None
        return replace(place, calendars=tuple(place.calendars), gone=tuple(place.gone))

    @property
    def window(self) -> Window:
        return Window(datetime.fromisoformat(self.start), datetime.fromisoformat(self.end))

    @property
    def changed_since(self) -> str:
        """From when on changes are asked for, once all has been listed."""
        return (datetime.fromisoformat(self.asked) - _CLOCKS_APART).isoformat()

    def begun(self, chosen: tuple[str, ...], now: datetime) -> Self:
        """The same window from its beginning."""
        return type(self)(self.start, self.end, now.isoformat(), chosen, calendar=0)

    def after(self, onward: str) -> Self:
        """The next place, where the page after this one is `onward`; empty: this was the last."""
        if onward or self.calendar is None:
            return replace(self, page=onward)
        following = self.calendar + 1
        if following < len(self.calendars):
            return replace(self, page="", calendar=following)
        if not self.late and (self.page or following > 1):
            return replace(self, page="", calendar=0, late=True)
        return replace(self, page="", calendar=None, late=False)

    def __str__(self) -> str:
        said = {key: v for key, v in asdict(self).items() if v not in ("", None, False, ())}
        if self.calendar is None:
            said = {"start": self.start, "end": self.end}
        return json.dumps(said, separators=(",", ":"))


class GoogleCalendar:
    """Calendars at Google. Reads times and guests of events; no titles, texts or places."""

    name: ClassVar[str] = "google_calendar"
    channels: ClassVar[frozenset[Channel]] = frozenset({Channel.MEETING})
    Config: ClassVar[type[GoogleCalendarConfig]] = GoogleCalendarConfig

    def __init__(self, config: GoogleCalendarConfig, context: Context) -> None:
        self._config = config
        self._context = context
        listed = (credentials.CALENDARS,) if selection.need_list(config.calendars) else ()
        self._grant = credentials.Grant.of(config, context, credentials.EVENTS, *listed)

    def authorize(self, *, open_browser: bool = True) -> str:
        """Ask the owner for `calendar.events.readonly`, and keep what they grant.

        Where calendars are named, for `calendar.calendarlist.readonly` too.
        """
        return authorize(self._grant, open_browser=open_browser)

    def expiry_warning(self) -> str:
        """What is to be expected of this access, in one sentence; else empty. Asks nobody."""
        return outlook(self._grant)

    def granted_access(self) -> Access | None:
        """Since when there is access, and what it lacks. Asks nobody."""
        return access(self._grant)

    def check(self) -> str:
        """How much stands in each calendar for the time ahead: one request for each."""
        now = self._context.now()
        place = _Place(now.isoformat(), (now + timedelta(days=self._ahead)).isoformat())
        said = []
        with self._open() as google:
            for calendar in self._chosen(google):
                try:
                    page = self._page(google, calendar, place, fields=_TO_COUNT)
                except Refused as error:
                    raise (_gone((calendar,)) if _is_gone(error) else error) from error
                if page.get("accessRole") == "freeBusyReader":
                    said.append(f"{calendar}: you may only see when it is busy")
                    continue
                more = "more than " if page.get("nextPageToken") else ""
                count = len(page.get("items") or ())
                said.append(f"{calendar}: {more}{count} events in the next {self._ahead} days")
        return ", ".join(said)

    def pull(self, cursor: str | None) -> Iterator[Batch]:
        """Yield the window's meetings and absences, all of them each time.

        A calendar that is gone (deleted, or shared no more) is said so by Fatal once all others
        have been read. What was read of it stays for as long as the owner names it; so does what
        was cancelled elsewhere meanwhile.

        Raises ConfigError, AuthRequired, Retriable or Fatal.
        """
        last = _Place.read(cursor)
        try:
            with self._open() as google:
                chosen = self._chosen(google)
                if last is None or last.calendar is None:
                    place = self._window(first=last is None).begun(chosen, self._context.now())
                elif last.calendars == chosen:
                    yield from self._list(google, last, begins=False)
                    return
                else:  # others were wanted when this window was begun
                    place = last.begun(chosen, self._context.now())
                yield from self._list(google, place, begins=True)
        except Stopped:
            return

    @property
    def _ahead(self) -> int:
        return max(1, self._config.days_ahead)

    def _chosen(self, google: Transport) -> tuple[str, ...]:
        """The ids of the calendars to read. They are asked for anew each time: names may change."""
        wanted = self._config.calendars
        listed = tuple(selection.entries(google)) if selection.need_list(wanted) else ()
        return selection.choose(wanted, listed)

    def _window(self, *, first: bool) -> _Place:
        """Whole days in UTC, so that pulls of one day ask for the same."""
        now = self._context.now().astimezone(UTC)
        since = self._config.since_when(now)
        if not first:
            since = max(since, now - timedelta(days=self._config.days_back))
        start = datetime.combine(since.date(), time(), UTC)
        end = datetime.combine(now.date() + timedelta(days=self._ahead + 1), time(), UTC)
        return _Place(start.isoformat(), end.isoformat())

    def _list(self, google: Transport, place: _Place, *, begins: bool) -> Iterator[Batch]:
        done, tries = 0, 1
        while place.calendar is not None:
            calendar = place.calendars[place.calendar]
            try:
                page = {} if calendar in place.gone else self._page(google, calendar, place)
            except Refused as error:
                if _is_stale(error, place):
                    if tries == _TRIES:
                        raise Retriable(
                            f"Google Calendar took back its page tokens {tries} times: "
                            "try again later."
                        ) from error
                    place, begins = place.begun(place.calendars, self._context.now()), True
                    tries += 1
                    continue
                if not _is_gone(error):
                    raise
                page, place = {}, replace(place, gone=(*place.gone, calendar))
            before, place = place, place.after(str(page.get("nextPageToken") or ""))
            found = self._sorted(page, calendar, before)
            done += len(found.interactions)
            ends = place.calendar is None
            self._context.progress(done, done if ends else None)
            yield replace(
                found,
                cursor=str(place),
                begins=begins,
                # Where one is gone, what it held is told by nobody: those meetings took place.
                covers=place.window if ends and not place.gone else None,
                units=google.take_units(),
            )
            begins = False
            if self._context.stop.is_set():
                return
        if place.gone:
            raise _gone(place.gone)

    def _sorted(self, page: dict[str, Any], calendar: str, place: _Place) -> Batch:
        """What stands on a page, by its kind, as a batch that lacks its cursor."""
        whole = calendar == selection.PRIMARY or calendar in self._context.own
        # A group's calendar that the owner keeps is theirs; that of somebody else, which they
        # keep for them, is not.
        mine = whole or (page.get("accessRole") == "owner" and selection.is_calendar(calendar))
        zone = _zone(page.get("timeZone"))
        start = place.window.start
        deleted: list[str] = []
        found: list[Interaction | Absence | Skip] = []
        for event in page.get("items") or ():
            name = str(event.get("id") or "")
            if not name:
                continue
            ref = f"{calendar}:{name if len(name) <= _LONGEST_REF else fingerprint(name)}"
            if event.get("status") == events.CANCELLED:
                deleted.append(ref)
                continue
            one = events.read_event(event, ref=ref, own=self._context.own, mine=mine, zone=zone)
            # What only reaches into the window was met before; an absence still goes on.
            if isinstance(one, Interaction) and start is not None and one.at < start:
                continue
            found.append(one)
        return Batch(
            cursor="",
            interactions=tuple(one for one in found if isinstance(one, Interaction)),
            absences=tuple(one for one in found if isinstance(one, Absence)),
            skipped=tuple(one for one in found if isinstance(one, Skip)),
            deleted=tuple(deleted),
        )

    def _open(self) -> Transport:
        return Transport(CALENDAR, self._grant, self._context, endpoint=self._config.api_endpoint)

    def _page(
        self, google: Transport, calendar: str, place: _Place, fields: str = events.FIELDS
    ) -> dict[str, Any]:
        """One page of a calendar. Raises Refused, AuthRequired or Retriable."""
        request = google.service.events().list(
            calendarId=calendar,
            timeMin=place.start,
            timeMax=place.end,
            updatedMin=place.changed_since if place.late else None,
            singleEvents=True,
            maxResults=_PAGE,
            pageToken=place.page or None,
            fields=fields,
        )
        return google.execute(request)


_TO_COUNT = "nextPageToken,accessRole,items(id)"


def _is_stale(error: Refused, place: _Place) -> bool:
    """Whether Google refuses to go on with this list: a page token, or too old a question."""
    refused = error.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.GONE}
    return refused and (bool(place.page) or place.late)


def _is_gone(error: Refused) -> bool:
    return error.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


def _gone(ids: tuple[str, ...]) -> Fatal:
    named = " and ".join(repr(one) for one in ids)
    return Fatal(
        f"Google knows no calendar {named} that you may read (any more): take it out of "
        "`calendars`, or ask for it to be shared with you again. What was read of it counts until "
        'then. An id stands in the calendar\'s settings, under "Integrate calendar".'
    )


def _zone(name: object) -> tzinfo:
    """A calendar's time zone; UTC where this machine does not know it."""
    try:
        return ZoneInfo(str(name or "UTC"))
    except (KeyError, ValueError, OSError):
        return UTC
