"""Faults on demand, OAuth's refusals, and the server's own manners."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from connectors.standin import Google, World, serve
from tests.support.timeouts import LONG_SECONDS

if TYPE_CHECKING:
    from tests.connectors.standin.conftest import BareClient, HttpAnswer

_GET = "/gmail/v1/users/me/messages/"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def _parts(answer: HttpAnswer) -> list[int]:
    assert answer.status == 200
    lines = answer.body.decode().split("\r\n")
    return [int(line.split(" ")[1]) for line in lines if line.startswith("HTTP/1.1 ")]


def test_a_share_of_the_parts_fails_the_same_way_for_the_same_seed(
    api: BareClient, google: Google, small: World
) -> None:
    targets = [f"{_GET}{next(iter(small.mailbox.messages))}?format=minimal"] * 100
    runs = []
    for _ in range(2):
        google.faults.fail_parts(0.3, 403, "rateLimitExceeded", seed=4)
        runs.append(_parts(api.batch(*targets)))
    assert runs[0] == runs[1]
    assert 15 < runs[0].count(403) < 45
    assert runs[0].count(200) == 100 - runs[0].count(403)
    google.faults.clear()
    assert _parts(api.batch(*targets)) == [200] * 100


def test_failing_parts_can_be_limited_and_say_when_to_come_again(
    api: BareClient, google: Google, small: World
) -> None:
    targets = [f"{_GET}{next(iter(small.mailbox.messages))}?format=minimal"] * 10
    google.faults.fail_parts(1.0, limit=3, retry_after=7)
    answer = api.batch(*targets)
    assert _parts(answer) == [429] * 3 + [200] * 7
    assert answer.body.count(b"Retry-After: 7") == 3
    assert b'"reason": "rateLimitExceeded"' in answer.body
    assert api.mail("profile").status == 200  # whole requests are not parts


def test_whole_responses_fail_as_often_as_said(api: BareClient, google: Google) -> None:
    google.faults.fail_next(2, 503, retry_after=3, path="/profile")
    assert api.mail("labels").status == 200
    answers = [api.mail("profile") for _ in range(3)]
    assert [answer.status for answer in answers] == [503, 503, 200]
    assert answers[0].headers["Retry-After"] == "3"
    assert answers[0].reason == "backendError"
    google.faults.fail_next(1, 500)
    assert api.batch(f"{_GET}1").status == 500


def test_a_connection_can_be_dropped_and_a_body_torn(api: BareClient, google: Google) -> None:
    google.faults.drop_next(1)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        api.mail("profile")
    google.faults.tear_next(1, path="/labels")
    with pytest.raises(http.client.IncompleteRead):
        api.mail("labels")
    assert api.mail("labels").status == 200


def test_answers_can_be_slow(api: BareClient, google: Google) -> None:
    google.faults.slow(0.15)
    began = time.monotonic()
    assert api.mail("profile").status == 200
    assert time.monotonic() - began >= 0.15


def test_pages_can_be_empty_and_go_on(api: BareClient, google: Google, small: World) -> None:
    start = small.mailbox.history_id
    new = small.deliver(sender="Bo <bo@example.net>")
    google.faults.empty_pages(every=1)
    empty = api.mail("history", startHistoryId=start).json
    nothing = api.diary().json
    assert "history" not in empty
    assert nothing["items"] == []
    google.faults.clear()
    answer = api.mail("history", startHistoryId=start, pageToken=empty["nextPageToken"]).json
    assert answer["history"][0]["messages"][0]["id"] == new.id
    assert len(api.diary(pageToken=nothing["nextPageToken"]).json["items"]) == 1


def test_a_token_revoked_in_mid_crawl_fails_each_part_of_a_batch(
    api: BareClient, google: Google
) -> None:
    google.faults.revoke_access()
    assert _parts(api.batch(f"{_GET}1", f"{_GET}2")) == [401, 401]


def test_a_token_ends_after_an_hour(google: Google) -> None:
    now = 0.0
    google.authority._clock = lambda: now  # noqa: SLF001 - the one clock of this test
    token, _ = google.authority.access(frozenset({"x"}))
    now = 3598.0
    assert google.authority.scopes(token)
    now = 3600.0
    assert google.authority.scopes(token) is None


# OAuth.


def _token(api: BareClient, **form: str) -> HttpAnswer:
    said = api.google.client_secrets()["installed"]
    known = {"client_id": said["client_id"], "client_secret": said["client_secret"]}
    return api.call("POST", "/token", urlencode(known | form), _FORM)


def _consent(api: BareClient, **more: str) -> dict[str, str]:
    """Where the browser is sent by the consent page, as its parameters."""
    said = api.google.client_secrets()["installed"]
    asked = {
        "client_id": said["client_id"],
        "redirect_uri": "http://localhost:9/done",
        "response_type": "code",
        "scope": "a b",
        "state": "s",
    }
    page = api.get("/auth", **(asked | more))
    assert page.status == 302
    target = page.headers["Location"]
    assert target.startswith("http://localhost:9/done?")
    return dict(pair.split("=", 1) for pair in target.partition("?")[2].split("&"))


def _redeem(api: BareClient, code: str, **more: str) -> HttpAnswer:
    from urllib.parse import unquote  # noqa: PLC0415 - only here

    return _token(
        api,
        grant_type="authorization_code",
        code=unquote(code),
        redirect_uri="http://localhost:9/done",
        **more,
    )


def test_a_code_is_good_once_and_only_with_its_verifier(api: BareClient) -> None:
    challenge = {"code_challenge": "wrong", "code_challenge_method": "S256"}
    refused = _redeem(api, _consent(api, **challenge)["code"], code_verifier="v")
    assert (refused.status, refused.json["error"]) == (400, "invalid_grant")
    code = _consent(api, code_challenge="plain-text")["code"]
    granted = _redeem(api, code, code_verifier="plain-text").json
    assert granted["scope"] == "a b"
    assert granted["token_type"] == "Bearer"
    assert _redeem(api, code, code_verifier="plain-text").status == 400


def test_a_refresh_token_comes_offline_and_on_a_repeat_only_with_a_new_consent(
    api: BareClient,
) -> None:
    assert "refresh_token" in _redeem(api, _consent(api, access_type="offline")["code"]).json
    again = _redeem(api, _consent(api, access_type="offline")["code"]).json
    assert "refresh_token" not in again
    asked = _redeem(api, _consent(api, access_type="offline", prompt="consent")["code"]).json
    assert "refresh_token" in asked
    assert "refresh_token" not in _redeem(api, _consent(api, prompt="consent")["code"]).json


def test_unticked_boxes_are_missing_from_what_is_granted(api: BareClient, google: Google) -> None:
    google.faults.withhold("b")
    answer = _consent(api)
    assert answer["scope"] == "a"
    assert _redeem(api, answer["code"]).json["scope"] == "a"


def test_unknown_tokens_clients_and_grants_are_refused(api: BareClient) -> None:
    answer = _token(api, grant_type="refresh_token", refresh_token="no")
    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")
    assert _token(api, grant_type="password").json["error"] == "unsupported_grant_type"
    assert api.call("POST", "/token", "client_id=x", _FORM).json["error"] == "invalid_client"
    assert api.get("/auth", client_id="x").status == 401
    said = api.google.client_secrets()["installed"]["client_id"]
    elsewhere = api.get("/auth", client_id=said, redirect_uri="https://example.org/")
    assert elsewhere.json["error"] == "redirect_uri_mismatch"


def test_a_token_can_be_given_back(api: BareClient, google: Google) -> None:
    refresh = google.credentials(["a"])["refresh_token"]
    assert api.call("POST", "/revoke", urlencode({"token": refresh}), _FORM).status == 200
    assert api.call("POST", "/revoke", urlencode({"token": refresh}), _FORM).status == 400
    assert _token(api, grant_type="refresh_token", refresh_token=refresh).status == 400


# The server.


def test_the_server_listens_on_loopback_only_and_is_gone_afterwards(small: World) -> None:
    with serve(small) as google:
        host, port = google.url.removeprefix("http://").split(":")
        assert host == "127.0.0.1"
        with socket.create_connection((host, int(port))) as kept:
            kept.sendall(b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"401" in kept.recv(4096)
    with pytest.raises(ConnectionError):
        socket.create_connection((host, int(port)), timeout=LONG_SECONDS)


def test_a_connection_is_kept_for_many_requests(api: BareClient, google: Google) -> None:
    connection = http.client.HTTPConnection(google.url.removeprefix("http://"))
    try:
        ports = set()
        for _ in range(3):
            headers = {"Authorization": f"Bearer {api.token}"}
            connection.request("GET", "/gmail/v1/users/me/profile", headers=headers)
            response = connection.getresponse()
            assert response.read()
            assert response.version == 11
            ports.add(connection.sock.getsockname()[1])
        assert len(ports) == 1
    finally:
        connection.close()


def test_twenty_thousand_messages_are_read_in_a_few_seconds(
    reader: BareClient, world: World
) -> None:
    ids = list(world.mailbox.messages)
    began = time.process_time()
    for first in range(0, len(ids), 50):
        targets = [
            f"{_GET}{one}?format=metadata&metadataHeaders=From&fields=id%2Cpayload%2Fheaders"
            for one in ids[first : first + 50]
        ]
        assert reader.batch(*targets).body.count(b"200 OK") == len(targets)
    # Work of both sides, a tenth of this; an hour where each batch looks through all messages.
    assert time.process_time() - began < len(ids) / 400


def test_it_runs_by_hand_under_a_quota_and_with_faults(tmp_path: Path) -> None:
    file = tmp_path / "credentials.json"
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "connectors.standin", "--end", "2026-11-04"),
            *("--credentials", str(file), "--quota", "new", "--in-flight", "4"),
            *("--churn", "2", "--faults", "0.5"),
        ],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            host = process.stdout.readline().strip().removeprefix("http://")
            process.stdout.readline()
            token = {"Authorization": f"Bearer {json.loads(file.read_text())['token']}"}
            met = set()
            for _ in range(30):
                connection = http.client.HTTPConnection(host, timeout=LONG_SECONDS)
                try:
                    connection.request("GET", "/gmail/v1/users/me/labels", headers=token)
                    met.add(connection.getresponse().status)
                except ConnectionError:
                    met.add(0)
                finally:
                    connection.close()
            assert len(met) > 2
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(timeout=LONG_SECONDS) == 0


@pytest.mark.parametrize(
    "wrong", [("--people", "0"), ("--faults", "2"), ("--faults", "many"), ("--quota", "x")]
)
def test_a_wrong_option_is_refused_in_one_line(wrong: tuple[str, str]) -> None:
    command = [sys.executable, "-m", "connectors.standin", *wrong]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 2
    assert wrong[0] in said.stderr.splitlines()[-1]


def test_it_runs_by_hand_and_writes_credentials(tmp_path: Path) -> None:
    file = tmp_path / "credentials.json"
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "connectors.standin"),
            *("--end", "2026-11-04", "--credentials", str(file)),
        ],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().strip()
            process.stdout.readline()
            said = json.loads(file.read_text())
            assert said["token_uri"] == f"{url}/token"
            assert file.stat().st_mode & 0o777 == 0o600
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(timeout=LONG_SECONDS) == 0
