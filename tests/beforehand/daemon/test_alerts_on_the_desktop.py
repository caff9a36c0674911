"""What lasts too long is told once, and weekly again; what passes by itself is not told at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from importlib import import_module
from pathlib import Path
from threading import Event

import pytest

from beforehand.app import App
from beforehand.daemon import jobs
from beforehand.mailing import periods
from sync.store import agenda
from tests.support.owner import CONFIG, NOW, EventLog, InstallConnector, OpenApp, SettableClock
from tests.support.secret_search import RecordingSmtpHandler, mail_server

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WEATHER = """
import socket
from connectors.api import Batch, Channel, SourceConfig
from connectors.errors import Fatal, Retriable

NOW = {"does": "work"}
CALLS = []

class Weather:
    name = "weather"
    channels = frozenset({Channel.MAIL})
    Config = SourceConfig
    def __init__(self, config, context): self.id = config.id
    def check(self): return "here"
    def pull(self, cursor):
        CALLS.append(self.id)
        match NOW["does"]:
            case "offline":
                try:
                    raise socket.gaierror(-3, "Temporary failure in name resolution")
                except OSError as error:
                    raise Retriable("example.org cannot be reached") from error
            case "fail": raise Retriable("the server has trouble of its own")
            case "break": raise Fatal("the mailbox is gone")
        yield Batch(cursor="1")
"""
NOTIFIER = "#!/bin/sh\nprintf '%s\\n' \"$@\" >> '{seen}'\n"


@dataclass
class DesktopSetup:
    """Ada's one source and its weather, her mail server and desktop, and a daemon on a clock."""

    app: App
    clock: SettableClock
    box: RecordingSmtpHandler
    weather: dict[str, str]
    calls: list[str]
    seen: Path
    stop: Event = field(default_factory=Event)

    def beat(self, span: timedelta, every: timedelta = HOUR) -> None:
        """Beats over a span of time, each time as often as there is news for the next one."""
        end = self.clock.now + span
        while self.clock.now < end:
            self.clock.now = min(self.clock.now + every, end)
            jobs.run_due(self.app, self.stop)
            jobs.run_due(self.app, self.stop)

    @property
    def notices(self) -> list[EmailMessage]:
        mails = [message_from_bytes(one, policy=default) for one in self.box.kept]
        return [one for one in mails if str(one["Subject"]).startswith("Beforehand ")]

    @property
    def shown(self) -> str:
        """What the desktop was told."""
        return self.seen.read_text() if self.seen.exists() else ""

    def due(self, job: str) -> datetime:
        with self.app.store.read() as connection:
            return agenda.agenda(connection, self.app.owner_id)[job].at


@pytest.fixture
def setup(
    opened: OpenApp,
    clock: SettableClock,
    install_connector: InstallConnector,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[DesktopSetup]:
    install_connector("weather", "weather_code:Weather", WEATHER)
    code = import_module("weather_code")
    tools = tmp_path / "tools"
    tools.mkdir()
    notifier = tools / "notify-send"
    notifier.write_text(NOTIFIER.format(seen=tmp_path / "seen"))
    notifier.chmod(notifier.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    with mail_server() as (box, port):
        smtp = f'[report]\nvia = "smtp"\n[report.smtp]\nhost = "127.0.0.1"\nport = {port}\n'
        source = '[[sources]]\nid = "mail"\ntype = "weather"\n'
        with opened(text=f'{CONFIG}{source}{smtp}security = "none"\n') as app:
            jobs.run_due(app, Event())
            yield DesktopSetup(app, clock, box, code.NOW, code.CALLS, tmp_path / "seen")


def test_a_source_not_read_for_three_days_is_told_of_once_and_after_a_week_again(
    setup: DesktopSetup,
) -> None:
    setup.weather["does"] = "fail"
    setup.beat(3 * DAY, every=6 * HOUR)
    assert setup.notices == []
    setup.beat(6 * HOUR, every=6 * HOUR)
    [notice] = setup.notices
    assert notice["Subject"] == "Beforehand could not read mail for days"
    text = notice.get_content()
    assert "mail was last read on Monday 23 November, at 06:30." in text
    assert "The server has trouble of its own." in text
    assert "beforehand doctor" in text
    setup.beat(6 * DAY, every=6 * HOUR)
    assert len(setup.notices) == 1
    setup.beat(DAY, every=6 * HOUR)
    assert len(setup.notices) == 2
    assert setup.shown == ""


def test_one_that_can_be_read_again_is_forgotten_and_the_next_time_counts_anew(
    setup: DesktopSetup,
) -> None:
    for _ in range(3):
        setup.weather["does"] = "fail"
        setup.beat(2 * DAY, every=6 * HOUR)
        setup.weather["does"] = "work"
        setup.beat(12 * HOUR, every=6 * HOUR)
    assert setup.notices == []


def test_one_that_is_broken_for_good_is_told_of_too(setup: DesktopSetup) -> None:
    setup.weather["does"] = "break"
    setup.beat(4 * DAY, every=6 * HOUR)
    [notice] = setup.notices
    assert "The mailbox is gone." in notice.get_content()


def test_a_laptop_that_slept_for_days_and_has_no_network_yet_is_no_alarm(
    setup: DesktopSetup,
) -> None:
    setup.beat(HOUR)
    for _ in range(2):
        setup.weather["does"] = "offline"
        setup.beat(2 * HOUR)
        setup.clock.now += 4 * DAY  # the lid is closed
        setup.beat(MINUTE, every=MINUTE)
        setup.weather["does"] = "work"
        setup.beat(20 * MINUTE, every=5 * MINUTE)
    assert setup.notices == []
    assert setup.shown == ""


def test_where_mail_does_not_go_out_either_the_desktop_says_it(
    opened: OpenApp, setup: DesktopSetup
) -> None:
    text = setup.app.config.path.read_text()
    with opened(text=text.replace("\nport = ", "\nport = 1#")) as app:
        setup.app = app
        setup.weather["does"] = "offline"
        setup.beat(4 * DAY, every=6 * HOUR)
    assert setup.notices == []
    assert setup.shown.count("Beforehand could not read mail for days") == 1


def test_a_report_that_could_not_go_out_for_a_day_is_told_on_the_desktop_once(
    opened: OpenApp, setup: DesktopSetup
) -> None:
    text = setup.app.config.path.read_text()
    with opened(text=text.replace("\nport = ", "\nport = 1#")) as app:
        setup.app = app
        setup.beat(DAY)  # it is due in an hour
        assert setup.shown == ""
        setup.beat(3 * DAY, every=6 * HOUR)
    assert setup.shown.count("Beforehand's weekly report has not gone out") == 1
    assert "cannot be reached" in setup.shown
    with opened(text=text) as app:
        setup.app = app
        setup.beat(2 * HOUR)
        with app.store.read() as connection:
            assert jobs.LATE_REPORT not in agenda.agenda(connection, app.owner_id)


# A network that is not there yet


def test_without_a_network_a_source_is_tried_again_within_minutes_and_quietly(
    setup: DesktopSetup, event_log: EventLog
) -> None:
    setup.weather["does"] = "offline"
    setup.beat(HOUR)
    pauses = []
    for _ in range(8):
        at = setup.due("sync:mail")
        pauses.append((at - setup.clock.now) / MINUTE)
        setup.clock.now = at
        jobs.run_due(setup.app, setup.stop)
    assert pauses == [5, 10, 15, 15, 15, 15, 15, 15]
    assert "source not read" not in [event for event, _ in event_log.warnings()]
    assert "source not read" in [event for _, event, _ in event_log.events]


# A clock that was wrong


def test_a_failure_while_the_clock_was_a_month_ahead_is_tried_again_once_it_is_right(
    setup: DesktopSetup,
) -> None:
    setup.clock.now += 30 * DAY
    setup.weather["does"] = "break"
    jobs.run_due(setup.app, setup.stop)
    setup.clock.now = NOW + 2 * HOUR
    setup.weather["does"] = "work"
    before = len(setup.calls)
    setup.beat(MINUTE, every=MINUTE)
    assert len(setup.calls) == before + 1
    assert setup.due("sync:mail") == setup.clock.now + HOUR


@pytest.mark.parametrize("wrong", [-DAY, -400 * DAY, 30 * DAY])
def test_whatever_the_clock_said_meanwhile_the_next_weeks_report_comes_once_and_in_time(
    setup: DesktopSetup, wrong: timedelta
) -> None:
    setup.beat(2 * HOUR)
    right = setup.clock.now
    setup.clock.now += wrong
    setup.beat(10 * MINUTE, every=MINUTE)
    setup.clock.now = right + 10 * MINUTE
    sent = len(setup.box.kept)
    setup.beat(periods.next_due(setup.app.config, right) - right - HOUR, every=6 * HOUR)
    assert len(setup.box.kept) == sent
    setup.clock.now = periods.next_due(setup.app.config, right)
    setup.beat(HOUR)
    assert len(setup.box.kept) == sent + 1
