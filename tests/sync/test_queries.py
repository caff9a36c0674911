"""Reading the store: what counts as contact, what was known when, and where sources stand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from connectors.api import Batch, Channel, Direction, Interaction, Participant, Role
from sync.bulk import CAP, Evidence, Override
from sync.store import ingest, owners, people, queries, sources
from sync.store.models import owner as owner_table
from sync.store.models import source
from sync.store.queries import CHANNELS, DIRECTIONS, ContactColumns
from sync.store.rows import SourceRow
from sync.store.session import Store
from tests.support.memory_source import NOW, START, MemoryMailbox, owner, sync

BO, CY, DI = "bo@example.net", "cy@example.com", "di@example.net"


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def item(
    ref: str,
    number: float,
    direction: Direction,
    *participants: tuple[str, Role],
    **more: Any,  # noqa: ANN401 - an interaction's fields
) -> Interaction:
    return Interaction(
        ref=ref,
        at=day(number),
        channel=more.pop("channel", Channel.MAIL),
        direction=direction,
        participants=tuple(Participant(address, role) for address, role in participants),
        size=more.pop("size", len(participants)),
        **more,
    )


def received(ref: str, number: float, sender: str, *beside: str, **more: Any) -> Interaction:  # noqa: ANN401 - as above
    participants = [(sender, Role.FROM), *((address, Role.CC) for address in beside)]
    return item(ref, number, Direction.IN, *participants, **more)


def sent(ref: str, number: float, *to: str, **more: Any) -> Interaction:  # noqa: ANN401 - as above
    return item(ref, number, Direction.OUT, *((address, Role.TO) for address in to), **more)


def met(ref: str, number: float, *guests: str, **more: Any) -> Interaction:  # noqa: ANN401 - as above
    participants = [(address, Role.ATTENDEE) for address in guests]
    return item(ref, number, Direction.MUTUAL, *participants, channel=Channel.MEETING, **more)


def store_all(store: Store, owner_id: int, *items: Interaction, key: str = "mail") -> None:
    with store.write() as connection:
        salt = connection.scalar(sa.select(owner_table.c.salt).where(owner_table.c.id == owner_id))
        mine = sa.select(source.c.id).where(source.c.owner_id == owner_id, source.c.key == key)
        number = connection.scalar(mine)
        if number is None:
            row = sa.insert(source).values(owner_id=owner_id, key=key, type="memory")
            number = connection.scalar(row.returning(source.c.id))
        assert number is not None
        assert salt is not None
        batch = Batch(cursor="x", interactions=items)
        ingest.apply(connection, SourceRow(number, owner_id, salt), batch, now=NOW)


def events(store: Store, owner_id: int) -> ContactColumns:
    with store.read() as connection:
        return queries.contact_events(connection, owner_id)


def addresses(store: Store, owner_id: int) -> dict[int, str]:
    with store.read() as connection:
        return {n: person.handles[0] for n, person in people.by_id(connection, owner_id).items()}


def who(store: Store, owner_id: int) -> list[tuple[str, int]]:
    """Address and direction of each event, in order."""
    found, names = events(store, owner_id), addresses(store, owner_id)
    return [
        (names[p], d) for p, d in zip(found.person.tolist(), found.direction.tolist(), strict=True)
    ]


def known_of(store: Store, ada: int, address: str, until: datetime = NOW) -> Evidence | None:
    with store.read() as connection:
        return queries.evidence(connection, ada, until).get(
            people.find(connection, ada, address).id
        )


def merge(store: Store, ada: int, kept: str, other: str) -> None:
    with store.write() as connection:
        people.merge_people(
            connection,
            ada,
            people.find(connection, ada, kept),
            people.find(connection, ada, other),
            NOW,
        )


# Contact


def test_an_empty_store_has_no_events_of_the_right_types(store: Store, ada: int) -> None:
    found = events(store, ada)
    assert len(found) == 0
    columns = (found.person, found.at, found.direction, found.channel, found.size, found.thread)
    assert [column.dtype.name for column in columns] == [
        *("int64", "int64", "int8", "int8", "int32", "int64")
    ]
    assert found.personal.dtype.name == "bool"


def test_contact_is_what_passed_between_the_owner_and_a_person(store: Store, ada: int) -> None:
    store_all(
        store,
        ada,
        sent("out", 1, BO, CY),
        received("in", 2, BO, CY, DI),
        met("met", 3, CY, DI),
    )
    assert who(store, ada) == [(BO, 1), (CY, 1), (BO, -1), (CY, 0), (DI, 0)]


def test_columns_say_time_channel_size_thread_and_whether_it_was_personal(
    store: Store, ada: int
) -> None:
    store_all(
        store,
        ada,
        met("b", 2, BO, size=7),
        sent("a", 1, BO, thread="lunch"),
        received("c", 3, BO, thread="lunch", size=3),
        received("d", 4, BO, bulk="Precedence"),
    )
    found = events(store, ada)
    assert found.at.tolist() == [int(day(n).timestamp()) for n in (1, 2, 3, 4)]
    assert found.direction.tolist() == [
        DIRECTIONS[d] for d in (Direction.OUT, Direction.MUTUAL, Direction.IN, Direction.IN)
    ]
    assert found.channel.tolist() == [
        CHANNELS[c] for c in (Channel.MAIL, Channel.MEETING, Channel.MAIL, Channel.MAIL)
    ]
    assert found.size.tolist() == [1, 7, 3, 1]
    assert found.thread[0] == found.thread[2] == ingest.thread_number("lunch") > 0
    assert found.thread[1] == found.thread[3] == -1
    assert found.personal.tolist() == [True, True, True, False]
    assert len(found.of(found.person[:1])) == 4
    assert len(found.of(np.array([-5]))) == 0


def test_list_traffic_that_does_not_name_the_owner_is_no_contact(store: Store, ada: int) -> None:
    store_all(
        store,
        ada,
        received("list", 1, BO, bulk="List-Id", direct=False),
        received("list and me", 2, BO, bulk="List-Id", direct=True),
        received("blind copy", 3, BO, direct=False),
    )
    found = events(store, ada)
    assert found.at.tolist() == [int(day(n).timestamp()) for n in (2, 3)]
    assert found.personal.tolist() == [False, False]


def test_standing_beside_the_owner_on_somebodys_mail_is_no_contact(store: Store, ada: int) -> None:
    store_all(store, ada, received("in", 1, BO, CY))
    assert who(store, ada) == [(BO, -1)]


def test_events_come_in_the_order_of_time_whatever_the_order_of_arrival(
    store: Store, ada: int
) -> None:
    numbers = [5, 1, 4, 2, 3]
    store_all(store, ada, *(sent(f"m{n}", n, BO) for n in numbers))
    assert events(store, ada).at.tolist() == [int(day(n).timestamp()) for n in sorted(numbers)]


def test_the_same_message_from_two_sources_counts_once(store: Store, ada: int) -> None:
    store_all(store, ada, sent("g1", 1, BO, uid="u1"), received("g2", 2, BO, uid="u2"))
    before, evidence = who(store, ada), known_of(store, ada, BO)
    store_all(
        store,
        ada,
        sent("a1", 1, BO, CY, uid="u1"),  # the archive also tells who stood in Bcc
        received("a2", 2, BO, uid="u2"),
        key="archive",
    )
    assert before == [(BO, 1), (BO, -1)]
    assert sorted(who(store, ada)) == sorted([*before, (CY, 1)])
    assert known_of(store, ada, BO) == evidence == Evidence(written=1, authored=1)
    assert known_of(store, ada, CY) == Evidence(written=1)


def test_messages_without_a_name_across_sources_are_all_counted(store: Store, ada: int) -> None:
    store_all(store, ada, sent("a", 1, BO), sent("b", 1, BO))
    assert who(store, ada) == [(BO, 1), (BO, 1)]


def test_a_copy_that_came_by_a_list_takes_nothing_away_from_the_personal_one(
    store: Store, ada: int
) -> None:
    store_all(
        store,
        ada,
        received("by the list", 1, BO, uid="u", bulk="List-Id"),
        received("to me", 1, BO, uid="u"),
    )
    assert events(store, ada).personal.tolist() == [True]


def test_a_person_with_two_addresses_on_one_message_counts_once(store: Store, ada: int) -> None:
    store_all(store, ada, sent("a", 1, BO, CY), sent("b", 2, BO))
    merge(store, ada, BO, CY)
    assert len(events(store, ada)) == 2
    assert known_of(store, ada, BO) == Evidence(written=2)


# Evidence


def test_evidence_counts_what_was_there_before_a_time(store: Store, ada: int) -> None:
    store_all(
        store,
        ada,
        sent("a", 1, BO),
        sent("many", 2, BO, size=CAP + 1),
        sent("b", 3, BO, size=CAP),
        met("c", 4, BO),
        met("crowd", 5, BO, size=CAP + 1),
        received("d", 6, BO),
        received("e", 7, BO, bulk="List-Id"),
        received("f", 8, BO, bulk="List-Id"),
        received("g", 9, BO, bulk="Precedence"),
    )
    assert known_of(store, ada, BO) == Evidence(
        written=2, met=1, authored=4, bulk={"List-Id": 2, "Precedence": 1}
    )
    assert known_of(store, ada, BO, day(8)) == Evidence(
        written=2, met=1, authored=2, bulk={"List-Id": 1}
    )
    assert known_of(store, ada, BO, day(2)) == Evidence(written=1)
    assert known_of(store, ada, BO, day(1)) is None


def test_an_address_on_mail_of_several_people_is_seen_as_a_groups(store: Store, ada: int) -> None:
    team = "team@example.org"
    store_all(
        store,
        ada,
        received("a", 1, BO, team),
        received("b", 2, CY, team),
        received("c", 3, CY, team),
        received("d", 4, DI, team),
        sent("e", 5, team),
    )
    assert known_of(store, ada, team) == Evidence(written=1, senders=3)
    assert known_of(store, ada, team, day(3)) == Evidence(senders=2)
    assert known_of(store, ada, BO) == Evidence(authored=1)
    merge(store, ada, BO, DI)  # one person with two addresses is one sender
    assert known_of(store, ada, team) == Evidence(written=1, senders=2)


def test_evidence_carries_the_owners_word_and_joins_all_addresses(store: Store, ada: int) -> None:
    store_all(store, ada, sent("a", 1, BO), received("b", 2, CY))
    merge(store, ada, BO, CY)
    with store.write() as connection:
        people.set_override(connection, people.find(connection, ada, BO), Override.KEEP)
    assert known_of(store, ada, CY) == Evidence(override=Override.KEEP, written=1, authored=1)


# Addresses and sources


def test_the_latest_address_is_the_one_last_in_touch_before_a_time(store: Store, ada: int) -> None:
    store_all(
        store, ada, sent("a", 1, BO), received("b", 2, CY), sent("c", 3, BO), sent("d", 4, DI)
    )
    merge(store, ada, BO, CY)
    with store.read() as connection:
        bo = people.find(connection, ada, BO).id
        assert queries.latest_addresses(connection, ada, NOW) == {bo: BO}
        assert queries.latest_addresses(connection, ada, day(3)) == {bo: CY}
        assert queries.latest_addresses(connection, ada, day(1)) == {}


def test_sources_say_what_they_hold_and_their_newest_contact_before_a_time(
    store: Store, ada: int, mailbox: MemoryMailbox
) -> None:
    sync(store, ada, mailbox, source_id="b-book")
    sync(store, ada, MemoryMailbox(), source_id="a-book")
    with store.read() as connection:
        empty, full = sources.standings(connection, ada, NOW)
        assert (empty.key, empty.interactions, empty.newest_at) == ("a-book", 0, None)
        assert (full.key, full.type, full.interactions) == ("b-book", "memory", 7)
        assert full.newest_at == day(6)
        assert full.last_ok_at == NOW
        _, then = sources.standings(connection, ada, day(3))
        assert then.newest_at == day(2), "what lies ahead, a meeting say, is no sign of life"


def test_an_owner_is_found_by_key(store: Store, ada: int) -> None:
    eve = owner(store, "eve")
    with store.read() as connection:
        assert owners.find(connection, "ada") == ada
        assert owners.find(connection, "eve") == eve
        assert owners.find(connection, "nobody") is None


def test_a_reader_sees_one_moment_while_others_write(store: Store, ada: int) -> None:
    store_all(store, ada, sent("a", 1, BO))
    with store.read() as connection:
        assert len(queries.contact_events(connection, ada)) == 1
        store_all(store, ada, sent("b", 2, CY))
        assert len(queries.contact_events(connection, ada)) == 1
        assert len(people.by_id(connection, ada)) == 1
    assert len(events(store, ada)) == 2
