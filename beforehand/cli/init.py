"""The command that writes a first configuration: init."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from beforehand.cli.output import show
from beforehand.cli.root import cli
from beforehand.cli.session import Options


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
    answers = starter.SetupAnswers(
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
