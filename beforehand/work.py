"""The two units of work: pull a source, send an owner's report. Neither remembers anything.

The daemon's heartbeat calls them on one machine; the command line calls the very same two.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from beforehand.delivery import ByGmail, BySmtp, DeliveryError, ToFile, Unknown, Via, deliver
from beforehand.house import House
from connectors.api import Announce, Progress, SourceConfig, unannounced
from connectors.errors import ConnectorError
from sync import engine
from sync.engine import SyncResult
from sync.store import reports
from sync.store.reports import ReportState

if TYPE_CHECKING:
    from connectors.google.send import GmailSender


def _silent(_done: int, _total: int | None, /) -> None:
    return None


def sync_source(
    house: House,
    source: SourceConfig,
    *,
    stop: Event | None = None,
    progress: Progress = _silent,
    announce: Announce = unannounced,
) -> SyncResult:
    """Pull what is new from one source into the store; what went wrong is in the result.

    Raises BusyError where another process pulls the same source.
    """
    context = house.context(source, stop=stop or Event(), progress=progress, announce=announce)
    return engine.sync_source(
        house.store,
        house.owner_id,
        source,
        lambda ready: house.connector(source, ready),
        context,
    )


@dataclass(frozen=True, slots=True)
class ReportOutcome:
    """What became of a report: sent or not, and where it went, or why not.

    `pending`: it is not sent as far as anybody knows, and may be tried again after
    `reports.STALE_CLAIM`.
    """

    sent: bool
    where: str
    pending: bool = False


def report_owner(house: House, at: datetime | None = None) -> ReportOutcome:
    """Compose the report of this week and send it, once.

    It is claimed before it is sent. Should this process die in between, or the outcome of
    sending stay unknown, it is sent again after `reports.STALE_CLAIM` under the same Message-ID:
    a report may come twice in that case, and is never lost.

    Raises DeliveryError, AuthRequired or ConfigError; the report is then not sent, and not lost.
    """
    from beforehand import weekly  # noqa: PLC0415 - arrays and templates, which a sync needs not

    written = weekly.compose(house, at)
    label = written.view.period.label
    now = house.now()
    with house.store.write() as connection:
        claimed = reports.claim(
            connection,
            house.owner_id,
            label,
            str(written.message["Message-ID"]),
            now,
            flags=written.flags,
        )
    if claimed is None:
        return _not_claimed(house, label)
    try:
        where = deliver(written.message, delivery_way(house, label))
    except Unknown:
        raise  # stays claimed, and is tried again once the claim is stale
    except (DeliveryError, ConnectorError) as error:
        with house.store.write() as connection:
            reports.mark_failed(connection, claimed, str(error))
        raise
    with house.store.write() as connection:
        reports.mark_sent(connection, claimed, house.now())
    return ReportOutcome(sent=True, where=where)


def _not_claimed(house: House, label: str) -> ReportOutcome:
    with house.store.read() as connection:
        states = {one.period: one.state for one in reports.of_owner(connection, house.owner_id)}
    if states.get(label) is ReportState.SENT:
        return ReportOutcome(sent=False, where=f"The report for {label} went out before.")
    minutes = int(reports.STALE_CLAIM.total_seconds() // 60)
    return ReportOutcome(
        sent=False,
        pending=True,
        where=f"The report for {label} is being sent, or its sending was cut short: "
        f"it can be sent again {minutes} minutes after that.",
    )


def delivery_way(house: House, label: str) -> Via:
    """How the configuration wants reports to be delivered."""
    report = house.config.report
    if report.via == "smtp" and report.smtp is not None:
        return BySmtp(
            host=report.smtp.host,
            port=report.smtp.port,
            security=report.smtp.security,
            username=report.smtp.username,
            tokens=house.tokens,
        )
    if report.via == "gmail":
        return ByGmail(gmail_sender(house).send_raw)
    return ToFile(report_folder(house) / f"{label}.html")


def report_folder(house: House) -> Path:
    """Where reports go that stay on this machine."""
    if house.config.report.folder is not None:
        return house.config.report.folder.expanduser()
    return house.folder / "reports"


def gmail_sender(house: House) -> GmailSender:
    """Who sends the report by the Gmail API, and asks for leave to."""
    from connectors.google.send import GmailSender  # noqa: PLC0415 - Google only where Gmail sends

    gmail = house.config.report.gmail
    return GmailSender(
        id=house.config.owner.id,
        tokens=house.tokens,
        credentials=gmail.credentials,
        client_secrets=gmail.client_secrets,
        subject=gmail.subject,
        api_endpoint=gmail.api_endpoint,
        now=house.now,
    )
