"""The network as a whole: how contact is spread over organisations, the mirror, and one hello.

Made from a snapshot; nothing is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from beforehand.analysis.signals import Signals
from beforehand.analysis.snapshot import Snapshot
from report.kinds import HELLO, LAPSE
from scoring import communities
from scoring.arrays import Ints
from scoring.communities import Hello
from scoring.days import today
from scoring.network import NetworkPart, Spread, moments, spread
from scoring.outreach import Mirror, mirror
from sync.bulk import CAP
from sync.store.people import Person

# Whoever stood in a report is not the one for a hello for so long.
REST_AFTER_HELLO = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Portfolio:
    """The network as a whole as of `at`.

    year: a figure a month, the first a year ago, the last now. organisations: the domain of each
    code in them; `own` are the owner's.
    """

    at: datetime
    year: tuple[Spread, ...]
    mirror: Mirror | None
    organisations: Mapping[int, str]
    own: frozenset[str]
    people: Mapping[int, Person]

    @property
    def now(self) -> Spread:
        """The figures of today."""
        return self.year[-1]

    @property
    def largest(self) -> NetworkPart | None:
        """The organisation with the most living ties, if more than one; then, most contact."""
        several = [one for one in self.now.parts if one.organisation is not None and one.live > 1]
        return max(several, key=lambda one: (one.live, one.share), default=None)

    def name(self, part: NetworkPart) -> str:
        """An organisation's domain, or the name of whoever counts by themselves."""
        if part.organisation is not None:
            return self.organisations[part.organisation]
        return self.people[part.key].name if part.key is not None else ""

    def is_own(self, part: NetworkPart) -> bool:
        """Whether it is an organisation of the owner's."""
        return self.name(part) in self.own and part.organisation is not None


def portfolio(snapshot: Snapshot) -> Portfolio:
    """See the network as a whole, now and at each month of the year before.

    A figure knows only what came before it: contact, and which address somebody used last.
    """
    ties, clock = snapshot.judgements.ties, snapshot.absences.clock
    codes: dict[str, int] = {"": -1}
    seconds = moments(snapshot.now)
    latest = snapshot.reader.latest_addresses(
        [datetime.fromtimestamp(moment, UTC) for moment in seconds]
    )
    year = tuple(
        spread(
            ties,
            _organisations(ties.keys, snapshot, addresses, codes),
            moment,
            clock=clock(today(moment)),
            wishes=snapshot.wishes,
        )
        for moment, addresses in zip(seconds, latest, strict=True)
    )
    return Portfolio(
        at=snapshot.at,
        year=year,
        mirror=mirror(snapshot.days, now=snapshot.now, clock=clock(today(snapshot.now))),
        organisations={code: name for name, code in codes.items() if name},
        own=snapshot.organisations.own,
        people=snapshot.people,
    )


def hello(signals: Signals) -> Hello | None:
    """The one dormant tie beyond the owner's present circles that is worth a hello, if any.

    Not one that is held back, that a report has named in the last half year, whose address is
    dead, or who seems to live on under another.
    """
    snapshot, reader = signals.snapshot, signals.snapshot.reader
    judgements = snapshot.judgements
    named = {
        number
        for kind in (HELLO, LAPSE)
        for number, last in reader.sent_flags.last_times(kind, reader.at - REST_AFTER_HELLO).items()
        if last <= reader.at
    }
    organisation = _organisations(judgements.key, snapshot, snapshot.latest, {"": -1})
    held = named | snapshot.suppressed.keys()
    candidates = communities.hello_candidates(
        judgements, organisation=organisation, suppressed=held
    )
    if not candidates.size:
        return None
    together = reader.participants(candidates.tolist(), largest=CAP, threads=True)

    def choose(suppressed: set[int]) -> Hello | None:
        return communities.hello(
            judgements,
            together,
            organisation=organisation,
            most=CAP,
            suppressed=suppressed,
        )

    if choose(held) is None:
        return None
    gone = signals.addresses
    return choose(
        held | {dead.person.id for dead in gone.dead} | {move.old.id for move in gone.moves}
    )


def _organisations(
    people: Ints, snapshot: Snapshot, latest: Mapping[int, str], codes: dict[str, int]
) -> Ints:
    """The code of each person's organisation, by the address last used; new ones are added."""
    domains = (
        snapshot.organisations.of(latest.get(number) or snapshot.people[number].handles[0])
        for number in people.tolist()
    )
    return np.array(
        [codes.setdefault(domain, len(codes) - 1) for domain in domains], dtype=np.int64
    )
