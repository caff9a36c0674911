"""The flags of reports that went out, and what became of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.store.models import flag, report
from sync.store.reports import ReportState


@dataclass(frozen=True, slots=True)
class SentFlag:
    """A flag that a report put before the owner. `outcome` is empty while it is open."""

    id: int
    report_id: int
    person_id: int
    kind: str
    at: datetime
    outcome: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a flag; `outcome` empty: it is open, or open again."""

    id: int
    outcome: str
    at: datetime | None


def flags(connection: Connection, owner_id: int, until: datetime) -> list[SentFlag]:
    """All flags of reports that went out before `until`, in order of time."""
    rows = connection.execute(
        sa.select(
            flag.c.id,
            flag.c.report_id,
            flag.c.person_id,
            flag.c.kind,
            flag.c.at,
            flag.c.outcome,
            flag.c.decided_at,
        )
        .join(report, report.c.id == flag.c.report_id)
        .where(
            flag.c.owner_id == owner_id,
            flag.c.at < until,
            report.c.state == ReportState.SENT.value,
        )
        .order_by(flag.c.at, flag.c.id)
    )
    return [SentFlag(*row[:5], row.outcome or "", row.decided_at) for row in rows]


def write(connection: Connection, decided: Iterable[Decided]) -> None:
    """Write down what became of flags."""
    rows = [{"key": one.id, "what": one.outcome or None, "when": one.at} for one in decided]
    if rows:
        connection.execute(
            sa.update(flag)
            .where(flag.c.id == sa.bindparam("key"))
            .values(
                outcome=sa.bindparam("what", type_=sa.String),
                decided_at=sa.bindparam("when", type_=flag.c.decided_at.type),
            ),
            rows,
        )
