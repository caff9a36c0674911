"""Commands by which the owner says a word about somebody: met, keep, ignore, merge, forget."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from beforehand.cli.main import cli
from beforehand.cli.people import Who, called
from beforehand.cli.session import FAILED, end_of_day, opened, say, show, when_it_was
from beforehand.terminal import inert_json
from report.answers.verbs import SNOOZE_WEEKS

On = Annotated[str | None, typer.Option("--on", metavar="DATE", help="On which day; else today.")]
Undo = Annotated[bool, typer.Option("--undo", help="Take it back.")]


@cli.command()
def met(context: typer.Context, who: Who, on: On = None, undo: Undo = False) -> None:
    """Say that you met somebody, and no calendar knows it."""
    _in_touch(context, who, "meeting", on, undo=undo)


@cli.command()
def note(context: typer.Context, who: Who, on: On = None, undo: Undo = False) -> None:
    """Say that you two talked where no source sees it."""
    _in_touch(context, who, "note", on, undo=undo)


def _in_touch(
    context: typer.Context, text: str, channel: str, on: str | None, *, undo: bool
) -> None:
    """Keep (or take back) contact that no source sees; of any address, or of somebody known."""
    from beforehand.mailing import answers
    from connectors.addresses import canonical
    from connectors.api import Channel
    from connectors.errors import ConfigError
    from report.answers.verbs import Verb
    from report.text.phrases import day
    from sync.store import notes
    from sync.store import people as store

    with opened(context) as app, app.store.write() as connection:
        at, now = when_it_was(on, app)
        at = min(at, now - timedelta(seconds=1))  # it has been, whoever asks this very second
        try:
            person = store.find(connection, app.owner_id, text)
        except store.PeopleError:
            # Somebody whom no source has seen may be named by their address.
            if not (address := canonical(text)) or "@" not in address:
                raise
            name = address
        else:
            address, name = person.handles[0], called(person)
            if channel == Channel.MEETING:  # an answer, if they stand in a report
                trace = answers.taken_back_by_command if undo else answers.said_by_command
                trace(connection, app, Verb.MET, person)
        word = notes.take_back if undo else notes.note
        done = word(connection, app.owner_id, address, Channel(channel), at)
    when = f"{name} on {day(at.date(), now.date())}"
    if undo and not done:
        raise ConfigError(f"no such word about {when} was kept")
    if not done:
        raise store.PeopleError(f"{name} was forgotten for good, so nothing is kept of them")
    show(f"{'Taken back' if undo else 'Noted'}: {when}.")


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
    from beforehand.analysis.network import wish
    from beforehand.config import check_tag
    from connectors.errors import ConfigError
    from report.text import ties
    from sync.bulk import Override
    from sync.store import people as store

    try:
        tags = {check_tag(one) for one in tag or ()}
    except ValueError as error:
        raise ConfigError(f"--tag: {error}") from error
    with opened(context) as app:
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
    show(ties.kept(called(person), days, person.tags))
    for one in sorted(tags - set(groups)):
        say(f"[groups] in {app.config.path} says nothing of {one!r}: their rhythm is learned")


@cli.command()
def ignore(context: typer.Context, who: Who) -> None:
    """Never mention somebody again; `keep` takes it back."""
    from beforehand.mailing import answers
    from report.answers.verbs import Verb
    from sync.bulk import Override
    from sync.store import people as store

    with opened(context) as app, app.store.write() as connection:
        person = store.find(connection, app.owner_id, who)
        store.set_override(connection, person, Override.IGNORE)
        answers.said_by_command(connection, app, Verb.IGNORE, person)
    show(f"{called(person)} will not be mentioned.")


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
    from connectors.errors import ConfigError
    from report.answers.verbs import Verb
    from sync.store import people as store

    with opened(context) as app, app.store.write() as connection:
        person = store.find(connection, app.owner_id, who)
        now = app.now()
        end = end_of_day(until, app.config, "--until") or now + timedelta(weeks=weeks)
        if end <= now:
            raise ConfigError(f"--until {until!r} is past: name a day to come")
        store.snooze(connection, person, end)
        answers.said_by_command(connection, app, Verb.SNOOZE, person)
    show(f"{called(person)} is left out until {end.astimezone(app.config.zone):%-d %B %Y}.")


@cli.command()
def merge(
    context: typer.Context,
    who: Who,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="Who is the same person.")],
) -> None:
    """Make two of them one person; `split` takes it back."""
    from sync.store import people as store

    with opened(context) as app, app.store.write() as connection:
        kept = store.find(connection, app.owner_id, who)
        second = store.find(connection, app.owner_id, other)
        store.merge_people(connection, app.owner_id, kept, second, app.now())
    handles = ", ".join((*kept.handles, *second.handles))
    show(f"{called(kept)} is now one person: {handles}.")


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

    with opened(context) as app, app.store.write() as connection:
        person = store.find(connection, app.owner_id, who)
        gone = store.split(connection, app.owner_id, person, address, app.now())
    show(f"{', '.join(gone)} is now somebody else than {called(person)}.")


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

    with opened(context) as app:
        with app.store.read() as connection:
            person = store.find(connection, app.owner_id, who)
        asked = f"Forget {called(person)} <{', '.join(person.handles)}> for good?"
        if not yes and not typer.confirm(asked):
            say("nothing is forgotten")
            raise typer.Exit(FAILED)
        with app.store.write() as connection:
            store.forget(connection, app.owner_id, person)
        app.store.scrub()
        folder = report_folder(app)
    show("Forgotten.")
    if any(folder.glob("*.html")):
        say(f"reports written before may still name them: {folder}")


@cli.command()
def export(
    context: typer.Context,
    who: Annotated[
        str | None, typer.Argument(metavar="[PERSON]", help="Only this one; else everybody.")
    ] = None,
) -> None:
    """Print all that is kept, as JSON lines."""
    from beforehand.export import lines

    with opened(context) as app:
        for line in lines(app, who):
            typer.echo(inert_json(line))
