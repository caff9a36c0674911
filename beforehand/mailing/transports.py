"""The way reports take, as the configuration has it: into a file, by SMTP, or by the Gmail API."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from beforehand.app import House
from beforehand.mailing.delivery import ByGmail, BySmtp, ToFile, Via

if TYPE_CHECKING:
    from connectors.google.send import GmailSender


def delivery_way(house: House, label: str) -> Via:
    """How the configuration wants reports to be delivered."""
    report = house.config.report
    if report.via == "smtp" and report.smtp is not None:
        return BySmtp(
            host=report.smtp.host,
            port=report.smtp.port,
            security=report.smtp.security,
            username=report.smtp.username,
            tokens=house.tokens,
        )
    if report.via == "gmail":
        return ByGmail(gmail_sender(house).send_raw)
    return ToFile(report_folder(house) / f"{label}.html")


def report_folder(house: House) -> Path:
    """Where reports go that stay on this machine."""
    if house.config.report.folder is not None:
        return house.config.report.folder.expanduser()
    return house.folder / "reports"


def gmail_sender(house: House) -> GmailSender:
    """Who sends the report by the Gmail API, and asks for leave to."""
    from connectors.google.send import GmailSender  # noqa: PLC0415 - Google only where Gmail sends

    gmail = house.config.report.gmail
    return GmailSender(
        id=house.config.owner.id,
        tokens=house.tokens,
        credentials=gmail.credentials,
        client_secrets=gmail.client_secrets,
        subject=gmail.subject,
        api_endpoint=gmail.api_endpoint,
        now=house.now,
    )
