"""Privacy where things go wrong, and of archives: within this process, --debug included."""

from __future__ import annotations

import base64
import contextlib
import gzip
import os
import sqlite3
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest
from cryptography.fernet import Fernet
from sqlalchemy.exc import IntegrityError

from beforehand.cli import main
from beforehand.mailing.delivery import smtp_secret
from beforehand.secrets import FileSecrets
from beforehand.terminal import brief
from connectors.mbox.connector import Mbox
from connectors.mbox.file import Message
from tests.support.owner import ADA, BO, CLEO, mail, sample_mail, write_mbox
from tests.support.secret_search import PASSWORD, PRIVATE, WRONG, mail_server, secrets_in

DAY = timedelta(days=1)
CONFIG = """
[owner]
name = "Ada Winter"
addresses = ["ada@example.org"]
[[sources]]
id = "mail"
type = "mbox"
path = "{path}"
[report]
via = "smtp"
[report.smtp]
host = "127.0.0.1"
username = "ada"
security = "none"
port = 9
"""
ODD = (
    f"Subject: {PRIVATE}\n =?utf-8?b?{base64.b64encode(PRIVATE.encode()).decode()}?=",
    *(f"{name}: {PRIVATE}" for name in ("Comments", "Keywords", "X-Face", "Precedence")),
    f"Delivered-To: {PRIVATE}@elsewhere.example",
    f"References: <{PRIVATE}.1@example.net>",
    f"List-Id: {PRIVATE} <{PRIVATE}.lists.example>",
    f"Received: from {PRIVATE} by mx; 1 Jan 2020 10:00:00 +0000",
    f"X-Gmail-Labels: Inbox,{PRIVATE}",
    f'Content-Type: text/plain; name="{PRIVATE}.txt"',
    "",
    f"{PRIVATE}\n\n>From {PRIVATE}\n\nFrom {PRIVATE} on, nothing.\n",
)
Run = Callable[..., str]
ANY_FAULT = -1


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a command; return what it prints, with the traceback that the interpreter would show."""
    monkeypatch.setenv("BEFOREHAND_CONFIG", str(tmp_path / "config.toml"))

    def run(*words: object, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["beforehand", *map(str, words)])
        trace, ended = "", 1
        try:
            main()
        except SystemExit as end:
            ended = int(end.code or 0)
        except Exception:  # noqa: BLE001 - whatever --debug lets through
            trace = traceback.format_exc()
        said = "".join((*capsys.readouterr(), trace))
        assert code in {ended, ANY_FAULT if ended else 0}, said
        return said

    return run


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Ada's mail, the configuration that names it, and an SMTP password."""
    (tmp_path / "config.toml").write_text(CONFIG.format(path=tmp_path / "mail.mbox"))
    FileSecrets(data()).set(smtp_secret("127.0.0.1"), PASSWORD)
    return write_mbox(tmp_path / "mail.mbox", [*sample_mail(datetime.now(UTC)), odd()])


def data() -> Path:
    return Path(os.environ["XDG_DATA_HOME"]) / "beforehand"


def database() -> bytes:
    return b"".join(path.read_bytes() for path in data().glob("beforehand.db*"))


def odd() -> str:
    """A message whose every header that is not ours to read is private, and its body too."""
    sent = mail(datetime.now(UTC) - 70 * DAY, f"{BO} ({PRIVATE})", f"{PRIVATE}: {ADA};", *ODD)
    return sent.replace("Message-ID: <", f"Message-ID: <{PRIVATE}.")


def test_of_an_archive_nothing_is_kept_but_who_and_when(run: Run, archive: Path) -> None:
    assert secrets_in([PRIVATE], archive.read_bytes())
    said = run("--debug", "sync") + run("people") + run("people", "--bulk", "--json")
    said += run("export") + run("why", "bo@example.net") + run("report")
    said += run("--debug", "doctor", code=1)  # the mail server is away
    assert "Bo Lindgren" in said
    assert secrets_in([PRIVATE, "Never read", PASSWORD], said.encode(), database()) == []


def broken(kind: str) -> bytes:
    """An archive that cannot be read, or not as it should be."""
    whole = "\n".join(odd() for _ in range(300)).encode()
    packed = gzip.compress(whole + os.urandom(50_000))
    return {
        "cut off": packed[: len(packed) // 2],
        "damaged": packed[:2000] + b"\0" * 200 + packed[2200:],
        "no mbox": whole[1:],
        "no end to the head": whole[:200] + f"{PRIVATE} ".encode() * 400_000,
        "nonsense": whole.replace(b"Date:", f"Date: {PRIVATE}".encode()).replace(
            b"From: Bo Lindgren <bo@example.net>", f"From: {PRIVATE}".encode()
        ),
    }[kind]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("cut off", 1),
        ("damaged", 1),
        ("no mbox", 2),
        ("no end to the head", 0),
        ("nonsense", 0),
    ],
)
def test_a_broken_archive_is_told_of_without_quoting_it(
    run: Run, archive: Path, kind: str, code: int
) -> None:
    archive.write_bytes(broken(kind))
    said = run("--debug", "sync", code=code)
    assert secrets_in([PRIVATE], said.encode(), database()) == []


def test_a_fault_in_a_connector_is_told_of_without_quoting_what_it_read(
    run: Run, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_self: Mbox, message: Message, _into: object) -> NoReturn:
        raise ValueError(message.head)

    monkeypatch.setattr(Mbox, "_read", fail)
    archive.write_text(odd())
    said = run("--debug", "sync", code=1)
    assert "ValueError" in said
    assert Path(__file__).name in said  # the traceback leads to where it happened
    assert secrets_in([PRIVATE], said.encode(), database()) == []


def test_the_forgotten_are_gone_from_the_files_and_do_not_come_back(
    run: Run, archive: Path
) -> None:
    now = datetime.now(UTC)
    names = ["Lindgren", "bo@example.net", "bo@work.example"]
    together = mail(now - DAY, CLEO, f"{ADA}, {BO}", "Cc: Bo <bo@work.example>")
    write_mbox(archive, [*sample_mail(now), together])
    config = archive.with_name("config.toml")
    config.write_text(config.read_text().replace('via = "smtp"', 'via = "file"'))
    run("sync")
    run("merge", "bo@example.net", "bo@work.example")
    run("report", "--send")
    run("snooze", "bo@example.net")
    assert secrets_in(names, database()) == names
    with contextlib.closing(sqlite3.connect(data() / "beforehand.db")) as other:
        other.execute("SELECT * FROM handle").fetchall()  # as an idle daemon holds the log open
        said = run("--debug", "forget", "bo@example.net", "--yes")
        assert secrets_in(names, database()) == []
    assert "reports written before may still name them" in said
    for more in ([], [mail(now, ADA, BO), mail(now, "Bo <bo@work.example>", ADA), together]):
        write_mbox(archive, [*sample_mail(now), together, *more])
        said += run("--debug", "sync") + run("people", "--json") + run("people", "--bulk", "--json")
        said += run("export") + run("report")
        assert "Cleo Marsh" in said
        assert secrets_in(names, said.encode(), database()) == []


@pytest.mark.parametrize("debug", [(), ("--debug",)])
@pytest.mark.parametrize("wrong", [WRONG, f"{WRONG}-later"])
def test_a_password_that_the_mail_server_repeats_in_its_answer_is_not_shown(
    run: Run, archive: Path, wrong: str, debug: tuple[str, ...]
) -> None:
    config = archive.with_name("config.toml")
    FileSecrets(data()).set(smtp_secret("127.0.0.1"), wrong)
    run("sync")
    with mail_server() as (box, port):
        config.write_text(config.read_text().replace("port = 9", f"port = {port}"))
        said = run(*debug, "report", "--send", code=ANY_FAULT)
    assert box.kept == []
    assert "127.0.0.1" in said
    assert secrets_in([wrong], said.encode(), database()) == []


def test_what_a_database_says_is_told_without_the_values() -> None:
    said = "duplicate key\nDETAIL:  Key (address)=(bo@example.net) already exists."
    error = IntegrityError("INSERT", {"address": "bo@example.net"}, Exception(said))
    assert brief(error) == "Exception: duplicate key"


@pytest.mark.parametrize("debug", [(), ("--debug",)])
@pytest.mark.usefixtures("archive")
def test_no_error_about_secrets_shows_one(
    run: Run, monkeypatch: pytest.MonkeyPatch, debug: tuple[str, ...]
) -> None:
    send = (*debug, "report", "--send")
    failed = 1 if debug else 2
    key = (Path(os.environ["XDG_CONFIG_HOME"]) / "beforehand/secrets.key").read_text()
    run("sync")
    said = [run(*send, code=1)]  # nobody listens there
    for wrong in (Fernet.generate_key().decode(), f"{key[:-3]}", f"ü{key}"):
        monkeypatch.setenv("BEFOREHAND_SECRETS_KEY", wrong)
        said.append(run(*send, code=failed))
    monkeypatch.delenv("BEFOREHAND_SECRETS_KEY")
    (data() / "secrets.json.enc").write_bytes(b"torn")
    said.append(run(*send, code=failed))
    (data() / "secrets.json.enc").unlink()
    (data() / "secrets.json.enc").mkdir()
    said.append(run(*send, code=failed))
    assert secrets_in([PASSWORD, key[5:-8]], *(text.encode() for text in said)) == []


@pytest.mark.parametrize("debug", [(), ("--debug",)])
@pytest.mark.parametrize(
    "more",
    [
        f'password = "{PASSWORD}"',
        f'[report.gmail]\ncredentials = ["{PASSWORD}"]',
        f'[store]\nurl = "postgresql+psycopg://ada:{PASSWORD}"',
        f'[store]\nurl = "postgresql+psycopg://ada:x@{PASSWORD}@db.example/x"',
        f'[store]\nurl = "postgresql+psycopg://127.0.0.1:1/x?password={PASSWORD}"',
        f'[store]\nurl = "postgresql+psycopg://ada:{PASSWORD}@127.0.0.1:1/x"',
    ],
)
def test_a_password_in_the_wrong_place_of_the_configuration_is_not_repeated(
    run: Run, archive: Path, more: str, debug: tuple[str, ...]
) -> None:
    config = archive.with_name("config.toml")
    config.write_text(config.read_text().replace("[owner]", '[owner]\nid = "ada"') + more)
    said = run(*debug, "people", code=1 if debug or "127.0.0.1:1" in more else ANY_FAULT)
    said += run(*debug, "doctor", code=ANY_FAULT)
    assert secrets_in([PASSWORD], said.encode()) == []
