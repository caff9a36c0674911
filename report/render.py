"""A report as HTML and as plain text, both from the same view by their own templates."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from report.text import language
from report.text.phrases import columns, short
from report.view import ReportView

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

TEXT_COLUMNS = 72
# Spaces at which no line is broken: before the sign of a percentage, in some languages.
_BREAKS = re.compile(r"[^\S\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]+")
_BLOCKS = "▁▂▃▄▅▆▇█"
_TOP = len(_BLOCKS) - 1
# Below this many days a month, a full bar would make a slight tie look like a close one.
_LEAST_FULL_BAR = 4
# Keeps a mailbox from filling up the preview with the text that follows the preheader.
_PREHEADER_PADDING = "\u200c\u00a0" * 60


def levels(months: tuple[int, ...]) -> tuple[int, ...]:
    """Heights of the bars, 0 to 7, relative to the fullest month; 0: no contact at all."""
    full = max(*months, _LEAST_FULL_BAR) if months else 1
    return tuple(max(1, round(days * _TOP / full)) if days else 0 for days in months)


def blocks(months: tuple[int, ...]) -> str:
    """The bars as block characters, oldest first: "▁▃▅█▁"."""
    return "".join(_BLOCKS[level] for level in levels(months))


def wrap(text: str, indent: int = 0) -> str:
    """Break at spaces into lines of at most 72 columns, each `indent` spaces in.

    Counts columns, where `textwrap` counts characters. A longer word stays whole.
    """
    lines: list[str] = []
    line = ""
    for word in _BREAKS.split(text.strip()):
        longer = f"{line} {word}" if line else word
        if line and columns(longer) > TEXT_COLUMNS - indent:
            lines.append(line)
            longer = word
        line = longer
    return "\n".join(" " * indent + one for one in (*lines, line))


def html(view: ReportView) -> str:
    """The HTML part: one column, no image, no script, nothing remote."""
    template = templates().get_template("report.html")
    with language.use_locale(view.locale):
        return template.render(view=view, padding=_PREHEADER_PADDING, lang=language.code())


def text(view: ReportView) -> str:
    """The plain text part: lines of at most 72 columns, ending in a newline."""
    with language.use_locale(view.locale):
        return templates().get_template("report.txt").render(view=view).strip("\n") + "\n"


@cache
def templates() -> Environment:
    """The templates, and what they may call."""
    # Late, for a light command may import this module's neighbours without writing a report.
    from jinja2 import (  # noqa: PLC0415 - see above
        Environment,
        PackageLoader,
        StrictUndefined,
        select_autoescape,
    )

    environment = Environment(
        loader=PackageLoader("report"),
        extensions=["jinja2.ext.i18n"],
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # of the extension
        language.gettext, language.ngettext, newstyle=True
    )
    for function in (levels, blocks, wrap, mailto, commands, short):
        environment.filters[function.__name__] = function
    return environment


def commands(text: str) -> Markup:
    """A sentence as HTML, with what stands in backticks set as code."""
    from markupsafe import Markup, escape  # noqa: PLC0415 - comes with jinja2, which is late too

    # Splitting comes first and every piece is escaped, so that no text can make markup.
    pieces = text.split("`")
    if len(pieces) % 2 == 0:  # a backtick without its other half
        return escape(text)
    style = "font-family:Menlo,Consolas,monospace;font-size:.93em"
    code = Markup('<code style="{}">{}</code>')
    shown = (
        code.format(style, piece) if i % 2 else escape(piece) for i, piece in enumerate(pieces)
    )
    return Markup("").join(shown)


def mailto(address: str) -> str:
    """A `mailto:` link, or nothing where the address is none (a phone number)."""
    return f"mailto:{quote(address, safe='@')}" if address.count("@") == 1 else ""
