"""Gmail's answers in detail: filters, pages, formats, masks, history, batches, refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from connectors.standin import NEVER_READ, Google, World

if TYPE_CHECKING:
    from tests.connectors.standin.conftest import BareClient

_GET = "/gmail/v1/users/me/messages/"


def test_labels_filter_all_at_once(reader: BareClient, world: World) -> None:
    found = reader.mail("messages", labelIds=["INBOX", "UNREAD"], maxResults=500).json
    expected = [
        m.id
        for m in reversed(world.mailbox.messages.values())
        if {"INBOX", "UNREAD"} <= set(m.labels)
    ]
    assert [m["id"] for m in found["messages"]] == expected[:500]
    assert set(found["messages"][0]) == {"id", "threadId"}


def test_spam_and_trash_are_hidden_unless_asked_for(api: BareClient, small: World) -> None:
    spam, trashed = list(small.mailbox.messages)[:2]
    small.relabel(spam, add=["SPAM"])
    small.trash(trashed)
    assert len(api.mail("messages").json["messages"]) == 2
    assert len(api.mail("messages", includeSpamTrash="true").json["messages"]) == 4
    assert [m["id"] for m in api.mail("messages", labelIds="SPAM").json["messages"]] == [spam]


def test_pages_hold_a_hundred_unless_said_and_never_more_than_five_hundred(
    reader: BareClient,
) -> None:
    assert len(reader.mail("messages").json["messages"]) == 100
    assert len(reader.mail("messages", maxResults=9999).json["messages"]) == 500
    assert reader.mail("messages", maxResults=0).status == 400


def test_a_page_token_goes_on_where_the_page_ended_whatever_has_come_since(
    api: BareClient, small: World
) -> None:
    ids = list(small.mailbox.messages)[::-1]
    first = api.mail("messages", maxResults=2).json
    small.deliver(sender="New <new@example.org>")
    small.delete(ids[1])
    second = api.mail("messages", maxResults=2, pageToken=first["nextPageToken"]).json
    assert [m["id"] for m in first["messages"] + second["messages"]] == ids
    assert "nextPageToken" not in second


def test_a_page_token_fits_only_the_list_it_came_from(api: BareClient, small: World) -> None:
    token = api.mail("messages", maxResults=2).json["nextPageToken"]
    assert api.mail("messages", pageToken=token, labelIds="INBOX").status == 400
    assert api.mail("threads", pageToken=token).status == 400
    assert api.mail("messages", pageToken="junk").status == 400
    assert api.mail("messages", pageToken=token).status == 200
    small.invalidate_page_tokens()
    assert api.mail("messages", pageToken=token).status == 400


def test_threads_are_listed_by_their_newest_message(api: BareClient, small: World) -> None:
    old, *_, new = small.mailbox.threads
    assert api.mail("threads").json["threads"][0]["id"] == new
    small.deliver(sender="Bo <bo@example.net>", thread=old)
    listed = api.mail("threads", maxResults=2).json
    assert listed["threads"][0]["id"] == old
    rest = api.mail("threads", maxResults=2, pageToken=listed["nextPageToken"]).json
    ids = [thread["id"] for thread in listed["threads"] + rest["threads"]]
    assert sorted(ids) == sorted(small.mailbox.threads)


def test_asked_headers_come_whatever_their_case_and_no_others(
    api: BareClient, small: World
) -> None:
    message = list(small.mailbox.messages.values())[1]
    shown = api.mail(
        f"messages/{message.id}", format="metadata", metadataHeaders=["FROM", "in-reply-to", "X-No"]
    ).json
    assert [h["name"] for h in shown["payload"]["headers"]] == ["From", "In-Reply-To"]
    everything = api.mail(f"messages/{message.id}", format="metadata").json
    assert {"Subject", "Message-ID", "References"} <= {
        h["name"] for h in everything["payload"]["headers"]
    }
    assert "payload" not in api.mail(f"messages/{message.id}", format="minimal").json
    assert everything["snippet"] == NEVER_READ


def test_an_answer_names_the_message_that_it_answers(small: World) -> None:
    first, answer, *_ = small.mailbox.messages.values()
    headers = dict(answer.headers)
    assert headers["In-Reply-To"] == dict(first.headers)["Message-ID"]
    assert headers["References"] == dict(first.headers)["Message-ID"]
    assert answer.thread_id == first.thread_id


@pytest.mark.parametrize("form", ["full", "raw", None])
@pytest.mark.parametrize("more", [(), ("https://www.googleapis.com/auth/gmail.readonly",)])
def test_the_metadata_scope_forbids_bodies_even_beside_a_wider_scope(
    google: Google,
    client_of: Callable[..., BareClient],
    small: World,
    form: str | None,
    more: tuple[str, ...],
) -> None:
    api = client_of(google, ("https://www.googleapis.com/auth/gmail.metadata", *more))
    params = {} if form is None else {"format": form}
    answer = api.mail(f"messages/{next(iter(small.mailbox.messages))}", **params)
    assert answer.status == 403
    assert "Metadata scope" in answer.json["error"]["message"]
    assert NEVER_READ.encode() not in answer.body


@pytest.mark.parametrize("more", [(), ("https://www.googleapis.com/auth/gmail.readonly",)])
def test_the_metadata_scope_forbids_searching_even_beside_a_wider_scope(
    google: Google, client_of: Callable[..., BareClient], more: tuple[str, ...]
) -> None:
    api = client_of(google, ("https://www.googleapis.com/auth/gmail.metadata", *more))
    for what in ("messages", "threads"):
        answer = api.mail(what, q="from:bo")
        assert answer.status == 403
        assert answer.json["error"] == {
            "code": 403,
            "message": "Metadata scope does not support 'q' parameter",
            "errors": [
                {
                    "domain": "global",
                    "reason": "forbidden",
                    "message": "Metadata scope does not support 'q' parameter",
                }
            ],
            "status": "PERMISSION_DENIED",
        }


def test_a_mask_selects_and_an_unknown_name_is_refused(api: BareClient, small: World) -> None:
    message = next(iter(small.mailbox.messages))
    masked = api.mail(
        f"messages/{message}", format="metadata", fields="id,payload(headers/name),labelIds"
    ).json
    assert set(masked) == {"id", "payload", "labelIds"}
    assert all(set(header) == {"name"} for header in masked["payload"]["headers"])
    listed = api.mail("messages", fields="messages/threadId,nextPageToken").json
    assert all(set(m) == {"threadId"} for m in listed["messages"])
    for wrong in ("ids", "payload(headers", "id,,threadId", "id/name"):
        assert api.mail(f"messages/{message}", format="minimal", fields=wrong).status == 400


def test_what_does_not_exist_is_not_found_and_what_is_misspelt_is_refused(api: BareClient) -> None:
    assert api.mail("messages/18c0ffee", format="minimal").status == 404
    assert api.mail("threads/18c0ffee", format="minimal").status == 404
    assert api.mail("nothing").status == 404
    assert api.mail("messages", labels="INBOX").status == 400
    assert api.mail("messages", labelIds="NO_SUCH").status == 400
    assert api.get("/gmail/v1/users/somebody@example.net/profile").status == 403
    assert api.get("/gmail/v1/users/ada.winter@example.org/profile").status == 200


def test_without_a_good_token_nothing_is_answered(
    google: Google, client_of: Callable[..., BareClient]
) -> None:
    stranger = client_of(google, (), "made-up")
    answer = stranger.mail("profile")
    assert answer.status == 401
    assert answer.reason == "authError"
    assert answer.json["error"]["status"] == "UNAUTHENTICATED"
    sender = client_of(google, ("https://www.googleapis.com/auth/gmail.send",))
    assert sender.mail("profile").reason == "insufficientPermissions"


def test_a_thread_gives_all_its_messages(api: BareClient, small: World) -> None:
    thread = next(iter(small.mailbox.threads))
    shown = api.mail(f"threads/{thread}", format="metadata", metadataHeaders="From").json
    assert [m["id"] for m in shown["messages"]] == [m.id for m in small.mailbox.thread(thread)]
    assert all(len(m["payload"]["headers"]) == 1 for m in shown["messages"])


# History.


def test_history_tells_what_happened_in_order(api: BareClient, small: World) -> None:
    start = api.mail("profile").json["historyId"]
    kept, gone = list(small.mailbox.messages)[:2]
    new = small.deliver(sender="Bo <bo@example.net>")
    small.trash(kept)
    small.delete(gone)
    answer = api.mail("history", startHistoryId=start).json
    happened = [
        (kind, record[kind][0]["message"]["id"])
        for record in answer["history"]
        for kind in record
        if kind not in {"id", "messages"}
    ]
    assert happened == [
        ("messagesAdded", new.id),
        ("labelsAdded", kept),
        ("labelsRemoved", kept),
        ("messagesDeleted", gone),
    ]
    assert answer["historyId"] == api.mail("profile").json["historyId"]
    assert api.mail("history", startHistoryId=answer["historyId"]).json.keys() == {"historyId"}


def test_history_ids_soon_have_one_more_digit(api: BareClient, small: World) -> None:
    start = api.mail("profile").json["historyId"]
    for _ in range(10):
        small.deliver(sender="Bo <bo@example.net>")
    answer = api.mail("history", startHistoryId=start).json
    assert len(answer["history"]) == 10
    assert len(start) == 19
    assert len(answer["historyId"]) == 20
    assert answer["historyId"] < start  # as text, which is why nobody may compare text


def test_history_filters_after_it_has_cut_the_page(api: BareClient, small: World) -> None:
    start = small.mailbox.history_id
    message = next(iter(small.mailbox.messages))
    small.relabel(message, add=["STARRED"])
    small.relabel(message, remove=["STARRED"])
    new = small.deliver(sender="Bo <bo@example.net>")
    question = {"startHistoryId": start, "historyTypes": "messageAdded", "maxResults": 2}
    first = api.mail("history", **question).json
    assert "history" not in first
    second = api.mail("history", **question, pageToken=first["nextPageToken"]).json
    assert [r["messagesAdded"][0]["message"]["id"] for r in second["history"]] == [new.id]
    assert "nextPageToken" not in second
    moved = {"startHistoryId": start + 7, "pageToken": first["nextPageToken"]}
    assert api.mail("history", **moved).status == 400


def test_history_can_be_asked_for_one_label(api: BareClient, small: World) -> None:
    start = small.mailbox.history_id
    small.deliver(sender="Ada <ada.winter@example.org>", to=["bo@example.net"])
    small.deliver(sender="Bo <bo@example.net>")
    answer = api.mail("history", startHistoryId=start, labelId="SENT").json
    assert len(answer["history"]) == 1


def test_expired_history_is_not_found_until_a_new_profile_is_read(
    api: BareClient, small: World
) -> None:
    start = api.mail("profile").json["historyId"]
    small.deliver(sender="Bo <bo@example.net>")
    assert api.mail("history", startHistoryId=start).status == 200
    small.expire_history()
    answer = api.mail("history", startHistoryId=start)
    assert (answer.status, answer.reason) == (404, "notFound")
    assert api.mail("history", startHistoryId=api.mail("profile").json["historyId"]).status == 200
    assert api.mail("history").status == 400


def test_history_before_a_given_id_can_expire_alone(api: BareClient, small: World) -> None:
    start = small.mailbox.history_id
    small.deliver(sender="Bo <bo@example.net>")
    middle = small.mailbox.history_id
    small.deliver(sender="Cy <cy@example.net>")
    small.expire_history(before=middle)
    assert api.mail("history", startHistoryId=start).status == 404
    assert len(api.mail("history", startHistoryId=middle).json["history"]) == 1


def test_the_whole_world_remembers_a_week(reader: BareClient, world: World) -> None:
    lately = [m for m in world.mailbox.messages.values() if (world.end - m.at).days < 7]
    before = world.mailbox.messages[list(world.mailbox.messages)[-len(lately) - 1]]
    answer = reader.mail("history", startHistoryId=before.history_id, maxResults=500).json
    assert len(answer["history"]) == len(lately)
    assert reader.mail("history", startHistoryId=before.history_id - 1).status == 404


# Batches.


def test_a_batch_answers_each_part_under_its_content_id(api: BareClient, small: World) -> None:
    ids = list(small.mailbox.messages)
    answer = api.batch(f"{_GET}{ids[0]}?format=minimal", f"{_GET}nothing?format=minimal")
    assert answer.status == 200
    text = answer.body.decode()
    one, two = text.split("Content-ID: ")[1:]
    assert one.startswith("<response-base + 0>")
    assert "HTTP/1.1 200 OK\r\n" in one
    assert two.startswith("<response-base + 1>")
    assert "HTTP/1.1 404 Not Found\r\n" in two


def test_a_batch_holds_a_hundred_calls_and_no_more(
    api: BareClient, google: Google, small: World
) -> None:
    target = f"{_GET}{next(iter(small.mailbox.messages))}?format=minimal"
    assert api.batch(*[target] * 100).body.count(b"200 OK") == 100
    units = google.meter.units
    assert api.batch(*[target] * 101).status == 400
    assert google.meter.units == units == 2_000


def test_a_body_that_is_no_batch_is_refused(api: BareClient) -> None:
    assert api.call("POST", "/batch/gmail/v1", "{}").status == 400
    kind = {"Content-Type": "multipart/mixed; boundary=b"}
    assert api.call("POST", "/batch/gmail/v1", "--b--", kind).status == 400


def test_the_meter_knows_every_methods_price(api: BareClient, google: Google, small: World) -> None:
    message = next(iter(small.mailbox.messages.values()))
    for path, price in (
        ("profile", 1),
        ("labels", 1),
        ("messages", 5),
        ("threads", 10),
        (f"messages/{message.id}?format=minimal", 20),
        (f"threads/{message.thread_id}?format=minimal", 40),
        (f"history?startHistoryId={small.mailbox.history_id}", 2),
    ):
        before = google.meter.units
        assert api.mail(path).status == 200
        assert google.meter.units - before == price, path
    before = google.meter.units
    api.diary()
    assert google.meter.units == before
    assert google.meter.calls["events.list"] == 1


def test_the_log_tells_verb_path_and_whether_it_was_batched(
    api: BareClient, google: Google, small: World
) -> None:
    api.batch(f"{_GET}{next(iter(small.mailbox.messages))}?format=minimal")
    part, envelope = google.requests
    assert (part.verb, part.batched, part.status) == ("GET", True, 200)
    assert (envelope.verb, envelope.path) == ("POST", "/batch/gmail/v1")
    assert google.writes == []
    assert api.call("DELETE", f"{_GET}1").status == 403
    assert [call.verb for call in google.writes] == ["DELETE"]
