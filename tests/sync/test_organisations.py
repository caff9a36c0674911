"""Which organisation an address belongs to."""

from __future__ import annotations

import pytest

from sync.organisations import Organisations


@pytest.mark.parametrize(
    ("address", "organisation"),
    [
        ("ada@acme.example", "acme.example"),
        ("ada@mail.berlin.acme.example", "acme.example"),
        ("ada@mail.acme.co.uk", "acme.co.uk"),
        ("ada@acme.com.br", "acme.com.br"),
        ("ada@xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("ada@someone.github.io", "someone.github.io"),  # a host whose parts are strangers
        ("ada@printer", "printer"),
        ("ada@co.uk", ""),
        ("ada@[192.0.2.1]", ""),
        ("+4930123456", ""),
        ("", ""),
    ],
)
def test_an_organisation_is_what_somebody_registered(address: str, organisation: str) -> None:
    # A phone number has no domain; it is no word of a house's own network either.
    assert Organisations().of(address) == organisation


@pytest.mark.parametrize(
    "domain",
    [
        *("gmail.com", "googlemail.de", "hotmail.co.uk", "yahoo.co.jp", "gmx.at", "live.fr"),
        *("outlook.com.br", "web.de", "mail.ru", "yandex.ru", "163.com", "naver.com", "qq.com"),
        *("wanadoo.fr", "libero.it", "btinternet.com", "comcast.net", "uol.com.br", "seznam.cz"),
        *("icloud.com", "proton.me", "mailbox.org", "pop.t-online.de"),
    ],
)
def test_where_anybody_may_have_an_address_nobody_is_of_a_house(domain: str) -> None:
    assert Organisations().of(f"anybody@{domain}") == ""


@pytest.mark.parametrize("domain", ["gmailers.example", "yahoos.example", "web.design.example"])
def test_a_firm_with_a_like_name_is_a_firm(domain: str) -> None:
    assert Organisations().of(f"ada@{domain}") != ""


def test_the_owner_can_name_further_hosts() -> None:
    told = Organisations(mail_hosts=["Alumni.example", "post.firm.example"])
    assert told.of("ada@alumni.example") == told.of("ada@mail.alumni.example") == ""
    assert told.of("ada@post.firm.example") == ""
    assert told.of("ada@firm.example") == "firm.example"


def test_the_owners_own_organisations_are_those_of_their_addresses() -> None:
    own = ["anybody@gmail.com", "*@winter.example", "ada@mail.old-job.example"]
    assert Organisations(own=own).own == {"winter.example", "old-job.example"}
