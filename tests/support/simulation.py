"""A laptop simulated over weeks, by seed: it sleeps, its clock is set wrong, and mail is lost.

The daemon, the store, the connector and SMTP are the real ones. Made up are the time, which jumps
from one event to the next, and the troubles. The inbox to which the mail server delivers is a
source that the daemon reads.
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
from report.message import to_bytes
from sync.store import agenda, reports
from sync.store.flags import NewFlag
from sync.store.models import flag
from tests.support.owner import ADA, EventLog, mail
from tests.support.scripted_smtp_server import MessageFate, ScriptedSmtpServer
from tests.support.timeouts import LONG_SECONDS

ROOT = Path(__file__).parents[2]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BEGIN = datetime(2024, 9, 2, 3, 0, tzinfo=UTC)
# Weeks simulated beside those asked for, so that each of these is whole.
MARGIN = 3
# The shortest step of time, which is the daemon's heartbeat, and the longest.
_BEAT, _MAX_STEP = timedelta(seconds=20), 6 * HOUR
# Seconds to wait for a mail server that will say nothing; another may be as slow as the machine.
_TIMEOUT = 0.3
_SCHEDULES = (
    ("Europe/Berlin", "monday", "07:30"),
    ("America/New_York", "monday", "07:30"),
    ("Europe/Berlin", "sunday", "02:30"),  # the hour that summer time skips, and has twice
    ("America/New_York", "sunday", "23:50"),
    ("Europe/Berlin", "monday", "00:00"),
    ("America/New_York", "friday", "17:00"),
)
_NOTICES = "<beforehand.notice."
_TROUBLE = [
    fate
    for fate in MessageFate
    if fate not in {MessageFate.GOOD, MessageFate.KILLED, MessageFate.KILLED_LOST}
]


class SimulatedKill(BaseException):
    """Stands for SIGKILL: ends the simulated process, whatever it was doing."""


class KillSchedule(Counter[str]):
    """Number of kills to come at each step: "claiming", "sending", "noting" or "settling"."""

    def reach(self, step: str) -> None:
        """Raise SimulatedKill if a kill is scheduled at this step."""
        if self[step]:
            self[step] -= 1
            raise SimulatedKill(step)


@dataclass
class SentCopy:
    """One copy of a report that the mail server was given, and what became of it.

    label: the week. blind: the inbox could not be read when it was sent. arrives: when it is in the
    inbox; None if never. killed: the sender was killed before it could record the outcome.
    """

    label: str
    fate: MessageFate
    at: datetime
    message: bytes
    blind: bool
    arrives: datetime | None = None
    killed: bool = False

    @property
    def confirmed(self) -> bool:
        """Whether its sender knew that it was accepted, and could record that."""
        return (
            self.fate in {MessageFate.GOOD, MessageFate.SLOW, MessageFate.LIED_YES}
            and not self.killed
        )


@dataclass
class SimulatedLaptop:
    """A simulated laptop: `run` it, then hold its record against the promise.

    killing: whether some processes are real ones, and killed by SIGKILL. true_time: the time that
    it is. clock_error: by how much the laptop's clock is wrong. troubles: how often each was met.
    copies: reports sent. awake: seconds awake, by week, since its report was due. tried: seconds
    awake, by week, before the first try. early: weeks whose report was sent before it was due.
    unreadable: weeks in which the inbox could not be read at some time. composed: flags by message.
    flags, states: what the store holds at the end, by week.
    """

    folder: Path
    seed: int
    weeks: int
    killing: bool = False
    true_time: datetime = BEGIN
    clock_error: timedelta = timedelta()
    troubles: Counter[str] = field(default_factory=Counter)
    copies: list[SentCopy] = field(default_factory=list)
    awake: Counter[str] = field(default_factory=Counter)
    tried: dict[str, int] = field(default_factory=dict)
    early: list[str] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)
    composed: dict[bytes, tuple[NewFlag, ...]] = field(default_factory=dict)
    flags: dict[str, set[tuple[int, str]]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311 - a simulation, no secret
        zone, self.day, clock = _SCHEDULES[self.seed % len(_SCHEDULES)]
        self.zone, self.clock = ZoneInfo(zone), clock
        self.end = BEGIN + 7 * (self.weeks + MARGIN) * DAY
        self.inbox = self.folder / "inbox.mbox"
        self.log = EventLog()
        self.kills = KillSchedule()
        self.fates: list[MessageFate] = []
        self.child: subprocess.Popen[bytes] | None = None
        self.incoming = sorted(self._letters(), key=lambda event: event[0], reverse=True)
        self.events = sorted(self._events(), key=lambda event: event[0], reverse=True)
        self.sleeping_until = self.blind_until = BEGIN

    # Events

    def _letters(self) -> Iterator[tuple[datetime, bytes]]:
        """Yield mail between the owner and eight people, each with a rhythm and long silences."""
        for number in range(8):
            who = f"Friend {number} Q{number}z <friend{number}@example.net>"
            at = BEGIN - 300 * DAY
            while at < self.end:
                yield at, mail(at, who, ADA).encode()
                yield at + 3 * HOUR, mail(at + 3 * HOUR, ADA, who).encode()
                pause = 100 if self.random.random() < 0.06 else 5 + 2 * number
                at += pause * DAY * self.random.uniform(0.7, 1.3)

    def _events(self) -> Iterator[tuple[datetime, Callable[[], None]]]:
        """Yield what happens to the laptop, and when."""
        chance, between = self.random.random, self.random.uniform
        for week in range(self.weeks + MARGIN):
            due = self._due(week)
            yield due - 40 * HOUR, self._schedule_trouble
            if chance() < 0.25:
                begins, hours = due - between(0, 20) * HOUR, between(4, 40)
                yield begins, self._asleep(begins + hours * HOUR)
            elif chance() < 0.06:
                begins = due - between(0, 20) * HOUR
                yield begins, self._asleep(begins + between(150, 340) * HOUR)
            if chance() < 0.3:
                begins = due + between(-3, 3) * HOUR
                yield begins, self._inbox_away(begins + between(0.3, 20) * HOUR)
            if chance() < 0.2:
                begins = due + between(-8, 8) * HOUR
                yield begins, self._clock_off(between(-6, 6) * HOUR)
                yield begins + between(0.1, 20) * HOUR, self._clock_off(timedelta())

    def _due(self, week: int) -> datetime:
        """Return about when the report of a week is due."""
        return BEGIN + week * 7 * DAY + (configuration.DAYS.index(self.day) % 7) * DAY + 4 * HOUR

    def _schedule_trouble(self) -> None:
        """Draw what the mail server does in the coming days, and where the process is killed."""
        troubles = self.random.choice((0, 0, 0, 1, 1, 2, 3))
        self.fates = self.random.choices(_TROUBLE, k=troubles)
        self.kills.clear()
        if self.random.random() < 0.25:
            place = self.random.choice(("claiming", "sending", "noting", "settling"))
            self.kills[place] = self.random.choice((1, 1, 2))
        if self.killing and self.random.random() < 0.06:
            self.fates.insert(0, self.random.choice((MessageFate.KILLED, MessageFate.KILLED_LOST)))

    def _asleep(self, until: datetime) -> Callable[[], None]:
        def sleep() -> None:
            self.sleeping_until = max(self.sleeping_until, until)
            self.troubles["asleep when a report was due"] += 1

        return sleep

    def _inbox_away(self, until: datetime) -> Callable[[], None]:
        def away() -> None:
            self.blind_until = max(self.blind_until, until)
            self.troubles["inbox that cannot be read"] += 1

        return away

    def _clock_off(self, off: timedelta) -> Callable[[], None]:
        def change() -> None:
            self.clock_error = off
            self.troubles["clock set"] += 1

        return change

    # The laptop

    def now(self) -> datetime:
        """Return the time on the laptop's clock."""
        return self.true_time + self.clock_error

    def run(self) -> None:
        """Run all weeks, from beginning to end."""
        self.inbox.write_bytes(b"")
        with (
            ScriptedSmtpServer(self._next_fate, self._receive, self._kill) as server,
            self._patched(),
        ):
            self._write_config(server.port)
            while self.true_time < self.end:
                with open_app(self.config, self.log, now=self.now) as app:
                    try:
                        while self.true_time < self.end:
                            self._step(app)
                    except SimulatedKill as step:
                        self.troubles[f"died {step}"] += 1
                        if self.copies and str(step) == "noting":
                            self.copies[-1].killed = True
                        self.true_time += timedelta(seconds=self.random.uniform(1, 90))
            with open_app(self.config, self.log, now=self.now) as app:
                self._record_store(app)

    def _step(self, app: App) -> None:
        """Run one heartbeat, and move the time to the next event."""
        while self.events and self.events[-1][0] <= self.true_time:
            self.events.pop()[1]()
        if self.true_time < self.sleeping_until:
            self.true_time = self.sleeping_until
            return
        self._deliver_mail()
        if self._report_is_due(app) and self.fates[:1] in (
            [MessageFate.KILLED],
            [MessageFate.KILLED_LOST],
        ):
            self._beat_in_another_process()
        else:
            jobs.run_due(app, Event())
        wall = self.now()
        with app.store.read() as connection:
            planned = agenda.agenda(connection, app.owner_id)
        ahead = [due.at - wall for due in planned.values()]
        ahead += [event[0] - self.true_time for event in (self.events[-1:] + self.incoming[-1:])]
        step = max(min([_MAX_STEP, *ahead]), _BEAT)
        if self.true_time < self.blind_until:
            self.unreadable.add(periods.label(self.config, wall))
        if wall >= periods.due_at(self.config, wall):
            self.awake[periods.label(self.config, wall)] += int(step.total_seconds())
        self.true_time += step

    def _deliver_mail(self) -> None:
        """Append what has arrived to the inbox, and hide the inbox while it cannot be read."""
        hidden = self.inbox.with_suffix(".away")
        there = hidden if hidden.exists() else self.inbox
        with there.open("ab") as file:
            while self.incoming and self.incoming[-1][0] <= self.true_time:
                file.write(self.incoming.pop()[1] + b"\n")
        wanted = hidden if self.true_time < self.blind_until else self.inbox
        if there != wanted:
            there.rename(wanted)

    def _report_is_due(self, app: App) -> bool:
        """Whether the daemon plans to send a report by now."""
        with app.store.read() as connection:
            due = agenda.agenda(connection, app.owner_id).get(jobs.REPORT)
        return due is not None and due.at <= self.now()

    def _beat_in_another_process(self) -> None:
        """Run one heartbeat as a process, which the mail server kills."""
        words = [sys.executable, "-m", "tests.support.run_heartbeat", str(self.config.path)]
        self.child = subprocess.Popen([*words, self.now().isoformat()], cwd=ROOT, env=os.environ)
        self.child.wait(timeout=LONG_SECONDS)
        self.child = None

    # The mail server

    def _next_fate(self) -> MessageFate:
        """Return what becomes of the next message; record when it was tried."""
        wall = self.now()
        label = periods.label(self.config, wall)
        self.tried.setdefault(label, self.awake[label])
        if wall < periods.due_at(self.config, wall):
            self.early.append(label)
        fate = self.fates.pop(0) if self.fates else MessageFate.GOOD
        if fate is not MessageFate.GOOD:
            self.troubles[fate] += 1
        return fate

    def _receive(self, fate: MessageFate, message: bytes) -> None:
        """Record a report that the server was given; queue it for the inbox if it is delivered."""
        name = str(message_from_bytes(message)["Message-ID"])
        label = periods.label(self.config, self.now())
        copy = SentCopy(
            label, fate, self.true_time, message, blind=self.true_time < self.blind_until
        )
        if name.startswith(_NOTICES):
            return
        if fate.takes:
            wait = self.random.choice((5, 25, 50, 180, 600)) if self.random.random() < 0.3 else 0
            if wait:
                self.troubles[f"arrived after {wait} minutes"] += 1
            copy.arrives = self.true_time + timedelta(minutes=wait)
            lines = message.replace(b"\r\n", b"\n").replace(b"\nFrom ", b"\n>From ")
            stamp = f"From - {copy.arrives:%a %b %d %H:%M:%S %Y}\n".encode()
            self.incoming.append((copy.arrives, stamp + lines))
            self.incoming.sort(key=lambda event: event[0], reverse=True)
        self.copies.append(copy)

    def _kill(self) -> None:
        """Kill the process that is sending."""
        assert self.child is not None
        self.child.kill()
        self.copies[-1].killed = True

    def _record_store(self, app: App) -> None:
        """Record the flags and states that the store holds at the end."""
        with app.store.read() as connection:
            for report in reports.of_owner(connection, app.owner_id):
                self.states[report.period] = report.state.value
                rows = connection.execute(
                    sa.select(flag.c.person_id, flag.c.kind).where(flag.c.report_id == report.id)
                )
                self.flags[report.period] = {(row.person_id, row.kind) for row in rows}

    # Patches: kills at scheduled steps, and short timeouts

    @contextmanager
    def _patched(self) -> Iterator[None]:
        """Patch the steps at which kills are scheduled, and the timeout of SMTP."""
        deliver, compose, way = work.deliver, weekly.compose, work.configured_transport
        claim, settle = reports.claim, agenda.settle
        last: list[weekly.Weekly] = []

        def composed(*given: object, **more: object) -> weekly.Weekly:
            last[:] = [compose(*given, **more)]  # type: ignore[arg-type]
            return last[0]

        def delivered(message: EmailMessage, via: Transport) -> str:
            self.composed[to_bytes(message)] = last[0].flags
            self.kills.reach("sending")
            said = deliver(message, via)
            self.kills.reach("noting")
            return said

        def claimed(*given: object, **more: object) -> int | None:
            number = claim(*given, **more)  # type: ignore[arg-type]
            self.kills.reach("claiming")
            return number

        def settled(connection: object, owner: int, job: str, **more: object) -> None:
            if job == jobs.REPORT:
                self.kills.reach("settling")
            settle(connection, owner, job, **more)  # type: ignore[arg-type]

        def with_timeout(app: App, label: str) -> Transport:
            transport = way(app, label)
            assert isinstance(transport, BySmtp)
            silent = self.fates[:1] == [MessageFate.MUTE]
            return replace(transport, timeout=_TIMEOUT if silent else LONG_SECONDS)

        with ExitStack() as stack:
            for where, name, instead in (
                (work, "deliver", delivered),
                (work, "configured_transport", with_timeout),
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
