"""The house, opened: configuration, store, secrets and clock together, for one owner."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from time import monotonic

import sqlalchemy as sa

from beforehand import folders
from beforehand.config import ONLY_OWNER, Config
from connectors import registry
from connectors.api import (
    Announce,
    Connector,
    Context,
    Log,
    Progress,
    Prompt,
    SourceConfig,
    TokenStore,
    nobody_there,
    unannounced,
)
from sync.organisations import Organisations
from sync.store import people
from sync.store.models import owner
from sync.store.session import Store, open_store


def utc_now() -> datetime:
    """The present, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class App:
    """What every unit of work needs, and nothing that it could remember between runs."""

    config: Config
    store: Store
    owner_id: int
    tokens: TokenStore
    log: Log
    now: Callable[[], datetime] = utc_now
    monotonic: Callable[[], float] = monotonic

    @property
    def folder(self) -> Path:
        """Where on this machine the owner's files lie; see `_folder`."""
        return _folder(self.store, self.config)

    @property
    def organisations(self) -> Organisations:
        """Which organisation an address belongs to, as this owner sees it."""
        hosts = self.config.network.mail_hosts
        return Organisations(mail_hosts=hosts, own=self.config.owner.addresses)

    def context(
        self,
        source: SourceConfig,
        *,
        stop: Event,
        progress: Progress,
        announce: Announce = unannounced,
        prompt: Prompt = nobody_there,
    ) -> Context:
        """What a connector is handed; with a `prompt` it may ask the owner."""
        from report.answers.token import token_in  # noqa: PLC0415 - only where sources are read
        from report.message import LIST_ID  # noqa: PLC0415 - as above

        return Context(
            source=source.id,
            own=self.config.own,
            tokens=self.tokens,
            now=self.now,
            monotonic=self.monotonic,
            log=self.log,
            stop=stop,
            progress=progress,
            announce=announce,
            prompt=prompt,
            ignored_list_ids=frozenset({LIST_ID}),
            answer_in=token_in,
        )

    def connector(self, source: SourceConfig, context: Context) -> Connector:
        """The connector of a source, which has not opened anything yet."""
        return registry.load(source.type)(source, context)


@contextmanager
def open_app(
    config: Config,
    log: Log,
    now: Callable[[], datetime] = utc_now,
    monotonic: Callable[[], float] = monotonic,
) -> Iterator[App]:
    """Open the store and the secrets of a configuration; closes the store at the end.

    Raises StoreError, and ConfigError where the secrets cannot be opened.
    """
    from beforehand.secrets import open_secrets  # noqa: PLC0415 - keyring is slow to import

    store = open_store(config.store_url)
    try:
        owner_id = _owner(store, config, now)
        secrets = open_secrets(_folder(store, config))
        yield App(config, store, owner_id, secrets, log, now, monotonic)
    finally:
        store.close()


def _folder(store: Store, config: Config) -> Path:
    """Beside the store, or in the platform's data folder where the store is a server.

    Whoever has an id has a folder of their own there: others in the same store may well have a
    source of the same id, and reports for the same week.
    """
    base = store.path.parent if store.path is not None else folders.data_folder()
    return base if config.owner.id == ONLY_OWNER else base / "owners" / config.owner.id


def _owner(store: Store, config: Config, now: Callable[[], datetime]) -> int:
    """The owner's id, written at first sight only: who reads waits for no writer."""
    with store.read() as connection:
        mine = sa.select(owner.c.id).where(owner.c.key == config.owner.id)
        found = connection.execute(mine).scalar_one_or_none()
    if found is not None:
        return int(found)
    with store.write() as connection:
        return people.ensure_owner(connection, config.owner.id, config.owner.name, now())
