"""What a command shows: text and JSON on stdout, messages and progress on stderr."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from beforehand.terminal import inert, inert_json

if TYPE_CHECKING:
    from rich.console import Console

    from connectors.api import Progress
    from sync.store.people import Person

# Wider than any table of ours, so that what is piped on is never cut.
_WIDE = 500


def show(text: str) -> None:
    """Print a command's output. Whatever in it would act on a terminal is made visible."""
    typer.echo(inert(text))


def folded(line: str, *, indent: int) -> str:
    """Return a line folded to the terminal's width; unchanged where the output is no terminal."""
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
    """Print one line on stderr: a message, not output of the command."""
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
    """Return a rich console; where the output is no terminal, it writes plain text, never cut."""
    from rich.console import Console

    piped = not (sys.stderr if err else sys.stdout).isatty()
    return Console(stderr=err, highlight=False, width=_WIDE if piped else None)


@contextmanager
def progress(label: str, *, shown: bool = True) -> Iterator[Progress]:
    """Show a progress bar on stderr, where that is a terminal; it is gone once the work is done."""
    if not (shown and sys.stderr.isatty()):
        from connectors.api import no_progress

        yield no_progress
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


def name_of(person: Person) -> str:
    """Return a person's name, on one line and safe to show."""
    from report.text.phrases import plain

    return plain(person.name, otherwise=person.handles[0])
