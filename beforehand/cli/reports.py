"""Commands about the weekly report: report, daemon."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from beforehand.cli.app import app
from beforehand.cli.session import Options, as_of, opened, print_json


@app.command()
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
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Write the weekly report: to the terminal, into a file, or out by mail."""
    from beforehand import weekly, work
    from beforehand.delivery import ToFile, deliver
    from connectors.errors import ConfigError

    if send and (day is not None or out is not None):
        raise ConfigError("--send sends the present report: leave out --as-of and --out")
    with opened(context) as house:
        if send:
            typer.echo(work.report_owner(house).where)
            return
        written = weekly.compose(house, as_of(day, house.config))
    if out is not None:
        typer.echo(deliver(written.message, ToFile(out.expanduser())))
    elif as_json:
        shown = written.view
        print_json(
            {
                "period": shown.period.label,
                "subject": shown.subject,
                "verdict": shown.verdict,
                "notices": shown.notices,
                "people": [
                    {"name": one.name, "address": one.address, "sentence": one.sentence}
                    for one in shown.people
                ],
                "owed": [{"name": one.name, "since": one.since} for one in shown.owed],
                "held": [
                    {"person": one.judgement.key, "reason": one.reason}
                    for one in written.selection.held
                ],
            }
        )
    else:
        from report import render

        typer.echo(render.text(written.view), nl=False)


@app.command()
def daemon(context: typer.Context) -> None:
    """Run in the background: keep in step with your sources, and send the weekly report."""
    from beforehand import daemon as loop
    from beforehand.house import open_house
    from beforehand.logs import logger

    options: Options = context.obj
    log = logger(debug=options.debug, quiet=False)
    with open_house(options.load(), log) as house:
        loop.run(house)
