"""Commands by which the owner says a word about somebody: met, keep, ignore, merge, forget."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from beforehand.cli.main import app
from beforehand.cli.people import Who, called
from beforehand.cli.session import FAILED, end_of_day, opened, say, show, when_it_was
from beforehand.terminal import inert_json

_SNOOZE_WEEKS = 4


On = Annotated[str | None, typer.Option("--on", metavar="DATE", help="On which day; else today.")]
Undo = Annotated[bool, typer.Option("--undo", help="Take it back.")]


@app.command()
def met(context: typer.Context, person: Who, on: On = None, undo: Undo = False) -> None:
    """Say that you met somebody, and no calendar knows it."""
    _in_touch(context, person, "meeting", on, undo=undo)


@app.command()
def note(context: typer.Context, person: Who, on: On = None, undo: Undo = False) -> None:
    """Say that you two talked where no source sees it."""
    _in_touch(context, person, "note", on, undo=undo)


def _in_touch(
    context: typer.Context, text: str, channel: str, on: str | None, *, undo: bool
) -> None:
    """Keep (or take back) contact that no source sees; of any address, or of somebody known."""
    from beforehand.mailing import answers
    from connectors.addresses import canonical
    from connectors.api import Channel
    from connectors.errors import ConfigError
    from report.answers.token import Verb
    from report.text.phrases import day
    from sync.store import notes
    from sync.store import people as store

    with opened(context) as house, house.store.write() as connection:
        at, now = when_it_was(on, house)
        at = min(at, now - timedelta(seconds=1))  # it has been, whoever asks this very second
        try:
            card = store.find(connection, house.owner_id, text)
        except store.PeopleError:
            # Somebody whom no source has seen may be named by their address.
            if not (address := canonical(text)) or "@" not in address:
                raise
            name = address
        else:
            address, name = card.handles[0], called(card)
            if channel == Channel.MEETING:  # an answer, if they stand in a report
                trace = answers.taken_back_by_command if undo else answers.said_by_command
                trace(connection, house, Verb.MET, card)
        word = notes.take_back if undo else notes.note
        done = word(connection, house.owner_id, address, Channel(channel), at)
    when = f"{name} on {day(at.date(), now.date())}"
    if undo and not done:
        raise ConfigError(f"no such word about {when} was kept")
    if not done:
        raise store.PeopleError(f"{name} was forgotten for good, so nothing is kept of them")
    show(f"{'Taken back' if undo else 'Noted'}: {when}.")


@app.command()
def keep(
    context: typer.Context,
    person: Who,
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
    from report.text import weekly
    from sync.bulk import Word
    from sync.store import people as store

    try:
        tags = {check_tag(one) for one in tag or ()}
    except ValueError as error:
        raise ConfigError(f"--tag: {error}") from error
    with opened(context) as house:
        with house.store.write() as connection:
            card = store.find(connection, house.owner_id, person)
            store.set_word(connection, card, Word.KEEP)
            store.snooze(connection, card, None)
            store.set_wish(
                connection,
                card,
                every_days=card.every_days if every is None else every or None,
                tags=(set(card.tags) | tags) - set(untag or ()),
            )
            card = store.find(connection, house.owner_id, card.handles[0])
        days = wish(card, house.config).every_days
        groups = house.config.groups.every_days
    show(weekly.kept(called(card), days, card.tags))
    for one in sorted(tags - set(groups)):
        say(f"[groups] in {house.config.path} says nothing of {one!r}: their rhythm is learned")


@app.command()
def ignore(context: typer.Context, person: Who) -> None:
    """Never mention somebody again; `keep` takes it back."""
    from beforehand.mailing import answers
    from report.answers.token import Verb
    from sync.bulk import Word
    from sync.store import people as store

    with opened(context) as house, house.store.write() as connection:
        card = store.find(connection, house.owner_id, person)
        store.set_word(connection, card, Word.IGNORE)
        answers.said_by_command(connection, house, Verb.IGNORE, card)
    show(f"{called(card)} will not be mentioned.")


@app.command()
def snooze(
    context: typer.Context,
    person: Who,
    weeks: Annotated[int, typer.Option(min=1, max=520, help="For how long.")] = _SNOOZE_WEEKS,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="Until a day, instead of --weeks.")
    ] = None,
) -> None:
    """Leave somebody out of the reports for a while."""
    from beforehand.mailing import answers
    from connectors.errors import ConfigError
    from report.answers.token import Verb
    from sync.store import people as store

    with opened(context) as house, house.store.write() as connection:
        card = store.find(connection, house.owner_id, person)
        now = house.now()
        end = end_of_day(until, house.config, "--until") or now + timedelta(weeks=weeks)
        if end <= now:
            raise ConfigError(f"--until {until!r} is past: name a day to come")
        store.snooze(connection, card, end)
        answers.said_by_command(connection, house, Verb.SNOOZE, card)
    show(f"{called(card)} is left out until {end.astimezone(house.config.zone):%-d %B %Y}.")


@app.command()
def merge(
    context: typer.Context,
    person: Who,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="Who is the same person.")],
) -> None:
    """Make two of them one person; `split` takes it back."""
    from sync.store import people as store

    with opened(context) as house, house.store.write() as connection:
        kept = store.find(connection, house.owner_id, person)
        second = store.find(connection, house.owner_id, other)
        store.merge_people(connection, house.owner_id, kept, second, house.now())
    handles = ", ".join((*kept.handles, *second.handles))
    show(f"{called(kept)} is now one person: {handles}.")


@app.command()
def split(
    context: typer.Context,
    person: Who,
    address: Annotated[
        str | None, typer.Argument(help="The address that is somebody else's; else the last merge.")
    ] = None,
) -> None:
    """Take back a merge, or make an address somebody else.

    Without ADDRESS, takes back the last merge into PERSON; with it, gives that address a person
    of its own.
    """
    from sync.store import people as store

    with opened(context) as house, house.store.write() as connection:
        card = store.find(connection, house.owner_id, person)
        gone = store.split(connection, house.owner_id, card, address, house.now())
    show(f"{', '.join(gone)} is now somebody else than {called(card)}.")


@app.command()
def forget(
    context: typer.Context,
    person: Who,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete all that is known of somebody, for good.

    A sync will not bring them back: a salted hash of each address keeps them away.
    """
    from beforehand.mailing.transports import report_folder
    from sync.store import people as store

    with opened(context) as house:
        with house.store.read() as connection:
            card = store.find(connection, house.owner_id, person)
        asked = f"Forget {called(card)} <{', '.join(card.handles)}> for good?"
        if not yes and not typer.confirm(asked):
            say("nothing is forgotten")
            raise typer.Exit(FAILED)
        with house.store.write() as connection:
            store.forget(connection, house.owner_id, card)
        house.store.scrub()
        folder = report_folder(house)
    show("Forgotten.")
    if any(folder.glob("*.html")):
        say(f"reports written before may still name them: {folder}")


@app.command()
def export(
    context: typer.Context,
    person: Annotated[
        str | None, typer.Argument(metavar="[PERSON]", help="Only this one; else everybody.")
    ] = None,
) -> None:
    """Print all that is kept, as JSON lines."""
    from beforehand.export import lines

    with opened(context) as house:
        for line in lines(house, person):
            typer.echo(inert_json(line))
