"""Following Gmail's history: what comes, goes and is relabelled, and histories that are lost."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.api import Direction
from connectors.errors import CursorExpired
from connectors.google.gmail.connector import Gmail
from connectors.testing import MemoryStore
from tests.support.google_client import ADA, BO, Desk


def test_what_is_added_and_deleted_later_is_followed(desk: Desk) -> None:
    made = desk.deliver(5)
    desk.pull(desk.gmail())
    new = desk.world.deliver(sender=ADA, to=(BO,))
    desk.world.delete(made[0].id)
    brief = desk.world.deliver(sender=BO, to=(ADA,))
    desk.world.delete(brief.id)
    batches = desk.pull(desk.gmail())
    assert desk.refs == {m.id for m in (*made[1:], new)}
    assert desk.ledger.interactions[new.id].direction is Direction.OUT
    assert sum(b.units for b in batches) == 2 + 20


def test_a_message_that_is_gone_when_it_is_read_is_normal(desk: Desk) -> None:
    desk.pull(desk.gmail())
    new = desk.deliver(3)
    desk.google.faults.fail_parts(share=1.0, status=404, reason="notFound", limit=1)
    desk.pull(desk.gmail())
    assert len(desk.refs) == 2
    assert desk.refs < {m.id for m in new}


def test_a_part_that_gmail_finds_senseless_is_passed_over_with_a_reason(desk: Desk) -> None:
    desk.pull(desk.gmail())
    desk.deliver(3)
    desk.google.faults.fail_parts(share=1.0, status=400, reason="invalidArgument", limit=1)
    desk.pull(desk.gmail())
    assert len(desk.refs) == 2
    [reason] = desk.ledger.skipped.values()
    assert "400" in reason


@pytest.mark.parametrize("label", ["SPAM", "TRASH"])
def test_spam_and_trash_come_and_go_and_the_store_equals_one_filled_today(
    desk: Desk, label: str
) -> None:
    made = desk.deliver(4)
    desk.pull(desk.gmail())
    desk.world.relabel(made[0].id, add=(label,), remove=("INBOX",))
    desk.world.relabel(made[1].id, add=(label,))
    desk.world.deliver(sender=BO, to=(ADA,), labels=(label,))
    desk.pull(desk.gmail())
    assert desk.refs == {made[2].id, made[3].id}
    assert desk.google.meter.calls["messages.get"] == 4  # what went away is not read
    _equals_one_filled_today(desk)

    desk.world.relabel(made[0].id, remove=(label,), add=("INBOX",))
    desk.world.relabel(made[1].id, remove=(label,))
    desk.world.relabel(made[1].id, add=(label,))
    desk.pull(desk.gmail())
    assert desk.refs == {made[0].id, made[2].id, made[3].id}
    _equals_one_filled_today(desk)


def test_what_returns_from_the_trash_while_the_history_was_lost_is_read_again(desk: Desk) -> None:
    [one] = desk.deliver(1)
    desk.pull(desk.gmail())
    desk.world.trash(one.id)
    desk.pull(desk.gmail())
    desk.world.relabel(one.id, remove=("TRASH",))
    desk.world.expire_history()
    desk.pull(desk.gmail(), anew=True)
    assert desk.refs == {one.id}


def test_a_draft_counts_once_it_is_sent(desk: Desk) -> None:
    draft = desk.world.deliver(sender=ADA, to=(BO,), labels=("DRAFT",))
    desk.pull(desk.gmail())
    assert not desk.refs
    desk.world.relabel(draft.id, add=("SENT",), remove=("DRAFT",))
    desk.pull(desk.gmail())
    assert desk.refs == {draft.id}
    _equals_one_filled_today(desk)


def test_a_message_moved_to_another_tab_is_read_again(desk: Desk) -> None:
    [one] = desk.deliver(1)
    desk.pull(desk.gmail())
    assert not desk.ledger.interactions[one.id].bulk
    desk.world.relabel(one.id, add=("CATEGORY_PROMOTIONS",))
    desk.pull(desk.gmail())
    assert desk.ledger.interactions[one.id].bulk == "Gmail: promotions"


def test_reading_and_starring_a_message_costs_no_reading_here(desk: Desk) -> None:
    [one] = desk.deliver(1)
    desk.pull(desk.gmail())
    desk.world.relabel(one.id, add=("STARRED",), remove=("UNREAD", "INBOX"))
    [batch] = desk.pull(desk.gmail())
    assert batch.units == 2
    assert desk.refs == {one.id}


def test_what_lies_under_sent_is_outbound_whatever_address_it_came_from(desk: Desk) -> None:
    alias = desk.world.deliver(sender="office@example.net", to=(BO,), labels=("SENT",))
    desk.pull(desk.gmail())
    item = desk.ledger.interactions[alias.id]
    assert item.direction is Direction.OUT
    assert [p.address for p in item.participants] == ["bo@example.net"]
    assert item.thread == alias.thread_id
    assert item.at == desk.now + timedelta(minutes=1)


def test_what_claims_to_come_from_the_future_is_passed_over(desk: Desk) -> None:
    odd = desk.world.deliver(sender=BO, to=(ADA,), at=desk.now + timedelta(days=9))
    desk.pull(desk.gmail())
    assert desk.ledger.skipped.keys() == {odd.id}


def test_our_own_report_is_not_read_as_mail(desk: Desk) -> None:
    headers = (("List-Id", "Beforehand <report.beforehand.example>"),)
    report = desk.world.deliver(sender=BO, to=(ADA,), headers=headers)
    config = Gmail.Config(
        id="mine",
        type="gmail",
        api_endpoint=desk.google.url,
        credentials=desk.folder / "credentials.json",
    )
    ignored = frozenset({"<report.beforehand.example>"})
    desk.pull(Gmail(config, replace(desk.context(), ignored_list_ids=ignored)))
    assert desk.ledger.skipped.keys() == {report.id}


def test_chats_are_no_mail(desk: Desk) -> None:
    chat = desk.world.deliver(sender=BO, to=(ADA,), labels=("CHAT",))
    desk.pull(desk.gmail())
    assert desk.ledger.skipped == {chat.id: "a chat message"}


def test_long_histories_with_empty_pages_are_followed_to_their_end(desk: Desk) -> None:
    desk.pull(desk.gmail())
    made = desk.deliver(510)
    desk.google.faults.empty_pages(every=2)
    batches = desk.pull(desk.gmail())
    assert desk.refs == {m.id for m in made}
    assert len(batches) >= 3
    assert len({asked["startHistoryId"][0] for asked in desk.asked("/history")[1:]}) == 1
    assert [i for b in desk.pull(desk.gmail()) for i in b.interactions] == []


def test_a_history_page_token_that_is_refused_means_to_follow_from_the_same_place(
    desk: Desk,
) -> None:
    desk.pull(desk.gmail())
    made = desk.deliver(510)
    desk.ledger.apply(next(iter(desk.gmail().pull(desk.ledger.cursor))))
    desk.world.invalidate_page_tokens()
    desk.pull(desk.gmail())
    assert desk.refs == {m.id for m in made}
    assert desk.read == 510


def test_what_arrives_between_two_pages_is_not_lost(desk: Desk) -> None:
    desk.pull(desk.gmail())
    made = desk.deliver(510)
    for batch in desk.gmail().pull(desk.ledger.cursor):
        desk.ledger.apply(batch)
        if len(made) == 510:
            made.append(desk.world.deliver(sender=BO, to=(ADA,)))
    desk.pull(desk.gmail())
    assert desk.refs == {m.id for m in made}


def test_a_forgotten_history_is_an_expired_cursor_and_nothing_is_read_twice(desk: Desk) -> None:
    made = desk.deliver(300)
    desk.pull(desk.gmail())
    desk.world.delete(made[7].id)
    new = desk.world.deliver(sender=BO, to=(ADA,))
    desk.world.expire_history()
    with pytest.raises(CursorExpired):
        desk.pull(desk.gmail())
    before = desk.read
    batches = desk.pull(desk.gmail(), anew=True)
    assert desk.refs == {m.id for m in made} - {made[7].id} | {new.id}
    assert desk.read - before == 1
    assert sum(len(b.seen) for b in batches) == 299


@pytest.mark.parametrize("cursor", ["", "{}", "7", '{"history":"x"}', '{"other":1}', "no JSON"])
def test_a_cursor_of_somebody_else_is_an_expired_one(desk: Desk, cursor: str) -> None:
    with pytest.raises(CursorExpired):
        list(desk.gmail().pull(cursor))


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_a_followed_mailbox_equals_one_filled_today(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test that can be repeated
    desk.deliver(30)
    for _ in range(120):
        there = list(desk.world.mailbox.messages)
        one = chance.choice(there)
        label = chance.choice(["SPAM", "TRASH", "DRAFT", "STARRED"])
        match chance.randrange(9):
            case 0 | 1:
                desk.world.deliver(sender=BO, to=(ADA,), labels=chance.choice([None, (label,)]))
            case 2 if len(there) > 5:
                desk.world.delete(one)
            case 3 | 4:
                if label != "DRAFT":  # what was sent or received never becomes a draft
                    desk.world.relabel(one, add=(label,), remove=("INBOX",))
            case 5 | 6:
                desk.world.relabel(one, add=("INBOX",), remove=(label,))
            case 7:
                if not chance.randrange(4):
                    desk.world.expire_history()
            case _:
                _sync(desk)
    _sync(desk)
    _equals_one_filled_today(desk)


def _sync(desk: Desk) -> None:
    """As the engine does it."""
    try:
        desk.pull(desk.gmail())
    except CursorExpired:
        desk.pull(desk.gmail(), anew=True)


def _equals_one_filled_today(desk: Desk) -> None:
    fresh = MemoryStore()
    desk.pull(desk.gmail(ledger=fresh), ledger=fresh)
    assert fresh.interactions == desk.ledger.interactions
    assert fresh.skipped == desk.ledger.skipped
