"""The transport of reports by the configuration: into a file, by SMTP, or by the Gmail API."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from beforehand.app import App
from beforehand.mailing.delivery import ByGmail, BySmtp, ToFile, Transport

if TYPE_CHECKING:
    from connectors.google.send import GmailSender


def configured_transport(app: App, label: str) -> Transport:
    """Return the transport that the configuration names; `label` is the name of a file."""
    report = app.config.report
    if report.via == "smtp" and report.smtp is not None:
        return BySmtp(
            host=report.smtp.host,
            port=report.smtp.port,
            security=report.smtp.security,
            username=report.smtp.username,
            tokens=app.tokens,
        )
    if report.via == "gmail":
        return ByGmail(gmail_sender(app).send_raw)
    return ToFile(report_folder(app) / f"{label}.html")


def report_folder(app: App) -> Path:
    """Return the folder of reports that stay on this machine."""
    if app.config.report.folder is not None:
        return app.config.report.folder.expanduser()
    return app.config.folder / "reports"


def gmail_sender(app: App) -> GmailSender:
    """Return what sends reports by the Gmail API, and asks the owner for permission to."""
    from connectors.google.send import GmailSender  # noqa: PLC0415 - Google only where Gmail sends

    gmail = app.config.report.gmail
    return GmailSender(
        id=app.config.owner.id,
        tokens=app.tokens,
        credentials=gmail.credentials,
        client_secrets=gmail.client_secrets,
        subject=gmail.subject,
        api_endpoint=gmail.api_endpoint,
        now=app.now,
    )
