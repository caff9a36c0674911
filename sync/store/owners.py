"""The table of owners: who they are, their salt, and whether they have paused their reports."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.store.models import owner
from sync.store.rows import insert_unless_there


@dataclass(frozen=True, slots=True)
class StoredOwner:
    """An owner's id in the store, and what tells apart two owners of one name in two stores."""

    id: int
    identity: str


def by_key(connection: Connection, key: str) -> StoredOwner | None:
    """The owner with this key; None where there is none yet."""
    row = connection.execute(
        sa.select(owner.c.id, owner.c.salt).where(owner.c.key == key)
    ).one_or_none()
    return StoredOwner(row.id, f"{key} {row.salt}") if row is not None else None


def find(connection: Connection, key: str) -> int | None:
    """The id of the owner with this key; None where there is none yet."""
    stored = by_key(connection, key)
    return stored.id if stored is not None else None


def ensure(connection: Connection, key: str, name: str, now: datetime) -> StoredOwner:
    """The owner with this key, who is created where there is none."""
    stored = by_key(connection, key)
    if stored is None:  # unless another process is quicker
        insert_unless_there(
            connection, owner, key=key, name=name, salt=secrets.token_hex(16), created_at=now
        )
        stored = by_key(connection, key)
    if stored is None:
        raise RuntimeError(f"the owner {key!r} could neither be created nor found")
    return stored


def lock(connection: Connection, owner_id: int) -> None:
    """Let no other process write for this owner until the transaction ends.

    For PostgreSQL; SQLite has one writer anyway.
    """
    connection.execute(sa.select(owner.c.id).where(owner.c.id == owner_id).with_for_update())


def paused_since(connection: Connection, owner_id: int) -> datetime | None:
    """Since when the owner wants no reports; None where they do."""
    since: datetime | None = connection.execute(
        sa.select(owner.c.paused_at).where(owner.c.id == owner_id)
    ).scalar_one()
    return since


def set_pause(connection: Connection, owner_id: int, since: datetime | None) -> None:
    """Send no reports from then on; None: send them again."""
    connection.execute(sa.update(owner).where(owner.c.id == owner_id).values(paused_at=since))


def set_contact_rules(connection: Connection, owner_id: int, rules: str) -> None:
    """Store by which rules the owner's contact was folded; see `contact_days`."""
    connection.execute(sa.update(owner).where(owner.c.id == owner_id).values(contact_rules=rules))
