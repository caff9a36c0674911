"""The pictures of a replay: Vega-Lite specifications, drawn as SVG on this machine.

vl-convert draws them without a browser and without the network. Colours are CSS variables of the
page, so that one picture serves light and dark; each rule also has a shape or a dash of its own,
for readers who do not see the colours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from report.replay import plot_text as words
from report.replay.findings import Past
from report.replay.text import LEAST_TIES, ours, rivals
from scoring.replay.hindsight import LONGEST_SILENCE, RuleGrade
from scoring.replay.measures import Estimate

# All pictures are equally wide, so that their letters come out equally high.
_WIDTH, _HIGH, _SQUARE, _LOW, _BESIDE = 340, 370, 340, 300, 195
# Room for the longest name of a rule, whatever letters the reader has.
_NAMES_WIDE = 160
_INK, _SOFT, _RULE = "var(--ink)", "var(--soft)", "var(--rule)"
_COLOURS = ["var(--ours)", "var(--line)", "var(--silence)", "var(--chance)", "var(--random)"]
_SHAPES = ["circle", "square", "diamond", "triangle-up", "cross"]
_DASHES = [[1, 0], [6, 3], [2, 2], [8, 2, 2, 2], [1, 3]]
_WIDTHS = [3, 2, 2, 2, 2]
_CONFIG: dict[str, Any] = {
    "background": "transparent",
    "autosize": {"type": "fit", "contains": "padding"},
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": _SOFT,
        "labelFontSize": 12,
        "labelFlush": False,
        "titleColor": _SOFT,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 8,
        "gridColor": _RULE,
        "domainColor": _RULE,
        "tickColor": _RULE,
    },
    "legend": {
        "labelColor": _INK,
        "labelFontSize": 12,
        "labelLimit": 200,
        "symbolSize": 120,
        "rowPadding": 4,
    },
}


class MissingError(Exception):
    """The extra that draws pictures is not installed; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture and what it shows, in words."""

    svg: Markup
    title: str
    caption: str


def ready() -> None:
    """Raise MissingError where pictures cannot be drawn."""
    try:
        import vl_convert  # noqa: F401, PLC0415 - an extra, and heavy
    except ImportError as error:
        raise MissingError(
            "the page needs pictures: pip install 'beforehand[plots]', or leave out --out"
        ) from error


def draw(past: Past) -> dict[str, Plot]:
    """Return the pictures that have something to show, by name. Raises MissingError."""
    ready()
    hindsight = past.found
    grades = {ours(): hindsight.report}
    grades |= {name: hindsight.rivals[key].grade for key, name in rivals().items()}
    shown = {}
    for figure in ("precision", "in_time", "lead_days", "value"):
        spec = _beside(grades, figure)
        if spec is not None:
            shown[figure] = _plot(spec, *words.beside(past, figure))
    if hindsight.calibration is not None:
        shown["calibration"] = _plot(_calibration(past), *words.calibration(hindsight.calibration))
    if hindsight.report.by_silence:
        shown["by_silence"] = _plot(_by_silence(grades), *words.by_silence(past))
    if hindsight.report.named:
        shown["quarters"] = _plot(_quarters(past), *words.quarters(hindsight.quarters))
    return shown


def _plot(spec: dict[str, Any], title: str, caption: str) -> Plot:
    import vl_convert  # noqa: PLC0415 - see `ready`

    drawn = vl_convert.vegalite_to_svg({**spec, "config": _CONFIG})
    # The picture takes the width of the page; what it shows is said once, and not mark by mark.
    box = re.search(r'viewBox="([\d. ]+)"', drawn)
    if box is None:
        raise ValueError("vl-convert drew no SVG with a viewBox")
    _, _, inside = drawn.partition(">")
    inside = re.sub(r' (?:aria-[a-z]+|role|pointer-events)="[^"]*"', "", inside)
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box[1]}" role="img" '
    label = escape(f"{title}. {caption}")
    # The text of the specification is ours and the library escapes it; the label is escaped here.
    return Plot(Markup(f'{opening}aria-label="{label}">{inside}'), title, caption)  # noqa: S704


def _beside(grades: dict[str, RuleGrade], figure: str) -> dict[str, Any] | None:
    """A dot for each rule, with its interval; None where no rule has the figure."""
    days = figure == "lead_days"
    times = 1 if days else 100
    rows = []
    for name, one in grades.items():
        found: Estimate | None = getattr(one.figures, figure)
        if found is None:
            continue
        row: dict[str, Any] = {"rule": name, "value": times * found.value}
        if found.ties >= LEAST_TIES:
            row |= {"low": times * found.low, "high": times * found.high}
        rows.append(row)
    if not rows:
        return None
    axis: dict[str, Any] = {"title": words.axes()[figure], "tickCount": 4}
    scale: dict[str, Any] = {"zero": True}
    if figure in {"precision", "in_time"}:
        scale = {"domain": [0, 100]}
    y = {
        "field": "rule",
        "type": "nominal",
        "sort": _names(),
        "scale": {"domain": _names()},
        "axis": {
            "title": None,
            "labelColor": _INK,
            "labelLimit": 200,
            "domain": False,
            "ticks": False,
            "labelPadding": 8,
            "minExtent": _NAMES_WIDE,
        },
    }
    x = {"field": "value", "type": "quantitative", "scale": scale, "axis": axis}
    colour = {"field": "rule", "type": "nominal", "scale": _scale(_COLOURS), "legend": None}
    shape = {"field": "rule", "type": "nominal", "scale": _scale(_SHAPES), "legend": None}
    return {
        "width": _WIDTH,
        "height": _BESIDE,
        "data": {"values": rows},
        "layer": [
            {
                "transform": [{"filter": "isValid(datum.low)"}],
                "mark": {"type": "rule", "strokeWidth": 2.5, "opacity": 0.55},
                "encoding": {
                    "y": y,
                    "x": {**x, "field": "low"},
                    "x2": {"field": "high"},
                    "color": colour,
                },
            },
            {
                "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
                "encoding": {"y": y, "x": x, "color": colour, "shape": shape},
            },
        ],
    }


def _calibration(past: Past) -> dict[str, Any]:
    """The reliability diagram: what was said against what came."""
    measured = past.found.calibration
    bins = measured.bins if measured is not None else ()
    rows = [
        {
            "said": 100 * one.said,
            "came": 100 * one.came.value,
            "low": 100 * one.came.low,
            "high": 100 * one.came.high,
        }
        for one in bins
    ]
    scale = {"domain": [0, 100]}
    x = {
        "field": "said",
        "type": "quantitative",
        "scale": scale,
        "axis": {"title": words.axes()["said"], "tickCount": 5},
    }
    y = {
        "field": "came",
        "type": "quantitative",
        "scale": scale,
        "axis": {"title": words.axes()["came"], "tickCount": 5},
    }
    return {
        "width": _WIDTH,
        "height": _SQUARE,
        "layer": [
            {
                "data": {"values": [{"said": 0, "came": 0}, {"said": 100, "came": 100}]},
                "mark": {"type": "line", "color": _SOFT, "strokeDash": [4, 4], "strokeWidth": 1.5},
                "encoding": {"x": x, "y": y},
            },
            {
                "data": {"values": rows},
                "mark": {
                    "type": "rule",
                    "strokeWidth": 2.5,
                    "opacity": 0.55,
                    "color": _COLOURS[0],
                },
                "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
            },
            {
                "data": {"values": rows},
                "mark": {
                    "type": "point",
                    "filled": True,
                    "size": 80,
                    "opacity": 1,
                    "color": _COLOURS[0],
                },
                "encoding": {"x": x, "y": y},
            },
        ],
    }


def _by_silence(grades: dict[str, RuleGrade]) -> dict[str, Any]:
    """How many lapses were named by each day of their silence, a line for each rule."""
    rows = [
        {"rule": name, "day": at, "share": 100 * share}
        for name, one in grades.items()
        for at, share in enumerate(one.by_silence)
    ]
    legend = {"title": None, "orient": "bottom", "columns": 1, "symbolSize": 500}
    return {
        "width": _WIDTH,
        "height": _HIGH,
        "data": {"values": rows},
        "mark": {"type": "line", "interpolate": "step-after"},
        "encoding": {
            "x": {
                "field": "day",
                "type": "quantitative",
                "scale": {"domain": [0, LONGEST_SILENCE], "nice": False},
                "axis": {"title": words.axes()["day"], "values": list(range(0, 181, 30))},
            },
            "y": {
                "field": "share",
                "type": "quantitative",
                "scale": {"domain": [0, 100]},
                "axis": {"title": words.axes()["named"], "tickCount": 5},
            },
            "color": {
                "field": "rule",
                "type": "nominal",
                "scale": _scale(_COLOURS),
                "legend": legend,
            },
            "strokeDash": {"field": "rule", "type": "nominal", "scale": _scale(_DASHES)},
            "strokeWidth": {"field": "rule", "type": "nominal", "scale": _scale(_WIDTHS)},
        },
    }


def _quarters(past: Past) -> dict[str, Any]:
    """The people named in each quarter, those who fell silent below the others."""
    silent, heard = words.silent(), words.heard()
    rows = [
        {
            "start": f"{one.year}-{3 * one.quarter - 2:02}-01",
            "what": what,
            "names": number,
            "at": at,
        }
        for one in past.found.quarters
        for at, (what, number) in enumerate(((silent, one.lapsed), (heard, one.named - one.lapsed)))
    ]
    return {
        "width": _WIDTH,
        "height": _LOW,
        "data": {"values": rows},
        "mark": {"type": "bar", "stroke": "var(--paper)", "strokeWidth": 0.5},
        "encoding": {
            "x": {
                "field": "start",
                "type": "temporal",
                "timeUnit": "yearquarter",
                "axis": {
                    "title": words.axes()["quarter"],
                    "format": "%Y",
                    "tickCount": 5,
                    "labelOverlap": "parity",
                    "labelSeparation": 8,
                    "grid": False,
                },
            },
            "y": {
                "field": "names",
                "type": "quantitative",
                "axis": {"title": words.axes()["names"], "tickMinStep": 1, "tickCount": 5},
            },
            "color": {
                "field": "what",
                "type": "nominal",
                "scale": {"domain": [silent, heard], "range": ["var(--ours)", "var(--pale)"]},
                "legend": {"title": None, "orient": "bottom", "columns": 1},
            },
            "order": {"field": "at", "type": "quantitative"},
        },
    }


def _names() -> list[str]:
    """What is set side by side, in order."""
    return [ours(), *rivals().values()]


def _scale(values: list[Any]) -> dict[str, Any]:
    """Each rule has its own colour, shape or dash, whichever of them are there."""
    return {"domain": _names(), "range": values}
