"""A mailbox that changes while it is read, and mail that was moved here from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from connectors.standin import FaultKind, Google, World, empty_world, serve
from connectors.standin.world.churn import Churn
from connectors.standin.world.churn import churn as let_churn
from tests.connectors.standin.conftest import BareClient

_LABELS = ("labelsAdded", "labelsRemoved")


@pytest.fixture
def busy() -> World:
    """Sixty messages in thirty threads; free to change."""
    made = empty_world(date(2026, 11, 4))
    for number in range(30):
        first = made.deliver(sender=f"Bo <bo{number}@example.net>", to=["ada.winter@example.org"])
        made.deliver(
            sender="Ada Winter <ada.winter@example.org>",
            to=[f"bo{number}@example.net"],
            thread=first.thread_id,
        )
    return made


@pytest.fixture
def google(busy: World) -> Iterator[Google]:
    with serve(busy) as running:
        yield running


def _listed(api: BareClient, size: int) -> list[str]:
    """The ids of all pages, in order, those that came twice included."""
    found: list[str] = []
    more: dict[str, Any] = {}
    while True:
        page = api.mail("messages", maxResults=size, includeSpamTrash="true", **more).json
        found += [line["id"] for line in page.get("messages", ())]
        if "nextPageToken" not in page:
            return found
        more = {"pageToken": page["nextPageToken"]}


def _followed(api: BareClient, start: int, known: dict[str, set[str]]) -> None:
    """Apply the history to what is known: labels by id."""
    more: dict[str, Any] = {}
    while True:
        page = api.mail("history", startHistoryId=start, **more).json
        for record in page.get("history", ()):
            for one in record.get("messagesAdded", ()):
                known[one["message"]["id"]] = set(one["message"]["labelIds"])
            for one in record.get("messagesDeleted", ()):
                known.pop(one["message"]["id"], None)
            for kind in _LABELS:
                for one in record.get(kind, ()):
                    known[one["message"]["id"]] = set(one["message"]["labelIds"])
        if "nextPageToken" not in page:
            return
        more = {"pageToken": page["nextPageToken"]}


def test_all_of_life_happens_and_is_counted(busy: World) -> None:
    churn = let_churn(busy, seed=1, every=1)
    for _ in range(1600):
        churn.tick()
    assert sum(churn.happened.values()) == 1600
    assert len(churn.happened) == 18
    assert min(churn.happened.values()) > 5
    kinds = {change.kind for change in busy.mailbox.history}
    assert kinds == {"messagesAdded", "messagesDeleted", *_LABELS}
    meetings = busy.diary.events("primary")
    assert {e.resource.get("status") for e in meetings} == {"confirmed", "cancelled"}
    labels = {label for message in busy.mailbox.messages.values() for label in message.labels}
    assert labels >= {"SENT", "INBOX", "TRASH", "SPAM", "DRAFT", "UNREAD", "CATEGORY_SOCIAL"}


def test_the_same_seed_and_calls_bring_the_same_changes() -> None:
    def once(seed: int) -> list[object]:
        world = empty_world(date(2026, 11, 4))
        world.deliver(sender="Bo <bo@example.net>")
        churn = let_churn(world, seed, every=3)
        for _ in range(600):
            churn.tick()
        assert sum(churn.happened.values()) == 200
        return list(world.mailbox.history)

    assert once(1) == once(1)
    assert once(1) != once(2)


def test_an_empty_mailbox_comes_alive() -> None:
    world = empty_world(date(2026, 11, 4))
    churn = let_churn(world, every=1)
    for _ in range(50):
        churn.tick()
    assert world.mailbox.messages


def test_a_list_and_the_history_after_it_are_the_whole_truth(google: Google, busy: World) -> None:
    api = BareClient(google)
    start = busy.mailbox.history_id
    churn = let_churn(busy, seed=5, every=1)
    ids = _listed(api, 4)
    assert churn.happened
    assert len(ids) > len(set(ids))  # pages shifted under the reader
    known = {
        each: set(busy.mailbox.messages[each].labels)
        for each in ids
        if each in busy.mailbox.messages
    }
    busy.churning = None
    _followed(api, start, known)
    assert known == {m.id: set(m.labels) for m in busy.mailbox.messages.values()}


def test_a_calm_mailbox_shifts_no_page(google: Google) -> None:
    ids = _listed(BareClient(google), 7)
    assert len(ids) == len(set(ids)) == 60


def test_churn_may_be_one_of_the_faults(google: Google, busy: World) -> None:
    before = busy.mailbox.history_id
    google.faults.mix(1.0, [FaultKind.CHURN])
    assert [BareClient(google).mail("profile").status for _ in range(30)] == [200] * 30
    assert busy.mailbox.history_id > before
    assert isinstance(busy.churning, Churn)
    assert sum(busy.churning.happened.values()) == google.faults.met[FaultKind.CHURN] == 30


def test_a_draft_that_is_sent_is_another_message(busy: World) -> None:
    draft = busy.deliver(
        sender="Ada Winter <ada.winter@example.org>", to=["bo@example.net"], labels=["DRAFT"]
    )
    churn = let_churn(busy, every=0)
    while not churn.happened["draft sent"]:
        churn.step()
    sent = [c.message_id for c in busy.mailbox.history if c.labels == ("SENT",)]
    gone = {c.message_id for c in busy.mailbox.history if c.kind == "messagesDeleted"}
    assert draft.id in gone or any(
        "DRAFT" in c.labels for c in busy.mailbox.history if c.message_id in gone
    )
    assert sent


def test_mail_moved_here_is_older_than_its_id(google: Google, busy: World) -> None:
    start = busy.mailbox.history_id
    then = datetime(2019, 3, 1, 12, tzinfo=UTC)
    old = busy.imported(sender="Bo <bo@example.net>", at=then, to=["ada.winter@example.org"])
    api = BareClient(google)
    shown = api.mail(f"messages/{old.id}", format="metadata").json
    assert shown["internalDate"] == str(int(then.timestamp() * 1000))
    headers = {line["name"]: line["value"] for line in shown["payload"]["headers"]}
    assert headers["Date"].startswith("Fri, 01 Mar 2019")
    assert _listed(api, 100)[0] == old.id  # the newest id of all
    [record] = api.mail("history", startHistoryId=start).json["history"]
    assert record["messagesAdded"][0]["message"]["id"] == old.id
    after = busy.deliver(sender="Cy <cy@example.com>")
    assert int(after.id, 16) > int(old.id, 16)
    assert after.at > busy.end


def test_lists_stay_true_while_the_mailbox_changes(busy: World) -> None:
    box = busy.mailbox
    queries = [
        (frozenset[str](), False),
        (frozenset[str](), True),
        (frozenset({"INBOX"}), False),
        (frozenset({"TRASH"}), False),
        (frozenset({"SENT"}), True),
    ]
    for labels, hidden_too in queries:
        box.listing(labels, spam_and_trash=hidden_too)
    churn = let_churn(busy, seed=3, every=1)
    for _ in range(400):
        churn.tick()
    newest_first = sorted(box.messages.values(), key=lambda m: -int(m.id, 16))
    for labels, hidden_too in queries:
        hidden = set() if hidden_too else {"SPAM", "TRASH"} - labels
        expected = [
            m for m in newest_first if labels <= set(m.labels) and not hidden & set(m.labels)
        ]
        assert box.listing(labels, spam_and_trash=hidden_too) == expected
        heads = {m.thread_id: m for m in reversed(expected)}
        threads = box.thread_listing(labels, spam_and_trash=hidden_too)
        assert threads == sorted(heads.values(), key=lambda m: -int(m.id, 16))
