"""The store: private, migrated, the same on SQLite and PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from sync.bulk import Override
from sync.store import migrations, models, owners, people
from sync.store.session import BusyError, Store, StoreError, open_store

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def test_migrations_build_exactly_the_tables_that_the_code_uses(store: Store) -> None:
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, models.metadata) == []


def test_the_list_of_revisions_is_that_of_the_migrations_folder() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    scripts = ScriptDirectory.from_config(config)
    oldest_first = [s.revision for s in reversed(list(scripts.walk_revisions()))]
    assert tuple(oldest_first) == migrations.REVISIONS


def test_opening_twice_keeps_what_is_there(store_url: str) -> None:
    first = open_store(store_url)
    with first.write() as connection:
        owners.ensure(connection, "me", "Ada", NOW)
    first.close()
    second = open_store(store_url)
    with second.read() as connection:
        assert connection.scalar(sa.select(models.owner.c.name)) == "Ada"
    second.close()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(store_url: str) -> None:
    store = open_store(store_url)
    with store.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(StoreError, match=r"newer beforehand.*upgrade beforehand"):
        open_store(store_url)


def test_the_database_file_and_its_helpers_are_for_the_owner_alone(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'deep' / 'store.db'}")
    with store.write() as connection:
        owners.ensure(connection, "me", "Ada", NOW)
    assert (tmp_path / "deep").stat().st_mode & 0o777 == 0o700
    files = list((tmp_path / "deep").iterdir())
    assert {f.name for f in files} >= {"store.db", "store.db-wal", "store.db-shm"}
    assert all(f.stat().st_mode & 0o077 == 0 for f in files)
    store.close()


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("dear diary, " * 100)
    with pytest.raises(StoreError, match="is no store of beforehand"):
        open_store(f"sqlite:///{path}")
    assert path.read_text() == "dear diary, " * 100


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nonsense", "not understood"),
        ("sqlite://", "names no file"),
        ("sqlite:////proc/nowhere/store.db", "cannot open the store"),
        ("postgresql+psycopg://nobody@127.0.0.1:1/x?connect_timeout=2", "cannot reach the store"),
        ("cobol://x", "not understood"),
    ],
)
def test_an_unusable_url_gives_one_line_that_helps(url: str, says: str) -> None:
    with pytest.raises(StoreError, match=says) as error:
        open_store(url)
    assert "\n" not in str(error.value)


def test_a_password_in_the_url_never_reaches_an_error() -> None:
    url = "postgresql+psycopg://me:hunter2@127.0.0.1:1/x?connect_timeout=2"
    with pytest.raises(StoreError) as error:
        open_store(url)
    assert "hunter2" not in str(error.value)


def test_a_store_of_an_earlier_version_keeps_its_people(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for row in (
            "owner VALUES (1, 'me', 'Ada', 'salt', 0)",
            "person VALUES (1, 1, 'keep', NULL, 0)",
            "handle VALUES (1, 1, 1, 'bo@example.net', '', NULL)",
        ):
            connection.execute(sa.text(f"INSERT INTO {row}"))
    engine.dispose()
    store = open_store(url)
    with store.read() as connection:
        (person,) = people.by_id(connection, 1).values()
    store.close()
    assert (person.handles, person.override) == (("bo@example.net",), Override.KEEP)
    assert (person.every_days, person.tags) == (None, ())


def test_one_work_is_done_by_one_process_at_a_time(store: Store) -> None:
    with store.exclusive("sync-mail"):
        with pytest.raises(BusyError, match="another beforehand"), store.exclusive("sync-mail"):
            pass
        with store.exclusive("sync-calendar"):
            pass
    with store.exclusive("sync-mail"):
        pass


def test_a_killed_process_gives_its_right_back(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    store = open_store(url)
    holder = (
        "import os, signal\n"
        "from sync.store.session import open_store\n"
        f"with open_store({url!r}).exclusive('work'):\n"
        "    print('held', flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", holder], capture_output=True, check=False)
    assert done.stdout == b"held\n"
    with store.exclusive("work"):
        pass
    store.close()


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    def half() -> None:
        with store.write() as connection:
            owners.ensure(connection, "me", "Ada", NOW)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        half()
    with store.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(models.owner)) == 0


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    naive = datetime(2026, 11, 23)  # noqa: DTZ001 - the fault under test
    with pytest.raises(sa.exc.StatementError, match="zone"), store.write() as connection:
        owners.ensure(connection, "me", "Ada", naive)
