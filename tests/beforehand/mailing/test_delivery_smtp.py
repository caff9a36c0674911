"""Delivery by SMTP: to real mail servers on loopback, good ones and bad ones."""

from __future__ import annotations

import ipaddress
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from beforehand.mailing.delivery import (
    BySmtp,
    DeliveryError,
    OutcomeUnknown,
    Rejected,
    TryLater,
    deliver,
    smtp_secret,
)
from connectors.errors import AuthRequired, ConfigError
from connectors.testing import MemoryTokens
from tests.support.timeouts import LONG_SECONDS

PASSWORD = "correct horse"


def tokens_with(password: str) -> MemoryTokens:
    """Return secrets with the password of the server on loopback."""
    tokens = MemoryTokens()
    tokens.set(smtp_secret("127.0.0.1"), password)
    return tokens


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


@dataclass
class Box:
    """What a mail server takes in; its answers may be changed."""

    accepted: list[Envelope] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    secured: list[bool] = field(default_factory=list)
    passwords: list[bytes] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd names it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802 - as above
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        answer = self.answers.get("RCPT", "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802 - as above
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer = self.answers.get("DATA", "250 OK")
        if answer.startswith("250"):
            self.accepted.append(envelope)
            self.secured.append(session.ssl is not None)
        return answer

    def log_in(self, *given: object) -> AuthResult:
        data = given[-1]
        assert isinstance(data, LoginPassword)
        self.passwords.append(data.password)
        known = data.login == b"ada" and data.password == PASSWORD.encode()
        return AuthResult(success=known, handled=False)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def serving(box: Box, **options: Any) -> Iterator[int]:  # noqa: ANN401 - those of aiosmtpd
    controller = Controller(box, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@dataclass(frozen=True)
class Certificate:
    """A made-up certificate for this machine, for the server and for who trusts it."""

    server: ssl.SSLContext
    client: ssl.SSLContext


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("certificate") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return Certificate(server, ssl.create_default_context(cafile=str(file)))


def by(port: int, **options: Any) -> BySmtp:  # noqa: ANN401 - the fields of a BySmtp
    """By the server on this port of loopback, without security unless said."""
    usual: dict[str, Any] = {"security": "none", "timeout": LONG_SECONDS, "tokens": MemoryTokens()}
    return BySmtp(host="127.0.0.1", port=port, **(usual | options))


def test_a_mail_server_gets_the_whole_message_for_the_owner_alone(mail: EmailMessage) -> None:
    box = Box()
    with serving(box) as port:
        assert (
            deliver(mail, by(port)) == "The report was sent to Ada <ada@example.org> by 127.0.0.1."
        )
    (envelope,) = box.accepted
    assert (envelope.mail_from, envelope.rcpt_tos) == ("ada@example.org", ["ada@example.org"])
    assert envelope.content == mail.as_bytes(policy=policy.SMTP)


def test_starttls_secures_the_way_before_the_password_is_said(
    mail: EmailMessage, certificate: Certificate
) -> None:
    box = Box()
    tokens = tokens_with(PASSWORD)
    with serving(
        box,
        tls_context=certificate.server,
        require_starttls=True,
        authenticator=box.log_in,
        auth_required=True,
    ) as port:
        deliver(
            mail,
            by(port, security="starttls", tls=certificate.client, username="ada", tokens=tokens),
        )
    assert box.secured == [True]
    assert box.passwords == [PASSWORD.encode()]


def test_tls_from_the_first_byte_works_too(mail: EmailMessage, certificate: Certificate) -> None:
    box = Box()
    with serving(box, ssl_context=certificate.server) as port:
        deliver(mail, by(port, security="tls", tls=certificate.client))
    assert len(box.accepted) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_nobody_vouches_for_is_rejected_and_nothing_is_sent(
    mail: EmailMessage, certificate: Certificate, security: str
) -> None:
    box = Box()
    tokens = tokens_with(PASSWORD)
    options = {"ssl_context" if security == "tls" else "tls_context": certificate.server}
    with (
        serving(box, authenticator=box.log_in, auth_require_tls=False, **options) as port,
        pytest.raises(Rejected, match=r"certificate of 127\.0\.0\.1 cannot be trusted"),
    ):
        deliver(mail, by(port, security=security, username="ada", tokens=tokens))
    assert box.accepted == box.passwords == []


def test_a_server_without_starttls_gets_neither_message_nor_password(mail: EmailMessage) -> None:
    box = Box()
    tokens = tokens_with(PASSWORD)
    with (
        serving(box, authenticator=box.log_in, auth_require_tls=False) as port,
        pytest.raises(Rejected, match="offers no STARTTLS"),
    ):
        deliver(mail, by(port, security="starttls", username="ada", tokens=tokens))
    assert box.accepted == box.passwords == []


def test_no_security_is_for_this_machine_alone() -> None:
    with pytest.raises(ConfigError, match="not this machine"):
        BySmtp(host="mail.example.org", tokens=MemoryTokens(), security="none")
    for host in ("localhost", "127.0.0.2", "::1"):
        assert BySmtp(host=host, tokens=MemoryTokens(), security="none").host == host


def test_a_missing_password_is_asked_for_before_any_connection(mail: EmailMessage) -> None:
    with pytest.raises(AuthRequired, match="beforehand auth smtp"):
        deliver(mail, by(1, username="ada"))


def test_a_wrong_password_is_asked_for_again_and_never_shown(mail: EmailMessage) -> None:
    box = Box()
    tokens = tokens_with("hunter2")
    with (
        serving(box, authenticator=box.log_in, auth_require_tls=False) as port,
        pytest.raises(AuthRequired, match="does not take the password of ada") as caught,
    ):
        deliver(mail, by(port, username="ada", tokens=tokens))
    assert box.accepted == []
    assert "hunter2" not in str(caught.value)


def test_a_password_smtp_cannot_say_is_rejected_without_quoting_it(mail: EmailMessage) -> None:
    box = Box()
    tokens = tokens_with("hünter2")
    with (
        serving(box, authenticator=box.log_in, auth_require_tls=False) as port,
        pytest.raises(Rejected, match="only ASCII") as caught,
    ):
        deliver(mail, by(port, username="ada", tokens=tokens))
    assert caught.value.__cause__ is None


def test_a_server_that_knows_no_login_is_rejected(mail: EmailMessage) -> None:
    tokens = tokens_with(PASSWORD)
    with serving(Box()) as port, pytest.raises(Rejected, match="knows no way to log in"):
        deliver(mail, by(port, username="ada", tokens=tokens))


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        ("550 5.7.1 not for you", Rejected, "127.0.0.1 refused: 550 5.7.1 not for you."),
        ("451 4.7.1 greylisted", TryLater, "127.0.0.1 asks to try later: 451 4.7.1 greylisted."),
    ],
)
def test_a_refusal_is_told_apart_by_whether_waiting_helps(
    mail: EmailMessage, step: str, answer: str, error: type[DeliveryError], said: str
) -> None:
    box = Box(answers={step: answer})
    with serving(box) as port, pytest.raises(error) as caught:
        deliver(mail, by(port))
    assert str(caught.value) == said
    assert box.accepted == []


def test_a_server_that_is_not_there_may_be_tried_later(mail: EmailMessage) -> None:
    with pytest.raises(TryLater, match="cannot be reached"):
        deliver(mail, by(free_port()))


@contextmanager
def talking(*, until: str, answer: str = "") -> Iterator[int]:
    """A server that answers well until it reads `until` ("" is the greeting), then hangs up.

    `until` "." is the end of the message. It says `answer` before it hangs up.
    """
    listener = socket.create_server(("127.0.0.1", 0))

    def talk() -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rwb") as stream:

            def say(line: str) -> None:
                stream.write(f"{line}\r\n".encode())
                stream.flush()

            if not until:
                return
            say("220 here")
            while line := stream.readline().decode():
                word = line.strip()[:4].strip().upper()
                if word == until:
                    if answer:
                        say(answer)
                    return
                say("354 go on" if word == "DATA" else "250 OK")
                while word == "DATA" and line.strip() != ".":
                    line = stream.readline().decode()
                    if line.strip() == until:
                        if answer:
                            say(answer)
                        return

    thread = threading.Thread(target=talk)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        thread.join(timeout=LONG_SECONDS)
        listener.close()


@pytest.mark.parametrize("until", ["", "EHLO", "MAIL", "RCPT", "DATA"])
def test_a_connection_lost_before_the_message_means_nothing_was_sent(
    mail: EmailMessage, until: str
) -> None:
    with talking(until=until) as port, pytest.raises(TryLater):
        deliver(mail, by(port))


def test_a_connection_lost_after_the_message_leaves_it_unknown(mail: EmailMessage) -> None:
    with talking(until=".") as port, pytest.raises(OutcomeUnknown, match="may have gone or not"):
        deliver(mail, by(port))


def test_an_answer_that_comes_before_the_hang_up_is_believed(mail: EmailMessage) -> None:
    with talking(until=".", answer="250 queued") as port:
        assert "was sent" in deliver(mail, by(port))
    with talking(until=".", answer="421 shutting down") as port, pytest.raises(TryLater):
        deliver(mail, by(port))


@contextmanager
def mute() -> Iterator[int]:
    """A server that accepts and then says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


def test_a_server_that_says_nothing_is_left_after_the_timeout(mail: EmailMessage) -> None:
    with mute() as port, pytest.raises(TryLater, match="timed out"):
        deliver(mail, by(port, timeout=0.2))


def test_silence_after_the_message_is_unknown_and_not_a_refusal(
    mail: EmailMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deaf(server: smtplib.SMTP) -> tuple[int, bytes]:
        raise smtplib.SMTPServerDisconnected(f"timed out: {server.timeout}")

    box = Box()
    real = smtplib.SMTP.send

    def send(server: smtplib.SMTP, content: bytes | str) -> None:
        real(server, content)
        if isinstance(content, bytes) and content.endswith(b"\r\n.\r\n"):
            monkeypatch.setattr(smtplib.SMTP, "getreply", deaf)

    monkeypatch.setattr(smtplib.SMTP, "send", send)
    with serving(box) as port, pytest.raises(OutcomeUnknown):
        deliver(mail, by(port))


def test_the_way_never_shows_a_password() -> None:
    tokens = tokens_with(PASSWORD)
    assert PASSWORD not in repr(by(25, username="ada", tokens=tokens))
