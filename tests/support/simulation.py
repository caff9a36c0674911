"""Weeks of a laptop's life, simulated by seed: it sleeps, its clock is set, and mail goes astray.

The daemon, the store, the connector, and the mail's way are the real ones. What is made up is the
time, which jumps from one event to the next, and the trouble. The inbox to which the mail server
delivers is a source that the daemon reads.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from threading import Event
from unittest import mock
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from beforehand import config as configuration
from beforehand import work
from beforehand.app import App, open_app
from beforehand.daemon import alerts, jobs
from beforehand.mailing import periods, weekly
from beforehand.mailing.delivery import BySmtp, Transport
from report.envelope import to_bytes
from sync.store import agenda, reports
from sync.store.flags import NewFlag
from sync.store.models import flag
from tests.support.owner import ADA, Heard, mail
from tests.support.patience import LONG_SECONDS
from tests.support.smtp_server import Fate, Postbox

ROOT = Path(__file__).parents[2]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BEGIN = datetime(2024, 9, 2, 3, 0, tzinfo=UTC)
# Weeks that are lived beside those that are asked for, so that each of these is whole.
MARGIN = 3
# The daemon's own heartbeat is the shortest step, and a day's quarter the longest.
_BEAT, _STRIDE = timedelta(seconds=20), 6 * HOUR
# How long the mail server is waited for where it will say nothing; elsewhere it may be as slow as
# the machine is busy.
_TIMEOUT = 0.3
_PLACES = (
    ("Europe/Berlin", "monday", "07:30"),
    ("America/New_York", "monday", "07:30"),
    ("Europe/Berlin", "sunday", "02:30"),  # the hour that summer time skips, and has twice
    ("America/New_York", "sunday", "23:50"),
    ("Europe/Berlin", "monday", "00:00"),
    ("America/New_York", "friday", "17:00"),
)
_NOTICES = "<beforehand.notice."
_TROUBLE = [one for one in Fate if one not in {Fate.GOOD, Fate.KILLED, Fate.KILLED_LOST}]


class Killed(BaseException):
    """The process ends here, whatever it was doing."""


class Death(Counter[str]):
    """Where the process dies next: "claiming", "sending", "noting" or "settling"."""

    def at(self, place: str) -> None:
        if self[place]:
            self[place] -= 1
            raise Killed(place)


@dataclass
class Copy:
    """A message that was handed to the mail server: for which week, and what came of it."""

    label: str
    fate: Fate
    at: datetime
    message: bytes
    blind: bool
    arrives: datetime | None = None
    died: bool = False

    @property
    def known(self) -> bool:
        """Whether its sender knew for certain that it went, and could take note of it."""
        return self.fate in {Fate.GOOD, Fate.SLOW, Fate.LIED_YES} and not self.died


@dataclass
class Life:
    """One laptop; `live` it, then ask what came of it.

    `true` is the time that it is, and `off` by how much the laptop's clock is wrong.
    """

    folder: Path
    seed: int
    weeks: int
    killing: bool = False
    true: datetime = BEGIN
    off: timedelta = timedelta()
    met: Counter[str] = field(default_factory=Counter)
    copies: list[Copy] = field(default_factory=list)
    # Seconds awake after a week's report was due; and how many of them before the first try.
    awake: Counter[str] = field(default_factory=Counter)
    tried: dict[str, int] = field(default_factory=dict)
    early: list[str] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)  # weeks in which the inbox once was
    composed: dict[bytes, tuple[NewFlag, ...]] = field(default_factory=dict)
    flags: dict[str, set[tuple[int, str]]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311 - a story, no secret
        zone, self.day, clock = _PLACES[self.seed % len(_PLACES)]
        self.zone, self.clock = ZoneInfo(zone), clock
        self.end = BEGIN + 7 * (self.weeks + MARGIN) * DAY
        self.inbox = self.folder / "inbox.mbox"
        self.heard = Heard()
        self.death = Death()
        self.fates: list[Fate] = []
        self.child: subprocess.Popen[bytes] | None = None
        self.post = sorted(self._letters(), key=lambda one: one[0], reverse=True)
        self.events = sorted(self._events(), key=lambda one: one[0], reverse=True)
        self.sleeping_until = self.blind_until = BEGIN

    # What happens to the laptop

    def _letters(self) -> Iterator[tuple[datetime, bytes]]:
        """What people and the owner write each other: each by a rhythm, with long silences."""
        for number in range(8):
            who = f"Friend {number} Q{number}z <friend{number}@example.net>"
            at = BEGIN - 300 * DAY
            while at < self.end:
                yield at, mail(at, who, ADA).encode()
                yield at + 3 * HOUR, mail(at + 3 * HOUR, ADA, who).encode()
                pause = 100 if self.random.random() < 0.06 else 5 + 2 * number
                at += pause * DAY * self.random.uniform(0.7, 1.3)

    def _events(self) -> Iterator[tuple[datetime, Callable[[], None]]]:
        chance, between = self.random.random, self.random.uniform
        for week in range(self.weeks + MARGIN):
            due = self._due(week)
            yield due - 40 * HOUR, self._new_week
            if chance() < 0.25:
                begins, hours = due - between(0, 20) * HOUR, between(4, 40)
                yield begins, self._falling_asleep(begins + hours * HOUR)
            elif chance() < 0.06:
                begins = due - between(0, 20) * HOUR
                yield begins, self._falling_asleep(begins + between(150, 340) * HOUR)
            if chance() < 0.3:
                begins = due + between(-3, 3) * HOUR
                yield begins, self._away(begins + between(0.3, 20) * HOUR)
            if chance() < 0.2:
                begins = due + between(-8, 8) * HOUR
                yield begins, self._clock_set(between(-6, 6) * HOUR)
                yield begins + between(0.1, 20) * HOUR, self._clock_set(timedelta())

    def _due(self, week: int) -> datetime:
        """About when the report of a week is due."""
        return BEGIN + week * 7 * DAY + (configuration.DAYS.index(self.day) % 7) * DAY + 4 * HOUR

    def _new_week(self) -> None:
        """What the mail server will do, and where the process will die, in the days to come."""
        troubles = self.random.choice((0, 0, 0, 1, 1, 2, 3))
        self.fates = self.random.choices(_TROUBLE, k=troubles)
        self.death.clear()
        if self.random.random() < 0.25:
            place = self.random.choice(("claiming", "sending", "noting", "settling"))
            self.death[place] = self.random.choice((1, 1, 2))
        if self.killing and self.random.random() < 0.06:
            self.fates.insert(0, self.random.choice((Fate.KILLED, Fate.KILLED_LOST)))

    def _falling_asleep(self, until: datetime) -> Callable[[], None]:
        def sleep() -> None:
            self.sleeping_until = max(self.sleeping_until, until)
            self.met["asleep when a report was due"] += 1

        return sleep

    def _away(self, until: datetime) -> Callable[[], None]:
        def away() -> None:
            self.blind_until = max(self.blind_until, until)
            self.met["inbox that cannot be read"] += 1

        return away

    def _clock_set(self, off: timedelta) -> Callable[[], None]:
        def change() -> None:
            self.off = off
            self.met["clock set"] += 1

        return change

    # The laptop's own life

    def now(self) -> datetime:
        """What the laptop's clock says."""
        return self.true + self.off

    def live(self) -> None:
        """All the weeks, from beginning to end."""
        self.inbox.write_bytes(b"")
        with Postbox(self._meet, self._take, self._kill) as postbox, self._rigged():
            self._write_config(postbox.port)
            while self.true < self.end:
                with open_app(self.config, self.heard, now=self.now) as app:
                    try:
                        while self.true < self.end:
                            self._step(app)
                    except Killed as place:
                        self.met[f"died {place}"] += 1
                        if self.copies and str(place) == "noting":
                            self.copies[-1].died = True
                        self.true += timedelta(seconds=self.random.uniform(1, 90))
            with open_app(self.config, self.heard, now=self.now) as app:
                self._remember(app)

    def _step(self, app: App) -> None:
        """A heartbeat, and on to the next moment at which anything happens."""
        while self.events and self.events[-1][0] <= self.true:
            self.events.pop()[1]()
        if self.true < self.sleeping_until:
            self.true = self.sleeping_until
            return
        self._mailman()
        if self._report_is_due(app) and self.fates[:1] in ([Fate.KILLED], [Fate.KILLED_LOST]):
            self._beat_in_another_process()
        else:
            jobs.run_due(app, Event())
        wall = self.now()
        with app.store.read() as connection:
            planned = agenda.agenda(connection, app.owner_id)
        ahead = [one.at - wall for one in planned.values()]
        ahead += [one[0] - self.true for one in (self.events[-1:] + self.post[-1:])]
        stride = max(min([_STRIDE, *ahead]), _BEAT)
        if self.true < self.blind_until:
            self.unreadable.add(periods.label(self.config, wall))
        if wall >= periods.due_at(self.config, wall):
            self.awake[periods.label(self.config, wall)] += int(stride.total_seconds())
        self.true += stride

    def _mailman(self) -> None:
        """Put into the inbox what has arrived, and hide the inbox where it cannot be read."""
        hidden = self.inbox.with_suffix(".away")
        there = hidden if hidden.exists() else self.inbox
        with there.open("ab") as file:
            while self.post and self.post[-1][0] <= self.true:
                file.write(self.post.pop()[1] + b"\n")
        wanted = hidden if self.true < self.blind_until else self.inbox
        if there != wanted:
            there.rename(wanted)

    def _report_is_due(self, app: App) -> bool:
        with app.store.read() as connection:
            due = agenda.agenda(connection, app.owner_id).get(jobs.REPORT)
        return due is not None and due.at <= self.now()

    def _beat_in_another_process(self) -> None:
        words = [sys.executable, "-m", "tests.support.heartbeat", str(self.config.path)]
        self.child = subprocess.Popen([*words, self.now().isoformat()], cwd=ROOT, env=os.environ)
        self.child.wait(timeout=LONG_SECONDS)
        self.child = None

    # The mail server's side

    def _meet(self) -> Fate:
        wall = self.now()
        label = periods.label(self.config, wall)
        self.tried.setdefault(label, self.awake[label])
        if wall < periods.due_at(self.config, wall):
            self.early.append(label)
        fate = self.fates.pop(0) if self.fates else Fate.GOOD
        if fate is not Fate.GOOD:
            self.met[fate] += 1
        return fate

    def _take(self, fate: Fate, message: bytes) -> None:
        name = str(message_from_bytes(message)["Message-ID"])
        label = periods.label(self.config, self.now())
        copy = Copy(label, fate, self.true, message, blind=self.true < self.blind_until)
        if name.startswith(_NOTICES):
            return
        if fate.takes:
            wait = self.random.choice((5, 25, 50, 180, 600)) if self.random.random() < 0.3 else 0
            if wait:
                self.met[f"arrived after {wait} minutes"] += 1
            copy.arrives = self.true + timedelta(minutes=wait)
            lines = message.replace(b"\r\n", b"\n").replace(b"\nFrom ", b"\n>From ")
            stamp = f"From - {copy.arrives:%a %b %d %H:%M:%S %Y}\n".encode()
            self.post.append((copy.arrives, stamp + lines))
            self.post.sort(key=lambda one: one[0], reverse=True)
        self.copies.append(copy)

    def _kill(self) -> None:
        assert self.child is not None
        self.child.kill()
        self.copies[-1].died = True

    def _remember(self, app: App) -> None:
        """What the store says at the end."""
        with app.store.read() as connection:
            for one in reports.of_owner(connection, app.owner_id):
                self.states[one.period] = one.state.value
                rows = connection.execute(
                    sa.select(flag.c.person_id, flag.c.kind).where(flag.c.report_id == one.id)
                )
                self.flags[one.period] = {(row.person_id, row.kind) for row in rows}

    # What is rigged: deaths at chosen places, and a short patience

    @contextmanager
    def _rigged(self) -> Iterator[None]:
        deliver, compose, way = work.deliver, weekly.compose, work.configured_transport
        claim, settle = reports.claim, agenda.settle
        last: list[weekly.Weekly] = []

        def composed(*given: object, **more: object) -> weekly.Weekly:
            last[:] = [compose(*given, **more)]  # type: ignore[arg-type]
            return last[0]

        def delivered(message: EmailMessage, via: Transport) -> str:
            self.composed[to_bytes(message)] = last[0].flags
            self.death.at("sending")
            said = deliver(message, via)
            self.death.at("noting")
            return said

        def claimed(*given: object, **more: object) -> int | None:
            number = claim(*given, **more)  # type: ignore[arg-type]
            self.death.at("claiming")
            return number

        def settled(connection: object, owner: int, job: str, **more: object) -> None:
            if job == jobs.REPORT:
                self.death.at("settling")
            settle(connection, owner, job, **more)  # type: ignore[arg-type]

        def hasty(app: App, label: str) -> Transport:
            found = way(app, label)
            assert isinstance(found, BySmtp)
            silent = self.fates[:1] == [Fate.MUTE]
            return replace(found, timeout=_TIMEOUT if silent else LONG_SECONDS)

        with ExitStack() as stack:
            for where, name, instead in (
                (work, "deliver", delivered),
                (work, "configured_transport", hasty),
                (weekly, "compose", composed),
                (reports, "claim", claimed),
                (agenda, "settle", settled),
                (alerts, "notify", lambda *_words: False),
            ):
                stack.enter_context(mock.patch.object(where, name, instead))
            yield

    def _write_config(self, port: int) -> None:
        path = self.folder / "config.toml"
        path.write_text(
            f'[owner]\nname = "Ada Winter"\naddresses = ["ada@example.org"]\n'
            f'timezone = "{self.zone.key}"\n[store]\nurl = "sqlite:///{self.folder}/store.db"\n'
            f'[[sources]]\nid = "inbox"\ntype = "mbox"\npath = "{self.inbox}"\n'
            f'[report]\nday = "{self.day}"\ntime = "{self.clock}"\nvia = "smtp"\n'
            f'[report.smtp]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
            "[daemon]\nsync_minutes = 1440\n"
        )
        self.config = configuration.load(path)
