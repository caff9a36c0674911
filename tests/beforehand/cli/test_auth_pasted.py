"""`beforehand auth` without a browser here: by a tunnel, or by what is pasted."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener, urlopen

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from connectors.google.oauth.redirect import AuthorizationResponse, parse_response
from tests.support.auth_process import AuthOwner, auth_owner, finish
from tests.support.timeouts import LONG_SECONDS


class Stay(HTTPRedirectHandler):
    """Does not go where it is sent."""

    def redirect_request(self, *_: object) -> None:
        return None


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[AuthOwner]:
    with auth_owner(tmp_path) as signed_up:
        yield signed_up


def page(process: subprocess.Popen[str]) -> str:
    """The address that is shown."""
    assert process.stdout is not None
    assert "Open this page" in process.stdout.readline()
    return process.stdout.readline().strip()


def visited(url: str) -> HTTPResponse:
    """The page that a browser is shown there, once it has been sent on."""
    found: HTTPResponse = urlopen(url, timeout=LONG_SECONDS)  # noqa: S310 - loopback
    return found


def redirect(url: str) -> str:
    """Where the browser of somebody who says yes is sent."""
    with pytest.raises(HTTPError) as sent:
        build_opener(Stay).open(url, timeout=LONG_SECONDS)
    with sent.value as answer:
        return str(answer.headers["Location"])


def test_a_bare_code_will_do(owner: AuthOwner) -> None:
    with owner.running("auth", "mail", "--no-browser") as process:
        [code] = parse_qs(urlsplit(redirect(page(process))).query)["code"]
        out, err = process.communicate(f"{code}\n", timeout=LONG_SECONDS)
    assert (process.returncode, err) == (0, "")
    assert "granted" in out
    assert owner.sync() == 0


def test_a_code_that_was_used_before_says_so(owner: AuthOwner) -> None:
    with owner.running("auth", "mail", "--no-browser") as process:
        first = redirect(page(process))
        process.communicate(f"{first}\n", timeout=LONG_SECONDS)
    [code] = parse_qs(urlsplit(first).query)["code"]
    with owner.running("auth", "mail", "--no-browser") as process:
        page(process)
        _, err = process.communicate(f"{code}\n", timeout=LONG_SECONDS)
    assert process.returncode == 3
    assert "it was used before" in err
    assert "run `beforehand auth mail` again" in err
    assert len(err.splitlines()) == 1
    assert owner.sync() == 0, "what was granted before is still there"


def test_with_standard_input_closed_the_tunnel_still_works(owner: AuthOwner) -> None:
    with owner.running("auth", "mail", "--no-browser") as process:
        url = page(process)
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
        with visited(url) as done:
            assert "You can close this window" in done.read().decode()
        code, _, err = finish(process)
    assert (code, err) == (0, "")
    assert owner.sync() == 0


def test_a_stranger_at_the_port_changes_nothing(owner: AuthOwner) -> None:
    with owner.running("auth", "mail", "--no-browser") as process:
        target = redirect(page(process))
        base = target.partition("?")[0]
        for wrong in ("favicon.ico", "?code=4/stolen&state=guessed", "?error=access_denied", ""):
            with pytest.raises(HTTPError) as refused:
                visited(base + wrong)
            with refused.value as answer:
                assert answer.code == 404
        with visited(target):
            code, _, _ = finish(process)
    assert code == 0


def test_ctrl_c_ends_it_in_a_line_and_keeps_nothing(owner: AuthOwner) -> None:
    with owner.running("auth", "mail", "--no-browser") as process:
        page(process)
        process.send_signal(signal.SIGINT)
        code, _, err = finish(process)
    assert code == 130
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1
    assert not owner.has_secrets


@pytest.mark.parametrize("more", ["gmail.readonly", "gmail.send"])
def test_more_than_was_asked_is_not_kept(owner: AuthOwner, more: str) -> None:
    owner.server.authority.adds = frozenset({f"https://www.googleapis.com/auth/{more}"})
    with owner.running("auth", "mail", "--no-browser") as process, visited(page(process)):
        code, _, err = finish(process)
    assert code == 3
    assert more in err
    assert "https://myaccount.google.com/permissions" in err
    assert not owner.has_secrets


def test_scopes_that_concern_neither_mail_nor_calendar_may_come_along(owner: AuthOwner) -> None:
    owner.server.authority.adds = frozenset({"openid"})
    with owner.running("auth", "mail", "--no-browser") as process, visited(page(process)):
        code, _, _ = finish(process)
    assert code == 0
    assert owner.sync() == 0


@pytest.mark.parametrize("fault", ["trouble", "dropped"])
def test_a_token_server_in_trouble_is_asked_again_with_the_same_code(
    owner: AuthOwner, fault: str
) -> None:
    if fault == "trouble":
        owner.server.faults.fail_next(2, path="/token")
    else:
        owner.server.faults.drop_next(2, path="/token")
    with owner.running("auth", "mail", "--no-browser") as process, visited(page(process)):
        code, _, err = finish(process)
    assert (code, err) == (0, "")


def test_a_token_server_that_stays_in_trouble_is_one_clear_line(owner: AuthOwner) -> None:
    owner.server.faults.fail_next(50, status=502, path="/token")
    with owner.running("auth", "mail", "--no-browser") as process, visited(page(process)):
        code, _, err = finish(process)
    assert code == 1
    assert "it answered 502" in err
    assert len(err.splitlines()) == 1
    assert not owner.has_secrets


# What is pasted

ADDRESS = "http://127.0.0.1:8765/?state=s%2Bs&code=4/0Adeu5BWsomething&scope=x"


@pytest.mark.parametrize(
    "text",
    [ADDRESS, f"  {ADDRESS}\r", f"<{ADDRESS}>", f'"{ADDRESS}"', ADDRESS.partition("//")[2]],
)
def test_an_address_is_understood_however_it_was_copied(text: str) -> None:
    assert parse_response(text, "s+s") == AuthorizationResponse(code="4/0Adeu5BWsomething")


@given(st.text())
@example("http://[")
@example("http://127.0.0.1:8765/?code=%ff&state=%ff")
def test_whatever_else_is_pasted_is_refused_in_a_sentence(text: str) -> None:
    assume(not text.strip().startswith("4"))
    with pytest.raises(ValueError, match=r"^That "):
        parse_response(text, "the state of this request")
