"""Who was on what together: every party of every interaction, in columns.

`queries.contact_events` says who was in touch with the owner; this says who else was there, which
circles, introductions and encounters are read from. Nothing is left out but what is counted once
already, so the reader decides what is contact.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.api import Direction, Role
from sync.store.models import handle, interaction, party
from sync.store.queries import CHANNELS, DIRECTIONS, as_code, each_once

# What the numbers in `Company.role` mean.
ROLES = {role: code for code, role in enumerate(Role)}


@dataclass(frozen=True, slots=True)
class Company:
    """One row for each interaction and person on it, ordered by time; (k,) each.

    event: int64, the same number for all rows of one interaction. person: int64 ids. role,
    channel, direction: int8, see `ROLES`, `CHANNELS`, `DIRECTIONS`. at: int64 seconds UTC. size:
    int32 people besides the owner. thread: int64, -1 for none. direct: bool, the owner was named.
    bulk: bool, something says that a machine or a list sent it.
    """

    event: npt.NDArray[np.int64]
    person: npt.NDArray[np.int64]
    role: npt.NDArray[np.int8]
    at: npt.NDArray[np.int64]
    direction: npt.NDArray[np.int8]
    channel: npt.NDArray[np.int8]
    size: npt.NDArray[np.int32]
    thread: npt.NDArray[np.int64]
    direct: npt.NDArray[np.bool_]
    bulk: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.at)

    def where(self, chosen: npt.NDArray[np.bool_]) -> Company:
        """Only the chosen (k,) rows."""
        return Company(*(getattr(self, column.name)[chosen] for column in fields(self)))


def company(connection: Connection, owner_id: int, until: datetime) -> Company:
    """Everybody on every interaction before `until`.

    A message that came from two sources is there once; somebody on it with two addresses too.
    """
    contact, first = each_once(owner_id)
    rows = connection.execute(
        sa.select(
            first,
            handle.c.person_id,
            as_code(party.c.role, {role.value: code for role, code in ROLES.items()}),
            sa.type_coerce(interaction.c.at, sa.BigInteger),
            as_code(interaction.c.direction, {k.value: v for k, v in DIRECTIONS.items()}),
            as_code(interaction.c.channel, {k.value: v for k, v in CHANNELS.items()}),
            interaction.c.size,
            sa.case((interaction.c.thread == 0, -1), else_=interaction.c.thread),
            sa.case((interaction.c.direct, 1), else_=0),
            sa.case((interaction.c.bulk != "", 1), else_=0),
        )
        .select_from(contact)
        .where(party.c.owner_id == owner_id, interaction.c.at < until)
        .order_by(interaction.c.at, first, party.c.handle_id)
    ).all()
    table = np.array([tuple(row) for row in rows], dtype=np.int64).reshape(-1, 10)
    _, kept = np.unique(table[:, :2], axis=0, return_index=True)
    table = table[np.sort(kept)]
    return Company(
        event=table[:, 0].copy(),
        person=table[:, 1].copy(),
        role=table[:, 2].astype(np.int8),
        at=table[:, 3].copy(),
        direction=table[:, 4].astype(np.int8),
        channel=table[:, 5].astype(np.int8),
        size=table[:, 6].astype(np.int32),
        thread=table[:, 7].copy(),
        direct=table[:, 8].astype(np.bool_),
        bulk=table[:, 9].astype(np.bool_),
    )


def owner_days(connection: Connection, owner_id: int, until: datetime) -> npt.NDArray[np.int64]:
    """UTC days, ascending, on which the owner sent mail or did anything else by their own hand.

    A meeting says less: a series stands in the calendar of somebody who is on a beach. Meetings
    count only where the store knows of nothing else that the owner did.
    """
    day = sa.type_coerce(interaction.c.at, sa.BigInteger) // 86_400
    for direction in (Direction.OUT, Direction.MUTUAL):
        days = connection.scalars(
            sa.select(day)
            .where(
                interaction.c.owner_id == owner_id,
                interaction.c.direction == direction.value,
                interaction.c.at < until,
            )
            .distinct()
        ).all()
        if days:
            return np.array(sorted(days), dtype=np.int64)
    return np.empty(0, dtype=np.int64)
