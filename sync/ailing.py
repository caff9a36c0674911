"""Sources that cannot be read though nobody asks for access: they fail, or are broken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.engine import State
from sync.store.models import source


@dataclass(frozen=True, slots=True)
class Ailing:
    """Since when a source was not read whole, how often that failed in a row, and what it said.

    `broken`: waiting will not help.
    """

    key: str
    last_ok_at: datetime | None
    failures: int
    trouble: str
    broken: bool


def sources(connection: Connection, owner_id: int) -> dict[str, Ailing]:
    """The sources of an owner whose last reading went wrong, by name."""
    rows = connection.execute(
        sa.select(
            source.c.key,
            source.c.last_ok_at,
            source.c.failures,
            source.c.trouble,
            source.c.state == State.BROKEN.value,
        )
        .where(
            source.c.owner_id == owner_id,
            source.c.state.in_([State.FAILING.value, State.BROKEN.value]),
            source.c.failures > 0,
        )
        .order_by(source.c.key)
    )
    return {row.key: Ailing(*row) for row in rows}
