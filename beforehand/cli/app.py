"""The application: global options, and how errors become one clear line and an exit code.

0 fine; 1 something failed; 2 wrong usage or configuration; 3 a source needs authorisation.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from beforehand import __version__
from beforehand.cli.session import CONFIGURATION, FAILED, INTERRUPTED, Options, say

app = typer.Typer(
    name="beforehand",
    help="Keep your network warm before you need it.",
    epilog="Start with `beforehand demo`, which needs no account, then `beforehand init`.",
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


@app.callback()
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


def main() -> NoReturn:
    """Run a command; every error becomes a line on stderr and an exit code."""
    from beforehand.cli import demo, people, reports, setup, sources  # noqa: F401 - they register

    debug = "--debug" in sys.argv[1:]
    try:
        app()
    except KeyboardInterrupt:
        say("stopped; what was done is kept, and the next run goes on from there")
        code = INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough; keep the interpreter from complaining too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:
        if debug:
            raise
        code = _explain(error)
    sys.exit(code)


def _explain(error: Exception) -> int:
    """Say in one line what went wrong and what to do next; return the exit code."""
    from connectors.errors import AuthRequired, ConfigError, ConnectorError

    if isinstance(error, ConfigError):
        for problem in error.problems:
            say(problem)
        return CONFIGURATION
    if isinstance(error, AuthRequired):
        from beforehand.cli.session import UNAUTHORISED

        say(str(error))
        return UNAUTHORISED
    if isinstance(error, ConnectorError) or _is_ours(error):
        say(str(error))
        return FAILED
    say(f"unexpected {type(error).__name__}: {error}. Run it again with --debug, and report it")
    return FAILED


def _is_ours(error: Exception) -> bool:
    """Whether the error's text was written for the owner."""
    from beforehand.delivery import DeliveryError
    from sync.people import PeopleError
    from sync.store.session import StoreError

    return isinstance(error, (StoreError, PeopleError, DeliveryError))
