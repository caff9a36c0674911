"""Opening the store: SQLite by default, PostgreSQL by URL, migrated to the present schema.

>>> store = open_store("sqlite:///~/beforehand.db")        # doctest: +SKIP
>>> with store.write() as connection: ...                   # doctest: +SKIP
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import DBAPIError as DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry

from sync.store.migrations import REVISIONS

# For whoever uses the store without speaking SQL: what its functions take, and what the database
# raises on its own.
__all__ = [
    "BusyError",
    "Connection",
    "DatabaseError",
    "Store",
    "StoreError",
    "database_file",
    "open_store",
]

_BUSY_SECONDS = 30
_BY_KEY = (
    "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_mergejoin', 'off', true)"
)


class StoreError(Exception):
    """The store cannot be opened; the text says why and what to do next."""


class BusyError(StoreError):
    """Somebody else does the same work at this moment."""


@dataclass(frozen=True, slots=True)
class Store:
    """An open store. `read` and `write` give a connection inside one transaction."""

    engine: Engine
    url: URL

    @property
    def path(self) -> Path | None:
        """The database file, where the store is one."""
        return Path(str(self.url.database)) if self.engine.dialect.name == "sqlite" else None

    @property
    def where(self) -> str:
        """The URL without its password, nor its query, in which another may stand."""
        return self.url.set(query={}).render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading: one consistent view, rolled back at the end."""
        with self.engine.connect() as connection:
            if self.path is None:  # PostgreSQL would see each statement's own moment
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection for writing: committed as a whole at the end, or not at all."""
        with self.engine.connect() as plain:
            connection = plain.execution_options(begin_immediately=True)
            with connection.begin():
                yield connection

    @contextmanager
    def exclusive(self, name: str) -> Iterator[None]:
        """Hold the right to do one named work; BusyError where another process has it.

        The operating system (or PostgreSQL) gives it back when the process dies, however it does.
        """
        if self.path is not None:
            with _file_lock(self.path.with_name(f"{self.path.name}.{_slug(name)}.lock"), name):
                yield
            return
        key = int.from_bytes(sha256(name.encode()).digest()[:8], "big", signed=True)
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(key))):
                raise BusyError(_busy(name))
            try:
                yield
            finally:
                try:
                    connection.execute(sa.select(sa.func.pg_advisory_unlock(key)))
                except DatabaseError:
                    # A connection that broke has given it back. Whether the work was done is for
                    # the work to say.
                    connection.invalidate()

    def scrub(self) -> None:
        """Leave no trace of what was deleted in SQLite's log; PostgreSQL's vacuum is its own.

        Raises BusyError where another process still reads the log.
        """
        if self.path is None:
            return
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
            busy, *_ = plain.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        if busy:
            raise BusyError(
                "it is deleted, but another beforehand still reads the log beside the store, "
                "where traces stay until that one ends"
            )

    def check(self) -> str:
        """What SQLite finds wrong with the file, in a line; "ok" where nothing is.

        Raises DatabaseError where it cannot even be asked.
        """
        if self.path is None:
            return "ok"
        with self.read() as connection:
            return str(connection.execute(sa.text("PRAGMA quick_check(1)")).scalar_one())

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def database_file(url: str) -> Path | None:
    """The file that a store's URL names; None where the store is a server."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(parsed.database).expanduser()


def open_store(url: str) -> Store:
    """Open the store at `url`, creating or migrating it first. StoreError where that cannot be."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            parsed = _prepare_file(parsed)
        engine = sa.create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
    except (ArgumentError, NoSuchModuleError) as error:
        msg = f"[store] url is not understood: {error}. Use sqlite:///PATH or postgresql+psycopg://..."
        raise StoreError(msg) from error
    except ValueError:  # from None: it quotes what stands for the port, which may be a password
        msg = "[store] url is not understood: its port is no number. Is there an @ before the host?"
        raise StoreError(msg) from None
    except ImportError as error:
        msg = f"[store] url needs the missing driver {error.name}: install beforehand[postgresql]"
        raise StoreError(msg) from error
    if engine.dialect.name == "sqlite":
        _tame_sqlite(engine)
    else:
        _tame_postgresql(engine)
    store = Store(engine, parsed)
    try:
        _migrate(store)
    except BaseException as error:
        engine.dispose()
        if isinstance(error, DatabaseError):
            raise StoreError(_unreachable(store, error)) from error
        raise
    return store


def _prepare_file(url: URL) -> URL:
    if not url.database or url.database == ":memory:":
        msg = "[store] url names no file: use sqlite:///PATH"
        raise StoreError(msg)
    path = Path(url.database).expanduser()
    try:
        # One by one, for `parents=True` leaves those in between to the umask.
        for folder in reversed(path.parents):
            folder.mkdir(mode=0o700, exist_ok=True)
        # Created here, so that it is never readable by others, not even for a moment; its -wal
        # and -shm files inherit the mode.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        path.chmod(0o600)
    except OSError as error:
        msg = (
            f"cannot open the store {path}: {error.strerror}. Check the folder, or set [store] url"
        )
        raise StoreError(msg) from error
    return url.set(database=str(path))


def _tame_sqlite(engine: Engine) -> None:
    """WAL, foreign keys, and transactions that begin when we say so (not when the driver does)."""

    @sa.event.listens_for(engine, "connect")
    def on_connect(raw: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        raw.isolation_level = None
        raw.execute(f"PRAGMA busy_timeout = {int(_BUSY_SECONDS * 1000)}")
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("PRAGMA synchronous = NORMAL")
        raw.execute("PRAGMA foreign_keys = ON")
        # What is forgotten is overwritten, not only unlinked.
        raw.execute("PRAGMA secure_delete = ON")

    @sa.event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        # A writer that starts as a reader may find the store changed when it comes to write.
        now = connection.get_execution_options().get("begin_immediately", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if now else "BEGIN")


def _tame_postgresql(engine: Engine) -> None:
    """Look rows up by key, whatever the statistics say: every query is about one of many owners.

    Where an owner's share is large, the planner would read or merge whole tables, others' included.
    """

    @sa.event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql(_BY_KEY)


def _version(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return version


def _migrate(store: Store) -> None:
    """Bring the schema to the newest revision; Alembic is imported only where there is work."""
    with store.read() as connection:
        version = _version(connection)
    if version == REVISIONS[-1]:
        return
    if version is not None and version not in REVISIONS:
        msg = (
            f"the store {store.where} was written by a newer beforehand "
            f"(schema {version}, this one knows {REVISIONS[-1]}): upgrade beforehand"
        )
        raise StoreError(msg)
    with store.exclusive("migrate"), store.write() as connection:
        from alembic import command  # noqa: PLC0415 - a quarter of a second, needed once
        from alembic.config import Config  # noqa: PLC0415 - as above

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def _file_lock(path: Path, name: str) -> Iterator[None]:
    import fcntl  # noqa: PLC0415 - not on every platform; PostgreSQL needs none

    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError(_busy(name)) from error
        yield
    finally:
        os.close(descriptor)


def _slug(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in name)


def _busy(name: str) -> str:
    return f"another beforehand is at work on this ({name}): wait for it, or stop it"


def _unreachable(store: Store, error: DatabaseError) -> str:
    where = store.where
    reason = str(error.orig).strip().splitlines()[0] if error.orig else str(error)
    if store.path is not None and isinstance(error, OperationalError):
        return f"cannot open the store {where}: {reason}. Is the disk full, or the file in use?"
    if store.path is not None:
        return (
            f"{store.path} is no store of beforehand ({reason}): move it away, or set [store] url"
        )
    return (
        f"cannot reach the store {where}: {reason}. Is PostgreSQL running, and [store] url right?"
    )
