"""The table of skipped records: those that are no contact or cannot be read, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.api import Skip
from sync.store.models import skipped
from sync.store.rows import SourceRow, parts

_LONGEST_REASON = 255


def write(connection: Connection, row: SourceRow, skips: Iterable[Skip]) -> int:
    """Store each skipped record with its reason. Return how many were not stored before."""
    reasons = {skip.ref: skip.reason[:_LONGEST_REASON] for skip in skips}
    count = 0
    for part in parts(reasons):
        before: Mapping[str, str] = dict(
            connection.execute(
                sa.select(skipped.c.ref, skipped.c.reason).where(
                    skipped.c.source_id == row.id, skipped.c.ref.in_(part)
                )
            ).all()
        )
        moved = [ref for ref in part if ref in before and before[ref] != reasons[ref]]
        fresh = [ref for ref in part if ref not in before]
        count += len(fresh)
        if moved:
            connection.execute(
                sa.delete(skipped).where(skipped.c.source_id == row.id, skipped.c.ref.in_(moved))
            )
        if moved or fresh:
            connection.execute(
                sa.insert(skipped),
                [
                    {
                        "source_id": row.id,
                        "owner_id": row.owner_id,
                        "ref": ref,
                        "reason": reasons[ref],
                    }
                    for ref in (*moved, *fresh)
                ],
            )
    return count


def forget(connection: Connection, row: SourceRow, refs: Iterable[str]) -> None:
    """Forget that these records of a source were skipped, for they count now."""
    for part in parts(refs):
        connection.execute(
            sa.delete(skipped).where(skipped.c.source_id == row.id, skipped.c.ref.in_(part))
        )


def forget_all(connection: Connection, source_id: int) -> None:
    """Forget all that a source skipped, which is then read anew."""
    connection.execute(sa.delete(skipped).where(skipped.c.source_id == source_id))
