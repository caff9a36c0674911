"""The command that judges the past: replay."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from beforehand.cli.app import app
from beforehand.cli.session import opened, print_json, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from beforehand.replay import Grades

_DAYS: dict[str, int | Literal["own"]] = {"60": 60, "90": 90, "own": "own"}


@app.command()
def replay(  # noqa: PLR0917 - each is an option of its own
    context: typer.Context,
    events: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="CSV: owner, ts, dir, counterpart, n_recipients."),
    ] = None,
    queries: Annotated[
        Path | None, typer.Option(metavar="FILE", help="CSV: owner, day, counterpart.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the scores go, as CSV.")
    ] = None,
    horizon: Annotated[
        str | None, typer.Option(metavar="60|90|own", help="How many days to look ahead.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Judge the past as if it were then, and compare with what came.

    On its own it grades the judgements on your own history. With --events, --queries and --out
    it scores any table of contact events, and needs no configuration: each question is answered
    as at 00:00 UTC of its day (counted from 1970-01-01), knowing only events before it. Times are
    unix seconds, dir is in, out or mutual; the tables may be gzipped.
    """
    from connectors.errors import ConfigError

    if horizon is not None and horizon not in _DAYS:
        raise ConfigError(f"--horizon {horizon!r}: say 60, 90 or own")
    if events is None and queries is None and out is None:
        _own(context, _DAYS[horizon or "own"], as_json=as_json)
        return
    if events is None or queries is None or out is None:
        raise ConfigError("to score a table, give --events, --queries and --out, all three")
    from beforehand.replay import score_tables

    count, unknown = score_tables(events, queries, out, _DAYS[horizon or "60"])
    if as_json:
        print_json({"questions": count, "unknown": unknown, "out": out})
        return
    strangers = f"; of {unknown:,} no contact was known by their day" if unknown else ""
    show(f"{count:,} questions answered in {out}{strangers}")


def _own(context: typer.Context, horizon: int | Literal["own"], *, as_json: bool) -> None:
    """Grade the judgements on the owner's own history."""
    from beforehand import network
    from beforehand.replay import grade_ties

    with opened(context) as house:
        grades = grade_ties(network.ties(house), house.now().timestamp(), horizon)
    if as_json:
        print_json(asdict(grades) if grades is not None else {"questions": 0})
    elif grades is None:
        show("There is too little history yet: no tie was judged long enough ago to know the end.")
    else:
        for line in _words(grades, horizon):
            show(line)


def _words(grades: Grades, horizon: int | Literal["own"]) -> Iterator[str]:
    within = "four of its usual gaps" if horizon == "own" else f"{horizon} days"
    yield (
        f"Every 28 days from {grades.first} to {grades.last} each living tie was judged as if it"
        f" were then: {grades.questions:,} judgements."
    )
    yield (
        f"After {grades.lapsed:,} of them no contact came within {within};"
        f" by the chances said, {grades.expected:,.0f} would have been expected."
    )
    yield f"A chance was off by {100 * grades.off:.0f} in 100 on average."
    if grades.auc is not None and grades.auc_silence is not None:
        yield (
            "Of a tie that lapsed and one that did not, the first was ranked higher"
            f" {100 * grades.auc:.0f} times in 100 (by days of silence alone,"
            f" {100 * grades.auc_silence:.0f}; by a coin, 50)."
        )
