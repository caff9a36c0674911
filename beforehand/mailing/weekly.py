"""The weekly report of one owner, composed from a snapshot of the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.message import EmailMessage

from beforehand.analysis.facts import suppression_reason
from beforehand.analysis.freshness import freshness
from beforehand.analysis.grading import Grades, grade_flags
from beforehand.analysis.signals import Signals
from beforehand.analysis.snapshot import Snapshot, open_snapshot
from beforehand.app import App
from beforehand.mailing import answering, answers, periods
from beforehand.mailing.answers import Confirmation
from beforehand.mailing.sections import order
from beforehand.mailing.sections.inputs import SectionInputs
from connectors.errors import ConfigError
from report import message, view
from report.answers.token import Signer
from report.kinds import LAPSE
from report.text import why
from report.text.language import use_locale
from report.view import Period, ReportView, TieCounts
from scoring.attention import Selection
from scoring.judgement import State
from sync.store import reports
from sync.store.flags import NewFlag, ReportState
from sync.store.people import Person
from sync.store.reports import SentReport


@dataclass(frozen=True, slots=True)
class Weekly:
    """A report, ready to be shown or sent, and the flags that count once it is sent.

    held: people who would have been named, with the reason why they are not. grades: what became
    of earlier flags. confirmed: the answers that the report confirms.
    """

    view: ReportView
    message: EmailMessage
    flags: tuple[NewFlag, ...]
    held: tuple[tuple[Person, str], ...]
    grades: Grades
    confirmed: tuple[Confirmation, ...]

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
    """Return the period of the report made on this day, in the week of that label."""
    return Period(start=day - timedelta(days=7), end=day, label=label)


def compose(app: App, at: datetime | None = None, *, sending: bool = False) -> Weekly:
    """Compose the report as of `at` (aware; now, if left out). Writes nothing to the store.

    `sending`: its answers are meant, so the key that signs them is kept.

    Raises ConfigError where there is no source: without one, not even a quiet week can be claimed.
    """
    with use_locale(app.config.report.locale):
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
        selection = snapshot.select(people, raised=grades.bars())
        confirmations = answers.confirmations(reader.connection, app.owner_id, snapshot.people)
        earlier = reports.of_owner(reader.connection, app.owner_id)
        # A report as of the past knows no later answer.
        confirmed = tuple(answer for answer in confirmations if answer.at <= snapshot.at)
        period = period_of(local.date(), periods.label(app.config, snapshot.at))
        links = answering.links(app, period, signer)
        inputs = SectionInputs(
            snapshot=snapshot,
            signals=Signals(snapshot),
            selection=selection,
            grades=grades,
            last=_last_sent(earlier, period.label, snapshot.at),
            period=period,
            links=links,
            zone=app.config.zone,
        )
        sections = order.build(inputs)
    shown = view.build(
        period=period,
        now=local,
        sources=fresh.states,
        ties=_tie_counts(snapshot),
        sections=sections,
        first=not any(report.state is ReportState.SENT for report in earlier),
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
    held = tuple(
        (snapshot.people[key], suppression_reason(snapshot, key) or why.suppressed(left_out.reason))
        for left_out in selection.suppressed
        for key in (left_out.judgement.key,)
    )
    flags = _flags(shown, selection)
    return Weekly(shown, mail, flags, held, grades, confirmed)


def _flags(shown: ReportView, selection: Selection) -> tuple[NewFlag, ...]:
    """The flags of the sections shown; the chance of a lapse beside each person to write to."""
    chances = {(LAPSE, judgement.key): judgement.p_lapse for judgement in selection.flags}
    return tuple(
        NewFlag(flag.person_id, flag.kind, chances.get((flag.kind, flag.person_id)))
        for section in shown.sections.values()
        for flag in section.flags
    )


def _last_sent(earlier: Sequence[SentReport], label: str, at: datetime) -> SentReport | None:
    """Return the last report before that of this week; None where there was none."""
    sent = {
        report.sent_at: report
        for report in earlier
        if report.state is ReportState.SENT
        and report.period != label
        and report.sent_at is not None
    }
    before = [moment for moment in sent if moment <= at]
    return sent[max(before)] if before else None


def _tie_counts(snapshot: Snapshot) -> TieCounts:
    judged = snapshot.judgements
    count = {state: int(judged.in_state(state).sum()) for state in State}
    return TieCounts(
        living=count[State.LIVING], fading=count[State.FADING], dormant=count[State.DORMANT]
    )
