"""Alerts to the owner: a source waits for them or cannot be read, or a report is late.

An alert takes a way that does not depend on what is broken: mail where reports go by mail, else the
desktop. Whether or not it arrives, `doctor`, the exit code of `sync` and the next report say the
same.
"""

from __future__ import annotations

from datetime import timedelta

from beforehand.app import App
from beforehand.daemon.desktop import notify
from beforehand.mailing.delivery import DeliveryError, OutcomeUnknown, TryLater
from beforehand.mailing.notices import mail_notice
from connectors.errors import ConnectorError
from report.text import notices
from report.text.language import use_locale
from sync.store import reports, sources
from sync.store.flags import ReportState
from sync.store.sources import FailingSource

# The pause before the same alert is repeated.
REPEAT_AFTER = timedelta(days=7)
# How long a source may fail, and a report be late, before an alert.
UNREAD_FOR = timedelta(days=3)
UNSENT_FOR = timedelta(days=1)
# A passing fault must have been met so many times: a laptop may have slept all the while.
_TRIES = 12


def alert_source(app: App, key: str) -> timedelta | None:
    """Tell the owner that a source waits for them. Return the pause before another try, if any."""
    with app.store.read() as connection:
        source = sources.unauthorised(connection, app.owner_id).get(key)
    if source is None:
        return None
    local = source.last_ok_at.astimezone(app.config.zone) if source.last_ok_at else None
    with use_locale(app.config.report.locale):
        trouble = notices.trouble(key, source.trouble, access=True)
        subject = notices.subject(key)
        text = notices.text(key, local, trouble)
    try:
        if _alert_by_mail(app, subject, text):
            app.log.info("told the owner", source=key, by="mail")
            return None
    except TryLater as error:
        app.log.warning("owner not told", source=key, error=str(error))
        return timedelta(seconds=error.retry_after or 0)
    _alert_on_desktop(app, key, subject, trouble)
    return None


def alert_report_waits(app: App) -> None:
    """Tell on the desktop that the report waits for access: no mail can say so."""
    with app.store.read() as connection:
        last = reports.of_owner(connection, app.owner_id)[-1:]
    if last:
        with use_locale(app.config.report.locale):
            subject = notices.subject_of_the_report()
        _alert_on_desktop(app, "report", subject, last[0].trouble)


def alert_unread_sources(app: App) -> bool:
    """Tell of sources that have not been read for long. Return whether the owner was told."""
    unread = _unread(app)
    if not unread:
        return False
    zone = app.config.zone
    with use_locale(app.config.report.locale):
        parts = [
            (
                source.key,
                source.last_ok_at.astimezone(zone) if source.last_ok_at else None,
                notices.trouble(source.key, source.trouble, access=False),
            )
            for source in unread
        ]
        subject = notices.subject_unread([source.key for source in unread])
        text = notices.text_unread(parts)
    try:
        if _alert_by_mail(app, subject, text):
            app.log.info("told the owner", source=unread[0].key, by="mail")
            return True
    except TryLater as error:  # nor does mail go out, it may be for the same reason
        app.log.info("owner not told by mail", error=str(error))
    return _alert_on_desktop(app, unread[0].key, subject, parts[0][2])


def _unread(app: App) -> list[FailingSource]:
    now = app.now()
    configured = {source.id for source in app.config.sources}
    with app.store.read() as connection:
        failing = sources.failing(connection, app.owner_id)
    return [
        source
        for key, source in failing.items()
        if key in configured
        and (source.broken or source.failures >= _TRIES)
        and (source.last_ok_at is None or now - source.last_ok_at >= UNREAD_FOR)
    ]


def alert_report_late(app: App) -> bool:
    """Tell on the desktop that the report is late: it is mail that fails."""
    with app.store.read() as connection:
        last = reports.of_owner(connection, app.owner_id)[-1:]
    trouble = last[0].trouble if last and last[0].state is not ReportState.SENT else ""
    with use_locale(app.config.report.locale):
        subject, advice = notices.subject_unsent(), notices.ask_doctor()
    return _alert_on_desktop(app, "report", subject, trouble or advice)


def _alert_by_mail(app: App, subject: str, text: str) -> bool:
    """Mail a notice. Return whether it went; raise TryLater where it may go later."""
    try:
        return mail_notice(app, subject, text)
    except TryLater:
        raise
    except OutcomeUnknown as error:  # rather not at all than twice: the desktop tells it too
        app.log.warning("notice may not have gone", error=str(error))
        return False
    except (DeliveryError, ConnectorError) as error:
        app.log.warning("notice not sent", error=str(error))
        return False


def _alert_on_desktop(app: App, what: str, title: str, trouble: str) -> bool:
    shown = notify(title, notices.brief(trouble))
    if shown:
        app.log.info("told the owner", source=what, by="desktop")
    else:
        app.log.warning("nobody could be told", source=what, trouble=trouble)
    return shown
