"""Commands on which addresses are one person, and on forgetting one: merge, split, forget."""

from __future__ import annotations

from typing import Annotated

import typer

from beforehand.cli.output import name_of, say, show
from beforehand.cli.parameters import Who
from beforehand.cli.root import cli
from beforehand.cli.session import open_app_from
from beforehand.errors import ExitCode


@cli.command()
def merge(
    context: typer.Context,
    who: Who,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="Who is the same person.")],
) -> None:
    """Make two of them one person; `split` takes it back."""
    from sync.store import people as store

    with open_app_from(context) as app, app.store.write() as connection:
        kept = store.find(connection, app.owner_id, who)
        second = store.find(connection, app.owner_id, other)
        store.merge_people(connection, app.owner_id, kept, second, app.now())
    handles = ", ".join((*kept.handles, *second.handles))
    show(f"{name_of(kept)} is now one person: {handles}.")


@cli.command()
def split(
    context: typer.Context,
    who: Who,
    address: Annotated[
        str | None, typer.Argument(help="The address that is somebody else's; else the last merge.")
    ] = None,
) -> None:
    """Take back a merge, or make an address somebody else.

    Without ADDRESS, takes back the last merge into PERSON; with it, gives that address a person
    of its own.
    """
    from sync.store import people as store

    with open_app_from(context) as app, app.store.write() as connection:
        person = store.find(connection, app.owner_id, who)
        gone = store.split(connection, app.owner_id, person, address, app.now())
    show(f"{', '.join(gone)} is now somebody else than {name_of(person)}.")


@cli.command()
def forget(
    context: typer.Context,
    who: Who,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete all that is known of somebody, for good.

    A sync will not bring them back: a salted hash of each address keeps them away.
    """
    from beforehand.mailing.transports import report_folder
    from sync.store import people as store

    with open_app_from(context) as app:
        with app.store.read() as connection:
            person = store.find(connection, app.owner_id, who)
        asked = f"Forget {name_of(person)} <{', '.join(person.handles)}> for good?"
        if not yes and not typer.confirm(asked):
            say("nothing is forgotten")
            raise typer.Exit(ExitCode.FAILED)
        with app.store.write() as connection:
            store.forget(connection, app.owner_id, person)
        app.store.scrub()
        folder = report_folder(app)
    show("Forgotten.")
    if any(folder.glob("*.html")):
        say(f"reports written before may still name them: {folder}")
