"""Credentials: out of files and the token store, renewed, refused; and the consent page."""

from __future__ import annotations

import json
import os
import re
import socket
import webbrowser
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest

from connectors.api import Authorizable
from connectors.errors import AuthRequired, ConfigError, ConnectorError, Retriable
from connectors.google.oauth import consent
from connectors.google.oauth.credentials import EVENTS, METADATA
from tests.support.google_client import ADA, Desk, safe
from tests.support.patience import LONG_SECONDS


class Visitor(webbrowser.BaseBrowser):
    """A browser whose person clicks on what the page offers: it follows the redirect."""

    def __init__(self) -> None:
        super().__init__()
        self.visited: list[dict[str, list[str]]] = []
        self.shown = ""
        self.instead = ""
        self.edit = ("", "")
        self._thread: Thread | None = None

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:  # noqa: ARG002, FBT001, FBT002 - the library's signature
        asked = parse_qs(urlsplit(url).query)
        self.visited.append(asked)
        url = url.replace(*self.edit)
        if self.instead:
            url = f"{asked['redirect_uri'][0]}?{self.instead}&state={asked['state'][0]}"
        self._thread = Thread(target=self._visit, args=(url,))
        self._thread.start()
        return True

    def _visit(self, url: str) -> None:
        with urlopen(url, timeout=LONG_SECONDS) as page:  # noqa: S310 - loopback
            self.shown = page.read().decode()

    def close(self) -> None:
        if self._thread is not None:
            self._thread.join()


@pytest.fixture
def visitor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    found = Visitor()
    monkeypatch.setattr(webbrowser, "get", lambda _using=None: found)
    yield found
    found.close()


def authorizing(desk: Desk) -> Path:
    return desk.write(desk.google.client_secrets(), "client.json")


def fails(kind: type[ConnectorError], desk: Desk, content: object) -> str:
    """The error text of reading with this as the credentials file."""
    path = desk.write(content, "other.json")
    with pytest.raises(kind) as caught:
        desk.gmail(credentials=path).check()
    assert safe(caught.value)
    return str(caught.value)


# Files


def test_a_fresh_token_in_the_file_is_used_as_it_is(desk: Desk) -> None:
    desk.gmail().check()
    assert not desk.asked("/token")


@pytest.mark.parametrize("expiry", ["2020-01-01T00:00:00Z", "2020-01-01T00:00:00.5+02:00", None])
def test_an_old_token_is_renewed_at_the_files_own_address(desk: Desk, expiry: str | None) -> None:
    info = desk.google.credentials([METADATA], with_token=expiry is not None)
    if expiry:
        info["expiry"] = expiry
    desk.gmail(credentials=desk.write(info, "old.json")).check()
    assert len(desk.asked("/token")) == 1


def test_a_file_without_a_type_or_an_expiry_will_do(desk: Desk) -> None:
    info = desk.google.credentials([METADATA])
    del info["type"], info["expiry"]
    assert ADA in desk.gmail(credentials=desk.write(info, "plain.json")).check()


def test_a_file_that_is_missing_or_no_credential_is_named(desk: Desk) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.json"):
        desk.gmail(credentials=desk.folder / "nowhere.json").check()
    good = desk.google.credentials([METADATA])
    for content, said in (
        ("ya29. no JSON", "not JSON"),
        ([good], "no JSON object"),
        ({**good, "type": "external_account"}, "external_account"),
        ({**good, "token_uri": "http://tokens.example.org/token"}, "token_uri"),
        ({**good, "token": None, "refresh_token": "", "client_id": None}, "refresh_token, client"),
        ({**good, "refresh_token": ["1//standin"]}, "something else than text"),
        ({**good, "expiry": "ya29."}, "expiry"),
        ({"type": "service_account", "private_key": "ya29."}, "service-account"),
    ):
        text = fails(ConfigError, desk, content)
        assert said in text
        assert "other.json" in text


def test_a_subject_is_for_service_accounts_alone(desk: Desk) -> None:
    with pytest.raises(ConfigError, match="subject"):
        desk.gmail(subject=ADA).check()


def test_a_refused_client_is_said_by_its_error_code_alone(desk: Desk) -> None:
    info = desk.google.credentials([METADATA], with_token=False)
    text = fails(AuthRequired, desk, {**info, "client_secret": "ya29.wrong"})
    assert "invalid_client" in text


def test_a_token_server_that_is_away_is_retriable(desk: Desk) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refuses
        uri = f"http://127.0.0.1:{taken.getsockname()[1]}/token"
        info = desk.google.credentials([METADATA], with_token=False)
        text = fails(Retriable, desk, {**info, "token_uri": uri})
    assert text.startswith("cannot reach 127.0.0.1:")


def test_a_token_server_that_hangs_up_is_asked_again(desk: Desk) -> None:
    info = desk.google.credentials([METADATA], with_token=False)
    desk.google.faults.drop_next(2, path="/token")
    assert ADA in desk.gmail(credentials=desk.write(info, "old.json")).check()


# The token store


def test_without_a_credential_the_owner_is_told_how_to_grant_one(desk: Desk) -> None:
    with pytest.raises(AuthRequired, match="`beforehand auth mine`"):
        list(desk.gmail(credentials=None).pull(None))


@pytest.mark.parametrize("kept", ["ya29. no JSON", "[]", '{"token_uri": 7}', "{}"])
def test_a_damaged_credential_in_the_store_means_to_authorise_again(desk: Desk, kept: str) -> None:
    desk.tokens.set("google:mine", kept)
    with pytest.raises(AuthRequired, match="`beforehand auth mine`") as caught:
        desk.gmail(credentials=None).check()
    assert safe(caught.value, caught.value.__cause__)


def test_credentials_show_no_secret_when_printed(desk: Desk) -> None:
    desk.tokens.set("google:mine", json.dumps(desk.google.credentials([METADATA])))
    connector = desk.gmail(credentials=None)
    connector.check()
    assert safe(repr(vars(connector)["_grant"]).replace(repr(desk.tokens), ""))


# The consent page


def test_the_owner_grants_access_in_the_browser_and_mail_can_be_read(
    desk: Desk, visitor: Visitor, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.deliver(3)
    connector = desk.gmail(credentials=None, client_secrets=authorizing(desk))
    assert isinstance(connector, Authorizable)
    said = connector.authorize()
    assert "metadata" in said
    assert "\n" not in said
    [asked] = visitor.visited
    assert asked["scope"] == [METADATA]
    assert asked["access_type"] == ["offline"]
    assert asked["prompt"] == ["consent"]
    assert asked["code_challenge_method"] == ["S256"]
    assert "include_granted_scopes" not in asked
    kept = json.loads(desk.tokens.secrets["google:mine"])
    assert kept["token_uri"] == f"{desk.google.url}/token"
    assert datetime.fromisoformat(kept["granted_at"]) == desk.now
    assert safe(said, capsys.readouterr())
    assert "OAUTHLIB_INSECURE_TRANSPORT" not in os.environ
    desk.pull(desk.gmail(credentials=None))
    assert len(desk.ledger.interactions) == 3


def test_the_calendar_asks_for_its_own_scope(desk: Desk, visitor: Visitor) -> None:
    connector = desk.calendar(credentials=None, client_secrets=authorizing(desk))
    connector.authorize()
    assert visitor.visited[0]["scope"] == [EVENTS]
    assert desk.calendar(credentials=None).check()


def test_access_for_an_hour_only_is_not_kept(desk: Desk, visitor: Visitor) -> None:
    visitor.edit = ("access_type=offline", "access_type=online")
    connector = desk.gmail(credentials=None, client_secrets=authorizing(desk))
    with pytest.raises(AuthRequired, match="for an hour only"):
        connector.authorize()
    assert not desk.tokens.secrets


@pytest.mark.parametrize("relaxed", ["", "1"])  # oauthlib's own check, on and off
def test_a_box_left_unticked_is_named_and_nothing_is_kept(
    desk: Desk, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, relaxed: str
) -> None:
    monkeypatch.setenv("OAUTHLIB_RELAX_TOKEN_SCOPE", relaxed)
    desk.google.faults.withhold(METADATA)
    connector = desk.gmail(credentials=None, client_secrets=authorizing(desk))
    with pytest.raises(AuthRequired, match=r"message metadata.*unticked") as caught:
        connector.authorize()
    assert visitor.visited
    assert not desk.tokens.secrets
    assert safe(caught.value, caught.value.__cause__, caught.value.__context__)


@pytest.mark.parametrize("answer", ["error=access_denied", "code=ya29.wrong"])
def test_access_that_is_refused_is_said_and_nothing_is_kept(
    desk: Desk, visitor: Visitor, answer: str
) -> None:
    visitor.instead = answer
    connector = desk.gmail(credentials=None, client_secrets=authorizing(desk))
    with pytest.raises(AuthRequired, match="beforehand auth mine") as caught:
        connector.authorize()
    assert not desk.tokens.secrets
    assert safe(caught.value, caught.value.__cause__, caught.value.__context__)


def test_without_a_browser_the_page_and_the_ways_back_are_shown(
    desk: Desk, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []

    def shown(text: str) -> None:
        lines.append(text)
        visitor.open(text.splitlines()[1])

    monkeypatch.setattr(consent, "_tell", shown)
    desk.calendar(credentials=None, client_secrets=authorizing(desk)).authorize(open_browser=False)
    [text] = lines
    found = re.search(r"ssh -L (\d+):127.0.0.1:\1 ", text)
    assert found
    assert f"redirect_uri=http%3A%2F%2F127.0.0.1%3A{found[1]}%2F" in text
    assert "paste it here" in text
    assert desk.calendar(credentials=None).check()


def test_authorising_needs_a_client_of_the_right_kind(desk: Desk) -> None:
    with pytest.raises(ConfigError, match="client_secrets: missing"):
        desk.gmail(credentials=None).authorize()
    installed = desk.google.client_secrets()["installed"]
    for content in (
        {"web": installed},
        {"installed": {"client_id": "x"}},
        {"installed": {**installed, "auth_uri": "http://accounts.example.org/"}},
        [],
    ):
        path = desk.write(content, "client.json")
        with pytest.raises(ConfigError, match=r"client\.json"):
            desk.gmail(credentials=None, client_secrets=path).authorize()


def test_a_credentials_file_is_not_overruled_in_silence(desk: Desk) -> None:
    with pytest.raises(ConfigError, match=r"credentials\.json"):
        desk.gmail(client_secrets=authorizing(desk)).authorize()
