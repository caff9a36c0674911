"""The weekly report of one owner, composed from the network as of a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from email.message import EmailMessage

from beforehand.analysis import grading, portfolio, signals
from beforehand.analysis.freshness import freshness
from beforehand.analysis.grading import Grades
from beforehand.analysis.network import Network, look
from beforehand.analysis.signals import Signals
from beforehand.app import App
from beforehand.mailing import answering, answers, periods
from beforehand.mailing.answers import Confirmation
from connectors.errors import ConfigError
from report import message, view
from report.answers.pause_text import favours_line
from report.answers.token import Signer
from report.kinds import ADDRESS, ENCOUNTER, HELLO, LAPSE, REPLY
from report.text.language import spoken
from report.text.signals import owed_because
from report.view import Candidate, Met, Owed, Past, Period, ReportView, Standing
from scoring.grading import Outcome
from scoring.judgement import Judgement, State
from scoring.signals.encounters import Encounter
from scoring.signals.owed import ReplyOwed
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
    network = look(app, at)
    local = network.at.astimezone(app.config.zone)
    fresh = freshness(app, network)
    grades = grading.look(app, network.at, fresh.known_until)
    people = grades.length(app.config.report.people)
    selection = network.select(people, bars=grades.bars())
    with app.store.read() as connection:
        told = answers.confirmations(connection, app.owner_id)
        known = reports.of_owner(connection, app.owner_id)
    # A look into the past knows no later answer.
    confirmed = [one for one in told if one.at <= network.at]
    found = signals.see(app, network)
    owed, met, news = found.replies(), found.met(), found.address_news()
    hello = portfolio.hello(app, network, found.addresses)
    period = period_of(local.date(), periods.label(app.config, network.at))
    shown = view.build(
        period=period,
        now=local,
        candidates=[_candidate(found, one) for one in selection.flags],
        owed=[_owed(network, one, app.config.zone) for one in owed],
        met=[_met(network, one, app.config.zone) for one in met],
        changes=news.lines(app.config.zone),
        sources=fresh.states,
        standing=_standing(network),
        hello=None if hello is None else _candidate(found, hello.judgement),
        network=_at_large(app, network, local.date()) if portfolio.is_due(period) else (),
        first=not any(one.state is ReportState.SENT for one in known),
        answered=answering.lines(confirmed, app.config.zone, local.date()),
        past=_past(network, grades, _last_sent(known, period.label, network.at), app.config.zone),
        links=answering.links(app, period, signer),
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
    lapses = [NewFlag(one.key, LAPSE, one.p_lapse) for one in selection.flags]
    replies = [NewFlag(one.key, REPLY, None) for one in owed if shown.owed]
    begun = [NewFlag(one.key, ENCOUNTER, None) for one in met if shown.met]
    said = [NewFlag(person, ADDRESS, None) for person in news.people() if shown.changes]
    hellos = [NewFlag(hello.judgement.key, HELLO, None)] if hello and shown.hello else []
    flags = (*(lapses if shown.people else ()), *replies, *begun, *said, *hellos)
    held = tuple((network.people[one.judgement.key], one.reason) for one in selection.held)
    return Weekly(shown, mail, flags, held, grades, told=tuple(confirmed))


def _at_large(app: App, network: Network, on: date) -> tuple[str, ...]:
    """The sentences on the network as a whole, and on favours done and asked for."""
    lines = portfolio.portfolio(app, network).lines(on)
    favours = favours_line(*answers.favours_at(app, network.at))
    return (*lines, favours) if favours else lines


def _last_sent(known: Sequence[SentReport], label: str, at: datetime) -> SentReport | None:
    """The last report before that of this week; None where there was none."""
    sent = {
        one.sent_at: one
        for one in known
        if one.state is ReportState.SENT and one.period != label and one.sent_at is not None
    }
    before = [moment for moment in sent if moment <= at]
    return sent[max(before)] if before else None


def _past(network: Network, grades: Grades, last: SentReport | None, zone: tzinfo) -> Past | None:
    """What became of the last report's names; None where there was none, or it named nobody."""
    found = grades.of_report(last.id) if last is not None else {}
    if last is None or not found:
        return None
    since = grades.since()
    return Past(
        on=(last.sent_at or last.claimed_at).astimezone(zone).date(),
        last=_names(network, found),
        acted=grades.acted_on(),
        since=since.astimezone(zone).date() if since else None,
    )


def _names(
    network: Network, found: Mapping[Outcome | None, Sequence[int]]
) -> dict[Outcome | None, list[str]]:
    by_id = network.people
    return {
        outcome: [by_id[number].name for number in numbers if number in by_id]
        for outcome, numbers in found.items()
    }


def _candidate(found: Signals, judgement: Judgement) -> Candidate:
    network, key = found.network, judgement.key
    name, address = network.people[key].name, network.address(key)
    return Candidate(key, name, address, judgement, also=found.beside(key))


def _owed(network: Network, one: ReplyOwed, zone: tzinfo) -> Owed:
    since = one.since.astimezone(zone).date()
    name = network.people[one.key].name
    return Owed(name, since, one.days, owed_because(one), person_id=one.key)


def _met(network: Network, one: Encounter, zone: tzinfo) -> Met:
    on = one.at.astimezone(zone).date()
    name, address = network.people[one.key].name, network.address(one.key)
    return Met(one.key, name, address, on, wrote=not one.met)


def _standing(network: Network) -> Standing:
    judged = network.judgements
    count = {state: int(judged.in_state(state).sum()) for state in State}
    return Standing(
        ties=len(judged),
        living=count[State.LIVING],
        fading=count[State.FADING],
        dormant=count[State.DORMANT],
    )
