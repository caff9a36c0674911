"""The weekly report of one owner, composed from the network as of a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from email.message import EmailMessage

from beforehand import answers, portfolio, signals, weeks
from beforehand.house import House
from beforehand.network import LAPSE, Network, look
from beforehand.signals import ADDRESS, ENCOUNTER, REPLY, Signals
from connectors import registry
from connectors.api import Channel
from connectors.errors import ConfigError
from report import message, view
from report.language import gettext as _
from report.language import spoken
from report.view import Candidate, Met, Owed, Period, ReportView, SourceState, Standing
from report.words_signals import owed_because
from scoring.judgement import Judgement, State
from scoring.signals.encounters import Encounter
from scoring.signals.owed import ReplyOwed
from sync import engine
from sync.people import Card
from sync.store import reports
from sync.store.queries import SourceStanding
from sync.store.reports import NewFlag, ReportState

# A source not read for so long is stale: whoever seems silent may have written since.
STALE_AFTER = timedelta(days=3)
# An archive whose newest mail is older than this says nothing about silence now.
OLD_ARCHIVE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Weekly:
    """A report, ready to be shown or sent, and the flags that count once it is sent.

    `held`: who would have been named, and why they are not.
    """

    view: ReportView
    message: EmailMessage
    flags: tuple[NewFlag, ...]
    held: tuple[tuple[Card, str], ...]


def period_of(day: date) -> Period:
    """The days that a report made on this day looks back on; its label is the ISO week."""
    return Period(start=day - timedelta(days=7), end=day, label=f"{day:%G-W%V}")


def compose(house: House, at: datetime | None = None) -> Weekly:
    """Compose the report as of `at` (aware; now, if left out). Writes nothing.

    Raises ConfigError where there is no source, for then nothing can be said, not even that the
    week was quiet.
    """
    with spoken(house.config.report.locale):
        return _compose(house, at)


def _compose(house: House, at: datetime | None) -> Weekly:
    if not house.config.sources:
        raise ConfigError(f"{house.config.path} has no [[sources]]: add one, and sync")
    network = look(house, at)
    local = network.at.astimezone(house.config.zone)
    selection = network.select(house.config.report.people)
    with house.store.read() as connection:
        sent = any(
            one.state is ReportState.SENT for one in reports.of_owner(connection, house.owner_id)
        )
    found = signals.see(house, network)
    owed, met, news = found.replies(), found.met(), found.address_news()
    hello = portfolio.hello(house, network, found.addresses)
    period = replace(period_of(local.date()), label=weeks.label(house.config, network.at))
    shown = view.build(
        period=period,
        now=local,
        candidates=[_candidate(found, one) for one in selection.flags],
        owed=[_owed(network, one, house.config.zone) for one in owed],
        met=[_met(network, one, house.config.zone) for one in met],
        changes=news.lines(house.config.zone),
        sources=source_states(house, network),
        standing=_standing(network),
        hello=None if hello is None else _candidate(found, hello.judgement),
        network=portfolio.portfolio(house, network).lines(local.date())
        if portfolio.is_due(period)
        else (),
        first=not sent,
    )
    mail = message.compose(
        shown,
        owner_id=house.config.owner.id,
        owner_name=house.config.owner.name,
        sender=house.config.report.sender or house.config.report_to,
        to=house.config.report_to,
        at=local,
        secret=answers.signer(house).secret,
    )
    lapses = [NewFlag(one.key, LAPSE, one.p_lapse) for one in selection.flags]
    replies = [NewFlag(one.key, REPLY, None) for one in owed if shown.owed]
    begun = [NewFlag(one.key, ENCOUNTER, None) for one in met if shown.met]
    said = [NewFlag(person, ADDRESS, None) for person in news.people() if shown.changes]
    hellos = [NewFlag(hello.judgement.key, portfolio.HELLO, None)] if hello and shown.hello else []
    flags = (*(lapses if shown.people else ()), *replies, *begun, *said, *hellos)
    held = tuple((network.cards[one.judgement.key], one.reason) for one in selection.held)
    return Weekly(shown, mail, flags, held)


def _candidate(found: Signals, judgement: Judgement) -> Candidate:
    network, key = found.network, judgement.key
    name, address = network.cards[key].name, network.address(key)
    return Candidate(key, name, address, judgement, also=found.beside(key))


def _owed(network: Network, one: ReplyOwed, zone: tzinfo) -> Owed:
    since = one.since.astimezone(zone).date()
    return Owed(network.cards[one.key].name, since, one.days, owed_because(one))


def _met(network: Network, one: Encounter, zone: tzinfo) -> Met:
    on = one.at.astimezone(zone).date()
    name, address = network.cards[one.key].name, network.address(one.key)
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


def source_states(house: House, network: Network) -> list[SourceState]:
    """How fresh each configured source was as of the network's time."""
    known = {one.key: one for one in network.sources}
    mail = {
        source.id: Channel.MAIL in registry.load(source.type).channels
        for source in house.config.sources
    }
    newest = [
        one.newest_at for key, one in known.items() if mail.get(key) and one.newest_at is not None
    ]
    old = bool(newest) and network.at - max(newest) > OLD_ARCHIVE
    return [
        _state(source.id, known.get(source.id), network.at, mail=mail[source.id], old=old)
        for source in house.config.sources
    ]


def _state(
    key: str, known: SourceStanding | None, at: datetime, *, mail: bool, old: bool
) -> SourceState:
    last = known.last_ok_at if known else None
    back_to = _back_to(known) if known else None
    if known and back_to is not None:
        last = known.last_run_at or at
    last = min(last, at) if last else None  # a report on the past is read from the present store
    trouble = known.trouble if known and known.state != engine.State.OK else ""
    stale = last is None or at - last > STALE_AFTER
    if not stale and mail and old:
        stale = True
        trouble = _(
            "its newest mail is more than two weeks old: if it is an archive, bring a newer one"
        )
    return SourceState(
        id=key,
        label=key,
        last_ok=last,
        stale=stale,
        trouble=trouble,
        mail=mail,
        back_to=back_to,
    )


def _back_to(known: SourceStanding) -> datetime | None:
    """Since when mail is known of a source that is being read for the first time."""
    if known.last_ok_at is not None or known.plan is None or known.plan.done:
        return None
    return known.plan.back_to
