"""The demo command: see it all work, without an account."""

from __future__ import annotations

import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from beforehand.cli.output import progress, say, show
from beforehand.cli.parameters import parse_date
from beforehand.cli.root import cli
from beforehand.cli.session import Options
from beforehand.errors import ExitCode, UsageError


@cli.command()
def demo(
    context: typer.Context,
    folder: Annotated[Path, typer.Option(metavar="DIR", help="Where it may write.")] = Path(
        "beforehand-demo"
    ),
    end: Annotated[
        str | None, typer.Option(metavar="DATE", help="The story's last day; else today.")
    ] = None,
    locale: Annotated[
        str, typer.Option(metavar="LOCALE", help="The report's language: en_GB, en_US, de, ...")
    ] = "en_GB",
    in_browser: Annotated[
        bool,
        typer.Option(
            "--open/--no-open", help="Show the report in the browser at the end, if there is one."
        ),
    ] = True,
) -> None:
    """See it all work on made-up mail, without an account.

    A freelancer's three years of mail and calendar come from a stand-in for Google on this
    machine. What it writes stays in the folder, to look around in with every other command.
    """
    from beforehand import demo as story
    from beforehand.logs import logger
    from beforehand.mailing import preview
    from report.text.language import supported_locale

    options: Options = context.obj
    day = datetime.now(UTC).date() if end is None else parse_date(end, "--end")
    if (folder / "beforehand.db").exists():
        raise UsageError(f"{folder} holds an earlier demo: remove it, or choose another --folder")
    try:
        language = supported_locale(locale)
    except ValueError as error:
        raise UsageError(f"--locale: {error}") from error
    say("reading a made-up freelancer's mail and calendar from a stand-in for Google")
    outcome = story.run(folder.absolute(), day, logger(debug=options.debug), progress, language)
    for result in outcome.read:
        left = f", {result.counts.left:,} left unread as bulk" if result.counts.left else ""
        passed = f"{result.counts.skipped:,} passed over"
        say(f"{result.id}: {result.counts.new:,} contacts, {passed}{left}")
        if result.trouble:
            say(f"{result.id}: {result.trouble}")
    show(outcome.text.rstrip("\n"))
    call = f"{_as_called()} --config {shlex.quote(_short(outcome.folder / 'config.toml'))}"
    as_of = f"--as-of {outcome.at:%Y-%m-%d}"
    say(f"the report as the owner gets it: {_short(outcome.report)}")
    say(f"look around: {call} people {as_of}")
    if outcome.named:
        say(f"or ask: {call} why {shlex.quote(outcome.named)} {as_of}")
    # Nobody is there to look where the output goes into a file or a pipe.
    if in_browser and sys.stdout.isatty():
        preview.open_page(outcome.report)
    if any(result.trouble for result in outcome.read):
        raise typer.Exit(ExitCode.FAILED)


def _as_called() -> str:
    """How this program was started: by its script, or as a module."""
    if Path(sys.argv[0]).name == "beforehand":
        return "beforehand"
    return f"{shlex.quote(_short(Path(sys.executable)))} -m beforehand"


def _short(path: Path) -> str:
    """A path as one would type it here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
