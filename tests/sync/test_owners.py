"""Several owners in one store, several processes at one source."""

from __future__ import annotations

import subprocess
import sys
from threading import Thread
from typing import Any

import pytest

from connectors.api import Batch
from sync.bulk import Override
from sync.engine import SyncResult
from sync.store import agenda, flags, ingest, people, queries, reports, sources
from sync.store.rows import SourceRow
from sync.store.session import BusyError, Store, open_store
from sync.store.sources import Status
from tests.support.memory_source import (
    ADA,
    NOW,
    START,
    MemoryMailbox,
    context,
    dump,
    interaction_of,
    owner,
    refs,
    sync,
)
from tests.support.timeouts import LONG_SECONDS


def test_two_owners_in_one_store_never_see_each_other(
    store: Store, ada: int, mailbox: MemoryMailbox
) -> None:
    eve = owner(store, "eve")
    hers = MemoryMailbox()
    for number in range(3):
        hers.write(
            number, "eve@example.org", "bo@example.net", names=(("bo@example.net", "Her Bo"),)
        )
    sync(store, ada, mailbox)
    before = _all_that_is_seen(store, ada)
    sync(store, eve, hers, context("eve@example.org"))
    with store.write() as connection:
        her_bo = people.find(connection, eve, "bo@example.net")
        people.set_override(connection, her_bo, Override.IGNORE)
        people.snooze(connection, her_bo, NOW)
        agenda.plan(connection, eve, "report", NOW)
        flagged = [flags.NewFlag(her_bo.id, "lapse", 0.5)]
        claimed = reports.claim(
            connection, eve, "2026-W48", "<her@example.org>", NOW, flags=flagged
        )
        assert claimed is not None
        reports.mark_sent(connection, claimed, NOW)
    assert _all_that_is_seen(store, ada) == before

    seen = _all_that_is_seen(store, eve)
    assert [person.name for person in seen["cards"].values()] == ["Her Bo"]
    assert seen["events"] == [(her_bo.id, 1)] * 3
    assert seen["found"] == her_bo.id
    assert (len(seen["sources"]), len(seen["reports"]), len(seen["agenda"])) == (1, 1, 1)
    assert seen["flagged"] == {her_bo.id: NOW}

    with store.write() as connection:
        people.forget(connection, eve, people.find(connection, eve, "bo@example.net"))
    assert _all_that_is_seen(store, ada) == before
    mailbox.write(8)
    assert sync(store, ada, mailbox).counts.new == 1, "her forgetting is not Ada's"


def _all_that_is_seen(store: Store, owner_id: int) -> dict[str, Any]:
    """What every reading function says to an owner."""
    with store.read() as connection:
        events = queries.contact_events(connection, owner_id)
        return {
            "events": list(zip(events.person.tolist(), events.direction.tolist(), strict=True)),
            "evidence": queries.evidence(connection, owner_id, NOW),
            "latest": queries.latest_addresses(connection, owner_id, NOW),
            "sources": sources.standings(connection, owner_id, NOW),
            "cards": people.by_id(connection, owner_id),
            "found": people.find(connection, owner_id, "bo@example.net").id,
            "agenda": agenda.agenda(connection, owner_id),
            "reports": reports.of_owner(connection, owner_id),
            "flagged": flags.flagged_since(connection, owner_id, "lapse", START),
            "dump": dump(store, owner_id),
        }


def test_the_same_source_is_not_pulled_twice_at_once(
    store: Store, ada: int, mailbox: MemoryMailbox
) -> None:
    with store.exclusive(f"sync-{ada}-book"), pytest.raises(BusyError, match="another beforehand"):
        sync(store, ada, mailbox)
    assert refs(store, ada) == set()
    assert sync(store, ada, mailbox).counts.new == 7


def test_another_process_that_pulls_the_same_source_is_in_the_way(
    store_url: str, mailbox: MemoryMailbox
) -> None:
    store = open_store(store_url)
    ada = owner(store)
    holder = (
        "import sys\n"
        "from sync.store.session import open_store\n"
        f"with open_store({store_url!r}).exclusive('sync-{ada}-book'):\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.readline()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(BusyError):
            sync(store, ada, mailbox)
        other.communicate("\n", timeout=LONG_SECONDS)
    assert sync(store, ada, mailbox).state is Status.OK
    store.close()


def test_two_sources_may_bring_the_same_new_people_at_once(store: Store, ada: int) -> None:
    books = [MemoryMailbox(), MemoryMailbox()]
    for number in range(40):
        for which, one in enumerate(books):
            # The same new addresses, met from opposite ends.
            person = number if which else 39 - number
            one.write(number, f"p{person}@example.net", ADA, f"q{person}@example.net")
    troubles: list[BaseException] = []

    def work(which: int) -> None:
        try:
            done = sync(store, ada, books[which], source_id=f"book-{which}", page=4)
            assert done.counts.new == 40
        except BaseException as error:  # noqa: BLE001 - told to the test
            troubles.append(error)

    threads = [Thread(target=work, args=(which,)) for which in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=LONG_SECONDS)
    assert troubles == []
    assert len(dump(store, ada)["interactions"]) == 80
    with store.read() as connection:
        addresses = [h for person in people.by_id(connection, ada).values() for h in person.handles]
    assert len(addresses) == len(set(addresses)) == 80


def test_a_batch_waits_for_another_of_the_same_owner_that_is_being_written(
    store: Store, ada: int
) -> None:
    first, second = MemoryMailbox(), MemoryMailbox()
    first.write(0, "new@example.net")
    second.write(0, "new@example.net")
    sync(store, ada, MemoryMailbox(), source_id="first")
    with store.read() as connection:
        [standing] = sources.standings(connection, ada, NOW)
    item = interaction_of(first.entries["m000"], context().own)
    results: list[SyncResult] = []
    other = Thread(
        target=lambda: results.append(sync(store, ada, second, source_id="second")), daemon=True
    )
    with store.write() as connection:
        row = SourceRow(standing.id, ada, "salt")
        ingest.apply(connection, row, Batch(cursor="x", interactions=(item,)), now=NOW)
        other.start()
        other.join(timeout=0.5)
        assert other.is_alive(), "it must wait"
    other.join(timeout=LONG_SECONDS)
    assert [one.state for one in results] == [Status.OK]
    assert len(dump(store, ada)["names"]) == 1
