"""What a report offers to answer, and what it confirms of earlier answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, tzinfo

from beforehand.app import App
from beforehand.mailing import answers
from beforehand.mailing.answers import Confirmation
from connectors.api import ReadsSentMail, SourceConfig
from report.answers import text
from report.answers.token import AnswerLinks, Signer
from report.view import Period
from sync.store.answers import Outcome


def links(app: App, period: Period, signer: Signer) -> AnswerLinks | None:
    """Return the links of a report's answers; None where no source reads what the owner sends."""
    if not any(_reads_sent(app, source) for source in app.config.sources):
        return None
    return AnswerLinks(signer, answers.address(app), period.label, period.end)


def _reads_sent(app: App, source: SourceConfig) -> bool:
    context = app.context(source)
    connector = app.connector(source, context)
    return isinstance(connector, ReadsSentMail) and connector.reads_sent_mail()


def lines(confirmed: Sequence[Confirmation], zone: tzinfo, today: date) -> list[str]:
    """Say of each answer what it did, in a sentence each."""
    return [_line(confirmation, zone, today) for confirmation in confirmed]


def _line(confirmation: Confirmation, zone: tzinfo, today: date) -> str:
    on = confirmation.at.astimezone(zone).date()
    if confirmation.outcome is Outcome.EXPIRED:
        return text.too_late(on, today)
    until = confirmation.until.astimezone(zone).date() if confirmation.until is not None else None
    return text.confirmed(confirmation.verb, confirmation.name, on, today, until)
