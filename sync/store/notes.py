"""What the owner says of contact that no source sees: "we met", "we talked".

It is kept as an interaction like any other, under a source of its own that no configuration can
name, so that real contact outside mail and calendar resets a silence like any other.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.api import Batch, Channel, Direction, Interaction, Participant, Role
from sync.store import ingest, sources
from sync.store.models import handle

# A source's id has no colon, so that none can be called this.
KEY = "own:notes"


def note(
    connection: Connection, owner_id: int, address: str, channel: Channel, at: datetime
) -> bool:
    """Keep that the owner was in touch with this (canonical) address at a time.

    `at` is aware and in the owner's zone, for once a day and channel is enough: said again, it
    changes nothing. False where nothing is kept, as that address was forgotten for good.
    """
    item = Interaction(
        ref=_ref(address, channel, at),
        at=at.astimezone(UTC),
        channel=channel,
        direction=Direction.MUTUAL,
        participants=(Participant(address, Role.ATTENDEE),),
        size=1,
    )
    row = sources.notes_source(connection, owner_id, KEY)
    ingest.apply(connection, row, Batch(cursor="", interactions=(item,)), now=at)
    mine = sa.select(handle.c.id).where(handle.c.owner_id == owner_id, handle.c.address == address)
    return connection.execute(mine).first() is not None


def take_back(
    connection: Connection, owner_id: int, address: str, channel: Channel, at: datetime
) -> bool:
    """Take such a word of that day back; False where there was none."""
    batch = Batch(cursor="", deleted=(_ref(address, channel, at),))
    row = sources.notes_source(connection, owner_id, KEY)
    return bool(ingest.apply(connection, row, batch, now=at).deleted)


def _ref(address: str, channel: Channel, at: datetime) -> str:
    return f"{channel.value}:{at:%Y-%m-%d}:{address}"
