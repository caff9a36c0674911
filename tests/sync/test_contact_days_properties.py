"""Whatever happened to a store, its contact by day is what its messages say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.api import Batch, Channel, Direction, Interaction, Participant, Role, Skip, Window
from sync.store import contact_days, ingest, notes, owners, people
from sync.store.contact_days import Rules
from sync.store.contact_fold import CAP, StoredReach
from sync.store.models import contact_day, handle, interaction, owner, party, source
from sync.store.rows import SourceRow
from sync.store.session import Store, open_store
from tests.support.memory_source import NOW, START

ADDRESSES = ["bo@example.net", "cy@example.com", "di@example.net", "em@example.org"]
SOURCES = ["mail", "archive"]
WAYS = {"out": 1, "mutual": 0, "in": -1}
numbers = count()

refs = st.sampled_from([f"r{number}" for number in range(6)])
moments = st.integers(0, 20).map(lambda steps: START + timedelta(hours=7 * steps))
interactions = st.builds(
    Interaction,
    ref=refs,
    at=moments | st.just(datetime(1969, 12, 30, 23, tzinfo=UTC)),
    channel=st.just(Channel.MAIL),
    direction=st.sampled_from(list(Direction)),
    participants=st.lists(
        st.builds(
            Participant,
            address=st.sampled_from(ADDRESSES),
            role=st.sampled_from([Role.FROM, Role.FROM, Role.TO, Role.FAILED]),
        ),
        min_size=1,
        max_size=3,
        unique_by=lambda one: one.address,
    ).map(tuple),
    size=st.sampled_from([1, CAP, CAP + 1]),
    uid=st.sampled_from(["", "u1", "u2"]),
    direct=st.booleans(),
    bulk=st.sampled_from(["", "List-Id"]),
)
batches = st.builds(
    Batch,
    cursor=st.just("x"),
    interactions=st.lists(interactions, max_size=4, unique_by=lambda i: i.ref).map(tuple),
    deleted=st.lists(refs, max_size=2).map(tuple),
    skipped=st.lists(st.builds(Skip, ref=refs, reason=st.just("x")), max_size=1).map(tuple),
    seen=st.lists(refs, max_size=3).map(tuple),
    adopted=st.lists(refs, max_size=3).map(tuple),
    begins=st.booleans(),
    covers=st.none() | st.builds(Window, start=st.none() | moments, end=st.none() | moments),
)
addresses = st.sampled_from(ADDRESSES)
deeds = st.one_of(
    st.tuples(st.sampled_from(SOURCES), batches),
    st.tuples(st.sampled_from(SOURCES), batches),
    st.tuples(st.just("merge"), addresses, addresses),
    st.tuples(st.just("split"), addresses),
    st.tuples(st.just("reread"), st.sampled_from(SOURCES)),
    st.tuples(st.just("note"), addresses, moments),
    st.tuples(st.just("forget"), addresses),
)
histories = st.lists(deeds, min_size=1, max_size=8)
zones = st.sampled_from([UTC, UTC, ZoneInfo("Pacific/Auckland"), ZoneInfo("America/St_Johns")])


@dataclass
class StoreUnderChange:
    """One owner's sources in a store, and what is done to them."""

    store: Store
    owner_id: int
    rows: dict[str, SourceRow]

    def do(self, deed: tuple[Any, ...]) -> None:
        what, *rest = deed
        with self.store.write() as connection:
            if what in self.rows:
                ingest.apply(connection, self.rows[what], rest[0], now=NOW)
            elif what == "note":
                notes.note(connection, self.owner_id, rest[0], Channel.CALL, rest[1])
            elif what == "reread":
                mine = interaction.c.source_id == self.rows[rest[0]].id
                connection.execute(sa.update(interaction).where(mine).values(digest=""))
            else:
                self._people(connection, what, *rest)

    def _people(self, connection: sa.Connection, what: str, *who: str) -> None:
        try:
            found = [people.find(connection, self.owner_id, address) for address in who]
            if what == "merge":
                kept, other = found
                people.merge_people(connection, self.owner_id, kept, other, NOW)
            elif what == "split":
                people.split(connection, self.owner_id, found[0], who[0], NOW)
            else:
                people.forget(connection, self.owner_id, found[0])
        except people.PeopleError:
            pass  # nobody of that name, or one person already


def new_world(store: Store, zone: tzinfo) -> StoreUnderChange:
    with store.write() as connection:
        owner_id = owners.ensure(connection, f"ada-{next(numbers)}", "Ada", NOW).id
        rules = str(Rules(zone))
        connection.execute(
            sa.update(owner).where(owner.c.id == owner_id).values(contact_rules=rules)
        )
        salt = connection.scalar(sa.select(owner.c.salt).where(owner.c.id == owner_id))
        assert salt is not None
        rows = {
            key: SourceRow(
                connection.execute(
                    sa.insert(source)
                    .values(owner_id=owner_id, key=key, type="memory")
                    .returning(source.c.id)
                ).scalar_one(),
                owner_id,
                salt,
            )
            for key in SOURCES
        }
    return StoreUnderChange(store, owner_id, rows)


def folded(
    connection: sa.Connection, owner_id: int, zone: tzinfo, until: datetime | None = None
) -> list[tuple[int, ...]]:
    """The table as it must be, folded message by message: the rule in its plainest form."""
    copies: dict[tuple[int, object], list[Any]] = {}
    for row in connection.execute(
        sa.select(
            handle.c.person_id,
            interaction.c.id,
            interaction.c.uid,
            interaction.c.at,
            interaction.c.direction,
            interaction.c.size,
            interaction.c.direct,
            interaction.c.bulk,
            party.c.role,
        )
        .join_from(party, interaction, party.c.interaction_id == interaction.c.id)
        .join(handle, handle.c.id == party.c.handle_id)
        .where(party.c.owner_id == owner_id)
        .order_by(interaction.c.at, interaction.c.id, handle.c.id)
    ):
        if until is None or row.at < until:
            copies.setdefault((row.person_id, row.uid or row.id), []).append(row)
    table: dict[tuple[int, int, int, int], list[tuple[int, int, int]]] = {}
    for (person, _), rows in copies.items():
        contact = next((row for row in rows if _counts(row)), None)
        evidence = {_evidence(row): row for row in reversed(rows)}
        evidence.pop("", None)
        for row in rows:
            says = any(row is other for other in evidence.values())
            if row is not contact and not says:
                continue
            way, wide = WAYS[row.direction], row.size > CAP
            reach = (
                StoredReach.NONE
                if row is not contact
                else StoredReach.WIDE
                if wide
                else StoredReach.SMALL
            )
            day = row.at.astimezone(zone).toordinal() - datetime(1970, 1, 1, tzinfo=UTC).toordinal()
            messages = int(says or (wide and way != -1))
            table.setdefault((person, day, way, int(reach)), []).append(
                (int(row.at.timestamp()), row.size, messages)
            )
    return sorted(
        (
            *key,
            min(at for at, _, _ in rows),
            max(at for at, _, _ in rows),
            min(size for _, size, _ in rows),
            sum(messages for _, _, messages in rows),
        )
        for key, rows in table.items()
    )


def _reached(row: Any) -> bool:  # noqa: ANN401 - a row of the query above
    return row.role != "failed" and (row.direction != "in" or row.role == "from")


def _counts(row: Any) -> bool:  # noqa: ANN401 - as above
    return _reached(row) and (row.direction != "in" or row.direct or row.bulk == "")


def _evidence(row: Any) -> str:  # noqa: ANN401 - as above
    few = row.direction == "in" or row.size <= CAP
    return row.direction if few and _reached(row) else ""


def stored(connection: sa.Connection, owner_id: int) -> list[tuple[int, ...]]:
    columns = [column for column in contact_day.c if column.name != "owner_id"]
    rows = connection.execute(sa.select(*columns).where(contact_day.c.owner_id == owner_id))
    return sorted(
        (*row[:4], int(row.first_at.timestamp()), int(row.last_at.timestamp()), *row[6:])
        for row in rows
    )


def loaded(connection: sa.Connection, owner_id: int, until: datetime) -> list[tuple[int, ...]]:
    found = contact_days.load(connection, owner_id, until)
    columns = (getattr(found, name).tolist() for name in found.__slots__)
    return list(zip(*columns, strict=True))


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('days') / 'store.db'}")
    yield store
    store.close()


@pytest.fixture(scope="module")
def postgresql(one_database: str) -> Iterator[Store]:
    store = open_store(one_database)
    yield store
    store.close()


def check(store: Store, history: list[tuple[Any, ...]], zone: tzinfo, until: datetime) -> None:
    world = new_world(store, zone)
    for deed in history:
        world.do(deed)
        with store.read() as connection:
            assert stored(connection, world.owner_id) == folded(connection, world.owner_id, zone)
    with store.read() as connection:
        wanted = folded(connection, world.owner_id, zone, until)
        assert loaded(connection, world.owner_id, until) == wanted


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(histories, zones, moments)
def test_after_any_history_the_table_says_what_the_messages_say(
    sqlite: Store, history: list[tuple[Any, ...]], zone: tzinfo, until: datetime
) -> None:
    check(sqlite, history, zone, until)


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(histories, zones, moments)
def test_so_it_does_on_postgresql(
    postgresql: Store, history: list[tuple[Any, ...]], zone: tzinfo, until: datetime
) -> None:
    check(postgresql, history, zone, until)
