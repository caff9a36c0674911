"""Delivery into a file, and by a sender handed in; by SMTP it is `test_delivery_smtp`."""

from __future__ import annotations

import os
import stat
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest

from beforehand.errors import UsageError
from beforehand.mailing.delivery import (
    ByGmail,
    OutcomeUnknown,
    Rejected,
    ToFile,
    TryLater,
    deliver,
)
from connectors.errors import AuthRequired, ConfigError, Fatal, Retriable


@pytest.fixture
def mail() -> EmailMessage:
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = "Beforehand <ada@example.org>"
    message["To"] = "Ada <ada@example.org>"
    message["Subject"] = "Your people, 23 Nov: 1 to write to"
    message["Message-ID"] = "<beforehand.1@example.org>"
    message.set_content("1 person to write to.\n.\n..two dots\n", cte="quoted-printable")
    message.add_alternative("<p>Grüße</p>\n", subtype="html", cte="quoted-printable")
    return message


# Files


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("report.html", "<p>Grüße</p>\n"),
        ("report.txt", "1 person to write to.\n.\n..two dots\n"),
    ],
)
def test_a_file_gets_the_part_its_ending_asks_for(
    mail: EmailMessage, tmp_path: Path, name: str, content: str
) -> None:
    path = tmp_path / "reports" / name
    assert str(path) in deliver(mail, ToFile(path))
    assert path.read_bytes() == content.encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == [name]


def test_an_eml_file_is_the_whole_message(mail: EmailMessage, tmp_path: Path) -> None:
    path = tmp_path / "report.EML"
    deliver(mail, ToFile(path))
    read = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
    assert read["Message-ID"] == mail["Message-ID"]
    assert [p.get_content_type() for p in read.iter_parts()] == ["text/plain", "text/html"]


def test_an_earlier_file_is_replaced_and_becomes_private(
    mail: EmailMessage, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    path.chmod(0o644)
    deliver(mail, ToFile(path))
    assert "Grüße" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_ending_that_means_nothing_is_wrong_use(mail: EmailMessage, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.eml, \.html or \.txt"):
        deliver(mail, ToFile(tmp_path / "report.pdf"))


def test_a_full_disk_leaves_the_earlier_file_and_may_be_tried_again(
    mail: EmailMessage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TryLater, match=r"No space left on device\.$"):
        deliver(mail, ToFile(path))
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_a_place_that_is_no_folder_is_rejected(mail: EmailMessage, tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file")
    with pytest.raises(Rejected, match="could not be written"):
        deliver(mail, ToFile(tmp_path / "reports" / "report.html"))


# Gmail


def test_gmail_gets_the_messages_bytes(mail: EmailMessage) -> None:
    sent: list[bytes] = []

    def send(raw: bytes) -> str:
        sent.append(raw)
        return "18c0ffee"

    assert deliver(mail, ByGmail(send)) == "The report was sent by Gmail (id 18c0ffee)."
    assert sent == [mail.as_bytes(policy=policy.SMTP)]


@pytest.mark.parametrize(
    ("raised", "error"),
    [
        (Retriable("wait a minute"), TryLater),
        (Fatal("the message is too large"), Rejected),
        (AuthRequired("run `beforehand auth gmail`"), AuthRequired),
        (ConfigError("no credentials"), ConfigError),
        (ConnectionResetError("reset"), OutcomeUnknown),
    ],
)
def test_what_gmail_answers_is_named_by_what_may_be_done_next(
    mail: EmailMessage, raised: Exception, error: type[Exception]
) -> None:
    def send(_raw: bytes) -> str:
        raise raised

    with pytest.raises(error, match=str(raised)):
        deliver(mail, ByGmail(send))
