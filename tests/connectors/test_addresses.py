"""Canonical addresses, and which are the owner's own."""

from __future__ import annotations

import doctest
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import addresses
from connectors.addresses import OwnAddresses, canonical
from connectors.mail import address_list
from connectors.mbox import takeout


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Ada@Example.ORG", "ada@example.org"),
        (" ada@example.org. ", "ada@example.org"),
        ("a.d.a+x@gmail.com", "ada@gmail.com"),
        ("ada@googlemail.com", "ada@gmail.com"),
        ("ada+shop@outlook.com", "ada@outlook.com"),
        ("ada.w@outlook.com", "ada.w@outlook.com"),
        ("ada.w+shop@example.org", "ada.w+shop@example.org"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@XN--BCHER-KVA.example", "ada@xn--bcher-kva.example"),
        ("a\u0301da@example.org", "\u00e1da@example.org"),
        ("a.\u0301da@gmail.com", "\u00e1da@gmail.com"),
        ("ada\u200b@example.org", "ada@example.org"),
        ('"ada"@example.org', "ada@example.org"),
        ("ada@[192.0.2.1]", "ada@[192.0.2.1]"),
        ("ada@localhost", "ada@localhost"),
    ],
)
def test_spellings_of_one_address_are_one(written: str, expected: str) -> None:
    assert canonical(written) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "ada", "@example.org", "ada@", "ada@.", "a b@example.org", "a@b@example.org",
        "ada@example..org", "<ada@example.org>", "ada@exa mple.org", "mailto:ada@example.org",
        "ada,bo@example.org", "ada\0@example.org", "a" * 320 + "@example.org", "\udcff@example.org",
        "ada@" + ".".join("ä" * 150),  # within 320 characters only until its domain is in ASCII
    ],
)  # fmt: skip
def test_what_is_no_address_has_no_canonical_form(text: str) -> None:
    assert canonical(text) == ""


@settings(max_examples=100)
@given(
    st.one_of(
        st.text(max_size=40),
        st.builds(
            "{}@{}".format,
            st.text(max_size=20),
            st.sampled_from(["gmail.com", "pm.me", "example.org", "bücher.example", "İ.example"]),
        ),
        st.emails(),
    )
)
def test_the_canonical_form_is_its_own(text: str) -> None:
    once = canonical(text)
    assert canonical(once) == once
    once.encode()


@settings(max_examples=50)
@given(st.emails())
def test_an_address_has_a_canonical_form_whatever_its_case(address: str) -> None:
    assert canonical(address.upper()) == canonical(address)


def test_own_addresses_are_known_in_every_spelling() -> None:
    own = OwnAddresses(["Ada@Example.org", "ada.w@gmail.com", "*@winter.example"])
    for address in (
        "ADA@example.org",
        "ada+shop@example.org",
        "a.d.a.w@googlemail.com",
        "anything@Winter.example",
    ):
        assert address in own
    for address in ("bo@example.org", "ada@winter.example.net", "ada@sub.winter.example", "", 5):
        assert address not in own


def test_an_own_address_with_a_tag_does_not_own_the_one_without() -> None:
    own = OwnAddresses(["ada+list@example.org"])
    assert "ada+list@example.org" in own
    assert "ada@example.org" not in own


def test_only_the_star_is_special_in_a_pattern() -> None:
    own = OwnAddresses(["*.w@e[x]ample.org", "ada?*@example.org"])
    assert "ada.w@example.org" not in own
    assert "adab@example.org" not in own


def test_nobody_owns_what_is_no_address() -> None:
    assert "" not in OwnAddresses(["", "*"])


def test_the_fingerprint_is_the_same_in_any_order() -> None:
    one = OwnAddresses(["ada@example.org", "*@winter.example", "b@example.org"])
    two = OwnAddresses(["b@example.org", "ADA@example.org", "*@winter.example"])
    assert one.fingerprint == two.fingerprint
    assert one.fingerprint != OwnAddresses(["b@example.org"]).fingerprint
    assert repr(one) == repr(two)


@pytest.mark.parametrize("module", [addresses, address_list, takeout], ids=lambda m: m.__name__)
def test_the_examples_in_the_docstrings_hold(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
