"""The two units of work: pull a source, send an owner's report. Neither remembers anything.

The daemon's heartbeat calls them on one machine; the command line calls the very same two.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

from beforehand.app import App
from beforehand.mailing import answers, pause, periods, unconfirmed
from beforehand.mailing.delivery import DeliveryError, ToFile, Unknown, Via, deliver
from beforehand.mailing.transports import delivery_way
from connectors.api import Announce, Progress, SourceConfig, unannounced
from connectors.errors import ConnectorError
from sync import engine
from sync.engine import SyncResult
from sync.store import grades, reports
from sync.store.reports import ReportState, SentReport
from sync.store.session import BusyError


def _silent(_done: int, _total: int | None, /) -> None:
    return None


def sync_source(
    app: App,
    source: SourceConfig,
    *,
    stop: Event | None = None,
    progress: Progress = _silent,
    announce: Announce = unannounced,
) -> SyncResult:
    """Pull what is new from one source into the store; what went wrong is in the result.

    Raises BusyError where another process pulls the same source.
    """
    context = app.context(source, stop=stop or Event(), progress=progress, announce=announce)
    return engine.sync_source(
        app.store,
        app.owner_id,
        source,
        lambda ready: app.connector(source, ready),
        context,
    )


@dataclass(frozen=True, slots=True)
class ReportOutcome:
    """What became of a report: sent or not, and where it went, or why not.

    `pending`: whether it is sent is not known; it may be tried again after `wait`.
    """

    sent: bool
    where: str
    pending: bool = False
    wait: timedelta = timedelta()


def report_owner(
    app: App, at: datetime | None = None, *, stop: Event | None = None
) -> ReportOutcome:
    """Compose the report of this week and send it, once.

    It is claimed before it is sent. Should this process die in between, or the outcome of
    sending stay unknown, it is looked for in the owner's mail before it is sent again under the
    same Message-ID; `doubt` says when. So it may come twice where nobody could look, or where it
    arrived late, and is never lost. `stop` ends the looking.

    Raises DeliveryError, AuthRequired or ConfigError; the report is then not sent, and not lost.
    """
    pause.take_answers(app)
    if paused := pause.paused_line(app):
        return ReportOutcome(sent=False, where=paused)
    label = periods.label(app.config, at or app.now())
    try:
        # Held while it is sent, so that no claim is stale whose mail is on its way: a machine may
        # fall asleep in the middle, and a clock be set.
        with app.store.exclusive(f"report-{app.owner_id}"):
            return _report_once(app, label, at, stop or Event())
    except BusyError:
        where = f"Another process is sending the report for {label} at this moment."
        return ReportOutcome(sent=False, where=where, pending=True, wait=reports.STALE_CLAIM)


def _report_once(app: App, label: str, at: datetime | None, stop: Event) -> ReportOutcome:
    from beforehand.mailing import weekly  # noqa: PLC0415 - arrays and templates, which a sync needs not

    way = delivery_way(app, label)
    looked = _looked_for(app, label, way, stop)
    if isinstance(looked, ReportOutcome):
        return looked
    written = weekly.compose(app, at, sending=True)
    if written.view.period.label != label:
        where = f"The week of the report for {label} ended while it was written."
        return ReportOutcome(sent=False, where=where, pending=True)
    message = written.message
    with app.store.write() as connection:
        claimed = reports.claim(
            connection,
            app.owner_id,
            label,
            str(message["Message-ID"]),
            app.now(),
            flags=written.flags,
            unsent=looked,
        )
        grades.write(connection, written.grades.changed())
        known = reports.of_period(connection, app.owner_id, label)
    if claimed is None or known is None:
        where = f"The report for {label} is being sent by another process."
        return ReportOutcome(sent=False, where=where, pending=True, wait=reports.STALE_CLAIM)
    # That of the first try: what it is made from may have changed since.
    message.replace_header("Message-ID", known.message_id)
    try:
        where = deliver(message, way)
    except Unknown:
        raise  # stays claimed, and is looked for
    except (DeliveryError, ConnectorError) as error:
        with app.store.write() as connection:
            reports.mark_failed(connection, claimed, str(error))
        raise
    with app.store.write() as connection:
        reports.mark_sent(connection, claimed, app.now())
        answers.mark_confirmed(connection, app.owner_id, claimed, written.told)
    return ReportOutcome(sent=True, where=where)


def _looked_for(app: App, label: str, way: Via, stop: Event) -> ReportOutcome | bool:
    """What there is to say where the report is not to be sent now.

    Else whether all mail was looked through, and no earlier try of it has arrived.
    """
    before = _known(app, label)
    if before is None:
        return False
    looked = False
    if before.state is not ReportState.SENT:
        if wait := _early(app, before):
            return _pending(before, wait, "looked for")
        if not isinstance(way, ToFile):  # a file is simply written again
            looked = unconfirmed.look(app, lambda source: sync_source(app, source, stop=stop))
            before = _known(app, label) or before
    if before.state is ReportState.SENT:
        return ReportOutcome(sent=False, where=f"The report for {label} went out before.")
    if before.state is ReportState.CLAIMED and not isinstance(way, ToFile):
        wait = unconfirmed.wait_before_sending(before.claimed_at, app.now(), whole=looked)
        if wait:
            return _pending(before, wait, "looked for again")
    return looked


def _known(app: App, label: str) -> SentReport | None:
    """What is known of this week's report, once what was seen of any is taken note of."""
    with app.store.write() as connection:
        reports.settle_seen(connection, app.owner_id)
        return reports.of_period(connection, app.owner_id, label)


def _early(app: App, before: SentReport) -> timedelta:
    """How long to leave a report alone whose sending was cut short; zero: it is time to look."""
    if before.state is not ReportState.CLAIMED:
        return timedelta()
    now = app.now()
    if before.claimed_at > now:  # the clock was set back since: nobody knows how long ago it was
        with app.store.write() as connection:
            reports.restart(connection, before.id, now)
        return unconfirmed.FIRST_LOOK
    return unconfirmed.wait_before_look(before.claimed_at, now)


def _pending(before: SentReport, wait: timedelta, then: str) -> ReportOutcome:
    minutes = -(-wait // timedelta(minutes=1))
    return ReportOutcome(
        sent=False,
        pending=True,
        wait=wait,
        where=f"The report for {before.period} may have gone out, for its sending was cut short: "
        f"it can be {then} in {minutes} minutes.",
    )
