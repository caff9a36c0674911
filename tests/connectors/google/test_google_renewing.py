"""Renewed tokens: kept before they are used, shared by processes; and how grants end."""

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
from tests.support.google_client import ADA, Desk, safe

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NAME = "google:mine"


@dataclass
class Life:
    """A desk at which time passes, and a grant of the mailbox that is kept among the secrets."""

    desk: Desk
    clock: Any
    tokens: TokenStore

    def give(self) -> None:
        """A grant as `auth` keeps it, whose first token is spent; what was before is remembered."""
        info = self.desk.google.credentials([METADATA], with_token=False)
        before = json.loads(self.tokens.get(NAME) or "{}")
        earlier = [*before.pop("earlier", []), before] if before else []
        now = datetime.now(UTC).isoformat()
        self.tokens.set(NAME, json.dumps(info | {"granted_at": now, "earlier": earlier}))

    @property
    def kept(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.tokens.get(NAME) or "{}")
        return found

    def gmail(self, **keys: object) -> Gmail:
        config = Gmail.Config.model_validate(
            {"id": "mine", "type": "gmail", "api_endpoint": self.desk.google.url, **keys}
        )
        context = replace(self.desk.context(), now=lambda: datetime.now(UTC), tokens=self.tokens)
        return Gmail(config, context)

    def check(self, **keys: object) -> str:
        return self.gmail(**keys).check()

    def refused(self, **keys: object) -> str:
        with pytest.raises(AuthRequired) as caught:
            self.check(**keys)
        assert safe(caught.value, caught.value.__cause__)
        return str(caught.value)

    @property
    def renewals(self) -> int:
        return len(self.desk.asked("/token"))


@pytest.fixture
def life(desk: Desk) -> Iterator[Life]:
    with time_machine.travel(desk.now, tick=False) as clock:
        found = Life(desk, clock, desk.tokens)
        found.give()
        yield found


# Kept


def test_a_token_is_good_for_its_hour_whoever_asks(life: Life) -> None:
    for _ in range(5):
        assert ADA in life.check()
    assert life.renewals == 1
    life.clock.shift(HOUR)
    assert ADA in life.check()
    assert life.renewals == 2


def test_a_rotated_token_is_kept_and_the_next_process_goes_on_with_it(life: Life) -> None:
    life.desk.google.authority.rotates = True
    seen = {life.kept["refresh_token"]}
    for _ in range(4):
        assert ADA in life.check()
        seen.add(life.kept["refresh_token"])
        life.clock.shift(2 * HOUR)
    assert len(seen) == 5
    assert datetime.fromisoformat(life.kept["granted_at"]) == life.desk.now


def test_a_token_is_kept_before_it_is_used(life: Life) -> None:
    life.desk.google.authority.rotates = True
    life.desk.google.faults.fail_next(50, path="/profile")
    with pytest.raises(Retriable):
        life.check()
    life.desk.google.faults.clear()
    assert ADA in life.check()
    assert life.renewals == 1


def test_of_many_at_once_one_renews_and_the_others_take_what_it_got(life: Life) -> None:
    life.desk.google.authority.rotates = True
    readers, said = 6, []
    start = Barrier(readers)

    def read() -> None:
        connector = life.gmail()
        start.wait()
        said.append(connector.check())

    threads = [Thread(target=read) for _ in range(readers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == readers
    assert life.renewals == 1


def read_on(url: str, folder: Path, times: int) -> None:
    """Another process: reads the profile so many times, with a token that is refused each time."""
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


def test_two_processes_never_lose_each_others_rotated_token(desk: Desk, tmp_path: Path) -> None:
    desk.google.authority.rotates = True
    secrets = FileSecrets(tmp_path / "data")
    info = desk.google.credentials([METADATA], with_token=False)
    secrets.set(NAME, json.dumps(info))
    spawn = multiprocessing.get_context("spawn")
    work = (desk.google.url, tmp_path / "data", 6)
    readers = [spawn.Process(target=read_on, args=work) for _ in range(3)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert [reader.exitcode for reader in readers] == [0, 0, 0]
    assert len(desk.asked("/token")) > 3
    assert all(call.status == 200 for call in desk.google.requests if call.path == "/token")


# Credentials out of a file


def test_a_file_stays_as_it_is_when_its_token_is_replaced_and_still_works(life: Life) -> None:
    life.desk.google.authority.rotates = True
    info = life.desk.google.credentials([METADATA], with_token=False)
    path = life.desk.write(info, "given.json")
    for _ in range(3):
        assert ADA in life.check(credentials=path)
        life.clock.shift(2 * HOUR)
    assert json.loads(path.read_text()) == info
    # Another file in its place counts from then on.
    path.write_text(json.dumps(life.desk.google.credentials([METADATA], with_token=False)))
    assert ADA in life.check(credentials=path)


def test_of_a_file_whose_token_is_not_replaced_nothing_is_kept(life: Life) -> None:
    before = dict(life.desk.tokens.secrets)
    path = life.desk.write(life.desk.google.credentials([METADATA], with_token=False), "g.json")
    life.check(credentials=path)
    assert life.desk.tokens.secrets == before


# How grants end


def test_a_grant_that_ends_after_seven_days_is_put_down_to_a_screen_in_testing(life: Life) -> None:
    life.desk.google.authority.testing = True
    for _ in range(7 * 24):
        life.check()
        life.clock.shift(HOUR)
    said = life.refused()
    assert "ended this access after 7 days" in said
    assert "testing" in said
    assert "Publish app" in said
    assert "`beforehand auth mine`" in said
    assert life.refused() == said, "it is said again as long as it lasts"


@pytest.mark.parametrize("days", [0.5, 3.0, 6.0, 8.0, 30.0])
def test_a_grant_that_ends_at_another_age_is_not(life: Life, days: float) -> None:
    for _ in range(int(days * 2)):
        life.check()
        life.clock.shift(DAY / 2)
    life.desk.google.faults.revoke_grants()
    said = life.refused()
    assert "testing" not in said
    assert "withdrawn or expired" in said


def test_of_a_grant_that_nobody_watched_for_weeks_no_cause_is_claimed(life: Life) -> None:
    life.desk.google.authority.testing = True
    life.check()
    life.clock.shift(20 * DAY)
    assert "testing" not in life.refused()


def test_after_such_an_end_the_next_is_foretold_until_it_does_not_come(life: Life) -> None:
    assert life.gmail().expiry_warning() == ""
    life.desk.google.authority.testing = True
    for _ in range(8):
        life.clock.shift(DAY)
        try:
            life.check()
        except AuthRequired:
            break
    life.give()
    said = life.gmail().expiry_warning()
    assert "ended after 7 days" in said
    assert f"{datetime.now(UTC) + 7 * DAY:%-d %B}" in said
    assert "Publish app" in said
    life.desk.google.authority.testing = False
    for _ in range(8):
        life.clock.shift(DAY)
        life.check()
    assert life.gmail().expiry_warning() == "", "the screen is published by now"


@pytest.mark.parametrize("kept", ["", "no JSON", "[]", '{"granted_at": "soon"}', '{"earlier": 7}'])
def test_of_what_we_did_not_write_nothing_is_foretold(life: Life, kept: str) -> None:
    life.tokens.set(NAME, kept)
    assert life.gmail().expiry_warning() == ""


# The token server's own trouble


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_token_server_in_trouble_takes_no_access_away(life: Life, status: int) -> None:
    life.desk.google.faults.fail_next(50, status=status, path="/token")
    with pytest.raises(Retriable) as caught:
        life.check()
    assert "trouble of its own" in str(caught.value)
    assert "ended_at" not in life.kept
    life.desk.google.faults.clear()
    assert ADA in life.check()


def test_a_torn_answer_of_the_token_server_is_asked_for_again(life: Life) -> None:
    life.desk.google.faults.tear_next(2, path="/token")
    assert ADA in life.check()


# Service accounts


def test_a_service_account_reads_mail_and_calendar_of_its_subject(life: Life) -> None:
    key = life.desk.google.service_account([METADATA, EVENTS])
    path = life.desk.write(key, "key.json")
    life.desk.deliver(2)
    assert "2 messages" in life.check(credentials=path, subject=ADA)
    calendar = GoogleCalendar(
        GoogleCalendar.Config.model_validate(
            {
                "id": "cal",
                "type": "google_calendar",
                "api_endpoint": life.desk.google.url,
                "credentials": path,
                "subject": ADA,
            }
        ),
        replace(life.desk.context(), now=lambda: datetime.now(UTC)),
    )
    assert calendar.check()


def test_without_delegation_the_client_id_and_the_scope_to_allow_are_named(life: Life) -> None:
    key = life.desk.google.service_account([EVENTS])
    said = life.refused(credentials=life.desk.write(key, "key.json"), subject=ADA)
    assert key["client_id"] in said
    assert METADATA in said
    assert "domain-wide delegation" in said
    assert "`beforehand sync mine`" in said
    assert key["private_key"][60:90] not in said


def test_a_subject_outside_the_organisation_is_said(life: Life) -> None:
    key = life.desk.google.service_account([METADATA])
    path = life.desk.write(key, "key.json")
    said = life.refused(credentials=path, subject="bo@example.net")
    assert "bo@example.net" in said
    assert "`subject`" in said
    assert "testing" not in said
