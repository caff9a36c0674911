"""Sending by the Gmail API: once, with its own credential, and honest about what is not known."""

from __future__ import annotations

import json
import socket

import pytest

from connectors.errors import AuthRequired, ConfigError, Retriable
from connectors.google.http.errors import Refused
from connectors.google.oauth.credentials import METADATA, SEND
from connectors.google.send import GmailSender
from tests.support.google_client import ADA, Desk, safe

RAW = (
    f"From: Ada Winter <{ADA}>\r\nTo: {ADA}\r\nSubject: a week\r\n"
    "Message-ID: <r1@example.org>\r\n\r\nHello ä.\r\n"
).encode()


def sender(desk: Desk, **keys: object) -> GmailSender:
    keys.setdefault("credentials", desk.credentials(SEND, name="send.json"))
    return GmailSender(id="me", tokens=desk.tokens, api_endpoint=desk.google.url, **keys)  # type: ignore[arg-type]


def sends(desk: Desk) -> int:
    return len(desk.asked("/messages/send"))


def test_a_message_is_sent_once_and_its_id_told(desk: Desk) -> None:
    ref = sender(desk).send_raw(RAW)
    message = desk.world.mailbox.messages[ref]
    assert "SENT" in message.labels
    assert ("Message-ID", "<r1@example.org>") in message.headers
    assert sends(desk) == 1


def test_the_credential_is_one_of_its_own(desk: Desk) -> None:
    desk.tokens.set("google:mine", json.dumps(desk.google.credentials([METADATA])))
    with pytest.raises(AuthRequired, match="`beforehand auth report`"):
        sender(desk, credentials=None).send_raw(RAW)
    desk.tokens.set("google-send:me", json.dumps(desk.google.credentials([SEND])))
    assert sender(desk, credentials=None).send_raw(RAW)


def test_a_credential_for_reading_cannot_send(desk: Desk) -> None:
    with pytest.raises(AuthRequired):
        sender(desk, credentials=desk.credentials(METADATA)).send_raw(RAW)


def test_a_refused_token_is_renewed_once(desk: Desk) -> None:
    found = sender(desk)
    desk.google.faults.revoke_access()
    found.send_raw(RAW)
    assert len(desk.asked("/token")) == 1
    desk.google.faults.revoke_grants()
    with pytest.raises(AuthRequired) as caught:
        found.send_raw(RAW)
    assert safe(caught.value)


@pytest.mark.parametrize("status", [429, 503])
def test_what_was_not_taken_may_be_tried_again_later(desk: Desk, status: int) -> None:
    desk.google.faults.fail_next(1, status=status, reason="rateLimitExceeded", retry_after=3600)
    with pytest.raises(Retriable) as caught:
        sender(desk).send_raw(RAW)
    assert caught.value.retry_after == 3600
    assert sends(desk) == 1


@pytest.mark.parametrize("fault", ["drop", "tear", "fail"])
def test_where_nobody_can_know_it_is_not_sent_again(desk: Desk, fault: str) -> None:
    faults = desk.google.faults
    if fault == "fail":
        faults.fail_next(1, status=500, path="/send")
    elif fault == "drop":
        faults.drop_next(1, path="/send")
    else:
        faults.tear_next(1, path="/send")
    before = len(desk.world.mailbox.messages)
    with pytest.raises(OSError, match=r"no answer came|500|torn") as caught:
        sender(desk).send_raw(RAW)
    assert safe(caught.value)
    assert len(desk.world.mailbox.messages) - before == (1 if fault == "tear" else 0)
    assert sends(desk) <= 1


def test_what_gmail_will_never_take_is_refused_for_good(desk: Desk) -> None:
    with pytest.raises(Refused, match="400"):
        sender(desk).send_raw(b"no message")


def test_no_server_means_certainly_not_sent(desk: Desk) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refuses
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        found = GmailSender(
            id="me",
            tokens=desk.tokens,
            api_endpoint=url,
            credentials=desk.credentials(SEND, name="send.json"),
        )
        with pytest.raises(Retriable, match="cannot reach 127"):
            found.send_raw(RAW)


def test_a_check_asks_whether_there_is_access_and_sends_nothing(desk: Desk) -> None:
    found = sender(desk)
    assert found.check()
    assert (len(desk.asked("/token")), desk.google.writes) == (1, [])
    info = desk.google.credentials([SEND])
    del info["refresh_token"]
    bare = sender(desk, credentials=desk.write(info, "bare.json"))
    assert "good for an hour" in bare.check()
    assert bare.send_raw(RAW)
    desk.google.faults.drop_next(1, path="/token")
    with pytest.raises(Retriable):
        found.check()
    desk.google.faults.revoke_grants()
    with pytest.raises(AuthRequired) as caught:
        found.check()
    assert safe(caught.value)


def test_a_report_is_not_sent_in_clear(desk: Desk) -> None:
    with pytest.raises(ConfigError, match="api_endpoint"):
        GmailSender(id="me", tokens=desk.tokens, api_endpoint="http://mail.example.org")
