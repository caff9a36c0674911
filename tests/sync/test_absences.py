"""Absences in the store: written once, moved, enumerated and swept; and a source that goes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.api import Absence, Batch, Skip, Window
from sync.store import absences, ingest
from sync.store.models import source
from sync.store.rows import SourceRow
from sync.store.session import Store
from tests.support.memory_source import NOW, START, dump


@pytest.fixture
def calendar(store: Store, ada: int) -> SourceRow:
    """A source with nothing in it yet."""
    with store.write() as connection:
        row = sa.insert(source).values(owner_id=ada, key="calendar", type="memory")
        number = connection.execute(row.returning(source.c.id)).scalar_one()
    return SourceRow(number, ada, "salt")


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def away(first: float, last: float, ref: str = "a") -> Absence:
    return Absence(ref, day(first), day(last))


def write(store: Store, row: SourceRow, *spans: Absence, **more: Any) -> ingest.Counts:  # noqa: ANN401 - a batch's fields
    with store.write() as connection:
        batch = Batch(cursor="c", absences=spans, **more)
        return ingest.apply(connection, row, batch, now=NOW)


def held(store: Store, row: SourceRow) -> list[tuple[datetime, datetime]]:
    with store.read() as connection:
        return absences.spans(connection, row.owner_id, day(1000))


def test_an_absence_is_no_contact_and_is_kept_once(store: Store, calendar: SourceRow) -> None:
    for _ in range(2):
        counts = write(store, calendar, away(1, 3))
        assert (counts.new, counts.changed, counts.deleted, counts.skipped) == (0, 0, 0, 0)
    assert held(store, calendar) == [(day(1), day(3))]
    write(store, calendar, away(2, 5))
    assert held(store, calendar) == [(day(2), day(5))]


@pytest.mark.parametrize("more", [{"deleted": ("a",)}, {"skipped": (Skip("a", "declined"),)}])
def test_an_absence_that_is_taken_back_is_gone(
    store: Store, calendar: SourceRow, more: dict[str, Any]
) -> None:
    write(store, calendar, away(1, 3), away(4, 5, "b"))
    write(store, calendar, **more)
    assert held(store, calendar) == [(day(4), day(5))]


def test_what_was_passed_over_once_may_be_an_absence_later(
    store: Store, calendar: SourceRow
) -> None:
    write(store, calendar, skipped=(Skip("a", "out of office"),))
    write(store, calendar, away(1, 3))
    assert dump(store, calendar.owner_id)["skipped"] == []


@pytest.mark.parametrize(
    ("span", "swept"),
    [
        (away(1, 10), False),
        (away(1, 10.5), True),
        (away(12, 13), True),
        (away(19.5, 30), True),
        (away(20, 30), False),
        (away(1, 30), True),
    ],
)
def test_an_enumeration_sweeps_what_reaches_into_its_window(
    store: Store, calendar: SourceRow, span: Absence, *, swept: bool
) -> None:
    write(store, calendar, span, begins=True)
    write(store, calendar, begins=True, covers=Window(day(10), day(20)))
    assert held(store, calendar) == ([] if swept else [(span.start, span.end)])


@pytest.mark.parametrize("met", [{"seen": ("a",)}, {"absences": (away(12, 13),)}])
def test_what_the_enumeration_has_met_stays(
    store: Store, calendar: SourceRow, met: dict[str, Any]
) -> None:
    write(store, calendar, away(12, 13), begins=True)
    with store.write() as connection:
        first = Batch(cursor="c", begins=True, **met)
        ingest.apply(connection, calendar, first, now=NOW)
    write(store, calendar, covers=Window(day(10), day(20)))
    assert held(store, calendar) == [(day(12), day(13))]


def test_spans_are_cut_off_where_nothing_is_to_be_known(store: Store, calendar: SourceRow) -> None:
    write(store, calendar, away(1, 5), away(3, 9, "b"), away(6, 7, "c"))
    with store.read() as connection:
        known = absences.spans(connection, calendar.owner_id, day(4))
    assert known == [(day(1), day(4)), (day(3), day(4))]


def test_an_absence_goes_with_its_source(store: Store, calendar: SourceRow) -> None:
    write(store, calendar, away(1, 3))
    with store.write() as connection:
        connection.execute(sa.delete(source).where(source.c.id == calendar.id))
    assert held(store, calendar) == []
