"""The doctor: what is wrong is found, named, and comes with what to do about it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from beforehand.house import House
from beforehand.secrets import FileSecrets
from sync.store import reports
from tests.beforehand.ada import CONFIG, NOW, Cli, Opened, Stranger

SMTP = '[report]\nvia = "smtp"\n[report.smtp]\nhost = "mail.example.org"\nusername = "ada"\n'


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
    assert [line.split()[0] for line in said.out.splitlines()] == ["ok"] * 6
    assert said.err == ""
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
    findings: Findings, synced: Path, stranger: Stranger, case: tuple[str, int, str]
) -> None:
    does, code, says = case
    stranger("odd", "odd_code:Odd", STRANGERS)
    add(synced, f'[[sources]]\nid = "odd"\ntype = "odd"\ndoes = "{does}"\n')
    found = findings(code=code)
    assert found["source odd"] == (False, says)
    assert found["source mail"][0]
    assert found["report"][0]


def test_the_worst_finding_decides_the_exit_code(
    findings: Findings, home: Path, stranger: Stranger
) -> None:
    stranger("odd", "odd_code:Odd", STRANGERS)
    add(home, '[[sources]]\nid = "odd"\ntype = "odd"\ndoes = "ask"\n')
    findings(code=3)  # needs authorisation, and the mail was never read


def test_a_missing_password_is_told_of(findings: Findings, synced: Path) -> None:
    add(synced, SMTP)
    assert findings(code=3)["mail out"] == (
        False,
        "no password for mail.example.org: beforehand auth report",
    )
    FileSecrets(Path(os.environ["XDG_DATA_HOME"]) / "beforehand").set("smtp:mail.example.org", "x")
    assert findings()["mail out"] == (True, "a password for mail.example.org is kept")


def test_auth_keeps_the_password_and_never_shows_it(
    cli: Cli, synced: Path, findings: Findings, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(synced, SMTP)
    monkeypatch.setattr("typer.prompt", lambda *_, hide_input: "correct horse" * hide_input)
    said = cli("auth", "report")
    assert said.out == "The password is kept.\n"
    assert findings()["mail out"][0]
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


def claim(house: House, *, sent: bool) -> None:
    with house.store.write() as connection:
        number = reports.claim(connection, house.owner_id, "2026-W48", "<x@y.example>", NOW)
        assert number is not None
        if sent:
            reports.mark_sent(connection, number, NOW)
        else:
            reports.mark_failed(connection, number, "no such mailbox")


@pytest.mark.usefixtures("synced")
def test_a_report_that_did_not_go_out_is_told_of(findings: Findings, opened: Opened) -> None:
    with opened() as house:
        claim(house, sent=False)
    assert findings(code=1)["report"] == (False, "2026-W48 is not sent: no such mailbox")


@pytest.mark.usefixtures("synced")
def test_a_report_that_is_overdue_makes_one_ask_for_the_daemon(
    findings: Findings, opened: Opened
) -> None:
    with opened() as house:
        claim(house, sent=True)
    assert findings()["report"] == (True, "the last was for 2026-W48")
    ok, says = findings(code=1, now=NOW + timedelta(days=9))["report"]
    assert not ok
    assert "is `beforehand daemon` running?" in says
