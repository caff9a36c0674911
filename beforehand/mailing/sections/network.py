"""The network as a whole, once a month: how contact is spread, and favours done and asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from beforehand.analysis.portfolio import Portfolio, portfolio
from beforehand.mailing.sections.inputs import SectionInputs
from report.sections import Section
from report.text import network as words
from report.text.network import favours_line
from report.view import Period
from scoring.days import as_date

# Of fewer living ties nothing is said in the report: each of them is known by name.
LEAST_LIVE = 5
_FIRST_WEEK = 7


def build(inputs: SectionInputs) -> Section | None:
    """None but in the first report of a month, or where there is too little to tell."""
    if not is_due(inputs.period):
        return None
    favours = favours_line(*inputs.snapshot.reader.favours())
    paragraphs = lines(portfolio(inputs.snapshot), inputs.today)
    return section([*paragraphs, favours] if favours else paragraphs)


def section(paragraphs: Sequence[str]) -> Section | None:
    """The sentences given; None where there are none."""
    return (
        Section(words.title(), lines=tuple(paragraphs), facts=tuple(paragraphs))
        if paragraphs
        else None
    )


def is_due(period: Period) -> bool:
    """Whether a report has this section: the first one of a month.

    Its week decides, of whose Mondays one in each month is among the first seven days.
    """
    monday = datetime.strptime(f"{period.label}-1", "%G-W%V-%u").replace(tzinfo=UTC)
    return monday.day <= _FIRST_WEEK


def lines(seen: Portfolio, on: date) -> tuple[str, ...]:
    """The sentences for a report made on that day; none where there is too little to tell."""
    now, ago, largest = seen.now, seen.year[0], seen.largest
    if not now.settled or now.live < LEAST_LIVE:
        return ()
    return words.paragraphs(
        spread=words.spread_line(now.organisations),
        largest=words.nobody_large_line(now.live)
        if largest is None
        else words.without_line(
            seen.name(largest), now.without(largest), now.live, own=seen.is_own(largest)
        ),
        year_ago=words.year_ago_line(now.organisations, ago.organisations) if ago.settled else "",
        mirror=mirror_line(seen, on),
    )


def mirror_line(seen: Portfolio, on: date) -> str:
    """The mirror in a sentence; empty where there is too little to see."""
    if seen.mirror is None:
        return ""
    mirror = seen.mirror
    return words.mirror_line(
        mirror.words,
        mirror.most,
        as_date(mirror.first),
        as_date(mirror.last),
        burst=mirror.burst,
        today=on,
    )
