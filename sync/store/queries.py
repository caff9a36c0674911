"""Reading the store whole: contact, evidence and addresses as of a time, for tests and by hand."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.engine import Connection

from sync.store.contact import CHANNELS, DIRECTIONS, ContactColumns, contact
from sync.store.contact import latest_addresses as addresses_before
from sync.store.evidence import Evidence, complete
from sync.store.evidence import evidence as decisive

__all__ = [
    "CHANNELS",
    "DIRECTIONS",
    "ContactColumns",
    "contact_events",
    "evidence",
    "latest_addresses",
]


def contact_events(
    connection: Connection, owner_id: int, people: Collection[int] | None = None
) -> ContactColumns:
    """All contact between the owner and each person, or each of these few."""
    return contact(connection, owner_id, people=people)


def evidence(connection: Connection, owner_id: int, until: datetime) -> dict[int, Evidence]:
    """What was known of each person before `until`, for `bulk.decide` and its reasons."""
    known = decisive(connection, owner_id, until)
    return complete(connection, owner_id, until, known)


def latest_addresses(connection: Connection, owner_id: int, until: datetime) -> dict[int, str]:
    """The address by which each person of several handles was last in touch before `until`."""
    return addresses_before(connection, owner_id, [until])[0]
