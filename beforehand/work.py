"""The two units of work: sync one source, and send one owner's report of the week.

Nothing is remembered between two calls but what stands in the store, so either may be killed at
any moment and called again, by anybody.

The report of a week is a row of `sync.store.reports`, and is in one of these states. Each arrow is
one transaction.

    state      event                                                    next state
    ---------  -------------------------------------------------------  ----------
    (none)     claimed, together with its flags, before it is sent      CLAIMED
    CLAIMED    the transport took it                                    SENT
    CLAIMED    the transport surely did not take it: any error of       FAILED
               delivery but OutcomeUnknown
    CLAIMED    OutcomeUnknown, or the sender died                       CLAIMED
    CLAIMED,   a source has seen its Message-ID in the owner's mail     SENT
    FAILED
    FAILED     the mailbox is searched, does not show it, and it is     CLAIMED
               claimed anew
    CLAIMED    the same, once it is old enough: `mailing.unconfirmed`   CLAIMED
               says when it is searched for, and when sent again
    SENT       (the end: its flags count, its answers are confirmed)

Every try bears the Message-ID of the first. Who sends holds a lock, so no claim is stale whose mail
is on its way. `mailing.delivery` tells the outcomes apart; `daemon.report_job` says when the next
try is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING

from beforehand.app import App
from beforehand.errors import BeforehandError
from beforehand.mailing import answers, pause, periods, unconfirmed
from beforehand.mailing.delivery import OutcomeUnknown, ToFile, Transport, deliver
from beforehand.mailing.transports import configured_transport
from connectors.api import Announce, Progress, SourceConfig, no_announcement, no_progress
from connectors.errors import ConnectorError
from sync import engine
from sync.engine import SyncResult
from sync.store import flags, reports
from sync.store.flags import ReportState
from sync.store.reports import SentReport
from sync.store.session import BusyError

if TYPE_CHECKING:
    from beforehand.mailing.weekly import Weekly


def sync_source(
    app: App,
    source: SourceConfig,
    *,
    stop: Event | None = None,
    progress: Progress = no_progress,
    announce: Announce = no_announcement,
) -> SyncResult:
    """Pull what is new from one source into the store; what went wrong is in the result.

    Raises BusyError where another process pulls the same source.
    """
    context = app.context(source, stop=stop, progress=progress, announce=announce)
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


@dataclass(frozen=True, slots=True)
class _EarlierAttempt:
    """What an earlier try leaves to do: `outcome` is set where the report is not to be sent now.

    `surely_unsent`: all mail was searched, and no earlier try has arrived.
    """

    outcome: ReportOutcome | None = None
    surely_unsent: bool = False


def report_owner(
    app: App, at: datetime | None = None, *, stop: Event | None = None
) -> ReportOutcome:
    """Compose the report of this week and send it, once; see the states above.

    It comes twice only where its first sending was cut short, and the mailbox could not be
    searched or showed it late; it is never lost. `stop` ends the search.

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
            return _send_once(app, label, at, stop or Event())
    except BusyError:
        where = f"Another process is sending the report for {label} at this moment."
        return ReportOutcome(sent=False, where=where, pending=True, wait=reports.STALE_CLAIM)


def _send_once(app: App, label: str, at: datetime | None, stop: Event) -> ReportOutcome:
    from beforehand.mailing import weekly  # noqa: PLC0415 - arrays and templates, which a sync needs not

    transport = configured_transport(app, label)
    earlier = _settle_earlier_attempt(app, label, transport, stop)
    if earlier.outcome is not None:
        return earlier.outcome
    written = weekly.compose(app, at, sending=True)
    if written.view.period.label != label:
        where = f"The week of the report for {label} ended while it was written."
        return ReportOutcome(sent=False, where=where, pending=True)
    claim = _claim(app, label, written, surely_unsent=earlier.surely_unsent)
    if claim is None:
        where = f"The report for {label} is being sent by another process."
        return ReportOutcome(sent=False, where=where, pending=True, wait=reports.STALE_CLAIM)
    # That of the first try: what it is made from may have changed since.
    written.message.replace_header("Message-ID", claim.message_id)
    try:
        where = deliver(written.message, transport)
    except OutcomeUnknown:
        raise  # stays claimed, and is searched for
    except (BeforehandError, ConnectorError) as error:
        with app.store.write() as connection:
            reports.mark_failed(connection, claim.id, str(error))
        raise
    with app.store.write() as connection:
        reports.mark_sent(connection, claim.id, app.now())
        answers.mark_confirmed(connection, app.owner_id, claim.id, written.confirmed)
    return ReportOutcome(sent=True, where=where)


def _claim(app: App, label: str, written: Weekly, *, surely_unsent: bool) -> SentReport | None:
    """Claim the report and write its flags; None where another process has claimed it."""
    with app.store.write() as connection:
        claimed = reports.claim(
            connection,
            app.owner_id,
            label,
            str(written.message["Message-ID"]),
            app.now(),
            flags=written.flags,
            unsent=surely_unsent,
        )
        flags.write_outcomes(connection, written.grades.changed())
        return None if claimed is None else reports.of_period(connection, app.owner_id, label)


def _settle_earlier_attempt(
    app: App, label: str, transport: Transport, stop: Event
) -> _EarlierAttempt:
    """Find out what became of this week's report so far, in the owner's mail where need be."""
    stored = _stored_report(app, label)
    if stored is None:
        return _EarlierAttempt()
    searchable = not isinstance(transport, ToFile)  # a file is simply written again
    searched = False
    if stored.state is not ReportState.SENT:
        if wait := _wait_before_search(app, stored):
            return _EarlierAttempt(_pending(stored, wait, "looked for"))
        if searchable:
            searched = unconfirmed.search_mailbox(
                app, lambda source: sync_source(app, source, stop=stop)
            )
            stored = _stored_report(app, label) or stored
    if stored.state is ReportState.SENT:
        where = f"The report for {label} went out before."
        return _EarlierAttempt(ReportOutcome(sent=False, where=where))
    if stored.state is ReportState.CLAIMED and searchable:
        wait = unconfirmed.wait_before_resend(stored.claimed_at, app.now(), whole=searched)
        if wait:
            return _EarlierAttempt(_pending(stored, wait, "looked for again"))
    return _EarlierAttempt(surely_unsent=searched)


def _stored_report(app: App, label: str) -> SentReport | None:
    """Return this week's report, after marking reports that a source has seen as sent."""
    with app.store.write() as connection:
        reports.settle_seen(connection, app.owner_id)
        return reports.of_period(connection, app.owner_id, label)


def _wait_before_search(app: App, stored: SentReport) -> timedelta:
    """How long to leave a claimed report alone before it is searched for; zero where it is time."""
    if stored.state is not ReportState.CLAIMED:
        return timedelta()
    now = app.now()
    if stored.claimed_at > now:  # the clock was set back since: nobody knows how long ago it was
        with app.store.write() as connection:
            reports.restart(connection, stored.id, now)
        return unconfirmed.SEARCH_AFTER
    return unconfirmed.wait_before_search(stored.claimed_at, now)


def _pending(stored: SentReport, wait: timedelta, then: str) -> ReportOutcome:
    minutes = -(-wait // timedelta(minutes=1))
    return ReportOutcome(
        sent=False,
        pending=True,
        wait=wait,
        where=f"The report for {stored.period} may have gone out, for its sending was cut short: "
        f"it can be {then} in {minutes} minutes.",
    )
