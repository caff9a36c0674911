"""The command line as a whole: global options, the list of commands, and how a command ends."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from beforehand import __version__
from beforehand.cli.output import say
from beforehand.cli.session import Options
from beforehand.errors import ExitCode, advice, exit_code

# The modules of the commands. `--help` lists the commands in this order, which is that in which a
# newcomer meets them; within a module, in the order of their definition.
MODULES = (
    "demo",
    "init",
    "auth",
    "sync",
    "people",
    "network",
    "reports",
    "service",
    "doctor",
    "replay",
    "connectors",
    "notes",
    "overrides",
    "favours",
    "pause",
    "identity",
    "export",
)


cli = typer.Typer(
    name="beforehand",
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
    """Return the application with all commands: each registers as its module is imported."""
    for name in MODULES:
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
        code = end.code if isinstance(end.code, int) else ExitCode.FAILED if end.code else 0
        if code == ExitCode.INTERRUPTED:
            say("stopped; what was done is kept, and the next run goes on from there")
    except Exception as error:
        if debug:
            raise
        for line in advice(error):
            say(line)
        code = exit_code(error)
    sys.exit(_flushed(code))


def _flushed(code: int) -> int:
    """Flush stdout. A reader that has closed the pipe is no error."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes once more at its end, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code
