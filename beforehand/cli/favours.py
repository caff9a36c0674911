"""Commands that count favours, without names: helped, asked."""

from __future__ import annotations

import typer

from beforehand.cli.output import show
from beforehand.cli.parameters import On, Undo, past_moment
from beforehand.cli.root import cli
from beforehand.cli.session import open_app_from
from beforehand.errors import UsageError


@cli.command()
def helped(context: typer.Context, on: On = None, undo: Undo = False) -> None:
    """Note that you helped somebody; of whom is not kept.

    `network` shows how you gave and asked in a year.
    """
    _favour(context, "helped", on, undo=undo)


@cli.command()
def asked(context: typer.Context, on: On = None, undo: Undo = False) -> None:
    """Note that you asked somebody for help; of whom is not kept."""
    _favour(context, "asked", on, undo=undo)


def _favour(context: typer.Context, kind: str, on: str | None, *, undo: bool) -> None:
    from datetime import datetime, time, timedelta

    from report.text.phrases import day
    from sync.store import favours
    from sync.store.favours import Favour

    with open_app_from(context) as app:
        at, now = past_moment(on, app)
        which = Favour(kind)
        with app.store.write() as connection:
            if undo:
                start = datetime.combine(at.date(), time(), at.tzinfo)
                end = datetime.combine(at.date() + timedelta(days=1), time(), at.tzinfo)
                done = favours.take_back(connection, app.owner_id, which, start, end)
            else:
                favours.add(connection, app.owner_id, which, min(at, now))
                done = True
    when = day(at.date(), now.date())
    if not done:
        raise UsageError(f"no such word about {when} was kept")
    what = "you helped somebody" if which is Favour.HELPED else "you asked somebody for help"
    show(f"{'Taken back' if undo else 'Noted'}: {what} on {when}.")
