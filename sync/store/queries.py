"""Reading the store: contact events in columns for scoring, evidence, and where sources stand."""

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
from sqlalchemy.sql.expression import FromClause

from connectors.api import Channel, Direction, Role
from sync.bulk import CAP, Evidence, Override
from sync.store.models import handle, interaction, party, person

_OUT = interaction.c.direction == Direction.OUT.value
_IN = interaction.c.direction == Direction.IN.value
_MUTUAL = interaction.c.direction == Direction.MUTUAL.value
_AUTHOR = party.c.role == Role.FROM.value
# Whom mail did not reach was not in touch, nor seen.
_REACHED = party.c.role != Role.FAILED.value
_SMALL = interaction.c.size <= CAP
# What the numbers in `Events.direction` and `Events.channel` mean.
DIRECTIONS = {Direction.OUT: 1, Direction.MUTUAL: 0, Direction.IN: -1}
CHANNELS = {channel: number for number, channel in enumerate(Channel)}

_CONTACT = party.join(interaction, interaction.c.id == party.c.interaction_id).join(
    handle, handle.c.id == party.c.handle_id
)


@dataclass(frozen=True, slots=True)
class Events:
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

    def of(self, people: npt.NDArray[np.int64]) -> Events:
        """Only the events with these people."""
        keep = np.isin(self.person, people)
        return Events(
            self.person[keep],
            self.at[keep],
            self.direction[keep],
            self.channel[keep],
            self.size[keep],
            self.thread[keep],
            self.personal[keep],
        )


def contact_events(
    connection: Connection, owner_id: int, people: Collection[int] | None = None
) -> Events:
    """All contact between the owner and each person, or each of these few.

    Counted are mail from the owner to them, mail from them (list traffic that does not name the
    owner is none), and meetings. Being named beside the owner on somebody's mail is no contact.
    """
    counts = sa.or_(
        _OUT,
        sa.and_(_IN, _AUTHOR, sa.or_(interaction.c.direct, interaction.c.bulk == "")),
        _MUTUAL,
    )
    contact, first = each_once(owner_id)
    rows = connection.execute(
        sa.select(
            handle.c.person_id,
            sa.type_coerce(interaction.c.at, sa.BigInteger),
            as_code(interaction.c.direction, {k.value: v for k, v in DIRECTIONS.items()}),
            as_code(interaction.c.channel, {k.value: v for k, v in CHANNELS.items()}),
            interaction.c.size,
            sa.case((interaction.c.thread == 0, -1), else_=interaction.c.thread),
            sa.case((sa.and_(interaction.c.direct, interaction.c.bulk == ""), 1), else_=0),
            first,
        )
        .select_from(contact)
        .where(
            party.c.owner_id == owner_id,
            counts,
            sa.true() if people is None else handle.c.person_id.in_(people),
        )
        .order_by(interaction.c.at, interaction.c.id, party.c.handle_id)
    ).all()
    table = _one_row_each(np.array([tuple(row) for row in rows], dtype=np.int64).reshape(-1, 8))
    return Events(
        table[:, 0].copy(),
        table[:, 1].copy(),
        table[:, 2].astype(np.int8),
        table[:, 3].astype(np.int8),
        table[:, 4].astype(np.int32),
        table[:, 5].copy(),
        table[:, 6].astype(np.bool_),
    )


def each_once(owner_id: int) -> tuple[FromClause, ColumnElement[int]]:
    """Parties with their interactions and handles, and the number by which to count each once.

    The same message may come from two sources (a mailbox and its archive): the number is that of
    the first copy.
    """
    twins = (
        sa.select(interaction.c.uid, sa.func.min(interaction.c.id).label("first"))
        .where(interaction.c.owner_id == owner_id, interaction.c.uid != "")
        .group_by(interaction.c.uid)
        .having(sa.func.count() > 1)
        .subquery("twins")
    )
    joined = _CONTACT.outerjoin(twins, twins.c.uid == interaction.c.uid)
    return joined, sa.func.coalesce(twins.c.first, interaction.c.id)


def _one_row_each(table: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Of rows with the same person (column 0) and interaction (7), the first, in the same order.

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


def evidence(connection: Connection, owner_id: int, until: datetime) -> dict[int, Evidence]:
    """What was known of each person before `until`, for `bulk.decide`."""
    mine = (party.c.owner_id == owner_id) & (interaction.c.at < until) & _REACHED
    contact, first = each_once(owner_id)
    sums = connection.execute(
        sa.select(
            handle.c.person_id,
            _count(first, sa.and_(_OUT, _SMALL)),
            _count(first, sa.and_(_MUTUAL, _SMALL)),
            _count(first, sa.and_(_IN, _AUTHOR)),
        )
        .select_from(contact)
        .where(mine)
        .group_by(handle.c.person_id)
    ).all()
    bulk: dict[int, dict[str, int]] = defaultdict(dict)
    for number, sign, count in connection.execute(
        sa.select(handle.c.person_id, interaction.c.bulk, sa.func.count(sa.distinct(first)))
        .select_from(contact)
        .where(mine, _IN, _AUTHOR, interaction.c.bulk != "")
        .group_by(handle.c.person_id, interaction.c.bulk)
    ):
        bulk[number][sign] = count
    overrides = {
        number: Override(text)
        for number, text in connection.execute(
            sa.select(person.c.id, person.c.word).where(
                person.c.owner_id == owner_id, person.c.word.is_not(None)
            )
        )
    }
    silent = [number for number, _, met, authored in sums if not authored and not met]
    senders = _senders(connection, mine, silent)
    return {
        number: Evidence(
            override=overrides.get(number),
            written=written,
            met=met,
            authored=authored,
            bulk=bulk.get(number, {}),
            senders=senders.get(number, 0),
        )
        for number, written, met, authored in sums
    }


def latest_addresses(connection: Connection, owner_id: int, until: datetime) -> dict[int, str]:
    """The address by which each person of several handles was last in touch before `until`."""
    several = (
        sa.select(handle.c.person_id)
        .where(handle.c.owner_id == owner_id)
        .group_by(handle.c.person_id)
        .having(sa.func.count() > 1)
    )
    rows = connection.execute(
        sa.select(handle.c.person_id, handle.c.address, sa.func.max(interaction.c.at))
        .select_from(_CONTACT)
        .where(
            party.c.owner_id == owner_id,
            interaction.c.at < until,
            _REACHED,
            handle.c.person_id.in_(several),
        )
        .group_by(handle.c.person_id, handle.c.address)
    )
    # Sorted here: how a database orders texts depends on the language it was set up in.
    ordered = sorted((last, address, number) for number, address, last in rows)
    return {number: address for _, address, number in ordered}


def _senders(
    connection: Connection, mine: ColumnElement[bool], people: Sequence[int]
) -> dict[int, int]:
    """How many different people wrote inbound mail on which each of `people` was named."""
    if not people:
        return {}
    author, writer = party.alias("author"), handle.alias("writer")
    wrote = sa.and_(
        author.c.interaction_id == party.c.interaction_id, author.c.role == Role.FROM.value
    )
    rows = connection.execute(
        sa.select(handle.c.person_id, sa.func.count(sa.distinct(writer.c.person_id)))
        .select_from(_CONTACT.join(author, wrote).join(writer, writer.c.id == author.c.handle_id))
        .where(mine, _IN, sa.not_(_AUTHOR))
        .group_by(handle.c.person_id)
    )
    wanted = set(people)
    return {number: count for number, count in rows if number in wanted}


def as_code(column: ColumnElement[str], numbers: dict[str, int]) -> ColumnElement[int]:
    """A column of words as numbers, 0 for any other."""
    return sa.case(*((column == text, number) for text, number in numbers.items()), else_=0)


def _count(number: ColumnElement[int], condition: ColumnElement[bool]) -> ColumnElement[int]:
    return sa.func.count(sa.distinct(sa.case((condition, number))))
