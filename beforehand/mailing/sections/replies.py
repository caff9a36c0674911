"""The replies that the owner owes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from beforehand.mailing.sections.inputs import SectionInputs
from report.answers.token import AnswerLinks
from report.answers.verbs import Verb
from report.kinds import REPLY
from report.sections import Flag, Row, Section, answers
from report.text import signals as words
from report.text.phrases import plain

_VERBS = (Verb.MET, Verb.SNOOZE)


@dataclass(frozen=True, slots=True)
class OpenReply:
    """A reply that the owner owes: since which day, for how many days, and why it seems so."""

    name: str
    since: date
    days: int
    because: str = ""
    person_id: int = 0


def build(inputs: SectionInputs) -> Section | None:
    """None where no reply is owed."""
    replies = [
        OpenReply(
            inputs.snapshot.people[reply.key].name,
            reply.since.astimezone(inputs.zone).date(),
            reply.days,
            words.owed_because(reply),
            person_id=reply.key,
        )
        for reply in inputs.signals.replies()
    ]
    return section(replies, inputs.today, inputs.links)


def section(replies: Sequence[OpenReply], today: date, links: AnswerLinks | None) -> Section | None:
    """Put the replies given into words, in this order; None where there are none."""
    if not replies:
        return None
    rows = tuple(_row(reply, today, links) for reply in replies)
    count = words.count_owed(len(rows))
    return Section(
        words.replies_owed(),
        rows=rows,
        verdict=count,
        subject=count,
        flags=tuple(Flag(REPLY, reply.person_id) for reply in replies),
        facts=[{"name": row.name, "since": row.sentence} for row in rows],
    )


def _row(reply: OpenReply, today: date, links: AnswerLinks | None) -> Row:
    # No link to write: the reply belongs into the thread that it answers.
    name = plain(reply.name)
    return Row(
        name=name,
        sentence=words.owed_since(reply.since, reply.days, today, reply.because),
        answers=answers(links, REPLY, reply.person_id, name, _VERBS),
        inline=True,
    )
