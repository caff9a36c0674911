"""The cursor of a Google Calendar source."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from connectors.api import Window

# This machine's clock may be ahead of Google's by so much.
_CLOCK_TOLERANCE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class CalendarCursor:
    """Where a pull goes on; its text is JSON with these keys.

    `start` and `end`: the window that is listed, as ISO times. `asked`: when the listing began,
    as an ISO time. `calendars`: the ids of the calendars in the listing; `calendar`: the index of
    the one whose page `page` is next, None once the whole window is listed. `late`: the calendars
    are gone through a second time, for what has changed during the listing. `gone`: the ids of
    calendars that Google does not know any more.
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
    def parse(cls, text: str | None) -> Self | None:
        """Parse a cursor's text; None if there is none, or if no calendar source wrote it."""
        if text is None:
            return None
        try:
            cursor = cls(**json.loads(text))
            _ = cursor.window  # raises if these are no times
            if cursor.calendar is not None:
                _ = datetime.fromisoformat(cursor.asked), cursor.calendars[cursor.calendar]
        except (TypeError, ValueError, IndexError):
            return None
        return replace(cursor, calendars=tuple(cursor.calendars), gone=tuple(cursor.gone))

    @property
    def window(self) -> Window:
        """The window that is listed."""
        return Window(datetime.fromisoformat(self.start), datetime.fromisoformat(self.end))

    @property
    def changed_since(self) -> str:
        """The ISO time from which on changes are requested, after the listing."""
        return (datetime.fromisoformat(self.asked) - _CLOCK_TOLERANCE).isoformat()

    def begun(self, calendars: tuple[str, ...], now: datetime) -> Self:
        """Return the cursor of a new listing of the same window, of these calendars."""
        return type(self)(self.start, self.end, now.isoformat(), calendars, calendar=0)

    def next_page(self, token: str) -> Self:
        """Return the cursor after a page; `token` is that of the next one, empty after the last."""
        if token or self.calendar is None:
            return replace(self, page=token)
        following = self.calendar + 1
        if following < len(self.calendars):
            return replace(self, page="", calendar=following)
        # A listing of a single page is consistent in itself.
        if not self.late and (self.page or following > 1):
            return replace(self, page="", calendar=0, late=True)
        return replace(self, page="", calendar=None, late=False)

    def __str__(self) -> str:
        fields = {
            key: value for key, value in asdict(self).items() if value not in ("", None, False, ())
        }
        if self.calendar is None:
            fields = {"start": self.start, "end": self.end}
        return json.dumps(fields, separators=(",", ":"))
