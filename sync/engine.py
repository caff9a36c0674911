"""The sync engine: pulls one source into the store, and knows what to do about each error.

Every batch is written with its cursor in one transaction, so that a kill at any moment loses at
most the batch in hand, and the next run goes on from there.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from connectors.api import Batch, Connector, Context, Plan, SourceConfig
from connectors.errors import (
    AuthRequired,
    ConfigError,
    ConnectorError,
    CursorExpired,
    Fatal,
    Retriable,
)
from sync.store import answers, duplicates, ingest, sources
from sync.store.ingest import Counts
from sync.store.rows import SourceRow
from sync.store.session import Store
from sync.store.sources import Status

# How a system says that it has no way to another machine.
_NO_WAY = frozenset({errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EHOSTUNREACH})


class ConnectorFactory(Protocol):
    """Builds the connector once the engine has told the context what is known."""

    def __call__(self, context: Context) -> Connector:
        """Return the connector; it must not open anything yet."""


@dataclass(slots=True)
class SyncResult:
    """What one run did with one source. `retry_after` is in seconds, where the source named it.

    `misconfigured`: it is the configuration that must be changed. `unreached`: there was no way to
    it, as where the machine has no network (yet).
    """

    id: str
    state: Status = Status.OK
    counts: Counts = field(default_factory=Counts)
    trouble: str = ""
    stopped: bool = False
    plan: Plan | None = None
    retry_after: float | None = None
    misconfigured: bool = False
    unreached: bool = False


def sync_source(
    store: Store,
    owner_id: int,
    config: SourceConfig,
    make: ConnectorFactory,
    context: Context,
) -> SyncResult:
    """Pull what is new from one source. Never raises for what a source can do to us.

    Raises `session.BusyError` where another process pulls the same source at this moment.
    """
    with store.exclusive(f"sync-{owner_id}-{config.id}"):
        row = register(store, owner_id, config, own=context.own.fingerprint)
        result = SyncResult(config.id)

        def known(refs: Collection[str]) -> Mapping[str, str | None]:
            with store.read() as connection:
                return ingest.known(connection, row.id, refs)

        def elsewhere(refs: Collection[str]) -> Mapping[str, str | None]:
            with store.read() as connection:
                return duplicates.elsewhere(connection, row, refs)

        def answered(threads: Collection[str]) -> Collection[str]:
            with store.read() as connection:
                return ingest.answered(connection, row, threads)

        def answers_since() -> datetime | None:
            with store.read() as connection:
                return answers.since(connection, owner_id)

        ready = replace(
            context,
            known=known,
            elsewhere=elsewhere,
            answered=answered,
            answers_since=answers_since,
        )
        try:
            _pull(store, row, make, ready, result)
        except ConnectorError as error:
            result.state, result.trouble = _verdict(error), str(error)
            result.retry_after = error.retry_after if isinstance(error, Retriable) else None
            result.misconfigured = isinstance(error, ConfigError)
            result.unreached = unreached(error)
            context.log.warning("sync failed", source=config.id, state=str(result.state))
        result.stopped = context.stop.is_set()
        _record(store, row, result, context.now())
        return result


def register(store: Store, owner_id: int, config: SourceConfig, *, own: str) -> SourceRow:
    """Find or create the source's row, and forget its cursor where what it reads has changed.

    With other own addresses, directions and participants change: everything is read anew. With
    other settings the source is enumerated again, but what is known need not be read.
    """
    own_mark = sha256(own.encode()).hexdigest()
    settings = config.model_dump_json(exclude={"id", "type", *type(config).CONNECTION_KEYS})
    settings_mark = sha256(f"{config.type} {settings}".encode()).hexdigest()
    with store.write() as connection:
        registered = sources.register(
            connection,
            owner_id,
            config.id,
            config.type,
            own_fingerprint=own_mark,
            settings_fingerprint=settings_mark,
        )
        if registered.new_own:
            ingest.forget_read(connection, registered.row.id)
    return registered.row


def _pull(
    store: Store, row: SourceRow, make: ConnectorFactory, context: Context, result: SyncResult
) -> None:
    def drain(cursor: str | None) -> None:
        for batch in _batches(make, context, cursor):
            with store.write() as connection:
                counts = ingest.apply(connection, row, batch, now=context.now())
            result.counts.add(counts)
            result.plan = batch.plan or result.plan
            if context.stop.is_set():
                return

    with store.read() as connection:
        cursor = sources.cursor_of(connection, row.id)
    try:
        drain(cursor)
    except CursorExpired:
        context.log.info("cursor expired, listing anew", source=result.id)
        drain(None)


def _batches(make: ConnectorFactory, context: Context, cursor: str | None) -> Iterator[Batch]:
    """What the connector yields; a fault that it did not foresee is said as one of ours."""
    try:
        yield from make(context).pull(cursor)
    except ConnectorError:
        raise
    except Exception as error:
        context.log.debug("the connector broke", source=context.source, exc_info=unquoted(error))
        raise Retriable(
            f"{broke(error)}: `beforehand --debug sync` shows where, for its authors"
        ) from error


def broke(error: Exception) -> str:
    """What to say of a fault in a connector: its kind, for its text may quote what was read."""
    return f"its connector broke ({type(error).__name__})"


def unquoted(error: Exception) -> Exception:
    """A fault in a connector for the log: its kind and where it happened, without its text."""
    kind = type(error).__name__
    told = RuntimeError(f"{kind}; its text is left out, for it may quote what was read")
    return told.with_traceback(error.__traceback__)


def unreached(error: BaseException | None) -> bool:
    """Whether behind a fault is that there was no way to another machine."""
    while error is not None:
        if isinstance(error, (ConnectionError, TimeoutError, socket.gaierror)):
            return True
        if isinstance(error, OSError) and error.errno in _NO_WAY:
            return True
        error = error.__cause__ or error.__context__
    return False


def _verdict(error: ConnectorError) -> Status:
    match error:
        case AuthRequired():
            return Status.NEEDS_AUTHORISATION
        case Fatal() | ConfigError():
            return Status.BROKEN
        case _:  # Retriable; or a cursor that expired twice in one run
            return Status.FAILING


def _record(store: Store, row: SourceRow, result: SyncResult, now: datetime) -> None:
    whole = result.state is Status.OK and not result.stopped
    with store.write() as connection:
        sources.record_run(
            connection, row.id, result.state, trouble=result.trouble, whole=whole, now=now
        )
