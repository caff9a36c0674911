"""Favours: that the owner helped, or asked for something. When, and never of whom."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.store.models import favour


class Favour(StrEnum):
    """Which way it went."""

    HELPED = "helped"
    ASKED = "asked"


def add(connection: Connection, owner_id: int, kind: Favour, at: datetime) -> None:
    """Keep one more."""
    connection.execute(sa.insert(favour).values(owner_id=owner_id, kind=kind.value, at=at))


def take_back(
    connection: Connection, owner_id: int, kind: Favour, start: datetime, end: datetime
) -> bool:
    """Forget the last one within [start, end); False where there is none."""
    last = (
        sa.select(sa.func.max(favour.c.id))
        .where(
            favour.c.owner_id == owner_id,
            favour.c.kind == kind.value,
            favour.c.at >= start,
            favour.c.at < end,
        )
        .scalar_subquery()
    )
    return bool(connection.execute(sa.delete(favour).where(favour.c.id == last)).rowcount)


def balance(
    connection: Connection, owner_id: int, start: datetime, end: datetime
) -> dict[Favour, int]:
    """How often each way, within (start, end]."""
    rows = connection.execute(
        sa.select(favour.c.kind, sa.func.count())
        .where(favour.c.owner_id == owner_id, favour.c.at > start, favour.c.at <= end)
        .group_by(favour.c.kind)
    )
    found = {Favour(kind): number for kind, number in rows}
    return {kind: found.get(kind, 0) for kind in Favour}
