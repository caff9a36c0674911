"""The plan of a full sync: what is read of a mailbox, in which order, at what price."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.api import Context, Direction, Plan
from connectors.errors import CursorExpired
from connectors.google.gmail.connector import Gmail
from connectors.google.gmail.messages import EXCLUDED, TABS
from connectors.standin.world.churn import Churn
from connectors.standin.world.mailbox import WorldMessage
from connectors.testing import MemoryStore
from tests.support.google_client import ADA, BO, GoogleClient

SHOP = "Shop <news@shop.example>"
PROMOTIONS = ("INBOX", "CATEGORY_PROMOTIONS")
OLD = timedelta(days=200)


class PlanRecorder:
    """Makes connectors of a client's mailbox, and records the plans that they announce."""

    def __init__(self, client: GoogleClient) -> None:
        self.client = client
        self.plans: list[Plan] = []

    def gmail(self, stored: MemoryStore | None = None, **keys: object) -> Gmail:
        configured = self.client.gmail(stored, **keys)
        context: Context = replace(self.client.context(stored), announce=self.plans.append)
        return Gmail(configured._config, context)  # noqa: SLF001 - its own settings, another context


@pytest.fixture
def recorder(client: GoogleClient) -> PlanRecorder:
    return PlanRecorder(client)


def newsletter(client: GoogleClient, **more: object) -> WorldMessage:
    more.setdefault("labels", PROMOTIONS)
    return client.world.deliver(sender=SHOP, to=(ADA,), **more)  # type: ignore[arg-type]


def dialogue(client: GoogleClient, length: int, **more: object) -> list[WorldMessage]:
    """Deliver a thread in which Bo and Ada write in turn; Bo begins."""
    made = [client.world.deliver(sender=BO, to=(ADA,), **more)]  # type: ignore[arg-type]
    for number in range(1, length):
        sender, to = ((ADA, BO), (BO, ADA))[number % 2 == 0]
        made.append(client.world.deliver(sender=sender, to=(to,), thread=made[0].thread_id))
    return made


def test_the_price_is_announced_before_anything_is_read_and_is_what_reading_costs(
    recorder: PlanRecorder,
) -> None:
    client = recorder.client
    for length in (1, 2, 3, 5):
        dialogue(client, length)
    for _ in range(4):
        newsletter(client)
    batches = recorder.gmail().pull(None)
    client.stored.apply(next(batches))
    [plan] = recorder.plans
    assert client.read == client.server.meter.calls["threads.get"] == 0
    listed, last = client.server.meter.units, plan
    # One message alone, two or more at the price of a thread.
    assert plan.units == 20 + 40 + 40 + 40
    assert (plan.listed, plan.wanted, plan.read) == (15, 11, 0)
    for batch in batches:
        client.stored.apply(batch)
        last = batch.plan or last
    history = 2
    assert client.server.meter.units - listed - history == plan.units
    assert last.done
    assert last.spent == last.units
    assert last.unread == {"promotions": 4}
    assert client.progress[-1] == (plan.units, plan.units)


def test_a_new_project_lists_for_little(recorder: PlanRecorder) -> None:
    recorder.client.deliver(1100)
    batch = next(recorder.gmail().pull(None))
    # Three pages of all, one or none of each label, and the profile.
    assert batch.units == 1 + 3 * 5 + 9 * 5


def test_bulk_is_left_unread_and_counted_until_it_is_wanted(recorder: PlanRecorder) -> None:
    client = recorder.client
    [letter] = client.deliver(1)
    left = [newsletter(client), newsletter(client, labels=("INBOX", "CATEGORY_SOCIAL"))]
    batches = client.pull(recorder.gmail())
    assert client.refs == {letter.id}
    assert batches[-2].left == 2
    assert batches[-2].plan is not None
    assert batches[-2].plan.unread == {"promotions": 1, "social": 1}
    client.pull(recorder.gmail(read_bulk=True), anew=True)
    assert client.refs == {letter.id, *(m.id for m in left)}
    assert client.stored.interactions[left[0].id].bulk == "Gmail: promotions"
    assert client.read == 3


def test_bulk_that_the_owner_answered_is_a_conversation(client: GoogleClient) -> None:
    ticket = newsletter(client)
    answer = client.world.deliver(sender=ADA, to=(SHOP,), thread=ticket.thread_id)
    later = newsletter(client, thread=ticket.thread_id)
    client.pull(client.gmail())
    assert client.refs == {ticket.id, answer.id, later.id}
    assert client.server.meter.calls["threads.get"] == 1


def test_people_come_first_then_what_may_be_theirs_then_bulk(client: GoogleClient) -> None:
    now, world = client.now, client.world
    perhaps = world.deliver(sender=SHOP, to=(ADA,), labels=("INBOX",), at=now - OLD)
    talk = world.deliver(sender=ADA, to=(BO,), at=now - 2 * OLD)
    personal = ("INBOX", "CATEGORY_PERSONAL")
    letter = world.deliver(sender=BO, to=(ADA,), labels=personal, at=now - 3 * OLD)
    fresh = world.deliver(sender=SHOP, to=(ADA,), labels=("INBOX",), at=now)
    bulk = newsletter(client, at=now)
    order = [
        item.ref
        for batch in client.gmail(read_bulk=True, units_per_minute=120).pull(None)
        for item in batch.interactions
    ]
    assert order == [fresh.id, talk.id, letter.id, perhaps.id, bulk.id]


def test_how_far_back_people_are_known_is_said_at_each_moment(client: GoogleClient) -> None:
    personal = ("INBOX", "CATEGORY_PERSONAL")
    made = [
        client.world.deliver(
            sender=BO, to=(ADA,), labels=personal, at=client.now - timedelta(days=n)
        )
        for n in range(400, 0, -1)
    ]
    seen = []
    for batch in client.gmail(units_per_minute=6000).pull(None):
        client.stored.apply(batch)
        if batch.plan is not None and batch.plan.back_to is not None:
            seen.append(batch.plan.back_to)
            later = {m.id for m in made if m.at > batch.plan.back_to + timedelta(minutes=1)}
            assert later <= client.refs
    assert seen == sorted(seen, reverse=True)
    assert len(seen) > 5


def test_what_was_stopped_is_not_read_twice_whatever_happened_meanwhile(
    client: GoogleClient,
) -> None:
    made = client.deliver(600)
    for number, batch in enumerate(client.gmail().pull(None)):
        client.stored.apply(batch)
        if number == 2:
            break
    client.world.delete(made[-1].id)
    client.world.expire_history()
    with pytest.raises(CursorExpired):
        client.pull(client.gmail())
    client.pull(client.gmail(), anew=True)
    assert client.refs == {m.id for m in made[:-1]}
    assert client.read == 600


def test_a_tab_changed_while_the_history_was_lost_is_noticed_by_the_lists_alone(
    client: GoogleClient,
) -> None:
    first, second, third = client.deliver(3)
    client.pull(client.gmail(read_bulk=True))
    client.world.relabel(first.id, add=("CATEGORY_PROMOTIONS",))
    client.world.expire_history()
    client.pull(client.gmail(read_bulk=True), anew=True)
    assert client.read == 4
    assert client.stored.interactions[first.id].bulk == "Gmail: promotions"
    assert not client.stored.interactions[second.id].bulk
    assert not client.stored.interactions[third.id].bulk


def test_old_mail_that_was_moved_here_hides_nothing(client: GoogleClient) -> None:
    for number in range(300):
        client.world.imported(
            sender=BO, to=(ADA,), at=client.now - timedelta(days=4000 + number), labels=("INBOX",)
        )
    [new] = client.deliver(1)
    client.pull(client.gmail())
    assert client.refs == {new.id}


def test_new_bulk_costs_a_look_at_the_history_and_is_counted(client: GoogleClient) -> None:
    client.pull(client.gmail())
    newsletter(client)
    [batch] = client.pull(client.gmail())
    assert (batch.units, batch.left, client.refs) == (2, 1, set())


def test_an_unchanged_mailbox_costs_two_units_a_poll(client: GoogleClient) -> None:
    client.deliver(30)
    client.pull(client.gmail())
    for _ in range(5):
        before = client.server.meter.units
        client.pull(client.gmail())
        assert client.server.meter.units - before == 2


def test_the_owners_first_word_brings_in_what_was_left_alone(client: GoogleClient) -> None:
    ticket = newsletter(client)
    client.pull(client.gmail())
    assert not client.refs
    answer = client.world.deliver(sender=ADA, to=(SHOP,), thread=ticket.thread_id)
    client.pull(client.gmail())
    assert client.refs == {ticket.id, answer.id}
    assert client.stored.interactions[answer.id].direction is Direction.OUT
    more = newsletter(client, thread=ticket.thread_id)
    client.pull(client.gmail())
    assert more.id in client.refs


def test_bulk_in_a_conversation_older_than_since_is_found_by_following_too(
    client: GoogleClient,
) -> None:
    question = client.world.deliver(sender=ADA, to=(SHOP,), at=client.now - 2 * OLD)
    since = (client.now - OLD).date().isoformat()
    client.pull(client.gmail(since=since))
    assert not client.refs
    answer = newsletter(client, thread=question.thread_id, at=client.now)
    lone = newsletter(client)
    reply = newsletter(client, thread=lone.thread_id)
    client.pull(client.gmail(since=since))
    assert client.refs == {answer.id}
    fresh = MemoryStore()
    client.pull(client.gmail(stored=fresh, since=since), stored=fresh)
    assert fresh.interactions == client.stored.interactions
    assert reply.thread_id == lone.id


@pytest.mark.parametrize("seed", range(8))
def test_a_mailbox_in_use_is_followed_to_the_letter(client: GoogleClient, seed: int) -> None:
    """Under random changes, and with a history that is lost at random."""
    rng = random.Random(seed)  # noqa: S311 - a test that can be repeated
    for _ in range(20):
        dialogue(client, rng.choice([1, 2, 3]))
        newsletter(client)
    churn = Churn(client.world, seed, every=0)
    for _ in range(25):
        for _ in range(rng.randrange(12)):
            churn.step()
        if not rng.randrange(5):
            client.world.expire_history()
        _sync(client)
    # Now nothing moves any more; the rest of the history comes in.
    _sync(client)
    assert_holds_the_truth(client)


def _sync(client: GoogleClient) -> None:
    """Sync as the engine does."""
    try:
        client.pull(client.gmail())
    except CursorExpired:
        client.pull(client.gmail(), anew=True)


def assert_holds_the_truth(client: GoogleClient) -> None:
    """The store holds every message that must be read; the others it holds are up to date."""
    fresh = MemoryStore()
    client.pull(client.gmail(stored=fresh, read_bulk=True), stored=fresh)
    answered = {
        m.thread_id
        for m in client.world.mailbox.messages.values()
        if "SENT" in m.labels and EXCLUDED.isdisjoint(m.labels)
    }
    required = {
        m.id
        for m in client.world.mailbox.messages.values()
        if TABS.keys().isdisjoint(m.labels) or m.thread_id in answered or "SENT" in m.labels
    }
    stored = client.stored.interactions
    for ref, item in fresh.interactions.items():
        if ref in required:
            assert stored.get(ref) == item
        elif ref in stored:
            assert stored[ref] == item
    assert stored.keys() <= fresh.interactions.keys()
