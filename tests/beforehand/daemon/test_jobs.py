"""The daemon: what is due is done once, and nothing that goes wrong ends it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import sqlalchemy as sa

from beforehand import work
from beforehand.app import App
from beforehand.daemon import jobs, main
from beforehand.mailing import periods
from connectors.api import SourceConfig
from sync.engine import SyncResult
from sync.store import agenda
from sync.store.session import BusyError
from tests.support.owner import CONFIG, NOW, Cli, EventLog, InstallConnector, OpenApp, SettableClock
from tests.support.timeouts import LONG_SECONDS

ROOT = Path(__file__).parents[3]
SCRIPTED = """
from connectors.api import *
from connectors.errors import *

CALLS = []
PASSES = []  # called as time goes by in a long reading

class Scripted:
    name = "scripted"
    channels = frozenset({Channel.MEETING})
    class Config(SourceConfig):
        does: str = "work"
    def __init__(self, config, context): self.config, self.stop = config, context.stop
    def check(self): return "here"
    def authorize(self, *, open_browser=True): return "granted"
    def pull(self, cursor):
        CALLS.append(self.config.id)
        match self.config.does:
            case "ask": raise AuthRequired("say yes again")
            case "wait": raise Retriable("not now", retry_after=1800)
            case "long":
                for number in range(1000):
                    PASSES[-1]()
                    yield Batch(cursor=str(number))
                    if self.stop.is_set():
                        return
        yield Batch(cursor="1")
"""


def source(name: str, does: str = "work") -> str:
    return f'[[sources]]\nid = "{name}"\ntype = "scripted"\ndoes = "{does}"\n'


@pytest.fixture
def calls(install_connector: InstallConnector) -> list[str]:
    """The ids of the scripted sources, in the order in which they were read."""
    install_connector("scripted", "scripted_code:Scripted", SCRIPTED)
    found: list[str] = import_module("scripted_code").CALLS
    return found


def planned(app: App) -> dict[str, datetime]:
    with app.store.read() as connection:
        return {job: one.at for job, one in agenda.agenda(connection, app.owner_id).items()}


def tick(app: App) -> None:
    jobs.run_due(app, Event())


def reports(home: Path) -> set[str]:
    return {path.name for path in home.parent.rglob("20*-W*.html")}


# What is due


def test_what_is_due_stands_in_the_store_and_is_done_when_its_time_comes(
    opened: OpenApp, clock: SettableClock, home: Path
) -> None:
    with opened() as app:
        tick(app)
        assert planned(app) == {
            "sync:mail": NOW + timedelta(hours=1),
            "report": NOW + timedelta(hours=1),  # Monday at 07:30 in Berlin
        }
        assert reports(home) == set()
    clock.advance(hours=1)
    with opened() as app:  # another process
        tick(app)
        assert reports(home) == {"2026-W48.html"}
        assert planned(app) == {
            "sync:mail": NOW + timedelta(hours=2),
            "report": NOW + timedelta(days=7, hours=1),
        }


def test_a_report_missed_in_sleep_is_sent_once_on_waking(
    opened: OpenApp, clock: SettableClock, home: Path, event_log: EventLog
) -> None:
    with opened() as app:
        tick(app)
        clock.advance(days=17)
        tick(app)
        tick(app)
        assert reports(home) == {"2026-W50.html"}
        assert planned(app)["report"] == NOW + timedelta(days=21, hours=1)
    assert len([event for _, event, _ in event_log.events if event == "report"]) == 1


def test_sources_are_read_before_the_report(
    opened: OpenApp, clock: SettableClock, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(source("zebra")) as app:
        tick(app)
        calls.clear()
        sent = work.report_owner
        monkeypatch.setattr(
            work, "report_owner", lambda one, **more: calls.append("report") or sent(one, **more)
        )
        clock.advance(hours=1)
        tick(app)
    assert calls == ["zebra", "report"]


def test_a_reading_that_takes_long_makes_way_for_the_report_and_goes_on_after_it(
    opened: OpenApp, clock: SettableClock, home: Path, calls: list[str]
) -> None:
    def a_minute_passes() -> None:
        clock.now += timedelta(minutes=1)

    import_module("scripted_code").PASSES.append(a_minute_passes)
    with opened(source("slow", "long")) as app:
        due = periods.next_due(app.config, clock.now)
        clock.now = due - timedelta(minutes=30)
        tick(app)
        assert clock.now == due
        assert not reports(home)
        tick(app)
        assert clock.now == due + timedelta(minutes=5)
        assert len(reports(home)) == 1
        assert planned(app)["sync:slow"] <= clock.now
    assert calls == ["slow", "slow"]


def test_a_source_taken_out_of_the_configuration_is_dropped(
    opened: OpenApp, home: Path, calls: list[str], clock: SettableClock
) -> None:
    text = (home / "config.toml").read_text()
    with opened(source("zebra")) as app:
        tick(app)
        assert "sync:zebra" in planned(app)
    clock.advance(hours=2)
    with opened(text=text) as app:
        tick(app)
        assert set(planned(app)) == {"sync:mail", "report"}
    assert calls == ["zebra"]


def test_another_report_day_or_a_shorter_pause_counts_at_once(
    opened: OpenApp, home: Path, clock: SettableClock
) -> None:
    text = (home / "config.toml").read_text()
    with opened(text=text + "[daemon]\nsync_minutes = 1440\n") as app:
        clock.advance(hours=2)
        tick(app)
        assert planned(app)["report"] == datetime(2026, 11, 30, 6, 30, tzinfo=UTC)
    with opened(text=text + '[report]\nday = "friday"\n[daemon]\nsync_minutes = 30\n') as app:
        tick(app)
        assert planned(app)["report"] == datetime(2026, 11, 27, 6, 30, tzinfo=UTC)
        assert planned(app)["sync:mail"] == clock.now + timedelta(minutes=30)
    with opened(text=text + '[report]\nday = "sunday"\n') as app:
        tick(app)
        assert planned(app)["report"] == datetime(2026, 11, 29, 6, 30, tzinfo=UTC)


def test_without_a_source_no_report_goes_out(
    opened: OpenApp, home: Path, clock: SettableClock
) -> None:
    with opened(text=CONFIG) as app:
        tick(app)
        clock.advance(days=8)
        tick(app)
        assert planned(app) == {}
    assert reports(home) == set()


# What goes wrong


def test_a_jobs_error_is_logged_and_backed_off_and_the_later_jobs_are_done(
    opened: OpenApp,
    clock: SettableClock,
    home: Path,
    event_log: EventLog,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = work.sync_source

    def fall(app: App, one: SourceConfig, **more: Any) -> SyncResult:  # noqa: ANN401 - as it takes
        if one.id == "mail":
            error = sqlite_error()
            raise sa.exc.OperationalError("INSERT ...", {"who": "bo@example.net"}, error)
        return done(app, one, **more)

    def sqlite_error() -> Exception:
        return OSError("disk I/O error")

    monkeypatch.setattr(work, "sync_source", fall)
    with opened() as app:
        clock.advance(hours=1)  # the report is due too
        with app.store.write() as connection:
            agenda.plan(connection, app.owner_id, "report", clock.now)
        tick(app)
        assert event_log.warnings() == [
            ("job failed", {"job": "sync:mail", "error": "OSError: disk I/O error"})
        ]
        assert reports(home) == {"2026-W48.html"}
        pauses = []
        for _ in range(8):
            at = planned(app)["sync:mail"]
            pauses.append((at - clock.now) / timedelta(minutes=1))
            clock.now = at
            tick(app)
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 360]
    assert "bo@example.net" not in str(event_log.warnings())


def test_a_store_that_fails_does_not_end_the_daemon(
    opened: OpenApp, event_log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_args: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(agenda, "plan", gone)
    with opened() as app:
        tick(app)
    assert event_log.warnings() == [
        ("heartbeat failed", {"error": "OSError: no space left on device"})
    ]


def test_a_source_that_waits_for_its_owner_is_left_alone_and_the_others_go_on(
    opened: OpenApp, clock: SettableClock, calls: list[str]
) -> None:
    with opened(source("ours") + source("shy", "ask")) as app:
        for _ in range(30):
            tick(app)
            clock.advance(hours=6)
    assert calls.count("shy") == 1
    assert calls.count("ours") == 30


def test_a_source_that_was_given_access_is_read_at_the_next_beat(
    opened: OpenApp, clock: SettableClock, calls: list[str], cli: Cli
) -> None:
    with opened(source("shy", "ask")) as app:
        tick(app)
        clock.advance(minutes=1)
        cli("auth", "shy", now=clock.now)
        tick(app)
    assert calls == ["shy", "shy"]


def test_a_source_that_asks_to_wait_is_not_asked_before(
    opened: OpenApp, clock: SettableClock, calls: list[str]
) -> None:
    with opened(source("busy", "wait")) as app:
        tick(app)
        clock.advance(minutes=29)
        tick(app)
        assert calls == ["busy"]
        clock.advance(minutes=1)
        tick(app)
        assert calls == ["busy", "busy"]


def test_a_source_that_somebody_reads_by_hand_is_no_failure(
    opened: OpenApp, event_log: EventLog
) -> None:
    with opened() as app:
        with app.store.exclusive(f"sync-{app.owner_id}-mail"):
            tick(app)
        assert planned(app)["sync:mail"] == NOW + timedelta(hours=1)
    assert event_log.warnings() == []


def test_a_second_daemon_is_refused(opened: OpenApp, cli: Cli) -> None:
    with opened() as app, app.store.exclusive(f"daemon-{app.owner_id}"):
        with pytest.raises(BusyError):
            main.run(app)
        (line,) = cli("daemon", code=1).err.splitlines()
    assert "another beforehand is at work on this (daemon-" in line


# Ending


def test_a_stop_asked_for_before_a_job_leaves_it_for_the_next_time(
    opened: OpenApp, calls: list[str]
) -> None:
    stop = Event()
    stop.set()
    with opened(source("ours")) as app:
        jobs.run_due(app, stop)
        assert calls == []
        assert planned(app)["sync:ours"] == NOW


def test_the_daemon_leaves_the_signals_as_it_found_them(
    opened: OpenApp, event_log: EventLog
) -> None:
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGALRM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    stop = Event()
    stop.set()
    with opened() as app:
        main.run(app, stop=stop)
    assert [signal.getsignal(number) for number in numbers] == before
    assert [event for _, event, _ in event_log.events][-1] == "daemon ended"


SLEEPER = """
import time
from pathlib import Path
from connectors.api import Batch, Channel, SourceConfig

class Sleeper:
    name = "sleeper"
    channels = frozenset({Channel.MAIL})
    class Config(SourceConfig):
        seconds: float
    def __init__(self, config, context): self.seconds, self.log = config.seconds, context.log
    def check(self): return "asleep"
    def pull(self, cursor):
        yield Batch(cursor="1")
        self.log.info("sleeping")
        time.sleep(self.seconds)
"""


@pytest.mark.parametrize(("seconds", "awaited"), [(0, "synced"), (600, "sleeping")])
def test_sigterm_is_answered_at_once_even_in_a_slow_sync(
    tmp_path: Path, install_connector: InstallConnector, seconds: int, awaited: str
) -> None:
    folder = install_connector("sleeper", "sleeper_code:Sleeper", SLEEPER)
    path = tmp_path / "config.toml"
    path.write_text(CONFIG + f'[[sources]]\nid = "sofa"\ntype = "sleeper"\nseconds = {seconds}\n')
    command = [sys.executable, "-m", "beforehand", "--config", str(path), "daemon"]
    environment = os.environ | {"PYTHONPATH": str(folder)}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        events = []
        while awaited not in events:
            line = process.stderr.readline()
            assert line, events
            events.append(json.loads(line)["event"])
        process.send_signal(signal.SIGTERM)
        rest = process.stderr.read()
        assert process.wait(timeout=LONG_SECONDS) == 0
    assert events[0] == "daemon started"
    assert json.loads(rest.splitlines()[-1])["event"] == "daemon ended"
    assert "Traceback" not in rest
