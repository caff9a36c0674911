"""Google ends an access: polling stops, the owner is told once, and all goes on after `auth`."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from threading import Event

import pytest
import time_machine

from beforehand import config as configuration
from beforehand.app import App, open_app
from beforehand.daemon import alerts, jobs
from beforehand.mailing.delivery import smtp_secret
from beforehand.secrets import FileSecrets
from connectors.google.oauth.credentials import METADATA, SEND
from connectors.standin import Google, World, empty_world, serve
from report.message import LIST_ID
from tests.support.owner import Cli, EventLog
from tests.support.secret_search import PASSWORD, RecordingSmtpHandler, mail_server

HOUR = timedelta(hours=1)
NOTIFIER = """#!/bin/sh
printf '%s\\n' "$@" >> '{seen}'
env > '{seen}.env'
"""


@dataclass
class DaemonSetup:
    """Ada's mailbox at the stand-in, her configuration, a mail server, a desktop, and a daemon."""

    world: World
    google: Google
    box: RecordingSmtpHandler
    port: int
    folder: Path
    now: datetime
    event_log: EventLog = field(default_factory=EventLog)

    def write(self, report: str, *, credentials: str = "") -> None:
        own = json.dumps(list(self.world.owner.addresses))
        (self.folder / "config.toml").write_text(
            f'[owner]\nname = "Ada Winter"\naddresses = {own}\ntimezone = "Europe/Berlin"\n'
            f'[[sources]]\nid = "mail"\ntype = "gmail"\napi_endpoint = "{self.google.url}"\n'
            f"units_per_minute = 100000000\n{credentials}\n[report]\n{report}\n"
        )

    @property
    def smtp(self) -> str:
        return (
            f'via = "smtp"\n[report.smtp]\nhost = "127.0.0.1"\nport = {self.port}\n'
            'security = "none"\nusername = "ada"'
        )

    def grant(self) -> None:
        """What `auth` keeps."""
        info = self.google.credentials([METADATA], with_token=False)
        text = json.dumps(info | {"granted_at": self.now.isoformat()})
        self.secrets.set("google:mail", text)

    @property
    def secrets(self) -> FileSecrets:
        return FileSecrets(Path(os.environ["XDG_DATA_HOME"]) / "beforehand")

    @contextmanager
    def app(self) -> Iterator[App]:
        """The application, at a time that does not pass."""
        path = self.folder / "config.toml"
        with (
            time_machine.travel(self.now, tick=False),
            open_app(configuration.load(path), self.event_log, now=lambda: self.now) as app,
        ):
            yield app

    def beat(self, *, hours: int = 1, every: int = 1) -> None:
        """A process of its own every so many hours, with two beats: the first may end something."""
        for _ in range(0, hours, every):
            with self.app() as app:
                jobs.run_due(app, Event())
                jobs.run_due(app, Event())
            self.now += every * HOUR

    @property
    def notices(self) -> list[EmailMessage]:
        mails = [message_from_bytes(one, policy=default) for one in self.box.kept]
        return [one for one in mails if "cannot read" in str(one["Subject"])]

    @property
    def renewals(self) -> int:
        return sum(call.path == "/token" for call in self.google.requests)

    @property
    def shown(self) -> str:
        """What the desktop was told."""
        seen = self.folder / "seen"
        return seen.read_text() if seen.exists() else ""


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DaemonSetup]:
    world = empty_world(end=datetime(2026, 11, 24, tzinfo=UTC).date())
    tools = tmp_path / "tools"
    tools.mkdir()
    notifier = tools / "notify-send"
    notifier.write_text(NOTIFIER.format(seen=tmp_path / "seen"))
    notifier.chmod(notifier.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    with serve(world) as google, mail_server() as (box, port):
        found = DaemonSetup(world, google, box, port, tmp_path, world.end)
        found.write(found.smtp)
        found.secrets.set(smtp_secret("127.0.0.1"), PASSWORD)
        with time_machine.travel(found.now, tick=False):
            found.grant()
        yield found


def test_an_access_that_ended_is_tried_once_and_told_once_by_mail(setup: DaemonSetup) -> None:
    setup.beat(hours=3)
    setup.google.faults.revoke_grants()
    before = setup.renewals
    setup.beat(hours=36)
    assert setup.renewals == before + 1
    [notice] = setup.notices
    assert str(notice["Subject"]) == "Beforehand cannot read mail any more"
    assert LIST_ID in str(notice["List-Id"])
    assert str(notice["Auto-Submitted"]) == "auto-generated"
    text = notice.get_content()
    assert "`beforehand auth mail`" in text
    assert "It was last read on " in text
    assert setup.shown == ""


def test_it_is_told_in_the_language_of_the_reports(setup: DaemonSetup) -> None:
    setup.write(f'locale = "de"\n{setup.smtp}')
    setup.beat(hours=3)
    setup.google.faults.revoke_grants()
    setup.beat(hours=3)
    notice = message_from_bytes(setup.box.kept[-1], policy=default)
    assert str(notice["Subject"]) == "Beforehand kann mail nicht mehr abrufen"
    assert "bleibt in Ruhe, bis du Zugriff gibst." in notice.get_content()
    assert "Google" not in notice.get_content()
    assert "`beforehand auth mail`" in notice.get_content()


def test_it_is_told_once_though_the_daemon_is_asked_to_stop_meanwhile(
    setup: DaemonSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = Event()
    alert = alerts.alert_source

    def asked_to_stop(app: App, key: str) -> timedelta | None:
        ended.set()
        return alert(app, key)

    setup.google.faults.revoke_grants()
    with setup.app() as app:
        jobs.run_due(app, Event())  # the source is tried, and waits from now on
        with monkeypatch.context() as patch:
            patch.setattr(alerts, "alert_source", asked_to_stop)
            jobs.run_due(app, ended)
    assert len(setup.notices) == 1
    setup.beat(hours=3)
    assert len(setup.notices) == 1


def test_it_is_told_again_after_a_week_and_not_before(setup: DaemonSetup) -> None:
    setup.google.faults.revoke_grants()
    setup.beat(hours=7 * 24, every=6)
    assert len(setup.notices) == 1
    setup.beat(hours=2)
    assert len(setup.notices) == 2
    ids = {str(one["Message-ID"]) for one in setup.notices}
    assert len(ids) == 2


def test_after_auth_reading_goes_on_at_the_next_beat_and_the_next_end_is_told_anew(
    setup: DaemonSetup,
) -> None:
    setup.google.faults.revoke_grants()
    setup.beat(hours=5)
    setup.grant()
    with setup.app() as app:
        jobs.run_now(app, jobs.sync_job("mail"))  # as `auth` does at its end
    setup.beat()
    assert [facts for _, event, facts in setup.event_log.events if event == "synced"][-1][
        "state"
    ] == "ok"
    setup.google.faults.revoke_grants()
    setup.beat(hours=2)
    assert len(setup.notices) == 2


def test_reading_by_hand_that_works_ends_the_wait_too(setup: DaemonSetup, cli: Cli) -> None:
    setup.google.faults.revoke_grants()
    setup.beat(hours=2)
    said = cli("--config", setup.folder / "config.toml", "sync", code=3, now=setup.now)
    assert "`beforehand auth mail`" in said.err
    setup.grant()
    cli("--config", setup.folder / "config.toml", "sync", now=setup.now)
    before = len(setup.google.requests)
    setup.beat()
    assert len(setup.google.requests) > before
    assert len(setup.notices) == 1


def test_a_new_credentials_file_is_enough(setup: DaemonSetup) -> None:
    path = setup.folder / "given.json"

    def put() -> None:
        path.write_text(json.dumps(setup.google.credentials([METADATA], with_token=False)))
        path.chmod(0o600)
        os.utime(path, (setup.now.timestamp(), setup.now.timestamp()))

    put()
    setup.write(setup.smtp, credentials=f'credentials = "{path}"')
    setup.google.faults.revoke_grants()
    setup.beat(hours=30, every=3)
    assert setup.renewals == 1
    assert str(path) in setup.notices[0].get_content()
    put()
    setup.beat(hours=2)
    assert setup.renewals > 1
    assert [f for _, e, f in setup.event_log.events if e == "synced"][-1]["state"] == "ok"
    assert len(setup.notices) == 1


def test_without_mail_the_desktop_says_it_and_is_handed_no_secret(
    setup: DaemonSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEFOREHAND_SECRETS_PASSPHRASE", "a quince and two pears")
    setup.write('via = "file"')
    setup.google.faults.revoke_grants()
    setup.beat(hours=30, every=3)
    assert setup.shown.count("Beforehand cannot read mail any more") == 1
    assert "`beforehand auth mail`" in setup.shown
    assert "quince" not in (setup.folder / "seen.env").read_text()


def test_a_mail_server_that_refuses_leaves_the_desktop(setup: DaemonSetup) -> None:
    setup.secrets.set(smtp_secret("127.0.0.1"), "wrong")
    setup.google.faults.revoke_grants()
    setup.beat(hours=30, every=3)
    assert setup.notices == []
    assert setup.shown.count("Beforehand cannot read mail any more") == 1


def test_a_mail_server_that_is_away_is_asked_again_until_it_is_told(setup: DaemonSetup) -> None:
    setup.write(setup.smtp.replace(str(setup.port), "1"))
    setup.google.faults.revoke_grants()
    setup.beat(hours=4)
    assert (setup.notices, setup.shown) == ([], "")
    setup.write(setup.smtp)
    setup.beat(hours=7)
    assert len(setup.notices) == 1


def test_where_nobody_can_be_told_the_log_says_so_and_all_goes_on(
    setup: DaemonSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(setup.folder))
    setup.write('via = "file"')
    setup.google.faults.revoke_grants()
    setup.beat(hours=30, every=3)
    told = [facts for event, facts in setup.event_log.warnings() if event == "nobody could be told"]
    assert len(told) == 1
    assert "`beforehand auth mail`" in str(told[0]["trouble"])


def test_the_reports_own_access_at_gmail_carries_the_notice(setup: DaemonSetup) -> None:
    setup.google.faults.revoke_grants()
    path = setup.folder / "send.json"
    path.write_text(json.dumps(setup.google.credentials([SEND], with_token=False)))
    path.chmod(0o600)
    setup.write(
        f'via = "gmail"\n[report.gmail]\napi_endpoint = "{setup.google.url}"\n'
        f'credentials = "{path}"'
    )
    setup.beat(hours=30, every=3)
    subjects = [
        value
        for message in setup.world.mailbox.messages.values()
        for name, value in message.headers
        if name.lower() == "subject"
    ]
    assert subjects.count("Beforehand cannot read mail any more") == 1
    assert setup.shown == ""


def test_a_report_that_may_not_go_out_is_told_on_the_desktop_once(setup: DaemonSetup) -> None:
    path = setup.folder / "send.json"
    path.write_text(json.dumps(setup.google.credentials([SEND], with_token=False)))
    path.chmod(0o600)
    setup.write(
        f'via = "gmail"\n[report.gmail]\napi_endpoint = "{setup.google.url}"\n'
        f'credentials = "{path}"'
    )
    setup.google.faults.revoke_grants()
    setup.grant()
    setup.beat(hours=4 * 24, every=4)
    assert setup.shown.count("Beforehand cannot send its report") == 1
    assert "`beforehand auth report`" in setup.shown


def test_doctor_the_exit_code_and_the_next_report_say_it_as_well(
    setup: DaemonSetup, cli: Cli
) -> None:
    setup.beat(hours=2)
    setup.google.faults.revoke_grants()
    setup.beat(hours=50, every=10)
    path = setup.folder / "config.toml"
    for words, code in ((("doctor",), 3), (("sync",), 3), (("report",), 0)):
        said = cli("--config", path, *words, code=code, now=setup.now)
        assert "beforehand auth mail" in said.out + said.err, words
