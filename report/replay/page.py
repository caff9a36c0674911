"""A replay as a page and as plain text, both from the same words by their own templates.

The page is one file: no script, nothing remote, no name of a person. Its pictures are drawn by
`report.replay.plots`, which needs an extra; without them there is the text alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from report.render import templates
from report.replay import plots, sent_text, text
from report.replay.findings import Past
from report.text import language

# One line of the table at a terminal, 80 columns at most.
_LINE = "{:<21}{:>6}  {:<13}{:<12}{:<15}{}"


@dataclass(frozen=True, slots=True)
class ReplayView:
    """Everything that both forms show, in words."""

    verdict: str
    weighed: str
    span: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    legend: list[tuple[str, str]]
    brackets: list[str]
    compared: list[tuple[str, str]]
    calibration: list[str]
    sent: list[str]
    limits: list[str]


def build(past: Past) -> ReplayView:
    """Put the past into words."""
    return ReplayView(
        verdict=text.verdict(past),
        weighed=text.weighed(past),
        span=text.span_of(past),
        columns=text.columns(),
        rows=text.rows(past),
        legend=text.legend(past),
        brackets=text.brackets(past),
        compared=text.compared(past),
        calibration=text.calibration(past),
        sent=sent_text.sent(past),
        limits=text.limits(past),
    )


def as_text(past: Past) -> str:
    """The summary for a terminal: lines of at most 80 columns, ending in a newline."""
    view = build(past)
    table = [_LINE.format(*row) for row in (("", *view.columns), *view.rows)]
    shown = templates().get_template("replay.txt").render(view=view, table=table)
    return "\n".join(line.rstrip() for line in shown.strip("\n").split("\n")) + "\n"


def html(past: Past) -> str:
    """The page. Raises `plots.MissingError` where the extra is not installed."""
    drawn: Mapping[str, plots.Plot] = plots.draw(past)
    return (
        templates()
        .get_template("replay.html")
        .render(view=build(past), plots=drawn, lang=language.code())
    )
