"""Forgetting somebody for good: from every table, from the file, and from every later sync."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from sync.store import flags, people, reports, session
from sync.store.flags import NewFlag
from sync.store.models import metadata, tombstone
from sync.store.people import PeopleError
from sync.store.session import Store
from tests.support.memory_source import ADA, NOW, MemoryMailbox, dump, owner, sync
from tests.support.sample_people import BO, BO_AT_WORK, BO_OLD, CY, find, forget, merge, split


def anywhere(store: Store, *words: str) -> list[str]:
    """The tables in which any of these words stands, in any column."""
    found = []
    with store.read() as connection:
        for table in metadata.sorted_tables:
            rows = [tuple(row) for row in connection.execute(sa.select(table))]
            text = json.dumps(rows, default=str)
            if any(word in text for word in words):
                found.append(table.name)
    return found


def test_a_forgotten_person_is_gone_from_every_table(
    store: Store, ada: int, sample_people: MemoryMailbox
) -> None:
    merge(store, ada, CY, BO)
    split(store, ada, CY)
    merge(store, ada, BO, BO_AT_WORK)
    merge(store, ada, BO, BO_OLD)
    split(store, ada, BO)
    merge(store, ada, BO_OLD, "di@example.net")  # one who stays
    merge(store, ada, BO, BO_OLD)
    split(store, ada, BO, "di@example.net")
    assert set(anywhere(store, BO, BO_AT_WORK, BO_OLD)) == {"handle", "merge"}
    bo = find(store, ada, BO)
    with store.write() as connection:
        number = reports.claim(
            connection, ada, "w1", "<1@x>", NOW, flags=[NewFlag(bo.id, "lapse", 0.5)]
        )
        assert number is not None
        reports.mark_sent(connection, number, NOW)
    forget(store, ada, BO)
    assert anywhere(store, BO, BO_AT_WORK, BO_OLD, "Berg", "from work") == []
    with store.read() as connection:
        assert flags.flagged_since(connection, ada, "lapse", NOW) == {}
        assert connection.scalar(sa.select(sa.func.count()).select_from(tombstone)) == 3
    assert {entry[1] for entry in dump(store, ada)["interactions"]} == (
        sample_people.entries.keys() - {"m000", "m001"}
    )


def test_those_who_stood_beside_the_forgotten_stay(
    store: Store, ada: int, sample_people: MemoryMailbox
) -> None:
    forget(store, ada, BO_OLD)
    left = {entry[1]: entry[-1] for entry in dump(store, ada)["interactions"]}
    assert left["m002"] == [[CY, "to"]]
    assert left.keys() == sample_people.entries.keys()


def test_the_forgotten_stay_away_from_every_later_sync(
    store: Store, ada: int, sample_people: MemoryMailbox
) -> None:
    forget(store, ada, BO)
    forget(store, ada, BO_OLD)
    before = dump(store, ada)
    sample_people.forget_log()
    assert sync(store, ada, sample_people).counts.new == 0
    after = dump(store, ada)
    assert (after["interactions"], after["names"]) == (before["interactions"], before["names"])
    sample_people.write(10, BO)
    sample_people.write(11, CY, ADA, BO, "Bo@Old.Example", "em@example.net")
    assert sync(store, ada, sample_people).counts.new == 1
    left = {entry[1]: entry[-1] for entry in dump(store, ada)["interactions"]}
    assert left["m011"] == [[CY, "from"], ["em@example.net", "to"]]
    assert anywhere(store, BO, BO_OLD) == []


def test_what_comes_to_hold_only_the_forgotten_is_removed(
    store: Store, ada: int, sample_people: MemoryMailbox
) -> None:
    forget(store, ada, BO_OLD)
    sample_people.change("m002", to=(ADA,))
    assert sync(store, ada, sample_people).counts.deleted == 1
    assert "m002" not in {entry[1] for entry in dump(store, ada)["interactions"]}


def test_forgetting_somebody_twice_is_no_fault(
    store: Store, ada: int, sample_people: MemoryMailbox
) -> None:
    forget(store, ada, CY)
    with store.write() as connection:  # an older version, say, had let them in again
        connection.execute(sa.delete(tombstone))
    sample_people.write(12, CY)
    sync(store, ada, sample_people)
    forget(store, ada, CY)
    with pytest.raises(PeopleError):
        find(store, ada, CY)


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_not_a_byte_of_the_forgotten_is_left_in_the_file(store: Store, ada: int) -> None:
    mailbox = MemoryMailbox()
    for number in range(900):
        who = f"person{number * 7919 % 900:03}@some.example"
        names = ((who, f"Name-Of-{who[6:9]}"),)
        mailbox.write(number, who, ADA, "witness@example.net", names=names)
    sync(store, ada, mailbox, page=60)
    forgotten = [f"person{number:03}@some.example" for number in range(0, 900, 30)]
    for address in forgotten:
        forget(store, ada, address)
    store.scrub()
    assert store.path is not None
    left = b"".join(f.read_bytes() for f in store.path.parent.glob("store.db*"))
    assert b"person001@some.example" in left
    assert [a for a in forgotten if a.encode() in left] == []
    assert [a for a in forgotten if f"Name-Of-{a[6:9]}".encode() in left] == []


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_log_that_another_still_reads_is_said(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "_BUSY_SECONDS", 0.1)
    store = session.open_store(store_url)
    ada = owner(store)
    mailbox = MemoryMailbox()
    mailbox.write(0, BO)
    sync(store, ada, mailbox)
    with store.read() as connection:
        people.by_id(connection, ada)
        forget(store, ada, BO)
        with pytest.raises(session.BusyError, match="traces stay until"):
            store.scrub()
    store.scrub()
    store.close()


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Lovelace, Ada", "Ada Lovelace"),
        ("Ada Lovelace", "Ada Lovelace"),
        ("Hopper, Jr.", "Hopper, Jr."),
        ("Engines, Inc.", "Engines, Inc."),
        ("Lovelace, Ada, PhD", "Lovelace, Ada, PhD"),
        ("Lovelace,", "Lovelace,"),
    ],
)
def test_a_name_is_shown_in_the_order_in_which_it_is_spoken(written: str, spoken: str) -> None:
    assert people.natural(written) == spoken
