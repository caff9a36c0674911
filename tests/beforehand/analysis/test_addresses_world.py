"""Addresses that died and people who moved, read from the stand-in's mail and held to its truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from beforehand.analysis.addresses import Move, Suggestions
from beforehand.app import App
from beforehand.mailing.sections.addresses import lines as address_lines
from connectors.addresses import canonical
from connectors.standin import World
from connectors.standin.world.truth import Correspondent
from scoring.signals.addresses import Sign
from sync.store import participants, people
from tests.support.snapshots import signals_of
from tests.support.synced_worlds import synced_world

END = date(2026, 11, 23)
SEEDS = (7, 8, 9)
WEEKS_BACK = (0, 8, 26, 52, 78)
# Until then it may well be an ordinary silence.
PATIENCE = timedelta(days=60)


@dataclass(frozen=True)
class ReadWorld:
    """A world, and the house in which its mail was read."""

    world: World
    app: App

    def mondays(self) -> list[datetime]:
        return [self.world.end - timedelta(weeks=back) for back in WEEKS_BACK]

    def owner_of(self, address: str) -> Correspondent:
        found = self.world.truth.of(address)
        assert found is not None, address
        return found

    def is_true(self, move: Move) -> bool:
        """Whether both addresses are one person's, the new one the last."""
        party = self.owner_of(move.old_address)
        return party is self.owner_of(move.new_address) and (
            canonical(party.addresses[-1]) == move.new_address
        )

    def failed(self, at: datetime) -> set[str]:
        """The addresses that mail had come back from by then."""
        return {
            canonical(value)
            for message in self.world.mailbox.messages.values()
            for name, value in message.extra
            if name == "X-Failed-Recipients" and message.at < at
        }


def suggestions(app: App, at: datetime | None = None) -> Suggestions:
    with signals_of(app, at) as signals:
        return signals.addresses


@pytest.fixture(scope="module", params=SEEDS)
def read(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ReadWorld]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BEFOREHAND_SECRETS", "file")
        with synced_world(tmp_path_factory.mktemp("world"), END, request.param) as found:
            yield ReadWorld(found.world, found.app)


@pytest.fixture(scope="module")
def suggested(read: ReadWorld) -> dict[datetime, Suggestions]:
    """What is suggested on each of the Mondays."""
    return {at: suggestions(read.app, at) for at in read.mondays()}


def test_whoever_moved_is_found_and_nobody_else(
    read: ReadWorld, suggested: dict[datetime, Suggestions]
) -> None:
    true = wrong = moved = found = 0
    for at, said in suggested.items():
        right = {read.owner_of(one.old_address).name for one in said.moves if read.is_true(one)}
        true += len(right)
        wrong += len(said.moves) - len(right)
        known = {
            one.name
            for one in read.world.truth.people
            if one.moved is not None and one.moved < (at - PATIENCE).date()
        }
        moved += len(known)
        found += len(known & right)
    assert wrong == 0
    assert true >= 25
    assert found >= 0.85 * moved  # 31 of 34, all of 30, 27 of 30


def test_a_bounce_is_what_a_suggestion_rests_on_wherever_there_is_one(
    read: ReadWorld, suggested: dict[datetime, Suggestions]
) -> None:
    kinds: Counter[bool] = Counter()
    for at, said in suggested.items():
        failed = read.failed(at)
        for one in said.moves:
            bounced = one.moved.bounced is not None
            kinds[bounced] += 1
            assert bounced == (one.old_address in failed), one
    assert kinds[True] >= 10
    assert kinds[False] >= 3


def test_two_people_of_one_name_stay_two(
    read: ReadWorld, suggested: dict[datetime, Suggestions]
) -> None:
    names = Counter(one.name for one in read.world.truth.people)
    (namesakes,) = (name for name, count in names.items() if count == 2)
    for said in suggested.values():
        assert namesakes not in {one.old.name for one in said.moves}


def test_an_address_is_dead_where_mail_came_back_and_nobody_took_over(
    read: ReadWorld, suggested: dict[datetime, Suggestions]
) -> None:
    said = suggested[read.world.end]
    alone = {one for one in read.failed(read.world.end) if read.owner_of(one).moved is None}
    assert len(alone) == 2
    assert {one.address for one in said.dead} == alone
    for at, earlier in suggested.items():
        assert {one.address for one in earlier.dead} <= read.failed(at)


def test_all_of_it_can_be_said_in_a_line_each(
    read: ReadWorld, suggested: dict[datetime, Suggestions]
) -> None:
    said = suggested[read.world.end]
    lines = address_lines(said, UTC)
    assert len(lines) == len(said.moves) + len(said.dead)
    first = said.moves[0]
    assert lines[0].endswith(f"`beforehand merge {first.old_address} {first.new_address}`")
    assert said.dead[0].address in lines[-len(said.dead)]


def test_whom_the_owner_made_one_or_told_apart_is_not_suggested_again(read: ReadWorld) -> None:
    before = suggestions(read.app)
    first, second = before.moves[:2]
    with read.app.store.write() as connection:
        for one in (first, second):
            people.merge_people(connection, read.app.owner_id, one.new, one.old, read.world.end)
    one_now = suggestions(read.app)
    assert len(one_now.moves) == len(before.moves) - 2
    # A merged person lives at another address, so that the one that died says nothing.
    assert one_now.dead == before.dead
    with read.app.store.write() as connection:
        person = people.find(connection, read.app.owner_id, first.old_address)
        people.split(connection, read.app.owner_id, person, None, read.world.end)
    apart = suggestions(read.app)
    assert len(apart.moves) == len(before.moves) - 2
    assert first.old_address not in {one.old_address for one in apart.moves}


def test_the_store_and_the_judgement_mean_the_same_by_a_sign() -> None:
    assert tuple(Sign) == (
        participants.LIFE,
        participants.SENT,
        participants.NAMED,
        participants.SUPPOSED,
    )
