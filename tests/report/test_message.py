"""The mail: its headers, its two parts, its bytes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beforehand.mailing.sections.replies import OpenReply
from beforehand.mailing.sections.to_write_to import Candidate
from report import message, render
from report.view import ReportView

Compose = Callable[..., EmailMessage]

HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "List-Id",
    "MIME-Version",
    "Content-Type",
]


@pytest.fixture
def shown(
    build: Callable[..., ReportView],
    candidate: Callable[..., Candidate],
    owed: Callable[..., OpenReply],
) -> ReportView:
    return build(people=[candidate("Zoë Ångström")], owed=[owed()])


@pytest.fixture
def compose(shown: ReportView, now: datetime) -> Compose:
    def make(**given_values: Any) -> EmailMessage:  # noqa: ANN401 - as those of `compose`
        usual: dict[str, Any] = {
            "owner_id": "owner-1",
            "owner_name": "Ada Löv",
            "sender": "ada@example.org",
            "to": "ada@example.org",
            "at": now,
            "secret": b"x",
        }
        return message.compose(given_values.pop("view", shown), **(usual | given_values))

    return make


def parsed(mail: EmailMessage) -> EmailMessage:
    """The message as its reader gets it, from its bytes."""
    return BytesParser(policy=policy.default).parsebytes(message.to_bytes(mail))


def test_the_headers_say_who_what_when_and_that_a_machine_wrote(compose: Compose) -> None:
    mail = parsed(compose())
    assert mail.keys() == HEADERS
    assert mail["From"] == "Beforehand <ada@example.org>"
    assert mail["To"].addresses[0].display_name == "Ada Löv"
    assert mail["To"].addresses[0].addr_spec == "ada@example.org"
    assert mail["Subject"] == "Your people, 23 Nov: 1 to write to, 1 reply owed"
    assert mail["Date"].datetime == datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert f"<{message.LIST_ID}>" in mail["List-Id"]


def test_both_parts_come_from_the_same_view(compose: Compose, shown: ReportView) -> None:
    mail = parsed(compose())
    assert mail.get_content_type() == "multipart/alternative"
    plain, html = mail.iter_parts()
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    for part in (plain, html):
        assert part["Content-Transfer-Encoding"] == "quoted-printable"
        assert part.get_content_charset() == "utf-8"
    assert plain.get_content().replace("\r\n", "\n") == render.text(shown)
    assert html.get_content().replace("\r\n", "\n") == render.html(shown)


def test_the_message_id_is_the_owners_and_the_periods_and_no_strangers(compose: Compose) -> None:
    first = compose(secret=b"x")["Message-ID"]
    later = datetime(2027, 1, 1, tzinfo=UTC)
    assert first == compose(owner_name="Grace", at=later, secret=b"x")["Message-ID"]
    assert first == message.message_id("owner-1", "2026-W48", "ada@example.org", secret=b"x")
    others = {
        message.message_id("owner-2", "2026-W48", "ada@example.org", secret=b"x"),
        message.message_id("owner-1", "2026-W49", "ada@example.org", secret=b"x"),
        message.message_id("owner-1", "2026-W48", "ada@example.org", secret=b"y"),
    }
    assert first not in others
    assert len(others) == 3
    assert first.startswith("<beforehand.")
    assert first.endswith("@example.org>")


def test_the_same_report_is_the_same_bytes(compose: Compose) -> None:
    assert message.to_bytes(compose()) == message.to_bytes(compose())


def test_the_bytes_are_ascii_with_crlf_and_short_lines(compose: Compose) -> None:
    raw = message.to_bytes(compose())
    assert raw.isascii()
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78


def test_the_bytes_of_ten_people_stay_under_what_gmail_shows_whole(
    build: Callable[..., ReportView], candidate: Callable[..., Candidate], compose: Compose
) -> None:
    view = build(people=[candidate("Wörner " * 9)] * 10)
    assert len(message.to_bytes(compose(view=view))) < 60_000


@pytest.mark.parametrize(
    "name", ["Ada\r\nBcc: eve@example.org", "Ada\n\nbody", 'Ada "the" <eve@example.org>', "A, B; C"]
)
def test_a_name_cannot_add_a_header_or_a_recipient(compose: Compose, name: str) -> None:
    mail = parsed(compose(owner_name=name))
    assert mail.keys() == HEADERS
    assert [a.addr_spec for a in mail["To"].addresses] == ["ada@example.org"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=320))
def test_any_owners_name_leaves_the_headers_whole(compose: Compose, name: str) -> None:
    raw = message.to_bytes(compose(owner_name=name))
    mail = BytesParser(policy=policy.default).parsebytes(raw)
    assert mail.keys() == HEADERS
    assert [a.addr_spec for a in mail["To"].addresses] == ["ada@example.org"]
    assert raw.isascii()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "ada@",
        "@example.org",
        "a b@example.org",
        "ada@example.org\r\nBcc: eve@example.org",
        "ada@example.org, eve@example.org",
        "<ada@example.org>",
        "ada@@example.org",
        "ädä@example.org",
        "ada@..",
        f"ada@{'x' * 70}.org",
    ],
)
def test_what_is_no_address_is_refused(compose: Compose, address: str) -> None:
    for field in ("sender", "to"):
        with pytest.raises(ValueError, match="is not a mail address"):
            compose(**{field: address})


def test_a_domain_with_other_letters_is_written_in_ascii(compose: Compose) -> None:
    mail = compose(sender="ada@bücher.example")
    assert mail["From"].addresses[0].domain == "xn--bcher-kva.example"
    assert mail["Message-ID"].endswith("@xn--bcher-kva.example>")


def test_a_time_without_a_zone_makes_no_mail(compose: Compose) -> None:
    with pytest.raises(ValueError, match="time zone"):
        compose(at=datetime(2026, 11, 23))  # noqa: DTZ001 - the very fault
