"""A few people for the tests of the store, and the owner's commands about them."""

from __future__ import annotations

from datetime import timedelta

from sync.store import people
from sync.store.people import Person
from sync.store.session import Store
from tests.support.memory_source import ADA, NOW, MemoryMailbox

BO, BO_AT_WORK, BO_OLD = "bo@example.net", "bo@work.example", "bo@old.example"
CY = "cy@example.com"


def sample_people() -> MemoryMailbox:
    """Bo with three addresses, Cy, and two called Di."""
    mailbox = MemoryMailbox()
    mailbox.write(0, ADA, BO, names=((BO, "Bo Berg"),))
    mailbox.write(1, BO_AT_WORK, names=((BO_AT_WORK, "Bo from work"),))
    mailbox.write(2, BO_OLD, ADA, CY, names=((BO_OLD, "B. Berg"),))
    mailbox.write(3, CY, names=((CY, "Cy Young"),))
    mailbox.write(4, "di@example.net", names=(("di@example.net", "Di Dove"),))
    mailbox.write(5, "dd@example.com", names=(("dd@example.com", "Di Dove"),))
    mailbox.write(6, "jo.hn.doe+x@googlemail.com", ADA)
    return mailbox


def find(store: Store, ada: int, text: str) -> Person:
    with store.read() as connection:
        return people.find(connection, ada, text)


def merge(store: Store, ada: int, kept: str, other: str, *, hours: int = 0) -> None:
    one, two = find(store, ada, kept), find(store, ada, other)
    with store.write() as connection:
        people.merge_people(connection, ada, one, two, NOW + timedelta(hours=hours))


def split(store: Store, ada: int, who: str, address: str | None = None) -> tuple[str, ...]:
    person = find(store, ada, who)
    with store.write() as connection:
        return people.split(connection, ada, person, address, NOW)


def forget(store: Store, ada: int, who: str) -> None:
    person = find(store, ada, who)
    with store.write() as connection:
        people.forget(connection, ada, person)
