"""The one tie asleep that is worth a hello."""

from __future__ import annotations

from beforehand.analysis import portfolio
from beforehand.mailing.sections import person
from beforehand.mailing.sections.to_write_to import Candidate, candidate
from beforehand.mailing.sections.week import Week
from report.answers.links import Links
from report.answers.token import Verb
from report.kinds import HELLO
from report.sections import Flag, Row, Section, answers
from report.text import weekly as words
from report.text.phrases import plain

_VERBS = (Verb.MET, Verb.IGNORE)


def build(week: Week) -> Section | None:
    """None where no tie asleep is worth one."""
    found = portfolio.hello(week.signals)
    return None if found is None else section(candidate(week, found.judgement), week.links)


def section(one: Candidate, links: Links | None) -> Section:
    """Put the tie into words. It asks nothing of the owner, so the verdict does not count it."""
    name = plain(one.name, otherwise=one.address)
    row = Row(
        name=name,
        sentence=f"{words.once_close(one.judgement.reasons)} {one.also}".rstrip(),
        address=one.address,
        answers=answers(links, HELLO, one.person_id, name, _VERBS),
    )
    return Section(
        words.worth_a_hello(),
        rows=(row,),
        flags=(Flag(HELLO, one.person_id),),
        facts=person.facts(row),
    )
