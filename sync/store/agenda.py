"""What is due when, per owner.

What is due stands here and nowhere else, in UTC, so that a daemon may die, sleep or be doubled:
a job is claimed by a conditional update, which one process only can win.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.store.models import due
from sync.store.rows import insert_unless_there


@dataclass(frozen=True, slots=True)
class Due:
    """A job and its time. `failures` counts the failed runs in a row."""

    job: str
    at: datetime
    failures: int


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
    """Take a due job by moving it to `following`; False where another process was first.

    Until it is settled it counts as one more failure: should the process die, that is what it was.
    """
    return bool(
        connection.execute(
            sa.update(due)
            .where(due.c.owner_id == owner_id, due.c.job == job.job, due.c.at == job.at)
            .values(at=following, failures=due.c.failures + 1)
        ).rowcount
    )


def settle(connection: Connection, owner_id: int, job: str, *, at: datetime, failures: int) -> None:
    """Say when a job that has run is due again, and how often it failed in a row."""
    connection.execute(
        sa.update(due)
        .where(due.c.owner_id == owner_id, due.c.job == job)
        .values(at=at, failures=failures)
    )
