"""The plan before the spending: what is read of a mailbox, how, in which order, at what price."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.api import Context, Direction, Plan
from connectors.errors import CursorExpired
from connectors.google.gmail.connector import Gmail
from connectors.google.gmail.messages import AWAY, TABS
from connectors.standin.world.churn import Churn
from connectors.standin.world.mailbox import WorldMessage
from connectors.testing.memory_store import Ledger
from tests.support.google_client import ADA, BO, Desk

SHOP = "Shop <news@shop.example>"
PROMOTIONS = ("INBOX", "CATEGORY_PROMOTIONS")
OLD = timedelta(days=200)


class Planned:
    """Readers of a desk's mailbox that keep what was announced."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.plans: list[Plan] = []

    def gmail(self, ledger: Ledger | None = None, **keys: object) -> Gmail:
        made = self.desk.gmail(ledger, **keys)
        context: Context = replace(self.desk.context(ledger), announce=self.plans.append)
        return Gmail(made._config, context)  # noqa: SLF001 - its own settings, another context


@pytest.fixture
def planned(desk: Desk) -> Planned:
    return Planned(desk)


def newsletter(desk: Desk, **more: object) -> WorldMessage:
    more.setdefault("labels", PROMOTIONS)
    return desk.world.deliver(sender=SHOP, to=(ADA,), **more)  # type: ignore[arg-type]


def dialogue(desk: Desk, length: int, **more: object) -> list[WorldMessage]:
    """Bo writes, Ada answers, and so on."""
    made = [desk.world.deliver(sender=BO, to=(ADA,), **more)]  # type: ignore[arg-type]
    for number in range(1, length):
        sender, to = ((ADA, BO), (BO, ADA))[number % 2 == 0]
        made.append(desk.world.deliver(sender=sender, to=(to,), thread=made[0].thread_id))
    return made


def test_the_price_is_announced_before_anything_is_read_and_is_what_reading_costs(
    planned: Planned,
) -> None:
    desk = planned.desk
    for length in (1, 2, 3, 5):
        dialogue(desk, length)
    for _ in range(4):
        newsletter(desk)
    batches = planned.gmail().pull(None)
    desk.ledger.apply(next(batches))
    [plan] = planned.plans
    assert desk.read == desk.google.meter.calls["threads.get"] == 0
    listed, last = desk.google.meter.units, plan
    # One message alone, two or more at the price of a thread.
    assert plan.units == 20 + 40 + 40 + 40
    assert (plan.listed, plan.wanted, plan.read) == (15, 11, 0)
    for batch in batches:
        desk.ledger.apply(batch)
        last = batch.plan or last
    history = 2
    assert desk.google.meter.units - listed - history == plan.units
    assert last.done
    assert last.spent == last.units
    assert last.unread == {"promotions": 4}
    assert desk.progress[-1] == (plan.units, plan.units)


def test_a_new_project_lists_for_little(planned: Planned) -> None:
    planned.desk.deliver(1100)
    batch = next(planned.gmail().pull(None))
    # Three pages of all, one or none of each label, and the profile.
    assert batch.units == 1 + 3 * 5 + 9 * 5


def test_bulk_is_left_unread_and_counted_until_it_is_wanted(planned: Planned) -> None:
    desk = planned.desk
    [letter] = desk.deliver(1)
    left = [newsletter(desk), newsletter(desk, labels=("INBOX", "CATEGORY_SOCIAL"))]
    batches = desk.pull(planned.gmail())
    assert desk.refs == {letter.id}
    assert batches[-2].left == 2
    assert batches[-2].plan is not None
    assert batches[-2].plan.unread == {"promotions": 1, "social": 1}
    desk.pull(planned.gmail(read_bulk=True), anew=True)
    assert desk.refs == {letter.id, *(m.id for m in left)}
    assert desk.ledger.interactions[left[0].id].bulk == "Gmail: promotions"
    assert desk.read == 3


def test_bulk_that_the_owner_answered_is_a_conversation(desk: Desk) -> None:
    ticket = newsletter(desk)
    answer = desk.world.deliver(sender=ADA, to=(SHOP,), thread=ticket.thread_id)
    later = newsletter(desk, thread=ticket.thread_id)
    desk.pull(desk.gmail())
    assert desk.refs == {ticket.id, answer.id, later.id}
    assert desk.google.meter.calls["threads.get"] == 1


def test_people_come_first_then_what_may_be_theirs_then_bulk(desk: Desk) -> None:
    now, world = desk.now, desk.world
    perhaps = world.deliver(sender=SHOP, to=(ADA,), labels=("INBOX",), at=now - OLD)
    talk = world.deliver(sender=ADA, to=(BO,), at=now - 2 * OLD)
    personal = ("INBOX", "CATEGORY_PERSONAL")
    letter = world.deliver(sender=BO, to=(ADA,), labels=personal, at=now - 3 * OLD)
    fresh = world.deliver(sender=SHOP, to=(ADA,), labels=("INBOX",), at=now)
    bulk = newsletter(desk, at=now)
    order = [
        item.ref
        for batch in desk.gmail(read_bulk=True, units_per_minute=120).pull(None)
        for item in batch.interactions
    ]
    assert order == [fresh.id, talk.id, letter.id, perhaps.id, bulk.id]


def test_how_far_back_people_are_known_is_said_at_each_moment(desk: Desk) -> None:
    personal = ("INBOX", "CATEGORY_PERSONAL")
    made = [
        desk.world.deliver(sender=BO, to=(ADA,), labels=personal, at=desk.now - timedelta(days=n))
        for n in range(400, 0, -1)
    ]
    seen = []
    for batch in desk.gmail(units_per_minute=6000).pull(None):
        desk.ledger.apply(batch)
        if batch.plan is not None and batch.plan.back_to is not None:
            seen.append(batch.plan.back_to)
            later = {m.id for m in made if m.at > batch.plan.back_to + timedelta(minutes=1)}
            assert later <= desk.refs
    assert seen == sorted(seen, reverse=True)
    assert len(seen) > 5


def test_what_was_stopped_is_not_read_twice_whatever_happened_meanwhile(desk: Desk) -> None:
    made = desk.deliver(600)
    for number, batch in enumerate(desk.gmail().pull(None)):
        desk.ledger.apply(batch)
        if number == 2:
            break
    desk.world.delete(made[-1].id)
    desk.world.expire_history()
    with pytest.raises(CursorExpired):
        desk.pull(desk.gmail())
    desk.pull(desk.gmail(), anew=True)
    assert desk.refs == {m.id for m in made[:-1]}
    assert desk.read == 600


def test_a_tab_changed_while_the_history_was_lost_is_noticed_by_the_lists_alone(
    desk: Desk,
) -> None:
    one, two, three = desk.deliver(3)
    desk.pull(desk.gmail(read_bulk=True))
    desk.world.relabel(one.id, add=("CATEGORY_PROMOTIONS",))
    desk.world.expire_history()
    desk.pull(desk.gmail(read_bulk=True), anew=True)
    assert desk.read == 4
    assert desk.ledger.interactions[one.id].bulk == "Gmail: promotions"
    assert not desk.ledger.interactions[two.id].bulk
    assert not desk.ledger.interactions[three.id].bulk


def test_old_mail_that_was_moved_here_hides_nothing(desk: Desk) -> None:
    for number in range(300):
        desk.world.imported(
            sender=BO, to=(ADA,), at=desk.now - timedelta(days=4000 + number), labels=("INBOX",)
        )
    [new] = desk.deliver(1)
    desk.pull(desk.gmail())
    assert desk.refs == {new.id}


def test_new_bulk_costs_a_look_at_the_history_and_is_counted(desk: Desk) -> None:
    desk.pull(desk.gmail())
    newsletter(desk)
    [batch] = desk.pull(desk.gmail())
    assert (batch.units, batch.left, desk.refs) == (2, 1, set())


def test_an_unchanged_mailbox_costs_two_units_a_poll(desk: Desk) -> None:
    desk.deliver(30)
    desk.pull(desk.gmail())
    for _ in range(5):
        before = desk.google.meter.units
        desk.pull(desk.gmail())
        assert desk.google.meter.units - before == 2


def test_the_owners_first_word_brings_in_what_was_left_alone(desk: Desk) -> None:
    ticket = newsletter(desk)
    desk.pull(desk.gmail())
    assert not desk.refs
    answer = desk.world.deliver(sender=ADA, to=(SHOP,), thread=ticket.thread_id)
    desk.pull(desk.gmail())
    assert desk.refs == {ticket.id, answer.id}
    assert desk.ledger.interactions[answer.id].direction is Direction.OUT
    more = newsletter(desk, thread=ticket.thread_id)
    desk.pull(desk.gmail())
    assert more.id in desk.refs


def test_bulk_in_a_conversation_older_than_since_is_found_by_following_too(desk: Desk) -> None:
    asked = desk.world.deliver(sender=ADA, to=(SHOP,), at=desk.now - 2 * OLD)
    since = (desk.now - OLD).date().isoformat()
    desk.pull(desk.gmail(since=since))
    assert not desk.refs
    answer = newsletter(desk, thread=asked.thread_id, at=desk.now)
    lone = newsletter(desk)
    reply = newsletter(desk, thread=lone.thread_id)
    desk.pull(desk.gmail(since=since))
    assert desk.refs == {answer.id}
    fresh = Ledger()
    desk.pull(desk.gmail(ledger=fresh, since=since), ledger=fresh)
    assert fresh.interactions == desk.ledger.interactions
    assert reply.thread_id == lone.id


@pytest.mark.parametrize("seed", range(8))
def test_a_mailbox_in_use_is_followed_to_the_letter(desk: Desk, seed: int) -> None:
    """Whatever comes, goes and is filed, and whenever the history is lost."""
    chance = random.Random(seed)  # noqa: S311 - a test that can be repeated
    for _ in range(20):
        dialogue(desk, chance.choice([1, 2, 3]))
        newsletter(desk)
    churn = Churn(desk.world, seed, every=0)
    for _ in range(25):
        for _ in range(chance.randrange(12)):
            churn.step()
        if not chance.randrange(5):
            desk.world.expire_history()
        _sync(desk)
    # Now nothing moves any more; the rest of the history comes in.
    _sync(desk)
    holds_the_truth(desk)


def _sync(desk: Desk) -> None:
    """As the engine does it."""
    try:
        desk.pull(desk.gmail())
    except CursorExpired:
        desk.pull(desk.gmail(), anew=True)


def holds_the_truth(desk: Desk) -> None:
    """The ledger has all that is to be read; what more it has is there, and was once to be read."""
    fresh = Ledger()
    desk.pull(desk.gmail(ledger=fresh, read_bulk=True), ledger=fresh)
    answered = {
        m.thread_id
        for m in desk.world.mailbox.messages.values()
        if "SENT" in m.labels and AWAY.isdisjoint(m.labels)
    }
    wanted = {
        m.id
        for m in desk.world.mailbox.messages.values()
        if TABS.keys().isdisjoint(m.labels) or m.thread_id in answered or "SENT" in m.labels
    }
    held = desk.ledger.interactions
    for ref, item in fresh.interactions.items():
        if ref in wanted:
            assert held.get(ref) == item
        elif ref in held:
            assert held[ref] == item
    assert held.keys() <= fresh.interactions.keys()
