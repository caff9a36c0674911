"""Taking over what another source of the same owner has read, on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from connectors.api import Batch, Channel, Direction, Interaction, Participant, Plan, Role, Window
from sync.store import duplicates, ingest, queries, sources
from sync.store.ingest import Counts
from sync.store.models import interaction, party, source
from sync.store.rows import SourceRow
from sync.store.session import Store
from tests.support.memory_source import NOW, START, owner


def letter(ref: str, day: int, *, bulk: str = "", out: bool = False) -> Interaction:
    """A message between the owner, Bo, and Cy in copy."""
    return Interaction(
        ref=ref,
        at=START + timedelta(days=day),
        channel=Channel.MAIL,
        direction=Direction.OUT if out else Direction.IN,
        participants=(
            Participant("bo@example.net", Role.TO if out else Role.FROM, "Bo"),
            Participant("cy@example.com", Role.CC),
        ),
        size=2,
        uid=f"uid-{ref}",
        thread=f"thread-{day}",
        bulk=bulk,
    )


def new_source(store: Store, ada: int, key: str, own: str = "same") -> SourceRow:
    with store.write() as connection:
        number = connection.execute(
            sa.insert(source)
            .values(owner_id=ada, key=key, type="memory", own_fingerprint=own)
            .returning(source.c.id)
        ).scalar_one()
    return SourceRow(number, ada, "salt")


def apply(store: Store, row: SourceRow, batch: Batch) -> Counts:
    with store.write() as connection:
        return ingest.apply(connection, row, batch, now=NOW)


@pytest.fixture
def ada(store: Store) -> int:
    return owner(store, "ada")


@pytest.fixture
def archive(store: Store, ada: int) -> SourceRow:
    """Three letters, one of them out and one bulk."""
    row = new_source(store, ada, "archive")
    letters = (letter("a", 1), letter("b", 2, out=True), letter("c", 3, bulk="Gmail: forums"))
    apply(store, row, Batch(cursor="1", interactions=letters))
    return row


def content(store: Store, row: SourceRow) -> list[tuple[object, ...]]:
    """What a source holds, each interaction with its parties."""
    columns = [c for c in interaction.c if c.name not in {"id", "source_id", "pass_no"}]
    with store.read() as connection:
        rows = connection.execute(
            sa.select(*columns, party.c.handle_id, party.c.role)
            .join(party, party.c.interaction_id == interaction.c.id)
            .where(interaction.c.source_id == row.id)
            .order_by(interaction.c.ref, party.c.handle_id)
        ).all()
    return [tuple(one) for one in rows]


def test_what_is_taken_over_is_the_same_and_counts_once(
    store: Store, ada: int, archive: SourceRow
) -> None:
    mail = new_source(store, ada, "mail")
    with store.read() as connection:
        known = duplicates.elsewhere(connection, mail, ["a", "b", "c", "x"])
    assert known == {"a": "", "b": "", "c": "Gmail: forums"}
    counts = apply(store, mail, Batch(cursor="1", begins=True, adopted=("a", "b", "c", "x")))
    assert counts.new == 3
    assert content(store, mail) == content(store, archive)
    with store.read() as connection:
        assert ingest.known(connection, mail.id, ["a", "b", "c", "x"]) == known
        assert ingest.answered(connection, mail, ["thread-1", "thread-2"]) == {"thread-2"}
        assert len(queries.contact_events(connection, ada).at) == 4  # of Bo; twice with Cy: out


def test_taken_over_twice_is_taken_over_once_and_is_swept_like_the_rest(
    store: Store, ada: int, archive: SourceRow
) -> None:

    mail = new_source(store, ada, "mail")
    for _ in range(2):
        apply(store, mail, Batch(cursor="1", begins=True, adopted=("a", "b")))
    assert len(content(store, mail)) == 4
    apply(store, mail, Batch(cursor="2", begins=True, seen=("a",), covers=Window()))
    assert {one[1] for one in content(store, mail)} == {"a"}
    assert len(content(store, archive)) == 6


def test_what_was_read_with_other_own_addresses_is_not_taken(
    store: Store, ada: int, archive: SourceRow
) -> None:
    assert archive.owner_id == ada
    mail = new_source(store, ada, "mail", own="other")
    with store.read() as connection:
        assert duplicates.elsewhere(connection, mail, ["a"]) == {}
    assert apply(store, mail, Batch(cursor="1", adopted=("a",))).new == 0


def test_nothing_is_taken_from_another_owner(store: Store, archive: SourceRow) -> None:
    bea = owner(store, "bea")
    mail = new_source(store, bea, "mail")
    with store.read() as connection:
        assert duplicates.elsewhere(connection, mail, ["a"]) == {}
    assert apply(store, mail, Batch(cursor="1", adopted=("a",))).new == 0
    assert archive.owner_id != bea


def test_a_plan_is_kept_with_its_source(store: Store, ada: int) -> None:
    mail = new_source(store, ada, "mail")
    plan = Plan(listed=9, wanted=7, read=2, units=140, unread={"forums": 2}, back_to=START)
    apply(store, mail, Batch(cursor="1", plan=plan))
    apply(store, mail, Batch(cursor="2"))
    with store.read() as connection:
        [standing] = sources.standings(connection, ada, NOW)
    assert standing.plan == plan
