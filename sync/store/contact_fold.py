"""The fold in SQL: what each message adds to a person's day, and those sums by day."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from connectors.api import Direction, Role
from sync.store import local_days
from sync.store.duplicates import Columns, Condition, copy_key
from sync.store.local_days import Offsets
from sync.store.models import handle, party

# Mail and meetings with more people than this are no contact between two of them.
CAP = 10


class StoredReach(IntEnum):
    """How many people a day's messages reached.

    `NONE`: they are no contact, but evidence that a person writes or was written to (list mail that
    does not name the owner; a later copy of a message that counts as another).
    """

    SMALL = 0  # at most `CAP` people
    WIDE = 1
    NONE = 2


def dated(since: int, until: int) -> Condition:
    """The condition that an interaction is from `since` to before `until`, in seconds UTC."""

    def within(columns: Columns) -> ColumnElement[bool]:
        at = sa.type_coerce(columns.at, sa.BigInteger)
        return sa.and_(at >= since, at < until)

    return within


def counted(
    messages: sa.Subquery,
    *,
    people: Sequence[int] | None = None,
    chosen: Condition | None = None,
) -> sa.Subquery:
    """What each message adds to the table: a row for each person on it, only as it counts first.

    `messages` holds all copies of each message. Only the people given are looked at, and only the
    `chosen` messages are returned, where it is said. `contact` is 1 where the message is contact,
    `evidence` where it is the first to say that the owner wrote (to few), that they met (few), or
    that the person wrote.
    """
    at = sa.type_coerce(messages.c.at, sa.BigInteger)
    out = messages.c.direction == Direction.OUT.value
    in_ = messages.c.direction == Direction.IN.value
    small = messages.c.size <= CAP
    counts = sa.or_(sa.not_(in_), messages.c.direct, messages.c.bulk == "")
    by_person = (handle.c.person_id, *copy_key(messages.c))
    in_order = (at, messages.c.id, party.c.handle_id)

    def first(condition: ColumnElement[bool]) -> ColumnElement[int]:
        """1 where a copy is the first of the message's for which this holds, else 0."""
        nth = sa.func.sum(sa.case((condition, 1), else_=0)).over(
            partition_by=by_person, order_by=in_order, rows=(None, 0)
        )
        return sa.case((sa.and_(condition, nth == 1), 1), else_=0)

    evidence = sa.case(
        (in_, first(in_)),
        (out, first(sa.and_(out, small))),
        else_=first(sa.and_(sa.not_(in_), sa.not_(out), small)),
    )
    rows = (
        sa.select(
            handle.c.person_id,
            messages.c.id,
            at.label("at"),
            messages.c.size,
            sa.case((out, 1), (in_, -1), else_=0).label("way"),
            first(counts).label("contact"),
            evidence.label("evidence"),
        )
        .select_from(
            messages.join(party, party.c.interaction_id == messages.c.id).join(
                handle, handle.c.id == party.c.handle_id
            )
        )
        .where(
            party.c.role != Role.FAILED.value,
            sa.or_(sa.not_(in_), party.c.role == Role.FROM.value),
        )
    )
    if people is not None:
        rows = rows.where(handle.c.person_id.in_(people))
    ranked = rows.subquery("ranked")
    firsts = sa.select(ranked).where(ranked.c.contact + ranked.c.evidence > 0)
    if chosen is not None:
        firsts = firsts.where(chosen(ranked.c))
    return firsts.subquery("counted")


def by_day(counted: sa.Subquery, zone: Offsets) -> sa.Select[Any]:
    """Rows of the table without `owner_id`, from what each message adds."""
    wide = counted.c.size > CAP
    contact = counted.c.contact == 1
    reach = sa.case(
        (sa.not_(contact), _code(StoredReach.NONE)),
        (wide, _code(StoredReach.WIDE)),
        else_=_code(StoredReach.SMALL),
    )
    # A wide message of the owner's or a wide meeting is no evidence, but a message.
    distinct = sa.or_(counted.c.evidence == 1, sa.and_(contact, wide, counted.c.way != -1))
    rows = sa.select(
        counted.c.person_id,
        local_days.day_of(counted.c.at, zone).label("day"),
        counted.c.way,
        reach.label("reach"),
        counted.c.at,
        counted.c.size,
        sa.case((distinct, 1), else_=0).label("messages"),
    ).subquery("by_day")
    keys = (rows.c.person_id, rows.c.day, rows.c.way, rows.c.reach)
    return sa.select(
        *keys,
        sa.func.min(rows.c.at).label("first_at"),
        sa.func.max(rows.c.at).label("last_at"),
        sa.func.min(rows.c.size).label("smallest"),
        sa.func.sum(rows.c.messages).label("messages"),
    ).group_by(*keys)


def _code(reach: StoredReach) -> ColumnElement[int]:
    return sa.literal_column(str(int(reach)), sa.Integer)
