"""The small phrases that sentences are made of: names, numbers, dates, spans, chances.

Dates and months are written here and not by the locale, so that a report reads the same wherever
it is made.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date, datetime

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEK = 7
_MONTH = 30.44
_YEAR = 365.25
# Below two weeks people count days, below two months weeks, below two years months.
_COUNTED_IN_DAYS = 14
COUNTED_IN_WEEKS = 60
_COUNTED_IN_MONTHS = 2 * _YEAR
# Zero-width joiners hold emoji and Persian words together; every other format character is
# invisible in a name at best, and turns the text around it at worst.
_KEPT_FORMAT = frozenset("\u200c\u200d")
_WIDEST_NAME = 60
_SHORT_NAME = 20


def plain(name: str, *, otherwise: str = "", widest: int = _WIDEST_NAME) -> str:
    """A name on one line, at most 60 columns wide, without characters that act on the text.

    Control, direction and other invisible characters go; whatever spaces there were become one.
    `otherwise` is used where nothing readable is left.
    """
    # A cut before the work keeps a name of a megabyte cheap.
    kept = (_harmless(c) for c in unicodedata.normalize("NFC", name[: _WIDEST_NAME * 20]))
    text = " ".join("".join(kept).split())
    if not any(unicodedata.category(c)[0] in "LNPS" for c in text):
        return plain(otherwise) if otherwise else "somebody without a name"
    if len(text) <= widest and columns(text) <= widest:
        return text
    text = text[: widest - 1]
    while columns(text) >= widest:
        text = text[:-1]
    return f"{text.rstrip()}…"


def short(name: str) -> str:
    """A name in few columns, where it is only to be told from its neighbours."""
    return plain(name, widest=_SHORT_NAME)


def columns(text: str) -> int:
    """How many columns a text takes where every letter is as wide as the next one."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _harmless(character: str) -> str:
    category = unicodedata.category(character)
    if character in _KEPT_FORMAT:
        return character
    if category == "Cf":
        return ""
    return " " if category in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"} else character


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun: `count(1, "reply", "replies")` is "1 reply"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def number(amount: int) -> str:
    """A whole number as people write it: "1,234"."""
    return f"{amount:,}"


def percent(share: float) -> str:
    """A share of a whole, in whole percents: "34 %"."""
    return f"{share * 100:.0f} %"


def day(when: date, today: date | None = None) -> str:
    """A date as "3 Oct"; with its year unless `today` says that it is this one."""
    text = f"{when.day} {_MONTHS[when.month - 1]}"
    return text if today is not None and when.year == today.year else f"{text} {when.year}"


def moment(when: datetime, now: datetime) -> str:
    """A time as "today at 07:12" or "3 Oct at 07:12", in the zone of `now`."""
    local = when.astimezone(now.tzinfo)
    clock = f"{local.hour:02}:{local.minute:02}"
    if local.date() == now.date():
        return f"today at {clock}"
    return f"{day(local.date(), now.date())} at {clock}"


def span(days: float) -> str:
    """How long, in the unit a person would choose: "9 days", "7 weeks", "5 months", "2 years"."""
    if days < _COUNTED_IN_DAYS:
        return count(max(round(days), 0), "day")
    if days < COUNTED_IN_WEEKS:
        return count(round(days / _WEEK), "week")
    if days < _COUNTED_IN_MONTHS:
        return count(round(days / _MONTH), "month")
    return count(round(days / _YEAR), "year")


def every(gap_days: float) -> str:
    """A usual gap as a rhythm: "every day or two", "every 9 days", "about every 3 weeks"."""
    if round(gap_days, 1) < 2:  # noqa: PLR2004 - a middle between one day and two
        return "every day or two"
    if round(gap_days) == _WEEK:
        return "about every week"
    if gap_days < _COUNTED_IN_DAYS:
        return f"every {span(gap_days)}"
    return "about once a year" if span(gap_days) == "12 months" else f"about every {span(gap_days)}"


def ago(days: int) -> str:
    """How long ago: "today", "yesterday", "9 days ago", "5 months ago"."""
    if days <= 0:
        return "today"
    return "yesterday" if days == 1 else f"{span(days)} ago"


def listed(names: Iterable[str]) -> str:
    """Names in a sentence: "a", "a and b", "a, b and c"."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def chance(p: float) -> str:
    """A chance as people say it: "about 4 in 10", "about half", "fewer than 1 in 20"."""
    if p < 0.05:  # noqa: PLR2004 - below, "1 in 10" would be twice too much
        return "fewer than 1 in 20"
    if p > 0.95:  # noqa: PLR2004 - as below the other end
        return "more than 19 in 20"
    tenths = min(max(round(p * 10), 1), 9)
    return "about half" if tenths == 5 else f"about {tenths} in 10"  # noqa: PLR2004 - five tenths
