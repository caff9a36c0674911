"""The report as data: everything that is shown, and nothing else.

The application hands in the sections, already built and in order, and the state of the sources;
`build` adds the sentences around them. From the `ReportView` both the HTML and the text are
written. No score is in it, so none can be shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from report.answers import text
from report.answers.token import AnswerLinks
from report.answers.verbs import Verb
from report.sections import Link, Section, answer_to_all
from report.text import language, weekly


@dataclass(frozen=True, slots=True)
class SourceState:
    """How fresh a source is.

    `id` names it to the owner, who chose it. `last_ok` is aware, None if it was never read.
    `trouble` is one sentence on what went wrong and what to do, or empty. Sources that are stale
    or have trouble are named at the top.
    `mail`: people's messages come from here, so that while it is stale no silence can be claimed.
    `back_to`: it is being read for the first time, and people's mail is known from then on.
    """

    id: str
    last_ok: datetime | None
    stale: bool = False
    trouble: str = ""
    mail: bool = True
    back_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """The span [start, end) of days a report is for, made on the day `end`.

    `label` names it once and for all ("2026-W48"): a report is unique per owner and label.
    """

    start: date
    end: date
    label: str


@dataclass(frozen=True, slots=True)
class TieCounts:
    """Number of ties that are living, quieter than usual, and asleep."""

    living: int
    fading: int
    dormant: int


@dataclass(frozen=True, slots=True)
class ReportView:
    """What a report shows, top to bottom, in the language of `locale`.

    `sections` are in the order in which they are drawn, by the key that programs know them by.
    `help` and `pause` speak of the links that stand there; the text part, which has none, says the
    same by commands.
    """

    period: Period
    locale: str
    subject: str
    verdict: str
    week: str
    notices: tuple[str, ...]
    first: tuple[str, ...]
    answered: tuple[str, ...]
    sections: Mapping[str, Section]
    standing: str
    seen: tuple[str, ...]
    help: str
    help_by_command: str
    favours: tuple[Link, ...]
    pause: str
    pause_by_command: str
    pause_link: Link | None

    @property
    def preheader(self) -> str:
        """What a mailbox shows beside the subject: the verdict."""
        return self.verdict


def build(
    *,
    period: Period,
    now: datetime,
    sources: Sequence[SourceState],
    ties: TieCounts,
    sections: Mapping[str, Section] = MappingProxyType({}),
    first: bool = False,
    answered: Sequence[str] = (),
    links: AnswerLinks | None = None,
) -> ReportView:
    """Put a report together.

    `now` is aware and in the owner's time zone. `sections` are shown in the order given.
    `answered` confirm what the owner said. `links` are the owner's answers; None: nothing reads
    them, so that commands are named instead. While a mail source is stale no section is shown,
    for whoever seems silent may have written since. Raises ValueError where `now` is naive.
    """
    if now.tzinfo is None:
        raise ValueError("now must know its time zone")
    unseen = [source.last_ok for source in sources if source.stale and source.mail]
    shown = {} if unseen else dict(sections)
    verdict = weekly.verdict([section.verdict for section in shown.values() if section.verdict])
    counts = ", ".join(section.subject for section in shown.values() if section.subject)
    if unseen:
        oldest = None if None in unseen else min(when for when in unseen if when)
        verdict, counts = weekly.blind(oldest, now)
    elif not counts and any(source.back_to for source in sources):
        verdict, counts = weekly.early()
    answerable = any(section.rows for section in shown.values())
    return ReportView(
        period=period,
        locale=language.current(),
        subject=weekly.subject(period.end, counts),
        verdict=verdict,
        week=weekly.week(period.start, period.end),
        notices=tuple(notice for source in sources for notice in _notices(source, now)),
        first=weekly.first() if first else (),
        answered=tuple(answered),
        sections=shown,
        standing="" if unseen else weekly.standing(ties.living, ties.fading, ties.dormant),
        seen=tuple(weekly.seen(source.id, source.last_ok, now) for source in sources),
        help=text.how_to_answer(by_mail=links is not None) if answerable else "",
        help_by_command=text.how_to_answer(by_mail=False) if answerable else "",
        favours=()
        if links is None
        else (answer_to_all(links, Verb.HELPED), answer_to_all(links, Verb.ASKED)),
        pause=text.how_to_pause(by_mail=links is not None),
        pause_by_command=text.how_to_pause(by_mail=False),
        pause_link=None if links is None else answer_to_all(links, Verb.PAUSE),
    )


def _notices(source: SourceState, now: datetime) -> Iterator[str]:
    if source.stale or source.trouble:
        yield weekly.notice(source.id, source.last_ok, source.trouble, now)
    elif source.back_to is not None:
        yield weekly.partly(source.id, source.back_to, now)
