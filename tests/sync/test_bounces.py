"""What bounced is news of an address, and no contact with anybody."""

from __future__ import annotations

from typing import Any

import numpy as np

from connectors.api import Direction, Interaction, Role
from connectors.mail.automatic import BOUNCE
from sync.store import participants, people, queries
from sync.store.participants import ROLES, AddressNews
from sync.store.session import Store
from tests.support.memory_source import NOW
from tests.support.sample_people import find, forget
from tests.sync.test_queries import (
    BO,
    CY,
    DI,
    addresses,
    day,
    events,
    item,
    known_of,
    merge,
    received,
    sent,
    store_all,
    who,
)

DAEMON = "mailer-daemon@example.org"


def bounced(ref: str, number: float, *failed: str, **more: Any) -> Interaction:  # noqa: ANN401 - an interaction's fields
    """A bounce that names who failed, or else nobody but the mail system."""
    participants = [(one, Role.FAILED) for one in failed] or [(DAEMON, Role.FROM)]
    return item(ref, number, Direction.IN, *participants, bulk=BOUNCE, **more)


def news(store: Store, ada: int, until: float = 1000) -> AddressNews:
    with store.read() as connection:
        return participants.address_news(connection, ada, day(until))


def told(store: Store, ada: int, until: float = 1000) -> list[tuple[str, str, bool]]:
    """What failed: the address, when, and whether the bounce named it."""
    found = news(store, ada, until)
    rows = zip(found.handle.tolist(), found.at.tolist(), found.sign.tolist(), strict=True)
    first = int(day(0).timestamp())
    return [
        (found.address[number], f"{(at - first) / 86_400:g}", sign == participants.NAMED)
        for number, at, sign in rows
        if sign in {participants.NAMED, participants.SUPPOSED}
    ]


def test_a_bounce_is_no_contact_and_no_evidence_of_anything(store: Store, ada: int) -> None:
    store_all(store, ada, sent("out", 1, BO), received("in", 2, BO, thread="t"))
    before = known_of(store, ada, BO), who(store, ada), len(events(store, ada))
    store_all(store, ada, bounced("b1", 3, BO, thread="t"), bounced("b2", 4, BO))
    assert (known_of(store, ada, BO), who(store, ada), len(events(store, ada))) == before


def test_whoever_is_known_by_a_bounce_only_is_not_judged_at_all(store: Store, ada: int) -> None:
    store_all(store, ada, *(bounced(str(n), n, DI) for n in range(5)))
    assert known_of(store, ada, DI) is None
    assert who(store, ada) == []


def test_a_bounce_beside_others_makes_nobody_a_bystander(store: Store, ada: int) -> None:
    mixed = [(CY, Role.FROM), (BO, Role.FAILED)]  # no connector of ours says so, one may
    store_all(
        store,
        ada,
        sent("out", 0, BO),
        *(item(str(n), n, Direction.IN, *mixed, bulk=BOUNCE) for n in range(1, 4)),
    )
    known = known_of(store, ada, BO)
    assert known is not None
    assert (known.written, known.authored, known.bulk, known.senders) == (1, 0, {}, 0)


def test_nobody_is_written_to_where_mail_came_back_from(store: Store, ada: int) -> None:
    store_all(store, ada, received("a", 1, BO), received("b", 3, CY), bounced("c", 9, BO))
    merge(store, ada, CY, BO)
    with store.read() as connection:
        latest = queries.latest_addresses(connection, ada, NOW)
        assert latest == {people.find(connection, ada, BO).id: CY}


def test_forgetting_takes_the_bounces_along_and_keeps_them_away(store: Store, ada: int) -> None:
    all_of_it = (sent("out", 1, BO), bounced("b1", 2, BO), bounced("b2", 3, BO, CY))
    store_all(store, ada, *all_of_it)
    forget(store, ada, BO)
    assert told(store, ada) == [(CY, "3", True)]
    store_all(store, ada, *all_of_it)
    assert told(store, ada) == [(CY, "3", True)]
    assert set(addresses(store, ada).values()) == {CY}


def test_everybody_on_an_interaction_includes_the_failed_as_such(store: Store, ada: int) -> None:
    store_all(store, ada, bounced("b", 1, BO))
    with store.read() as connection:
        found = participants.load(connection, ada, NOW)
    assert found.role.tolist() == [ROLES[Role.FAILED]]
    assert found.bulk.tolist() == [True]


# News of addresses


def test_news_are_only_of_addresses_that_failed(store: Store, ada: int) -> None:
    store_all(
        store,
        ada,
        sent("a", 1, BO),
        received("b", 2, BO, CY),
        bounced("c", 3, BO),
        received("d", 4, CY),
    )
    found = news(store, ada)
    assert set(found.address.values()) == {BO}
    assert found.sign.tolist() == [participants.SENT, participants.LIFE, participants.NAMED]
    assert np.all(np.diff(found.at) >= 0)
    with store.read() as connection:
        assert set(found.person.tolist()) == {people.find(connection, ada, BO).id}


def test_nothing_is_known_before_it_came(store: Store, ada: int) -> None:
    store_all(store, ada, sent("a", 1, BO), bounced("b", 3, BO))
    assert told(store, ada, until=3) == []
    assert len(news(store, ada, until=3)) == 0


def test_a_bounce_that_came_by_two_sources_is_one(store: Store, ada: int) -> None:
    for key in ("mail", "archive"):
        store_all(store, ada, bounced("b", 3, BO, uid="same"), key=key)
    assert told(store, ada) == [(BO, "3", True)]


def test_the_thread_tells_who_failed_where_the_bounce_does_not(store: Store, ada: int) -> None:
    store_all(store, ada, sent("a", 1, BO, thread="t"), bounced("b", 2, thread="t"))
    assert told(store, ada) == [(BO, "2", False)]


def test_the_thread_does_not_tell_who_of_several_failed(store: Store, ada: int) -> None:
    store_all(
        store,
        ada,
        sent("a", 1, BO, CY, thread="two"),
        bounced("b", 2, thread="two"),
        sent("c", 1, BO, thread="both"),
        sent("d", 1.5, CY, thread="both"),
        bounced("e", 2, thread="both"),
        sent("f", 1, BO, thread="hidden", size=2),
        bounced("g", 2, thread="hidden"),
    )
    assert told(store, ada) == []


def test_a_bounce_answers_no_mail_of_long_ago_of_later_or_of_no_thread(
    store: Store, ada: int
) -> None:
    store_all(
        store,
        ada,
        sent("a", 1, BO, thread="old"),
        bounced("b", 10, thread="old"),
        sent("c", 5, BO, thread="later"),
        bounced("d", 4, thread="later"),
        sent("e", 1, BO),
        bounced("f", 2),
    )
    assert told(store, ada) == []


def test_a_store_without_bounces_has_no_news(store: Store, ada: int) -> None:
    store_all(store, ada, sent("a", 1, BO), received("b", 2, BO))
    found = news(store, ada)
    assert len(found) == 0
    assert found.at.dtype == np.int64
    assert find(store, ada, BO).handles == (BO,)
