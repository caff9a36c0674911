"""A notice as a mail: plain text, marked like the reports, so that it never counts as contact."""

from __future__ import annotations

import hashlib
from datetime import datetime
from email.message import EmailMessage

from report.envelope import addressed, bare_address


def compose(
    subject: str, text: str, *, owner_id: str, owner_name: str, sender: str, to: str, at: datetime
) -> EmailMessage:
    """Make the mail. `sender` and `to` are bare addresses; `at` is aware.

    Raises ValueError as `report.message.compose` does.
    """
    digest = hashlib.sha256(f"{owner_id}\n{subject}\n{at.isoformat()}".encode()).hexdigest()[:24]
    message = addressed(
        subject,
        identity=f"<beforehand.notice.{digest}@{bare_address(sender).domain}>",
        owner_name=owner_name,
        sender=sender,
        to=to,
        at=at,
    )
    message.set_content(text, cte="quoted-printable")
    return message
