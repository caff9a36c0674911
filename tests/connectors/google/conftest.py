"""A client with an empty world for each test, and one with the whole demo world."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from connectors.standin import build_world, empty_world, serve
from tests.support.google_client import GoogleClient


@pytest.fixture
def client(tmp_path: Path) -> Iterator[GoogleClient]:
    """An empty world, and a credentials file for mail and calendar."""
    world = empty_world(end=date(2026, 11, 23))
    with serve(world) as server:
        connected = GoogleClient(world, server, tmp_path)
        connected.credentials()
        yield connected


@pytest.fixture(scope="session")
def full_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GoogleClient]:
    """Three years of mail and meetings, shared by all tests: they only read it."""
    world = build_world(end=date(2026, 11, 23))
    with serve(world) as server:
        connected = GoogleClient(world, server, tmp_path_factory.mktemp("full"))
        connected.credentials()
        yield connected
