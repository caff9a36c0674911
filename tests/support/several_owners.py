"""Configurations of several owners, each with its own store URL, for tests that compare them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from beforehand import config as configuration
from sync.store import owners
from sync.store.session import open_store
from tests.support.memory_source import dump
from tests.support.owner import Cli


def libpq_url(url: str) -> str:
    """Return a store's URL in the form that libpq takes."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@dataclass(frozen=True)
class OwnerHome:
    """An owner's configuration; runs commands with it."""

    path: Path
    url: str
    owner: str
    cli: Cli

    def run(self, *words: object, **more: Any) -> str:  # noqa: ANN401 - as `Cli` takes them
        return self.cli("--config", self.path, *words, **more).out

    def json(self, *words: object, **more: Any) -> Any:  # noqa: ANN401 - whatever was printed
        return self.cli("--config", self.path, *words, "--json", **more).json

    def contents(self) -> dict[str, Any]:
        """See `contents`."""
        return contents(self.url, self.owner)

    def set_up(self, archive: Path, report: str = "") -> None:
        """Run `init`, then set the owner's id and the store."""
        words = ("--name", "Ada Winter", "--address", "ada@example.org")
        self.run("init", *words, "--timezone", "Europe/Berlin", "--mbox", archive)
        text = self.path.read_text()
        assert text.count("\n[owner]\n") + text.startswith("[owner]\n") == 1
        text = re.sub(r"(?m)^\[owner\]$", f'[owner]\nid = "{self.owner}"', text)
        text = re.sub(r"(?ms)^\[report\]$.*?(?=^\[|\Z)", "", text)
        self.path.write_text(f'{text}\n[store]\nurl = "{self.url}"\n\n[report]\n{report}')
        configuration.load(self.path)


MakeHome = Callable[[str, str], OwnerHome]


def contents(url: str, owner: str) -> dict[str, Any]:
    """Return all that a store holds of an owner's contacts, without the ids of its rows."""
    store = open_store(url)
    try:
        with store.read() as connection:
            number = owners.find(connection, owner)
        assert number is not None
        return dump(store, number)
    finally:
        store.close()
