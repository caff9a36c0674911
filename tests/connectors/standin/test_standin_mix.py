"""Faults as a mix: every kind on the wire, alone and all together, and never without an end."""

from __future__ import annotations

import http.client
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.standin import FaultKind, Google, VirtualClock, World, serve
from connectors.standin.faults.mix import ALL, CallPlace, Mix
from tests.connectors.standin.conftest import BareClient, HttpAnswer

START = datetime(2026, 11, 23, 6, tzinfo=UTC)
_ME = "/gmail/v1/users/me/"
_UNANSWERED = (http.client.RemoteDisconnected, ConnectionError, http.client.IncompleteRead)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


@pytest.fixture
def google(small: World, clock: VirtualClock) -> Iterator[Google]:
    with serve(small, clock=clock) as running:
        yield running


def _parts(answer: HttpAnswer) -> dict[int, int]:
    """The status of each part that was answered, by its number."""
    assert answer.status == 200
    found = {}
    for piece in answer.body.decode().split("Content-ID: <response-base + ")[1:]:
        status = piece.split("HTTP/1.1 ")[1].split(" ")[0]
        found[int(piece.split(">")[0])] = int(status)
    return found


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        (FaultKind.PART_RATE, 429, b"Too many concurrent requests for user"),
        (FaultKind.PART_QUOTA, 403, b"Quota exceeded for quota metric"),
        (FaultKind.PART_SERVER, 503, b"backendError"),
    ],
)
def test_parts_of_a_batch_fail_and_whole_requests_do_not(
    google: Google, api: BareClient, kind: FaultKind, status: int, words: bytes
) -> None:
    google.faults.mix(1.0, [kind])
    answer = api.batch(_ME + "profile", _ME + "labels")
    assert _parts(answer) == {0: status, 1: status}
    assert answer.body.count(words) >= 2
    assert api.mail("profile").status == 200
    assert google.faults.met == {kind: 2}


def test_a_lost_part_is_missing_and_the_others_keep_their_names(
    google: Google, api: BareClient
) -> None:
    google.faults.mix(0.5, [FaultKind.PART_LOST], seed=3)
    found = _parts(api.batch(*[f"{_ME}profile?x={n}" for n in range(10)]))
    lost = google.faults.met[FaultKind.PART_LOST]
    assert 0 < lost < 10
    assert len(found) == 10 - lost
    assert google.meter.calls["getProfile"] == 10  # lost, but carried out


def test_a_token_dies_between_two_parts_and_a_new_one_lives_for_a_batch(
    google: Google, api: BareClient
) -> None:
    google.faults.mix(0.3, [FaultKind.PART_UNAUTHORISED], seed=2)
    targets = [_ME + "profile"] * 100
    found = list(_parts(api.batch(*targets)).values())
    alive = found.index(401)
    assert 0 < alive < 99
    assert set(found[alive:]) == {401}
    google.faults.mix(1.0, [FaultKind.PART_UNAUTHORISED])
    assert set(_parts(api.batch(*targets)).values()) == {401}
    renewed = BareClient(google)
    assert set(_parts(renewed.batch(*targets)).values()) == {200}


def test_a_whole_request_says_when_to_come_again_in_seconds_or_as_a_date(
    google: Google, api: BareClient
) -> None:
    google.faults.mix(1.0, [FaultKind.RETRY_AFTER], in_a_row=20)
    answers = [api.mail("profile") for _ in range(20)]
    assert {answer.status for answer in answers} == {429}
    said = [answer.headers["Retry-After"] for answer in answers]
    dates = [parsedate_to_datetime(text) for text in said if not text.isdecimal()]
    seconds = [int(text) for text in said if text.isdecimal()]
    assert len(dates) > 3
    assert all(START < date <= START + timedelta(seconds=30) for date in dates)
    assert len(seconds) > 3
    assert all(1 <= wait <= 30 for wait in seconds)
    assert google.meter.units == 0


def test_servers_fail_in_three_ways_one_of_them_in_html(google: Google, api: BareClient) -> None:
    google.faults.mix(1.0, [FaultKind.SERVER], in_a_row=30)
    answers = [api.mail("profile") for _ in range(30)]
    assert {answer.status for answer in answers} == {500, 502, 503}
    for answer in answers:
        assert (answer.status == 502) == answer.headers["Content-Type"].startswith("text/html")
    assert api.batch(_ME + "profile").status in {500, 502, 503}


def test_no_answer_comes_within_the_clients_patience(
    google: Google, api: BareClient, clock: VirtualClock
) -> None:
    google.faults.mix(1.0, [FaultKind.SLOW])
    with pytest.raises(_UNANSWERED):
        api.mail("profile")
    assert clock.monotonic() == 60
    assert google.meter.units == 1  # the call was carried out


def test_with_the_machines_clock_a_time_out_takes_a_moment_only(small: World) -> None:
    with serve(small) as google:
        google.faults.mix(1.0, [FaultKind.SLOW])
        with pytest.raises(_UNANSWERED):
            BareClient(google).mail("profile")


@pytest.mark.parametrize(("kind", "units"), [(FaultKind.DROP, 0), (FaultKind.TORN, 1)])
def test_connections_end_before_the_answer_or_within_it(
    google: Google, api: BareClient, kind: FaultKind, units: int
) -> None:
    google.faults.mix(1.0, [kind])
    with pytest.raises(_UNANSWERED):
        api.mail("profile")
    assert google.meter.units == units
    with pytest.raises(_UNANSWERED):
        api.batch(_ME + "profile")


def test_garbage_is_a_success_in_html(google: Google, api: BareClient) -> None:
    google.faults.mix(1.0, [FaultKind.GARBAGE])
    for answer in (api.mail("profile"), api.batch(_ME + "profile")):
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/html")
        with pytest.raises(json.JSONDecodeError):
            _ = answer.json


def _read(fetch: Callable[..., HttpAnswer], key: str) -> list[dict[str, Any]]:
    """All pages of a list."""
    pages: list[dict[str, Any]] = []
    more: dict[str, Any] = {}
    while not pages or more:
        page = fetch(**more).json
        pages.append({"items": page.get(key, []), "more": "nextPageToken" in page})
        more = {"pageToken": page["nextPageToken"]} if pages[-1]["more"] else {}
        assert len(pages) < 100
    return pages


@pytest.mark.parametrize("kind", [FaultKind.EMPTY_PAGE, FaultKind.SHORT_PAGE])
@pytest.mark.parametrize("which", ["messages", "threads", "history", "events"])
def test_pages_are_empty_or_short_and_nothing_is_missing(
    google: Google, small: World, kind: FaultKind, which: str
) -> None:
    start = small.mailbox.history_id
    for number in range(20):
        small.deliver(sender=f"Bo <bo{number}@example.net>")
        small.add_event(start=small.end + timedelta(days=number))
    api = BareClient(google)
    fetch = {
        "messages": lambda **more: api.mail("messages", **more),
        "threads": lambda **more: api.mail("threads", **more),
        "history": lambda **more: api.mail("history", startHistoryId=start, **more),
        "events": lambda **more: api.diary(singleEvents="true", **more),
    }[which]
    key = "items" if which == "events" else which
    [whole] = _read(fetch, key)
    google.faults.mix(0.9, [kind], seed=1)
    pages = _read(fetch, key)
    assert [item for page in pages for item in page["items"]] == whole["items"]
    assert google.faults.met[kind]
    if kind is FaultKind.EMPTY_PAGE:
        assert any(page["more"] and not page["items"] for page in pages)
    else:
        assert any(page["more"] and 0 < len(page["items"]) <= 5 for page in pages)


def test_a_short_page_is_never_longer_than_asked_for(google: Google, small: World) -> None:
    for number in range(10):
        small.deliver(sender=f"Bo <bo{number}@example.net>")
    google.faults.mix(1.0, [FaultKind.SHORT_PAGE], in_a_row=10)
    api = BareClient(google)
    assert {len(api.mail("messages", maxResults=2).json["messages"]) for _ in range(10)} == {1, 2}
    assert api.mail("messages", maxResults=0).status == 400


def test_tokens_are_refused_three_times_at_most(google: Google, small: World) -> None:
    api = BareClient(google)
    page = api.mail("messages", maxResults=1).json["nextPageToken"]
    sync = api.diary().json["nextSyncToken"]
    kinds = [FaultKind.TOKEN, FaultKind.HISTORY_GONE, FaultKind.EVENTS_GONE, FaultKind.CHANGES_GONE]
    google.faults.mix(1.0, kinds, in_a_row=9)

    def statuses(fetch: Callable[[], HttpAnswer]) -> list[int]:
        return [fetch().status for _ in range(4)]

    assert statuses(lambda: api.mail("messages", pageToken=page)) == [400, 400, 400, 200]
    history = small.mailbox.history_id
    assert statuses(lambda: api.mail("history", startHistoryId=history)) == [404, 404, 404, 200]
    assert statuses(lambda: api.diary(syncToken=sync)) == [410, 410, 410, 200]
    lately = (small.end - timedelta(days=1)).isoformat()
    assert statuses(lambda: api.diary(updatedMin=lately)) == [410, 410, 410, 200]
    assert api.mail("messages").status == 200
    assert api.diary().status == 200


def test_a_whole_request_may_lose_its_token(google: Google, api: BareClient) -> None:
    google.faults.mix(1.0, [FaultKind.UNAUTHORISED])
    assert api.mail("profile").status == 401
    renewed = BareClient(google)
    assert [renewed.mail("profile").status for _ in range(199)] == [200] * 199
    assert renewed.mail("profile").status == 401


def test_sending_meets_no_fault_of_the_mix(
    google: Google, client_of: Callable[..., BareClient], small: World
) -> None:
    google.faults.mix(1.0)
    sender = client_of(google, ("https://www.googleapis.com/auth/gmail.send",))
    body = '{"raw": "VG86IGJvQGV4YW1wbGUubmV0DQoNCmhpDQo="}'
    assert sender.call("POST", _ME + "messages/send", body).status == 200
    assert len(small.sent) == 1


@given(
    st.floats(0, 1),
    st.sets(st.sampled_from(ALL)),
    st.integers(1, 4),
    st.integers(0, 10),
)
def test_patience_always_gets_through(
    share: float, kinds: set[FaultKind], in_a_row: int, seed: int
) -> None:
    mix = Mix(share, kinds, seed, in_a_row)
    run: Counter[str] = Counter()
    for number in range(300):
        place = list(CallPlace)[number % 3]
        method, target = ("history.list", f"/h?pageToken={number % 5}")
        kind = mix.draw(place, method, target)
        key = "" if place is CallPlace.ENVELOPE else target
        if kind is None:
            run[key] = 0
        elif kind is not FaultKind.CHURN:
            run[key] += 1
        assert run[key] <= in_a_row
        assert kind is None or kind in kinds
    assert sum(mix.met.values()) == 0 or share > 0


def test_the_same_seed_makes_the_same_faults(google: Google) -> None:
    def once(seed: int) -> list[int]:
        google.faults.mix(0.4, [FaultKind.SERVER, FaultKind.RETRY_AFTER], seed=seed)
        api = BareClient(google)
        return [api.mail("profile").status for _ in range(40)]

    assert once(1) == once(1)
    assert once(1) != once(2)
    google.faults.clear()
    assert BareClient(google).mail("profile").status == 200
    assert google.faults.met == {}
