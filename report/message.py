"""A report as a mail: headers, both parts, and the bytes that go over the wire.

The Message-ID is made from the owner, the period and a secret alone. So the message can be looked
for after an unknown outcome of sending, before it is sent again; a second copy is recognised; and
nobody else can make a mail that passes for it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from report import render
from report.text.phrases import plain
from report.view import ReportView

LIST_ID = "weekly.beforehand.invalid"
"""The identifier in the report's `List-Id`: connectors skip what carries it, so that a report
never feeds the next one. It names no host (RFC 2919 allows that; RFC 6761 reserves `.invalid`)."""

SENDER_NAME = "Beforehand"

# The dot-atoms of RFC 5322, section 3.2.3; no quoted local parts, no literal domains.
_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*", re.ASCII | re.IGNORECASE)


def message_id(owner_id: str, period: str, sender: str, *, secret: bytes) -> str:
    """Return the Message-ID of an owner's report on a period, by its label; always the same.

    Nobody can predict it without `secret` (HMAC-SHA256, 96 bits kept).
    """
    named = f"message-id\n{owner_id}\n{period}".encode()
    digest = hmac.new(secret, named, hashlib.sha256).hexdigest()[:24]
    return f"<beforehand.{digest}@{bare_address(sender).domain}>"


def compose(
    view: ReportView,
    *,
    owner_id: str,
    owner_name: str,
    sender: str,
    to: str,
    at: datetime,
    secret: bytes,
) -> EmailMessage:
    """Make the mail: text and HTML from the same view.

    `owner_id` tells the owners of one installation apart; `secret` makes the Message-ID one that
    nobody else can guess. `sender` and `to` are bare addresses; `at` is aware. The same arguments
    give the same bytes. Raises ValueError for an address that is none, or has letters outside
    ASCII before its @, and for a naive `at`.
    """
    identity = message_id(owner_id, view.period.label, sender, secret=secret)
    message = addressed(
        view.subject, identity=identity, owner_name=owner_name, sender=sender, to=to, at=at
    )
    if view.pause_link is not None:
        # By mail alone (RFC 2369): there is no server whose address could stand here.
        message["List-Unsubscribe"] = f"<{view.pause_link.href}>"
    message.set_content(render.text(view), cte="quoted-printable")
    message.add_alternative(render.html(view), subtype="html", cte="quoted-printable")
    # The boundary is drawn at random otherwise; "=_" cannot occur in quoted-printable text.
    message.set_boundary(f"=_{identity.strip('<>').partition('@')[0]}")
    return message


def addressed(
    subject: str, *, identity: str, owner_name: str, sender: str, to: str, at: datetime
) -> EmailMessage:
    """Make a mail to the owner, without its content; `identity` is its Message-ID.

    Raises ValueError as `compose` does.
    """
    if at.tzinfo is None:
        raise ValueError("the time of a message must know its time zone")
    source, target = bare_address(sender), bare_address(to)
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(SENDER_NAME, addr_spec=source.addr_spec)
    name = plain(owner_name) if owner_name.strip() else ""
    message["To"] = Address(name, addr_spec=target.addr_spec)
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = identity
    message["Auto-Submitted"] = "auto-generated"
    message["List-Id"] = f"{SENDER_NAME} <{LIST_ID}>"
    return message


def to_bytes(message: EmailMessage) -> bytes:
    """Return the message as it goes over the wire: ASCII, lines ending in CRLF."""
    return message.as_bytes(policy=SMTP)


def bare_address(text: str) -> Address:
    """Parse an address that a report can use, its domain into ASCII. ValueError for any other."""
    local, _, domain = text.strip().rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        domain = ""  # an empty or overlong label
    if not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        raise ValueError(f"{text!r} is not a mail address that a report can use")
    return Address(username=local, domain=domain)
