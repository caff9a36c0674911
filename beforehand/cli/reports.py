"""Commands about the weekly report: report, daemon."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from beforehand.cli.output import print_json, say, show
from beforehand.cli.parameters import end_of_day
from beforehand.cli.root import cli
from beforehand.cli.session import Options, open_app_from
from beforehand.errors import ExitCode, UsageError


@cli.command()
def report(
    context: typer.Context,
    day: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="Write it as if it were that day."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a .html, .txt or .eml file, instead of printing."),
    ] = None,
    send: Annotated[
        bool, typer.Option("--send", help="Send this week's report now, if it has not gone out.")
    ] = False,
    in_browser: Annotated[
        bool, typer.Option("--open", help="Show it in the browser, as the mail will look.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Show the weekly report, write it to a file, or send it."""
    from beforehand import work
    from beforehand.mailing import preview, transports, weekly
    from beforehand.mailing.delivery import ToFile, deliver

    if send and (day is not None or out is not None or in_browser):
        raise UsageError("--send sends the present report: leave out --as-of, --out and --open")
    with open_app_from(context) as app:
        if send:
            outcome = work.report_owner(app)
            if as_json:
                print_json({"sent": outcome.sent, "where": outcome.where})
            else:
                show(outcome.where)
            raise typer.Exit(ExitCode.FAILED if outcome.pending else ExitCode.FINE)
        written = weekly.compose(app, end_of_day(day, app.config))
        page = transports.report_folder(app) / "preview.html"
    if in_browser:
        target = ToFile((out or page).expanduser())
        show(deliver(written.message, target))
        if not preview.open_page(target.path):
            say("there is no browser to open it in: open that file yourself")
    elif out is not None:
        show(deliver(written.message, ToFile(out.expanduser())))
    elif as_json:
        print_json(written.facts())
    else:
        from report import render

        show(render.text(written.view).rstrip("\n"))


@cli.command()
def daemon(context: typer.Context) -> None:
    """Keep in step, and send the report each week, until stopped.

    What is due stands in the store: a report missed while the machine slept is sent once when it
    wakes. SIGTERM or Ctrl-C ends it within two seconds; nothing is lost. SIGHUP makes it read the
    configuration again. `beforehand service install` starts it whenever you log in.
    """
    from beforehand.app import open_app
    from beforehand.daemon import main
    from beforehand.logs import logger

    options: Options = context.obj
    log = logger(debug=options.debug, quiet=False)
    with open_app(options.load(), log) as app:
        main.run(app)
