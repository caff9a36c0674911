"""The report as data: everything that is shown, and nothing else.

The application hands in what it knows (`Candidate`, `Owed`, `SourceState`, ...), already chosen
and in order; `build` turns it into a `ReportView` of finished sentences, from which both the HTML
and the text are written. No score is in it, so none can be shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from report.answers import text
from report.answers.links import Links
from report.answers.token import Verb
from report.kinds import ENCOUNTER, HELLO, LAPSE, REPLY
from report.text import language, weekly
from report.text import past as past_text
from report.text.phrases import plain, short
from scoring.grading import Outcome, Share
from scoring.judgement import Judgement

MOST_OWED = 5  # a longer list is no help on one screen; the rest is counted


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


@dataclass(frozen=True, slots=True)
class Owed:
    """A reply that the owner owes: since which day, for how many days, and why it seems so."""

    name: str
    since: date
    days: int
    because: str = ""
    person_id: int = 0


@dataclass(frozen=True, slots=True)
class Met:
    """Somebody new: when they first met the owner (or `wrote`), with no word between them since."""

    person_id: int
    name: str
    address: str
    on: date
    wrote: bool = False


@dataclass(frozen=True, slots=True)
class Past:
    """What became of the flags before this report.

    `last`: the names in the report before this one, by outcome (None: still open), sent on the
    day `on`. `acted`: how often the owner has acted on a name since the day `since`; None
    where that is too seldom known to tell.
    """

    on: date
    last: Mapping[Outcome | None, Sequence[str]]
    acted: Share | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True)
class SourceState:
    """How fresh a source is.

    `label` names it to a person ("Gmail", "Calendar"). `last_ok` is aware, None if it was never
    read. `trouble` is one sentence on what went wrong and what to do, or empty. Sources that are
    stale or have trouble are spoken of at the top.
    `mail`: people's messages come from here, so that while it is stale no silence can be claimed.
    `back_to`: it is being read for the first time, and people's mail is known from then on.
    """

    id: str
    label: str
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
class Standing:
    """How many people stand where: `ties` in all, of which living, quieter than usual, asleep."""

    ties: int
    living: int
    fading: int
    dormant: int


@dataclass(frozen=True, slots=True)
class Link:
    """Something to tap: its words, a name for those who only hear them, and where it leads."""

    words: str
    spoken: str
    href: str


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person to write to. `months` holds days in touch per 30 days, oldest first."""

    name: str
    address: str
    sentence: str
    months: tuple[int, ...]
    months_in_words: str
    year: str
    last: str
    answers: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class OwedRow:
    """One reply owed: to whom, and since when in words."""

    name: str
    since: str
    answers: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class NoteRow:
    """Somebody else of note, in a sentence; `address` is where the owner would write to."""

    name: str
    address: str
    sentence: str
    answers: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class PastRow:
    """What became of the last report's names, a sentence each, under a heading; and in all."""

    heading: str
    lines: tuple[str, ...]
    so_far: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """What a report shows, top to bottom, in the language of `locale`.

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
    past: PastRow | None
    people: tuple[PersonRow, ...]
    owed: tuple[OwedRow, ...]
    more_owed: str
    met: tuple[NoteRow, ...]
    hello: NoteRow | None
    changes: tuple[str, ...]
    network: tuple[str, ...]
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
    candidates: Sequence[Candidate],
    owed: Sequence[Owed],
    sources: Sequence[SourceState],
    standing: Standing,
    met: Sequence[Met] = (),
    hello: Candidate | None = None,
    changes: Sequence[str] = (),
    network: Sequence[str] = (),
    first: bool = False,
    answered: Sequence[str] = (),
    past: Past | None = None,
    links: Links | None = None,
) -> ReportView:
    """Put a report into words.

    `now` is aware and in the owner's time zone. `candidates`, `owed` and `met` are shown in the
    order given, and all but `owed` whole: choosing is the caller's. `hello` is a tie asleep,
    `changes` are sentences about addresses, `network` those about all ties together, `answered`
    confirm what the owner said. `links` are the owner's answers; None: nothing reads them, so that
    commands are named instead. While a mail source is stale nothing is said of anybody, for either
    side may have written since. Raises ValueError where `now` is naive.
    """
    if now.tzinfo is None:
        raise ValueError("now must know its time zone")
    unseen = [source.last_ok for source in sources if source.stale and source.mail]
    if unseen:
        candidates, owed, met, hello, changes, network, past = (), (), (), None, (), (), None
    anybody = bool(candidates or owed or met or hello)
    verdict = weekly.counts_line(len(candidates), len(owed), len(met))
    subject = weekly.subject(period.end, people=len(candidates), owed=len(owed), met=len(met))
    if unseen:
        oldest = None if None in unseen else min(when for when in unseen if when)
        verdict, short = weekly.blind(oldest, now)
        subject = weekly.subject(period.end, people=0, owed=0, unseen=short)
    elif not (candidates or owed or met) and any(source.back_to for source in sources):
        verdict, short = weekly.early()
        subject = weekly.subject(period.end, people=0, owed=0, unseen=short)
    return ReportView(
        period=period,
        locale=language.current(),
        subject=subject,
        verdict=verdict,
        week=weekly.week(period.start, period.end),
        notices=tuple(notice for s in sources for notice in _notices(s, now)),
        first=weekly.first() if first else (),
        answered=tuple(answered),
        past=None if past is None else _past(past, period.end),
        people=tuple(_person(candidate, period.end, links) for candidate in candidates),
        owed=tuple(_owed(one, period.end, links) for one in owed[:MOST_OWED]),
        more_owed=weekly.more(len(owed) - MOST_OWED),
        met=tuple(_met(one, period.end, links) for one in met),
        hello=None if hello is None else _hello(hello, links),
        changes=tuple(changes),
        network=tuple(network),
        standing=""
        if unseen
        else weekly.standing(standing.living, standing.fading, standing.dormant),
        seen=tuple(weekly.seen(s.label, s.last_ok, now) for s in sources),
        help=text.how_to_answer(by_mail=links is not None) if anybody else "",
        help_by_command=text.how_to_answer(by_mail=False) if anybody else "",
        favours=() if links is None else (_at_all(links, Verb.HELPED), _at_all(links, Verb.ASKED)),
        pause=text.how_to_pause(by_mail=links is not None),
        pause_by_command=text.how_to_pause(by_mail=False),
        pause_link=None if links is None else _at_all(links, Verb.PAUSE),
    )


def _notices(source: SourceState, now: datetime) -> Iterator[str]:
    if source.stale or source.trouble:
        yield weekly.notice(source.label, source.last_ok, source.trouble, now)
    elif source.back_to is not None:
        yield weekly.partly(source.label, source.back_to, now)


def _past(past: Past, today: date) -> PastRow:
    so_far = ""
    if past.acted is not None and past.since is not None:
        so_far = past_text.so_far(past.acted, past.since, today)
    heading = past_text.heading(past.on, today)
    return PastRow(heading, tuple(past_text.became(past.last)), so_far)


def _person(candidate: Candidate, today: date, links: Links | None) -> PersonRow:
    reasons = candidate.judgement.reasons
    name = plain(candidate.name, otherwise=candidate.address)
    return PersonRow(
        name=name,
        address=candidate.address,
        sentence=f"{weekly.sentence(reasons)} {candidate.also}".rstrip(),
        months=reasons.months,
        months_in_words=weekly.months_line(reasons.months),
        year=weekly.year_in_touch(reasons.months),
        last=weekly.last_contact(reasons.last_contact, today),
        answers=_answers(
            links, LAPSE, candidate.person_id, name, (Verb.MET, Verb.SNOOZE, Verb.IGNORE)
        ),
    )


def _owed(owed: Owed, today: date, links: Links | None) -> OwedRow:
    name = plain(owed.name)
    return OwedRow(
        name=name,
        since=weekly.owed_since(owed.since, owed.days, today, owed.because),
        answers=_answers(links, REPLY, owed.person_id, name, (Verb.MET, Verb.SNOOZE)),
    )


def _met(met: Met, today: date, links: Links | None) -> NoteRow:
    name = plain(met.name, otherwise=met.address)
    return NoteRow(
        name=name,
        address=met.address,
        sentence=weekly.met_since(met.on, today, wrote=met.wrote),
        answers=_answers(links, ENCOUNTER, met.person_id, name, (Verb.MET, Verb.IGNORE)),
    )


def _hello(candidate: Candidate, links: Links | None) -> NoteRow:
    name = plain(candidate.name, otherwise=candidate.address)
    return NoteRow(
        name=name,
        address=candidate.address,
        sentence=f"{weekly.once_close(candidate.judgement.reasons)} {candidate.also}".rstrip(),
        answers=_answers(links, HELLO, candidate.person_id, name, (Verb.MET, Verb.IGNORE)),
    )


def _answers(
    links: Links | None, kind: str, person_id: int, name: str, verbs: Sequence[Verb]
) -> tuple[Link, ...]:
    def link(links: Links, verb: Verb) -> Link:
        label = text.label(verb, kind)
        # What is seen comes first in what is heard (WCAG 2.5.3).
        return Link(label, f"{label}: {short(name)}", links.about(verb, person_id, kind, name))

    return () if links is None else tuple(link(links, verb) for verb in verbs)


def _at_all(links: Links, verb: Verb) -> Link:
    label = text.label(verb)
    return Link(label, label, links.at_all(verb))
