"""Commands that stop and start the reports: pause, resume."""

from __future__ import annotations

import typer

from beforehand.cli.output import show
from beforehand.cli.root import cli
from beforehand.cli.session import open_app_from


@cli.command()
def pause(context: typer.Context) -> None:
    """Send no reports until `resume`; sources are read on."""
    from beforehand.mailing import answers
    from beforehand.mailing.pause import paused_line
    from report.answers.verbs import Verb
    from sync.store import owners

    with open_app_from(context) as app:
        if line := paused_line(app):
            show(line)
            return
        with app.store.write() as connection:
            owners.set_pause(connection, app.owner_id, app.now())
            answers.record_command_answer(connection, app, Verb.PAUSE)
    show("No report is sent from now on, until `beforehand resume`. Sources are read on.")


@cli.command()
def resume(context: typer.Context) -> None:
    """Send reports again after a pause."""
    from beforehand.mailing import answers, periods
    from report.answers.verbs import Verb
    from report.text.phrases import day
    from sync.store import owners

    with open_app_from(context) as app:
        if answers.paused_since(app) is None:
            show("Reports are not paused.")
            return
        with app.store.write() as connection:
            owners.set_pause(connection, app.owner_id, None)
            answers.record_command_answer(connection, app, Verb.RESUME)
        now = app.now().astimezone(app.config.zone)
        following = periods.next_due(app.config, app.now()).astimezone(app.config.zone)
    show(
        f"Reports come again; the next is due on {day(following.date(), now.date())}. "
        "`beforehand report --send` sends one now."
    )
