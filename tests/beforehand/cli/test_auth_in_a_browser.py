"""`beforehand auth`, as a process, with a real browser in which real buttons are pressed."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from threading import Thread

import pytest

from connectors.errors import AuthRequired, ConnectorError
from connectors.google.oauth import consent
from connectors.google.oauth.credentials import EVENTS, METADATA, Grant
from connectors.testing import MemoryTokens
from tests.support import chromium
from tests.support.auth_process import AuthOwner, auth_owner, finish
from tests.support.timeouts import LONG_SECONDS

BOX = 'input[type="checkbox"]'
# A browser on another machine: what is sent to the port of the one where `auth` runs goes astray.
ELSEWHERE = "--host-resolver-rules=MAP 127.0.0.1:87* 127.0.0.2:9"


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[AuthOwner]:
    with auth_owner(tmp_path) as signed_up:
        signed_up.server.authority.asks = True
        yield signed_up


@contextmanager
def asked(owner: AuthOwner) -> Iterator[tuple[subprocess.Popen[str], chromium.BrowserPage]]:
    """`auth mail` has opened the browser, whose page has come past the warning to the boxes."""
    profile = owner.folder / "profile"
    with (
        owner.running("auth", "mail", BROWSER=chromium.opener(profile)) as process,
        chromium.attached(profile) as page,
    ):
        try:
            page.until("document.querySelector('#go-on') !== null")
            assert "not verified" in page.text
            page.press("#more")
            page.press("#go-on")
            page.until(f"document.querySelector({json.dumps(BOX)}) !== null")
            yield process, page
        finally:
            page.ask("Browser.close")


def test_all_ticked_and_allowed_the_mailbox_can_be_read(owner: AuthOwner) -> None:
    with asked(owner) as (process, page):
        page.press(BOX)
        page.press("#allow")
        page.until("document.body.innerText.includes('You can close this window')")
        code, out, err = finish(process)
    assert (code, err) == (0, "")
    assert 'granted: "View your email message metadata' in out
    assert owner.sync() == 0


def test_a_box_left_unticked_is_said_and_nothing_is_kept(owner: AuthOwner) -> None:
    with asked(owner) as (process, page):
        page.press("#allow")
        code, _, err = finish(process)
    assert code == 3
    assert "no box ticked" in err
    assert "run `beforehand auth mail` again" in err
    assert len(err.splitlines()) == 1
    assert not owner.has_secrets
    assert owner.sync() == 3


def test_a_denied_consent_says_what_to_do(owner: AuthOwner) -> None:
    with asked(owner) as (process, page):
        page.press(BOX)
        page.press("#cancel")
        code, _, err = finish(process)
    assert code == 3
    assert "denied on Google's page" in err
    assert "run `beforehand auth mail` again" in err
    assert not owner.has_secrets


def test_one_box_of_two_left_unticked_is_named(
    owner: AuthOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: Queue[str] = Queue()
    monkeypatch.setattr(consent, "_open", shown.put)
    tokens = MemoryTokens()
    grant = Grant(
        source="both",
        name="google:both",
        scopes=(METADATA, EVENTS),
        tokens=tokens,
        client_secrets=owner.folder / "client.json",
    )
    problems: list[ConnectorError] = []

    def ask() -> None:
        try:
            consent.authorize(grant, open_browser=True)
        except ConnectorError as error:
            problems.append(error)

    asking = Thread(target=ask)
    asking.start()
    with chromium.launched(owner.folder / "profile") as page:
        page.go(shown.get(timeout=LONG_SECONDS))
        page.press("#more")
        page.press("#go-on")
        page.press(f'input[value="{METADATA}"]')
        page.press("#allow")
        asking.join(LONG_SECONDS)
    [problem] = problems
    assert isinstance(problem, AuthRequired)
    assert 'the box "View events on all your calendars" was left unticked' in str(problem)
    assert tokens.secrets == {}


@contextmanager
def far(owner: AuthOwner) -> Iterator[tuple[subprocess.Popen[str], chromium.BrowserPage]]:
    """`auth mail --no-browser`, and its page in a browser that cannot reach this machine."""
    with (
        owner.running("auth", "mail", "--no-browser") as process,
        chromium.launched(owner.folder / "profile", ELSEWHERE) as page,
    ):
        assert process.stdout is not None
        assert "Open this page" in process.stdout.readline()
        page.go(process.stdout.readline().strip())
        page.press("#more")
        page.press("#go-on")
        page.press(BOX)
        page.press("#allow")
        page.until("document.location.protocol === 'chrome-error:'")
        yield process, page


def test_the_address_that_the_browser_cannot_open_is_pasted(owner: AuthOwner) -> None:
    with far(owner) as (process, page):
        assert page.address.startswith("http://127.0.0.1:87")
        assert process.stdin is not None
        process.stdin.write("what shall I paste?\n")
        process.stdin.write(page.address.replace("state=", "state=x") + "\n")
        process.stdin.write(f"  {page.address}  \n")
        process.stdin.flush()
        code, out, err = finish(process)
    assert (code, err) == (0, "")
    assert out.count("That is not the address of the page") == 1
    assert out.count("That address belongs to another attempt") == 1
    assert 'granted: "View your email message metadata' in out
    assert owner.sync() == 0


def test_a_denial_may_be_pasted_too(owner: AuthOwner) -> None:
    with far(owner) as (process, page):
        denied = re.sub("code=[^&]+", "error=access_denied", page.address)
        assert process.stdin is not None
        process.stdin.write(f"{denied}\n")
        process.stdin.flush()
        code, _, err = finish(process)
    assert code == 3
    assert "denied on Google's page" in err
    assert not owner.has_secrets
