"""Searches bytes for secrets in any encoding; and an SMTP server that repeats wrong passwords."""

from __future__ import annotations

import base64
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

PASSWORD, WRONG = "tr0ub4dor-and-three", "neither-this-nor-that"
# Occurs in all private text of the tests, and nowhere else.
PRIVATE = "quince"


def encodings(secret: str) -> set[bytes]:
    """Return the forms in which a secret may occur: as it is, and within base64."""
    raw = secret.encode()
    hidden = {base64.b64encode(b"\0" * before + raw)[4:-4] for before in range(3) if len(raw) > 8}
    return {raw, *hidden, *(one.translate(bytes.maketrans(b"+/", b"-_")) for one in hidden)}


def secrets_in(secrets: Iterable[str], *where: bytes) -> list[str]:
    """Return those of the secrets that occur in any of these bytes."""
    text = b"\n".join(where).lower()
    return [one for one in secrets if any(shape.lower() in text for shape in encodings(one))]


class RecordingSmtpHandler:
    """An aiosmtpd handler that keeps all mail, and repeats a wrong password in its answer."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.kept.append(envelope.original_content or b"")
        return "250 kept"

    def log_in(self, *given: object) -> AuthResult:
        data = given[-1]
        assert isinstance(data, LoginPassword)
        if data.password == PASSWORD.encode():
            return AuthResult(success=True)
        answer = f"{450 if b'later' in data.password else 535} not {data.password.decode()}"
        return AuthResult(success=False, handled=False, message=answer)


@contextmanager
def mail_server() -> Iterator[tuple[RecordingSmtpHandler, int]]:
    """Run an SMTP server that wants a password; yield its handler and port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    box = RecordingSmtpHandler()
    server = Controller(
        box,
        hostname="127.0.0.1",
        port=port,
        authenticator=box.log_in,
        auth_require_tls=False,
        auth_exclude_mechanism=["LOGIN"],
    )
    server.start()
    try:
        yield box, port
    finally:
        server.stop()
