"""HTTP to Google's APIs: error responses, retries, the batch format, and settings."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import AuthRequired, Fatal, Retriable
from connectors.google.gmail.connector import Gmail
from connectors.google.http import multipart, quota
from connectors.google.http.errors import ApiError, ErrorKind
from connectors.standin.server import batch
from connectors.standin.server.quota import Quota
from tests.support.google_client import GoogleClient, holds_no_secret

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


def api_error(status: int, reason: str = "", message: str = "", **headers: str) -> ApiError:
    body = {"error": {"code": status, "message": message, "errors": [{"reason": reason}]}}
    return ApiError.parse(status, headers, json.dumps(body).encode(), NOW)


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        (401, "authError", ErrorKind.UNAUTHORISED),
        (403, "rateLimitExceeded", ErrorKind.RATE),
        (403, "userRateLimitExceeded", ErrorKind.RATE),
        (403, "insufficientPermissions", ErrorKind.SCOPE),
        (403, "dailyLimitExceeded", ErrorKind.FINAL),
        (403, "domainPolicy", ErrorKind.FINAL),
        (403, "forbidden", ErrorKind.FINAL),
        (403, "quotaExceeded", ErrorKind.RATE),
        (429, "rateLimitExceeded", ErrorKind.RATE),
        (429, "", ErrorKind.RATE),
        (408, "", ErrorKind.SERVER),
        (500, "backendError", ErrorKind.SERVER),
        (503, "", ErrorKind.SERVER),
        (400, "badRequest", ErrorKind.FINAL),
        (404, "notFound", ErrorKind.FINAL),
        (410, "fullSyncRequired", ErrorKind.FINAL),
    ],
)
def test_each_refusal_says_what_may_be_done(status: int, reason: str, kind: ErrorKind) -> None:
    assert api_error(status, reason).kind is kind


def test_the_newer_shape_of_errors_is_understood_too() -> None:
    details = [{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]
    body = {"error": {"errors": [{"reason": "insufficient"}], "details": details}}
    assert ApiError.parse(403, {}, json.dumps(body).encode(), NOW).kind is ErrorKind.SCOPE


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b'{"error": "x"}', b'{"error": null}'])
def test_a_refusal_without_a_word_is_understood_by_its_status(content: bytes) -> None:
    error = ApiError.parse(503, {}, content, NOW)
    assert (error.kind, str(error)) == (ErrorKind.SERVER, "503")


@pytest.mark.parametrize(
    ("header", "message", "seconds"),
    [
        ("7", "", 7.0),
        ("Mon, 23 Nov 2026 06:01:00 GMT", "", 60.0),
        ("Mon, 23 Nov 2026 05:00:00 GMT", "", 0.0),
        ("", "User-rate limit exceeded.  Retry after 2026-11-23T08:00:00.000Z", 7200.0),
        ("soon", "Retry after 2026-99-99T08:00:00Z", None),
        ("", "", None),
    ],
)
def test_the_time_to_come_back_is_read_wherever_it_stands(
    header: str, message: str, seconds: float | None
) -> None:
    assert api_error(429, message=message, **{"retry-after": header}).retry_after == seconds


@pytest.mark.parametrize(("ours", "theirs"), [(quota.NEW, Quota.NEW), (quota.OLD, Quota.OLD)])
def test_prices_are_those_the_stand_in_takes(ours: quota.Prices, theirs: Quota) -> None:
    named = {name.split(".", 1)[1].removeprefix("users."): n for name, n in ours.by_method.items()}
    prices = theirs.value.prices
    assert {name: n for name, n in prices.items() if name in named} == {
        name: n for name, n in named.items() if name in prices
    }
    assert quota.Prices.for_quota(theirs.value.per_minute) is ours


# Retries


def test_a_time_to_come_back_is_honoured(client: GoogleClient) -> None:
    client.server.faults.fail_next(1, status=429, reason="rateLimitExceeded", retry_after=42)
    client.gmail().check()
    assert client.stop.waits == [42.0]


def test_a_time_too_far_off_is_handed_to_the_engine(client: GoogleClient) -> None:
    client.server.faults.fail_next(1, status=429, reason="rateLimitExceeded", retry_after=7200)
    with pytest.raises(Retriable) as caught:
        client.gmail().check()
    assert caught.value.retry_after == 7200
    assert not client.stop.waits


def test_waits_double_and_are_spread(client: GoogleClient) -> None:
    client.server.faults.fail_next(4)
    client.gmail().check()
    for number, seconds in enumerate(client.stop.waits):
        assert 2**number <= seconds <= 1.5 * 2**number
    assert len(client.stop.waits) == 4
    assert all(line[1] == "waiting for Google" for line in client.log.lines)
    assert holds_no_secret(client.log.lines)


def test_after_a_few_tries_it_is_left_to_the_engine(client: GoogleClient) -> None:
    client.server.faults.fail_next(99)
    with pytest.raises(Retriable, match="503"):
        client.gmail().check()
    assert len(client.calls_to("/profile")) == 5


@pytest.mark.parametrize("reason", ["dailyLimitExceeded", "domainPolicy"])
def test_what_will_not_pass_is_not_tried_again(client: GoogleClient, reason: str) -> None:
    client.server.faults.fail_next(9, status=403, reason=reason)
    with pytest.raises(Fatal, match=reason):
        client.gmail().check()
    assert len(client.calls_to("/profile")) == 1


def test_an_api_that_is_not_enabled_is_said_in_words(client: GoogleClient) -> None:
    client.server.faults.fail_next(1, status=403, reason="accessNotConfigured")
    with pytest.raises(Fatal, match="Gmail API is not enabled"):
        client.gmail().check()


def test_a_refused_token_is_renewed_twice_and_then_asked_for(client: GoogleClient) -> None:
    client.server.faults.fail_next(1, status=401, reason="authError", path="/profile")
    client.gmail().check()
    assert len(client.calls_to("/token")) == 1
    client.server.faults.fail_next(3, status=401, reason="authError", path="/profile")
    with pytest.raises(AuthRequired, match="`beforehand auth mine`"):
        client.gmail().check()
    assert len(client.calls_to("/token")) == 1 + 2


def test_parts_refused_for_their_token_are_asked_again_with_a_new_one(client: GoogleClient) -> None:
    client.deliver(30)
    client.server.faults.fail_parts(share=1.0, status=401, reason="authError", limit=3)
    client.pull(client.gmail())
    assert len(client.stored.interactions) == 30
    assert len(client.calls_to("/token")) == 1
    client.deliver(2)
    client.server.faults.fail_parts(share=1.0, status=401, reason="authError")
    with pytest.raises(AuthRequired):
        client.pull(client.gmail())


def test_a_part_refused_for_good_is_no_matter_of_that_message_alone(client: GoogleClient) -> None:
    client.deliver(3)
    client.server.faults.fail_parts(share=1.0, status=403, reason="domainPolicy", limit=1)
    with pytest.raises(Fatal, match="domainPolicy"):
        client.pull(client.gmail())


def test_batches_shrink_to_what_the_mailbox_takes(client: GoogleClient) -> None:
    client.deliver(100)
    client.server.faults.fail_parts(share=1.0, limit=15)
    client.pull(client.gmail())
    sizes: list[int] = []
    for call in client.server.requests:
        if call.batched:
            sizes.append(sizes.pop() + 1 if sizes else 1)
        elif call.path.startswith("/batch"):
            sizes.append(0)
    assert max(sizes) <= 50
    assert sizes[:4] == [10, 5, 2, 2]
    assert len(client.stored.interactions) == 100


def test_no_server_is_said_in_one_sentence_and_at_once(client: GoogleClient) -> None:
    with socket.socket() as closed_port:
        closed_port.bind(("127.0.0.1", 0))  # bound and not listening: refuses
        port = closed_port.getsockname()[1]
        with pytest.raises(Retriable, match=rf"^cannot reach 127\.0\.0\.1:{port}: ") as caught:
            client.gmail(api_endpoint=f"http://127.0.0.1:{port}").check()
    assert not client.stop.waits
    assert "\n" not in str(caught.value)


# The batch format


def requests(count: int) -> list[SimpleNamespace]:
    return [
        SimpleNamespace(
            uri=f"https://host.example/gmail/v1/users/me/messages/{n}?format=metadata",
            method="GET",
            headers={"accept": "application/json", "user-agent": "x"},
        )
        for n in range(count)
    ]


def test_a_batch_is_what_the_stand_in_takes_for_one() -> None:
    body, kind = multipart.encode(requests(3))
    parts = batch.read(kind, body)
    assert [p.target for p in parts] == [
        f"/gmail/v1/users/me/messages/{n}?format=metadata" for n in range(3)
    ]
    assert parts[0].headers == {"accept": "application/json"}


def _answered(count: int) -> bytes:
    return batch.write(
        (f"<part:{n}>", batch.Reply(200, "OK", {"Retry-After": "3"}, b'{"n": %d}' % n))
        for n in range(count)
    )


def test_answers_find_their_calls_in_any_order() -> None:
    answers = multipart.decode(_answered(4), f"multipart/mixed; boundary={batch.BOUNDARY}", 4)
    assert {place: json.loads(a.content)["n"] for place, a in answers.items()} == {
        n: n for n in range(4)
    }
    assert answers[0].headers["retry-after"] == "3"


@settings(max_examples=100)
@given(st.integers(0, len(_answered(3))))
def test_a_torn_batch_gives_its_whole_parts_and_no_wrong_ones(cut: int) -> None:
    kind = f'multipart/mixed; boundary="{batch.BOUNDARY}"'
    for place, answer in multipart.decode(_answered(3)[:cut], kind, 3).items():
        assert json.loads(answer.content) == {"n": place}


@pytest.mark.parametrize("kind", ["", "text/html", "multipart/mixed", "multipart/mixed; boundary="])
def test_what_is_no_batch_gives_nothing(kind: str) -> None:
    assert multipart.decode(_answered(2), kind, 2) == {}


@settings(max_examples=100)
@given(st.binary(max_size=60))
def test_no_part_is_too_broken_to_be_left_out(junk: bytes) -> None:
    body = b"--b\r\n" + junk + b"\r\n--b--"
    assert len(multipart.decode(body, "multipart/mixed; boundary=b", 9)) <= 1


# Settings


@pytest.mark.parametrize(
    "endpoint",
    ["gmail.googleapis.com", "http://proxy.example.org", "https://h/v1", "ftp://h", "https://u@h"],
)
def test_a_token_is_sent_to_a_host_alone_and_never_in_clear(endpoint: str) -> None:
    with pytest.raises(ValueError, match=r"write it like|no https"):
        Gmail.Config(id="mine", type="gmail", api_endpoint=endpoint)


def test_an_endpoint_may_be_a_proxy_or_this_machine() -> None:
    for endpoint in ("https://proxy.example.org:8443/", "http://localhost:9/", "http://[::1]:9"):
        config = Gmail.Config(id="mine", type="gmail", api_endpoint=endpoint)
        assert config.api_endpoint == endpoint.rstrip("/")


def test_the_quota_is_a_setting_that_is_checked() -> None:
    assert Gmail.Config(id="mine", type="gmail").units_per_minute == 6000
    with pytest.raises(ValueError, match="greater than or equal to 100"):
        Gmail.Config(id="mine", type="gmail", units_per_minute=0)


def test_a_file_in_the_home_folder_is_found() -> None:
    config = Gmail.Config.model_validate({"id": "m", "type": "gmail", "credentials": "~/c.json"})
    assert config.credentials is not None
    assert config.credentials.is_absolute()


def test_reading_keeps_to_the_quota_of_the_configuration(client: GoogleClient) -> None:
    client.deliver(120)
    client.pull(client.gmail(units_per_minute=2000))
    # 120 messages of 20 units and the lists, less the little that may go at once; nobody sleeps
    # here, so that each wait is for all that was ever spent too early.
    assert len(client.stored.interactions) == 120
    assert 60 < max(client.stop.waits) < 80
