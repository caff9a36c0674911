"""Who was on what together, and the days on which the owner did something."""

from __future__ import annotations

import numpy as np

from connectors.api import Role
from sync.store import participants
from sync.store.participants import ROLES, ParticipantColumns
from sync.store.session import Store
from tests.support.memory_source import START
from tests.sync.test_queries import (
    BO,
    CY,
    DI,
    addresses,
    day,
    merge,
    met,
    received,
    sent,
    store_all,
)

FIRST = int(START.timestamp()) // 86_400


def together(store: Store, ada: int, until: float = 1000) -> ParticipantColumns:
    with store.read() as connection:
        return participants.load(connection, ada, day(until))


def deeds(store: Store, ada: int, until: float = 1000) -> list[int]:
    with store.read() as connection:
        return (participants.owner_days(connection, ada, day(until)) - FIRST).tolist()


def test_everybody_on_an_interaction_stands_in_a_row_of_their_own(store: Store, ada: int) -> None:
    store_all(store, ada, received("in", 2, BO, CY, thread="t"), met("met", 1, CY, DI))
    found, names = together(store, ada), addresses(store, ada)
    assert [names[one] for one in found.person.tolist()] == [CY, DI, BO, CY]
    roles = [Role.ATTENDEE, Role.ATTENDEE, Role.FROM, Role.CC]
    assert found.role.tolist() == [ROLES[role] for role in roles]
    assert found.event[0] == found.event[1] != found.event[2] == found.event[3]
    assert found.thread[0] == -1 != found.thread[2]
    assert np.all(np.diff(found.at) >= 0)


def test_what_is_known_twice_is_there_once(store: Store, ada: int) -> None:
    for key in ("mail", "archive"):
        store_all(store, ada, received(key, 2, BO, CY, uid="same"), key=key)
    assert len(together(store, ada)) == 2
    merge(store, ada, BO, CY)
    assert len(together(store, ada)) == 1


def test_nothing_after_the_day_that_is_asked_about(store: Store, ada: int) -> None:
    store_all(store, ada, sent("a", 1, BO), sent("b", 5, BO))
    assert len(together(store, ada, until=3)) == 1
    assert deeds(store, ada, until=3) == [1]


def test_an_empty_store_has_nobody_and_no_day(store: Store, ada: int) -> None:
    assert len(together(store, ada)) == 0
    assert deeds(store, ada) == []


def test_the_owners_days_are_those_on_which_they_wrote(store: Store, ada: int) -> None:
    store_all(
        store, ada, sent("a", 1, BO), sent("b", 1.2, CY), received("c", 3, BO), met("d", 9, BO)
    )
    assert deeds(store, ada) == [1]


def test_meetings_speak_for_an_owner_who_never_writes(store: Store, ada: int) -> None:
    store_all(store, ada, received("c", 3, BO), met("d", 9, BO), met("e", 4, BO))
    assert deeds(store, ada) == [4, 9]
