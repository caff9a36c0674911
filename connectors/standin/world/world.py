"""The world: a mailbox, calendars and the truth about both, and how to change them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parseaddr
from functools import cached_property
from threading import RLock
from typing import Any, Protocol

from connectors.addresses import OwnAddresses
from connectors.standin.world.calendars import Calendar, Diary, Event, EventPlan, Guest, event
from connectors.standin.world.mailbox import NEVER_READ, Thread, WorldMailbox, WorldMessage
from connectors.standin.world.owner import Owner
from connectors.standin.world.page_tokens import Tokens
from connectors.standin.world.series import cut, series
from connectors.standin.world.truth import Truth

_REMEMBERED = timedelta(days=7)  # how far back the mailbox knows its history


class Content(Protocol):
    """What a world is filled with: see `story.chapters.Story`, which writes it."""

    owner: Owner

    @property
    def days(self) -> int:
        """How many days the world's past has."""

    @property
    def mail(self) -> Sequence[WorldMessage]:
        """All messages, in any order."""

    @property
    def calendars(self) -> Sequence[Calendar]:
        """The owner's calendars, the primary one first."""

    @property
    def meetings(self) -> Sequence[Event]:
        """All events but the masters of series."""

    @property
    def masters(self) -> Sequence[Event]:
        """The masters of series."""

    def truth(self) -> Truth:
        """What is true; asked once the mailbox has given the threads their ids."""


class Changes(Protocol):
    """What changes a world by itself; see `world.churn.Churn`."""

    def tick(self) -> None:
        """A call of the server comes in."""

    def step(self) -> None:
        """Change one thing."""


class World:
    """A mailbox, a diary and the truth about both; every change is thread-safe."""

    def __init__(self, end: date, content: Content, seed: int) -> None:
        self.owner: Owner = content.owner
        self._content = content
        self.end = datetime.combine(end, time(6), UTC)
        self.start = self.end - timedelta(days=content.days)
        self.lock = RLock()
        self.mailbox = WorldMailbox()
        self.mailbox.fill(
            content.mail, remembered_ms=int((self.end - _REMEMBERED).timestamp() * 1000)
        )
        self.diary = Diary(content.calendars)
        self.diary.fill(content.meetings, content.masters)
        self.page_tokens = Tokens()
        self.sync_tokens = Tokens()
        # When the calendars say that something was changed; the story stands still at its end.
        self.now: Callable[[], datetime] = lambda: self.end
        # What changes it by itself while it is read; None: nothing does.
        self.churning: Changes | None = None
        self.sent: list[bytes] = []  # raw messages that were sent through the API
        self._rng = random.Random(seed)  # noqa: S311 - names events, nothing secret
        self._own = OwnAddresses(self.owner.addresses)

    @cached_property
    def truth(self) -> Truth:
        """What is true on the last day; later changes do not touch it."""
        return self._content.truth()

    # Mail.

    def deliver(
        self,
        *,
        sender: str,
        to: Sequence[str] = (),
        cc: Sequence[str] = (),
        bcc: Sequence[str] = (),
        at: datetime | None = None,
        labels: Sequence[str] | None = None,
        thread: str | None = None,
        subject: str = NEVER_READ,
        headers: Sequence[tuple[str, str]] = (),
    ) -> WorldMessage:
        """Let a message arrive, or be sent where the sender is the owner.

        `at` None is a minute after the newest message. `thread` is the id of a thread to answer
        in; KeyError where there is none. `headers` replace or follow the usual ones.
        """
        with self.lock:
            into, parent = Thread(), None
            if thread is not None:
                into = self.mailbox.threads[thread]
                parent = into.messages[-1]
            if at is None:
                newest = self.mailbox.newest_ms() or int(self.end.timestamp() * 1000)
                at_ms = newest + 60_000
            else:
                at_ms = int(at.timestamp() * 1000)
            if labels is None:
                mine = parseaddr(sender)[1] in self._own
                labels = ("SENT",) if mine else ("INBOX", "UNREAD")
            message = WorldMessage(
                at_ms,
                into,
                sender,
                tuple(to),
                tuple(cc),
                tuple(bcc),
                tuple(labels),
                tuple(headers),
                parent,
                subject,
            )
            self.mailbox.add(message)
            return message

    def imported(
        self, *, sender: str, at: datetime, to: Sequence[str] = (), labels: Sequence[str] = ()
    ) -> WorldMessage:
        """Let old mail be moved here from another mailbox: received at `at`, with an id of now."""
        with self.lock:
            now_ms = self.mailbox.newest_ms() or int(self.end.timestamp() * 1000)
            message = WorldMessage(
                int(at.timestamp() * 1000), Thread(), sender, tuple(to), labels=tuple(labels)
            )
            self.mailbox.add(message, numbered_ms=now_ms + 1000)
            return message

    def delete(self, message_id: str) -> None:
        """Remove a message for good; KeyError where there is none."""
        with self.lock:
            self.mailbox.delete(message_id)

    def trash(self, message_id: str) -> None:
        """Put a message into the trash."""
        self.relabel(message_id, add=("TRASH",), remove=("INBOX",))

    def relabel(
        self, message_id: str, *, add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> None:
        """Add labels to a message and remove some; KeyError where there is no such message."""
        with self.lock:
            self.mailbox.relabel(message_id, add, remove)

    def expire_history(self, before: int | None = None) -> None:
        """Forget the history up to an id (None: all of it): asking from there answers 404.

        A profile read afterwards gives an id that works again.
        """
        with self.lock:
            if before is None:
                self.mailbox.history_id += 7
                before = self.mailbox.history_id
            self.mailbox.expire(before)

    def invalidate_page_tokens(self) -> None:
        """Refuse all page tokens handed out so far."""
        self.page_tokens.invalidate()

    # Diary.

    def add_event(
        self,
        *,
        start: datetime,
        minutes: int = 60,
        attendees: Sequence[str] = (),
        calendar: str = "primary",
        organizer: str | None = None,
        response: str = "accepted",
        **fields: object,
    ) -> Event:
        """Put a meeting into a calendar; `fields` replace or add parts of the API's object.

        With attendees the owner is one too, and has answered `response`. `organizer` None is
        the owner.
        """
        with self.lock:
            plan = self._plan(start, minutes, attendees, calendar, organizer, response, fields)
            made = event(plan)
            self.diary.add(made, now=self.now())
            return made

    def add_series(
        self,
        *,
        start: datetime,
        count: int,
        every: int = 7,
        minutes: int = 60,
        attendees: Sequence[str] = (),
        calendar: str = "primary",
        organizer: str | None = None,
        response: str = "accepted",
        **fields: object,
    ) -> list[Event]:
        """Put in a series of `count` meetings, one `every` so many days; else as `add_event`."""
        with self.lock:
            plan = self._plan(start, minutes, attendees, calendar, organizer, response, fields)
            master, instances = series(plan, every=every, count=count)
            self.diary.add_series(master, instances)
            return instances

    def cut_series(self, series_id: str, *, at: datetime, calendar: str = "primary") -> list[Event]:
        """Let "this and following" of a series, from `at` on, be another one; its instances."""
        with self.lock:
            return cut(self.diary, series_id, self.diary.resolve(calendar), at, now=self.now())

    def _plan(  # noqa: PLR0917 - what the two above are given
        self,
        start: datetime,
        minutes: int,
        attendees: Sequence[str],
        calendar: str,
        organizer: str | None,
        response: str,
        fields: dict[str, object],
    ) -> EventPlan:
        host = Guest(organizer, organizer=True) if organizer else None
        guests: list[Guest] = []
        if attendees or host:
            me = Guest(self.owner.private, "", response, is_self=True, organizer=host is None)
            others = [Guest(email) for email in attendees if email != organizer]
            guests = [me, *([host] if host else []), *others]
        return EventPlan(
            calendar=self.diary.resolve(calendar),
            start=start.astimezone(UTC),
            end=start.astimezone(UTC) + timedelta(minutes=minutes),
            id="".join(self._rng.choices("0123456789abcdefghijklmnopqrstuv", k=26)),
            guests=guests,
            organizer=host,
            created=self.end,
            fields=fields,
        )

    def move_to_calendar(self, event_id: str, to: str, *, calendar: str = "primary") -> None:
        """Take an event out of one calendar and put it into another, under its id."""
        with self.lock:
            here = self.diary.get(event_id, calendar)
            there = replace(here, calendar=self.diary.resolve(to), resource=dict(here.resource))
            self.diary.cancel(here, now=self.now())
            self.diary.add(there, now=self.now())

    def add_calendar(self, calendar_id: str, summary: str, **more: Any) -> Calendar:  # noqa: ANN401 - the fields of a Calendar
        """Put another calendar onto the owner's list, in the place of one with that id."""
        with self.lock:
            made = Calendar(calendar_id, summary, primary=False, **more)
            self.diary.add_calendar(made)
            return made

    def remove_calendar(self, calendar_id: str) -> None:
        """Let a calendar be deleted, or no longer be shared; KeyError where there is none."""
        with self.lock:
            self.diary.remove_calendar(calendar_id)

    def move_event(self, event_id: str, *, start: datetime, calendar: str = "primary") -> None:
        """Let an event begin at another time, as long as before."""
        with self.lock:
            self.diary.move(
                self.diary.get(event_id, calendar), start.astimezone(UTC), now=self.now()
            )

    def cancel_event(self, event_id: str, *, calendar: str = "primary") -> None:
        """Cancel an event: only a stub stays."""
        with self.lock:
            self.diary.cancel(self.diary.get(event_id, calendar), now=self.now())

    def respond(
        self, event_id: str, response: str, *, who: str | None = None, calendar: str = "primary"
    ) -> None:
        """Let the owner (or the guest `who`) accept, decline, or be tentative."""
        with self.lock:
            self.diary.respond(self.diary.get(event_id, calendar), response, who, now=self.now())

    def expire_sync_tokens(self) -> None:
        """Refuse all sync tokens handed out so far: 410."""
        self.sync_tokens.invalidate()
