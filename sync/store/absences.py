"""When the owner said to be away, as their calendars have it: written like interactions, read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.api import Absence, Window
from sync.store import skips
from sync.store.models import absence
from sync.store.rows import SourceRow, parts


def spans(
    connection: Connection, owner_id: int, until: datetime
) -> list[tuple[datetime, datetime]]:
    """The spans [start, end) that began before `until`, cut off there, by their start; UTC."""
    rows = connection.execute(
        sa.select(absence.c.begins_at, absence.c.ends_at)
        .where(absence.c.owner_id == owner_id, absence.c.begins_at < until)
        .order_by(absence.c.begins_at, absence.c.ends_at)
    )
    return [(start, min(end, until)) for start, end in rows]


def write(
    connection: Connection, row: SourceRow, carried: Mapping[str, Absence], pass_no: int
) -> None:
    """Keep these absences, by their references, in the place of what stood under them."""
    skips.forget(connection, row, carried)
    delete(connection, row, carried)
    if carried:
        connection.execute(
            sa.insert(absence),
            [
                {
                    "owner_id": row.owner_id,
                    "source_id": row.id,
                    "ref": one.ref,
                    "begins_at": one.start,
                    "ends_at": one.end,
                    "pass_no": pass_no,
                }
                for one in carried.values()
            ],
        )


def delete(connection: Connection, row: SourceRow, refs: Collection[str]) -> None:
    """Remove the absences with these references, where there are any."""
    for part in parts(refs):
        connection.execute(
            sa.delete(absence).where(absence.c.source_id == row.id, absence.c.ref.in_(part))
        )


def see(connection: Connection, row: SourceRow, refs: Iterable[str], pass_no: int) -> None:
    """Note that the enumeration under way has met these."""
    for part in parts(refs):
        connection.execute(
            sa.update(absence)
            .where(absence.c.source_id == row.id, absence.c.ref.in_(part))
            .values(pass_no=pass_no)
        )


def sweep(connection: Connection, row: SourceRow, window: Window, pass_no: int) -> None:
    """Delete what reaches into the window, and which its enumeration did not meet."""
    unseen = sa.delete(absence).where(absence.c.source_id == row.id, absence.c.pass_no < pass_no)
    if window.start is not None:
        unseen = unseen.where(absence.c.ends_at > window.start)
    if window.end is not None:
        unseen = unseen.where(absence.c.begins_at < window.end)
    connection.execute(unseen)
