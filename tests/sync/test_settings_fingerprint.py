"""Which settings make a source be listed again: what is read of it, and not how it is reached."""

from __future__ import annotations

from typing import ClassVar

import pytest
import sqlalchemy as sa

from connectors import registry
from connectors.api import SourceConfig
from sync import engine
from sync.store.models import source
from sync.store.session import Store
from tests.support.memory_source import owner

GOOGLE = {
    "credentials": "/key.json",
    "client_secrets": "/client.json",
    "subject": "ada@example.org",
    "api_endpoint": "http://127.0.0.1:8080",
}
# As the stores of version 0.1 have them: with another fingerprint, every source is listed again.
STORED = [
    ("gmail", {}, "2732eaf919bd62f8d008a4930c9af64ddce2c697989c27a36c021014707d3b3e"),
    (
        "gmail",
        {**GOOGLE, "since": "2024-01-31", "units_per_minute": 15000, "read_bulk": True},
        "6ec943a36cede802f874028909efb18e42c7037018e73b9570049bee34dbad59",
    ),
    ("google_calendar", {}, "8163728cbe88f449eddde027a7ed5072e327973d7ebca99f796c90411b11d904"),
    (
        "google_calendar",
        {
            **GOOGLE,
            "since": 400,
            "calendars": ["primary", "Team"],
            "days_back": 30,
            "days_ahead": 10,
        },
        "65505900580992c64d8fd100e029feeea30efb9c8eb220c797d6e5e8eee781e9",
    ),
    (
        "mbox",
        {"path": "/mail.mbox"},
        "a84fdc74fdaee9488e3e3a83faf4bbe3baa32362995720e1a9247877562230e6",
    ),
    (
        "mbox",
        {"path": "/mail.mbox", "sent": True},
        "fe0b5d3c953ba8e19275831fe5d67b99ba2f76c0bfe662c9a13af95d2f6b0d04",
    ),
]


class ServerConfig(SourceConfig):
    """A third party's settings."""

    CONNECTION_KEYS: ClassVar[frozenset[str]] = frozenset({"port"})

    port: int = 993
    folder: str = "Sent"


def registered(store: Store, config: SourceConfig, *, cursor: str = "") -> tuple[str, str | None]:
    """Register a source; return its fingerprint and its cursor, and leave a cursor behind."""
    ada = owner(store)
    engine.register(store, ada, config, own="")
    with store.write() as connection:
        row = connection.execute(
            sa.select(source.c.settings_fingerprint, source.c.cursor).where(
                source.c.owner_id == ada, source.c.key == config.id
            )
        ).one()
        connection.execute(sa.update(source).values(cursor=cursor or None))
    return row.settings_fingerprint, row.cursor


@pytest.mark.parametrize(("kind", "keys", "fingerprint"), STORED)
def test_fingerprints_of_built_in_sources_are_those_that_stores_hold(
    store: Store, kind: str, keys: dict[str, object], fingerprint: str
) -> None:
    config = registry.load(kind).Config.model_validate({"id": "mine", "type": kind, **keys})
    assert registered(store, config)[0] == fingerprint


def test_a_connection_key_may_change_and_the_cursor_stays(store: Store) -> None:
    first, _ = registered(store, ServerConfig(id="mine", type="server"), cursor="page 7")
    moved, cursor = registered(
        store, ServerConfig(id="mine", type="server", port=143), cursor="page 7"
    )
    assert (moved, cursor) == (first, "page 7")
    other, cursor = registered(store, ServerConfig(id="mine", type="server", folder="Archive"))
    assert other != first
    assert cursor is None


def test_every_connection_key_of_a_built_in_source_is_one_of_its_settings() -> None:
    for kind in registry.BUILT_IN:
        config = registry.load(kind).Config
        assert config.model_fields.keys() >= config.CONNECTION_KEYS, kind
