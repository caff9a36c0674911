"""People who are new, with no word between them and the owner since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from beforehand.mailing.sections.inputs import SectionInputs
from report.answers.token import AnswerLinks
from report.answers.verbs import Verb
from report.kinds import ENCOUNTER
from report.sections import Flag, Row, Section, answers
from report.text import signals as words
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


def build(inputs: SectionInputs) -> Section | None:
    """None where there is nobody new."""
    people = [
        Newcomer(
            newcomer.key,
            inputs.snapshot.people[newcomer.key].name,
            inputs.snapshot.address(newcomer.key),
            newcomer.at.astimezone(inputs.zone).date(),
            wrote=not newcomer.met,
        )
        for newcomer in inputs.signals.met()
    ]
    return section(people, inputs.today, inputs.links)


def section(people: Sequence[Newcomer], today: date, links: AnswerLinks | None) -> Section | None:
    """Put the people given into words, in this order; None where there is nobody."""
    if not people:
        return None
    rows = tuple(_row(newcomer, today, links) for newcomer in people)
    return Section(
        words.newcomers(),
        rows=rows,
        verdict=words.count_new(len(rows)),
        subject=words.few_new(len(rows)),
        flags=tuple(Flag(ENCOUNTER, newcomer.person_id) for newcomer in people),
        facts=[row.facts() for row in rows],
    )


def _row(newcomer: Newcomer, today: date, links: AnswerLinks | None) -> Row:
    name = plain(newcomer.name, otherwise=newcomer.address)
    return Row(
        name=name,
        sentence=words.met_since(newcomer.on, today, wrote=newcomer.wrote),
        address=newcomer.address,
        answers=answers(links, ENCOUNTER, newcomer.person_id, name, _VERBS),
    )
