"""Random diaries that change at random: what is stored is what a first reading would bring."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.google.calendar import connector
from connectors.standin import empty_world, serve
from connectors.standin.world.calendars import Event
from connectors.testing.contract import Ledger
from tests.support.google_client import Desk
from tests.support.owner import NOW

GUESTS = ("bo@example.net", "cy@example.net", "di@example.net")
STUDIO = "winter-studio-team@group.calendar.google.com"
BOTH = ("primary", STUDIO)
ANSWERS = ("accepted", "declined", "tentative", "needsAction")


class Life:
    """What happens in a diary, by the throw of dice."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self.desk, self.world = desk, desk.world
        self.dice = random.Random(seed)  # noqa: S311 - nothing secret

    def go_on(self, steps: int) -> None:
        for _ in range(steps):
            change = self.dice.choice(
                [self.plan, self.plan, self.repeat, self.leave, *self._changes()]
            )
            change()

    def _changes(self) -> list[Callable[[], None]]:
        if not any(self._living(name) for name in BOTH):
            return []
        return [self.move, self.cancel, self.answer, self.elsewhere, self.cut]

    def _living(self, name: str) -> list[Event]:
        return [event for event in self.world.diary.events(name) if not event.cancelled]

    def _some(self) -> tuple[Event, str]:
        name = self.dice.choice([name for name in BOTH if self._living(name)])
        return self.dice.choice(self._living(name)), name

    def _day(self) -> timedelta:
        """Mostly in the window, now and then before or after it."""
        return timedelta(days=self.dice.randint(-70, 100), hours=self.dice.randint(0, 20))

    def plan(self) -> None:
        self.world.add_event(
            start=self.world.end + self._day(),
            attendees=self.dice.sample(GUESTS, self.dice.randint(1, 3)),
            organizer=self.dice.choice([None, "bo@example.net"]),
            response=self.dice.choice(ANSWERS),
            calendar=self.dice.choice(BOTH),
        )

    def repeat(self) -> None:
        self.world.add_series(
            start=self.world.end + self._day(),
            count=self.dice.randint(1, 6),
            attendees=self.dice.sample(GUESTS, 2),
            calendar=self.dice.choice(BOTH),
        )

    def leave(self) -> None:
        days = self.dice.randint(1, 90)
        start = self.world.end + self._day()
        self.world.add_event(start=start, minutes=days * 1440, eventType="outOfOffice")

    def move(self) -> None:
        event, name = self._some()
        self.world.move_event(event.id, start=self.world.end + self._day(), calendar=name)

    def cancel(self) -> None:
        event, name = self._some()
        self.world.cancel_event(event.id, calendar=name)

    def answer(self) -> None:
        event, name = self._some()
        guests = [guest["email"] for guest in event.resource.get("attendees", ())]
        if guests:
            who, answer = self.dice.choice(guests), self.dice.choice(ANSWERS)
            self.world.respond(event.id, answer, who=who, calendar=name)

    def elsewhere(self) -> None:
        event, name = self._some()
        self.world.move_to_calendar(event.id, BOTH[1 - BOTH.index(name)], calendar=name)

    def cut(self) -> None:
        event, name = self._some()
        if event.series and "_R" not in event.series and event.start > self.world.end:
            with_master = self.world.diary.unexpanded(name)
            if any(one.id == event.series for one in with_master):
                self.world.cut_series(event.series, at=event.start, calendar=name)


def pull(desk: Desk, ledger: Ledger, between: Callable[[], object] = lambda: None) -> None:
    """Pull, and call `between` after each page of the list, but not once it is gone over again."""
    connector = desk.calendar(ledger, calendars=BOTH, since=50, days_back=50)
    again = False
    for batch in connector.pull(ledger.cursor):
        ledger.apply(batch)
        if not again:
            between()
        again = again or '"late"' in batch.cursor


def fresh(desk: Desk) -> Ledger:
    ledger = Ledger()
    pull(desk, ledger)
    return ledger


def same(ledger: Ledger, desk: Desk) -> None:
    """As a first reading has it; what lies behind the window stays as it was met."""
    now = fresh(desk)
    window = desk.now - timedelta(days=51)
    held = {ref: one for ref, one in ledger.interactions.items() if one.at >= window}
    assert held == now.interactions
    assert {r: a for r, a in ledger.absences.items() if a.end > window} == now.absences


bounded = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Google may give short pages; so short that a few events are several."""
    monkeypatch.setattr(connector, "_PAGE", 4)


@pytest.mark.usefixtures("small_pages")
@bounded
@given(st.integers(0, 2**32), st.lists(st.integers(1, 12), min_size=1, max_size=4))
def test_after_each_pull_all_is_as_a_first_reading_would_have_it(
    seed: int, steps: list[int]
) -> None:
    with TemporaryDirectory() as folder, serve(empty_world(end=NOW.date())) as google:
        desk = Desk(google.world, google, Path(folder))
        desk.credentials()
        life, ledger = Life(desk, seed), Ledger()
        for count in steps:
            life.go_on(count)
            pull(desk, ledger)
            same(ledger, desk)


@pytest.mark.usefixtures("small_pages")
@bounded
@given(st.integers(0, 2**32), st.integers(5, 25))
def test_what_changes_while_it_is_listed_is_neither_lost_nor_doubled(seed: int, count: int) -> None:
    with TemporaryDirectory() as folder, serve(empty_world(end=NOW.date())) as google:
        desk = Desk(google.world, google, Path(folder))
        desk.credentials()
        life, ledger = Life(desk, seed), Ledger()
        life.go_on(count)
        pull(desk, ledger)
        before = fresh(desk)
        pull(desk, ledger, between=lambda: life.go_on(1))
        after = fresh(desk)
        lost = before.interactions.keys() & after.interactions.keys() - ledger.interactions.keys()
        assert not lost
        # By the next pull, nothing is left of what was seen in two minds.
        pull(desk, ledger)
        same(ledger, desk)
