"""The application context of one owner: configuration, store, secrets, log and clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event
from time import monotonic

from beforehand.config import Config
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
    no_announcement,
    no_progress,
    no_prompt,
)
from sync.organisations import Organisations
from sync.store import contact_days, owners
from sync.store.owners import StoredOwner
from sync.store.session import Store, open_store


def utc_now() -> datetime:
    """Return the present time, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class App:
    """What every unit of work is handed. It holds no state between runs."""

    config: Config
    store: Store
    owner: StoredOwner
    tokens: TokenStore
    log: Log
    now: Callable[[], datetime] = utc_now
    monotonic: Callable[[], float] = monotonic

    @property
    def owner_id(self) -> int:
        """The owner's id in the store."""
        return self.owner.id

    @property
    def organisations(self) -> Organisations:
        """Which organisation an address belongs to, for this owner."""
        hosts = self.config.network.mail_hosts
        return Organisations(mail_hosts=hosts, own=self.config.owner.addresses)

    def context(
        self,
        source: SourceConfig,
        *,
        stop: Event | None = None,
        progress: Progress = no_progress,
        announce: Announce = no_announcement,
        prompt: Prompt = no_prompt,
    ) -> Context:
        """Return what a connector of this source is handed; with `prompt` it may ask the owner."""
        from report.answers.token import token_in  # noqa: PLC0415 - only where sources are read
        from report.envelope import LIST_ID  # noqa: PLC0415 - as above

        return Context(
            source=source.id,
            own=self.config.own,
            tokens=self.tokens,
            now=self.now,
            monotonic=self.monotonic,
            log=self.log,
            stop=stop or Event(),
            progress=progress,
            announce=announce,
            prompt=prompt,
            ignored_list_ids=frozenset({LIST_ID}),
            answer_in=token_in,
        )

    def connector(self, source: SourceConfig, context: Context) -> Connector:
        """Return the connector of a source; it opens nothing before it is asked to."""
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
        owner = _owner(store, config, now)
        secrets = open_secrets(config.folder)
        yield App(config, store, owner, secrets, log, now, monotonic)
    finally:
        store.close()


def _owner(store: Store, config: Config, now: Callable[[], datetime]) -> StoredOwner:
    """Return the owner, after creating the owner and folding their contact where needed.

    Nothing is written but at first sight and after an upgrade, so that reading waits for no writer.
    """
    with store.read() as connection:
        stored = owners.by_key(connection, config.owner.id)
        if stored is not None and contact_days.is_current(connection, stored.id):
            return stored
    with store.write() as connection:
        created = owners.ensure(connection, config.owner.id, config.owner.name, now())
    contact_days.ensure(store, created.id)
    return created
