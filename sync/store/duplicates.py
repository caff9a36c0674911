"""The same message in two sources of one owner: what one has read, the other need not read again.

A Takeout archive and Gmail's API call a message by the same number. What the archive brought is
copied, so that the archive can go from the configuration and nothing is lost; wherever contact is
counted, the copies count once: a message without `uid` by its id, all others by their `uid`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.store.models import interaction, party, source
from sync.store.rows import SourceRow, parts

# The columns of a table, an alias of it or a subquery; and a condition on them.
Columns: TypeAlias = Any
Condition: TypeAlias = Callable[[Columns], sa.ColumnElement[bool]]

# What belongs to the copy alone.
_OWN = frozenset({"id", "source_id", "pass_no"})


def all_messages(owner_id: int) -> sa.Subquery:
    """All interactions of an owner."""
    return sa.select(interaction).where(interaction.c.owner_id == owner_id).subquery("message")


def with_copies(owner_id: int, condition: Condition) -> sa.Subquery:
    """The interactions of an owner for which a condition holds, and all copies of them."""
    return _with_copies(
        owner_id, lambda columns: sa.and_(columns.owner_id == owner_id, condition(columns))
    )


def these_with_copies(owner_id: int, ids: sa.Select[tuple[int]]) -> sa.Subquery:
    """The interactions of these ids, which are all the owner's, and all copies of them.

    They are looked up by id alone: told the owner, too, a database without statistics may go
    through all that the owner has for each of them.
    """
    return _with_copies(owner_id, lambda columns: columns.id.in_(ids))


def _with_copies(owner_id: int, condition: Condition) -> sa.Subquery:
    copy, chosen = interaction.alias("copy"), interaction.alias("chosen")
    named = sa.select(chosen.c.uid).where(condition(chosen.c), chosen.c.uid != "")
    return sa.union_all(
        sa.select(interaction).where(condition(interaction.c)),
        sa.select(copy).where(
            copy.c.owner_id == owner_id, copy.c.uid.in_(named), sa.not_(condition(copy.c))
        ),
    ).subquery("message")


def copy_key(columns: Columns) -> tuple[sa.ColumnElement[Any], ...]:
    """The columns that are equal for all copies of one message of an owner."""
    return columns.uid, sa.case((columns.uid == "", columns.id), else_=0)


def numbered(messages: sa.Subquery) -> sa.Subquery:
    """Messages with `first`: the id of the first stored copy, by which each is counted once.

    `messages` must hold all copies of each message.
    """
    first = sa.func.min(messages.c.id).over(partition_by=copy_key(messages.c))
    return sa.select(messages, first.label("first")).subquery("numbered")


def elsewhere(
    connection: Connection, row: SourceRow, refs: Collection[str]
) -> Mapping[str, str | None]:
    """Those of `refs` under which another source of the owner holds an interaction.

    Each with the evidence of bulk that is stored with it. Left out is what must be read anew,
    and what was read with other own addresses than this source's.
    """
    found: dict[str, str | None] = {}
    for part in parts(refs):
        found.update(
            connection.execute(
                sa.select(interaction.c.ref, interaction.c.bulk).where(_fit(row, part))
            ).all()
        )
    return found


def adopt(connection: Connection, row: SourceRow, refs: Iterable[str], pass_no: int) -> set[int]:
    """Copy these from another source where this one has none of that reference; return the ids."""
    columns = [column for column in interaction.c if column.name not in _OWN]
    new: set[int] = set()
    for part in parts(refs):
        mine = sa.select(interaction.c.ref).where(
            interaction.c.source_id == row.id, interaction.c.ref.in_(part)
        )
        # Of several archives that hold it, the one read last.
        newest = (
            sa.select(sa.func.max(interaction.c.id).label("id"))
            .where(_fit(row, part), interaction.c.ref.not_in(mine))
            .group_by(interaction.c.ref)
        )
        originals = dict(
            connection.execute(
                sa.select(interaction.c.ref, interaction.c.id).where(interaction.c.id.in_(newest))
            ).all()
        )
        if not originals:
            continue
        wanted = sa.select(
            *columns, sa.literal(row.id).label("source_id"), sa.literal(pass_no).label("pass_no")
        ).where(interaction.c.id.in_(list(originals.values())))
        names = [*(column.name for column in columns), "source_id", "pass_no"]
        copies = sa.insert(interaction).from_select(names, wanted).returning(interaction.c.id)
        new.update(connection.scalars(copies))
        _copy_parties(connection, row, originals)
    return new


def _copy_parties(connection: Connection, row: SourceRow, originals: Mapping[str, int]) -> None:
    copy, original = interaction.alias("copy"), interaction.alias("original")
    pairs = copy.join(original, copy.c.ref == original.c.ref).join(
        party, party.c.interaction_id == original.c.id
    )
    connection.execute(
        sa.insert(party).from_select(
            ["interaction_id", "handle_id", "owner_id", "role"],
            sa.select(copy.c.id, party.c.handle_id, party.c.owner_id, party.c.role)
            .select_from(pairs)
            .where(
                copy.c.source_id == row.id,
                copy.c.ref.in_(originals.keys()),
                original.c.id.in_(list(originals.values())),
            ),
        )
    )


def _fit(row: SourceRow, refs: Collection[str]) -> sa.ColumnElement[bool]:
    """Another source's interactions that say what this one's would."""
    own = sa.select(source.c.own_fingerprint).where(source.c.id == row.id).scalar_subquery()
    same = sa.select(source.c.id).where(
        source.c.owner_id == row.owner_id, source.c.id != row.id, source.c.own_fingerprint == own
    )
    return sa.and_(
        interaction.c.owner_id == row.owner_id,
        interaction.c.source_id.in_(same),
        interaction.c.ref.in_(refs),
        interaction.c.digest != "",
    )
