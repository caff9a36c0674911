"""Applying answers after each sync, and confirming a pause of the reports among them.

A pause that came by mail is confirmed by mail at once, with a link that ends it: no report follows
that could confirm it.
"""

from __future__ import annotations

from datetime import datetime

from beforehand.app import App
from beforehand.mailing import answers
from beforehand.mailing.answers import TakenAnswer
from connectors.errors import ConnectorError
from report.answers.token import About, mailto
from report.answers.verbs import EXPIRES, Verb
from report.text.language import use_locale
from sync.store.answers import Outcome


def take_answers(app: App) -> list[TakenAnswer]:
    """Apply pending answers, and confirm a pause. Never raises for what they hold.

    Where the key cannot be read they stay pending, and the log says so.
    """
    try:
        taken = answers.apply_pending(app)
    except ConnectorError as error:
        app.log.warning("answers wait", error=str(error))
        return []
    asked = any(answer.verb is Verb.PAUSE and answer.outcome is Outcome.TAKEN for answer in taken)
    if asked and (since := answers.paused_since(app)) is not None:
        _confirm(app, since)
    return taken


def paused_line(app: App) -> str:
    """Return why no report is sent; empty where reports are not paused."""
    since = answers.paused_since(app)
    if since is None:
        return ""
    from report.answers import text as words  # noqa: PLC0415 - a sync pauses nothing

    zone = app.config.zone
    return words.paused_line(since.astimezone(zone).date(), app.now().astimezone(zone).date())


def _confirm(app: App, since: datetime) -> None:
    """Confirm by mail that reports are paused. Nothing depends on its arrival."""
    if app.config.report.via == "file":
        return
    from beforehand.mailing.delivery import DeliveryError  # noqa: PLC0415 - a pause is rare
    from beforehand.mailing.notices import mail_notice  # noqa: PLC0415 - as above
    from report.answers import text as words  # noqa: PLC0415 - as above

    config, now = app.config, app.now().astimezone(app.config.zone)
    # Each pause has a way back of its own, for an answer is taken once.
    token = answers.signer(app).token(
        Verb.RESUME, About(f"{since:%Y%m%dT%H%M%S}"), expires=now.date() + EXPIRES[Verb.RESUME]
    )
    with use_locale(config.report.locale):
        link = mailto(answers.address(app), Verb.RESUME, token)
        text = words.pause_text(since.astimezone(config.zone).date(), now.date(), link)
        subject = words.pause_subject()
    try:
        mail_notice(app, subject, text)
    except (DeliveryError, ConnectorError) as error:  # an unknown outcome among them
        app.log.warning("pause not confirmed by mail", error=str(error))
