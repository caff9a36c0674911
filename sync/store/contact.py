"""Contact message by message: what passed between the owner and each person.

Whoever needs every message of a few people or threads reads this; what is asked of everybody is
read by day (`contact_days`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from connectors.api import Channel, Direction, Role
from sync.store.contact_fold import CAP, counted, dated
from sync.store.duplicates import (
    Columns,
    Condition,
    all_messages,
    numbered,
    these_with_copies,
    with_copies,
)
from sync.store.models import handle, interaction, party
from sync.store.rows import columns_of, parts, portions

# What the numbers in `ContactColumns.direction` and `ContactColumns.channel` mean.
DIRECTIONS = {Direction.OUT: 1, Direction.MUTUAL: 0, Direction.IN: -1}
CHANNELS = {channel: number for number, channel in enumerate(Channel)}


@dataclass(frozen=True, slots=True)
class ContactColumns:
    """Contact events in columns, one row for each interaction and person, ordered by time.

    person: int64 ids. at: int64 seconds UTC. direction, channel: int8, see `DIRECTIONS` and
    `CHANNELS`. size: int32 people besides the owner. thread: int64, -1 for none. personal: bool,
    the owner was named and nothing says that a machine or a list sent it.
    """

    person: npt.NDArray[np.int64]
    at: npt.NDArray[np.int64]
    direction: npt.NDArray[np.int8]
    channel: npt.NDArray[np.int8]
    size: npt.NDArray[np.int32]
    thread: npt.NDArray[np.int64]
    personal: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.at)

    def of(self, people: npt.NDArray[np.int64]) -> ContactColumns:
        """Only the events with these people."""
        keep = np.isin(self.person, people)
        return ContactColumns(
            self.person[keep],
            self.at[keep],
            self.direction[keep],
            self.channel[keep],
            self.size[keep],
            self.thread[keep],
            self.personal[keep],
        )


def contact(
    connection: Connection,
    owner_id: int,
    *,
    people: Collection[int] | None = None,
    threads: Collection[int] | None = None,
    until: datetime | None = None,
) -> ContactColumns:
    """All contact between the owner and each person before `until`.

    Only with these people, only in these threads (by number), or both, where it is said.

    Counted are mail from the owner to them, mail from them (list traffic that does not name the
    owner is none), and meetings. Being named beside the owner on somebody's mail is no contact.
    """
    tables = [
        _contact(connection, owner_id, some, numbers, until)
        for some in portions(people)
        for numbers in portions(threads)
    ]
    table = np.concatenate([np.empty((0, _COLUMNS), dtype=np.int64), *tables])
    table = _one_row_each(table[np.lexsort((table[:, 9], table[:, 8], table[:, 1]))])
    if threads is not None:
        table = table[np.isin(table[:, 5], np.array(sorted(threads), dtype=np.int64))]
    return ContactColumns(
        table[:, 0].copy(),
        table[:, 1].copy(),
        table[:, 2].astype(np.int8),
        table[:, 3].astype(np.int8),
        table[:, 4].astype(np.int32),
        table[:, 5].copy(),
        table[:, 6].astype(np.bool_),
    )


_COLUMNS = 10


def _contact(
    connection: Connection,
    owner_id: int,
    people: Sequence[int] | None,
    threads: Sequence[int] | None,
    until: datetime | None,
) -> npt.NDArray[np.int64]:
    """Rows of contact, with what tells copies apart: first copy, interaction and handle."""
    message = numbered(_messages(owner_id, people, threads))
    in_ = message.c.direction == Direction.IN.value
    personal = sa.and_(message.c.direct, message.c.bulk == "")
    counts = sa.or_(
        sa.not_(in_),
        sa.and_(party.c.role == Role.FROM.value, sa.or_(message.c.direct, message.c.bulk == "")),
    )
    rows = (
        sa.select(
            handle.c.person_id,
            sa.type_coerce(message.c.at, sa.BigInteger),
            as_code(message.c.direction, {k.value: v for k, v in DIRECTIONS.items()}),
            as_code(message.c.channel, {k.value: v for k, v in CHANNELS.items()}),
            message.c.size,
            sa.case((message.c.thread == 0, -1), else_=message.c.thread),
            sa.case((personal, 1), else_=0),
            message.c.first,
            message.c.id,
            party.c.handle_id,
        )
        .select_from(everybody_on(message))
        .where(counts)
    )
    if people is not None:
        rows = rows.where(handle.c.person_id.in_(people))
    if until is not None:
        rows = rows.where(message.c.at < until)
    return columns_of(connection.execute(rows), _COLUMNS)


def _messages(
    owner_id: int, people: Sequence[int] | None, threads: Sequence[int] | None
) -> sa.Subquery:
    """The messages to look at, with all their copies."""
    if threads is not None:
        return with_copies(owner_id, in_threads(threads))
    if people is not None:
        return these_with_copies(owner_id, bearing(owner_id, people))
    return all_messages(owner_id)


def everybody_on(messages: sa.Subquery) -> sa.Join:
    """Messages with the people on them.

    Parties are joined by the message alone: told the owner, too, SQLite without statistics goes
    through all parties of the owner for each message.
    """
    return messages.join(party, party.c.interaction_id == messages.c.id).join(
        handle, handle.c.id == party.c.handle_id
    )


def in_threads(threads: Sequence[int]) -> Condition:
    """The condition that an interaction is in one of these threads."""

    def in_one(columns: Columns) -> ColumnElement[bool]:
        found: ColumnElement[bool] = columns.thread.in_(threads)
        return found

    return in_one


def bearing(owner_id: int, people: Sequence[int]) -> sa.Select[tuple[int]]:
    """The ids of the interactions on which one of these people is."""
    return (
        sa.select(party.c.interaction_id)
        .join(handle, handle.c.id == party.c.handle_id)
        .where(party.c.owner_id == owner_id, handle.c.person_id.in_(people))
    )


def _one_row_each(table: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Of rows with the same person (column 0) and message (7), the first, in the same order.

    It is personal (6) if any of them is: a copy by way of a list takes nothing away.
    """
    order = np.lexsort((table[:, 7], table[:, 0]))
    person, first, personal = table[order][:, [0, 7, 6]].T
    new = np.ones(len(table), dtype=np.bool_)
    new[1:] = (person[1:] != person[:-1]) | (first[1:] != first[:-1])
    if new.all():
        return table
    begins = np.flatnonzero(new)
    table[order[begins], 6] = np.maximum.reduceat(personal, begins)
    return table[np.sort(order[begins])]


def meetings_ahead(
    connection: Connection, owner_id: int, start: datetime, end: datetime
) -> dict[int, datetime]:
    """The first small meeting from `start` to before `end` with each person who has one."""
    within = dated(int(start.timestamp() // 1), int(end.timestamp() // 1))
    met = counted(with_copies(owner_id, within), chosen=within)
    rows = connection.execute(
        sa.select(met.c.person_id, sa.func.min(met.c.at))
        .where(met.c.contact == 1, met.c.way == 0, met.c.size <= CAP)
        .group_by(met.c.person_id)
    )
    return {person: datetime.fromtimestamp(at, start.tzinfo) for person, at in rows}


def latest_addresses(
    connection: Connection, owner_id: int, moments: Sequence[datetime]
) -> list[dict[int, str]]:
    """For each moment, the address by which each person of several was last in touch before it."""
    several: dict[int, dict[int, str]] = defaultdict(dict)
    for person, number, address in connection.execute(
        sa.select(handle.c.person_id, handle.c.id, handle.c.address).where(
            handle.c.owner_id == owner_id
        )
    ):
        several[person][number] = address
    several = {person: known for person, known in several.items() if len(known) > 1}
    whose = {number: person for person, known in several.items() for number in known}
    # Mail that came back was no contact.
    at = sa.type_coerce(interaction.c.at, sa.BigInteger)
    before = [sa.func.max(sa.case((interaction.c.at < moment, at))) for moment in moments]
    latest: list[dict[int, tuple[int, str]]] = [{} for _ in moments]
    for part in parts(sorted(whose)):
        for number, *times in connection.execute(
            sa.select(party.c.handle_id, *before)
            .join(interaction, interaction.c.id == party.c.interaction_id)
            .where(
                party.c.owner_id == owner_id,
                party.c.handle_id.in_(part),
                party.c.role != Role.FAILED.value,
            )
            .group_by(party.c.handle_id)
        ):
            person = whose[number]
            for found, time in zip(latest, times, strict=True):
                if time is not None:
                    # Of two at the same time, the later in the alphabet.
                    offer = (time, several[person][number])
                    found[person] = max(found.get(person, offer), offer)
    return [{person: address for person, (_, address) in found.items()} for found in latest]


def as_code(column: ColumnElement[str], numbers: dict[str, int]) -> ColumnElement[int]:
    """A column of words as numbers, 0 for any other."""
    return sa.case(*((column == text, number) for text, number in numbers.items()), else_=0)
