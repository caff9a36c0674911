"""Properties of writing batches: twice is once, any order is the same, no kill leaves a trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.api import (
    Absence,
    Answer,
    Batch,
    Channel,
    Direction,
    Interaction,
    Participant,
    Role,
    Skip,
    Window,
)
from connectors.testing import MemoryStore
from sync.store import ingest
from sync.store.models import source
from sync.store.rows import SourceRow
from sync.store.session import Store
from sync.store.sources import Status
from tests.support.memory_source import ADA, NOW, START, MemoryMailbox, dump, owner, sync

# One store serves all examples of a test; each has an owner of its own in it.
bounded = settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
numbers = count()

ADDRESSES = ["bo@example.net", "cy@example.com", "di@example.net", "em@example.org"]
participants = st.lists(
    st.builds(
        Participant,
        address=st.sampled_from(ADDRESSES),
        role=st.sampled_from([Role.FROM, Role.TO, Role.CC]),
        name=st.sampled_from(["", "B", "Bo", "Bo Berg"]),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda party: party.address,
)
refs = st.sampled_from([f"r{number}" for number in range(6)])
interactions = st.builds(
    Interaction,
    ref=refs,
    at=st.integers(0, 8).map(lambda days: START + timedelta(days=days)),
    channel=st.sampled_from([Channel.MAIL, Channel.MEETING]),
    direction=st.sampled_from(list(Direction)),
    participants=participants.map(tuple),
    size=st.integers(1, 12),
    uid=st.sampled_from(["", "u1", "u2"]),
    thread=st.sampled_from(["", "lunch"]),
    direct=st.booleans(),
    bulk=st.sampled_from(["", "List-Id"]),
)
days = st.integers(0, 8).map(lambda days: START + timedelta(days=days))
absences = st.builds(Absence, ref=refs, start=days, end=days).filter(lambda a: a.start < a.end)
edges = st.none() | st.integers(0, 8).map(lambda days: START + timedelta(days=days))
batches = st.builds(
    Batch,
    cursor=st.text("abc", min_size=1, max_size=3),
    interactions=st.lists(interactions, max_size=4, unique_by=lambda i: i.ref).map(tuple),
    deleted=st.lists(refs, max_size=2).map(tuple),
    skipped=st.lists(st.builds(Skip, ref=refs, reason=st.sampled_from(["x", "y"])), max_size=2).map(
        tuple
    ),
    seen=st.lists(refs, max_size=3).map(tuple),
    absences=st.lists(absences, max_size=2, unique_by=lambda a: a.ref).map(tuple),
    answers=st.lists(
        st.builds(Answer, token=st.sampled_from(["one", "two"]), at=days), max_size=2
    ).map(tuple),
    begins=st.booleans(),
    covers=st.none() | st.builds(Window, start=edges, end=edges),
)


def new_source(store: Store) -> SourceRow:
    """A source of an owner whom no other example knows."""
    ada = owner(store, f"ada-{next(numbers)}")
    with store.write() as connection:
        row = sa.insert(source).values(owner_id=ada, key="mail", type="memory")
        number = connection.execute(row.returning(source.c.id)).scalar_one()
    return SourceRow(number, ada, "salt")


def apply(store: Store, row: SourceRow, batch: Batch) -> ingest.Counts:
    with store.write() as connection:
        return ingest.apply(connection, row, batch, now=NOW)


@bounded
@given(st.lists(batches, min_size=1, max_size=6))
def test_a_batch_written_twice_is_written_once(store: Store, found: list[Batch]) -> None:
    once, twice = new_source(store), new_source(store)
    for batch in found:
        apply(store, once, batch)
        apply(store, twice, batch)
        # A second writing begins no second enumeration: the cursor stands after the first.
        again = apply(store, twice, replace(batch, begins=False))
        assert (again.new, again.changed, again.deleted, again.skipped) == (0, 0, 0, 0)
    assert dump(store, once.owner_id) == dump(store, twice.owner_id)


@bounded
@given(st.lists(batches, min_size=1, max_size=6))
def test_the_store_holds_what_the_contracts_ledger_holds(store: Store, found: list[Batch]) -> None:
    """The kit by which connectors are tested and the store itself must agree."""
    row, ledger = new_source(store), MemoryStore()
    for batch in found:
        apply(store, row, batch)
        ledger.apply(batch)
        held = dump(store, row.owner_id)
        assert [entry[-2] for entry in held["interactions"]] == [
            ingest.digest(item) for _, item in sorted(ledger.interactions.items())
        ]
        assert {ref: reason for _, ref, reason in held["skipped"]} == ledger.skipped
        assert [Absence(*entry[1:]) for entry in held["absences"]] == [
            absence for _, absence in sorted(ledger.absences.items())
        ]
        assert dict(held["answers"]) == ledger.answers
        assert held["cursors"] == [["mail", ledger.cursor]]
        with store.read() as connection:
            every = {f"r{number}" for number in range(6)}
            assert ingest.known(connection, row.id, every) == ledger.known(every)


@bounded
@given(st.lists(interactions, min_size=1, max_size=6, unique_by=lambda i: i.ref), st.data())
def test_names_are_the_bearers_newest_whatever_the_order(
    store: Store, found: list[Interaction], data: st.DataObject
) -> None:
    row = new_source(store)
    order = data.draw(st.permutations(found))
    while order:
        size = data.draw(st.integers(1, len(order)))
        part, order = order[:size], order[size:]
        apply(store, row, Batch(cursor="x", interactions=tuple(part)))
    wanted: dict[str, Any] = {}
    for item in found:
        for party in item.participants:
            author = party.role is Role.FROM and party.name != ""
            offer = (author, item.at if author else len(party.name), party.name)
            best = wanted.get(party.address)
            if best is None or best[0] < author or (best[0] == author and best[1:] < offer[1:]):
                wanted[party.address] = offer
    assert dump(store, row.owner_id)["names"] == [
        [address, name, at if author else None]
        for address, (author, at, name) in sorted(wanted.items())
    ]


# Kills


class KilledTransaction(BaseException):
    """The process ends here, as far as the store can tell: the transaction is never committed."""


@contextmanager
def killed_at(store: Store, statement: int) -> Iterator[None]:
    """Let the process die at its so-manieth statement; it may get by with fewer."""
    left = statement

    def tick(*_everything: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise KilledTransaction

    sa.event.listen(store.engine, "before_cursor_execute", tick)
    try:
        yield
    except KilledTransaction:
        pass
    finally:
        sa.event.remove(store.engine, "before_cursor_execute", tick)


deeds = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 9), st.sampled_from(ADDRESSES)),
        st.tuples(st.just("move"), st.integers(0, 9), st.integers(0, 50)),
        st.tuples(st.just("decline"), st.integers(0, 9), st.sampled_from(["", "x", "y"])),
        st.tuples(st.just("remove"), st.integers(0, 9)),
        st.tuples(st.just("lose"), st.integers(0, 9)),
        st.tuples(st.just("expire")),
        st.tuples(st.just("kill"), st.integers(1, 60)),
        st.tuples(st.just("kill"), st.integers(1, 60)),
        st.tuples(st.just("sync")),
    ),
    max_size=25,
)


def _do(mailbox: MemoryMailbox, deed: tuple[Any, ...]) -> None:
    what, *rest = deed
    ref = f"m{rest[0]:03}" if rest else ""
    match what:
        case "put":
            number, sender = rest
            names = tuple((address, address[:2]) for address in ADDRESSES)
            mailbox.write(number, sender, ADA, ADDRESSES[number % 4], names=names)
        case "expire":
            mailbox.forget_log()
        case "move" if ref in mailbox.entries:
            mailbox.change(ref, at=START + timedelta(days=rest[1]))
        case "decline" if ref in mailbox.entries:
            mailbox.change(ref, declined=rest[1])
        case "remove" if ref in mailbox.entries:
            mailbox.remove(ref)
        case "lose" if ref in mailbox.entries:
            mailbox.lose(ref)


def _semantics(store: Store, owner_id: int, mailbox: MemoryMailbox) -> dict[str, Any]:
    held = dump(store, owner_id)
    return {
        "interactions": held["interactions"],
        "names": [(address, name) for address, name, _ in held["names"]],
        "skipped": [row for row in held["skipped"] if row[1] in mailbox.entries],
    }


@bounded
@given(deeds)
def test_whatever_is_killed_between_the_last_run_leaves_the_store_of_one_undisturbed(
    store: Store, story: list[tuple[Any, ...]]
) -> None:
    mailbox, name = MemoryMailbox(), f"ada-{next(numbers)}"
    ada = owner(store, name)
    for number in range(6):
        _do(mailbox, ("put", number, ADDRESSES[number % 3]))
    for deed in story:
        match deed:
            case ("kill", int(statement)):
                with killed_at(store, statement):
                    sync(store, ada, mailbox)
            case ("sync",):
                assert sync(store, ada, mailbox).state is Status.OK
            case _:
                _do(mailbox, deed)
    mailbox.forget_log()  # what was lost without a word, only a new enumeration can tell
    assert sync(store, ada, mailbox).state is Status.OK
    undisturbed = owner(store, f"{name}-undisturbed")
    sync(store, undisturbed, mailbox)
    assert _semantics(store, ada, mailbox) == _semantics(store, undisturbed, mailbox)


@pytest.mark.parametrize("page", [1, 3])
def test_a_first_run_killed_at_every_single_statement_ends_the_same(
    store: Store, mailbox: MemoryMailbox, page: int
) -> None:
    undisturbed = owner(store, "undisturbed")
    sync(store, undisturbed, mailbox, page=page)
    ada, kills, whole = owner(store, "killed"), 0, False
    while not whole:
        kills += 1
        with killed_at(store, kills):
            sync(store, ada, mailbox, page=page)
            whole = True
    assert kills > 10
    held, wanted = dump(store, ada), dump(store, undisturbed)
    assert held["interactions"] == wanted["interactions"]
    assert held["names"] == wanted["names"]
    assert held["cursors"] == wanted["cursors"]
