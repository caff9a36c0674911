"""Checks of the report: whether it could be sent, and what became of the last one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from beforehand.app import App
from beforehand.doctor.finding import Finding, failed, passed, refused, warning
from beforehand.errors import ExitCode
from beforehand.mailing import answers
from beforehand.mailing.delivery import BySmtp, DeliveryError, ToFile, check_login, smtp_secret
from beforehand.mailing.transports import configured_transport, gmail_sender
from connectors.errors import ConnectorError
from sync.store import reports
from sync.store.flags import ReportState

_REPORT_OVERDUE = timedelta(days=8)


def examine(app: App) -> Iterator[Finding]:
    """Check the way out, and the last report."""
    yield from _mail_out(app)
    yield _last_report(app)


def _last_report(app: App) -> Finding:
    since = answers.paused_since(app)
    if since is not None:
        local = since.astimezone(app.config.zone)
        says = f"paused since {local:%-d %b %Y}: `beforehand resume` brings them back"
        return passed("report", says)
    with app.store.read() as connection:
        stored = reports.of_owner(connection, app.owner_id)
    if not stored:
        return passed("report", f"none yet; to {app.config.report_to}")
    last = stored[-1]
    if last.state is not ReportState.SENT:
        trouble = last.trouble or "its sending was interrupted"
        return failed("report", f"{last.period} is not sent: {trouble}")
    overdue = last.sent_at is None or app.now() - last.sent_at > _REPORT_OVERDUE
    says = f"the last was for {last.period}"
    if overdue:
        says = f"{says}, over a week ago: is `beforehand daemon` running?"
    return (failed if overdue else passed)("report", says)


def _mail_out(app: App) -> Iterator[Finding]:
    """Whether a report could be sent, as far as can be told without sending one."""
    try:
        if app.config.report.via == "gmail":
            sender = gmail_sender(app)
            yield passed("mail out", sender.check())
            if ahead := sender.expiry_warning():
                yield warning("mail out", ahead)
            return
        way = configured_transport(app, "check")
        if isinstance(way, BySmtp):
            yield _smtp(app, way)
        elif isinstance(way, ToFile):
            yield _folder(way.path.parent)
    except ConnectorError as error:
        yield refused("mail out", error)


def _smtp(app: App, way: BySmtp) -> Finding:
    """Check that a password is kept and that the server takes it, without sending."""
    if way.username is not None and app.tokens.get(smtp_secret(way.host)) is None:
        says = f"no password for {way.host}: beforehand auth report"
        return failed("mail out", says, ExitCode.UNAUTHORISED)
    try:
        return passed("mail out", check_login(way))
    except DeliveryError as error:
        says = f"{error} Until that is mended, reports wait."
        return failed("mail out", says)


def _folder(folder: Path) -> Finding:
    """Whether a report could be put there: into it, or into the first folder above that exists."""
    existing = next((path for path in (folder, *folder.parents) if path.exists()), folder)
    fit = existing.is_dir() and os.access(existing, os.W_OK)
    says = f"reports go into {folder}" if fit else f"{folder} cannot be written to: see its mode"
    return (passed if fit else failed)("mail out", says)
