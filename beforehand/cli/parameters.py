"""Parameters that several commands take, and what the dates among them mean."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Annotated

import typer

from beforehand.errors import UsageError

if TYPE_CHECKING:
    from beforehand.app import App
    from beforehand.config import Config

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="Judge as if it were that day.")
]
Who = Annotated[str, typer.Argument(metavar="PERSON", help="An address, a name, or part of one.")]
On = Annotated[str | None, typer.Option("--on", metavar="DATE", help="On which day; else today.")]
Undo = Annotated[bool, typer.Option("--undo", help="Take it back.")]

# Mail is younger than the first; the last is far from where calendars end.
_FIRST_YEAR, _LAST_YEAR = 1971, 2999


def end_of_day(text: str | None, config: Config, option: str = "--as-of") -> datetime | None:
    """Return the end, in UTC, of the owner's day that an option names; None if not given."""
    if text is None:
        return None
    day = parse_date(text, option)
    return datetime.combine(day, time(23, 59, 59), config.zone).astimezone(UTC)


def noon(text: str | None, config: Config, option: str) -> datetime | None:
    """Return noon of the day that an option names, in the owner's zone; None if not given."""
    if text is None:
        return None
    return datetime.combine(parse_date(text, option), time(12), config.zone)


def past_moment(on: str | None, app: App) -> tuple[datetime, datetime]:
    """Return the moment that `--on` names (noon; else now) and now, both in the owner's zone.

    Raises UsageError where that day is still to come.
    """
    now = app.now().astimezone(app.config.zone)
    at = noon(on, app.config, "--on") or now
    if at.date() > now.date():
        raise UsageError(f"--on {on!r} is still to come: say it when it has been")
    return at, now


def parse_date(text: str, option: str) -> date:
    """Return the date that an option names. Raises UsageError where it is none, or far from now."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{option} {text!r} is no date: write it like 2026-11-23") from error
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise UsageError(f"{option} {text!r} is not within {_FIRST_YEAR} and {_LAST_YEAR}")
    return day
