"""What all that writes rows shares: whose they are, in what portions, and two writers at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.store.models import owner

_T = TypeVar("_T")

# SQLite takes 32,766 variables in a statement, PostgreSQL 65,535.
MOST_VARIABLES = 10_000
_PART = 20_000  # rows held as Python objects at a time


@dataclass(frozen=True, slots=True)
class SourceRow:
    """Which source is written, and the salt of its owner's tombstones."""

    id: int
    owner_id: int
    salt: str


def salt_of(connection: Connection, owner_id: int) -> str:
    """The salt of an owner's tombstones."""
    salt: str = connection.execute(
        sa.select(owner.c.salt).where(owner.c.id == owner_id)
    ).scalar_one()
    return salt


def parts(items: Iterable[_T], size: int = MOST_VARIABLES) -> Iterator[list[_T]]:
    """Portions that fit into one statement each."""
    iterator = iter(items)
    while part := list(islice(iterator, size)):
        yield part


def portions(items: Iterable[int] | None) -> list[list[int] | None]:
    """Portions of numbers that fit into one statement each; for None, which means all, one None."""
    # As plain numbers: sqlite3 would bind those of numpy as bytes, and find nobody.
    return [None] if items is None else list(parts(sorted(map(int, items))))


def insert_unless_there(connection: Connection, table: sa.Table, **values: Any) -> int | None:  # noqa: ANN401 - a row's columns
    """Insert a row unless one with its key stands there, or comes to stand there meanwhile.

    Returns the first primary key column of the new row; None where there was one before.
    """
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415 - slow where not in use
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment] # noqa: PLC0415 - as above
    key = next(iter(table.primary_key.columns))
    statement = insert(table).values(**values).on_conflict_do_nothing().returning(key)
    return cast("int | None", connection.execute(statement).scalar_one_or_none())


def lock_owner(connection: Connection, owner_id: int) -> str:
    """Let nobody else write about this owner until the transaction ends; return `contact_rules`.

    SQLite has one writer anyway; PostgreSQL waits here.
    """
    rules: str = connection.execute(
        sa.select(owner.c.contact_rules).where(owner.c.id == owner_id).with_for_update()
    ).scalar_one()
    return rules


def columns_of(result: sa.Result[Any], width: int) -> npt.NDArray[np.int64]:
    """Whole numbers from a result as an array (k, width), without all rows at once in Python."""
    tables = [np.array(list(map(tuple, part)), dtype=np.int64) for part in result.partitions(_PART)]
    return np.concatenate(tables) if tables else np.empty((0, width), dtype=np.int64)
