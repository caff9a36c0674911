"""Addresses that died, and people who may have moved to another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, tzinfo

from beforehand.analysis.addresses import DeadAddress, Move, Suggestions
from beforehand.mailing.sections.week import Week
from report.kinds import ADDRESS
from report.sections import Flag, Section
from report.text import addresses as words


def build(week: Week) -> Section | None:
    """None where no address is news."""
    news = week.signals.address_news()
    return section(lines(news, week.zone), news.people())


def section(said: Sequence[str], people: Sequence[int]) -> Section | None:
    """The sentences given, about the addresses of these people; None where there are none."""
    if not said:
        return None
    flags = tuple(Flag(ADDRESS, person_id) for person_id in people)
    return Section(words.title(), lines=tuple(said), flags=flags, facts=tuple(said))


def lines(suggestions: Suggestions, zone: tzinfo) -> list[str]:
    """A sentence or two about each suggestion; dates are those of `zone`."""
    today = suggestions.at.astimezone(zone).date()
    moves = [_move_line(one, zone, today) for one in suggestions.moves]
    return moves + [_dead_line(one, zone, today) for one in suggestions.dead]


def _move_line(one: Move, zone: tzinfo, today: date) -> str:
    return words.moved_line(
        one.old.name,
        one.old_address,
        one.new.name,
        one.new_address,
        last=_day(one.moved.last, zone),
        bounced=_day(one.moved.bounced, zone),
        began=one.moved.began.astimezone(zone).date(),
        today=today,
    )


def _dead_line(one: DeadAddress, zone: tzinfo, today: date) -> str:
    return words.died_line(
        one.person.name,
        one.address,
        bounces=one.died.bounces,
        bounced=one.died.last.astimezone(zone).date(),
        last=_day(one.died.life, zone),
        today=today,
    )


def _day(when: datetime | None, zone: tzinfo) -> date | None:
    return None if when is None else when.astimezone(zone).date()
