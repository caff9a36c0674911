"""Counts SQL statements, transactions and fetched rows of all stores that are opened meanwhile."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import ConnectionPoolEntry, Pool

_CONTROL = re.compile(r"(BEGIN|COMMIT|ROLLBACK|PRAGMA|SAVEPOINT|RELEASE)\b", re.IGNORECASE)
_WRITE = re.compile(r"(INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|ALTER)\b", re.IGNORECASE)


@dataclass
class SqlLog:
    """What was executed, without transaction control and PRAGMAs.

    transactions: the statements of each transaction, in order of their beginning. rows: number of
    rows fetched, on SQLite.
    """

    transactions: list[list[str]] = field(default_factory=list)
    rows: int = 0

    @property
    def statements(self) -> list[str]:
        """All statements."""
        return [statement for each in self.transactions for statement in each]

    @property
    def reads(self) -> list[list[str]]:
        """The transactions in which something is read and nothing written."""
        return [each for each in self.transactions if each and not any(map(_WRITE.match, each))]

    def clear(self) -> None:
        """Start anew."""
        self.transactions.clear()
        self.rows = 0


@contextmanager
def sql_log() -> Iterator[SqlLog]:
    """Log the SQL of every engine whose connections are opened while this is."""
    log = SqlLog()
    open_ones: dict[Connection, list[str]] = {}

    def on_connect(raw: object, _entry: ConnectionPoolEntry) -> None:
        if isinstance(raw, sqlite3.Connection):

            def count(_cursor: sqlite3.Cursor, row: tuple[object, ...]) -> tuple[object, ...]:
                log.rows += 1
                return row

            raw.row_factory = count

    def on_begin(connection: Connection) -> None:
        open_ones[connection] = []
        log.transactions.append(open_ones[connection])

    def on_execute(connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if not _CONTROL.match(statement):
            open_ones.setdefault(connection, []).append(statement)

    listeners: list[tuple[type, str, Callable[..., None]]] = [
        (Pool, "connect", on_connect),
        (Engine, "begin", on_begin),
        (Engine, "before_cursor_execute", on_execute),
    ]
    with ExitStack() as stack:
        for target, name, listener in listeners:
            sa.event.listen(target, name, listener)
            stack.callback(sa.event.remove, target, name, listener)
        yield log
