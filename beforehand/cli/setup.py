"""Commands to set up and to check: init, doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from beforehand.cli.app import app
from beforehand.cli.session import FAILED, Options, print_json, say


@app.command()
def init(  # noqa: PLR0917 - each is an option of its own
    context: typer.Context,
    name: Annotated[str | None, typer.Option(help="Your name.")] = None,
    address: Annotated[
        list[str] | None, typer.Option(metavar="ADDRESS", help="Your mail address; repeatable.")
    ] = None,
    timezone: Annotated[str | None, typer.Option(help="Your time zone.")] = None,
    mbox: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A mail archive to read.")
    ] = None,
    gmail: Annotated[
        Path | None,
        typer.Option(metavar="CLIENT.json", help="Your Google client, to read Gmail and Calendar."),
    ] = None,
) -> None:
    """Write a first configuration; asks for what is not given."""
    from beforehand import starter

    options: Options = context.obj
    path = options.path
    starter.refuse_to_overwrite(path)
    zone = timezone or starter.local_zone()
    answers = starter.Answers(
        name=name or typer.prompt("Your name"),
        addresses=tuple(address or _ask_addresses()),
        timezone=zone,
        mbox=mbox,
        google_client=gmail,
    )
    if mbox is None and gmail is None:
        answers = starter.with_mbox(answers, _ask_mbox())
    starter.write(path, answers)
    typer.echo(f"Your configuration is in {path}.")
    for step in starter.next_steps(answers):
        typer.echo(f"  {step}")


def _ask_addresses() -> list[str]:
    text = typer.prompt("Your mail addresses, all of them, separated by spaces")
    return [word for word in text.replace(",", " ").split() if word]


def _ask_mbox() -> str:
    return str(
        typer.prompt(
            "A mail archive to read (an mbox file, .gz too; empty for none)",
            default="",
            show_default=False,
        )
    )


@app.command()
def doctor(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Check everything that can go wrong, and say what to do about it."""
    from beforehand import doctor as checks
    from beforehand.logs import logger

    options: Options = context.obj
    findings = list(checks.examine(options.path, logger(debug=options.debug)))
    if as_json:
        print_json([{"check": f.check, "ok": f.ok, "says": f.says} for f in findings])
    else:
        for one in findings:
            typer.echo(f"{'ok  ' if one.ok else 'BAD '} {one.check}: {one.says}")
    if not all(one.ok for one in findings):
        bad = sum(not one.ok for one in findings)
        say(f"{bad} of {len(findings)} checks want your attention")
        raise typer.Exit(max(one.code for one in findings) or FAILED)
