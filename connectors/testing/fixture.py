# ruff: noqa: S101 - a test kit: assert is how pytest asserts
"""A source and its connector, as the tests of the contract use them.

`connectors.testing.contract` holds the promises; here is what a connector's own test says of its
source, and how that is pulled.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from threading import Event
from typing import Any, ClassVar

import pytest

from connectors.addresses import OwnAddresses
from connectors.api import Batch, Connector, Context, Interaction
from connectors.testing.memory_store import MemoryStore, MemoryTokens, RecordingLog


class ConnectorFixture:
    """What a connector's own test overrides, and help for its tests."""

    own_addresses: ClassVar[tuple[str, ...]] = ("ada@example.org",)
    """The owner's own addresses in the source."""

    forbidden_words: ClassVar[tuple[str, ...]] = ()
    """Words of bodies, snippets, subjects, titles and places in the source: kept nowhere."""

    fewest_batches: ClassVar[int] = 2
    """How many batches the source gives at least: with one, there is nothing to resume."""

    now: ClassVar[datetime] = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)
    """The present, as the connector is told."""

    report_list: ClassVar[str] = "reports.contract.invalid"
    """The `List-Id` of our own mail."""

    reported_at: datetime | None = None
    """When the first report went out, as the connector is told; None: none did."""

    @cached_property
    def subjects_read(self) -> list[str]:
        """The subjects that the connector looked at in this test."""
        return []

    @cached_property
    def asked(self) -> list[str]:
        """What the connector asked the owner in this test."""
        return []

    @cached_property
    def tokens(self) -> MemoryTokens:
        """The secrets of this test: put in what the connector needs."""
        return MemoryTokens()

    @cached_property
    def log(self) -> RecordingLog:
        """What the connector logged in this test."""
        return RecordingLog()

    # What a connector's own test says or overrides

    def make(self) -> Callable[[Context], Connector]:
        """Return what builds the connector; it is called anew for each pull."""
        raise NotImplementedError

    def expire_cursor(self, cursor: str) -> str:
        """Let the source forget `cursor`, and return the one to come back with."""
        del cursor  # there is nothing that could forget it
        pytest.skip("a cursor of this source does not expire")

    def revoke(self) -> None:
        """Take the authorisation away."""
        pytest.skip("this source asks for no authorisation")

    def add_interaction(self) -> None:
        """Let one more interaction arrive at the source."""
        pytest.skip("nothing more arrives at this source in its tests")

    def send_to_oneself(self, subject: str) -> None:
        """Let the owner send mail with this subject to themselves alone, before `now`."""
        del subject
        pytest.skip("this source holds no mail of which it knows that its owner sent it")

    def receive_forged(self, subject: str) -> None:
        """Let somebody else send such mail, forged to be from the owner, to the owner."""
        del subject
        pytest.skip("others put no mail into this source")

    def file(self) -> Path:
        """Return a file that the connector identifies."""
        pytest.skip("this source is no file")

    def receive_report(self, message_id: str) -> None:
        """Let a mail of ours arrive: its `List-Id` is `report_list`."""
        del message_id
        pytest.skip("our own mail does not come to this source")

    def writes(self) -> Collection[object]:
        """What the connector did to the source but reading it."""
        pytest.skip("this source has no way to tell reading from writing")

    def context(self, store: MemoryStore, stop: Event | None = None) -> Context:
        """What the connector is handed; override to add to it."""
        return Context(
            source="contract",
            own=OwnAddresses(self.own_addresses),
            tokens=self.tokens,
            prompt=self._prompt,
            now=lambda: self.now,
            log=self.log,
            stop=stop or Event(),
            known=store.known,
            answered=store.answered,
            ignored_list_ids=frozenset({self.report_list}),
            answer_in=self._answer_in,
            answers_since=lambda: self.reported_at,
        )

    # Help for the promises, and for a connector's own tests

    def _pull(self, store: MemoryStore, cursor: str | None) -> list[Batch]:
        """Pull with a new connector into `store`, and return the batches."""
        batches = []
        for batch in self.make()(self.context(store)).pull(cursor):
            store.apply(batch)
            batches.append(batch)
        return batches

    def _prompt(self, question: str, /, *, secret: bool) -> str:
        self.asked.append(f"{question} (secret)" if secret else question)
        raise EOFError

    def _answer_in(self, subject: str) -> str:
        self.subjects_read.append(subject)
        return subject.partition("[")[2].partition("]")[0]

    def _pull_all(self) -> tuple[MemoryStore, list[Batch]]:
        store = MemoryStore()
        return store, self._pull(store, None)

    def _interactions(self) -> Iterable[Interaction]:
        store, _ = self._pull_all()
        assert store.interactions
        return store.interactions.values()

    def _assert_nothing_forbidden(self, *texts: Any) -> None:  # noqa: ANN401 - shown as text
        for text in texts:
            found = [word for word in self.forbidden_words if word in str(text)]
            assert not found, f"{len(found)} forbidden words were kept"
