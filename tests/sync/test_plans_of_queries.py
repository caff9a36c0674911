"""How the databases carry out what is asked of the store: nobody's rows but the owner's are read.

Each plan is looked at before and after the database has gathered statistics: an owner's speed may
not hang on whether, and of whom, it did.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.api import Batch, Direction, Interaction, Role
from sync.store import contact, contact_days, evidence, ingest, participants, people
from sync.store.models import handle, interaction, party
from sync.store.rows import SourceRow
from sync.store.session import Store
from tests.support.memory_source import NOW, owner
from tests.sync.test_queries import day, item, met, received, sent, store_all

TABLES = {"interaction", "party", "handle", "person", "contact_day"}
KEYS = {"owner_id", "rowid", "id", "interaction_id", "person_id", "source_id"}


def life(name: str, length: int) -> list[Interaction]:
    """Mail and meetings with some people, a bounce, a list, and copies of some of it."""
    found = []
    for number in range(length):
        one, two = (f"{name}{(number + step) % 23}@example.net" for step in (0, 7))
        more = {"thread": f"{name}{number % 40}", "uid": f"{name}{number}"}
        found += [
            received(f"i{number}", number / 3, one, two, **more),
            sent(f"o{number}", number / 3 + 0.1, one, two, thread=more["thread"]),
        ]
        if number % 10 == 0:
            daemon = ("postmaster@example.net", Role.FROM)
            found += [
                met(f"m{number}", number / 3, one),
                item(f"b{number}", number / 3, Direction.IN, daemon, (two, Role.FAILED)),
                received(f"s{number}", number / 3, daemon[0], bulk="bounce", thread=more["thread"]),
                received(f"l{number}", number / 3, f"list{name}@example.com", bulk="List-Id"),
            ]
    return found


def inhabit(store: Store) -> int:
    """A store with one owner of much contact and one of little, whose id is returned."""
    big, small = owner(store, "big"), owner(store, "small")
    for key in ("mail", "archive"):
        store_all(store, big, *life("x", 700), key=key)
        store_all(store, small, *life("y", 30), key=key)
    with store.write() as connection:
        for owner_id, name in ((big, "x"), (small, "y")):
            one, two = (
                people.find(connection, owner_id, f"{name}{number}@example.net")
                for number in (1, 2)
            )
            people.merge_people(connection, owner_id, one, two, NOW)
    return small


def _someone(connection: sa.Connection, owner_id: int) -> list[int]:
    return [person.id for person in [people.find(connection, owner_id, "y1@example.net")]]


def _threads() -> list[int]:
    return [ingest.thread_number(f"y{number}") for number in range(3)]


READERS: dict[str, Callable[[sa.Connection, int], object]] = {
    "days": lambda c, o: contact_days.load(c, o, day(4.05)),
    "evidence": lambda c, o: evidence.evidence(c, o, day(4.05)),
    "reasons of some": lambda c, o: evidence.complete(c, o, NOW, {}, _someone(c, o)),
    "reasons of all": lambda c, o: evidence.complete(c, o, NOW, {}),
    "all contact": contact.contact,
    "contact of some": lambda c, o: contact.contact(c, o, people=_someone(c, o)),
    "contact in threads": lambda c, o: contact.contact(c, o, threads=_threads()),
    "addresses": lambda c, o: contact.latest_addresses(c, o, [NOW, day(2)]),
    "meetings": lambda c, o: contact.meetings_ahead(c, o, day(2), day(4)),
    "everybody": lambda c, o: participants.load(c, o, NOW),
    "participants": lambda c, o: participants.load(c, o, NOW, people=_someone(c, o), threads=True),
    "firsts": lambda c, o: participants.firsts(c, o, _someone(c, o), NOW),
    "owner's days": lambda c, o: participants.owner_days(c, o, NOW),
    "address news": lambda c, o: participants.address_news(c, o, NOW),
}


def _ingest(connection: sa.Connection, owner_id: int) -> object:
    """A batch with something of everything."""
    rows = connection.execute(sa.text("SELECT id FROM source WHERE owner_id = :o"), {"o": owner_id})
    row = SourceRow(rows.scalars().all()[0], owner_id, "salt")
    changed = sent("o3", 1.5, "y5@example.net", uid="y9")
    batch = Batch(cursor="y", interactions=(changed, *life("z", 3)), deleted=("i4",))
    return ingest.apply(connection, row, batch, now=NOW + timedelta(days=1))


def _merge(connection: sa.Connection, owner_id: int) -> object:
    one, two = (people.find(connection, owner_id, f"y{n}@example.net") for n in (3, 4))
    people.merge_people(connection, owner_id, one, two, NOW)
    people.split(connection, owner_id, people.find(connection, owner_id, "y3"), None, NOW)
    people.forget(connection, owner_id, people.find(connection, owner_id, "y6@example.net"))
    return None


WRITERS: dict[str, Callable[[sa.Connection, int], object]] = {"ingest": _ingest, "merge": _merge}
ASKED = READERS | WRITERS


@contextmanager
def statements(engine: sa.Engine) -> Iterator[list[tuple[str, Any]]]:
    """The statements that are carried out meanwhile, with their parameters."""
    found: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:  # noqa: ANN401 - SQLAlchemy's
        if statement.lstrip().startswith(("SELECT", "WITH", "INSERT INTO contact_day", "DELETE")):
            found.append((statement, parameters))

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def faults_of_sqlite(connection: sa.Connection, statement: str, parameters: Any) -> list[str]:  # noqa: ANN401 - the driver's
    """The steps of a plan that read others' rows, or all of the owner's for each of many."""
    named = re.findall(r"(?:interaction|party|handle) AS (\w+)", statement)
    found, loops = [], set()
    for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters):
        parent, step = row[1], row[3]
        verb, table = [*step.split(), "", ""][:2]
        if verb not in {"SCAN", "SEARCH"}:
            continue
        key = re.search(r"\((\w+)[=<>]", step)
        if table in {*TABLES, *named} and (
            (verb == "SCAN" and "CONSTANT ROW" not in step)
            or "AUTOMATIC" in step
            or (key and key[1] not in KEYS)
            or (parent in loops and step.endswith("(owner_id=?)"))
        ):
            found.append(step)
        loops.add(parent)
    return found


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def faults_of_postgresql(
    connection: sa.Connection,
    statement: str,
    parameters: Any,  # noqa: ANN401 - as above
    owned: dict[str, int],
) -> list[str]:
    """The scans of a plan that read more rows than the owner has in that table."""
    told = connection.exec_driver_sql(
        f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters
    ).scalar()
    [answer] = told if isinstance(told, list) else json.loads(told)
    found = []
    for node in nodes(answer["Plan"]):
        if node.get("Relation Name") not in TABLES:
            continue
        removed = node.get("Rows Removed by Filter", 0)
        removed += node.get("Rows Removed by Index Recheck", 0)
        read = node["Actual Rows"] + removed
        if read > owned[node["Relation Name"]] + 8:
            found.append(f"{node['Node Type']} {node['Relation Name']}: {read} rows")
        elif removed * node["Actual Loops"] > 20 * owned["party"]:
            times = f"{removed} rows {node['Actual Loops']} times"
            found.append(f"{node['Node Type']} {node['Relation Name']}: {times}")
    return found


@pytest.mark.parametrize("statistics", [False, True], ids=["plain", "analysed"])
def test_no_plan_reads_other_owners_rows(
    store: Store, *, statistics: bool, subtests: pytest.Subtests
) -> None:
    small = inhabit(store)
    if statistics:
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
            plain.exec_driver_sql("ANALYZE")
    with store.read() as connection:
        owned = {
            table.name: connection.scalar(
                sa.select(sa.func.count()).select_from(table).where(table.c.owner_id == small)
            )
            for table in (interaction, party, handle)
        }
        owned |= {"person": owned["handle"], "contact_day": owned["party"]}
    for name, ask in ASKED.items():
        with subtests.test(name), store.engine.connect() as connection:
            with statements(store.engine) as asked:
                ask(connection, small)
            assert asked
            for statement, parameters in asked:
                if store.path is not None:
                    found = faults_of_sqlite(connection, statement, parameters)
                else:
                    found = faults_of_postgresql(connection, statement, parameters, owned)
                assert not found, (found, statement)
