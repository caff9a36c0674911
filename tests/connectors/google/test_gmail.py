"""Gmail against the stand-in: the contract, the first pull, and what is never asked."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta
from threading import Event

import pytest

from connectors.api import Connector, Context, Direction
from connectors.google.gmail.connector import Gmail
from connectors.standin import NEVER_READ
from connectors.testing import ConnectorContract, MemoryStore
from tests.support.google_client import ADA, BO, SECRETS, Desk, Unhurried, safe


class TestGmailKeepsTheContract(ConnectorContract):
    """The promises of every connector, kept by Gmail."""

    own_addresses = (ADA, "ada@winter-studio.example")
    forbidden_words = SECRETS
    fewest_batches = 3  # two of the list, one of the history

    @pytest.fixture(autouse=True)
    def _source(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.desk = desk
        monkeypatch.setattr(type(self), "now", desk.now)
        for number in range(260):
            at = desk.now - timedelta(hours=260 - number)
            other = f"Person {number % 40} <p{number % 40}@example.net>"
            if number % 3:
                desk.world.deliver(sender=other, to=(ADA,), at=at)
            else:
                desk.world.deliver(sender=ADA, to=(other,), at=at)
        desk.world.deliver(sender=ADA, to=(ADA,), at=desk.now - timedelta(minutes=9))
        desk.world.deliver(sender=BO, to=(ADA,), labels=("SPAM",))

    def make(self) -> Callable[[Context], Connector]:
        config = Gmail.Config(
            id="contract",
            type="gmail",
            api_endpoint=self.desk.google.url,
            credentials=self.desk.folder / "credentials.json",
        )
        return lambda context: Gmail(config, context)

    def context(self, ledger: MemoryStore, stop: Event | None = None) -> Context:
        return super().context(ledger, stop or Unhurried())

    def expire_cursor(self, cursor: str) -> str:
        self.desk.world.expire_history()
        return cursor

    def revoke(self) -> None:
        self.desk.google.faults.revoke_grants()

    def add_interaction(self) -> None:
        self.desk.world.deliver(sender=BO, to=(ADA,))

    def send_to_oneself(self, subject: str) -> None:
        self.desk.world.deliver(sender=ADA, to=(ADA,), labels=("SENT", "INBOX"), subject=subject)

    def receive_forged(self, subject: str) -> None:
        self.desk.world.deliver(sender=ADA, to=(ADA,), labels=("INBOX",), subject=subject)

    def receive_report(self, message_id: str) -> None:
        self.desk.world.deliver(
            sender=ADA,
            to=(ADA,),
            labels=("SENT", "INBOX"),
            headers=[("List-Id", f"Weekly <{self.report_list}>"), ("Message-ID", message_id)],
        )

    def writes(self) -> Collection[object]:
        return self.desk.google.writes


def test_the_whole_mailbox_is_read_and_the_units_add_up(whole: Desk) -> None:
    batches = whole.pull(whole.gmail(read_bulk=True))
    there = {
        m.id
        for m in whole.world.mailbox.messages.values()
        if not {"SPAM", "TRASH", "DRAFT"} & set(m.labels)
    }
    assert whole.refs | set(whole.ledger.skipped) == there
    assert len(there) > 20_000
    assert sum(batch.units for batch in batches) == whole.google.meter.units
    assert whole.progress[-1][0] == whole.progress[-1][1]
    sent = {m.id for m in whole.world.mailbox.messages.values() if "SENT" in m.labels}
    out = {r for r, i in whole.ledger.interactions.items() if i.direction is Direction.OUT}
    assert out == sent & whole.refs
    assert safe(whole.ledger.interactions, whole.ledger.skipped, whole.log.lines)


def test_nothing_but_metadata_is_asked_for(desk: Desk) -> None:
    desk.deliver(30)
    desk.pull(desk.gmail())
    desk.deliver(2)
    desk.pull(desk.gmail())
    desk.gmail().check()
    for call in desk.google.requests:
        assert call.verb == "GET" or call.path == "/batch/gmail/v1"
    for asked in desk.asked("/gmail/v1/"):
        assert not {"q", "includeSpamTrash"} & {k for k, v in asked.items() if v != ["false"]}
        assert asked["fields"]
        assert "snippet" not in asked["fields"][0]
        assert "subject" not in {h.lower() for h in asked.get("metadataHeaders", ())}
    gets = [call for call in desk.google.requests if "/messages/" in call.path]
    assert len(gets) == 32
    assert all(call.batched and "format=metadata" in call.query for call in gets)


def test_a_first_pull_ends_where_since_says(desk: Desk) -> None:
    made = desk.deliver(700, every=timedelta(days=1))
    desk.pull(desk.gmail(since=100))
    assert desk.refs == {m.id for m in made[-100:]}
    # Ids tell about when: no more is read than a little beyond.
    assert desk.read <= 103


def test_since_may_be_a_date(desk: Desk) -> None:
    made = desk.deliver(30, every=timedelta(days=1))
    desk.pull(desk.gmail(since=(desk.now - timedelta(days=10)).date()))
    assert desk.refs == {m.id for m in made[-10:]}


def test_the_newest_mail_comes_first(desk: Desk) -> None:
    made = desk.deliver(300)
    listed, first, *_ = desk.gmail().pull(None)
    assert not listed.interactions
    assert {i.ref for i in first.interactions} == {m.id for m in made[-250:]}


def test_an_empty_mailbox_is_whole_at_once(desk: Desk) -> None:
    batches = desk.pull(desk.gmail())
    assert batches[0].begins
    assert batches[1].covers is not None
    assert desk.pull(desk.gmail())[0].covers is None


def test_a_pull_killed_in_the_middle_does_not_read_twice(desk: Desk) -> None:
    desk.deliver(700)
    for number, batch in enumerate(desk.gmail().pull(None)):
        desk.ledger.apply(batch)
        if number == 1:
            break
    desk.pull(desk.gmail())
    assert len(desk.refs) == 700
    assert desk.read == 700


def test_a_refused_page_token_means_to_list_again_but_not_to_read_again(desk: Desk) -> None:
    made = desk.deliver(600)
    for number, batch in enumerate(desk.gmail().pull(None)):
        desk.ledger.apply(batch)
        if number == 1:
            break
    desk.world.delete(made[-1].id)
    desk.world.invalidate_page_tokens()
    batches = desk.pull(desk.gmail())
    assert desk.refs == {m.id for m in made[:-1]}
    assert desk.read == 600
    assert batches[0].begins


def test_mail_that_comes_and_goes_during_the_first_pull_is_caught_by_the_history(
    desk: Desk,
) -> None:
    made = desk.deliver(600)
    late = None
    for batch in desk.gmail().pull(None):
        desk.ledger.apply(batch)
        if late is None:
            late = desk.world.deliver(sender=BO, to=(ADA,))
            desk.world.delete(made[0].id)
            desk.world.delete(made[-1].id)
    assert late is not None
    assert desk.refs == {m.id for m in made[1:-1]} | {late.id}


def test_what_is_never_read_stands_in_the_world(desk: Desk) -> None:
    """Else the searches for it above would prove nothing."""
    [one] = desk.deliver(1)
    assert any(NEVER_READ in value for _, value in one.headers)
