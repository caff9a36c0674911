"""Taking answers wherever sources were read, and the pause of the reports among them.

A pause that came by mail is confirmed by mail, at once, for no report will confirm it; with the
way back in it.
"""

from __future__ import annotations

from datetime import datetime

from beforehand.app import House
from beforehand.mailing import answers
from beforehand.mailing.answers import Taken
from beforehand.mailing.delivery import DeliveryError, ToFile, deliver
from beforehand.mailing.transports import delivery_way
from connectors.errors import ConnectorError
from report import notice
from report.answers import pause_text
from report.answers.token import EXPIRES, About, Verb, mailto
from report.text.language import spoken
from sync.store.answers import Outcome


def take_answers(house: House) -> list[Taken]:
    """Apply the answers that wait, and confirm a pause. Never raises for what they hold.

    Where the key cannot be read they wait on, and the log says so.
    """
    try:
        taken = answers.take(house)
    except ConnectorError as error:
        house.log.warning("answers wait", error=str(error))
        return []
    asked = any(one.verb is Verb.PAUSE and one.outcome is Outcome.TAKEN for one in taken)
    if asked and (since := answers.paused(house)) is not None:
        _confirm(house, since)
    return taken


def paused_line(house: House) -> str:
    """Why no report is to be sent; empty where one is."""
    since = answers.paused(house)
    if since is None:
        return ""
    zone = house.config.zone
    return pause_text.paused_line(
        since.astimezone(zone).date(), house.now().astimezone(zone).date()
    )


def _confirm(house: House, since: datetime) -> None:
    """Say by mail that reports are paused. Should it not go, nothing else depends on it."""
    way = delivery_way(house, "pause")
    if isinstance(way, ToFile):
        return
    config, now = house.config, house.now().astimezone(house.config.zone)
    # Each pause has a way back of its own, for an answer is taken once.
    token = answers.signer(house).token(
        Verb.RESUME, About(f"{since:%Y%m%dT%H%M%S}"), expires=now.date() + EXPIRES[Verb.RESUME]
    )
    with spoken(config.report.locale):
        link = mailto(answers.address(house), Verb.RESUME, token)
        text = pause_text.text(since.astimezone(config.zone).date(), now.date(), link)
        subject = pause_text.subject()
    message = notice.compose(
        subject,
        text,
        owner_id=config.owner.id,
        owner_name=config.owner.name,
        sender=config.report.sender or config.report_to,
        to=config.report_to,
        at=now,
    )
    try:
        deliver(message, way)
    except (DeliveryError, ConnectorError) as error:  # an unknown outcome among them
        house.log.warning("pause not confirmed by mail", error=str(error))
