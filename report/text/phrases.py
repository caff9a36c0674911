"""The small phrases that sentences are made of: names, numbers, dates, spans, chances.

Their form is that of the language in use (`report.text.language`), never that of the machine, so
that a report reads the same wherever it is made.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date, datetime

from babel.dates import format_interval, format_skeleton, format_time
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from report.text.language import current, ngettext
from report.text.language import gettext as _

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
        return plain(otherwise) if otherwise else _("somebody without a name")
    if len(text) <= widest and columns(text) <= widest:
        return text
    text = text[: widest - 1]
    while columns(text) >= widest:
        text = text[:-1]
    return f"{text.rstrip()}…"


def short(name: str) -> str:
    """A name in few columns, enough to tell it from its neighbours."""
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


def number(amount: int) -> str:
    """A whole number as people write it: "1,234"."""
    return format_decimal(amount, locale=current())


def tenths(amount: float) -> str:
    """A number with one figure after the point, unless that is 0: "2.4", "3"."""
    return format_decimal(round(amount, 1), locale=current())


def percent(share: float) -> str:
    """A share of a whole, in whole percents: "34%"."""
    return format_percent(round(share, 2), locale=current())


def day(when: date, today: date | None = None) -> str:
    """A date as "3 Oct"; with its year unless `today` says that it is this one."""
    this_year = today is not None and when.year == today.year
    return format_skeleton("MMMd" if this_year else "yMMMd", when, locale=current())


def days_between(first: date, last: date) -> str:
    """Days in a row, with their year: "16-22 Nov 2026"."""
    return format_interval(first, last, "yMMMd", locale=current())


def clock(when: datetime) -> str:
    """The time of day: "07:12"."""
    return format_time(when.time(), "short", locale=current())


def days(number_of: int) -> str:
    """How many days, however many: "31 days"."""
    # NOTE: a length, as in "it has been 31 days".
    return ngettext("{number} day", "{number} days", number_of).format(number=number(number_of))


def span(length: float) -> str:
    """How long, in the unit a person would choose: "9 days", "7 weeks", "5 months", "2 years"."""
    amount, unit = _counted(length)
    match unit:
        case "day":
            return days(amount)
        case "week":
            # NOTE: a length, as in "it has been 3 weeks".
            text = ngettext("{number} week", "{number} weeks", amount)
        case "month":
            # NOTE: a length, as in "it has been 3 months".
            text = ngettext("{number} month", "{number} months", amount)
        case _year:
            # NOTE: a length, as in "it has been 3 years".
            text = ngettext("{number} year", "{number} years", amount)
    return text.format(number=number(amount))


def _counted(length: float) -> tuple[int, str]:
    """So many days in the unit a person would choose, and the unit."""
    if length < _COUNTED_IN_DAYS:
        return max(round(length), 0), "day"
    if length < COUNTED_IN_WEEKS:
        return round(length / _WEEK), "week"
    if length < _COUNTED_IN_MONTHS:
        return round(length / _MONTH), "month"
    return round(length / _YEAR), "year"


def is_daily(gap_days: float) -> bool:
    """Whether a usual gap is said as "every day or two"."""
    return round(gap_days, 1) < 2  # noqa: PLR2004 - a middle between one day and two


def is_in_days(gap_days: float) -> bool:
    """Whether a usual gap is said as so many days: "every 9 days"."""
    return not is_daily(gap_days) and round(gap_days) != _WEEK and gap_days < _COUNTED_IN_DAYS


def every(gap_days: float) -> str:
    """A usual gap as a rhythm: "every day or two", "every 9 days", "about every 3 weeks"."""
    amount, unit = _counted(gap_days)
    if is_daily(gap_days):
        # NOTE: a rhythm, as in "You two usually write every day or two; it has been 16 days."
        return _("every day or two")
    if is_in_days(gap_days):
        return each(amount)
    if round(gap_days) == _WEEK:
        return _("about every week")
    if (amount, unit) == (12, "month"):
        return _("about once a year")
    match unit:
        case "week":
            text = ngettext("about every {number} week", "about every {number} weeks", amount)
        case "month":
            text = ngettext("about every {number} month", "about every {number} months", amount)
        case _year:
            text = ngettext("about every {number} year", "about every {number} years", amount)
    return text.format(number=number(amount))


def each(number_of: int) -> str:
    """A rhythm to the day: "every day", "every 30 days"."""
    if number_of == 1:
        return _("every day")
    text = ngettext("every {number} day", "every {number} days", number_of)
    return text.format(number=number(number_of))


def ago(past: int) -> str:
    """How long ago, in days: "today", "yesterday", "9 days ago", "5 months ago"."""
    if past <= 1:
        return days_ago(past)
    amount, unit = _counted(past)
    match unit:
        case "day":
            return days_ago(amount)
        case "week":
            text = ngettext("{number} week ago", "{number} weeks ago", amount)
        case "month":
            text = ngettext("{number} month ago", "{number} months ago", amount)
        case _year:
            text = ngettext("{number} year ago", "{number} years ago", amount)
    return text.format(number=number(amount))


def days_ago(past: int) -> str:
    """As `ago`, in days however many: "31 days ago"."""
    if past <= 0:
        return _("today")
    if past == 1:
        return _("yesterday")
    text = ngettext("{number} day ago", "{number} days ago", past)
    return text.format(number=number(past))


def listed(names: Iterable[str]) -> str:
    """Names in a sentence: "a", "a and b", "a, b and c"."""
    return format_list(list(names), locale=current())


def chance(p: float) -> str:
    """A chance as people say it: "about 4 in 10", "about half", "fewer than 1 in 20"."""
    if p < 0.05:  # noqa: PLR2004 - below, "1 in 10" would be twice too much
        # NOTE: so many of all silences "go on without a word for the next 60 days".
        return _("fewer than 1 in 20")
    if p > 0.95:  # noqa: PLR2004 - as below the other end
        return _("more than 19 in 20")
    part = min(max(round(p * 10), 1), 9)
    if part == 5:  # noqa: PLR2004 - five tenths
        return _("about half")
    return _("about {number} in 10").format(number=number(part))
