"""Commands that answer a report as a whole: pause, resume; and favours: helped, asked."""

from __future__ import annotations

import typer

from beforehand.cli.main import app
from beforehand.cli.overrides import On, Undo
from beforehand.cli.session import opened, show, when_it_was


@app.command()
def helped(context: typer.Context, on: On = None, undo: Undo = False) -> None:
    """Note that you helped somebody; of whom is not kept.

    `network` shows how you gave and asked in a year.
    """
    _favour(context, "helped", on, undo=undo)


@app.command()
def asked(context: typer.Context, on: On = None, undo: Undo = False) -> None:
    """Note that you asked somebody for help; of whom is not kept."""
    _favour(context, "asked", on, undo=undo)


def _favour(context: typer.Context, kind: str, on: str | None, *, undo: bool) -> None:
    from datetime import datetime, time, timedelta

    from connectors.errors import ConfigError
    from report.text.phrases import day
    from sync.store import favours
    from sync.store.favours import Favour

    with opened(context) as house:
        at, now = when_it_was(on, house)
        which = Favour(kind)
        with house.store.write() as connection:
            if undo:
                start = datetime.combine(at.date(), time(), at.tzinfo)
                end = datetime.combine(at.date() + timedelta(days=1), time(), at.tzinfo)
                done = favours.take_back(connection, house.owner_id, which, start, end)
            else:
                favours.add(connection, house.owner_id, which, min(at, now))
                done = True
    when = day(at.date(), now.date())
    if not done:
        raise ConfigError(f"no such word about {when} was kept")
    what = "you helped somebody" if which is Favour.HELPED else "you asked somebody for help"
    show(f"{'Taken back' if undo else 'Noted'}: {what} on {when}.")


@app.command()
def pause(context: typer.Context) -> None:
    """Send no reports until `resume`; sources are read on."""
    from beforehand.mailing import answers
    from beforehand.mailing.pause import paused_line
    from report.answers.token import Verb

    with opened(context) as house:
        if said := paused_line(house):
            show(said)
            return
        with house.store.write() as connection:
            answers.set_pause(connection, house.owner_id, house.now())
            answers.said_by_command(connection, house, Verb.PAUSE)
    show("No report is sent from now on, until `beforehand resume`. Sources are read on.")


@app.command()
def resume(context: typer.Context) -> None:
    """Send reports again after a pause."""
    from beforehand.mailing import answers, periods
    from report.answers.token import Verb
    from report.text.phrases import day

    with opened(context) as house:
        if answers.paused(house) is None:
            show("Reports are not paused.")
            return
        with house.store.write() as connection:
            answers.set_pause(connection, house.owner_id, None)
            answers.said_by_command(connection, house, Verb.RESUME)
        now = house.now().astimezone(house.config.zone)
        following = periods.next_due(house.config, house.now()).astimezone(house.config.zone)
    show(
        f"Reports come again; the next is due on {day(following.date(), now.date())}. "
        "`beforehand report --send` sends one now."
    )
