"""Google's own client library speaks to the stand-in as it would to Google."""

from __future__ import annotations

import base64
import gc
import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import pytest
from google.auth.exceptions import RefreshError
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import Resource, build
from googleapiclient.errors import HttpError
from googleapiclient.http import BatchHttpRequest

from connectors.standin import Google, World

if TYPE_CHECKING:
    from tests.connectors.standin.conftest import BareClient

_AUTH = "https://www.googleapis.com/auth/"


def _credentials(google: Google, *scopes: str, with_token: bool = True) -> Credentials:
    said = google.credentials([_AUTH + scope for scope in scopes], with_token=with_token)
    return Credentials(  # type: ignore[no-untyped-call]
        token=said.get("token"),
        refresh_token=said["refresh_token"],
        token_uri=said["token_uri"],
        client_id=said["client_id"],
        client_secret=said["client_secret"],
    )


@contextmanager
def _gmail(google: Google, credentials: Credentials) -> Iterator[Resource]:
    options = {"api_endpoint": google.url}
    with closing(build("gmail", "v1", credentials=credentials, client_options=options)) as service:
        yield service


@pytest.fixture
def gmail(google: Google) -> Iterator[Resource]:
    with _gmail(google, _credentials(google, "gmail.metadata")) as service:
        yield service


def _batched(google: Google, gmail: Resource, ids: list[str]) -> dict[str, Any]:
    answers: dict[str, Any] = {}

    def note(request_id: str, response: object, error: object) -> None:
        answers[request_id] = response if error is None else error

    batch = BatchHttpRequest(callback=note, batch_uri=f"{google.url}/batch/gmail/v1")
    for message_id in ids:
        request = gmail.users().messages().get(userId="me", id=message_id, format="metadata")
        batch.add(request, request_id=message_id)
    batch.execute()
    return answers


def test_the_client_pages_through_all_messages(whole: Google, world: World) -> None:
    with _gmail(whole, _credentials(whole, "gmail.metadata")) as gmail:
        ids: list[str] = []
        messages = gmail.users().messages()
        request = messages.list(userId="me", maxResults=500, includeSpamTrash=True)
        while request is not None:
            response = request.execute()
            ids += [message["id"] for message in response["messages"]]
            request = messages.list_next(request, response)
    assert ids == list(world.mailbox.messages)[::-1]


def test_the_client_reads_a_batch(google: Google, gmail: Resource, small: World) -> None:
    ids = list(small.mailbox.messages)
    answers = _batched(google, gmail, ids)
    assert [answers[message_id]["id"] for message_id in ids] == ids
    assert all(answers[message_id]["payload"]["headers"] for message_id in ids)


def test_a_part_that_fails_does_not_fail_the_others(
    google: Google, gmail: Resource, small: World
) -> None:
    ids = list(small.mailbox.messages)
    small.delete(ids[1])
    answers = _batched(google, gmail, ids)
    assert isinstance(answers[ids[1]], HttpError)
    assert answers[ids[1]].resp.status == 404
    assert answers[ids[2]]["id"] == ids[2]


def test_names_in_any_script_survive_a_batch(google: Google, gmail: Resource, small: World) -> None:
    sender = "Łoś Ünïcode\u2028 名前 <lo@example.org>"
    message = small.deliver(sender=sender)
    headers = _batched(google, gmail, [message.id])[message.id]["payload"]["headers"]
    assert {"name": "From", "value": sender} in headers


def test_a_revoked_access_token_is_refreshed_by_the_client(google: Google, gmail: Resource) -> None:
    gmail.users().getProfile(userId="me").execute()
    google.faults.revoke_access()
    assert gmail.users().getProfile(userId="me").execute()["messagesTotal"] == 4


# The library opens a connection of its own for this refresh, and never closes it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_token_that_is_revoked_in_mid_batch_is_refreshed_by_the_client(
    google: Google, gmail: Resource, small: World
) -> None:
    google.faults.revoke_access()
    ids = list(small.mailbox.messages)
    assert _batched(google, gmail, ids)[ids[0]]["id"] == ids[0]
    assert [call.status for call in google.requests if call.batched] == [401] * 4 + [200] * 4
    gc.collect()


def test_a_revoked_grant_is_an_invalid_grant(google: Google, gmail: Resource) -> None:
    google.faults.revoke_grants()
    with pytest.raises(RefreshError, match="invalid_grant"):
        gmail.users().getProfile(userId="me").execute()


def test_credentials_without_a_token_are_refreshed_first(google: Google) -> None:
    credentials = _credentials(google, "gmail.metadata", with_token=False)
    with _gmail(google, credentials) as gmail:
        profile = gmail.users().getProfile(userId="me").execute()
    assert profile["emailAddress"] == "ada.winter@example.org"
    assert google.requests[0].path == "/token"


def test_the_client_sends_mail_with_its_own_scope(google: Google, small: World) -> None:
    mail = EmailMessage()
    mail["From"] = mail["To"] = "Ada Winter <ada.winter@example.org>"
    mail["Subject"] = "Your week"
    mail["List-Id"] = "<report.example.org>"
    mail.set_content("hello")
    raw = base64.urlsafe_b64encode(mail.as_bytes()).decode()
    with _gmail(google, _credentials(google, "gmail.send")) as gmail:
        sent = gmail.users().messages().send(userId="me", body={"raw": raw}).execute()
        with pytest.raises(HttpError, match="insufficient authentication scopes"):
            gmail.users().getProfile(userId="me").execute()
    message = small.mailbox.messages[sent["id"]]
    assert message.labels == ("SENT", "INBOX", "UNREAD")
    assert dict(message.headers)["Subject"] == "Your week"
    assert dict(message.headers)["List-Id"] == "<report.example.org>"
    assert small.sent == [mail.as_bytes()]
    assert [call.path for call in google.writes] == ["/gmail/v1/users/me/messages/send"]
    assert google.meter.by_method["messages.send"] == 100


def test_the_client_lists_events_page_by_page(whole: Google, world: World) -> None:
    credentials = _credentials(whole, "calendar.events.readonly")
    options = {"api_endpoint": f"{whole.url}/calendar/v3/"}
    found: list[Any] = []
    with closing(
        build("calendar", "v3", credentials=credentials, client_options=options)
    ) as service:
        request = service.events().list(
            calendarId="primary",
            singleEvents=True,
            orderBy="startTime",
            timeMin=(world.end - timedelta(days=400)).isoformat(),
            timeMax=(world.end + timedelta(days=60)).isoformat(),
        )
        while request is not None:
            response = request.execute()
            found += response["items"]
            request = service.events().list_next(request, response)
    expected = [
        event.id
        for event in world.diary.events()
        if event.end > world.end - timedelta(days=400)
        and event.start < world.end + timedelta(days=60)
        and not event.cancelled
    ]
    assert [event["id"] for event in found] == expected


def test_client_secrets_lead_a_browser_and_the_client_to_a_token(
    google: Google, client_of: Callable[..., BareClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    from google_auth_oauthlib.flow import InstalledAppFlow  # noqa: PLC0415 - only here

    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    flow = InstalledAppFlow.from_client_config(
        google.client_secrets(),
        [_AUTH + "gmail.metadata"],
        redirect_uri="http://127.0.0.1:1/",
        autogenerate_code_verifier=True,
    )
    address, state = flow.authorization_url(access_type="offline", prompt="consent")
    browser = client_of(google)
    page = browser.call("GET", address.removeprefix(google.url))
    assert page.status == 302
    assert f"state={state}" in page.headers["Location"]
    # The redirect arrives on plain loopback, which oauthlib calls insecure.
    flow.fetch_token(authorization_response=page.headers["Location"].replace("http://", "https://"))
    flow.oauth2session.close()
    assert flow.credentials.refresh_token
    reader = client_of(google, (), flow.credentials.token)
    assert reader.mail("profile").status == 200


def test_credentials_have_the_shape_of_an_authorized_user_file(google: Google) -> None:
    said = json.loads(json.dumps(google.credentials([_AUTH + "gmail.metadata"])))
    credentials = Credentials.from_authorized_user_info(said)  # type: ignore[no-untyped-call]
    assert credentials.valid
    assert credentials.expiry is not None
