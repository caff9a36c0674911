"""People who are new, with no word between them and the owner since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from beforehand.mailing.sections import person
from beforehand.mailing.sections.week import Week
from report.answers.links import Links
from report.answers.token import Verb
from report.kinds import ENCOUNTER
from report.sections import Flag, Row, Section, answers
from report.text import weekly as words
from report.text.phrases import plain

_VERBS = (Verb.MET, Verb.IGNORE)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody new: the day on which they first met the owner (or `wrote`)."""

    person_id: int
    name: str
    address: str
    on: date
    wrote: bool = False


def build(week: Week) -> Section | None:
    """None where there is nobody new."""
    people = [
        Newcomer(
            one.key,
            week.snapshot.people[one.key].name,
            week.snapshot.address(one.key),
            one.at.astimezone(week.zone).date(),
            wrote=not one.met,
        )
        for one in week.signals.met()
    ]
    return section(people, week.today, week.links)


def section(people: Sequence[Newcomer], today: date, links: Links | None) -> Section | None:
    """Put the people given into words, in this order; None where there is nobody."""
    if not people:
        return None
    rows = tuple(_row(one, today, links) for one in people)
    return Section(
        words.newcomers(),
        rows=rows,
        verdict=words.count_new(len(rows)),
        subject=words.few_new(len(rows)),
        flags=tuple(Flag(ENCOUNTER, one.person_id) for one in people),
        facts=[person.facts(row) for row in rows],
    )


def _row(one: Newcomer, today: date, links: Links | None) -> Row:
    name = plain(one.name, otherwise=one.address)
    return Row(
        name=name,
        sentence=words.met_since(one.on, today, wrote=one.wrote),
        address=one.address,
        answers=answers(links, ENCOUNTER, one.person_id, name, _VERBS),
    )
