"""Sending by the Gmail API: once, with its own credential, and with clear errors."""

from __future__ import annotations

import json
import socket

import pytest

from connectors.errors import AuthRequired, ConfigError, Retriable
from connectors.google.http.errors import Refused
from connectors.google.oauth.credentials import METADATA, SEND
from connectors.google.send import GmailSender
from tests.support.google_client import ADA, GoogleClient, holds_no_secret

RAW = (
    f"From: Ada Winter <{ADA}>\r\nTo: {ADA}\r\nSubject: a week\r\n"
    "Message-ID: <r1@example.org>\r\n\r\nHello ä.\r\n"
).encode()


def sender(client: GoogleClient, **keys: object) -> GmailSender:
    keys.setdefault("credentials", client.credentials(SEND, name="send.json"))
    return GmailSender(id="me", tokens=client.tokens, api_endpoint=client.server.url, **keys)  # type: ignore[arg-type]


def send_calls(client: GoogleClient) -> int:
    return len(client.calls_to("/messages/send"))


def test_a_message_is_sent_once_and_its_id_told(client: GoogleClient) -> None:
    ref = sender(client).send_raw(RAW)
    message = client.world.mailbox.messages[ref]
    assert "SENT" in message.labels
    assert ("Message-ID", "<r1@example.org>") in message.headers
    assert send_calls(client) == 1


def test_the_credential_is_one_of_its_own(client: GoogleClient) -> None:
    client.tokens.set("google:mine", json.dumps(client.server.credentials([METADATA])))
    with pytest.raises(AuthRequired, match="`beforehand auth report`"):
        sender(client, credentials=None).send_raw(RAW)
    client.tokens.set("google-send:me", json.dumps(client.server.credentials([SEND])))
    assert sender(client, credentials=None).send_raw(RAW)


def test_a_credential_for_reading_cannot_send(client: GoogleClient) -> None:
    with pytest.raises(AuthRequired):
        sender(client, credentials=client.credentials(METADATA)).send_raw(RAW)


def test_a_refused_token_is_renewed_once(client: GoogleClient) -> None:
    gmail = sender(client)
    client.server.faults.revoke_access()
    gmail.send_raw(RAW)
    assert len(client.calls_to("/token")) == 1
    client.server.faults.revoke_grants()
    with pytest.raises(AuthRequired) as caught:
        gmail.send_raw(RAW)
    assert holds_no_secret(caught.value)


@pytest.mark.parametrize("status", [429, 503])
def test_what_was_not_taken_may_be_tried_again_later(client: GoogleClient, status: int) -> None:
    client.server.faults.fail_next(1, status=status, reason="rateLimitExceeded", retry_after=3600)
    with pytest.raises(Retriable) as caught:
        sender(client).send_raw(RAW)
    assert caught.value.retry_after == 3600
    assert send_calls(client) == 1


@pytest.mark.parametrize("fault", ["drop", "tear", "fail"])
def test_where_nobody_can_know_it_is_not_sent_again(client: GoogleClient, fault: str) -> None:
    faults = client.server.faults
    if fault == "fail":
        faults.fail_next(1, status=500, path="/send")
    elif fault == "drop":
        faults.drop_next(1, path="/send")
    else:
        faults.tear_next(1, path="/send")
    before = len(client.world.mailbox.messages)
    with pytest.raises(OSError, match=r"no answer came|500|torn") as caught:
        sender(client).send_raw(RAW)
    assert holds_no_secret(caught.value)
    assert len(client.world.mailbox.messages) - before == (1 if fault == "tear" else 0)
    assert send_calls(client) <= 1


def test_what_gmail_will_never_take_is_refused_for_good(client: GoogleClient) -> None:
    with pytest.raises(Refused, match="400"):
        sender(client).send_raw(b"no message")


def test_no_server_means_certainly_not_sent(client: GoogleClient) -> None:
    with socket.socket() as closed_port:
        closed_port.bind(("127.0.0.1", 0))  # bound and not listening: refuses
        url = f"http://127.0.0.1:{closed_port.getsockname()[1]}"
        gmail = GmailSender(
            id="me",
            tokens=client.tokens,
            api_endpoint=url,
            credentials=client.credentials(SEND, name="send.json"),
        )
        with pytest.raises(Retriable, match="cannot reach 127"):
            gmail.send_raw(RAW)


def test_a_check_asks_whether_there_is_access_and_sends_nothing(client: GoogleClient) -> None:
    gmail = sender(client)
    assert gmail.check()
    assert (len(client.calls_to("/token")), client.server.writes) == (1, [])
    info = client.server.credentials([SEND])
    del info["refresh_token"]
    bare = sender(client, credentials=client.write(info, "bare.json"))
    assert "good for an hour" in bare.check()
    assert bare.send_raw(RAW)
    client.server.faults.drop_next(1, path="/token")
    with pytest.raises(Retriable):
        gmail.check()
    client.server.faults.revoke_grants()
    with pytest.raises(AuthRequired) as caught:
        gmail.check()
    assert holds_no_secret(caught.value)


def test_a_report_is_not_sent_in_clear(client: GoogleClient) -> None:
    with pytest.raises(ConfigError, match="api_endpoint"):
        GmailSender(id="me", tokens=client.tokens, api_endpoint="http://mail.example.org")
