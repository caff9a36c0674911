"""The few people to write to, for their silence outgrows its rhythm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from beforehand.mailing.sections import person
from beforehand.mailing.sections.week import Week
from report.answers.token import AnswerLinks
from report.answers.verbs import Verb
from report.kinds import LAPSE
from report.sections import Bars, Flag, Row, Section, answers
from report.text import ties as words
from report.text.phrases import plain
from scoring.judgement import Judgement

_VERBS = (Verb.MET, Verb.SNOOZE, Verb.IGNORE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person to put before the owner; `address` is where the owner would write to.

    `also`: what else is to be known of the two, in a sentence or two.
    """

    person_id: int
    name: str
    address: str
    judgement: Judgement
    also: str = ""


def candidate(week: Week, judgement: Judgement) -> Candidate:
    """The person whose tie is judged so."""
    key = judgement.key
    name, address = week.snapshot.people[key].name, week.snapshot.address(key)
    return Candidate(key, name, address, judgement, also=person.beside(week.signals, key))


def build(week: Week) -> Section | None:
    """None where nobody needs a word."""
    week.signals.expect([judgement.key for judgement in week.selection.flags])
    chosen = [candidate(week, judgement) for judgement in week.selection.flags]
    return section(chosen, week.today, week.links)


def section(people: Sequence[Candidate], today: date, links: AnswerLinks | None) -> Section | None:
    """Put the people given into words, in this order; None where there is nobody."""
    if not people:
        return None
    rows = tuple(_row(each, today, links) for each in people)
    return Section(
        words.to_write_to(),
        rows=rows,
        verdict=words.count_to_write_to(len(rows)),
        subject=words.few_to_write_to(len(rows)),
        flags=tuple(Flag(LAPSE, each.person_id) for each in people),
        facts=[row.facts() for row in rows],
    )


def _row(who: Candidate, today: date, links: AnswerLinks | None) -> Row:
    reasons = who.judgement.reasons
    name = plain(who.name, otherwise=who.address)
    year = words.year_in_touch(reasons.months)
    return Row(
        name=name,
        sentence=f"{words.sentence(reasons)} {who.also}".rstrip(),
        address=who.address,
        answers=answers(links, LAPSE, who.person_id, name, _VERBS),
        bars=Bars(
            reasons.months,
            words.months_line(reasons.months),
            f"{year}, {words.last_contact(reasons.last_contact, today)}",
        ),
    )
