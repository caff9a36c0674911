"""Fixtures of the sync tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from sync.store.models import metadata
from sync.store.session import Store, open_store
from tests.support.memory_source import MemoryMailbox, owner, sync
from tests.support.sample_people import sample_people as make_people


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite store with nothing in it but the schema, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "store.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def one_database(postgres: str) -> str:
    """A PostgreSQL store that the tests have one after the other, emptied in between."""
    open_store(postgres).close()
    return postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An open, empty store. Quicker than a new database for each test, of which there are many."""
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("migrated"), tmp_path / "store.db")
        opened = open_store(f"sqlite:///{path}")
    else:
        opened = open_store(request.getfixturevalue("one_database"))
        tables = ", ".join(f'"{name}"' for name in metadata.tables)
        with opened.write() as connection:
            connection.execute(sa.text(f"TRUNCATE {tables} RESTART IDENTITY"))
    yield opened
    opened.close()


@pytest.fixture
def ada(store: Store) -> int:
    """The id of the owner, Ada."""
    return owner(store)


@pytest.fixture
def mailbox() -> MemoryMailbox:
    """A source with seven messages: m000 to m006, a day apart."""
    made = MemoryMailbox()
    for number in range(6):
        made.write(number)
    made.write(6, "ada@example.org", "cy@example.com", names=(("cy@example.com", "Cy"),))
    return made


@pytest.fixture
def sample_people(store: Store, ada: int) -> MemoryMailbox:
    """The people of `tests.support.sample_people`, synced into the store."""
    mailbox = make_people()
    sync(store, ada, mailbox)
    return mailbox
