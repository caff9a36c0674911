"""The replies that the owner owes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from beforehand.mailing.sections.week import Week
from report.answers.links import Links
from report.answers.token import Verb
from report.kinds import REPLY
from report.sections import Flag, Row, Section, answers
from report.text import weekly as words
from report.text.phrases import plain
from report.text.signals import owed_because

_VERBS = (Verb.MET, Verb.SNOOZE)


@dataclass(frozen=True, slots=True)
class OpenReply:
    """A reply that the owner owes: since which day, for how many days, and why it seems so."""

    name: str
    since: date
    days: int
    because: str = ""
    person_id: int = 0


def build(week: Week) -> Section | None:
    """None where no reply is owed."""
    replies = [
        OpenReply(
            week.snapshot.people[one.key].name,
            one.since.astimezone(week.zone).date(),
            one.days,
            owed_because(one),
            person_id=one.key,
        )
        for one in week.signals.replies()
    ]
    return section(replies, week.today, week.links)


def section(replies: Sequence[OpenReply], today: date, links: Links | None) -> Section | None:
    """Put the replies given into words, in this order; None where there are none."""
    if not replies:
        return None
    rows = tuple(_row(one, today, links) for one in replies)
    count = words.count_owed(len(rows))
    return Section(
        words.replies_owed(),
        rows=rows,
        verdict=count,
        subject=count,
        flags=tuple(Flag(REPLY, one.person_id) for one in replies),
        facts=[{"name": row.name, "since": row.sentence} for row in rows],
    )


def _row(one: OpenReply, today: date, links: Links | None) -> Row:
    # No link to write: the reply belongs into the thread that it answers.
    name = plain(one.name)
    return Row(
        name=name,
        sentence=words.owed_since(one.since, one.days, today, one.because),
        answers=answers(links, REPLY, one.person_id, name, _VERBS),
        inline=True,
    )
