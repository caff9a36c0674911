"""What the commands share: options, output, progress, and opening the house."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from beforehand.config import Config
    from beforehand.house import House
    from connectors.api import Progress

FAILED, CONFIGURATION, UNAUTHORISED, INTERRUPTED = 1, 2, 3, 130


@dataclass(frozen=True, slots=True)
class Options:
    """The global options."""

    config: Path | None
    debug: bool

    @property
    def path(self) -> Path:
        """The configuration file."""
        from beforehand.folders import config_path

        return config_path(self.config)

    def load(self) -> Config:
        """The configuration, checked."""
        from beforehand.config import load

        return load(self.path)


@contextmanager
def opened(context: typer.Context, *, quiet: bool = True) -> Iterator[House]:
    """Load the configuration and open the house."""
    from beforehand.house import open_house
    from beforehand.logs import logger

    options: Options = context.obj
    log = logger(debug=options.debug, quiet=quiet)
    with open_house(options.load(), log) as house:
        yield house


def say(text: str) -> None:
    """Tell the person at the terminal something that is no output of the command."""
    typer.echo(f"beforehand: {text}", err=True)


def print_json(value: object) -> None:
    """Print a value for programs: dates as ISO text, times with their zone."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> object:  # noqa: ANN401 - json's hook
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    msg = f"{type(value).__name__} has no JSON form"
    raise TypeError(msg)


def console(*, err: bool = False) -> Console:
    """A rich console; plain text where the output is no terminal."""
    from rich.console import Console

    return Console(stderr=err, highlight=False, soft_wrap=not sys.stdout.isatty())


def as_of(text: str | None, config: Config) -> datetime | None:
    """The end of the day that `--as-of` names, in the owner's zone; None if it was not given."""
    if text is None:
        return None
    from connectors.errors import ConfigError

    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"--as-of {text!r} is no date: write it like 2026-11-23") from error
    return datetime.combine(day, time(23, 59, 59), config.zone).astimezone(UTC)


@contextmanager
def progress(label: str, *, shown: bool = True) -> Iterator[Progress]:
    """A progress bar on stderr, where that is a terminal; gone once the work is done."""
    if not (shown and sys.stderr.isatty()):
        yield lambda _done, _total: None
        return
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    bar = Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(compact=True),
        console=console(err=True),
        transient=True,
    )
    with bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
