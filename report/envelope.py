"""What every mail to the owner has, report or notice: addresses, headers, and bytes on the wire."""

from __future__ import annotations

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

LIST_ID = "weekly.beforehand.invalid"
"""The identifier in the report's `List-Id`: connectors skip what carries it, so that a report
never feeds the next one. It names no host (RFC 2919 allows that; RFC 6761 reserves `.invalid`)."""

SENDER_NAME = "Beforehand"

# The dot-atoms of RFC 5322, section 3.2.3; no quoted local parts, no literal domains.
_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*", re.ASCII | re.IGNORECASE)


def addressed(
    subject: str, *, identity: str, owner_name: str, sender: str, to: str, at: datetime
) -> EmailMessage:
    """Make a mail to the owner, without its content; `identity` is its Message-ID.

    `sender` and `to` are bare addresses. Raises ValueError for an address that is none, or has
    letters outside ASCII before its @, and for a naive `at`.
    """
    from report.text.phrases import plain  # noqa: PLC0415 - a sync writes no mail

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
