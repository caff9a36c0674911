"""Delivery by SMTP to servers that speak oddly: nothing is read into what they say."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage

import pytest

from beforehand.mailing import delivery
from beforehand.mailing.delivery import OutcomeUnknown, Rejected, TryLater, deliver
from tests.beforehand.mailing.test_delivery_smtp import Certificate, by, certificate, mail, talking
from tests.support.scripted_smtp_server import MessageFate, ScriptedSmtpServer
from tests.support.timeouts import LONG_SECONDS

__all__ = ["certificate", "mail"]  # fixtures


@contextmanager
def postbox(fate: MessageFate, taken: list[bytes]) -> Iterator[int]:
    with ScriptedSmtpServer(lambda: fate, lambda _fate, message: taken.append(message)) as box:
        yield box.port


def test_nonsense_after_the_message_is_no_refusal(mail: EmailMessage) -> None:
    taken: list[bytes] = []
    with (
        postbox(MessageFate.GARBLED, taken) as port,
        pytest.raises(OutcomeUnknown, match="can be understood"),
    ):
        deliver(mail, by(port))
    with talking(until=".", answer="354 more?") as port, pytest.raises(OutcomeUnknown):
        deliver(mail, by(port))
    assert len(taken) == 1


def test_nonsense_before_the_message_is_nothing_to_give_up_for(mail: EmailMessage) -> None:
    for answer in ("hello", "999 what"):
        with talking(until="MAIL", answer=answer) as port, pytest.raises(TryLater):
            deliver(mail, by(port))


def test_an_answer_of_several_lines_is_read_to_its_last(mail: EmailMessage) -> None:
    with (
        postbox(MessageFate.LATER_AFTER, []) as port,
        pytest.raises(TryLater, match=r"busy.*come back"),
    ):
        deliver(mail, by(port))
    with (
        postbox(MessageFate.REFUSED_AFTER, []) as port,
        pytest.raises(Rejected, match="not this one"),
    ):
        deliver(mail, by(port))


def test_a_server_that_looks_through_a_message_may_take_its_time(
    mail: EmailMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float | None] = []
    reply = smtplib.SMTP.getreply

    def noted(server: smtplib.SMTP) -> tuple[int, bytes]:
        assert server.sock is not None
        waits.append(server.sock.gettimeout())
        return reply(server)

    monkeypatch.setattr(smtplib.SMTP, "getreply", noted)
    with postbox(MessageFate.GOOD, []) as port:
        assert "was sent" in deliver(mail, by(port, timeout=LONG_SECONDS))
    greeting, ehlo, sender, recipient, data, verdict, _ = waits
    assert {greeting, ehlo, sender, recipient, data} == {LONG_SECONDS}
    assert verdict == 4 * LONG_SECONDS


def test_what_was_said_before_the_way_was_secured_does_not_count_after(
    mail: EmailMessage, certificate: Certificate
) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    got: list[bytes] = []

    def answer(stream: ssl.SSLSocket | socket.socket, line: bytes) -> bool:
        word = line[:4].strip().upper()
        if word == b"EHLO":
            stream.sendall(b"250-here\r\n250 STARTTLS\r\n")
        elif word == b"STAR":
            # In one piece, so that the second line lies in the reader before TLS begins.
            stream.sendall(b"220 go\r\n554 no mail from you\r\n")
            return True
        else:
            stream.sendall(b"354 go on\r\n" if word == b"DATA" else b"250 fine\r\n")
        return False

    def talk() -> None:
        plain, _ = listener.accept()
        with plain:
            plain.sendall(b"220 here\r\n")
            while not answer(plain, plain.recv(4096)):
                pass
            with certificate.server.wrap_socket(plain, server_side=True) as secure:
                while line := secure.recv(65536):
                    if b"Message-ID" in line:
                        got.append(line)
                    answer(secure, line)

    thread = threading.Thread(target=talk)
    thread.start()
    try:
        port = int(listener.getsockname()[1])
        deliver(mail, by(port, security="starttls", tls=certificate.client))
    finally:
        thread.join(timeout=LONG_SECONDS)
        listener.close()
    assert len(got) == 1


def test_a_message_that_ends_without_a_line_end_is_ended_all_the_same() -> None:
    taken: list[bytes] = []
    short = EmailMessage(policy=policy.SMTP)
    short["From"] = short["To"] = "ada@example.org"
    short.set_payload("..no end")
    with postbox(MessageFate.GOOD, taken) as port:
        deliver(short, by(port))
    assert taken[0].endswith(b"\r\n\r\n..no end\r\n")


def test_a_stop_in_the_middle_of_sending_waits_for_no_goodbye(
    mail: EmailMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_given: object) -> None:
        raise KeyboardInterrupt

    said: list[object] = []
    monkeypatch.setattr(delivery, "_send_content", stop)
    monkeypatch.setattr(delivery, "_quit", said.append)
    with postbox(MessageFate.GOOD, []) as port, pytest.raises(KeyboardInterrupt):
        deliver(mail, by(port))
    assert said == []
