"""Credentials from files and the token store: used, refreshed, refused; and the consent flow."""

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
from tests.support.google_client import ADA, GoogleClient, holds_no_secret
from tests.support.timeouts import LONG_SECONDS


class ConsentingBrowser(webbrowser.BaseBrowser):
    """A browser in which the owner agrees: it follows the redirect.

    `instead`: query parameters to send to the redirect, in place of a visit. `edit`: a replacement
    in the address of the page.
    """

    def __init__(self) -> None:
        super().__init__()
        self.visited: list[dict[str, list[str]]] = []
        self.shown = ""
        self.instead = ""
        self.edit = ("", "")
        self._thread: Thread | None = None

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:  # noqa: ARG002, FBT001, FBT002 - the library's signature
        parameters = parse_qs(urlsplit(url).query)
        self.visited.append(parameters)
        url = url.replace(*self.edit)
        if self.instead:
            url = f"{parameters['redirect_uri'][0]}?{self.instead}&state={parameters['state'][0]}"
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
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[ConsentingBrowser]:
    consenting = ConsentingBrowser()
    monkeypatch.setattr(webbrowser, "get", lambda _using=None: consenting)
    yield consenting
    consenting.close()


def client_secrets_file(client: GoogleClient) -> Path:
    return client.write(client.server.client_secrets(), "client.json")


def check_error(kind: type[ConnectorError], client: GoogleClient, content: object) -> str:
    """Return the error text of a check with this content as the credentials file."""
    path = client.write(content, "other.json")
    with pytest.raises(kind) as caught:
        client.gmail(credentials=path).check()
    assert holds_no_secret(caught.value)
    return str(caught.value)


# Files


def test_a_fresh_token_in_the_file_is_used_as_it_is(client: GoogleClient) -> None:
    client.gmail().check()
    assert not client.calls_to("/token")


@pytest.mark.parametrize("expiry", ["2020-01-01T00:00:00Z", "2020-01-01T00:00:00.5+02:00", None])
def test_an_old_token_is_renewed_at_the_files_own_address(
    client: GoogleClient, expiry: str | None
) -> None:
    info = client.server.credentials([METADATA], with_token=expiry is not None)
    if expiry:
        info["expiry"] = expiry
    client.gmail(credentials=client.write(info, "old.json")).check()
    assert len(client.calls_to("/token")) == 1


def test_a_file_without_a_type_or_an_expiry_will_do(client: GoogleClient) -> None:
    info = client.server.credentials([METADATA])
    del info["type"], info["expiry"]
    assert ADA in client.gmail(credentials=client.write(info, "plain.json")).check()


def test_a_file_that_is_missing_or_no_credential_is_named(client: GoogleClient) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.json"):
        client.gmail(credentials=client.folder / "nowhere.json").check()
    good = client.server.credentials([METADATA])
    for content, expected in (
        ("ya29. no JSON", "not JSON"),
        ([good], "no JSON object"),
        ({**good, "type": "external_account"}, "external_account"),
        ({**good, "token_uri": "http://tokens.example.org/token"}, "token_uri"),
        ({**good, "token": None, "refresh_token": "", "client_id": None}, "refresh_token, client"),
        ({**good, "refresh_token": ["1//standin"]}, "something else than text"),
        ({**good, "expiry": "ya29."}, "expiry"),
        ({"type": "service_account", "private_key": "ya29."}, "service-account"),
    ):
        text = check_error(ConfigError, client, content)
        assert expected in text
        assert "other.json" in text


def test_a_subject_is_for_service_accounts_alone(client: GoogleClient) -> None:
    with pytest.raises(ConfigError, match="subject"):
        client.gmail(subject=ADA).check()


def test_a_refused_client_is_said_by_its_error_code_alone(client: GoogleClient) -> None:
    info = client.server.credentials([METADATA], with_token=False)
    text = check_error(AuthRequired, client, {**info, "client_secret": "ya29.wrong"})
    assert "invalid_client" in text


def test_a_token_server_that_is_away_is_retriable(client: GoogleClient) -> None:
    with socket.socket() as closed_port:
        closed_port.bind(("127.0.0.1", 0))  # bound and not listening: refuses
        uri = f"http://127.0.0.1:{closed_port.getsockname()[1]}/token"
        info = client.server.credentials([METADATA], with_token=False)
        text = check_error(Retriable, client, {**info, "token_uri": uri})
    assert text.startswith("cannot reach 127.0.0.1:")


def test_a_token_server_that_hangs_up_is_asked_again(client: GoogleClient) -> None:
    info = client.server.credentials([METADATA], with_token=False)
    client.server.faults.drop_next(2, path="/token")
    assert ADA in client.gmail(credentials=client.write(info, "old.json")).check()


# The token store


def test_without_a_credential_the_owner_is_told_how_to_grant_one(client: GoogleClient) -> None:
    with pytest.raises(AuthRequired, match="`beforehand auth mine`"):
        list(client.gmail(credentials=None).pull(None))


@pytest.mark.parametrize("kept", ["ya29. no JSON", "[]", '{"token_uri": 7}', "{}"])
def test_a_damaged_credential_in_the_store_means_to_authorise_again(
    client: GoogleClient, kept: str
) -> None:
    client.tokens.set("google:mine", kept)
    with pytest.raises(AuthRequired, match="`beforehand auth mine`") as caught:
        client.gmail(credentials=None).check()
    assert holds_no_secret(caught.value, caught.value.__cause__)


def test_credentials_show_no_secret_when_printed(client: GoogleClient) -> None:
    client.tokens.set("google:mine", json.dumps(client.server.credentials([METADATA])))
    connector = client.gmail(credentials=None)
    connector.check()
    assert holds_no_secret(repr(vars(connector)["_grant"]).replace(repr(client.tokens), ""))


# The consent page


def test_the_owner_grants_access_in_the_browser_and_mail_can_be_read(
    client: GoogleClient, browser: ConsentingBrowser, capsys: pytest.CaptureFixture[str]
) -> None:
    client.deliver(3)
    connector = client.gmail(credentials=None, client_secrets=client_secrets_file(client))
    assert isinstance(connector, Authorizable)
    granted = connector.authorize()
    assert "metadata" in granted
    assert "\n" not in granted
    [parameters] = browser.visited
    assert parameters["scope"] == [METADATA]
    assert parameters["access_type"] == ["offline"]
    assert parameters["prompt"] == ["consent"]
    assert parameters["code_challenge_method"] == ["S256"]
    assert "include_granted_scopes" not in parameters
    kept = json.loads(client.tokens.secrets["google:mine"])
    assert kept["token_uri"] == f"{client.server.url}/token"
    assert datetime.fromisoformat(kept["granted_at"]) == client.now
    assert holds_no_secret(granted, capsys.readouterr())
    assert "OAUTHLIB_INSECURE_TRANSPORT" not in os.environ
    client.pull(client.gmail(credentials=None))
    assert len(client.stored.interactions) == 3


def test_the_calendar_asks_for_its_own_scope(
    client: GoogleClient, browser: ConsentingBrowser
) -> None:
    connector = client.calendar(credentials=None, client_secrets=client_secrets_file(client))
    connector.authorize()
    assert browser.visited[0]["scope"] == [EVENTS]
    assert client.calendar(credentials=None).check()


def test_access_for_an_hour_only_is_not_kept(
    client: GoogleClient, browser: ConsentingBrowser
) -> None:
    browser.edit = ("access_type=offline", "access_type=online")
    connector = client.gmail(credentials=None, client_secrets=client_secrets_file(client))
    with pytest.raises(AuthRequired, match="for an hour only"):
        connector.authorize()
    assert not client.tokens.secrets


@pytest.mark.parametrize("relaxed", ["", "1"])  # oauthlib's own check, on and off
def test_a_box_left_unticked_is_named_and_nothing_is_kept(
    client: GoogleClient, browser: ConsentingBrowser, monkeypatch: pytest.MonkeyPatch, relaxed: str
) -> None:
    monkeypatch.setenv("OAUTHLIB_RELAX_TOKEN_SCOPE", relaxed)
    client.server.faults.withhold(METADATA)
    connector = client.gmail(credentials=None, client_secrets=client_secrets_file(client))
    with pytest.raises(AuthRequired, match=r"message metadata.*unticked") as caught:
        connector.authorize()
    assert browser.visited
    assert not client.tokens.secrets
    assert holds_no_secret(caught.value, caught.value.__cause__, caught.value.__context__)


@pytest.mark.parametrize("answer", ["error=access_denied", "code=ya29.wrong"])
def test_access_that_is_refused_is_said_and_nothing_is_kept(
    client: GoogleClient, browser: ConsentingBrowser, answer: str
) -> None:
    browser.instead = answer
    connector = client.gmail(credentials=None, client_secrets=client_secrets_file(client))
    with pytest.raises(AuthRequired, match="beforehand auth mine") as caught:
        connector.authorize()
    assert not client.tokens.secrets
    assert holds_no_secret(caught.value, caught.value.__cause__, caught.value.__context__)


def test_without_a_browser_the_page_and_the_ways_back_are_shown(
    client: GoogleClient, browser: ConsentingBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []

    def shown(text: str) -> None:
        lines.append(text)
        browser.open(text.splitlines()[1])

    monkeypatch.setattr(consent, "_tell", shown)
    client.calendar(credentials=None, client_secrets=client_secrets_file(client)).authorize(
        open_browser=False
    )
    [text] = lines
    tunnel = re.search(r"ssh -L (\d+):127.0.0.1:\1 ", text)
    assert tunnel
    assert f"redirect_uri=http%3A%2F%2F127.0.0.1%3A{tunnel[1]}%2F" in text
    assert "paste it here" in text
    assert client.calendar(credentials=None).check()


def test_authorising_needs_a_client_of_the_right_kind(client: GoogleClient) -> None:
    with pytest.raises(ConfigError, match="client_secrets: missing"):
        client.gmail(credentials=None).authorize()
    installed = client.server.client_secrets()["installed"]
    for content in (
        {"web": installed},
        {"installed": {"client_id": "x"}},
        {"installed": {**installed, "auth_uri": "http://accounts.example.org/"}},
        [],
    ):
        path = client.write(content, "client.json")
        with pytest.raises(ConfigError, match=r"client\.json"):
            client.gmail(credentials=None, client_secrets=path).authorize()


def test_a_credentials_file_is_not_overruled_in_silence(client: GoogleClient) -> None:
    with pytest.raises(ConfigError, match=r"credentials\.json"):
        client.gmail(client_secrets=client_secrets_file(client)).authorize()
