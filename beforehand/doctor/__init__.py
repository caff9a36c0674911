"""Checks of everything that can go wrong, each with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from beforehand import config as configuration
from beforehand.app import open_app
from beforehand.doctor import machine, mail, sources, storage
from beforehand.doctor.finding import Finding, failed, passed
from beforehand.errors import ExitCode
from connectors.api import Log
from connectors.errors import ConfigError
from sync.store.session import StoreError

__all__ = ["Finding", "examine"]


def examine(path: Path, log: Log) -> Iterator[Finding]:
    """Check the configuration, then what it names, as far as one can get."""
    try:
        config = configuration.load(path)
    except ConfigError as error:
        for problem in error.problems:
            yield failed("configuration", problem, ExitCode.WRONG_USE)
        return
    yield passed("configuration", str(path))
    try:
        with open_app(config, log) as app:
            yield from storage.examine(app)
            yield from sources.examine(app)
            yield from mail.examine(app)
            yield from machine.examine(app)
    except StoreError as error:
        yield failed("store", str(error))
    except ConfigError as error:
        yield failed("secrets", str(error), ExitCode.WRONG_USE)
