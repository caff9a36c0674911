"""Refresh of tokens, stored before they are used and shared by processes; and ends of grants."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
import time_machine

from beforehand.secrets import FileSecrets
from connectors.addresses import OwnAddresses
from connectors.api import Context, TokenStore
from connectors.errors import AuthRequired, Retriable
from connectors.google.calendar.connector import GoogleCalendar
from connectors.google.gmail.connector import Gmail
from connectors.google.oauth.credentials import EVENTS, METADATA
from connectors.testing import RecordingLog
from tests.support.google_client import ADA, GoogleClient, holds_no_secret

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NAME = "google:mine"


@dataclass
class GrantInTime:
    """A client on a clock that can be moved, with a stored grant for its mailbox."""

    client: GoogleClient
    clock: Any
    tokens: TokenStore

    def give(self) -> None:
        """Store a grant as `auth` does, with an expired token, beside the grants before."""
        info = self.client.server.credentials([METADATA], with_token=False)
        before = json.loads(self.tokens.get(NAME) or "{}")
        earlier = [*before.pop("earlier", []), before] if before else []
        now = datetime.now(UTC).isoformat()
        self.tokens.set(NAME, json.dumps(info | {"granted_at": now, "earlier": earlier}))

    @property
    def stored(self) -> dict[str, Any]:
        info: dict[str, Any] = json.loads(self.tokens.get(NAME) or "{}")
        return info

    def gmail(self, **keys: object) -> Gmail:
        config = Gmail.Config.model_validate(
            {"id": "mine", "type": "gmail", "api_endpoint": self.client.server.url, **keys}
        )
        context = replace(self.client.context(), now=lambda: datetime.now(UTC), tokens=self.tokens)
        return Gmail(config, context)

    def check(self, **keys: object) -> str:
        return self.gmail(**keys).check()

    def refusal(self, **keys: object) -> str:
        with pytest.raises(AuthRequired) as caught:
            self.check(**keys)
        assert holds_no_secret(caught.value, caught.value.__cause__)
        return str(caught.value)

    @property
    def refreshes(self) -> int:
        return len(self.client.calls_to("/token"))


@pytest.fixture
def grant(client: GoogleClient) -> Iterator[GrantInTime]:
    with time_machine.travel(client.now, tick=False) as clock:
        given = GrantInTime(client, clock, client.tokens)
        given.give()
        yield given


# Kept


def test_a_token_is_good_for_its_hour_whoever_asks(grant: GrantInTime) -> None:
    for _ in range(5):
        assert ADA in grant.check()
    assert grant.refreshes == 1
    grant.clock.shift(HOUR)
    assert ADA in grant.check()
    assert grant.refreshes == 2


def test_a_rotated_token_is_kept_and_the_next_process_goes_on_with_it(grant: GrantInTime) -> None:
    grant.client.server.authority.rotates = True
    seen = {grant.stored["refresh_token"]}
    for _ in range(4):
        assert ADA in grant.check()
        seen.add(grant.stored["refresh_token"])
        grant.clock.shift(2 * HOUR)
    assert len(seen) == 5
    assert datetime.fromisoformat(grant.stored["granted_at"]) == grant.client.now


def test_a_token_is_kept_before_it_is_used(grant: GrantInTime) -> None:
    grant.client.server.authority.rotates = True
    grant.client.server.faults.fail_next(50, path="/profile")
    with pytest.raises(Retriable):
        grant.check()
    grant.client.server.faults.clear()
    assert ADA in grant.check()
    assert grant.refreshes == 1


def test_of_many_at_once_one_renews_and_the_others_take_what_it_got(grant: GrantInTime) -> None:
    grant.client.server.authority.rotates = True
    readers, lines = 6, []
    start = Barrier(readers)

    def read() -> None:
        connector = grant.gmail()
        start.wait()
        lines.append(connector.check())

    threads = [Thread(target=read) for _ in range(readers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lines) == readers
    assert grant.refreshes == 1


def check_repeatedly(url: str, folder: Path, times: int) -> None:
    """Check so many times, each time with a token that Google refuses at first; for a process."""
    config = Gmail.Config.model_validate({"id": "mine", "type": "gmail", "api_endpoint": url})
    for _ in range(times):
        secrets = FileSecrets(folder)
        with secrets.exclusive(NAME):
            info = json.loads(secrets.get(NAME) or "")
            secrets.set(NAME, json.dumps(info | {"token": "ya29.spent"}))
        context = Context(
            source="mine",
            own=OwnAddresses([ADA]),
            tokens=secrets,
            now=lambda: datetime.now(UTC),
            log=RecordingLog(),
        )
        Gmail(config, context).check()


def test_two_processes_never_lose_each_others_rotated_token(
    client: GoogleClient, tmp_path: Path
) -> None:
    client.server.authority.rotates = True
    secrets = FileSecrets(tmp_path / "data")
    info = client.server.credentials([METADATA], with_token=False)
    secrets.set(NAME, json.dumps(info))
    spawn = multiprocessing.get_context("spawn")
    work = (client.server.url, tmp_path / "data", 6)
    readers = [spawn.Process(target=check_repeatedly, args=work) for _ in range(3)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert [reader.exitcode for reader in readers] == [0, 0, 0]
    assert len(client.calls_to("/token")) > 3
    assert all(call.status == 200 for call in client.server.requests if call.path == "/token")


# Credentials out of a file


def test_a_file_stays_as_it_is_when_its_token_is_replaced_and_still_works(
    grant: GrantInTime,
) -> None:
    grant.client.server.authority.rotates = True
    info = grant.client.server.credentials([METADATA], with_token=False)
    path = grant.client.write(info, "given.json")
    for _ in range(3):
        assert ADA in grant.check(credentials=path)
        grant.clock.shift(2 * HOUR)
    assert json.loads(path.read_text()) == info
    # Another file in its place counts from then on.
    path.write_text(json.dumps(grant.client.server.credentials([METADATA], with_token=False)))
    assert ADA in grant.check(credentials=path)


def test_of_a_file_whose_token_is_not_replaced_nothing_is_kept(grant: GrantInTime) -> None:
    before = dict(grant.client.tokens.secrets)
    path = grant.client.write(
        grant.client.server.credentials([METADATA], with_token=False), "g.json"
    )
    grant.check(credentials=path)
    assert grant.client.tokens.secrets == before


# How grants end


def test_a_grant_that_ends_after_seven_days_is_put_down_to_a_screen_in_testing(
    grant: GrantInTime,
) -> None:
    grant.client.server.authority.testing = True
    for _ in range(7 * 24):
        grant.check()
        grant.clock.shift(HOUR)
    text = grant.refusal()
    assert "ended this access after 7 days" in text
    assert "testing" in text
    assert "Publish app" in text
    assert "`beforehand auth mine`" in text
    assert grant.refusal() == text, "it is said again as long as it lasts"


@pytest.mark.parametrize("days", [0.5, 3.0, 6.0, 8.0, 30.0])
def test_a_grant_that_ends_at_another_age_is_not(grant: GrantInTime, days: float) -> None:
    for _ in range(int(days * 2)):
        grant.check()
        grant.clock.shift(DAY / 2)
    grant.client.server.faults.revoke_grants()
    text = grant.refusal()
    assert "testing" not in text
    assert "withdrawn or expired" in text


def test_of_a_grant_that_nobody_watched_for_weeks_no_cause_is_claimed(grant: GrantInTime) -> None:
    grant.client.server.authority.testing = True
    grant.check()
    grant.clock.shift(20 * DAY)
    assert "testing" not in grant.refusal()


def test_after_such_an_end_the_next_is_foretold_until_it_does_not_come(grant: GrantInTime) -> None:
    assert grant.gmail().expiry_warning() == ""
    grant.client.server.authority.testing = True
    for _ in range(8):
        grant.clock.shift(DAY)
        try:
            grant.check()
        except AuthRequired:
            break
    grant.give()
    text = grant.gmail().expiry_warning()
    assert "ended after 7 days" in text
    assert f"{datetime.now(UTC) + 7 * DAY:%-d %B}" in text
    assert "Publish app" in text
    grant.client.server.authority.testing = False
    for _ in range(8):
        grant.clock.shift(DAY)
        grant.check()
    assert grant.gmail().expiry_warning() == "", "the screen is published by now"


@pytest.mark.parametrize("kept", ["", "no JSON", "[]", '{"granted_at": "soon"}', '{"earlier": 7}'])
def test_of_what_we_did_not_write_nothing_is_foretold(grant: GrantInTime, kept: str) -> None:
    grant.tokens.set(NAME, kept)
    assert grant.gmail().expiry_warning() == ""


# The token server's own trouble


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_token_server_in_trouble_takes_no_access_away(grant: GrantInTime, status: int) -> None:
    grant.client.server.faults.fail_next(50, status=status, path="/token")
    with pytest.raises(Retriable) as caught:
        grant.check()
    assert "trouble of its own" in str(caught.value)
    assert "ended_at" not in grant.stored
    grant.client.server.faults.clear()
    assert ADA in grant.check()


def test_a_torn_answer_of_the_token_server_is_asked_for_again(grant: GrantInTime) -> None:
    grant.client.server.faults.tear_next(2, path="/token")
    assert ADA in grant.check()


# Service accounts


def test_a_service_account_reads_mail_and_calendar_of_its_subject(grant: GrantInTime) -> None:
    key = grant.client.server.service_account([METADATA, EVENTS])
    path = grant.client.write(key, "key.json")
    grant.client.deliver(2)
    assert "2 messages" in grant.check(credentials=path, subject=ADA)
    calendar = GoogleCalendar(
        GoogleCalendar.Config.model_validate(
            {
                "id": "cal",
                "type": "google_calendar",
                "api_endpoint": grant.client.server.url,
                "credentials": path,
                "subject": ADA,
            }
        ),
        replace(grant.client.context(), now=lambda: datetime.now(UTC)),
    )
    assert calendar.check()


def test_without_delegation_the_client_id_and_the_scope_to_allow_are_named(
    grant: GrantInTime,
) -> None:
    key = grant.client.server.service_account([EVENTS])
    text = grant.refusal(credentials=grant.client.write(key, "key.json"), subject=ADA)
    assert key["client_id"] in text
    assert METADATA in text
    assert "domain-wide delegation" in text
    assert "`beforehand sync mine`" in text
    assert key["private_key"][60:90] not in text


def test_a_subject_outside_the_organisation_is_said(grant: GrantInTime) -> None:
    key = grant.client.server.service_account([METADATA])
    path = grant.client.write(key, "key.json")
    text = grant.refusal(credentials=path, subject="bo@example.net")
    assert "bo@example.net" in text
    assert "`subject`" in text
    assert "testing" not in text
