"""The command that judges the past: replay."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from beforehand.cli.output import print_json, progress, show
from beforehand.cli.root import cli
from beforehand.cli.session import open_app_from
from beforehand.errors import UsageError

if TYPE_CHECKING:
    from report.replay.findings import Past

_DAYS: dict[str, int | Literal["own"]] = {"60": 60, "90": 90, "own": "own"}
_PAGES = {".html", ".htm"}


@cli.command()
def replay(
    context: typer.Context,
    events: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="CSV: owner, ts, dir, counterpart, n_recipients."),
    ] = None,
    queries: Annotated[
        Path | None, typer.Option(metavar="FILE", help="CSV: owner, day, counterpart.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="A page (.html) of your own past; or a table's scores, as CSV."
        ),
    ] = None,
    horizon: Annotated[
        str | None, typer.Option(metavar="60|90|own", help="How many days to look ahead.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Judge the past as if it were then, and compare with what came.

    On its own it goes through your own history week by week: whom the reports would have named,
    and what came, beside simpler rules. --out PAGE.html writes that as a page with pictures, which
    holds no name.

    With --events, --queries and --out it scores any table of contact events, and needs no
    configuration: each question is answered as at 00:00 UTC of its day (counted from 1970-01-01),
    knowing only events before it. Times are unix seconds, dir is in, out or mutual; the tables may
    be gzipped.
    """
    if horizon is not None and horizon not in _DAYS:
        raise UsageError(f"--horizon {horizon!r}: say 60, 90 or own")
    if events is None and queries is None:
        page = out.expanduser() if out is not None else None
        _own(context, _DAYS[horizon or "own"], page, as_json=as_json)
        return
    if events is None or queries is None or out is None:
        raise UsageError("to score a table, give --events, --queries and --out, all three")
    if out.suffix.lower() in _PAGES:
        raise UsageError(f"--out {out}: scores of a table are a .csv file, not a page")
    from beforehand.analysis.replay import score_tables

    count, unknown = score_tables(events, queries, out, _DAYS[horizon or "60"])
    if as_json:
        print_json({"questions": count, "unknown": unknown, "out": out})
        return
    strangers = f"; of {unknown:,} no contact was known by their day" if unknown else ""
    show(f"{count:,} questions answered in {out}{strangers}")


def _own(
    context: typer.Context, horizon: int | Literal["own"], out: Path | None, *, as_json: bool
) -> None:
    """Grade the reports of the owner's own past."""
    from beforehand.analysis.replay import look_back
    from report.replay import page, plots, text

    if out is not None:
        if out.suffix.lower() not in _PAGES:
            raise UsageError(f"--out {out}: the page is a .html file (scores of a table are .csv)")
        try:
            plots.ready()  # before a minute's work, not after
        except plots.MissingError as error:
            raise UsageError(str(error)) from error
    with open_app_from(context) as app, progress("replay", shown=not as_json) as tell:
        past = look_back(app, horizon, tell)
        locale = app.config.report.locale
    if as_json:
        print_json(asdict(past) if past is not None else {"weeks": 0})
    elif past is None:
        show(text.too_little())
    else:
        show(page.as_text(past).rstrip("\n"))
    if out is not None and past is not None:
        _write(past, out, locale, as_json=as_json)


def _write(past: Past, out: Path, locale: str, *, as_json: bool) -> None:
    """Write the page, in the language of the owner's reports."""
    from beforehand.files import write_private
    from report.replay import page
    from report.text.language import use_locale

    with use_locale(locale):
        shown = page.html(past)
    write_private(out, shown.encode())
    if not as_json:
        show(f"\nThe page is in {out}.")
