"""Single rows that two processes may want to write at the same moment."""

from __future__ import annotations

from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection


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
