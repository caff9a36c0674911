"""The contract's own tests: each promise, once broken, is noticed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import ClassVar

import pytest

from connectors.api import (
    Batch,
    Channel,
    Connector,
    Context,
    Direction,
    Interaction,
    Participant,
    Role,
    Skip,
    SourceConfig,
    Window,
)
from connectors.testing import ConnectorContract, MemoryStore

AT = datetime(2025, 6, 1, tzinfo=UTC)


def item(number: int) -> Interaction:
    return Interaction(
        ref=f"r{number}",
        at=AT + timedelta(days=number),
        channel=Channel.TEXT,
        direction=Direction.IN,
        participants=(Participant("bo@example.net", Role.FROM, "Bo Berg"),),
        size=1,
    )


class Shelf:
    """A source in memory that can be told to break a promise."""

    name: ClassVar[str] = "shelf"
    channels: ClassVar[frozenset[Channel]] = frozenset({Channel.TEXT})
    Config: ClassVar[type[SourceConfig]] = SourceConfig

    def __init__(self, config: SourceConfig, context: Context) -> None:
        self.config = config
        self.context = context
        self.items: list[Interaction | Skip] = []
        self.spoil: Callable[[Batch], Batch] = lambda batch: batch
        self.deaf = False
        self.forgetful = False
        self.silent = False

    def check(self) -> str:
        return f"{len(self.items)} items"

    def pull(self, cursor: str | None) -> Iterator[Batch]:
        start = int(cursor or "0")
        if self.forgetful and start:
            start += 1
        for here in range(start, len(self.items), 2):
            part = self.items[here : here + 2]
            end = here + len(part)
            if self.silent:
                known = self.context.known([p.ref for p in part])
                part = [p for p in part if p.ref not in known]
            batch = Batch(
                cursor=str(end),
                interactions=tuple(p for p in part if isinstance(p, Interaction)),
                skipped=tuple(p for p in part if isinstance(p, Skip)),
                begins=here == 0,
                covers=Window() if end == len(self.items) else None,
            )
            yield self.spoil(batch)
            if self.context.stop.is_set() and not self.deaf:
                return


class ShelfContract(ConnectorContract):
    """Not collected by itself: the tests below drive it."""

    forbidden_words = ("secret",)
    fewest_batches = 4

    def __init__(self, change: Callable[[Shelf], None] = lambda _shelf: None) -> None:
        self.change = change

    def make(self) -> Callable[[Context], Connector]:
        def build(context: Context) -> Shelf:
            shelf = Shelf(SourceConfig(id="a", type="shelf"), context)
            shelf.items = [*map(item, range(6)), Skip("s1", "no sender"), item(7)]
            self.change(shelf)
            return shelf

        return build


def spoiling(change: Callable[[Interaction], Interaction]) -> Callable[[Shelf], None]:
    """A shelf whose interactions are all changed so."""

    def spoil(batch: Batch) -> Batch:
        return replace(batch, interactions=tuple(map(change, batch.interactions)))

    return lambda shelf: setattr(shelf, "spoil", spoil)


def party(address: str, name: str = "") -> Callable[[Interaction], Interaction]:
    return lambda item: replace(item, participants=(Participant(address, Role.FROM, name),))


counter = iter(range(10_000))

KEPT = [name for name in dir(ConnectorContract) if name.startswith("test_")]


@pytest.mark.parametrize("promise", KEPT)
def test_a_sound_connector_keeps_every_promise(promise: str) -> None:
    try:
        getattr(ShelfContract(), promise)()
    except pytest.skip.Exception as skipped:
        assert "this source" in str(skipped)  # noqa: PT017 - a skip that says why is right here


BROKEN: list[tuple[str, Callable[[Shelf], None]]] = [
    (
        "test_it_is_a_connector_whose_settings_are_checked",
        lambda shelf: setattr(shelf, "check", lambda: "secret"),
    ),
    (
        "test_a_pull_brings_interactions_in_several_batches",
        lambda shelf: setattr(shelf, "items", [item(1)]),
    ),
    (
        "test_pulling_twice_gives_the_same_references_and_equal_interactions",
        spoiling(lambda it: replace(it, ref=f"{it.ref}-{next(counter)}")),
    ),
    (
        "test_resuming_from_every_intermediate_cursor_ends_in_the_same_store",
        lambda shelf: setattr(shelf, "forgetful", True),
    ),
    (
        "test_a_replay_of_all_batches_changes_nothing",
        lambda shelf: setattr(shelf, "spoil", lambda b: replace(b, deleted=("r0",))),
    ),
    (
        "test_a_second_pull_from_the_last_cursor_brings_nothing_new",
        lambda shelf: setattr(
            shelf,
            "pull",
            lambda _cursor: iter([Batch(cursor="1", interactions=(item(next(counter)),))]),
        ),
    ),
    (
        "test_beginning_anew_with_everything_known_loses_nothing",
        lambda shelf: setattr(shelf, "silent", True),
    ),
    (
        "test_times_are_aware_and_in_utc",
        spoiling(lambda it: replace(it, at=it.at.replace(tzinfo=None))),
    ),
    (
        "test_times_are_aware_and_in_utc",
        spoiling(lambda it: replace(it, at=it.at.astimezone(timezone(timedelta(hours=1))))),
    ),
    (
        "test_participants_are_canonical_addresses_of_others_each_once",
        spoiling(party("Bo@example.net")),
    ),
    (
        "test_participants_are_canonical_addresses_of_others_each_once",
        spoiling(party("ada@example.org")),
    ),
    (
        "test_participants_are_canonical_addresses_of_others_each_once",
        spoiling(party("bo@example.net", "Bo\nBerg")),
    ),
    (
        "test_participants_are_canonical_addresses_of_others_each_once",
        spoiling(lambda it: replace(it, size=0)),
    ),
    (
        "test_every_interaction_is_of_a_channel_the_connector_names",
        spoiling(lambda it: replace(it, channel=Channel.CALL)),
    ),
    (
        "test_evidence_of_bulk_is_only_on_what_came_in",
        spoiling(lambda it: replace(it, direction=Direction.OUT, bulk="List-Id")),
    ),
    ("test_all_texts_fit_the_store", spoiling(lambda it: replace(it, ref="r" * 600))),
    ("test_all_texts_fit_the_store", spoiling(lambda it: replace(it, uid="u" * 65))),
    (
        "test_no_body_snippet_subject_title_or_place_is_kept",
        spoiling(lambda it: replace(it, thread="a secret matter")),
    ),
    (
        "test_no_body_snippet_subject_title_or_place_is_kept",
        lambda shelf: shelf.context.log.info("read", subject="secret"),
    ),
    (
        "test_nobody_is_asked_but_while_giving_access",
        lambda shelf: setattr(shelf, "check", lambda: shelf.context.ask("Password", secret=True)),
    ),
    (
        "test_cursors_are_text",
        lambda shelf: setattr(shelf, "spoil", lambda b: replace(b, cursor=b.cursor.encode())),
    ),
    (
        "test_the_stop_event_ends_the_pull_after_a_whole_batch_and_a_resume_completes_it",
        lambda shelf: setattr(shelf, "deaf", True),
    ),
]


@pytest.mark.parametrize(("promise", "change"), BROKEN)
def test_a_broken_promise_is_noticed(promise: str, change: Callable[[Shelf], None]) -> None:
    with pytest.raises(AssertionError):
        getattr(ShelfContract(change), promise)()


def test_the_store_in_memory_sweeps_what_an_enumeration_did_not_meet() -> None:
    store = MemoryStore()
    store.apply(Batch("1", (item(1), item(2), item(3), item(9)), begins=True, covers=Window()))
    store.apply(Batch("2", (item(4),)))
    store.apply(Batch("3", (item(5),), seen=("r1", "unknown"), begins=True))
    assert store.interactions.keys() == {"r1", "r2", "r3", "r4", "r5", "r9"}
    end = AT + timedelta(days=9)
    store.apply(Batch("4", seen=("r4",), covers=Window(AT + timedelta(days=3), end)))
    assert store.interactions.keys() == {"r1", "r2", "r4", "r5", "r9"}
    assert store.cursor == "4"


def test_the_store_in_memory_removes_what_is_deleted_or_skipped_and_knows_the_rest() -> None:
    store = MemoryStore()
    store.apply(Batch("1", (item(1), item(2), item(3))))
    store.apply(Batch("2", (item(3),), deleted=("r1",), skipped=(Skip("r2", "declined"),)))
    assert store.interactions.keys() == {"r3"}
    assert store.known(["r1", "r2", "r3"]).keys() == {"r2", "r3"}
    store.apply(Batch("3", (item(2),)))
    assert store.skipped == {}


def test_a_name_that_cannot_be_written_as_utf_8_is_noticed() -> None:
    shelf = ShelfContract(spoiling(party("bo@example.net", "\udcff")))
    with pytest.raises(UnicodeEncodeError):
        shelf.test_all_texts_fit_the_store()
