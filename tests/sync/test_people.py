"""Who is who: finding people, the owner's word about them, merging and splitting them."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa

from sync.bulk import Override
from sync.store import flags, people, reports
from sync.store.flags import NewFlag
from sync.store.models import owner
from sync.store.people import PeopleError
from sync.store.session import Store
from tests.support.memory_source import ADA, NOW, MemoryMailbox, sync
from tests.support.memory_source import owner as owner_of
from tests.support.sample_people import BO, BO_AT_WORK, BO_OLD, CY, find, merge, split
from tests.support.timeouts import LONG_SECONDS


def everybody(store: Store, ada: int) -> dict[str, tuple[str, str | None, Any]]:
    """Handles together, with the word and the snooze of their person: no numbers."""
    with store.read() as connection:
        found = people.by_id(connection, ada).values()
    return {
        " ".join(person.handles): (person.name, person.override, person.snoozed_until)
        for person in found
    }


# The owner


def test_an_owner_is_made_at_first_sight_and_found_afterwards(store: Store) -> None:
    first, second = owner_of(store, "eve"), owner_of(store, "eve")
    assert first == second
    other = owner_of(store, "ada")
    assert other != first
    with store.read() as connection:
        salts = connection.scalars(sa.select(owner.c.salt)).all()
    assert len(set(salts)) == 2, "each owner's tombstones are salted differently"
    assert all(len(salt) == 32 for salt in salts)


def test_two_processes_that_meet_an_owner_first_agree(store: Store) -> None:
    start, found = Barrier(4), []

    def work() -> None:
        start.wait(timeout=LONG_SECONDS)
        found.append(owner_of(store, "new"))

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=LONG_SECONDS)
    assert len(found) == 4
    assert len(set(found)) == 1


# Finding


@pytest.mark.usefixtures("sample_people")
@pytest.mark.parametrize(
    ("text", "handle"),
    [
        (BO, BO),
        ("BO@Example.NET ", BO),
        ("bo berg", BO),
        ("Cy Young", CY),
        ("young", CY),
        ("cy@", CY),
        ("johndoe@gmail.com", "johndoe@gmail.com"),
        ("John.Doe@gmail.com", "johndoe@gmail.com"),
        ("from work", BO_AT_WORK),
    ],
)
def test_somebody_is_found_by_address_by_name_or_by_a_part(
    store: Store, ada: int, text: str, handle: str
) -> None:
    assert find(store, ada, text).handles == (handle,)


@pytest.mark.usefixtures("sample_people")
def test_who_may_be_several_is_asked_for_by_address(store: Store, ada: int) -> None:
    with pytest.raises(PeopleError) as error:
        find(store, ada, "Di Dove")
    assert str(error.value) == (
        "'Di Dove' may be Di Dove <dd@example.com>, Di Dove <di@example.net>: use the address"
    )
    with pytest.raises(PeopleError, match=r"and 1 more: use the address"):
        find(store, ada, "@")


@pytest.mark.usefixtures("sample_people")
@pytest.mark.parametrize("text", ["nobody", "no@where.example", "", "  "])
def test_who_is_not_there_is_said_with_advice(store: Store, ada: int, text: str) -> None:
    with pytest.raises(PeopleError, match="see `beforehand people`"):
        find(store, ada, text)


def test_a_card_shows_the_name_last_used_by_its_bearer_else_the_address(
    store: Store, ada: int, sample_people: MemoryMailbox
) -> None:
    sample_people.write(7, CY, names=((CY, "Cy Old-Young"),))
    sample_people.write(8, ADA, CY, names=((CY, "Cyrus Montgomery Young the Third"),))
    sync(store, ada, sample_people)
    assert find(store, ada, CY).name == "Cy Old-Young"
    assert find(store, ada, "johndoe@gmail.com").name == "johndoe@gmail.com"
    merge(store, ada, BO, BO_AT_WORK)
    assert find(store, ada, BO).name == "Bo from work", "his own word outranks what others call him"


# The owner's word


@pytest.mark.usefixtures("sample_people")
def test_a_word_is_kept_and_taken_back(store: Store, ada: int) -> None:
    for word in (Override.KEEP, Override.IGNORE, None):
        with store.write() as connection:
            people.set_override(connection, people.find(connection, ada, BO), word)
        assert find(store, ada, BO).override is word
        assert find(store, ada, CY).override is None


@pytest.mark.usefixtures("sample_people")
def test_a_snooze_lasts_until_it_is_ended(store: Store, ada: int) -> None:
    until = NOW + timedelta(weeks=4)
    for moment in (until, None):
        with store.write() as connection:
            people.snooze(connection, people.find(connection, ada, BO), moment)
        assert find(store, ada, BO).snoozed_until == moment
        assert find(store, ada, CY).snoozed_until is None


def test_words_survive_the_next_sync(store: Store, ada: int, sample_people: MemoryMailbox) -> None:
    with store.write() as connection:
        people.set_override(connection, people.find(connection, ada, BO), Override.IGNORE)
    merge(store, ada, BO, BO_AT_WORK)
    before = everybody(store, ada)
    sample_people.write(9, BO_AT_WORK)
    sample_people.forget_log()
    sync(store, ada, sample_people)
    assert everybody(store, ada) == before


# Merge and split


@pytest.mark.usefixtures("sample_people")
def test_a_merge_is_one_person_and_split_takes_it_back_with_word_and_snooze(
    store: Store, ada: int
) -> None:
    with store.write() as connection:
        work = people.find(connection, ada, BO_AT_WORK)
        people.set_override(connection, work, Override.IGNORE)
        people.snooze(connection, work, NOW)
        people.set_override(connection, people.find(connection, ada, BO), Override.KEEP)
    before = everybody(store, ada)
    merge(store, ada, BO, BO_AT_WORK)
    assert everybody(store, ada)[f"{BO} {BO_AT_WORK}"][1:] == (Override.KEEP, None)
    assert split(store, ada, BO) == (BO_AT_WORK,)
    assert everybody(store, ada) == before


@pytest.mark.usefixtures("sample_people")
def test_merges_of_merges_are_taken_back_one_by_one(store: Store, ada: int) -> None:
    start = everybody(store, ada)
    merge(store, ada, BO_AT_WORK, BO_OLD, hours=1)
    middle = everybody(store, ada)
    merge(store, ada, BO, BO_AT_WORK, hours=2)
    assert find(store, ada, BO).handles == (BO, BO_OLD, BO_AT_WORK)
    assert split(store, ada, BO) == (BO_OLD, BO_AT_WORK)
    assert everybody(store, ada) == middle
    assert split(store, ada, BO_AT_WORK) == (BO_OLD,)
    assert everybody(store, ada) == start


@pytest.mark.usefixtures("sample_people")
def test_several_merges_into_one_are_taken_back_last_first(store: Store, ada: int) -> None:
    start = everybody(store, ada)
    merge(store, ada, BO, BO_OLD)
    merge(store, ada, BO, BO_AT_WORK)
    assert split(store, ada, BO) == (BO_AT_WORK,)
    assert split(store, ada, BO) == (BO_OLD,)
    assert everybody(store, ada) == start
    with pytest.raises(PeopleError, match="was never merged: name the address"):
        split(store, ada, BO)


@pytest.mark.usefixtures("sample_people")
def test_an_address_that_left_by_itself_is_no_longer_part_of_a_merge(
    store: Store, ada: int
) -> None:
    merge(store, ada, BO, BO_OLD)
    merge(store, ada, BO, BO_AT_WORK)
    assert split(store, ada, BO, "Bo@Work.example") == (BO_AT_WORK,)
    assert split(store, ada, BO) == (BO_OLD,)


@pytest.mark.usefixtures("sample_people")
@pytest.mark.parametrize("address", [BO, CY, "nobody", ""])
def test_only_one_of_several_addresses_can_leave(store: Store, ada: int, address: str) -> None:
    before = everybody(store, ada)
    with pytest.raises(PeopleError, match=r"name one of several"):
        split(store, ada, BO, address)
    assert everybody(store, ada) == before


@pytest.mark.usefixtures("sample_people")
def test_nobody_is_merged_with_themselves(store: Store, ada: int) -> None:
    with pytest.raises(PeopleError, match="one person already"):
        merge(store, ada, BO, BO)


@pytest.mark.usefixtures("sample_people")
def test_flags_move_with_a_merge_and_a_double_one_is_dropped(store: Store, ada: int) -> None:
    bo, work = find(store, ada, BO).id, find(store, ada, BO_AT_WORK).id
    for week, flagged in enumerate(
        (
            [NewFlag(bo, "lapse", 0.5), NewFlag(work, "lapse", 0.6), NewFlag(work, "reply", None)],
            [NewFlag(work, "lapse", 0.7)],
        )
    ):
        with store.write() as connection:
            at = NOW + timedelta(weeks=week)
            number = reports.claim(connection, ada, f"w{week}", f"<{week}@x>", at, flags=flagged)
            assert number is not None
            reports.mark_sent(connection, number, at)
    merge(store, ada, BO, BO_AT_WORK)
    with store.read() as connection:
        lapse = flags.flagged_since(connection, ada, "lapse", NOW)
        reply = flags.flagged_since(connection, ada, "reply", NOW)
    assert lapse == {bo: NOW + timedelta(weeks=1)}
    assert reply == {bo: NOW}


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Lovelace, Ada", "Ada Lovelace"),
        ("Ada Lovelace", "Ada Lovelace"),
        ("Lovelace, Ada, PhD", "Lovelace, Ada, PhD"),
        ("Ada Lovelace, Jr.", "Ada Lovelace, Jr."),
        ("Analytical Engines, Ltd.", "Analytical Engines, Ltd."),
        ("Lovelace,", "Lovelace,"),
    ],
)
def test_a_name_is_shown_in_the_order_in_which_it_is_spoken(written: str, spoken: str) -> None:
    assert people.natural(written) == spoken


def test_who_is_written_family_name_first_is_found_either_way(store: Store, ada: int) -> None:
    mailbox = MemoryMailbox()
    mailbox.write(0, BO, names=((BO, "Berg, Bo"),))
    sync(store, ada, mailbox)
    assert find(store, ada, "Berg, Bo").handles == find(store, ada, "bo berg").handles == (BO,)
