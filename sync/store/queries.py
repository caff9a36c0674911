"""Reading the store: contact events in columns for scoring, evidence, and where sources stand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.api import Plan
from sync.store import plans
from sync.store.contact import CHANNELS, DIRECTIONS, Events, contact
from sync.store.contact import latest_addresses as addresses_before
from sync.store.evidence import Evidence, complete
from sync.store.evidence import evidence as decisive
from sync.store.models import interaction, owner, source

__all__ = [
    "CHANNELS",
    "DIRECTIONS",
    "Events",
    "SourceStanding",
    "contact_events",
    "evidence",
    "latest_addresses",
    "owner_id",
    "sources",
]


@dataclass(frozen=True, slots=True)
class SourceStanding:
    """Where a source stands: when it last ran whole, what troubles it, and its long reading."""

    id: int
    key: str
    type: str
    state: str
    trouble: str
    failures: int
    last_run_at: datetime | None
    last_ok_at: datetime | None
    interactions: int
    newest_at: datetime | None
    plan: Plan | None = None


def owner_id(connection: Connection, key: str) -> int | None:
    """The id of the owner with this key, if there is one."""
    return connection.execute(sa.select(owner.c.id).where(owner.c.key == key)).scalar_one_or_none()


def contact_events(
    connection: Connection, owner_id: int, people: Collection[int] | None = None
) -> Events:
    """All contact between the owner and each person, or each of these few."""
    return contact(connection, owner_id, people=people)


def evidence(connection: Connection, owner_id: int, until: datetime) -> dict[int, Evidence]:
    """What was known of each person before `until`, for `bulk.decide` and its reasons."""
    known = decisive(connection, owner_id, until)
    return complete(connection, owner_id, until, known)


def latest_addresses(connection: Connection, owner_id: int, until: datetime) -> dict[int, str]:
    """The address by which each person of several handles was last in touch before `until`."""
    return addresses_before(connection, owner_id, [until])[0]


def sources(connection: Connection, owner_id: int, now: datetime) -> list[SourceStanding]:
    """Where each source that was ever synced stands, by name; its newest contact before `now`."""
    counted = (
        sa.select(
            interaction.c.source_id,
            sa.func.count().label("held"),
            sa.func.max(sa.case((interaction.c.at < now, interaction.c.at))).label("newest"),
        )
        .where(interaction.c.owner_id == owner_id)
        .group_by(interaction.c.source_id)
        .subquery()
    )
    rows = connection.execute(
        sa.select(
            source.c.id,
            source.c.key,
            source.c.type,
            source.c.state,
            source.c.trouble,
            source.c.failures,
            source.c.last_run_at,
            source.c.last_ok_at,
            sa.func.coalesce(counted.c.held, 0),
            counted.c.newest,
            source.c.plan,
        )
        .select_from(source.outerjoin(counted, counted.c.source_id == source.c.id))
        .where(source.c.owner_id == owner_id)
    )
    found = [
        replace(SourceStanding(*told[:-1]), plan=plans.from_text(told[-1]))
        for told in map(tuple, rows)
    ]
    return sorted(found, key=lambda one: one.key)
