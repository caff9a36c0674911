"""The command that hands out all that is kept: export."""

from __future__ import annotations

from typing import Annotated

import typer

from beforehand.cli.root import cli
from beforehand.cli.session import open_app_from
from beforehand.terminal import inert_json


@cli.command()
def export(
    context: typer.Context,
    who: Annotated[
        str | None, typer.Argument(metavar="[PERSON]", help="Only this one; else everybody.")
    ] = None,
) -> None:
    """Print all that is kept, as JSON lines."""
    from beforehand.export import lines

    with open_app_from(context) as app:
        for line in lines(app, who):
            typer.echo(inert_json(line))
