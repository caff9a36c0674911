"""Names as they are compared, and the pairs whom the owner told apart."""

from __future__ import annotations

import pytest

from sync.store import people
from sync.store.session import Store
from tests.support.sample_people import BO, BO_AT_WORK, CY, find, merge, split


@pytest.mark.parametrize(
    "name",
    [
        "Zoë Løvstad",
        "ZOE LOVSTAD",
        "Løvstad, Zoë",
        "Zoe\u0308  Løvstad (ext.)",
        "[ACME] Zoë Løvstad",
        "Dr. Zoë Løvstad",
        "Zoë M. Løvstad",
        "Lovstad Zoe",
        "Zoë Løvstad, PhD",
        "Zoë \u201cLøvstad\u201d",
    ],
)
def test_every_way_of_writing_a_name_is_one_name(name: str) -> None:
    assert people.name_key(name) == "lovstad zoe"


@pytest.mark.parametrize(
    "name", ["", "Zoë", "Zoë L.", "Dr. Zoë", "(Zoë Løvstad)", "Z. L.", "12 34"]
)
def test_a_name_that_says_too_little_is_none(name: str) -> None:
    assert people.name_key(name) == ""


def test_other_names_stay_apart() -> None:
    names = ["Zoë Løvstad", "Zoë Lindqvist", "Zora Løvstad", "Zoë Løvstad Lindqvist", "Łukasz Zoë"]
    assert len({people.name_key(name) for name in names}) == len(names)


def told_apart(store: Store, ada: int) -> set[frozenset[int]]:
    with store.read() as connection:
        return people.told_apart(connection, ada)


@pytest.mark.usefixtures("sample_people")
def test_whom_the_owner_made_one_and_two_again_are_two(store: Store, ada: int) -> None:
    assert told_apart(store, ada) == set()
    merge(store, ada, BO, CY)
    assert told_apart(store, ada) == set()
    split(store, ada, BO)
    pair = frozenset({find(store, ada, BO).id, find(store, ada, CY).id})
    assert told_apart(store, ada) == {pair}
    merge(store, ada, BO, BO_AT_WORK)
    assert told_apart(store, ada) == {pair}


@pytest.mark.usefixtures("sample_people")
def test_who_is_one_again_is_not_told_apart_from_themselves(store: Store, ada: int) -> None:
    merge(store, ada, BO, CY)
    split(store, ada, BO)
    merge(store, ada, BO, CY)
    assert told_apart(store, ada) == set()
