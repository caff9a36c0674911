"""Calendars that change at random: the store equals one filled by a first pull."""

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
from connectors.testing import MemoryStore
from tests.support.google_client import GoogleClient
from tests.support.owner import NOW

GUESTS = ("bo@example.net", "cy@example.net", "di@example.net")
STUDIO = "winter-studio-team@group.calendar.google.com"
BOTH = ("primary", STUDIO)
ANSWERS = ("accepted", "declined", "tentative", "needsAction")


class RandomChanges:
    """Random changes of two calendars, repeatable by their seed."""

    def __init__(self, client: GoogleClient, seed: int) -> None:
        self.client, self.world = client, client.world
        self.rng = random.Random(seed)  # noqa: S311 - nothing secret

    def apply(self, steps: int) -> None:
        for _ in range(steps):
            change = self.rng.choice(
                [
                    self.add_event,
                    self.add_event,
                    self.add_series,
                    self.add_absence,
                    *self._changes(),
                ]
            )
            change()

    def _changes(self) -> list[Callable[[], None]]:
        if not any(self._uncancelled(name) for name in BOTH):
            return []
        return [self.move, self.cancel, self.answer, self.move_to_other_calendar, self.cut_series]

    def _uncancelled(self, name: str) -> list[Event]:
        return [event for event in self.world.diary.events(name) if not event.cancelled]

    def _random_event(self) -> tuple[Event, str]:
        name = self.rng.choice([name for name in BOTH if self._uncancelled(name)])
        return self.rng.choice(self._uncancelled(name)), name

    def _random_offset(self) -> timedelta:
        """A time from now, mostly in the window, sometimes before or after it."""
        return timedelta(days=self.rng.randint(-70, 100), hours=self.rng.randint(0, 20))

    def add_event(self) -> None:
        self.world.add_event(
            start=self.world.end + self._random_offset(),
            attendees=self.rng.sample(GUESTS, self.rng.randint(1, 3)),
            organizer=self.rng.choice([None, "bo@example.net"]),
            response=self.rng.choice(ANSWERS),
            calendar=self.rng.choice(BOTH),
        )

    def add_series(self) -> None:
        self.world.add_series(
            start=self.world.end + self._random_offset(),
            count=self.rng.randint(1, 6),
            attendees=self.rng.sample(GUESTS, 2),
            calendar=self.rng.choice(BOTH),
        )

    def add_absence(self) -> None:
        days = self.rng.randint(1, 90)
        start = self.world.end + self._random_offset()
        self.world.add_event(start=start, minutes=days * 1440, eventType="outOfOffice")

    def move(self) -> None:
        event, name = self._random_event()
        self.world.move_event(event.id, start=self.world.end + self._random_offset(), calendar=name)

    def cancel(self) -> None:
        event, name = self._random_event()
        self.world.cancel_event(event.id, calendar=name)

    def answer(self) -> None:
        event, name = self._random_event()
        guests = [guest["email"] for guest in event.resource.get("attendees", ())]
        if guests:
            who, answer = self.rng.choice(guests), self.rng.choice(ANSWERS)
            self.world.respond(event.id, answer, who=who, calendar=name)

    def move_to_other_calendar(self) -> None:
        event, name = self._random_event()
        self.world.move_to_calendar(event.id, BOTH[1 - BOTH.index(name)], calendar=name)

    def cut_series(self) -> None:
        event, name = self._random_event()
        if event.series and "_R" not in event.series and event.start > self.world.end:
            with_master = self.world.diary.unexpanded(name)
            if any(master.id == event.series for master in with_master):
                self.world.cut_series(event.series, at=event.start, calendar=name)


def pull(
    client: GoogleClient, stored: MemoryStore, meanwhile: Callable[[], object] = lambda: None
) -> None:
    """Pull, and call `meanwhile` after each page of the listing, but not in its second round."""
    connector = client.calendar(stored, calendars=BOTH, since=50, days_back=50)
    second_round = False
    for batch in connector.pull(stored.cursor):
        stored.apply(batch)
        if not second_round:
            meanwhile()
        second_round = second_round or '"late"' in batch.cursor


def first_pull(client: GoogleClient) -> MemoryStore:
    stored = MemoryStore()
    pull(client, stored)
    return stored


def assert_same(stored: MemoryStore, client: GoogleClient) -> None:
    """Assert that a store equals a first pull, within the window."""
    now = first_pull(client)
    window = client.now - timedelta(days=51)
    recent = {ref: item for ref, item in stored.interactions.items() if item.at >= window}
    assert recent == now.interactions
    assert {r: a for r, a in stored.absences.items() if a.end > window} == now.absences


bounded = settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages so short that a few events fill several."""
    monkeypatch.setattr(connector, "_PAGE_SIZE", 4)


@pytest.mark.usefixtures("small_pages")
@bounded
@given(st.integers(0, 2**32), st.lists(st.integers(1, 12), min_size=1, max_size=4))
def test_after_each_pull_all_is_as_a_first_reading_would_have_it(
    seed: int, steps: list[int]
) -> None:
    with TemporaryDirectory() as folder, serve(empty_world(end=NOW.date())) as server:
        client = GoogleClient(server.world, server, Path(folder))
        client.credentials()
        changes, stored = RandomChanges(client, seed), MemoryStore()
        for count in steps:
            changes.apply(count)
            pull(client, stored)
            assert_same(stored, client)


@pytest.mark.usefixtures("small_pages")
@bounded
@given(st.integers(0, 2**32), st.integers(5, 25))
def test_what_changes_while_it_is_listed_is_neither_lost_nor_doubled(seed: int, count: int) -> None:
    with TemporaryDirectory() as folder, serve(empty_world(end=NOW.date())) as server:
        client = GoogleClient(server.world, server, Path(folder))
        client.credentials()
        changes, stored = RandomChanges(client, seed), MemoryStore()
        changes.apply(count)
        pull(client, stored)
        before = first_pull(client)
        pull(client, stored, meanwhile=lambda: changes.apply(1))
        after = first_pull(client)
        lost = before.interactions.keys() & after.interactions.keys() - stored.interactions.keys()
        assert not lost
        # The next pull removes what was listed twice.
        pull(client, stored)
        assert_same(stored, client)
