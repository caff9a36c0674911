"""The engine: batches with their cursors, every error of a source, and one owner at a time."""

from __future__ import annotations

from datetime import timedelta
from threading import Event

import pytest
import sqlalchemy as sa

from connectors.api import Batch, Window
from connectors.errors import AuthRequired, ConfigError, CursorExpired, Fatal, Retriable
from sync.store import ingest, sources
from sync.store.models import interaction, source
from sync.store.rows import SourceRow
from sync.store.session import Store
from sync.store.sources import SourceStanding, Status
from tests.support.memory_source import (
    ADA,
    NOW,
    OLD_ADA,
    START,
    MemoryMailbox,
    context,
    dump,
    owner,
    refs,
    sync,
)


def standing(store: Store, owner_id: int) -> SourceStanding:
    with store.read() as connection:
        [one] = sources.standings(connection, owner_id, NOW)
    return one


def directions(store: Store, owner_id: int) -> dict[str, str]:
    with store.read() as connection:
        rows = connection.execute(
            sa.select(interaction.c.ref, interaction.c.direction).where(
                interaction.c.owner_id == owner_id
            )
        )
        return dict(rows.all())


# What a run brings


def test_a_first_run_stores_all_and_a_second_finds_nothing_new(
    store: Store, ada: int, mailbox: MemoryMailbox
) -> None:
    first = sync(store, ada, mailbox)
    assert (first.state, first.counts.new, first.counts.units) == (Status.OK, 7, 7)
    before = dump(store, ada)
    second = sync(store, ada, mailbox)
    assert second.counts == ingest.Counts()
    assert dump(store, ada) == before
    assert refs(store, ada) == set(mailbox.entries)
    assert standing(store, ada).last_ok_at == NOW


def test_what_arrives_changes_and_goes_away_is_followed(
    store: Store, ada: int, mailbox: MemoryMailbox
) -> None:
    sync(store, ada, mailbox)
    mailbox.write(7)
    mailbox.change("m001", at=START + timedelta(days=1, hours=5))
    mailbox.change("m002", to=(ADA, "di@example.net"))
    mailbox.remove("m003")
    done = sync(store, ada, mailbox)
    assert (done.counts.new, done.counts.changed, done.counts.deleted) == (1, 2, 1)
    fresh = owner(store, "fresh")
    sync(store, fresh, mailbox)
    again, anew = dump(store, ada), dump(store, fresh)
    assert again["interactions"] == anew["interactions"]


def test_what_is_declined_later_is_removed_and_may_count_again(
    store: Store, ada: int, mailbox: MemoryMailbox
) -> None:
    sync(store, ada, mailbox)
    mailbox.change("m001", declined="you declined")
    done = sync(store, ada, mailbox)
    assert (done.counts.deleted, done.counts.skipped) == (1, 1)
    assert "m001" not in refs(store, ada)
    assert dump(store, ada)["skipped"] == [["book", "m001", "you declined"]]

    mailbox.change("m001", declined="it was cancelled")
    assert sync(store, ada, mailbox).counts.skipped == 0  # met before, for another reason
    assert dump(store, ada)["skipped"] == [["book", "m001", "it was cancelled"]]

    mailbox.change("m001", declined="")
    assert sync(store, ada, mailbox).counts.new == 1
    assert dump(store, ada)["skipped"] == []


def test_a_skipped_record_and_a_stored_one_need_not_be_read_again(
    store: Store, ada: int, mailbox: MemoryMailbox
) -> None:
    mailbox.write(7, declined="you declined")
    sync(store, ada, mailbox)
    mailbox.forget_log()
    mailbox.read.clear()
    done = sync(store, ada, mailbox)
    assert done.counts == ingest.Counts()
    assert mailbox.read == []


# Sweeping


def test_what_a_whole_enumeration_does_not_meet_is_gone(
    store: Store, ada: int, mailbox: MemoryMailbox
) -> None:
    sync(store, ada, mailbox)
    mailbox.lose("m000")
    mailbox.lose("m005")
    assert sync(store, ada, mailbox).counts.deleted == 0  # the log does not tell
    mailbox.forget_log()
    assert sync(store, ada, mailbox).counts.deleted == 2
    assert refs(store, ada) == set(mailbox.entries)


def test_an_enumeration_ends_the_earlier_ones_only_where_it_covers_them(
    store: Store, ada: int, mailbox: MemoryMailbox
) -> None:
    sync(store, ada, mailbox)
    for ref in ("m001", "m002", "m003"):
        mailbox.lose(ref)
    border = mailbox.entries["m004"].at - timedelta(days=2)  # the time of m002, to the second
    done = sync(store, ada, mailbox, since=border)
    assert done.counts.deleted == 2, "[start, ...): the start itself is within"
    assert refs(store, ada) == {"m000", "m001", "m004", "m005", "m006"}


def test_a_window_is_half_open(store: Store, ada: int, mailbox: MemoryMailbox) -> None:
    sync(store, ada, mailbox)
    row = _row(store, ada)
    batch = Batch(
        cursor="x",
        begins=True,
        covers=Window(START + timedelta(days=1), START + timedelta(days=3)),
    )
    with store.write() as connection:
        counts = ingest.apply(connection, row, batch, now=NOW)
    assert counts.deleted == 2
    assert refs(store, ada) == {"m000", "m003", "m004", "m005", "m006"}


def test_an_enumeration_broken_off_deletes_nothing_until_it_is_whole(
    store: Store, ada: int, mailbox: MemoryMailbox
) -> None:
    sync(store, ada, mailbox)
    mailbox.lose("m006")
    mailbox.forget_log()
    mailbox.fail(CursorExpired("gone"))
    mailbox.fail(Retriable("line cut"), after=2)
    assert sync(store, ada, mailbox).state is Status.FAILING
    assert refs(store, ada) == {f"m{n:03}" for n in range(7)}
    done = sync(store, ada, mailbox)
    assert done.counts.deleted == 1
    assert refs(store, ada) == set(mailbox.entries)


# Faults


def test_a_fault_in_the_middle_keeps_whole_batches_and_their_cursor(
    store: Store, ada: int, mailbox: MemoryMailbox
) -> None:
    mailbox.fail(Retriable("line cut"), after=2)
    done = sync(store, ada, mailbox)
    assert (done.state, done.counts.new) == (Status.FAILING, 4)
    assert refs(store, ada) == {"m000", "m001", "m002", "m003"}
    mailbox.read.clear()
    rest = sync(store, ada, mailbox)
    assert (rest.state, rest.counts.new) == (Status.OK, 3)
    assert mailbox.read == ["m004", "m005", "m006"]


def test_a_fault_of_the_store_loses_the_batch_and_its_cursor_together(
    store: Store, ada: int, mailbox: MemoryMailbox
) -> None:
    statements = 0

    def break_late(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        nonlocal statements
        statements += "UPDATE source SET cursor" in statement.replace("\n", " ")
        if statements == 2:
            statements += 1
            raise InterruptedError

    sa.event.listen(store.engine, "before_cursor_execute", break_late)
    with pytest.raises(InterruptedError):
        sync(store, ada, mailbox)
    sa.event.remove(store.engine, "before_cursor_execute", break_late)
    assert refs(store, ada) == {"m000", "m001"}
    mailbox.read.clear()
    assert sync(store, ada, mailbox).counts.new == 5
    assert mailbox.read == ["m002", "m003", "m004", "m005", "m006"]


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (AuthRequired("grant access again"), Status.NEEDS_AUTHORISATION),
        (Retriable("line cut"), Status.FAILING),
        (Fatal("the file is gone"), Status.BROKEN),
        (ConfigError("path: no such file"), Status.BROKEN),
    ],
)
def test_each_error_has_its_state_and_its_words(
    store: Store,
    ada: int,
    mailbox: MemoryMailbox,
    error: Exception,
    state: Status,
) -> None:
    mailbox.fail(error, after=1)
    done = sync(store, ada, mailbox)
    assert (done.state, done.trouble, done.retry_after) == (state, str(error), None)
    there = standing(store, ada)
    assert (there.state, there.trouble, there.failures) == (state, str(error), 1)
    assert (there.last_run_at, there.last_ok_at, there.interactions) == (NOW, None, 2)

    assert sync(store, ada, mailbox).state is Status.OK
    there = standing(store, ada)
    assert (there.state, there.trouble, there.failures) == ("ok", "", 0)
    assert (there.last_ok_at, there.interactions) == (NOW, 7)


def test_how_long_a_source_asks_us_to_wait_is_passed_on(
    store: Store, ada: int, mailbox: MemoryMailbox
) -> None:
    mailbox.fail(Retriable("too fast", retry_after=90.0))
    done = sync(store, ada, mailbox)
    assert (done.state, done.retry_after) == (Status.FAILING, 90.0)
    assert sync(store, ada, mailbox).retry_after is None


def test_failures_in_a_row_are_counted(store: Store, ada: int, mailbox: MemoryMailbox) -> None:
    for number in (1, 2, 3):
        mailbox.fail(Retriable("line cut"))
        sync(store, ada, mailbox)
        assert standing(store, ada).failures == number


def test_a_fault_nobody_foresaw_is_the_sources_trouble_and_says_no_content(
    store: Store, ada: int, mailbox: MemoryMailbox
) -> None:
    mailbox.fail(ValueError("cannot parse 'Dear Ada, the secret is'"), after=1)
    ready = context()
    done = sync(store, ada, mailbox, ready)
    assert done.state is Status.FAILING
    assert "ValueError" in done.trouble
    assert "secret" not in done.trouble
    assert standing(store, ada).trouble == done.trouble
    assert sync(store, ada, mailbox).state is Status.OK
    assert refs(store, ada) == set(mailbox.entries)


def test_an_expired_cursor_starts_anew_and_loses_nothing(
    store: Store, ada: int, mailbox: MemoryMailbox
) -> None:
    sync(store, ada, mailbox)
    mailbox.write(7)
    mailbox.forget_log()
    mailbox.read.clear()
    done = sync(store, ada, mailbox)
    assert (done.state, done.counts.new, done.counts.deleted) == (Status.OK, 1, 0)
    assert mailbox.read == ["m007"]
    assert refs(store, ada) == set(mailbox.entries)


def test_a_cursor_that_expires_again_at_once_is_tried_later_not_for_ever(
    store: Store, ada: int, mailbox: MemoryMailbox
) -> None:
    sync(store, ada, mailbox)
    before = dump(store, ada)
    for _ in range(5):
        mailbox.fail(CursorExpired("gone"))
    mailbox.pulls.clear()
    done = sync(store, ada, mailbox)
    assert done.state is Status.FAILING
    assert len(mailbox.pulls) == 2
    assert mailbox.pulls[1] is None
    assert dump(store, ada) == before


# Stopping


def test_a_stop_ends_after_a_whole_batch_and_the_source_is_not_called_read(
    store: Store, ada: int, mailbox: MemoryMailbox
) -> None:
    stop = Event()
    stop.set()
    done = sync(store, ada, mailbox, context(stop=stop))
    assert (done.stopped, done.state, done.counts.new) == (True, Status.OK, 2)
    there = standing(store, ada)
    assert (there.last_run_at, there.last_ok_at) == (NOW, None)
    rest = sync(store, ada, mailbox)
    assert (rest.stopped, rest.counts.new) == (False, 5)
    assert standing(store, ada).last_ok_at == NOW


# Changed settings


def test_other_own_addresses_read_all_anew_with_the_right_directions(
    store: Store, ada: int
) -> None:
    mailbox = MemoryMailbox()
    mailbox.write(0, OLD_ADA, "bo@example.net")
    mailbox.write(1, "bo@example.net", OLD_ADA, ADA)
    mailbox.write(2, "bo@example.net", ADA, declined="you declined")
    sync(store, ada, mailbox)
    assert directions(store, ada) == {"m000": "in", "m001": "in"}
    mailbox.read.clear()
    done = sync(store, ada, mailbox, context(ADA, OLD_ADA))
    assert done.counts.changed == 2
    assert sorted(mailbox.read) == ["m000", "m001", "m002"]
    assert directions(store, ada) == {"m000": "out", "m001": "in"}
    fresh = owner(store, "fresh")
    sync(store, fresh, mailbox, context(ADA, OLD_ADA))
    assert dump(store, ada)["interactions"] == dump(store, fresh)["interactions"]


def test_the_order_of_own_addresses_changes_nothing(
    store: Store, ada: int, mailbox: MemoryMailbox
) -> None:
    sync(store, ada, mailbox, context(ADA, OLD_ADA))
    mailbox.read.clear()
    sync(store, ada, mailbox, context(OLD_ADA, ADA))
    assert mailbox.read == []


def test_other_settings_enumerate_again_but_read_only_what_is_new(
    store: Store, ada: int, mailbox: MemoryMailbox
) -> None:
    sync(store, ada, mailbox, since=START + timedelta(days=3))
    assert refs(store, ada) == {"m003", "m004", "m005", "m006"}
    mailbox.read.clear()
    done = sync(store, ada, mailbox)
    assert done.counts.new == 3
    assert mailbox.read == ["m000", "m001", "m002"]


def test_a_kill_while_all_is_read_anew_still_ends_with_the_right_directions(
    store: Store, ada: int
) -> None:
    mailbox = MemoryMailbox()
    for number in range(6):
        mailbox.write(number, OLD_ADA, "bo@example.net")
    sync(store, ada, mailbox)
    mailbox.fail(KeyboardInterrupt(), after=1)
    with pytest.raises(KeyboardInterrupt):
        sync(store, ada, mailbox, context(ADA, OLD_ADA))
    sync(store, ada, mailbox, context(ADA, OLD_ADA))
    assert set(directions(store, ada).values()) == {"out"}


# Help


def _row(store: Store, owner_id: int) -> SourceRow:
    with store.read() as connection:
        number = connection.scalar(sa.select(source.c.id).where(source.c.owner_id == owner_id))
        assert number is not None
    return SourceRow(number, owner_id, "salt")
