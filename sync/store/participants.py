"""Who was on what together: every party of every interaction, in columns.

`queries.contact_events` says who was in touch with the owner; this says who else was there, which
circles, introductions and encounters are read from. Nothing is left out but what is counted once
already, so the reader decides what is contact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.api import Direction, Role
from connectors.mail.automatic import BOUNCE
from sync.store.models import handle, interaction, party
from sync.store.queries import CHANNELS, DIRECTIONS, as_code, each_once

# What the numbers in `Participants.role` mean.
ROLES = {role: code for code, role in enumerate(Role)}
# What the numbers in `AddressNews.sign` mean: mail from the address, mail of the owner to it, a
# bounce that names it, and one that must be meant for it, by its thread.
LIFE, SENT, NAMED, SUPPOSED = range(4)
# Mail systems try for five days, as a rule, before they give up (RFC 5321, section 4.5.4.1).
_TRYING_SECONDS = 6 * 86_400
_MOST = 10_000  # values in one statement


@dataclass(frozen=True, slots=True)
class Participants:
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

    def where(self, chosen: npt.NDArray[np.bool_]) -> Participants:
        """Only the chosen (k,) rows."""
        return Participants(*(getattr(self, column.name)[chosen] for column in fields(self)))


def load(connection: Connection, owner_id: int, until: datetime) -> Participants:
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
    return Participants(
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
    contact, first = each_once(owner_id)
    mine = (party.c.owner_id == owner_id) & (interaction.c.at < until)
    at = sa.type_coerce(interaction.c.at, sa.BigInteger)
    named = connection.execute(
        sa.select(first, party.c.handle_id, at)
        .select_from(contact)
        .where(mine, party.c.role == Role.FAILED.value)
    )
    found = {(event, number): (moment, NAMED) for event, number, moment in named}
    for event, number, moment in _supposed(connection, owner_id, until):
        found.setdefault((event, number), (moment, SUPPOSED))
    failed = {number for _, number in found}
    whose: dict[int, tuple[int, str]] = {}
    everyone = sorted(failed)
    for begin in range(0, len(everyone), _MOST):
        some = everyone[begin : begin + _MOST]
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
    contact, first = each_once(owner_id)
    sent = interaction.c.direction == Direction.OUT.value
    came = sa.and_(interaction.c.direction == Direction.IN.value, party.c.role == Role.FROM.value)
    rows = connection.execute(
        sa.select(
            first,
            party.c.handle_id,
            sa.type_coerce(interaction.c.at, sa.BigInteger),
            sa.case((sent, SENT), else_=LIFE),
        )
        .select_from(contact)
        .where(
            party.c.owner_id == owner_id,
            interaction.c.at < until,
            party.c.handle_id.in_(handles),
            sa.or_(sent, came),
        )
    )
    return [(event, number, at, sign) for event, number, at, sign in rows]


def _supposed(
    connection: Connection, owner_id: int, until: datetime
) -> Iterator[tuple[int, int, int]]:
    """Event, handle and time of each bounce that names nobody, where its thread tells."""
    contact, first = each_once(owner_id)
    mine = (party.c.owner_id == owner_id) & (interaction.c.at < until)
    at = sa.type_coerce(interaction.c.at, sa.BigInteger)
    nameless = connection.execute(
        sa.select(first, interaction.c.thread, at)
        .select_from(contact)
        .where(
            mine,
            interaction.c.bulk == BOUNCE,
            interaction.c.thread != 0,
            party.c.role != Role.FAILED.value,
        )
        .distinct()
    ).all()
    if not nameless:
        return
    threads = {thread for _, thread, _ in nameless}
    sent: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for thread, moment, number, size in connection.execute(
        sa.select(interaction.c.thread, at, party.c.handle_id, interaction.c.size)
        .select_from(contact)
        .where(mine, interaction.c.direction == Direction.OUT.value, interaction.c.thread != 0)
    ):
        if thread in threads:
            sent[thread].append((moment, number, size))
    for event, thread, moment in nameless:
        answered = [
            (number, size)
            for sent_at, number, size in sent[thread]
            if moment - _TRYING_SECONDS <= sent_at <= moment
        ]
        if len({number for number, _ in answered}) == 1 and all(n == 1 for _, n in answered):
            yield event, answered[0][0], moment
