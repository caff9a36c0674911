"""Telling the owner that a source waits for them, by a way that does not need that source's access.

By mail where reports go by mail, else on the desktop. Whatever happens here, `doctor`, the exit
code of `sync` and the next report say it too.
"""

from __future__ import annotations

from datetime import timedelta

from beforehand.delivery import DeliveryError, ToFile, TryLater, Unknown, deliver
from beforehand.desktop import notify
from beforehand.house import House
from beforehand.work import delivery_way
from connectors.errors import ConnectorError
from report import notice, words_notice
from report.language import spoken
from sync import waiting
from sync.store import reports

# How long is waited before the same is told again.
AGAIN = timedelta(days=7)


def tell_of_source(house: House, key: str) -> timedelta | None:
    """Tell that a source waits; how long to wait before the next try, None once it is told."""
    with house.store.read() as connection:
        found = waiting.sources(connection, house.owner_id).get(key)
    if found is None:
        return None
    local = found.last_ok_at.astimezone(house.config.zone) if found.last_ok_at else None
    with spoken(house.config.report.locale):
        subject = words_notice.subject(key)
        text = words_notice.text(key, local, found.trouble)
    try:
        if _mailed(house, subject, text):
            house.log.info("told the owner", source=key, by="mail")
            return None
    except TryLater as error:
        house.log.warning("owner not told", source=key, error=str(error))
        return timedelta(seconds=error.retry_after or 0)
    _shown(house, key, subject, found.trouble)
    return None


def tell_of_report(house: House) -> None:
    """Tell on the desktop that the report waits for access, for no mail can say so."""
    with house.store.read() as connection:
        last = reports.of_owner(connection, house.owner_id)[-1:]
    if last:
        with spoken(house.config.report.locale):
            subject = words_notice.subject_of_the_report()
        _shown(house, "report", subject, last[0].trouble)


def _mailed(house: House, subject: str, text: str) -> bool:
    """Whether the notice went by mail. Raises TryLater where it may go later."""
    way = delivery_way(house, "notice")
    if isinstance(way, ToFile):
        return False
    config = house.config
    message = notice.compose(
        subject,
        text,
        owner_id=config.owner.id,
        owner_name=config.owner.name,
        sender=config.report.sender or config.report_to,
        to=config.report_to,
        at=house.now().astimezone(config.zone),
    )
    try:
        deliver(message, way)
    except TryLater:
        raise
    except Unknown as error:  # rather not at all than twice: the desktop tells it too
        house.log.warning("notice may not have gone", error=str(error))
        return False
    except (DeliveryError, ConnectorError) as error:
        house.log.warning("notice not sent", error=str(error))
        return False
    return True


def _shown(house: House, what: str, title: str, trouble: str) -> None:
    if notify(title, words_notice.brief(trouble)):
        house.log.info("told the owner", source=what, by="desktop")
    else:
        house.log.warning("nobody could be told", source=what, trouble=trouble)
