"""The weekly report of one owner, composed from a snapshot of the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.message import EmailMessage

from beforehand.analysis.freshness import freshness
from beforehand.analysis.grading import Grades, grade_flags
from beforehand.analysis.signals import Signals
from beforehand.analysis.snapshot import Snapshot, open_snapshot
from beforehand.app import App
from beforehand.mailing import answering, answers, periods
from beforehand.mailing.answers import Confirmation
from beforehand.mailing.sections import order
from beforehand.mailing.sections.week import Week
from connectors.errors import ConfigError
from report import message, view
from report.answers.token import Signer
from report.kinds import LAPSE
from report.text.language import spoken
from report.view import Period, ReportView, TieCounts
from scoring.attention import Selection
from scoring.judgement import State
from sync.store import reports
from sync.store.people import Person
from sync.store.reports import NewFlag, ReportState, SentReport


@dataclass(frozen=True, slots=True)
class Weekly:
    """A report, ready to be shown or sent, and the flags that count once it is sent.

    `held`: who would have been named, and why they are not. `grades`: what became of the flags
    before this one. `told`: the answers that it confirms.
    """

    view: ReportView
    message: EmailMessage
    flags: tuple[NewFlag, ...]
    held: tuple[tuple[Person, str], ...]
    grades: Grades
    told: tuple[Confirmation, ...]

    def facts(self) -> dict[str, object]:
        """The report for programs, ready for JSON; what a replay finds is not in it."""
        shown, sections = self.view, order.facts(self.view.sections)
        counts = self.grades.counts()
        return {
            "period": shown.period.label,
            "subject": shown.subject,
            "verdict": shown.verdict,
            "notices": shown.notices,
            "answered": shown.answered,
            **sections,
            "past": {
                "last": sections["past"],
                "counts": {(one.value if one else "open"): n for one, n in counts.items()},
            },
            "held": [
                {"name": person.name, "address": person.handles[0], "reason": reason}
                for person, reason in self.held
            ],
        }


def period_of(day: date, label: str) -> Period:
    """The days that a report made on this day looks back on, in the week of that name."""
    return Period(start=day - timedelta(days=7), end=day, label=label)


def compose(app: App, at: datetime | None = None, *, sending: bool = False) -> Weekly:
    """Compose the report as of `at` (aware; now, if left out). Writes nothing to the store.

    `sending`: its answers are meant, so the key that signs them is kept.

    Raises ConfigError where there is no source, for then nothing can be said, not even that the
    week was quiet.
    """
    with spoken(app.config.report.locale):
        return _compose(app, at, answers.signer(app, sending=sending))


def _compose(app: App, at: datetime | None, signer: Signer) -> Weekly:
    if not app.config.sources:
        raise ConfigError(f"{app.config.path} has no [[sources]]: add one, and sync")
    with open_snapshot(app, at) as snapshot:
        reader = snapshot.reader
        local = snapshot.at.astimezone(app.config.zone)
        fresh = freshness(app, snapshot)
        grades = grade_flags(reader, fresh.known_until)
        people = grades.length(app.config.report.people)
        selection = snapshot.select(people, bars=grades.bars())
        told = answers.confirmations(reader.connection, app.owner_id)
        known = reports.of_owner(reader.connection, app.owner_id)
        # A look into the past knows no later answer.
        confirmed = [one for one in told if one.at <= snapshot.at]
        period = period_of(local.date(), periods.label(app.config, snapshot.at))
        links = answering.links(app, period, signer)
        week = Week(
            app=app,
            snapshot=snapshot,
            signals=Signals(snapshot),
            selection=selection,
            grades=grades,
            last=_last_sent(known, period.label, snapshot.at),
            period=period,
            links=links,
        )
        sections = order.build(week)
    shown = view.build(
        period=period,
        now=local,
        sources=fresh.states,
        ties=_tie_counts(snapshot),
        sections=sections,
        first=not any(one.state is ReportState.SENT for one in known),
        answered=answering.lines(confirmed, app.config.zone, local.date()),
        links=links,
    )
    mail = message.compose(
        shown,
        owner_id=app.config.owner.id,
        owner_name=app.config.owner.name,
        sender=app.config.report.sender or app.config.report_to,
        to=app.config.report_to,
        at=local,
        secret=signer.secret,
    )
    held = tuple((snapshot.people[one.judgement.key], one.reason) for one in selection.held)
    flags = _flags(shown, selection)
    return Weekly(shown, mail, flags, held, grades, told=tuple(confirmed))


def _flags(shown: ReportView, selection: Selection) -> tuple[NewFlag, ...]:
    """The flags of the sections shown; the chance of a lapse beside each person to write to."""
    chances = {one.key: one.p_lapse for one in selection.flags}
    return tuple(
        NewFlag(flag.person_id, flag.kind, chances[flag.person_id] if flag.kind == LAPSE else None)
        for section in shown.sections.values()
        for flag in section.flags
    )


def _last_sent(known: Sequence[SentReport], label: str, at: datetime) -> SentReport | None:
    """The last report before that of this week; None where there was none."""
    sent = {
        one.sent_at: one
        for one in known
        if one.state is ReportState.SENT and one.period != label and one.sent_at is not None
    }
    before = [moment for moment in sent if moment <= at]
    return sent[max(before)] if before else None


def _tie_counts(snapshot: Snapshot) -> TieCounts:
    judged = snapshot.judgements
    count = {state: int(judged.in_state(state).sum()) for state in State}
    return TieCounts(
        living=count[State.LIVING], fading=count[State.FADING], dormant=count[State.DORMANT]
    )
