"""Delivering a report: into a file, by SMTP, or by the Gmail API.

Errors are named by what may be done next: `Rejected` (trying again will not help), `TryLater`
(nothing was sent, for sure), `OutcomeUnknown` (it may have been sent: search for its Message-ID
before another try). What the state of a report becomes by them is drawn in `beforehand.work`.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Literal

from beforehand.errors import BeforehandError, UsageError
from beforehand.files import make_private, write_private
from connectors.api import TokenStore
from connectors.errors import AuthRequired, ConfigError, ConnectorError, Retriable
from connectors.network import is_loopback
from report.envelope import to_bytes

TIMEOUT_SECONDS = 30.0
# Many servers look through a message before they say that they have it: RFC 5321, section
# 4.5.3.2.6, would wait ten minutes. A client that gives up early does not know whether it went.
_REPLY_TIMEOUTS = 4
_QUIT_SECONDS = 5.0

# The classes of replies: RFC 5321, section 4.2.1.
_DONE = range(200, 300)
_READY_FOR_MESSAGE = range(300, 400)
_PASSING = range(400, 500)
_REFUSALS = range(400, 600)


class DeliveryError(BeforehandError):
    """Base of what can go wrong in delivery; its text is one sentence for the owner."""


class Rejected(DeliveryError):
    """Refused for good: something must be changed before another try. Nothing was sent."""


class TryLater(DeliveryError):
    """A passing fault, and certainly nothing was sent: the same message may be tried again.

    `retry_after` is in seconds, where the server named it.
    """

    def __init__(self, text: str, *, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class OutcomeUnknown(DeliveryError):
    """The connection was lost after the message was handed over: it may or may not have gone."""


@dataclass(frozen=True, slots=True)
class ToFile:
    """Into a file; its ending says which form: `.eml` (all), `.html` or `.txt` (one part)."""

    path: Path


@dataclass(frozen=True, slots=True)
class BySmtp:
    """By a mail server. The password, where there is a username, is kept as `smtp_secret(host)`.

    `security` "none" is for a server on this machine alone; ConfigError otherwise.
    `tls` replaces the system's trust in certificates; None leaves it.
    """

    host: str
    tokens: TokenStore
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    timeout: float = TIMEOUT_SECONDS
    tls: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        if self.security == "none" and not is_loopback(self.host):
            raise ConfigError(
                '[report.smtp] security: "none" would send the report readable to all on the way; '
                f'{self.host} is not this machine, so use "starttls" or "tls"'
            )


@dataclass(frozen=True, slots=True)
class ByGmail:
    """By the Gmail API: `send_raw` takes the message's bytes and returns Gmail's id for it."""

    send_raw: Callable[[bytes], str]


# Of what can go wrong with a file, these do not mend themselves.
_LASTING = (PermissionError, NotADirectoryError, IsADirectoryError, FileExistsError)

Transport = ToFile | BySmtp | ByGmail


def smtp_secret(host: str) -> str:
    """Return the name under which the password for a mail server is kept."""
    return f"smtp:{host.lower()}"


def deliver(message: EmailMessage, transport: Transport) -> str:
    """Deliver a message. Return one line on where it went.

    Raises Rejected, TryLater or OutcomeUnknown; AuthRequired where a password or permission is
    missing or no longer taken; UsageError for a file's ending that means nothing.
    """
    match transport:
        case ToFile(path):
            return _to_file(message, path)
        case BySmtp():
            return _by_smtp(message, transport)
        case ByGmail(send_raw):
            return _by_gmail(message, send_raw)


def _to_file(message: EmailMessage, path: Path) -> str:
    content = _file_content(message, path)
    try:
        make_private(path.parent)
        write_private(path, content)
    except OSError as error:
        kind = Rejected if isinstance(error, _LASTING) else TryLater
        raise kind(f"The report could not be written to {path}: {error.strerror}.") from error
    return f"The report is in {path}."


def _file_content(message: EmailMessage, path: Path) -> bytes:
    suffix = path.suffix.lower()
    if suffix == ".eml":
        return to_bytes(message)
    kinds = {".html": "html", ".txt": "plain"}
    if suffix not in kinds:
        raise UsageError(f"{path}: a report's file ends in .eml, .html or .txt")
    part = message.get_body(preferencelist=(kinds[suffix],))
    if part is None:
        raise UsageError(f"{path}: this message has no {kinds[suffix]} part")
    return str(part.get_content()).replace("\r\n", "\n").encode()


def _by_gmail(message: EmailMessage, send_raw: Callable[[bytes], str]) -> str:
    try:
        identity = send_raw(to_bytes(message))
    except (AuthRequired, ConfigError):
        raise
    except Retriable as error:
        raise TryLater(str(error), retry_after=error.retry_after) from error
    except ConnectorError as error:
        raise Rejected(str(error)) from error
    except OSError as error:
        raise OutcomeUnknown(f"The connection to Gmail was lost while sending: {error}.") from error
    return f"The report was sent by Gmail (id {identity})."


def check_login(smtp: BySmtp) -> str:
    """Log in at the mail server and leave again. Return one line on how that went.

    Raises as `deliver` does.
    """
    password = _password(smtp)
    server = _connect(smtp)
    try:
        _secure_and_log_in(server, smtp, password)
        certificate = server.sock.getpeercert() if isinstance(server.sock, ssl.SSLSocket) else None
    except smtplib.SMTPResponseException as error:
        raise _reply_error(smtp.host, error.smtp_code, error.smtp_error) from error
    except (smtplib.SMTPServerDisconnected, OSError) as error:
        raise TryLater(f"The connection to {smtp.host} was lost: {error}.") from error
    finally:
        _quit(server)
        server.close()
    says = f"{smtp.host} answers" if password is None else f"{smtp.host} takes the password"
    if certificate and (ends := str(certificate.get("notAfter", ""))):
        end = datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)
        says = f"{says}; its certificate is good until {end:%-d %b %Y}"
    return says


def _password(smtp: BySmtp) -> str | None:
    """Return the password for the server, if it wants one. Raises AuthRequired if it is missing."""
    if smtp.username is None:
        return None
    password = smtp.tokens.get(smtp_secret(smtp.host))
    if password is None:
        raise AuthRequired(
            f"No password is kept for {smtp.host}: give it with `beforehand auth smtp`."
        )
    return password


def _by_smtp(message: EmailMessage, smtp: BySmtp) -> str:
    password = _password(smtp)
    server = _connect(smtp)
    try:
        try:
            _secure_and_log_in(server, smtp, password)
            _send_envelope(server, message)
        except smtplib.SMTPResponseException as error:
            raise _reply_error(smtp.host, error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            raise TryLater(
                f"The connection to {smtp.host} was lost before anything was sent: {error}."
            ) from error
        _send_content(server, smtp, message)
        _quit(server)
    except Exception:
        _quit(server)
        raise
    finally:
        server.close()  # and no more than that where a stop breaks in
    return f"The report was sent to {message['To']} by {smtp.host}."


def _quit(server: smtplib.SMTP) -> None:
    """End the session. The message's fate is known by now; how this goes changes nothing."""
    with contextlib.suppress(smtplib.SMTPException, OSError):
        if server.sock is not None:
            server.sock.settimeout(_QUIT_SECONDS)
        server.quit()


def _connect(smtp: BySmtp) -> smtplib.SMTP:
    """Return an open connection, after the server's greeting."""
    try:
        if smtp.security == "tls":
            return smtplib.SMTP_SSL(
                smtp.host,
                smtp.port,
                timeout=smtp.timeout,
                context=_tls_context(smtp),
                local_hostname=_EHLO_NAME,
            )
        return smtplib.SMTP(smtp.host, smtp.port, timeout=smtp.timeout, local_hostname=_EHLO_NAME)
    except ssl.SSLCertVerificationError as error:
        raise _certificate_error(smtp.host, error) from error
    except smtplib.SMTPConnectError as error:
        raise _reply_error(smtp.host, error.smtp_code, error.smtp_error) from error
    except (smtplib.SMTPException, OSError) as error:
        raise TryLater(f"{smtp.host}, port {smtp.port}, cannot be reached: {error}.") from error


# Our name in EHLO: the machine's own name is private, and looking it up can take half a minute
# where the resolver is slow.
_EHLO_NAME = "[127.0.0.1]"


def _tls_context(smtp: BySmtp) -> ssl.SSLContext:
    return smtp.tls or ssl.create_default_context()


def _certificate_error(host: str, error: ssl.SSLCertVerificationError) -> Rejected:
    return Rejected(f"The certificate of {host} cannot be trusted: {error.verify_message}.")


def _secure_and_log_in(server: smtplib.SMTP, smtp: BySmtp, password: str | None) -> None:
    if smtp.security == "starttls":
        server.ehlo_or_helo_if_needed()
        # Never in clear as a way out: somebody in the middle could strip the offer.
        if not server.has_extn("starttls"):
            raise Rejected(f'{smtp.host} offers no STARTTLS: try security = "tls" and its port.')
        try:
            server.starttls(context=_tls_context(smtp))
        except ssl.SSLCertVerificationError as error:
            raise _certificate_error(smtp.host, error) from error
    if smtp.username is None or password is None:
        return
    try:
        server.login(smtp.username, password)
    except smtplib.SMTPAuthenticationError as error:
        # Without the server's words, here and in a traceback: some repeat the whole command.
        if error.smtp_code in _PASSING:
            raise TryLater(
                f"{smtp.host} takes no password at the moment: it answers {error.smtp_code}."
            ) from None
        raise AuthRequired(
            f"{smtp.host} does not take the password of {smtp.username}: "
            "give a new one with `beforehand auth smtp`."
        ) from None
    except (smtplib.SMTPResponseException, smtplib.SMTPServerDisconnected):
        raise
    except smtplib.SMTPException as error:
        raise Rejected(f"{smtp.host} knows no way to log in that we know too: {error}") from error
    except UnicodeEncodeError:
        # Without its cause, for that error's text holds a part of the password.
        raise Rejected(
            f"The name or password for {smtp.host} has letters that SMTP cannot take: "
            "only ASCII works."
        ) from None


def _send_envelope(server: smtplib.SMTP, message: EmailMessage) -> None:
    server.ehlo_or_helo_if_needed()
    sender, recipient = (message[key].addresses[0].addr_spec for key in ("From", "To"))
    _expect(_DONE, server.mail(sender))
    _expect(_DONE, server.rcpt(recipient))
    _expect(_READY_FOR_MESSAGE, server.docmd("DATA"))


def _expect(wanted: range, reply: tuple[int, bytes]) -> None:
    if reply[0] not in wanted:
        raise smtplib.SMTPResponseException(*reply)


def _send_content(server: smtplib.SMTP, smtp: BySmtp, message: EmailMessage) -> None:
    """Hand over the message. From here on a lost connection leaves its fate unknown."""
    # Dot-stuffing: RFC 5321, section 4.5.2.
    stuffed = re.sub(rb"(?m)^\.", b"..", to_bytes(message))
    ending = b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n"
    try:
        server.send(stuffed + ending)
        if server.sock is not None:
            server.sock.settimeout(_REPLY_TIMEOUTS * smtp.timeout)
        code, answer = server.getreply()
    except (smtplib.SMTPServerDisconnected, OSError) as error:
        raise OutcomeUnknown(
            f"The connection to {smtp.host} was lost while sending: "
            "the report may have gone or not."
        ) from error
    if code in _REFUSALS:
        raise _reply_error(smtp.host, code, answer)
    if code not in _DONE:
        raise OutcomeUnknown(
            f"{smtp.host} gave no answer that can be understood: the report may have gone or not."
        )


def _reply_error(host: str, code: int, answer: bytes | str) -> DeliveryError:
    """Return the error for a server's refusal, with its own words on one line."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    words = " ".join(text.split())[:200]
    # An answer that means nothing will hardly mean it for good.
    lasting = code in _REFUSALS and code not in _PASSING
    kind, what = (Rejected, "refused") if lasting else (TryLater, "asks to try later")
    return kind(f"{host} {what}: {code} {words}".rstrip(". ") + ".")
