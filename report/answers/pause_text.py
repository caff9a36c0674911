"""The words about a pause of the reports, and about favours."""

from __future__ import annotations

from datetime import date

from report.answers.token import Verb, said
from report.text.language import gettext as _
from report.text.phrases import day


def subject() -> str:
    """The subject of the mail that confirms a pause."""
    return _("Your reports are paused")


def text(since: date, today: date, link: str) -> str:
    """The mail that confirms a pause. `link` opens the mail that ends it."""
    paused = _("You paused the weekly report on {day}. No more will come.").format(
        day=day(since, today)
    )
    reading = _(
        "Your mail and calendar are read on, so that nothing is missing once you want it again."
    )
    again = _("To end the pause, open this link and send the mail that it makes:")
    otherwise = _("`beforehand resume` does the same.")
    return f"{paused} {reading}\n\n{again}\n\n{said(Verb.RESUME)}: {link}\n\n{otherwise}\n"


def paused_line(since: date, today: date) -> str:
    """Why no report is sent."""
    return (
        f"Reports are paused since {day(since, today)}: `beforehand resume` lets them come again."
    )


def favours_line(helped: int, asked: int) -> str:
    """How the owner gave and asked in a year; empty where nothing is known of it."""
    if not helped and not asked:
        return ""
    return _("Favours in the last 12 months: {helped} done for others, {asked} asked for.").format(
        helped=helped, asked=asked
    )
