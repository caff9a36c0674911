"""Gmail under faults: transient ones, lasting ones, and access that is withdrawn."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.addresses import OwnAddresses
from connectors.errors import AuthRequired, Retriable
from connectors.google.gmail.connector import Gmail
from tests.support.google_client import ADA, GoogleClient, holds_no_secret


@pytest.mark.parametrize(
    ("status", "reason"),
    [(429, "rateLimitExceeded"), (403, "userRateLimitExceeded"), (503, "backendError")],
)
def test_failing_parts_of_batches_are_asked_again_until_each_is_answered(
    client: GoogleClient, status: int, reason: str
) -> None:
    made = client.deliver(120)
    client.server.faults.fail_parts(share=0.2, status=status, reason=reason)
    client.pull(client.gmail())
    assert client.refs == {m.id for m in made}
    assert not client.stored.skipped
    assert client.stop.waits


@pytest.mark.parametrize("fault", ["fail", "drop", "tear"])
@pytest.mark.parametrize("path", ["/batch", "/profile", "/history"])
def test_passing_faults_are_sat_out_wherever_they_strike(
    client: GoogleClient, fault: str, path: str
) -> None:
    made = client.deliver(60)
    faults = client.server.faults
    {"fail": faults.fail_next, "drop": faults.drop_next, "tear": faults.tear_next}[fault](
        2, path=path
    )
    client.pull(client.gmail())
    assert client.refs == {m.id for m in made}
    assert client.stop.waits


def test_lasting_trouble_is_retriable_and_what_was_stored_stays(client: GoogleClient) -> None:
    client.deliver(600)
    batches = client.gmail().pull(None)
    client.stored.apply(next(batches))
    client.stored.apply(next(batches))
    client.server.faults.fail_next(99, path="/batch")
    with pytest.raises(Retriable, match="503") as caught:
        next(batches)
    assert len(client.refs) == 250
    assert holds_no_secret(caught.value)
    client.server.faults.clear()
    client.pull(client.gmail())
    assert client.read == 600


def test_parts_that_always_fail_end_in_retriable(client: GoogleClient) -> None:
    client.deliver(3)
    client.server.faults.fail_parts(share=1.0)
    with pytest.raises(Retriable):
        client.pull(client.gmail())
    assert 60 <= sum(client.stop.waits) <= 100  # a whole minute: the quota is counted by it


def test_stopping_while_waiting_ends_the_pull_at_once(client: GoogleClient) -> None:
    client.deliver(3)
    client.server.faults.fail_parts(share=1.0)
    client.stop.wait = lambda timeout=None: client.stop.set() or True  # type: ignore[method-assign]  # noqa: ARG005
    assert client.pull(client.gmail()) == []


def test_a_token_that_dies_in_mid_pull_is_renewed(client: GoogleClient) -> None:
    made = client.deliver(600)
    for batch in client.gmail().pull(None):
        client.stored.apply(batch)
        client.server.faults.revoke_access()
    assert client.refs == {m.id for m in made}


def test_withdrawn_access_names_the_command_and_no_secret(client: GoogleClient) -> None:
    client.server.faults.revoke_grants()
    with pytest.raises(AuthRequired, match="`beforehand auth mine`") as caught:
        client.gmail().check()
    error: BaseException | None = caught.value
    while error is not None:
        assert holds_no_secret(error, error.args)
        error = error.__cause__ or error.__context__


def test_a_token_without_the_scope_asks_for_authorisation(client: GoogleClient) -> None:
    path = client.credentials("https://www.googleapis.com/auth/calendar.events.readonly")
    with pytest.raises(AuthRequired, match=r"gmail\.metadata"):
        client.pull(client.gmail(credentials=path))


def test_check_says_the_mailbox_and_its_size(client: GoogleClient) -> None:
    client.deliver(1234)
    assert client.gmail().check() == f"{ADA}, 1,234 messages"
    assert client.server.meter.units == 1


def test_check_warns_where_the_mailbox_is_not_among_the_own_addresses(client: GoogleClient) -> None:
    config = Gmail.Config(
        id="mine",
        type="gmail",
        api_endpoint=client.server.url,
        credentials=client.folder / "credentials.json",
    )
    connector = Gmail(config, replace(client.context(), own=OwnAddresses(["eve@example.org"])))
    assert "not among your own addresses" in connector.check()
