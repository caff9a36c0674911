"""Notices to the owner by mail: what cannot wait for the next report, or stands in none."""

from __future__ import annotations

from beforehand.app import App
from beforehand.mailing.delivery import ToFile, deliver
from beforehand.mailing.transports import configured_transport
from report import notice


def mail_notice(app: App, subject: str, text: str) -> bool:
    """Mail a notice to where reports go; False where they go into files, so that none is sent.

    Raises as `deliver` does.
    """
    transport = configured_transport(app, "notice")
    if isinstance(transport, ToFile):
        return False
    config = app.config
    message = notice.compose(
        subject,
        text,
        owner_id=config.owner.id,
        owner_name=config.owner.name,
        sender=config.report.sender or config.report_to,
        to=config.report_to,
        at=app.now().astimezone(config.zone),
    )
    deliver(message, transport)
    return True
