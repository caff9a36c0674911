"""What is due when, per owner; and the reports, each claimed before it is sent.

What is due stands here and nowhere else, in UTC, so that a daemon may die, sleep or be doubled:
a job is claimed by a conditional update, which one process only can win.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.store.models import due, flag, report
from sync.store.rows import insert_unless_there

# A claim this old belongs to a process that died between claiming and sending.
STALE_CLAIM = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Due:
    """A job and its time. `failures` counts the failed runs in a row."""

    job: str
    at: datetime
    failures: int


class ReportState(StrEnum):
    """A report is claimed before it is sent, so that no other process sends it too."""

    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SentReport:
    """What became of one period's report."""

    id: int
    period: str
    state: ReportState
    message_id: str
    claimed_at: datetime
    sent_at: datetime | None
    tries: int
    trouble: str


@dataclass(frozen=True, slots=True)
class NewFlag:
    """A judgement that a report puts before the owner. `p_lapse` is None for a reply owed."""

    person_id: int
    kind: str
    p_lapse: float | None


def agenda(connection: Connection, owner_id: int) -> dict[str, Due]:
    """All jobs of an owner."""
    rows = connection.execute(
        sa.select(due.c.job, due.c.at, due.c.failures).where(due.c.owner_id == owner_id)
    )
    return {row.job: Due(*row) for row in rows}


def plan(connection: Connection, owner_id: int, job: str, at: datetime) -> None:
    """Put a job on the agenda unless it stands there."""
    insert_unless_there(connection, due, owner_id=owner_id, job=job, at=at)


def drop(connection: Connection, owner_id: int, jobs: Iterable[str]) -> None:
    """Take jobs off the agenda."""
    connection.execute(sa.delete(due).where(due.c.owner_id == owner_id, due.c.job.in_(list(jobs))))


def claim(connection: Connection, owner_id: int, job: Due, following: datetime) -> bool:
    """Take a due job by moving it to `following`; False where another process was first."""
    return bool(
        connection.execute(
            sa.update(due)
            .where(due.c.owner_id == owner_id, due.c.job == job.job, due.c.at == job.at)
            .values(at=following)
        ).rowcount
    )


def settle(connection: Connection, owner_id: int, job: str, *, at: datetime, failures: int) -> None:
    """Say when a job that has run is due again, and how often it failed in a row."""
    connection.execute(
        sa.update(due)
        .where(due.c.owner_id == owner_id, due.c.job == job)
        .values(at=at, failures=failures)
    )


def reports(connection: Connection, owner_id: int) -> list[SentReport]:
    """All reports of an owner, oldest first."""
    rows = connection.execute(
        sa.select(
            report.c.id,
            report.c.period,
            report.c.state,
            report.c.message_id,
            report.c.claimed_at,
            report.c.sent_at,
            report.c.tries,
            report.c.trouble,
        )
        .where(report.c.owner_id == owner_id)
        .order_by(report.c.period)
    )
    return [SentReport(row[0], row[1], ReportState(row[2]), *row[3:]) for row in rows]


def claim_report(
    connection: Connection, owner_id: int, period: str, message_id: str, now: datetime
) -> int | None:
    """Claim a period's report before sending; its id, or None where it is sent or being sent.

    One that failed, or whose sender died, is claimed again under the same Message-ID.
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
        return first
    found = connection.execute(
        sa.select(report.c.id, report.c.state, report.c.claimed_at)
        .where(report.c.owner_id == owner_id, report.c.period == period)
        .with_for_update()
    ).one()
    stale = found.claimed_at <= now - STALE_CLAIM
    if found.state == ReportState.FAILED or (found.state == ReportState.CLAIMED and stale):
        connection.execute(
            sa.update(report)
            .where(report.c.id == found.id)
            .values(state=ReportState.CLAIMED.value, claimed_at=now, tries=report.c.tries + 1)
        )
        return int(found.id)
    return None


def report_sent(
    connection: Connection,
    owner_id: int,
    report_id: int,
    flags: Iterable[NewFlag],
    now: datetime,
) -> None:
    """Record that a report went out, with the flags it put before the owner."""
    connection.execute(
        sa.update(report)
        .where(report.c.id == report_id)
        .values(state=ReportState.SENT.value, sent_at=now, trouble="")
    )
    rows = [
        {
            "owner_id": owner_id,
            "report_id": report_id,
            "person_id": item.person_id,
            "kind": item.kind,
            "at": now,
            "p_lapse": item.p_lapse,
        }
        for item in flags
    ]
    connection.execute(sa.delete(flag).where(flag.c.report_id == report_id))
    if rows:
        connection.execute(sa.insert(flag), rows)


def report_failed(connection: Connection, report_id: int, trouble: str) -> None:
    """Record that a report surely did not go out; it is claimed again at the next try."""
    connection.execute(
        sa.update(report)
        .where(report.c.id == report_id)
        .values(state=ReportState.FAILED.value, trouble=trouble)
    )


def flagged_since(
    connection: Connection, owner_id: int, kind: str, since: datetime
) -> dict[int, datetime]:
    """People flagged since then, with the last time."""
    rows = connection.execute(
        sa.select(flag.c.person_id, sa.func.max(flag.c.at))
        .where(flag.c.owner_id == owner_id, flag.c.kind == kind, flag.c.at >= since)
        .group_by(flag.c.person_id)
    )
    return dict(rows.all())


def flags_sent(connection: Connection, owner_id: int, kind: str) -> list[tuple[int, datetime]]:
    """Every flag of this kind that a report put before the owner, oldest first: person, time."""
    rows = connection.execute(
        sa.select(flag.c.person_id, flag.c.at)
        .where(flag.c.owner_id == owner_id, flag.c.kind == kind)
        .order_by(flag.c.at, flag.c.person_id)
    )
    return [(number, at) for number, at in rows]
