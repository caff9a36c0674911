"""What the commands share: options, output, progress, and opening the house."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from beforehand.terminal import inert, inert_json

if TYPE_CHECKING:
    from rich.console import Console

    from beforehand.app import App
    from beforehand.config import Config
    from connectors.api import Progress

FAILED, CONFIGURATION, UNAUTHORISED, INTERRUPTED = 1, 2, 3, 130
# Mail is younger than the first; the last is far from where calendars end.
_FIRST_YEAR, _LAST_YEAR = 1971, 2999
# Wider than any table of ours, so that what is piped on is never cut.
_WIDE = 500


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
def opened(context: typer.Context, *, quiet: bool = True) -> Iterator[App]:
    """Load the configuration and open the house."""
    from beforehand.app import open_app
    from beforehand.logs import logger

    options: Options = context.obj
    log = logger(debug=options.debug, quiet=quiet)
    with open_app(options.load(), log) as app:
        _say_if_forgotten(app)
        yield app


def _say_if_forgotten(app: App) -> None:
    """A daemon that ran once and fell silent is worth a line, whatever else is wanted."""
    from beforehand.daemon import liveness

    sign = liveness.last_sign(liveness.path_of(app.config))
    if sign is not None and app.now() - sign > liveness.FORGOTTEN:
        local = sign.astimezone(app.config.zone)
        say(
            f"the daemon has given no sign of life since {local:%-d %b, %H:%M}: "
            "`beforehand service install` starts it (or `service remove`, if you do without)"
        )


def show(text: str) -> None:
    """Print a command's output. Whatever in it would act on a terminal is made visible."""
    typer.echo(inert(text))


def folded(line: str, *, indent: int) -> str:
    """A line folded to the terminal's width; as it is where the output is no terminal."""
    if not sys.stdout.isatty():
        return line
    width = max(shutil.get_terminal_size().columns, 40)
    return textwrap.fill(
        line,
        width,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def say(text: str) -> None:
    """Tell the person at the terminal, in one line, what is no output of the command."""
    typer.echo(f"beforehand: {' '.join(inert(text).split())}", err=True)


def print_json(value: object) -> None:
    """Print a value for programs: dates as ISO text, times with their zone."""
    typer.echo(inert_json(json.dumps(value, indent=2, ensure_ascii=False, default=_plain)))


def _plain(value: Any) -> object:  # noqa: ANN401 - json's hook
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    msg = f"{type(value).__name__} has no JSON form"
    raise TypeError(msg)


def console(*, err: bool = False) -> Console:
    """A rich console; where the output is no terminal, plain text that is never cut."""
    from rich.console import Console

    piped = not (sys.stderr if err else sys.stdout).isatty()
    return Console(stderr=err, highlight=False, width=_WIDE if piped else None)


def end_of_day(text: str | None, config: Config, option: str = "--as-of") -> datetime | None:
    """The end of the day that an option names, in the owner's zone; None if it was not given."""
    if text is None:
        return None
    day = date_of(text, option)
    return datetime.combine(day, time(23, 59, 59), config.zone).astimezone(UTC)


def noon(text: str | None, config: Config, option: str) -> datetime | None:
    """The middle of the day that an option names, in the owner's zone; None if not given."""
    if text is None:
        return None
    return datetime.combine(date_of(text, option), time(12), config.zone)


def when_it_was(on: str | None, app: App) -> tuple[datetime, datetime]:
    """When what the owner tells of was, by `--on` or now; and now: both in the owner's zone.

    ConfigError where that day is still to come.
    """
    from connectors.errors import ConfigError

    now = app.now().astimezone(app.config.zone)
    at = noon(on, app.config, "--on") or now
    if at.date() > now.date():
        raise ConfigError(f"--on {on!r} is still to come: say it when it has been")
    return at, now


def date_of(text: str, option: str) -> date:
    """The date that an option names; ConfigError where it is none that we can reckon with."""
    from connectors.errors import ConfigError

    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"{option} {text!r} is no date: write it like 2026-11-23") from error
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ConfigError(f"{option} {text!r} is not within {_FIRST_YEAR} and {_LAST_YEAR}")
    return day


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
