"""Addresses that died, and people who may have moved to another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, tzinfo

from beforehand.analysis.addresses import DeadAddress, Move, Suggestions
from beforehand.mailing.sections.inputs import SectionInputs
from report.kinds import ADDRESS
from report.sections import Flag, Section
from report.text import addresses as words


def build(inputs: SectionInputs) -> Section | None:
    """None where no address is news."""
    news = inputs.signals.address_news()
    return section(lines(news, inputs.zone), news.people())


def section(paragraphs: Sequence[str], people: Sequence[int]) -> Section | None:
    """The sentences given, about the addresses of these people; None where there are none."""
    if not paragraphs:
        return None
    flags = tuple(Flag(ADDRESS, person_id) for person_id in people)
    return Section(words.title(), lines=tuple(paragraphs), flags=flags, facts=tuple(paragraphs))


def lines(suggestions: Suggestions, zone: tzinfo) -> list[str]:
    """A sentence or two about each suggestion; dates are those of `zone`."""
    today = suggestions.at.astimezone(zone).date()
    moves = [_move_line(suggestion, zone, today) for suggestion in suggestions.moves]
    return moves + [_dead_line(suggestion, zone, today) for suggestion in suggestions.dead]


def _move_line(move: Move, zone: tzinfo, today: date) -> str:
    return words.moved_line(
        move.old.name,
        move.old_address,
        move.new.name,
        move.new_address,
        last=_day(move.moved.last, zone),
        bounced=_day(move.moved.bounced, zone),
        began=move.moved.began.astimezone(zone).date(),
        today=today,
    )


def _dead_line(dead: DeadAddress, zone: tzinfo, today: date) -> str:
    return words.died_line(
        dead.person.name,
        dead.address,
        bounces=dead.died.bounces,
        bounced=dead.died.last.astimezone(zone).date(),
        last=_day(dead.died.life, zone),
        today=today,
    )


def _day(when: datetime | None, zone: tzinfo) -> date | None:
    return None if when is None else when.astimezone(zone).date()
