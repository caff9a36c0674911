"""Commands to set up and to check: init, doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from beforehand.cli.main import cli
from beforehand.cli.session import FAILED, Options, folded, print_json, say, show


@cli.command()
def init(
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
    asking = name is None or not address  # who has said both is a script, or knows their way
    answers = starter.Answers(
        name=name or typer.prompt("Your name"),
        addresses=tuple(address or _ask_addresses()),
        timezone=timezone or starter.local_zone(),
        mbox=mbox,
        google_client=gmail,
    )
    if asking and mbox is None and gmail is None:
        answers = starter.with_mbox(answers, _ask_mbox())
    starter.write(path, answers)
    show(f"Your configuration is in {path}. What comes next:")
    for step in starter.next_steps(answers, options.config):
        show(f"  {step}")


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


@cli.command()
def doctor(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
    alive: Annotated[
        bool, typer.Option("--alive", help="Only whether the daemon gives signs of life.")
    ] = False,
) -> None:
    """Check all that can go wrong, and say what to do about it."""
    from beforehand import doctor as checks
    from beforehand.logs import logger

    options: Options = context.obj
    if alive:
        _alive(options)
        return
    findings = list(checks.examine(options.path, logger(debug=options.debug)))
    if as_json:
        print_json([{"check": f.check, "ok": f.ok, "says": f.says} for f in findings])
    else:
        for one in findings:
            line = f"{'ok  ' if one.ok else 'BAD '} {one.check}: {' '.join(one.says.split())}"
            show(folded(line, indent=6))
    if not all(one.ok for one in findings):
        bad = sum(not one.ok for one in findings)
        checks_want = "check wants" if bad == 1 else "checks want"
        say(f"{bad} {checks_want} your attention")
        raise typer.Exit(max(one.code for one in findings) or FAILED)


def _alive(options: Options) -> None:
    """For whoever watches a container: quick, and without a look at the store."""
    from beforehand.app import utc_now
    from beforehand.daemon import liveness

    config = options.load()
    sign = liveness.last_sign(liveness.path_of(config))
    show(liveness.said_of(sign, config.zone))
    if sign is None or utc_now() - sign > liveness.SILENT:
        raise typer.Exit(FAILED)
