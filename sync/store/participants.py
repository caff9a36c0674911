"""Who was on what together: every party of every interaction, in columns.

`contact.contact` says who was in touch with the owner; this says who else was there, which
circles, introductions and encounters are read from. Nothing is left out but what is counted once
already, so the reader decides what is contact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.api import Direction, Role
from connectors.mail.automatic import BOUNCE
from sync.store.contact import CHANNELS, DIRECTIONS, as_code, bearing, everybody_on, in_threads
from sync.store.duplicates import all_messages, numbered, these_with_copies, with_copies
from sync.store.models import handle, interaction, party
from sync.store.rows import columns_of, parts, portions

# What the numbers in `ParticipantColumns.role` mean.
ROLES = {role: code for code, role in enumerate(Role)}
# What the numbers in `AddressNews.sign` mean: mail from the address, mail of the owner to it, a
# bounce that names it, and one that must be meant for it, by its thread.
LIFE, SENT, NAMED, SUPPOSED = range(4)
# Mail systems try for five days, as a rule, before they give up (RFC 5321, section 4.5.4.1).
_TRYING_SECONDS = 6 * 86_400
_COLUMNS = 12
# Written into the statement, for a partial index serves only what is known to be in it.
_FAILED = sa.literal(Role.FAILED.value, sa.String, literal_execute=True)
_BOUNCE = sa.literal(BOUNCE, sa.String, literal_execute=True)


@dataclass(frozen=True, slots=True)
class ParticipantColumns:
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

    def where(self, chosen: npt.NDArray[np.bool_]) -> ParticipantColumns:
        """Only the chosen (k,) rows."""
        return ParticipantColumns(*(getattr(self, column.name)[chosen] for column in fields(self)))


def load(
    connection: Connection,
    owner_id: int,
    until: datetime,
    *,
    people: Collection[int] | None = None,
    threads: bool = False,
    largest: int | None = None,
) -> ParticipantColumns:
    """Everybody on every interaction before `until`, or on those on which one of `people` is.

    With `threads`, also everybody in the threads that these are in. With `largest`, only what has
    at most so many people besides the owner: a mail to hundreds has a row for each of them. A
    message that came from two sources is there once; somebody on it with two addresses too.
    """
    tables = [
        _rows(connection, numbered(messages), until, largest)
        for messages in _messages(connection, owner_id, people, threads=threads)
    ]
    table = np.concatenate([np.empty((0, _COLUMNS), dtype=np.int64), *tables])
    table = table[np.lexsort((table[:, 11], table[:, 10], table[:, 0], table[:, 3]))]
    _, kept = np.unique(table[:, :2], axis=0, return_index=True)
    table = table[np.sort(kept)]
    return ParticipantColumns(
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


def _messages(
    connection: Connection, owner_id: int, people: Collection[int] | None, *, threads: bool
) -> Iterator[sa.Subquery]:
    """The interactions to read, with all their copies, in portions."""
    numbers: set[int] = set()
    for some in portions(people):
        if some is None:
            yield all_messages(owner_id)
            return
        theirs = these_with_copies(owner_id, bearing(owner_id, some))
        yield theirs
        if threads:
            numbers.update(connection.scalars(sa.select(theirs.c.thread).distinct()))
    for part in parts(sorted(numbers - {0})):
        yield with_copies(owner_id, in_threads(part))


def _rows(
    connection: Connection, message: sa.Subquery, until: datetime, largest: int | None
) -> npt.NDArray[np.int64]:
    """The columns of `ParticipantColumns`, and what tells copies apart: handle and interaction."""
    rows = (
        sa.select(
            message.c.first,
            handle.c.person_id,
            as_code(party.c.role, {role.value: code for role, code in ROLES.items()}),
            sa.type_coerce(message.c.at, sa.BigInteger),
            as_code(message.c.direction, {k.value: v for k, v in DIRECTIONS.items()}),
            as_code(message.c.channel, {k.value: v for k, v in CHANNELS.items()}),
            message.c.size,
            sa.case((message.c.thread == 0, -1), else_=message.c.thread),
            sa.case((message.c.direct, 1), else_=0),
            sa.case((message.c.bulk != "", 1), else_=0),
            party.c.handle_id,
            message.c.id,
        )
        .select_from(everybody_on(message))
        .where(message.c.at < until)
    )
    if largest is not None:
        rows = rows.where(message.c.size <= largest)
    return columns_of(connection.execute(rows), _COLUMNS)


@dataclass(frozen=True, slots=True)
class Firsts:
    """When people were first seen on anything, and when the owner first wrote to or met them.

    seen, dealt: seconds UTC by person; left out where it never happened.
    """

    seen: dict[int, int]
    dealt: dict[int, int]


def firsts(
    connection: Connection, owner_id: int, people: Collection[int], until: datetime
) -> Firsts:
    """The first times of these people before `until`, on what reached them or came from them."""
    at = sa.type_coerce(interaction.c.at, sa.BigInteger)
    there = party.c.role.not_in([Role.FAILED.value, Role.REPLY_TO.value])
    seen: dict[int, int] = {}
    dealt: dict[int, int] = {}
    for part in parts(sorted(people)):
        for number, first, first_dealt in connection.execute(
            sa.select(
                handle.c.person_id,
                sa.func.min(at),
                sa.func.min(sa.case((interaction.c.direction != Direction.IN.value, at))),
            )
            .join_from(handle, party, party.c.handle_id == handle.c.id)
            .join(interaction, interaction.c.id == party.c.interaction_id)
            .where(
                handle.c.person_id.in_(part),
                party.c.owner_id == owner_id,
                there,
                interaction.c.at < until,
            )
            .group_by(handle.c.person_id)
        ):
            seen[number] = first
            if first_dealt is not None:
                dealt[number] = first_dealt
    return Firsts(seen, dealt)


def oldest(connection: Connection, owner_id: int, until: datetime) -> int | None:
    """Return when anybody was first seen before `until`, in seconds UTC; None in an empty store."""
    at = sa.type_coerce(interaction.c.at, sa.BigInteger)
    there = party.c.role.not_in([Role.FAILED.value, Role.REPLY_TO.value])
    moment: int | None = connection.scalar(
        sa.select(at)
        .where(
            interaction.c.owner_id == owner_id,
            interaction.c.at < until,
            sa.exists().where(party.c.interaction_id == interaction.c.id, there),
        )
        .order_by(interaction.c.at)
        .limit(1)
    )
    return moment


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


@dataclass(frozen=True, slots=True)
class AddressNews:
    """What is known of the addresses that mail ever came back from, ordered by time; (k,) each.

    handle, person: int64 ids. at: int64 seconds UTC. sign: int8, see `LIFE` and those after it.
    `address` gives each handle's address.
    """

    handle: npt.NDArray[np.int64]
    person: npt.NDArray[np.int64]
    at: npt.NDArray[np.int64]
    sign: npt.NDArray[np.int8]
    address: dict[int, str]

    def __len__(self) -> int:
        return len(self.at)


def address_news(connection: Connection, owner_id: int, until: datetime) -> AddressNews:
    """Bounces before `until`, and what else came from or went to the same addresses.

    A bounce that names nobody is meant for the only address that the owner wrote to in its thread
    in the days before it; where that were several, it is nobody's.
    """
    failed_ids = sa.select(party.c.interaction_id).where(
        party.c.owner_id == owner_id, party.c.role == _FAILED
    )
    message = numbered(these_with_copies(owner_id, failed_ids))
    named = connection.execute(
        sa.select(message.c.first, party.c.handle_id, sa.type_coerce(message.c.at, sa.BigInteger))
        .join_from(message, party, party.c.interaction_id == message.c.id)
        .where(message.c.at < until, party.c.role == _FAILED)
    )
    found = {(event, number): (moment, NAMED) for event, number, moment in named}
    for event, number, moment in _supposed(connection, owner_id, until):
        found.setdefault((event, number), (moment, SUPPOSED))
    failed = {number for _, number in found}
    whose: dict[int, tuple[int, str]] = {}
    for some in parts(sorted(failed)):
        for event, number, moment, code in _traffic(connection, owner_id, until, some):
            found.setdefault((event, number), (moment, code))
        for number, who, address in connection.execute(
            sa.select(handle.c.id, handle.c.person_id, handle.c.address).where(
                handle.c.id.in_(some)
            )
        ):
            whose[number] = who, address
    rows = sorted(
        (moment, event, number, code) for (event, number), (moment, code) in found.items()
    )
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    return AddressNews(
        handle=table[:, 2].copy(),
        person=np.array([whose[number][0] for number in table[:, 2].tolist()], dtype=np.int64),
        at=table[:, 0].copy(),
        sign=table[:, 3].astype(np.int8),
        address={number: address for number, (_, address) in whose.items()},
    )


def _traffic(
    connection: Connection, owner_id: int, until: datetime, handles: Sequence[int]
) -> list[tuple[int, int, int, int]]:
    """Event, handle, time and sign of the mail that came from or was sent to these handles."""
    theirs = sa.select(party.c.interaction_id).where(
        party.c.owner_id == owner_id, party.c.handle_id.in_(handles)
    )
    message = numbered(these_with_copies(owner_id, theirs))
    sent = message.c.direction == Direction.OUT.value
    came = sa.and_(message.c.direction == Direction.IN.value, party.c.role == Role.FROM.value)
    rows = connection.execute(
        sa.select(
            message.c.first,
            party.c.handle_id,
            sa.type_coerce(message.c.at, sa.BigInteger),
            sa.case((sent, SENT), else_=LIFE),
        )
        .join_from(message, party, party.c.interaction_id == message.c.id)
        .where(message.c.at < until, party.c.handle_id.in_(handles), sa.or_(sent, came))
    )
    return [(event, number, at, sign) for event, number, at, sign in rows]


def _supposed(
    connection: Connection, owner_id: int, until: datetime
) -> Iterator[tuple[int, int, int]]:
    """Event, handle and time of each bounce that names nobody, where its thread tells."""
    message = numbered(with_copies(owner_id, lambda columns: columns.bulk == _BOUNCE))
    reached = sa.exists().where(
        party.c.interaction_id == message.c.id, party.c.role != Role.FAILED.value
    )
    nameless = connection.execute(
        sa.select(message.c.first, message.c.thread, sa.type_coerce(message.c.at, sa.BigInteger))
        .where(message.c.at < until, message.c.bulk == BOUNCE, message.c.thread != 0, reached)
        .distinct()
    ).all()
    sent: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for part in parts(sorted({thread for _, thread, _ in nameless})):
        for thread, moment, number, size in connection.execute(
            sa.select(
                interaction.c.thread,
                sa.type_coerce(interaction.c.at, sa.BigInteger),
                party.c.handle_id,
                interaction.c.size,
            )
            .join_from(interaction, party, party.c.interaction_id == interaction.c.id)
            .where(
                interaction.c.owner_id == owner_id,
                interaction.c.thread.in_(part),
                interaction.c.at < until,
                interaction.c.direction == Direction.OUT.value,
            )
        ):
            sent[thread].append((moment, number, size))
    for event, thread, moment in nameless:
        answered = [
            (number, size)
            for sent_at, number, size in sent[thread]
            if moment - _TRYING_SECONDS <= sent_at <= moment
        ]
        if len({number for number, _ in answered}) == 1 and all(n == 1 for _, n in answered):
            yield event, answered[0][0], moment
