"""The application: global options, and how errors become one clear line and an exit code.

0 fine; 1 something failed; 2 wrong usage or configuration; 3 a source needs authorisation;
130 stopped by Ctrl-C.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from beforehand import __version__
from beforehand.cli.session import (
    CONFIGURATION,
    FAILED,
    INTERRUPTED,
    UNAUTHORISED,
    Options,
    say,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

# In the order in which a newcomer meets them.
COMMANDS = (
    "demo",
    "init",
    "auth",
    "sync",
    "people",
    "why",
    "network",
    "report",
    "daemon",
    "service",
    "doctor",
    "replay",
    "connectors",
    "met",
    "note",
    "keep",
    "ignore",
    "snooze",
    "helped",
    "asked",
    "pause",
    "resume",
    "merge",
    "split",
    "forget",
    "export",
)
_MODULES = (
    "auth",
    "demo",
    "setup",
    "sources",
    "people",
    "network",
    "overrides",
    "answers",
    "reports",
    "service",
    "replay",
)


class _InOrder(TyperGroup):
    """Lists the commands in our order, not in that of their import."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - click's context, which typer hides
        """The names of the commands, as `--help` shows them."""
        return sorted(super().list_commands(ctx), key=COMMANDS.index)


cli = typer.Typer(
    name="beforehand",
    cls=_InOrder,
    help="Keep your network warm before you need it.",
    epilog="First `beforehand demo`, which needs no account; then `beforehand init`.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 88},
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"beforehand {__version__}")
        raise typer.Exit


@cli.callback()
def options(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The configuration; else $BEFOREHAND_CONFIG."),
    ] = None,
    debug: Annotated[
        bool, typer.Option("--debug", help="Say all that is done; show tracebacks.")
    ] = False,
    _show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Keep your network warm before you need it."""
    context.obj = Options(config=config, debug=debug)


def register() -> typer.Typer:
    """The application with all its commands, which register as their modules are imported."""
    for name in _MODULES:
        import_module(f"beforehand.cli.{name}")
    return cli


def main() -> NoReturn:
    """Run a command; every error becomes a line on stderr and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding lacks is shown as well as can be, not died of.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # never our own stream
    debug = "--debug" in sys.argv[1:]
    try:
        register()(prog_name="beforehand")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else FAILED if end.code else 0
        if code == INTERRUPTED:
            say("stopped; what was done is kept, and the next run goes on from there")
    except Exception as error:
        if debug:
            raise
        code = _explain(error)
    sys.exit(_flushed(code))


def _flushed(code: int) -> int:
    """Write out what is left; whoever read our output may have seen enough of it."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes once more at its end, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def _explain(error: Exception) -> int:
    """Say in a line what went wrong and what to do next; return the exit code."""
    from beforehand.terminal import brief

    code, *lines = _advice(error)
    if not lines:
        lines = [f"unexpected {brief(error)}. Run it again with --debug, and report it"]
    for line in lines:
        say(line)
    return code


def _advice(error: Exception) -> tuple[int, *tuple[str, ...]]:
    """The exit code, and the lines that were written for the owner, if there are any."""
    from connectors.errors import AuthRequired, ConfigError, ConnectorError

    match error:
        case ConfigError():
            return (CONFIGURATION, *error.problems)
        case AuthRequired():
            return (UNAUTHORISED, str(error))
        case ConnectorError():
            return (FAILED, str(error))
    return (FAILED, *_ours(error))


def _ours(error: Exception) -> Iterator[str]:
    from sqlalchemy.exc import DBAPIError

    from beforehand.daemon.service.base import ServiceError
    from beforehand.mailing.delivery import DeliveryError
    from beforehand.terminal import brief
    from sync.store.people import PeopleError
    from sync.store.session import StoreError

    if isinstance(error, (StoreError, PeopleError, DeliveryError, ServiceError)):
        yield str(error)
    elif isinstance(error, DBAPIError):
        yield f"the store failed ({brief(error)}): try again, or see `beforehand doctor`"
    elif isinstance(error, OSError) and error.filename is not None:
        yield f"{error.filename}: {error.strerror}"
