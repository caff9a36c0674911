"""A report as a mail: its Message-ID and both parts.

The Message-ID is made from the owner, the period and a secret alone. So the message can be looked
for after an unknown outcome of sending, before it is sent again; a second copy is recognised; and
nobody else can make a mail that passes for it.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from email.message import EmailMessage

from report import render
from report.envelope import addressed, bare_address
from report.view import ReportView


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
