"""The network as a whole: how contact is spread over organisations, the mirror, and one hello.

Composed from what `beforehand.analysis.network` has seen; nothing is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from beforehand.analysis.addresses import Suggestions, suggestions
from beforehand.analysis.network import Network, wishes
from beforehand.app import App
from connectors.api import Role
from report.kinds import HELLO, LAPSE
from scoring import communities
from scoring.communities import Hello
from scoring.network import Part, Spread, moments, spread
from scoring.outreach import Mirror, mirror
from scoring.ties import Ints, today
from sync.bulk import CAP
from sync.organisations import Organisations
from sync.store import participants, queries, reports
from sync.store.participants import ROLES
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
    def largest(self) -> Part | None:
        """The organisation with the most living ties, if more than one; then, most contact."""
        several = [one for one in self.now.parts if one.organisation is not None and one.live > 1]
        return max(several, key=lambda one: (one.live, one.share), default=None)

    def name(self, part: Part) -> str:
        """An organisation's domain, or the name of whoever counts by themselves."""
        if part.organisation is not None:
            return self.organisations[part.organisation]
        return self.people[part.key].name if part.key is not None else ""

    def is_own(self, part: Part) -> bool:
        """Whether it is an organisation of the owner's."""
        return self.name(part) in self.own and part.organisation is not None


def portfolio(app: App, network: Network) -> Portfolio:
    """See the network as a whole, now and at each month of the year before.

    A figure knows only what came before it: contact, and which address somebody used last.
    """
    now, contact, ties = network.at.timestamp(), network.contact, network.judgements.ties
    organisations = app.organisations
    codes: dict[str, int] = {"": -1}
    wished = wishes(network, app.config)
    year = []
    with app.store.read() as connection:
        for moment in moments(now):
            then = datetime.fromtimestamp(moment, UTC)
            latest = queries.latest_addresses(connection, app.owner_id, then)
            year.append(
                spread(
                    ties,
                    _codes(ties.keys, network.people, latest, organisations, codes),
                    moment,
                    clock=network.absences.clock(today(moment)),
                    wishes=wished,
                )
            )
    return Portfolio(
        at=network.at,
        year=tuple(year),
        mirror=mirror(
            tie=contact.person,
            at=contact.at,
            direction=contact.direction,
            size=contact.size,
            now=now,
            clock=network.absences.clock(today(now)),
            cap=CAP,
        ),
        organisations={code: name for name, code in codes.items() if name},
        own=organisations.own,
        people=network.people,
    )


def hello(app: App, network: Network, gone: Suggestions | None = None) -> Hello | None:
    """The one dormant tie beyond the owner's present circles that is worth a hello, if any.

    Not one that is held back, that a report has named in the last half year, whose address is
    dead, or who seems to live on under another: `gone` says so, and is looked up where left out.
    """
    with app.store.read() as connection:
        named = {
            number
            for kind in (HELLO, LAPSE)
            for number, last in reports.flagged_since(
                connection, app.owner_id, kind, network.at - REST_AFTER_HELLO
            ).items()
            if last <= network.at
        }
        together = participants.load(connection, app.owner_id, network.at)
    met = (together.size <= CAP) & (together.role != ROLES[Role.FAILED])
    together = together.where(met)
    # The messages of a thread count together, too: who writes in it is in it.
    group = np.concatenate((together.event, together.thread))
    kind = np.repeat([0, 1], len(together))
    group, member = np.where(group < 0, -1, 2 * group + kind), np.tile(together.person, 2)
    small = communities.small_groups(group, member, CAP)
    codes = _codes(
        network.judgements.key, network.people, network.latest, app.organisations, {"": -1}
    )

    def choose(held: set[int]) -> Hello | None:
        return communities.hello(
            network.judgements,
            organisation=codes,
            group=group[small],
            member=member[small],
            held=held,
        )

    held = named | network.held.keys()
    if choose(held) is None:
        return None
    gone = gone or suggestions(app, network.at)  # asks much of the store: only where it matters
    return choose(held | {one.person.id for one in gone.dead} | {one.old.id for one in gone.moves})


def _codes(
    people: Ints,
    by_id: Mapping[int, Person],
    latest: Mapping[int, str],
    organisations: Organisations,
    codes: dict[str, int],
) -> Ints:
    """The code of each person's organisation, by the address last used; new ones are added."""
    domains = (
        organisations.of(latest.get(number) or by_id[number].handles[0])
        for number in people.tolist()
    )
    return np.array(
        [codes.setdefault(domain, len(codes) - 1) for domain in domains], dtype=np.int64
    )
