"""Writing handles: each address once, with a person of its own, under the best name there is.

Addresses of forgotten people are known by their tombstones, and never come back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.api import Interaction, Role
from sync.store.models import handle, person, tombstone
from sync.store.rows import SourceRow, parts

_LONGEST_NAME = 255


def mark(salt: str, address: str) -> str:
    """The tombstone of an address: who has the store and guesses the address can check it, only."""
    return sha256(f"{salt}:{address}".encode()).hexdigest()


def handles_of(
    connection: Connection, row: SourceRow, items: Iterable[Interaction], now: datetime
) -> dict[str, int]:
    """The id of each address on `items`, new ones created with a person each; forgotten ones not.

    A handle's name is the one its bearer used last as an author, else the longest that others
    gave them: the same whatever the order in which messages arrive.
    """
    names: dict[str, tuple[bool, int, str]] = {}
    for item in items:
        at = int(item.at.timestamp() // 1)
        for p in item.participants:
            name = p.name[:_LONGEST_NAME]
            author = p.role is Role.FROM and bool(name)
            offer = (author, at if author else len(name), name)
            names[p.address] = max(names.get(p.address, offer), offer)

    found: dict[str, int] = {}
    better: list[dict[str, object]] = []
    for part in parts(names):
        for number, address, name, name_at in connection.execute(
            sa.select(
                handle.c.id,
                handle.c.address,
                handle.c.name,
                sa.type_coerce(handle.c.name_at, sa.BigInteger),
            ).where(handle.c.owner_id == row.owner_id, handle.c.address.in_(part))
        ):
            found[address] = number
            author = name_at is not None
            if names[address] > (author, name_at if author else len(name), name):
                better.append({"key": number, **_name(names[address])})
    if better:
        connection.execute(
            sa.update(handle)
            .where(handle.c.id == sa.bindparam("key"))
            .values(name=sa.bindparam("name"), name_at=sa.bindparam("at", type_=sa.BigInteger)),
            better,
        )
    found.update(_create_handles(connection, row, names, names.keys() - found.keys(), now))
    return found


def _name(offer: tuple[bool, int, str]) -> dict[str, object]:
    author, at, name = offer
    return {"name": name, "at": at if author else None}


def _create_handles(
    connection: Connection,
    row: SourceRow,
    names: Mapping[str, tuple[bool, int, str]],
    missing: AbstractSet[str],
    now: datetime,
) -> dict[str, int]:
    marks = {mark(row.salt, address): address for address in missing}
    forgotten: set[str] = set()
    for part in parts(marks):
        forgotten.update(
            marks[m]
            for m in connection.scalars(
                sa.select(tombstone.c.mark).where(
                    tombstone.c.owner_id == row.owner_id, tombstone.c.mark.in_(part)
                )
            )
        )
    addresses = sorted(missing - forgotten)
    if not addresses:
        return {}
    people = connection.scalars(
        sa.insert(person).returning(person.c.id),
        [{"owner_id": row.owner_id, "created_at": now} for _ in addresses],
    ).all()
    rows = connection.execute(
        sa.insert(handle)
        .values(name_at=sa.bindparam("at", type_=sa.BigInteger))
        .returning(handle.c.address, handle.c.id),
        [
            {
                "owner_id": row.owner_id,
                "person_id": number,
                "address": address,
                **_name(names[address]),
            }
            for address, number in zip(addresses, people, strict=True)
        ],
    )
    return dict(rows.all())
