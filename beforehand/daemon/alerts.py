"""Telling the owner of what lasts: a source that waits for them or cannot be read, or no report.

It goes by a way that does not need what is out of order: by mail where reports go by mail, else on
the desktop. Whatever happens here, `doctor`, the exit code of `sync` and the next report say it
too.
"""

from __future__ import annotations

from datetime import timedelta

from beforehand.app import App
from beforehand.daemon.desktop import notify
from beforehand.mailing.delivery import DeliveryError, OutcomeUnknown, TryLater
from beforehand.mailing.notices import mail_notice
from connectors.errors import ConnectorError
from report.text import notices, source_trouble
from report.text.language import spoken
from sync.store import reports, sources
from sync.store.reports import ReportState
from sync.store.sources import FailingSource

# How long is waited before the same is told again.
REPEAT_AFTER = timedelta(days=7)
# So long a source may fail, and a report be late, before that is worth a notice.
UNREAD_FOR = timedelta(days=3)
UNSENT_FOR = timedelta(days=1)
# So often must a fault that may pass have been met, for a laptop may have slept all the while.
_TRIES = 12


def alert_source(app: App, key: str) -> timedelta | None:
    """Tell that a source waits; how long to wait before the next try, None once it is told."""
    with app.store.read() as connection:
        found = sources.unauthorised(connection, app.owner_id).get(key)
    if found is None:
        return None
    local = found.last_ok_at.astimezone(app.config.zone) if found.last_ok_at else None
    with spoken(app.config.report.locale):
        trouble = source_trouble.trouble(key, found.trouble, access=True)
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
    """Tell on the desktop that the report waits for access, for no mail can say so."""
    with app.store.read() as connection:
        last = reports.of_owner(connection, app.owner_id)[-1:]
    if last:
        with spoken(app.config.report.locale):
            subject = notices.subject_of_the_report()
        _alert_on_desktop(app, "report", subject, last[0].trouble)


def alert_unread_sources(app: App) -> bool:
    """Tell of the sources that could not be read for long; whether the owner was told of any."""
    long = _unread(app)
    if not long:
        return False
    zone = app.config.zone
    with spoken(app.config.report.locale):
        parts = [
            (
                one.key,
                one.last_ok_at.astimezone(zone) if one.last_ok_at else None,
                source_trouble.trouble(one.key, one.trouble, access=False),
            )
            for one in long
        ]
        subject = notices.subject_unread([one.key for one in long])
        text = notices.text_unread(parts)
    try:
        if _alert_by_mail(app, subject, text):
            app.log.info("told the owner", source=long[0].key, by="mail")
            return True
    except TryLater as error:  # nor does mail go out, it may be for the same reason
        app.log.info("owner not told by mail", error=str(error))
    return _alert_on_desktop(app, long[0].key, subject, parts[0][2])


def _unread(app: App) -> list[FailingSource]:
    now = app.now()
    configured = {source.id for source in app.config.sources}
    with app.store.read() as connection:
        found = sources.failing(connection, app.owner_id)
    return [
        one
        for key, one in found.items()
        if key in configured
        and (one.broken or one.failures >= _TRIES)
        and (one.last_ok_at is None or now - one.last_ok_at >= UNREAD_FOR)
    ]


def alert_report_late(app: App) -> bool:
    """Tell on the desktop that the report is late, for it is mail that fails."""
    with app.store.read() as connection:
        last = reports.of_owner(connection, app.owner_id)[-1:]
    trouble = last[0].trouble if last and last[0].state is not ReportState.SENT else ""
    with spoken(app.config.report.locale):
        subject, advice = notices.subject_unsent(), notices.ask_doctor()
    return _alert_on_desktop(app, "report", subject, trouble or advice)


def _alert_by_mail(app: App, subject: str, text: str) -> bool:
    """Whether the notice went by mail. Raises TryLater where it may go later."""
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
