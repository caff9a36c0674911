"""The network of the stand-in's owner, as a whole, held to the truth of their world."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.utils import getaddresses

import pytest
import time_machine

from beforehand import config, work
from beforehand.analysis.portfolio import Portfolio, hello, portfolio
from beforehand.analysis.snapshot import open_snapshot
from beforehand.app import App, open_app
from connectors.addresses import canonical
from connectors.standin import MAIL_HOSTS, World, build_world, serve
from connectors.standin.world.truth import Correspondent
from report.kinds import HELLO
from scoring.communities import Hello
from scoring.judgement import State
from sync.store import flags, people
from tests.support.owner import EventLog, SettableClock
from tests.support.snapshots import signals_of, snapshot

END = date(2026, 11, 23)
SCOPES = [
    "https://www.googleapis.com/auth/gmail.metadata",
    "https://www.googleapis.com/auth/calendar.events.readonly",
]
CONFIG = """
[owner]
name = "Ada Winter"
addresses = {addresses}
timezone = "Europe/Berlin"
[store]
url = "sqlite:///{folder}/beforehand.db"
[network]
mail_hosts = {hosts}
[[sources]]
id = "mail"
type = "gmail"
credentials = "{folder}/credentials.json"
api_endpoint = "{url}"
units_per_minute = 100000000
[[sources]]
id = "calendar"
type = "google_calendar"
credentials = "{folder}/credentials.json"
api_endpoint = "{url}"
"""


@dataclass(frozen=True)
class PortfolioWorld:
    """A world, the house in which it was read, and the clock on its wall."""

    world: World
    app: App
    clock: SettableClock

    def portfolio_at(self, days_ago: int) -> Portfolio:
        at = self.world.end - timedelta(days=days_ago)
        with open_snapshot(self.app, at) as taken:
            return portfolio(taken)

    def party(self, person_id: int, at: datetime) -> Correspondent:
        found = self.world.truth.of(snapshot(self.app, at).address(person_id))
        assert found is not None
        return found


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PortfolioWorld]:
    world = build_world(END, seed=8)
    folder = tmp_path_factory.mktemp("world")
    clock = SettableClock(world.end)
    with pytest.MonkeyPatch.context() as patch, serve(world) as google:
        patch.setitem(os.environ, "BEFOREHAND_SECRETS", "file")
        (folder / "credentials.json").write_text(json.dumps(google.credentials(SCOPES)))
        path = folder / "config.toml"
        path.write_text(
            CONFIG.format(
                addresses=json.dumps(list(world.owner.addresses)),
                hosts=json.dumps(list(MAIL_HOSTS)),
                folder=folder,
                url=google.url,
            )
        )
        settings = config.load(path)
        with open_app(settings, EventLog(), now=clock) as app:
            with time_machine.travel(world.end, tick=True):
                for source in settings.sources:
                    assert work.sync_source(app, source).trouble == ""
            yield PortfolioWorld(world, app, clock)


def closed_firm(world: World) -> str:
    """The organisation whose people are gone since it closed."""
    firms = Counter(one.organisation for one in world.truth.people if "firm closed" in one.why)
    return firms.most_common(1)[0][0]


def test_the_client_that_carried_everything_is_the_largest_and_then_is_gone(
    read: PortfolioWorld,
) -> None:
    firm = closed_firm(read.world)
    before, after = read.portfolio_at(530), read.portfolio_at(160)
    assert before.largest is not None
    assert before.name(before.largest) == firm
    assert before.largest.live >= 6
    assert before.now.without(before.largest) == before.now.live - before.largest.live
    # A year later nobody there lives, and contact is spread more evenly than it was.
    (left,) = [one for one in after.now.parts if after.name(one) == firm]
    assert left.live <= 1
    assert left.share < before.largest.share / 2
    assert after.now.organisations > before.now.organisations


def test_friends_count_by_themselves_and_firms_as_one(read: PortfolioWorld) -> None:
    seen = read.portfolio_at(0)
    names = {seen.name(one) for one in seen.now.parts}
    assert not names & set(MAIL_HOSTS)
    firms = {one.organisation for one in read.world.truth.people if one.organisation}
    of_firms = [seen.name(one) for one in seen.now.parts if one.organisation is not None]
    assert len(of_firms) > 20
    # Addresses that somebody has left behind are of the firm that they left.
    assert set(of_firms) <= firms | {
        address.partition("@")[2] for one in read.world.truth.people for address in one.addresses
    }
    assert all(one.people == 1 for one in seen.now.parts if one.organisation is None)


@pytest.mark.parametrize("days_ago", [0, 300])
def test_a_month_of_the_past_is_told_as_it_was_told_then(
    read: PortfolioWorld, days_ago: int
) -> None:
    seen = read.portfolio_at(days_ago)
    for month in (0, 5, 11):
        then = seen.year[month]
        at = datetime.fromtimestamp(then.day * 86_400, read.world.end.tzinfo)
        with open_snapshot(read.app, at) as taken:
            told = portfolio(taken).now
        assert told.day == then.day
        assert told.organisations == pytest.approx(then.organisations)
        assert told.people == pytest.approx(then.people)
        assert told.live == then.live


def companions(world: World, address: str) -> set[str]:
    """Everybody who was ever on a mail of at most ten people with somebody."""
    found: set[str] = set()
    for message in world.mailbox.messages.values():
        there = {
            canonical(one)
            for _, one in getaddresses([message.sender, *message.to, *message.cc, *message.bcc])
        }
        if address in there and len(there) <= 11:
            found |= there
    return found - {address} - {canonical(one) for one in world.owner.addresses}


def greeted(read: PortfolioWorld, at: datetime) -> Hello | None:
    with signals_of(read.app, at) as signals:
        return hello(signals)


def test_a_hello_goes_beyond_the_circles_that_the_owner_moves_in(read: PortfolioWorld) -> None:
    for days_ago in (0, 112, 300):
        at = read.world.end - timedelta(days=days_ago)
        with signals_of(read.app, at) as signals:
            found = hello(signals)
        seen = signals.snapshot
        assert found is not None
        key = found.judgement.key
        party = read.party(key, at)
        assert party.real
        assert party.fading is not None
        assert party.fading < at.date()
        near = [
            seen.address(one.key)
            for one in seen.judgements
            if one.state in {State.LIVING, State.FADING}
        ]
        assert len(near) == found.in_touch
        met = companions(read.world, seen.address(key))
        assert not met & set(near)
        assert party.organisation not in {
            other.organisation
            for one in near
            if (other := read.world.truth.of(one)) and other.organisation
        }


def test_nobody_is_greeted_twice_in_half_a_year_nor_against_the_owners_word(
    read: PortfolioWorld,
) -> None:
    named: list[int] = []
    for week in range(8, 0, -1):
        read.clock.now = read.world.end - timedelta(weeks=week)
        assert work.report_owner(read.app).sent
        with read.app.store.read() as connection:
            flagged = flags.flagged_since(connection, read.app.owner_id, HELLO, read.clock.now)
        assert len(flagged) == 1
        named += flagged
    assert len(set(named)) == 8
    following = greeted(read, read.world.end)
    assert following is not None
    assert following.judgement.key not in named
    with read.app.store.write() as connection:
        person = people.by_id(connection, read.app.owner_id)[following.judgement.key]
        people.snooze(connection, person, read.world.end + timedelta(days=30))
    other = greeted(read, read.world.end)
    assert other is not None
    assert other.judgement.key not in {*named, person.id}
    # As it was then, none of it was known.
    early = read.world.end - timedelta(weeks=8, days=1)
    first = greeted(read, early)
    assert first is not None
    assert first.judgement.key in named
