"""What a report offers to answer, and what it confirms of earlier answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, tzinfo

from beforehand.app import App
from beforehand.mailing import answers
from beforehand.mailing.answers import Confirmation
from connectors.api import ReadsSentMail, SourceConfig
from report.answers import text
from report.answers.links import Links
from report.answers.token import Signer
from report.view import Period
from sync.store.answers import Outcome


def links(app: App, period: Period, signer: Signer) -> Links | None:
    """The answers by mail; None where no source reads what the owner sends."""
    if not any(_reads_sent(app, source) for source in app.config.sources):
        return None
    return Links(signer, answers.address(app), period.label, period.end)


def _reads_sent(app: App, source: SourceConfig) -> bool:
    context = app.context(source)
    connector = app.connector(source, context)
    return isinstance(connector, ReadsSentMail) and connector.reads_sent_mail()


def lines(confirmed: Sequence[Confirmation], zone: tzinfo, today: date) -> list[str]:
    """A line for each answer, on what it came to."""
    return [_line(one, zone, today) for one in confirmed]


def _line(one: Confirmation, zone: tzinfo, today: date) -> str:
    on = one.at.astimezone(zone).date()
    if one.outcome is Outcome.EXPIRED:
        return text.too_late(on, today)
    until = one.until.astimezone(zone).date() if one.until is not None else None
    return text.confirmed(one.verb, one.name, on, today, until)
