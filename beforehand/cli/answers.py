"""Commands that answer a report as a whole: pause, resume; and favours: helped, asked."""

from __future__ import annotations

import typer

from beforehand.cli.main import cli
from beforehand.cli.overrides import On, Undo
from beforehand.cli.session import opened, show, when_it_was


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

    from connectors.errors import ConfigError
    from report.text.phrases import day
    from sync.store import favours
    from sync.store.favours import Favour

    with opened(context) as app:
        at, now = when_it_was(on, app)
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
        raise ConfigError(f"no such word about {when} was kept")
    what = "you helped somebody" if which is Favour.HELPED else "you asked somebody for help"
    show(f"{'Taken back' if undo else 'Noted'}: {what} on {when}.")


@cli.command()
def pause(context: typer.Context) -> None:
    """Send no reports until `resume`; sources are read on."""
    from beforehand.mailing import answers
    from beforehand.mailing.pause import paused_line
    from report.answers.verbs import Verb

    with opened(context) as app:
        if said := paused_line(app):
            show(said)
            return
        with app.store.write() as connection:
            answers.set_pause(connection, app.owner_id, app.now())
            answers.said_by_command(connection, app, Verb.PAUSE)
    show("No report is sent from now on, until `beforehand resume`. Sources are read on.")


@cli.command()
def resume(context: typer.Context) -> None:
    """Send reports again after a pause."""
    from beforehand.mailing import answers, periods
    from report.answers.verbs import Verb
    from report.text.phrases import day

    with opened(context) as app:
        if answers.paused(app) is None:
            show("Reports are not paused.")
            return
        with app.store.write() as connection:
            answers.set_pause(connection, app.owner_id, None)
            answers.said_by_command(connection, app, Verb.RESUME)
        now = app.now().astimezone(app.config.zone)
        following = periods.next_due(app.config, app.now()).astimezone(app.config.zone)
    show(
        f"Reports come again; the next is due on {day(following.date(), now.date())}. "
        "`beforehand report --send` sends one now."
    )
