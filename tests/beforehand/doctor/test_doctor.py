"""The doctor: what is wrong is found, named, and comes with what to do about it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from beforehand import config as configuration
from beforehand.app import App
from beforehand.cli.output import folded
from beforehand.daemon import liveness
from beforehand.secrets import FileSecrets
from connectors.google.oauth.credentials import METADATA
from connectors.standin import empty_world, serve
from sync.store import reports
from sync.store.migrations import REVISIONS
from tests.support.owner import CONFIG, NOW, Cli, InstallConnector, OpenApp
from tests.support.secret_search import PASSWORD, WRONG, mail_server

SMTP = """[report]
via = "smtp"
[report.smtp]
host = "127.0.0.1"
port = {port}
security = "none"
username = "ada"
"""


def add(home: Path, more: str) -> None:
    path = home / "config.toml"
    path.write_text(path.read_text() + more)


Findings = Callable[..., dict[str, tuple[bool, str]]]


@pytest.fixture
def findings(cli: Cli) -> Findings:
    """What the doctor finds, by check; expects an exit code."""

    def examine(code: int = 0, **more: object) -> dict[str, tuple[bool, str]]:
        found = cli("doctor", "--json", code=code, **more).json
        return {one["check"]: (one["ok"], one["says"]) for one in found}

    return examine


@pytest.mark.usefixtures("synced")
def test_a_sound_installation_has_nothing_to_mend(cli: Cli) -> None:
    said = cli("doctor")
    assert {line.split()[0] for line in said.out.splitlines()} == {"ok"}
    checks = [line[5:].partition(":")[0] for line in said.out.splitlines()]
    assert checks == [
        *("configuration", "store", "disk", "privacy", "secrets", "source mail", "answers"),
        *("mail out", "report", "clock", "daemon", "service"),
    ]
    assert said.err == ""
    assert f"schema {REVISIONS[-1]}" in said.out
    assert "clock: 23 Nov 2026, 06:30, Europe/Berlin" in said.out
    assert "source mail: mail.mbox: an mbox of 0.0 MB; last read 23 Nov 2026, 06:30" in said.out
    assert "report: none yet; to ada@example.org" in said.out


@pytest.mark.usefixtures("findings")
def test_every_fault_of_the_configuration_is_listed(home: Path, cli: Cli) -> None:
    add(home, '[report]\npeople = 50\nday = "someday"\n')
    said = cli("doctor", code=2)
    assert said.out.count("BAD  configuration: ") == 2
    assert said.err == "beforehand: 2 checks want your attention\n"


@pytest.mark.usefixtures("home")
def test_a_source_never_read_is_told_of_with_what_to_do(findings: Findings) -> None:
    ok, says = findings(code=1)["source mail"]
    assert not ok
    assert says.endswith("never read: beforehand sync")


def test_no_source_at_all_is_a_fault(findings: Findings, home: Path) -> None:
    (home / "config.toml").write_text(CONFIG)
    assert findings(code=2)["sources"] == (False, "there is none: add [[sources]]")


STRANGERS = """
from connectors.api import Channel, SourceConfig
from connectors.errors import AuthRequired, Retriable

class Odd:
    name = "odd"
    channels = frozenset({Channel.MAIL})
    class Config(SourceConfig):
        does: str
    def __init__(self, config, context): self.does = config.does
    def check(self):
        if self.does == "ask": raise AuthRequired("say yes: beforehand auth odd")
        if self.does == "wait": raise Retriable("it is down; try later")
        raise ZeroDivisionError("of its own")
    def pull(self, cursor): yield from ()
"""


@pytest.mark.parametrize(
    "case",
    [
        ("ask", 3, "say yes: beforehand auth odd"),
        ("wait", 1, "it is down; try later"),
        (
            "break",
            1,
            (
                "its connector broke (ZeroDivisionError): "
                "`beforehand --debug doctor` shows where, for its authors"
            ),
        ),
    ],
)
def test_one_sick_source_is_named_and_the_rest_still_examined(
    findings: Findings,
    synced: Path,
    install_connector: InstallConnector,
    case: tuple[str, int, str],
) -> None:
    does, code, says = case
    install_connector("odd", "odd_code:Odd", STRANGERS)
    add(synced, f'[[sources]]\nid = "odd"\ntype = "odd"\ndoes = "{does}"\n')
    found = findings(code=code)
    assert found["source odd"] == (False, says)
    assert found["source mail"][0]
    assert found["report"][0]


def test_the_worst_finding_decides_the_exit_code(
    findings: Findings, home: Path, install_connector: InstallConnector
) -> None:
    install_connector("odd", "odd_code:Odd", STRANGERS)
    add(home, '[[sources]]\nid = "odd"\ntype = "odd"\ndoes = "ask"\n')
    findings(code=3)  # needs authorisation, and the mail was never read


def test_a_missing_password_is_told_of(findings: Findings, synced: Path) -> None:
    secrets = FileSecrets(Path(os.environ["XDG_DATA_HOME"]) / "beforehand")
    with mail_server() as (box, port):
        add(synced, SMTP.format(port=port))
        says = "no password for 127.0.0.1: beforehand auth report"
        assert findings(code=3)["mail out"] == (False, says)
        secrets.set("smtp:127.0.0.1", PASSWORD)
        assert findings()["mail out"] == (True, "127.0.0.1 takes the password")
        secrets.set("smtp:127.0.0.1", WRONG)
        ok, says = findings(code=3)["mail out"]
        assert not ok
        assert "does not take the password of ada" in says
        assert WRONG not in says
    assert box.kept == []
    ok, says = findings(code=1)["mail out"]
    assert not ok
    assert "cannot be reached" in says


def test_auth_keeps_the_password_and_never_shows_it(
    cli: Cli, synced: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(synced, SMTP.format(port=25))
    monkeypatch.setattr("typer.prompt", lambda *_, hide_input: "correct horse" * hide_input)
    said = cli("auth", "report")
    assert said.out == "The password is kept.\n"
    kept = b"".join(path.read_bytes() for path in synced.parent.rglob("*") if path.is_file())
    assert b"correct horse" not in kept


def test_what_others_on_the_machine_can_read_is_told_of(findings: Findings, synced: Path) -> None:
    path = synced / "credentials.json"
    path.write_text("{}")
    path.chmod(0o644)
    add(synced, f'[report.gmail]\ncredentials = "{path}"\n')
    assert findings(code=1)["privacy"] == (False, f"others can read {path}: chmod 600 {path}")
    path.chmod(0o600)
    assert findings()["privacy"][0]


def test_a_full_disk_is_told_of(
    findings: Findings, synced: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(synced)._replace(free=10_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    assert findings(code=1)["disk"] == (False, "0.0 GB free: make room")


def test_a_store_that_cannot_be_opened_is_told_of(findings: Findings, home: Path) -> None:
    (home / "garbage.db").write_bytes(b"no database" * 1000)
    add(home, f'[store]\nurl = "sqlite:///{home}/garbage.db"\n')
    ok, says = findings(code=1)["store"]
    assert not ok
    assert "is no store of beforehand" in says


def test_a_password_in_the_stores_url_is_not_shown(cli: Cli, home: Path) -> None:
    url = "postgresql+psycopg://ada:sesame@127.0.0.1:1/x?connect_timeout=1"
    text = CONFIG.replace('name = "Ada', 'id = "ada"\nname = "Ada')
    (home / "config.toml").write_text(f'{text}[store]\nurl = "{url}"\n')
    said = cli("doctor", code=1)
    assert "cannot reach the store" in said.out
    assert "sesame" not in said.out + said.err


def claim(app: App, *, sent: bool) -> None:
    with app.store.write() as connection:
        number = reports.claim(connection, app.owner_id, "2026-W48", "<x@y.example>", NOW)
        assert number is not None
        if sent:
            reports.mark_sent(connection, number, NOW)
        else:
            reports.mark_failed(connection, number, "no such mailbox")


@pytest.mark.usefixtures("synced")
def test_a_report_that_did_not_go_out_is_told_of(findings: Findings, opened: OpenApp) -> None:
    with opened() as app:
        claim(app, sent=False)
    assert findings(code=1)["report"] == (False, "2026-W48 is not sent: no such mailbox")


@pytest.mark.usefixtures("synced")
def test_a_report_that_is_overdue_makes_one_ask_for_the_daemon(
    findings: Findings, opened: OpenApp
) -> None:
    with opened() as app:
        claim(app, sent=True)
    assert findings()["report"] == (True, "the last was for 2026-W48")
    ok, says = findings(code=1, now=NOW + timedelta(days=9))["report"]
    assert not ok
    assert "is `beforehand daemon` running?" in says


def test_a_store_that_is_damaged_is_told_of(findings: Findings, synced: Path) -> None:
    path = Path(os.environ["XDG_DATA_HOME"]) / "beforehand" / "beforehand.db"
    content = bytearray(path.read_bytes())
    page = 4096 * (len(content) // 4096 // 2)
    content[page : page + 4096] = b"\xff" * 4096
    path.write_bytes(content)
    ok, says = findings(code=1)["store"]
    assert not ok
    assert "is damaged" in says
    assert "beforehand sync" in says
    assert synced.exists()


@pytest.mark.usefixtures("synced")
def test_a_source_not_read_for_days_is_told_of(findings: Findings) -> None:
    ok, says = findings(code=1, now=NOW + timedelta(days=4))["source mail"]
    assert not ok
    assert says.endswith("that is 4 days ago: beforehand sync")


@pytest.mark.usefixtures("synced")
def test_reports_that_are_paused_are_no_fault(findings: Findings, cli: Cli) -> None:
    cli("pause")
    ok, says = findings(now=NOW + timedelta(days=1))["report"]
    assert ok
    assert says == "paused since 23 Nov 2026: `beforehand resume` brings them back"


@pytest.mark.usefixtures("synced")
def test_whether_answers_are_seen_is_said(findings: Findings) -> None:
    ok, says = findings()["answers"]
    assert ok
    assert "reports offer no answers by mail: `beforehand met`" in says


def test_a_folder_that_takes_no_report_is_told_of(findings: Findings, synced: Path) -> None:
    (synced / "file").write_text("no folder")
    add(synced, f'[report]\nfolder = "{synced}/file/reports"\n')
    ok, says = findings(code=1)["mail out"]
    assert not ok
    assert "cannot be written to" in says


# The clock, the daemon


@pytest.mark.usefixtures("synced")
def test_a_clock_that_was_set_back_is_told_of(findings: Findings) -> None:
    ok, says = findings(code=1, now=NOW - timedelta(days=2, hours=3))["clock"]
    assert not ok
    assert says.startswith("2 d 3 h behind what was written here before: set the")


@pytest.mark.parametrize(
    ("off", "says"), [(0, ""), (-20, "20 min behind"), (90, "1 h 30 min ahead")]
)
def test_a_clock_is_compared_with_that_of_a_server_that_is_read_anyway(
    findings: Findings, synced: Path, monkeypatch: pytest.MonkeyPatch, off: int, says: str
) -> None:
    right = format_datetime(NOW + timedelta(hours=1), usegmt=True)
    monkeypatch.setattr(BaseHTTPRequestHandler, "date_time_string", lambda *_: right)
    with serve(empty_world(end=NOW.date())) as google:
        path = synced / "gmail.json"
        path.write_text(json.dumps(google.credentials([METADATA])))
        path.chmod(0o600)
        add(
            synced,
            '[[sources]]\nid = "post"\ntype = "gmail"\n'
            f'api_endpoint = "{google.url}"\ncredentials = "{path}"\n',
        )
        found = findings(code=1, now=NOW + timedelta(hours=1, minutes=off))
    ok, said = found["clock"]
    assert ok is not bool(off)
    assert said.startswith(f"{says} of 127.0.0.1: set the" if off else "23 Nov")


def sign(synced: Path) -> Path:
    return liveness.sign_path(configuration.load(synced / "config.toml"))


def test_a_daemon_that_gives_no_sign_is_told_of(findings: Findings, synced: Path) -> None:
    assert findings()["daemon"][0]  # nobody said that there is to be one
    liveness.Liveness(path=sign(synced), now=lambda: NOW).beat()
    assert findings(now=NOW + timedelta(minutes=9))["daemon"] == (
        True,
        "the last sign of life was on 23 Nov 2026, 06:30",
    )
    ok, says = findings(code=1, now=NOW + timedelta(hours=1))["daemon"]
    assert not ok
    assert "beforehand service install" in says


def test_a_container_is_told_whether_the_daemon_lives(cli: Cli, synced: Path) -> None:
    cli("doctor", "--alive", code=1)
    liveness.Liveness(path=sign(synced), now=lambda: NOW).beat()
    cli("doctor", "--alive", now=NOW + timedelta(minutes=9))
    cli("doctor", "--alive", code=1, now=NOW + timedelta(minutes=11))


def test_at_a_terminal_lines_are_folded_and_elsewhere_they_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = "ok   store: " + "word " * 40
    assert folded(line, indent=6) == line
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    first, *rest = folded(line, indent=6).splitlines()
    assert max(map(len, (first, *rest))) <= 80
    assert all(one.startswith("      word") for one in rest)


def test_whoever_gives_a_command_is_told_of_a_daemon_that_fell_silent(
    cli: Cli, synced: Path
) -> None:
    liveness.Liveness(path=sign(synced), now=lambda: NOW - timedelta(hours=47)).beat()
    assert cli("people").err == ""
    liveness.Liveness(path=sign(synced), now=lambda: NOW - timedelta(hours=49)).beat()
    for words in (("people",), ("sync",), ("report",)):
        [line] = cli(*words).err.splitlines()
        assert "no sign of life since 21 Nov, 05:30: `beforehand service install`" in line
