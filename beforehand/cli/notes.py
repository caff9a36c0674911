"""Commands that tell of contact which no source has seen: met, note."""

from __future__ import annotations

from datetime import timedelta

import typer

from beforehand.cli.output import name_of, show
from beforehand.cli.parameters import On, Undo, Who, past_moment
from beforehand.cli.root import cli
from beforehand.cli.session import open_app_from
from beforehand.errors import UsageError


@cli.command()
def met(context: typer.Context, who: Who, on: On = None, undo: Undo = False) -> None:
    """Say that you met somebody, and no calendar knows it."""
    _note_contact(context, who, "meeting", on, undo=undo)


@cli.command()
def note(context: typer.Context, who: Who, on: On = None, undo: Undo = False) -> None:
    """Say that you two talked where no source sees it."""
    _note_contact(context, who, "note", on, undo=undo)


def _note_contact(
    context: typer.Context, text: str, channel: str, on: str | None, *, undo: bool
) -> None:
    """Store (or remove) contact that no source sees; with any address, or with a known person."""
    from beforehand.mailing import answers
    from connectors.addresses import canonical
    from connectors.api import Channel
    from report.answers.verbs import Verb
    from report.text.phrases import day
    from sync.store import notes
    from sync.store import people as store

    with open_app_from(context) as app, app.store.write() as connection:
        at, now = past_moment(on, app)
        at = min(at, now - timedelta(seconds=1))  # in the past, even for a query within this second
        try:
            person = store.find(connection, app.owner_id, text)
        except store.PeopleError:
            # Somebody whom no source has seen may be named by their address.
            if not (address := canonical(text)) or "@" not in address:
                raise
            name = address
        else:
            address, name = person.handles[0], name_of(person)
            if channel == Channel.MEETING:  # an answer, if they stand in a report
                trace = answers.undo_command_answer if undo else answers.record_command_answer
                trace(connection, app, Verb.MET, person)
        word = notes.take_back if undo else notes.note
        done = word(connection, app.owner_id, address, Channel(channel), at)
    when = f"{name} on {day(at.date(), now.date())}"
    if undo and not done:
        raise UsageError(f"no such word about {when} was kept")
    if not done:
        raise store.PeopleError(f"{name} was forgotten for good, so nothing is kept of them")
    show(f"{'Taken back' if undo else 'Noted'}: {when}.")
