"""A desk with an empty world for each test; the whole world once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from connectors.standin import build_world, empty_world, serve
from tests.support.google_client import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Nothing has happened yet; the credentials file is good for mail and calendar."""
    world = empty_world(end=date(2026, 11, 23))
    with serve(world) as google:
        found = Desk(world, google, tmp_path)
        found.credentials()
        yield found


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Three years of mail and meetings; only to be read."""
    world = build_world(end=date(2026, 11, 23))
    with serve(world) as google:
        found = Desk(world, google, tmp_path_factory.mktemp("whole"))
        found.credentials()
        yield found
