"""Partial syncs of Gmail: messages that arrive, go and are relabelled, and lost histories."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.api import Direction
from connectors.errors import CursorExpired
from connectors.google.gmail.connector import Gmail
from connectors.testing import MemoryStore
from tests.support.google_client import ADA, BO, GoogleClient


def test_what_is_added_and_deleted_later_is_followed(client: GoogleClient) -> None:
    made = client.deliver(5)
    client.pull(client.gmail())
    new = client.world.deliver(sender=ADA, to=(BO,))
    client.world.delete(made[0].id)
    brief = client.world.deliver(sender=BO, to=(ADA,))
    client.world.delete(brief.id)
    batches = client.pull(client.gmail())
    assert client.refs == {m.id for m in (*made[1:], new)}
    assert client.stored.interactions[new.id].direction is Direction.OUT
    assert sum(b.units for b in batches) == 2 + 20


def test_a_message_that_is_gone_when_it_is_read_is_normal(client: GoogleClient) -> None:
    client.pull(client.gmail())
    new = client.deliver(3)
    client.server.faults.fail_parts(share=1.0, status=404, reason="notFound", limit=1)
    client.pull(client.gmail())
    assert len(client.refs) == 2
    assert client.refs < {m.id for m in new}


def test_a_part_that_gmail_finds_senseless_is_passed_over_with_a_reason(
    client: GoogleClient,
) -> None:
    client.pull(client.gmail())
    client.deliver(3)
    client.server.faults.fail_parts(share=1.0, status=400, reason="invalidArgument", limit=1)
    client.pull(client.gmail())
    assert len(client.refs) == 2
    [reason] = client.stored.skipped.values()
    assert "400" in reason


@pytest.mark.parametrize("label", ["SPAM", "TRASH"])
def test_spam_and_trash_come_and_go_and_the_store_assert_equals_one_filled_today(
    client: GoogleClient, label: str
) -> None:
    made = client.deliver(4)
    client.pull(client.gmail())
    client.world.relabel(made[0].id, add=(label,), remove=("INBOX",))
    client.world.relabel(made[1].id, add=(label,))
    client.world.deliver(sender=BO, to=(ADA,), labels=(label,))
    client.pull(client.gmail())
    assert client.refs == {made[2].id, made[3].id}
    assert client.server.meter.calls["messages.get"] == 4  # what went away is not read
    _assert_equals_one_filled_today(client)

    client.world.relabel(made[0].id, remove=(label,), add=("INBOX",))
    client.world.relabel(made[1].id, remove=(label,))
    client.world.relabel(made[1].id, add=(label,))
    client.pull(client.gmail())
    assert client.refs == {made[0].id, made[2].id, made[3].id}
    _assert_equals_one_filled_today(client)


def test_what_returns_from_the_trash_while_the_history_was_lost_is_read_again(
    client: GoogleClient,
) -> None:
    [message] = client.deliver(1)
    client.pull(client.gmail())
    client.world.trash(message.id)
    client.pull(client.gmail())
    client.world.relabel(message.id, remove=("TRASH",))
    client.world.expire_history()
    client.pull(client.gmail(), anew=True)
    assert client.refs == {message.id}


def test_a_draft_counts_once_it_is_sent(client: GoogleClient) -> None:
    draft = client.world.deliver(sender=ADA, to=(BO,), labels=("DRAFT",))
    client.pull(client.gmail())
    assert not client.refs
    client.world.relabel(draft.id, add=("SENT",), remove=("DRAFT",))
    client.pull(client.gmail())
    assert client.refs == {draft.id}
    _assert_equals_one_filled_today(client)


def test_a_message_moved_to_another_tab_is_read_again(client: GoogleClient) -> None:
    [message] = client.deliver(1)
    client.pull(client.gmail())
    assert not client.stored.interactions[message.id].bulk
    client.world.relabel(message.id, add=("CATEGORY_PROMOTIONS",))
    client.pull(client.gmail())
    assert client.stored.interactions[message.id].bulk == "Gmail: promotions"


def test_reading_and_starring_a_message_costs_no_reading_here(client: GoogleClient) -> None:
    [message] = client.deliver(1)
    client.pull(client.gmail())
    client.world.relabel(message.id, add=("STARRED",), remove=("UNREAD", "INBOX"))
    [batch] = client.pull(client.gmail())
    assert batch.units == 2
    assert client.refs == {message.id}


def test_what_lies_under_sent_is_outbound_whatever_address_it_came_from(
    client: GoogleClient,
) -> None:
    alias = client.world.deliver(sender="office@example.net", to=(BO,), labels=("SENT",))
    client.pull(client.gmail())
    item = client.stored.interactions[alias.id]
    assert item.direction is Direction.OUT
    assert [p.address for p in item.participants] == ["bo@example.net"]
    assert item.thread == alias.thread_id
    assert item.at == client.now + timedelta(minutes=1)


def test_what_claims_to_come_from_the_future_is_passed_over(client: GoogleClient) -> None:
    odd = client.world.deliver(sender=BO, to=(ADA,), at=client.now + timedelta(days=9))
    client.pull(client.gmail())
    assert client.stored.skipped.keys() == {odd.id}


def test_our_own_report_is_not_read_as_mail(client: GoogleClient) -> None:
    headers = (("List-Id", "Beforehand <report.beforehand.example>"),)
    report = client.world.deliver(sender=BO, to=(ADA,), headers=headers)
    config = Gmail.Config(
        id="mine",
        type="gmail",
        api_endpoint=client.server.url,
        credentials=client.folder / "credentials.json",
    )
    ignored = frozenset({"<report.beforehand.example>"})
    client.pull(Gmail(config, replace(client.context(), ignored_list_ids=ignored)))
    assert client.stored.skipped.keys() == {report.id}


def test_chats_are_no_mail(client: GoogleClient) -> None:
    chat = client.world.deliver(sender=BO, to=(ADA,), labels=("CHAT",))
    client.pull(client.gmail())
    assert client.stored.skipped == {chat.id: "a chat message"}


def test_long_histories_with_empty_pages_are_followed_to_their_end(client: GoogleClient) -> None:
    client.pull(client.gmail())
    made = client.deliver(510)
    client.server.faults.empty_pages(every=2)
    batches = client.pull(client.gmail())
    assert client.refs == {m.id for m in made}
    assert len(batches) >= 3
    starts = [parameters["startHistoryId"] for parameters in client.calls_to("/history")[1:]]
    assert all(start == starts[0] for start in starts)
    assert [i for b in client.pull(client.gmail()) for i in b.interactions] == []


def test_a_history_page_token_that_is_refused_means_to_follow_from_the_same_place(
    client: GoogleClient,
) -> None:
    client.pull(client.gmail())
    made = client.deliver(510)
    client.stored.apply(next(iter(client.gmail().pull(client.stored.cursor))))
    client.world.invalidate_page_tokens()
    client.pull(client.gmail())
    assert client.refs == {m.id for m in made}
    assert client.read == 510


def test_what_arrives_between_two_pages_is_not_lost(client: GoogleClient) -> None:
    client.pull(client.gmail())
    made = client.deliver(510)
    for batch in client.gmail().pull(client.stored.cursor):
        client.stored.apply(batch)
        if len(made) == 510:
            made.append(client.world.deliver(sender=BO, to=(ADA,)))
    client.pull(client.gmail())
    assert client.refs == {m.id for m in made}


def test_a_forgotten_history_is_an_expired_cursor_and_nothing_is_read_twice(
    client: GoogleClient,
) -> None:
    made = client.deliver(300)
    client.pull(client.gmail())
    client.world.delete(made[7].id)
    new = client.world.deliver(sender=BO, to=(ADA,))
    client.world.expire_history()
    with pytest.raises(CursorExpired):
        client.pull(client.gmail())
    before = client.read
    batches = client.pull(client.gmail(), anew=True)
    assert client.refs == {m.id for m in made} - {made[7].id} | {new.id}
    assert client.read - before == 1
    assert sum(len(b.seen) for b in batches) == 299


@pytest.mark.parametrize("cursor", ["", "{}", "7", '{"history":"x"}', '{"other":1}', "no JSON"])
def test_a_cursor_of_somebody_else_is_an_expired_one(client: GoogleClient, cursor: str) -> None:
    with pytest.raises(CursorExpired):
        list(client.gmail().pull(cursor))


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_a_followed_mailbox_assert_equals_one_filled_today(
    client: GoogleClient, seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311 - a test that can be repeated
    client.deliver(30)
    for _ in range(120):
        refs = list(client.world.mailbox.messages)
        ref = rng.choice(refs)
        label = rng.choice(["SPAM", "TRASH", "DRAFT", "STARRED"])
        match rng.randrange(9):
            case 0 | 1:
                client.world.deliver(sender=BO, to=(ADA,), labels=rng.choice([None, (label,)]))
            case 2 if len(refs) > 5:
                client.world.delete(ref)
            case 3 | 4:
                if label != "DRAFT":  # what was sent or received never becomes a draft
                    client.world.relabel(ref, add=(label,), remove=("INBOX",))
            case 5 | 6:
                client.world.relabel(ref, add=("INBOX",), remove=(label,))
            case 7:
                if not rng.randrange(4):
                    client.world.expire_history()
            case _:
                _sync(client)
    _sync(client)
    _assert_equals_one_filled_today(client)


def _sync(client: GoogleClient) -> None:
    """Sync as the engine does."""
    try:
        client.pull(client.gmail())
    except CursorExpired:
        client.pull(client.gmail(), anew=True)


def _assert_equals_one_filled_today(client: GoogleClient) -> None:
    fresh = MemoryStore()
    client.pull(client.gmail(stored=fresh), stored=fresh)
    assert fresh.interactions == client.stored.interactions
    assert fresh.skipped == client.stored.skipped
