"""The command about the network as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from beforehand.cli.output import console, print_json, show
from beforehand.cli.parameters import AsOf, JsonFlag, end_of_day
from beforehand.cli.root import cli
from beforehand.cli.session import open_app_from

if TYPE_CHECKING:
    from beforehand.analysis.portfolio import Portfolio

_SHORT_LIST = 10
# In columns: what the numbers of the table need, with the gaps; and what a name gets at least.
_NUMBERS_WIDE, _NAME_LEAST = 40, 24


@cli.command()
def network(context: typer.Context, day: AsOf = None, as_json: JsonFlag = False) -> None:
    """Say on how many organisations your network rests."""
    from beforehand.analysis.facts import network_facts
    from beforehand.analysis.portfolio import portfolio
    from beforehand.analysis.snapshot import open_snapshot

    with (
        open_app_from(context) as app,
        open_snapshot(app, end_of_day(day, app.config)) as snapshot,
    ):
        seen = portfolio(snapshot)
        favours = snapshot.reader.favours()
    if as_json:
        print_json(network_facts(seen, favours))
        return
    from beforehand.mailing.sections.network import mirror_line
    from report.text import network as words
    from report.text.network import favours_line

    now, today = seen.now, seen.at.astimezone(snapshot.zone).date()
    if not now.parts:
        show(f"{words.too_little()} Run `beforehand sync` first.")
        return
    contacts = sum(part.people for part in now.parts)
    _print(f"{words.spread_line(now.organisations)}, {words.people_clause(now.people)}.")
    _print(words.counts_line(now.live, contacts))
    show("")
    _print_parts(seen)
    _print(words.by_themselves())
    show("")
    _print(words.by_month())
    _print_year(seen)
    show("")
    if balance := favours_line(*favours):
        _print(balance)
    if seen.mirror is None:
        _print(words.no_mirror())
        return
    _print(mirror_line(seen, today))
    _print(words.mirror_explained(seen.mirror.most, seen.mirror.words, burst=seen.mirror.burst))


def _print(text: str) -> None:
    """A sentence, broken at the width of the terminal."""
    from rich.text import Text

    from beforehand.terminal import inert

    console().print(Text(inert(text)))


def _print_parts(seen: Portfolio) -> None:
    from rich.table import Table
    from rich.text import Text

    from report.text.network import percent
    from report.text.phrases import plain

    out = console()
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(
        "organisation", no_wrap=True, max_width=max(out.width - _NUMBERS_WIDE, _NAME_LEAST)
    )
    for head in ("people", "contact", "live ties", "without it"):
        table.add_column(head, justify="right", no_wrap=True)
    for part in seen.now.parts[:_SHORT_LIST]:
        name = Text(plain(seen.name(part)))
        if seen.is_own(part):
            name.append(" (yours)", style="dim")
        table.add_row(
            name,
            str(part.people),
            percent(part.share),
            str(part.live),
            str(seen.now.without(part)),
        )
    rest = seen.now.parts[_SHORT_LIST:]
    if rest:
        table.add_row(
            Text(f"and {len(rest):,} more", style="dim"),
            str(sum(part.people for part in rest)),
            percent(sum(part.share for part in rest)),
            str(sum(part.live for part in rest)),
        )
    out.print(table)


def _print_year(seen: Portfolio) -> None:
    """The figures of each month; those from before enough was known are left open."""
    from rich.table import Table

    from report.render import blocks
    from report.text.network import months_head, number
    from scoring.days import as_date

    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    for head in months_head([as_date(month.day) for month in seen.year]):
        table.add_column(head, justify="right", no_wrap=True)
    rows = {
        "organisations": [month.organisations for month in seen.year],
        "people": [month.people for month in seen.year],
        "live ties": [float(month.live) for month in seen.year],
    }
    for name, figures in rows.items():
        known = [
            figure if month.settled else None
            for figure, month in zip(figures, seen.year, strict=True)
        ]
        table.add_row(name, *("-" if figure is None else number(figure) for figure in known))
        if name == "organisations":
            bars = blocks(tuple(round(10 * (figure or 0)) for figure in known))
            shown = zip(bars, known, strict=True)
            table.add_row("", *("" if figure is None else bar * 3 for bar, figure in shown))
    console().print(table)
