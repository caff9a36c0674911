"""The reports of an owner, each claimed before it is sent, and the flags they put before them.

A flag counts once its report is sent. It is written down before, with the claim, so that should
the sender die in between, what the owner may have got is known. Its time is that of the claim.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.mail.headers import message_id_hash
from sync.store import answers
from sync.store import flags as flags_of_reports
from sync.store.flags import NewFlag, ReportState
from sync.store.models import report
from sync.store.rows import insert_unless_there

# A claim this old belongs to a process that died between claiming and sending, or to one that
# could not learn what became of its mail. Handing over takes a few minutes at the very most.
STALE_CLAIM = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class SentReport:
    """What became of one period's report."""

    id: int
    period: str
    state: ReportState
    message_id: str
    claimed_at: datetime
    sent_at: datetime | None
    seen_at: datetime | None
    tries: int
    trouble: str


def of_owner(connection: Connection, owner_id: int) -> list[SentReport]:
    """All reports of an owner, oldest first."""
    rows = connection.execute(_known(owner_id).order_by(report.c.period))
    return [_read(row) for row in rows]


def of_period(connection: Connection, owner_id: int, period: str) -> SentReport | None:
    """The report of one period; None where it was never claimed."""
    row = connection.execute(_known(owner_id).where(report.c.period == period)).one_or_none()
    return None if row is None else _read(row)


def _known(owner_id: int) -> sa.Select[Any]:
    return sa.select(
        report.c.id,
        report.c.period,
        report.c.state,
        report.c.message_id,
        report.c.claimed_at,
        report.c.sent_at,
        report.c.seen_at,
        report.c.tries,
        report.c.trouble,
    ).where(report.c.owner_id == owner_id)


def _read(row: sa.Row[Any]) -> SentReport:
    return SentReport(**(row._asdict() | {"state": ReportState(row.state)}))


def claim(
    connection: Connection,
    owner_id: int,
    period: str,
    message_id: str,
    now: datetime,
    *,
    flags: Iterable[NewFlag] = (),
    unsent: bool = False,
) -> int | None:
    """Claim a period's report before sending; its id, or None where it is sent or being sent.

    One that failed, or whose sender died, is claimed again under the same Message-ID. `flags` are
    what this mail puts before the owner; they count once it is sent. Where the one before may have
    reached the owner after all, its flags stay beside them; `unsent`: it was looked for, and none
    before has.
    """
    first = insert_unless_there(
        connection,
        report,
        owner_id=owner_id,
        period=period,
        state=ReportState.CLAIMED.value,
        message_id=message_id,
        claimed_at=now,
        tries=1,
    )
    if first is not None:
        flags_of_reports.write(connection, owner_id, first, flags, now)
        return first
    found = connection.execute(
        sa.select(report.c.id, report.c.state, report.c.claimed_at)
        .where(report.c.owner_id == owner_id, report.c.period == period)
        .with_for_update()
    ).one()
    failed = found.state == ReportState.FAILED
    stale = found.state == ReportState.CLAIMED and found.claimed_at <= now - STALE_CLAIM
    if not (failed or stale):
        return None
    connection.execute(
        sa.update(report)
        .where(report.c.id == found.id)
        .values(state=ReportState.CLAIMED.value, claimed_at=now, tries=report.c.tries + 1)
    )
    if failed or unsent:  # nobody has seen those
        flags_of_reports.drop(connection, found.id, since=None if unsent else found.claimed_at)
    flags_of_reports.write(connection, owner_id, found.id, flags, now)
    return int(found.id)


def mark_sent(connection: Connection, report_id: int, now: datetime) -> None:
    """Record that a report went out; its flags count from now on."""
    connection.execute(
        sa.update(report)
        .where(report.c.id == report_id)
        .values(state=ReportState.SENT.value, sent_at=now, trouble="")
    )


def mark_failed(connection: Connection, report_id: int, trouble: str) -> None:
    """Record that a report surely did not go out; it is claimed again at the next try."""
    connection.execute(
        sa.update(report)
        .where(report.c.id == report_id)
        .values(state=ReportState.FAILED.value, trouble=trouble)
    )


def restart(connection: Connection, report_id: int, now: datetime) -> None:
    """Let the wait for a claimed report begin anew, as the clock was set back since."""
    connection.execute(sa.update(report).where(report.c.id == report_id).values(claimed_at=now))


def settle_seen(connection: Connection, owner_id: int) -> None:
    """Record as sent what a source has met in the owner's mail, whatever the sender was told.

    What it confirmed is confirmed: the answers that were settled before it was claimed.
    """
    seen = connection.execute(
        sa.update(report)
        .where(
            report.c.owner_id == owner_id,
            report.c.state != ReportState.SENT.value,
            report.c.seen_at.is_not(None),
        )
        .values(state=ReportState.SENT.value, sent_at=report.c.seen_at, trouble="")
        .returning(report.c.id, report.c.claimed_at)
    ).all()
    for one in seen:
        answers.mark_confirmed_by(connection, owner_id, one.id, until=one.claimed_at)


def mark_seen(
    connection: Connection, owner_id: int, hashes: Collection[str], now: datetime
) -> None:
    """Note of which reports of the owner's these are the hashes, where that was not known yet."""
    if not hashes:
        return
    unseen = connection.execute(
        sa.select(report.c.id, report.c.message_id).where(
            report.c.owner_id == owner_id, report.c.seen_at.is_(None)
        )
    )
    met = [number for number, name in unseen if message_id_hash(name) in hashes]
    connection.execute(sa.update(report).where(report.c.id.in_(met)).values(seen_at=now))
