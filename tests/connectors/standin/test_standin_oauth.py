"""Consent and grants of the stand-in: the pages, how grants end, and service accounts."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from google.auth import crypt, jwt

from connectors.standin.errors import OAuthError
from connectors.standin.server.oauth import CLIENT_ID, CLIENT_SECRET, Authority
from tests.connectors.standin.conftest import AUTH, BareClient, HttpAnswer

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_DAY = 86_400.0
READ, LIST = AUTH + "gmail.metadata", AUTH + "calendar.calendarlist.readonly"
ASKED = {
    "client_id": CLIENT_ID,
    "redirect_uri": "http://127.0.0.1:9/",
    "response_type": "code",
    "scope": f"{READ} {LIST}",
    "state": 'a&b"<c',
    "access_type": "offline",
}
Renew = Callable[[str], dict[str, Any]]


class SecondsClock:
    """Seconds that pass when they are told to."""

    now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> SecondsClock:
    return SecondsClock()


@pytest.fixture
def authority(clock: SecondsClock) -> Authority:
    return Authority(clock)


@pytest.fixture
def renew(authority: Authority) -> Renew:
    """Ask for an access token with a refresh token."""

    def ask(token: str) -> dict[str, Any]:
        client = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        return authority.token(
            urlencode({"grant_type": "refresh_token", "refresh_token": token, **client})
        )

    return ask


def refused(renew: Renew, token: str) -> bool:
    try:
        renew(token)
    except OAuthError as error:
        return error.body["error"] == "invalid_grant"
    return False


# The pages


def path(**more: str) -> str:
    return f"/auth?{urlencode(ASKED | more)}"


def press(api: BareClient, **form: Any) -> dict[str, list[str]]:  # noqa: ANN401 - one value or several
    """Send the form with the boxes; what the browser is sent back with."""
    page = api.call("GET", path(step="boxes"), "", {})
    target = re.search(r'action="([^"]+)"', page.body.decode())
    assert target
    answer = api.call("POST", unescape(target[1]), urlencode(form, doseq=True), _FORM)
    assert answer.status == 302
    assert answer.headers["Location"].startswith("http://127.0.0.1:9/?")
    return parse_qs(urlsplit(answer.headers["Location"]).query)


@pytest.fixture
def asking(api: BareClient) -> BareClient:
    api.google.authority.asks = True
    return api


def test_first_comes_a_warning_then_a_box_for_each_scope_all_unticked(asking: BareClient) -> None:
    warning = asking.call("GET", path(), "", {})
    assert warning.headers["Content-Type"].startswith("text/html")
    assert "not verified" in warning.body.decode()
    assert "checkbox" not in warning.body.decode()
    boxes = asking.call("GET", path(step="boxes"), "", {}).body.decode()
    assert re.findall(r'type="checkbox" name="scope" value="([^"]+)">', boxes) == [READ, LIST]
    assert "<c" not in boxes, "what was asked is no markup"


@pytest.mark.parametrize("ticked", [[READ, LIST], [READ], [LIST]])
def test_what_is_ticked_is_granted_and_no_more(asking: BareClient, ticked: list[str]) -> None:
    back = press(asking, answer="allow", scope=ticked)
    assert back["scope"] == [" ".join(sorted(ticked))]
    assert back["state"] == [ASKED["state"]]
    form = {"grant_type": "authorization_code", "code": back["code"][0]}
    client = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    form |= client | {"redirect_uri": ASKED["redirect_uri"]}
    granted = asking.call("POST", "/token", urlencode(form), _FORM).json
    assert sorted(granted["scope"].split()) == sorted(ticked)


@pytest.mark.parametrize(
    "form",
    [{"answer": "cancel", "scope": READ}, {"answer": "allow"}, {"answer": "allow", "scope": "x"}],
)
def test_cancel_or_no_box_of_those_asked_is_a_denial(
    asking: BareClient, form: dict[str, str]
) -> None:
    back = press(asking, **form)
    assert back == {"error": ["access_denied"], "state": [ASKED["state"]]}


def test_who_turns_back_at_the_warning_denies(asking: BareClient) -> None:
    answer = asking.call("GET", path(step="back"), "", {})
    assert "error=access_denied" in answer.headers["Location"]


def test_consenting_is_no_write_to_the_mailbox(asking: BareClient) -> None:
    press(asking, answer="allow", scope=READ)
    assert asking.google.writes == []


# How grants end


def test_a_grant_of_a_screen_in_testing_ends_after_seven_days(
    authority: Authority, clock: SecondsClock, renew: Renew
) -> None:
    token = authority.grant(frozenset({"a"}))
    for day in range(8):
        assert renew(token)["scope"] == "a", day
        clock.now += _DAY
    authority.testing = True
    assert refused(renew, token)
    fresh = authority.grant(frozenset({"a"}))
    clock.now += 7 * _DAY - 1
    assert not refused(renew, fresh)
    clock.now += 1
    assert refused(renew, fresh)
    authority.testing = False
    assert refused(renew, fresh), "what has ended stays so"


def test_a_grant_that_nobody_uses_for_half_a_year_ends(
    authority: Authority, clock: SecondsClock, renew: Renew
) -> None:
    token = authority.grant(frozenset({"a"}))
    for _ in range(3):
        clock.now += 180 * _DAY
        renew(token)
    clock.now += 183 * _DAY
    assert refused(renew, token)


def test_a_rotated_token_is_spent_by_its_first_use(authority: Authority, renew: Renew) -> None:
    first = authority.grant(frozenset({"a"}))
    assert "refresh_token" not in renew(first)
    authority.rotates = True
    second = renew(first)["refresh_token"]
    assert refused(renew, first)
    assert renew(second)["refresh_token"] not in {first, second}


def test_giving_back_a_refresh_token_ends_what_it_gave(authority: Authority, renew: Renew) -> None:
    one, other = authority.grant(frozenset({"a"})), authority.grant(frozenset({"a"}))
    given, left = renew(one)["access_token"], renew(other)["access_token"]
    assert authority.revoke(f"token={one}")
    assert (authority.scopes(given), authority.scopes(left)) == (None, {"a"})
    assert not authority.revoke(f"token={one}")


def test_all_that_was_ever_handed_out_is_listed(authority: Authority, renew: Renew) -> None:
    token = authority.grant(frozenset({"a"}))
    access = renew(token)["access_token"]
    authority.revoke_grants()
    assert authority.issued == [token, access]


# Service accounts


def assertion(key: dict[str, Any], **claims: object) -> str:
    now = int(time.time())
    payload = {
        "iss": key["client_email"],
        "aud": key["token_uri"],
        "scope": READ,
        "iat": now,
        "exp": now + 3600,
        **claims,
    }
    signed: bytes = jwt.encode(crypt.RSASigner.from_service_account_info(key), payload)
    return signed.decode()


def redeem(api: BareClient, text: str) -> HttpAnswer:
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": text}
    return api.call("POST", "/token", urlencode(form), _FORM)


def test_a_service_account_gets_what_an_administrator_allowed(api: BareClient) -> None:
    me = api.google.world.owner.addresses[0]
    key = api.google.service_account([READ])
    granted = redeem(api, assertion(key, sub=me)).json
    assert api.google.authority.scopes(granted["access_token"]) == {READ}
    for claims, status, error in (
        ({"sub": me, "scope": LIST}, 401, "unauthorized_client"),
        ({"sub": me, "scope": f"{READ} {LIST}"}, 401, "unauthorized_client"),
        ({"sub": "stranger@example.net"}, 400, "invalid_grant"),
        ({"sub": me, "aud": "https://elsewhere.example/token"}, 400, "invalid_grant"),
        ({"sub": me, "iss": "nobody@example.com"}, 400, "invalid_grant"),
        ({"sub": me, "exp": int(time.time()) - 1}, 400, "invalid_grant"),
        ({"sub": me, "exp": int(time.time()) + 9000}, 400, "invalid_grant"),
        ({"sub": me, "iat": "yesterday"}, 400, "invalid_request"),
    ):
        answer = redeem(api, assertion(key, **claims))
        assert (answer.status, answer.json["error"]) == (status, error), claims


def test_an_assertion_signed_by_another_key_is_refused(api: BareClient) -> None:
    one, other = api.google.service_account([READ]), api.google.service_account([READ])
    answer = redeem(api, assertion(other | {"client_email": one["client_email"]}))
    assert answer.json["error_description"] == "Invalid JWT Signature."
    assert redeem(api, "no.assertion").json["error"] == "invalid_request"
