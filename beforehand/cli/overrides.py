"""Commands by which the owner decides who is named in reports: keep, ignore, snooze."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from beforehand.cli.output import name_of, say, show
from beforehand.cli.parameters import Who, end_of_day
from beforehand.cli.root import cli
from beforehand.cli.session import open_app_from
from beforehand.errors import UsageError
from report.answers.verbs import SNOOZE_WEEKS


@cli.command()
def keep(
    context: typer.Context,
    who: Who,
    every: Annotated[
        int | None,
        typer.Option(
            metavar="DAYS", min=0, max=3650, help="How often to be in touch; 0: let it be learned."
        ),
    ] = None,
    tag: Annotated[
        list[str] | None, typer.Option(metavar="GROUP", help="Put them into a group.")
    ] = None,
    untag: Annotated[
        list[str] | None, typer.Option(metavar="GROUP", help="Take them out of a group.")
    ] = None,
) -> None:
    """Keep somebody among your people, whatever the filters say.

    They matter to you then. Also ends an ignore or a snooze. The configuration says, under
    [groups], how often you wish
    to be in touch with those in a group.
    """
    from beforehand.analysis.snapshot import wish
    from beforehand.config import check_tag
    from report.text import ties
    from sync.bulk import Override
    from sync.store import people as store

    try:
        tags = {check_tag(tag_name) for tag_name in tag or ()}
    except ValueError as error:
        raise UsageError(f"--tag: {error}") from error
    with open_app_from(context) as app:
        with app.store.write() as connection:
            person = store.find(connection, app.owner_id, who)
            store.set_override(connection, person, Override.KEEP)
            store.snooze(connection, person, None)
            store.set_wish(
                connection,
                person,
                every_days=person.every_days if every is None else every or None,
                tags=(set(person.tags) | tags) - set(untag or ()),
            )
            person = store.find(connection, app.owner_id, person.handles[0])
        days = wish(person, app.config).every_days
        groups = app.config.groups.every_days
    show(ties.kept(name_of(person), days, person.tags))
    for tag_name in sorted(tags - set(groups)):
        say(f"[groups] in {app.config.path} says nothing of {tag_name!r}: their rhythm is learned")


@cli.command()
def ignore(context: typer.Context, who: Who) -> None:
    """Never mention somebody again; `keep` takes it back."""
    from beforehand.mailing import answers
    from report.answers.verbs import Verb
    from sync.bulk import Override
    from sync.store import people as store

    with open_app_from(context) as app, app.store.write() as connection:
        person = store.find(connection, app.owner_id, who)
        store.set_override(connection, person, Override.IGNORE)
        answers.record_command_answer(connection, app, Verb.IGNORE, person)
    show(f"{name_of(person)} will not be mentioned.")


@cli.command()
def snooze(
    context: typer.Context,
    who: Who,
    weeks: Annotated[int, typer.Option(min=1, max=520, help="For how long.")] = SNOOZE_WEEKS,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="Until a day, instead of --weeks.")
    ] = None,
) -> None:
    """Leave somebody out of the reports for a while."""
    from beforehand.mailing import answers
    from report.answers.verbs import Verb
    from sync.store import people as store

    with open_app_from(context) as app, app.store.write() as connection:
        person = store.find(connection, app.owner_id, who)
        now = app.now()
        end = end_of_day(until, app.config, "--until") or now + timedelta(weeks=weeks)
        if end <= now:
            raise UsageError(f"--until {until!r} is past: name a day to come")
        store.snooze(connection, person, end)
        answers.record_command_answer(connection, app, Verb.SNOOZE, person)
    show(f"{name_of(person)} is left out until {end.astimezone(app.config.zone):%-d %B %Y}.")
