"""Contact by day: what passed between an owner and each person on each day, folded from messages.

The table `contact_day` is what scoring reads: it is an order of magnitude smaller than the
messages. Whatever writes messages, or changes whose they are, folds what it touched in the same
transaction, so that the table always equals `rebuild`.

A message counts once for each person, whatever copies of it there are (from two sources) and
however many of the person's addresses are on it: as its earliest copy that counts. Nothing
that comes later changes how an earlier time is seen, so a table cut at a time is the table of
that time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from sync.store import local_days, owners
from sync.store.contact_fold import CAP, by_day, counted, dated
from sync.store.duplicates import Columns, all_messages, with_copies
from sync.store.local_days import NO_OFFSETS, Offsets
from sync.store.models import contact_day, interaction, owner
from sync.store.rows import columns_of, lock_owner, parts
from sync.store.session import Store

Bools: TypeAlias = npt.NDArray[np.bool_]

# What is folded, and how: a change makes every store fold anew.
_VERSION = 1
# Touched days that lie closer than this are folded together with those between them.
_NEAR_DAYS = 4


@dataclass(frozen=True, slots=True)
class Rules:
    """How an owner's contact is folded: by which version of the rules, in days of which zone."""

    zone: tzinfo = UTC
    version: int = _VERSION

    def __str__(self) -> str:
        return f"{self.version} cap={CAP} zone={_key(self.zone)}"


def _key(zone: tzinfo) -> str:
    return zone.key if isinstance(zone, ZoneInfo) else "UTC"


def zone_of(rules: str) -> tzinfo:
    """The zone that stored rules name; UTC where nothing is stored."""
    key = rules.partition("zone=")[2] or "UTC"
    return UTC if key == "UTC" else ZoneInfo(key)


@dataclass(frozen=True, slots=True)
class ContactDayColumns:
    """Contact in columns, ordered by person, day, way and reach; (k,) each.

    person: int64 ids. day: int32 days since 1970-01-01. way: int8, 1 by the owner, 0 both, -1 by
    the person. reach: int8, see `StoredReach`; rows of `NONE` are no contact. first, last: int64
    seconds UTC of the first and last message of the row. smallest: int32 people besides the owner
    on the smallest of them. messages: int32; summed over days, each message once.
    """

    person: npt.NDArray[np.int64]
    day: npt.NDArray[np.int32]
    way: npt.NDArray[np.int8]
    reach: npt.NDArray[np.int8]
    first: npt.NDArray[np.int64]
    last: npt.NDArray[np.int64]
    smallest: npt.NDArray[np.int32]
    messages: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.person)


# Keeping the table true


def is_current(connection: Connection, owner_id: int, zone: tzinfo = UTC) -> bool:
    """Whether today's rules made an owner's rows; else `ensure` folds them anew."""
    stored = connection.scalar(sa.select(owner.c.contact_rules).where(owner.c.id == owner_id))
    return bool(stored == str(Rules(zone)))


def ensure(store: Store, owner_id: int, zone: tzinfo = UTC) -> bool:
    """Fold an owner's contact anew if other rules than today's made the table; whether it was so.

    Nothing is written where the rules are the same.
    """
    rules = str(Rules(zone))
    with store.read() as connection:
        if is_current(connection, owner_id, zone):
            return False
    with store.write() as connection:
        lock_owner(connection, owner_id)
        owners.set_contact_rules(connection, owner_id, rules)
        rebuild(connection, owner_id, zone)
    return True


def rebuild(connection: Connection, owner_id: int, zone: tzinfo) -> None:
    """Fold all of an owner's messages anew."""
    connection.execute(sa.delete(contact_day).where(contact_day.c.owner_id == owner_id))
    _insert(connection, owner_id, zone, counted(all_messages(owner_id)))


def refold_people(connection: Connection, owner_id: int, people: Iterable[int]) -> None:
    """Fold all contact with these people anew, whose addresses have changed hands."""
    zone = zone_of(lock_owner(connection, owner_id))
    for part in parts(people):
        connection.execute(
            sa.delete(contact_day).where(
                contact_day.c.owner_id == owner_id, contact_day.c.person_id.in_(part)
            )
        )
        _insert(connection, owner_id, zone, counted(all_messages(owner_id), people=part))


@dataclass(slots=True)
class Touched:
    """What a batch has written: by it the table is kept true.

    ids: new interactions. moments, uids: times and names across sources of changed and deleted
    ones, as they were before and as they are now.
    """

    ids: set[int] = field(default_factory=set)
    moments: set[int] = field(default_factory=set)
    uids: set[str] = field(default_factory=set)

    def add(self, rows: Iterable[sa.Row[int, str] | tuple[int, str]]) -> int:
        """Add changed or deleted interactions, each by its time and name; return how many."""
        count = 0
        for moment, uid in rows:
            self.moments.add(moment)
            self.uids.add(uid)
            count += 1
        return count


def keep_true(connection: Connection, owner_id: int, rules: str, touched: Touched) -> None:
    """Bring the table to what the messages now say, after a batch that has touched these.

    What is new is added, whatever its time, so that a first reading costs the same in any order.
    """
    zone = zone_of(rules)
    moments = touched.moments
    if touched.ids:
        moments |= _add_new(connection, owner_id, zone, min(touched.ids), max(touched.ids))
    for part in parts(touched.uids - {""}):
        moments.update(
            connection.scalars(
                sa.select(sa.type_coerce(interaction.c.at, sa.BigInteger)).where(
                    interaction.c.owner_id == owner_id, interaction.c.uid.in_(part)
                )
            )
        )
    days = {local_days.day_at(moment, zone) for moment in moments}
    for first, last in _stretches(days):
        _refold_span(connection, owner_id, zone, first, last)


def _add_new(
    connection: Connection, owner_id: int, zone: tzinfo, first_id: int, last_id: int
) -> set[int]:
    """Add the interactions of these ids, all new; return the moments whose days must be refolded.

    These are where a copy that is known has a later time: the new one counts in its place.
    """

    def new(columns: Columns) -> ColumnElement[bool]:
        return sa.and_(columns.id >= first_id, columns.id <= last_id)

    _insert(connection, owner_id, zone, counted(with_copies(owner_id, new), chosen=new))
    copy = interaction.alias("copy")
    rows = connection.execute(
        sa.select(*(sa.type_coerce(at, sa.BigInteger) for at in (interaction.c.at, copy.c.at)))
        .join(copy, sa.and_(copy.c.owner_id == owner_id, copy.c.uid == interaction.c.uid))
        .where(
            interaction.c.owner_id == owner_id,
            new(interaction.c),
            interaction.c.uid != "",
            copy.c.at > interaction.c.at,
            sa.not_(new(copy.c)),
        )
    ).all()
    return {moment for row in rows for moment in row}


def _stretches(days: Collection[int]) -> Iterator[tuple[int, int]]:
    """The first and last day of each stretch of days that lie near each other."""
    ordered = sorted(days)
    begin = 0
    for place in range(1, len(ordered) + 1):
        if place == len(ordered) or ordered[place] - ordered[place - 1] > _NEAR_DAYS:
            yield ordered[begin], ordered[place - 1]
            begin = place


def _refold_span(
    connection: Connection, owner_id: int, zone: tzinfo, first: int, last: int
) -> None:
    connection.execute(
        sa.delete(contact_day).where(
            contact_day.c.owner_id == owner_id, contact_day.c.day.between(first, last)
        )
    )
    since, until = local_days.span(first, last, zone)
    within = dated(since, until)
    adds = counted(with_copies(owner_id, within), chosen=within)
    _insert(connection, owner_id, zone, adds, days=(first, last))


def _insert(
    connection: Connection,
    owner_id: int,
    zone: tzinfo,
    adds: sa.Subquery,
    days: tuple[int, int] | None = None,
) -> None:
    """Add what messages add, in these days or all, to the rows that are there."""
    rows = by_day(adds, _offsets(connection, owner_id, zone)).subquery("folded")
    wanted = sa.select(sa.literal(owner_id, sa.BigInteger), *rows.c).where(
        sa.true() if days is None else rows.c.day.between(*days)
    )
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415 - slow where not in use
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment] # noqa: PLC0415 - as above
    statement = insert(contact_day).from_select(
        ["owner_id", *(column.name for column in rows.c)], wanted
    )
    old, new = contact_day.c, statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=list(contact_day.primary_key.columns),
            set_={
                "first_at": sa.case(
                    (new.first_at < old.first_at, new.first_at), else_=old.first_at
                ),
                "last_at": sa.case((new.last_at > old.last_at, new.last_at), else_=old.last_at),
                "smallest": sa.case(
                    (new.smallest < old.smallest, new.smallest), else_=old.smallest
                ),
                "messages": old.messages + new.messages,
            },
        )
    )


def _least(one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[Any]:
    """The lesser of two; SQLite and PostgreSQL name the function differently."""
    return sa.case((other < one, other), else_=one)


def _offsets(connection: Connection, owner_id: int, zone: tzinfo) -> Offsets:
    if zone is UTC:
        return NO_OFFSETS
    at = sa.type_coerce(interaction.c.at, sa.BigInteger)
    first, last = (
        connection.scalar(sa.select(extreme(at)).where(interaction.c.owner_id == owner_id)) or 0
        for extreme in (sa.func.min, sa.func.max)
    )
    return local_days.offsets(zone, first, last)


# Reading


def load(connection: Connection, owner_id: int, until: datetime) -> ContactDayColumns:
    """An owner's contact before `until`; of its own day only what came before that time."""
    moment = int(until.timestamp() // 1)
    zone = zone_of(
        connection.execute(
            sa.select(owner.c.contact_rules).where(owner.c.id == owner_id)
        ).scalar_one()
    )
    today = local_days.day_at(moment, zone)
    mine = contact_day.c
    table = columns_of(
        connection.execute(
            sa.select(
                mine.person_id,
                mine.day,
                mine.way,
                mine.reach,
                sa.type_coerce(mine.first_at, sa.BigInteger),
                sa.type_coerce(mine.last_at, sa.BigInteger),
                mine.smallest,
                mine.messages,
            )
            .where(mine.owner_id == owner_id, mine.day < today)
            .order_by(mine.person_id, mine.day, mine.way, mine.reach)
        ),
        8,
    )
    cut = _cut(connection, owner_id, zone, today, moment)
    if len(cut):
        table = np.concatenate((table, cut))
        table = table[np.lexsort(table[:, 3::-1].T)]
    return ContactDayColumns(
        person=table[:, 0].copy(),
        day=table[:, 1].astype(np.int32),
        way=table[:, 2].astype(np.int8),
        reach=table[:, 3].astype(np.int8),
        first=table[:, 4].copy(),
        last=table[:, 5].copy(),
        smallest=table[:, 6].astype(np.int32),
        messages=table[:, 7].astype(np.int32),
    )


def _cut(
    connection: Connection, owner_id: int, zone: tzinfo, day: int, until: int
) -> npt.NDArray[np.int64]:
    """The rows of one day, from the messages before `until`."""
    since, _ = local_days.span(day, day, zone)
    if since == until:
        return np.empty((0, 8), dtype=np.int64)
    within = dated(since, until)
    adds = counted(with_copies(owner_id, within), chosen=within)
    rows = by_day(adds, _offsets(connection, owner_id, zone)).subquery("folded")
    return columns_of(connection.execute(sa.select(rows).where(rows.c.day == day)), 8)
