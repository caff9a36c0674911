"""The one tie asleep that is worth a hello."""

from __future__ import annotations

from beforehand.analysis import portfolio
from beforehand.mailing.sections.inputs import SectionInputs
from beforehand.mailing.sections.to_write_to import Candidate, candidate
from report.answers.token import AnswerLinks
from report.answers.verbs import Verb
from report.kinds import HELLO
from report.sections import Flag, Row, Section, answers
from report.text import ties as words
from report.text.phrases import plain

_VERBS = (Verb.MET, Verb.IGNORE)


def build(inputs: SectionInputs) -> Section | None:
    """None where no tie asleep is worth one."""
    chosen = portfolio.hello(inputs.signals)
    return None if chosen is None else section(candidate(inputs, chosen.judgement), inputs.links)


def section(tie: Candidate, links: AnswerLinks | None) -> Section:
    """Put the tie into words. It asks nothing of the owner, so the verdict does not count it."""
    name = plain(tie.name, otherwise=tie.address)
    row = Row(
        name=name,
        sentence=f"{words.once_close(tie.judgement.reasons)} {tie.also}".rstrip(),
        address=tie.address,
        answers=answers(links, HELLO, tie.person_id, name, _VERBS),
    )
    return Section(
        words.worth_a_hello(),
        rows=(row,),
        flags=(Flag(HELLO, tie.person_id),),
        facts=row.facts(),
    )
