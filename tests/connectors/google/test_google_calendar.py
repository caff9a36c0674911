"""Google Calendar against the stand-in: the contract, the window, and what changes in it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, timedelta
from threading import Event
from typing import Any

import pytest

from connectors.api import Channel, Connector, Context, Direction, Window
from connectors.errors import AuthRequired, Fatal, Retriable
from connectors.google.calendar.connector import GoogleCalendar
from connectors.standin.errors import bad_page_token
from connectors.testing import ConnectorContract, MemoryStore
from tests.support.google_client import ADA, SECRETS, GoogleClient, RecordingStop, holds_no_secret

GUEST = "bo@example.net"


class TestGoogleCalendarKeepsTheContract(ConnectorContract):
    """The promises of every connector, kept by Google Calendar."""

    own_addresses = (ADA,)
    forbidden_words = SECRETS

    @pytest.fixture(autouse=True)
    def _source(self, client: GoogleClient, monkeypatch: pytest.MonkeyPatch) -> None:
        self.client = client
        self.second = client.world.diary.calendars[1].id
        monkeypatch.setattr(type(self), "now", client.now)
        for number in range(30):
            client.world.add_event(
                start=client.now + timedelta(days=20 - 3 * number),
                attendees=(GUEST, f"p{number}@example.net"),
                response=("accepted", "declined", "needsAction")[number % 3],
                organizer=GUEST if number % 2 else None,
                calendar="primary" if number % 4 else self.second,
            )

    def make(self) -> Callable[[Context], Connector]:
        config = GoogleCalendar.Config(
            id="contract",
            type="google_calendar",
            api_endpoint=self.client.server.url,
            credentials=self.client.folder / "credentials.json",
            calendars=("primary", self.second),
        )
        return lambda context: GoogleCalendar(config, context)

    def context(self, stored: MemoryStore, stop: Event | None = None) -> Context:
        return super().context(stored, stop or RecordingStop())

    def expire_cursor(self, cursor: str) -> str:
        self.client.world.expire_sync_tokens()
        self.client.world.invalidate_page_tokens()
        return cursor

    def revoke(self) -> None:
        self.client.server.faults.revoke_grants()

    def add_interaction(self) -> None:
        self.client.world.add_event(start=self.client.now - timedelta(days=1), attendees=(GUEST,))

    def writes(self) -> Collection[object]:
        return self.client.server.writes


def add(client: GoogleClient, days: float, **keys: Any) -> str:  # noqa: ANN401 - of an event
    """Add an accepted meeting with one guest, so many days from now; return its reference."""
    made = client.world.add_event(
        start=client.now + timedelta(days=days), **{"attendees": (GUEST,), **keys}
    )
    return f"primary:{made.id}"


def test_the_whole_calendar_is_read_and_only_meetings_with_people_count(
    full_client: GoogleClient,
) -> None:
    stored = MemoryStore()
    full_client.pull(full_client.calendar(stored), stored=stored)
    assert len(stored.interactions) > 500
    for item in stored.interactions.values():
        assert item.channel is Channel.MEETING
        assert item.direction is Direction.MUTUAL
        assert not any("resource" in p.address for p in item.participants)
    reasons = set(stored.skipped.values())
    assert {"declined", "not answered", "all day", "nobody else on it"} <= reasons
    away = [(span.start.date(), span.end - span.start) for span in stored.absences.values()]
    for first, last in full_client.world.truth.holidays:
        assert (first - timedelta(days=1), last - first + timedelta(days=1)) in away
    assert holds_no_secret(stored.interactions, stored.skipped)
    series = [i.thread for i in stored.interactions.values()]
    assert len(set(series)) < len(series)


def test_nothing_but_times_and_guests_is_asked_for(client: GoogleClient) -> None:
    add(client, -1)
    client.pull(client.calendar())
    client.calendar().check()
    assert {call.verb for call in client.server.requests} == {"GET"}
    for parameters in client.calls_to("/calendar/v3/"):
        assert not {"q", "syncToken", "orderBy"} & parameters.keys()
        assert parameters["singleEvents"] == ["true"]
        mask = parameters["fields"][0]
        assert not any(word in mask for word in ("summary", "description", "location", "*"))


def test_the_first_pull_goes_back_to_since_and_later_ones_400_days(client: GoogleClient) -> None:
    old, recent, soon, far = (add(client, days) for days in (-700, -300, 30, 90))
    client.pull(client.calendar(since=800))
    assert client.refs == {old, recent, soon}
    [batch] = client.pull(client.calendar(since=800))
    assert {i.ref for i in batch.interactions} == {recent, soon}
    assert batch.covers is not None
    assert batch.covers.start is not None
    assert client.now - batch.covers.start >= timedelta(days=400)
    assert client.refs == {old, recent, soon}
    assert far not in client.stored.skipped


def test_no_pull_goes_further_back_than_since(client: GoogleClient) -> None:
    add(client, -50)
    near = add(client, -10)
    for _ in range(2):
        client.pull(client.calendar(since=(client.now - timedelta(days=30)).date()))
    assert client.refs == {near}


def test_days_back_and_ahead_are_settings(client: GoogleClient) -> None:
    add(client, -50)
    near, soon = add(client, -5), add(client, 100)
    client.pull(client.calendar(since=20, days_back=10, days_ahead=120))
    assert client.refs == {near, soon}


def test_what_is_cancelled_declined_or_moved_is_followed(client: GoogleClient) -> None:
    cancelled, declined, moved, away, stays = (add(client, -n) for n in (1, 2, 3, 4, 5))
    client.pull(client.calendar())
    assert len(client.refs) == 5
    client.world.cancel_event(cancelled.partition(":")[2])
    client.world.respond(declined.partition(":")[2], "declined")
    client.world.move_event(moved.partition(":")[2], start=client.now - timedelta(days=9))
    client.world.move_event(away.partition(":")[2], start=client.now + timedelta(days=300))
    client.pull(client.calendar())
    assert client.refs == {moved, stays}
    assert client.stored.interactions[moved].at == client.now - timedelta(days=9)
    assert client.stored.skipped[declined] == "declined"


def test_an_invitation_counts_from_when_it_is_accepted(client: GoogleClient) -> None:
    ref = add(client, 3, organizer=GUEST, response="needsAction")
    client.pull(client.calendar())
    assert client.stored.skipped == {ref: "not answered"}
    client.world.respond(ref.partition(":")[2], "tentative")
    client.pull(client.calendar())
    assert client.stored.skipped == {ref: "answered with maybe"}
    client.world.respond(ref.partition(":")[2], "accepted")
    client.pull(client.calendar())
    assert client.refs == {ref}
    assert not client.stored.skipped


def test_a_guest_who_declines_is_no_party_any_more(client: GoogleClient) -> None:
    ref = add(client, -1, attendees=(GUEST, "cy@example.net"))
    client.pull(client.calendar())
    assert client.stored.interactions[ref].size == 2
    client.world.respond(ref.partition(":")[2], "declined", who=GUEST)
    client.pull(client.calendar())
    assert [p.address for p in client.stored.interactions[ref].participants] == ["cy@example.net"]


def test_what_only_reaches_into_the_window_is_left_alone(client: GoogleClient) -> None:
    start = datetime.combine(client.now.date() - timedelta(days=10), datetime.min.time(), UTC)
    client.world.add_event(start=start - timedelta(minutes=30), minutes=120, attendees=(GUEST,))
    [batch] = client.pull(client.calendar(since=10))
    assert batch.interactions == ()
    assert batch.skipped == ()


def test_pages_are_followed_though_they_are_empty(client: GoogleClient) -> None:
    made = {add(client, -n / 20) for n in range(1, 101)}
    client.server.faults.empty_pages(every=2)
    client.calendar().check()  # this page is full, the next one empty, the third full
    client.pull(client.calendar())
    assert client.refs == made


def test_several_calendars_are_one_enumeration(client: GoogleClient) -> None:
    second = client.world.diary.calendars[1].id
    here = add(client, -1)
    other = client.world.add_event(
        start=client.now - timedelta(days=2), attendees=(GUEST,), calendar=second
    )
    both = ("primary", second)
    first, *between, last = client.pull(client.calendar(calendars=both))
    assert first.begins
    assert not any(batch.begins for batch in (*between, last))
    assert not any(batch.covers for batch in (first, *between))
    assert isinstance(last.covers, Window)
    assert client.refs == {here, f"{second}:{other.id}"}
    client.world.cancel_event(other.id, calendar=second)
    client.pull(client.calendar(calendars=both))
    assert client.refs == {here}
    # The meetings of a calendar that is no longer configured are removed.
    client.pull(client.calendar(calendars=(second,)))
    assert client.refs == set()


def test_an_unfinished_window_is_taken_up_again_with_fewer_calendars(client: GoogleClient) -> None:
    second = client.world.diary.calendars[1].id
    here = add(client, -1)
    add(client, -1, calendar=second)
    client.stored.apply(next(iter(client.calendar(calendars=("primary", second)).pull(None))))
    client.pull(client.calendar())
    assert client.refs == {here}


def test_a_refused_page_token_begins_the_window_again(client: GoogleClient) -> None:
    made = {add(client, -1), add(client, -2)}
    client.server.faults.empty_pages(every=1)
    client.stored.apply(next(iter(client.calendar().pull(None))))
    assert "page" in (client.stored.cursor or "")
    client.server.faults.clear()
    client.world.invalidate_page_tokens()
    batches = client.pull(client.calendar())
    assert batches[0].begins
    assert client.refs == made


def test_page_tokens_that_are_refused_again_and_again_end_the_pull_for_now(
    client: GoogleClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = add(client, -1)
    client.pull(client.calendar())

    def refuse(*_: object) -> str:
        raise bad_page_token()

    monkeypatch.setattr(client.world.page_tokens, "position", refuse)
    client.server.faults.empty_pages(every=1)
    with pytest.raises(Retriable, match="page tokens 3 times"):
        client.pull(client.calendar())
    assert client.refs == {ref}


@pytest.mark.parametrize("cursor", ["", "{}", "7", "no JSON", '{"start":"x","end":"y"}'])
def test_a_cursor_of_somebody_else_means_to_list_everything(
    client: GoogleClient, cursor: str
) -> None:
    ref = add(client, -700)
    refs = [i.ref for b in client.calendar(since=800).pull(cursor) for i in b.interactions]
    assert refs == [ref]


def test_an_unknown_calendar_is_named(client: GoogleClient) -> None:
    with pytest.raises(Fatal, match="team-x@group"):
        client.pull(client.calendar(calendars=("team-x@group.example",)))


def test_lost_permission_asks_for_authorisation(client: GoogleClient) -> None:
    path = client.credentials("https://www.googleapis.com/auth/gmail.metadata")
    with pytest.raises(AuthRequired, match=r"calendar\.events\.readonly"):
        client.calendar(credentials=path).check()


def test_passing_faults_are_sat_out_and_lasting_ones_are_retriable(client: GoogleClient) -> None:
    ref = add(client, -1)
    client.server.faults.fail_next(2, status=500)
    client.server.faults.tear_next(1)
    client.pull(client.calendar())
    assert client.refs == {ref}
    client.server.faults.fail_next(99)
    with pytest.raises(Retriable):
        client.pull(client.calendar())


def test_check_counts_what_is_ahead(client: GoogleClient) -> None:
    add(client, 1)
    add(client, 2)
    add(client, -2)
    assert client.calendar().check() == "primary: 2 events in the next 60 days"


def test_since_is_checked(client: GoogleClient) -> None:
    for wrong in (0, -3, True, 1.5, "soon", "2024-13-01", datetime(2024, 1, 1, tzinfo=UTC)):
        with pytest.raises(ValueError, match="write a date like"):
            client.calendar(since=wrong)
    for right in (1, 400, "2024-01-31", date(2024, 1, 31)):
        client.calendar(since=right)
