"""Sources that wait for their owner to give access (again).

That stands in the store as the source's state, so that no process asks in vain meanwhile: it ends
when access is given, or when somebody reads the source by hand and that works.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.engine import State
from sync.store.models import source


@dataclass(frozen=True, slots=True)
class Waiting:
    """Since when a source was not read, when it last refused, and what it said."""

    last_ok_at: datetime | None
    last_run_at: datetime | None
    trouble: str


def sources(connection: Connection, owner_id: int) -> dict[str, Waiting]:
    """The sources of an owner that wait, by name."""
    rows = connection.execute(
        sa.select(source.c.key, source.c.last_ok_at, source.c.last_run_at, source.c.trouble).where(
            source.c.owner_id == owner_id,
            source.c.state == State.NEEDS_AUTHORISATION.value,
        )
    )
    return {row.key: Waiting(*row[1:]) for row in rows}


def granted(connection: Connection, owner_id: int, key: str) -> None:
    """Access was given: the source waits no more, and is yet to be read."""
    connection.execute(
        sa.update(source)
        .where(
            source.c.owner_id == owner_id,
            source.c.key == key,
            source.c.state == State.NEEDS_AUTHORISATION.value,
        )
        .values(
            state=State.FAILING.value,
            trouble=f"access was given again, and it is yet to be read: beforehand sync {key}",
        )
    )
