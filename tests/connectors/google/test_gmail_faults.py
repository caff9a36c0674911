"""Gmail on bad days: faults that pass, faults that last, and access that is withdrawn."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.addresses import OwnAddresses
from connectors.errors import AuthRequired, Retriable
from connectors.google.gmail.connector import Gmail
from tests.support.google_client import ADA, Desk, safe


@pytest.mark.parametrize(
    ("status", "reason"),
    [(429, "rateLimitExceeded"), (403, "userRateLimitExceeded"), (503, "backendError")],
)
def test_failing_parts_of_batches_are_asked_again_until_each_is_answered(
    desk: Desk, status: int, reason: str
) -> None:
    made = desk.deliver(120)
    desk.google.faults.fail_parts(share=0.2, status=status, reason=reason)
    desk.pull(desk.gmail())
    assert desk.refs == {m.id for m in made}
    assert not desk.ledger.skipped
    assert desk.stop.waits


@pytest.mark.parametrize("fault", ["fail", "drop", "tear"])
@pytest.mark.parametrize("path", ["/batch", "/profile", "/history"])
def test_passing_faults_are_sat_out_wherever_they_strike(desk: Desk, fault: str, path: str) -> None:
    made = desk.deliver(60)
    faults = desk.google.faults
    {"fail": faults.fail_next, "drop": faults.drop_next, "tear": faults.tear_next}[fault](
        2, path=path
    )
    desk.pull(desk.gmail())
    assert desk.refs == {m.id for m in made}
    assert desk.stop.waits


def test_lasting_trouble_is_retriable_and_what_was_stored_stays(desk: Desk) -> None:
    desk.deliver(600)
    batches = desk.gmail().pull(None)
    desk.ledger.apply(next(batches))
    desk.ledger.apply(next(batches))
    desk.google.faults.fail_next(99, path="/batch")
    with pytest.raises(Retriable, match="503") as caught:
        next(batches)
    assert len(desk.refs) == 250
    assert safe(caught.value)
    desk.google.faults.clear()
    desk.pull(desk.gmail())
    assert desk.read == 600


def test_parts_that_always_fail_end_in_retriable(desk: Desk) -> None:
    desk.deliver(3)
    desk.google.faults.fail_parts(share=1.0)
    with pytest.raises(Retriable):
        desk.pull(desk.gmail())
    assert 60 <= sum(desk.stop.waits) <= 100  # a whole minute: the quota is counted by it


def test_stopping_while_waiting_ends_the_pull_at_once(desk: Desk) -> None:
    desk.deliver(3)
    desk.google.faults.fail_parts(share=1.0)
    desk.stop.wait = lambda timeout=None: desk.stop.set() or True  # type: ignore[method-assign]  # noqa: ARG005
    assert desk.pull(desk.gmail()) == []


def test_a_token_that_dies_in_mid_pull_is_renewed(desk: Desk) -> None:
    made = desk.deliver(600)
    for batch in desk.gmail().pull(None):
        desk.ledger.apply(batch)
        desk.google.faults.revoke_access()
    assert desk.refs == {m.id for m in made}


def test_withdrawn_access_names_the_command_and_no_secret(desk: Desk) -> None:
    desk.google.faults.revoke_grants()
    with pytest.raises(AuthRequired, match="`beforehand auth mine`") as caught:
        desk.gmail().check()
    seen: BaseException | None = caught.value
    while seen is not None:
        assert safe(seen, seen.args)
        seen = seen.__cause__ or seen.__context__


def test_a_token_without_the_scope_asks_for_authorisation(desk: Desk) -> None:
    path = desk.credentials("https://www.googleapis.com/auth/calendar.events.readonly")
    with pytest.raises(AuthRequired, match=r"gmail\.metadata"):
        desk.pull(desk.gmail(credentials=path))


def test_check_says_the_mailbox_and_its_size(desk: Desk) -> None:
    desk.deliver(1234)
    assert desk.gmail().check() == f"{ADA}, 1,234 messages"
    assert desk.google.meter.units == 1


def test_check_warns_where_the_mailbox_is_not_among_the_own_addresses(desk: Desk) -> None:
    config = Gmail.Config(
        id="mine",
        type="gmail",
        api_endpoint=desk.google.url,
        credentials=desk.folder / "credentials.json",
    )
    connector = Gmail(config, replace(desk.context(), own=OwnAddresses(["eve@example.org"])))
    assert "not among your own addresses" in connector.check()
