"""Gmail against the stand-in: the contract, the first pull, and what is never requested."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta
from threading import Event

import pytest

from connectors.api import Connector, Context, Direction
from connectors.google.gmail.connector import Gmail
from connectors.standin import NEVER_READ
from connectors.testing import ConnectorContract, MemoryStore
from tests.support.google_client import (
    ADA,
    BO,
    SECRETS,
    GoogleClient,
    RecordingStop,
    holds_no_secret,
)


class TestGmailKeepsTheContract(ConnectorContract):
    """The promises of every connector, kept by Gmail."""

    own_addresses = (ADA, "ada@winter-studio.example")
    forbidden_words = SECRETS
    fewest_batches = 3  # two of the full sync, one of the partial sync

    @pytest.fixture(autouse=True)
    def _source(self, client: GoogleClient, monkeypatch: pytest.MonkeyPatch) -> None:
        self.client = client
        monkeypatch.setattr(type(self), "now", client.now)
        for number in range(260):
            at = client.now - timedelta(hours=260 - number)
            other = f"Person {number % 40} <p{number % 40}@example.net>"
            if number % 3:
                client.world.deliver(sender=other, to=(ADA,), at=at)
            else:
                client.world.deliver(sender=ADA, to=(other,), at=at)
        client.world.deliver(sender=ADA, to=(ADA,), at=client.now - timedelta(minutes=9))
        client.world.deliver(sender=BO, to=(ADA,), labels=("SPAM",))

    def make(self) -> Callable[[Context], Connector]:
        config = Gmail.Config(
            id="contract",
            type="gmail",
            api_endpoint=self.client.server.url,
            credentials=self.client.folder / "credentials.json",
        )
        return lambda context: Gmail(config, context)

    def context(self, stored: MemoryStore, stop: Event | None = None) -> Context:
        return super().context(stored, stop or RecordingStop())

    def expire_cursor(self, cursor: str) -> str:
        self.client.world.expire_history()
        return cursor

    def revoke(self) -> None:
        self.client.server.faults.revoke_grants()

    def add_interaction(self) -> None:
        self.client.world.deliver(sender=BO, to=(ADA,))

    def send_to_oneself(self, subject: str) -> None:
        self.client.world.deliver(sender=ADA, to=(ADA,), labels=("SENT", "INBOX"), subject=subject)

    def receive_forged(self, subject: str) -> None:
        self.client.world.deliver(sender=ADA, to=(ADA,), labels=("INBOX",), subject=subject)

    def receive_report(self, message_id: str) -> None:
        self.client.world.deliver(
            sender=ADA,
            to=(ADA,),
            labels=("SENT", "INBOX"),
            headers=[("List-Id", f"Weekly <{self.report_list}>"), ("Message-ID", message_id)],
        )

    def writes(self) -> Collection[object]:
        return self.client.server.writes


def test_the_whole_mailbox_is_read_and_the_units_add_up(full_client: GoogleClient) -> None:
    batches = full_client.pull(full_client.gmail(read_bulk=True))
    listed = {
        m.id
        for m in full_client.world.mailbox.messages.values()
        if not {"SPAM", "TRASH", "DRAFT"} & set(m.labels)
    }
    assert full_client.refs | set(full_client.stored.skipped) == listed
    assert len(listed) > 20_000
    assert sum(batch.units for batch in batches) == full_client.server.meter.units
    assert full_client.progress[-1][0] == full_client.progress[-1][1]
    sent = {m.id for m in full_client.world.mailbox.messages.values() if "SENT" in m.labels}
    out = {r for r, i in full_client.stored.interactions.items() if i.direction is Direction.OUT}
    assert out == sent & full_client.refs
    assert holds_no_secret(
        full_client.stored.interactions, full_client.stored.skipped, full_client.log.lines
    )


def test_nothing_but_metadata_is_asked_for(client: GoogleClient) -> None:
    client.deliver(30)
    client.pull(client.gmail())
    client.deliver(2)
    client.pull(client.gmail())
    client.gmail().check()
    for call in client.server.requests:
        assert call.verb == "GET" or call.path == "/batch/gmail/v1"
    for parameters in client.calls_to("/gmail/v1/"):
        assert not {"q", "includeSpamTrash"} & {k for k, v in parameters.items() if v != ["false"]}
        assert parameters["fields"]
        assert "snippet" not in parameters["fields"][0]
        assert "subject" not in {h.lower() for h in parameters.get("metadataHeaders", ())}
    gets = [call for call in client.server.requests if "/messages/" in call.path]
    assert len(gets) == 32
    assert all(call.batched and "format=metadata" in call.query for call in gets)


def test_a_first_pull_ends_where_since_says(client: GoogleClient) -> None:
    made = client.deliver(700, every=timedelta(days=1))
    client.pull(client.gmail(since=100))
    assert client.refs == {m.id for m in made[-100:]}
    # Ids tell about when: no more is read than a little beyond.
    assert client.read <= 103


def test_since_may_be_a_date(client: GoogleClient) -> None:
    made = client.deliver(30, every=timedelta(days=1))
    client.pull(client.gmail(since=(client.now - timedelta(days=10)).date()))
    assert client.refs == {m.id for m in made[-10:]}


def test_the_newest_mail_comes_first(client: GoogleClient) -> None:
    made = client.deliver(300)
    listed, first, *_ = client.gmail().pull(None)
    assert not listed.interactions
    assert {i.ref for i in first.interactions} == {m.id for m in made[-250:]}


def test_an_empty_mailbox_is_whole_at_once(client: GoogleClient) -> None:
    batches = client.pull(client.gmail())
    assert batches[0].begins
    assert batches[1].covers is not None
    assert client.pull(client.gmail())[0].covers is None


def test_a_pull_killed_in_the_middle_does_not_read_twice(client: GoogleClient) -> None:
    client.deliver(700)
    for number, batch in enumerate(client.gmail().pull(None)):
        client.stored.apply(batch)
        if number == 1:
            break
    client.pull(client.gmail())
    assert len(client.refs) == 700
    assert client.read == 700


def test_a_refused_page_token_means_to_list_again_but_not_to_read_again(
    client: GoogleClient,
) -> None:
    made = client.deliver(600)
    for number, batch in enumerate(client.gmail().pull(None)):
        client.stored.apply(batch)
        if number == 1:
            break
    client.world.delete(made[-1].id)
    client.world.invalidate_page_tokens()
    batches = client.pull(client.gmail())
    assert client.refs == {m.id for m in made[:-1]}
    assert client.read == 600
    assert batches[0].begins


def test_mail_that_comes_and_goes_during_the_first_pull_is_caught_by_the_history(
    client: GoogleClient,
) -> None:
    made = client.deliver(600)
    late = None
    for batch in client.gmail().pull(None):
        client.stored.apply(batch)
        if late is None:
            late = client.world.deliver(sender=BO, to=(ADA,))
            client.world.delete(made[0].id)
            client.world.delete(made[-1].id)
    assert late is not None
    assert client.refs == {m.id for m in made[1:-1]} | {late.id}


def test_what_is_never_read_stands_in_the_world(client: GoogleClient) -> None:
    """Else the searches for it above would prove nothing."""
    [message] = client.deliver(1)
    assert any(NEVER_READ in value for _, value in message.headers)
