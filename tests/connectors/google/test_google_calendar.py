"""Google Calendar against the stand-in: the contract, the window, and what changes in it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, timedelta
from threading import Event

import pytest

from connectors.api import Channel, Connector, Context, Direction, Window
from connectors.errors import AuthRequired, Fatal, Retriable
from connectors.google.calendar.connector import GoogleCalendar
from connectors.standin.errors import bad_page_token
from connectors.testing import ConnectorContract, MemoryStore
from tests.support.google_client import ADA, SECRETS, Desk, Unhurried, safe

GUEST = "bo@example.net"


class TestGoogleCalendarKeepsTheContract(ConnectorContract):
    """The promises of every connector, kept by Google Calendar."""

    own_addresses = (ADA,)
    forbidden_words = SECRETS

    @pytest.fixture(autouse=True)
    def _source(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.desk = desk
        self.second = desk.world.diary.calendars[1].id
        monkeypatch.setattr(type(self), "now", desk.now)
        for number in range(30):
            desk.world.add_event(
                start=desk.now + timedelta(days=20 - 3 * number),
                attendees=(GUEST, f"p{number}@example.net"),
                response=("accepted", "declined", "needsAction")[number % 3],
                organizer=GUEST if number % 2 else None,
                calendar="primary" if number % 4 else self.second,
            )

    def make(self) -> Callable[[Context], Connector]:
        config = GoogleCalendar.Config(
            id="contract",
            type="google_calendar",
            api_endpoint=self.desk.google.url,
            credentials=self.desk.folder / "credentials.json",
            calendars=("primary", self.second),
        )
        return lambda context: GoogleCalendar(config, context)

    def context(self, ledger: MemoryStore, stop: Event | None = None) -> Context:
        return super().context(ledger, stop or Unhurried())

    def expire_cursor(self, cursor: str) -> str:
        self.desk.world.expire_sync_tokens()
        self.desk.world.invalidate_page_tokens()
        return cursor

    def revoke(self) -> None:
        self.desk.google.faults.revoke_grants()

    def add_interaction(self) -> None:
        self.desk.world.add_event(start=self.desk.now - timedelta(days=1), attendees=(GUEST,))

    def writes(self) -> Collection[object]:
        return self.desk.google.writes


def add(desk: Desk, days: float, **keys: object) -> str:
    """An accepted meeting with one guest so many days from now; its reference."""
    made = desk.world.add_event(
        start=desk.now + timedelta(days=days), **{"attendees": (GUEST,), **keys}
    )
    return f"primary:{made.id}"


def test_the_whole_calendar_is_read_and_only_meetings_with_people_count(whole: Desk) -> None:
    ledger = MemoryStore()
    whole.pull(whole.calendar(ledger), ledger=ledger)
    assert len(ledger.interactions) > 500
    for item in ledger.interactions.values():
        assert item.channel is Channel.MEETING
        assert item.direction is Direction.MUTUAL
        assert not any("resource" in p.address for p in item.participants)
    reasons = set(ledger.skipped.values())
    assert {"declined", "not answered", "all day", "nobody else on it"} <= reasons
    away = [(span.start.date(), span.end - span.start) for span in ledger.absences.values()]
    for first, last in whole.world.truth.holidays:
        assert (first - timedelta(days=1), last - first + timedelta(days=1)) in away
    assert safe(ledger.interactions, ledger.skipped)
    series = [i.thread for i in ledger.interactions.values()]
    assert len(set(series)) < len(series)


def test_nothing_but_times_and_guests_is_asked_for(desk: Desk) -> None:
    add(desk, -1)
    desk.pull(desk.calendar())
    desk.calendar().check()
    assert {call.verb for call in desk.google.requests} == {"GET"}
    for asked in desk.asked("/calendar/v3/"):
        assert not {"q", "syncToken", "orderBy"} & asked.keys()
        assert asked["singleEvents"] == ["true"]
        mask = asked["fields"][0]
        assert not any(word in mask for word in ("summary", "description", "location", "*"))


def test_the_first_pull_goes_back_to_since_and_later_ones_400_days(desk: Desk) -> None:
    old, recent, soon, far = (add(desk, days) for days in (-700, -300, 30, 90))
    desk.pull(desk.calendar(since=800))
    assert desk.refs == {old, recent, soon}
    [batch] = desk.pull(desk.calendar(since=800))
    assert {i.ref for i in batch.interactions} == {recent, soon}
    assert batch.covers is not None
    assert batch.covers.start is not None
    assert desk.now - batch.covers.start >= timedelta(days=400)
    assert desk.refs == {old, recent, soon}
    assert far not in desk.ledger.skipped


def test_no_pull_goes_further_back_than_since(desk: Desk) -> None:
    add(desk, -50)
    near = add(desk, -10)
    for _ in range(2):
        desk.pull(desk.calendar(since=(desk.now - timedelta(days=30)).date()))
    assert desk.refs == {near}


def test_days_back_and_ahead_are_settings(desk: Desk) -> None:
    add(desk, -50)
    near, soon = add(desk, -5), add(desk, 100)
    desk.pull(desk.calendar(since=20, days_back=10, days_ahead=120))
    assert desk.refs == {near, soon}


def test_what_is_cancelled_declined_or_moved_is_followed(desk: Desk) -> None:
    cancelled, declined, moved, away, stays = (add(desk, -n) for n in (1, 2, 3, 4, 5))
    desk.pull(desk.calendar())
    assert len(desk.refs) == 5
    desk.world.cancel_event(cancelled.partition(":")[2])
    desk.world.respond(declined.partition(":")[2], "declined")
    desk.world.move_event(moved.partition(":")[2], start=desk.now - timedelta(days=9))
    desk.world.move_event(away.partition(":")[2], start=desk.now + timedelta(days=300))
    desk.pull(desk.calendar())
    assert desk.refs == {moved, stays}
    assert desk.ledger.interactions[moved].at == desk.now - timedelta(days=9)
    assert desk.ledger.skipped[declined] == "declined"


def test_an_invitation_counts_from_when_it_is_accepted(desk: Desk) -> None:
    ref = add(desk, 3, organizer=GUEST, response="needsAction")
    desk.pull(desk.calendar())
    assert desk.ledger.skipped == {ref: "not answered"}
    desk.world.respond(ref.partition(":")[2], "tentative")
    desk.pull(desk.calendar())
    assert desk.ledger.skipped == {ref: "answered with maybe"}
    desk.world.respond(ref.partition(":")[2], "accepted")
    desk.pull(desk.calendar())
    assert desk.refs == {ref}
    assert not desk.ledger.skipped


def test_a_guest_who_declines_is_no_party_any_more(desk: Desk) -> None:
    ref = add(desk, -1, attendees=(GUEST, "cy@example.net"))
    desk.pull(desk.calendar())
    assert desk.ledger.interactions[ref].size == 2
    desk.world.respond(ref.partition(":")[2], "declined", who=GUEST)
    desk.pull(desk.calendar())
    assert [p.address for p in desk.ledger.interactions[ref].participants] == ["cy@example.net"]


def test_what_only_reaches_into_the_window_is_left_alone(desk: Desk) -> None:
    start = datetime.combine(desk.now.date() - timedelta(days=10), datetime.min.time(), UTC)
    desk.world.add_event(start=start - timedelta(minutes=30), minutes=120, attendees=(GUEST,))
    [batch] = desk.pull(desk.calendar(since=10))
    assert batch.interactions == ()
    assert batch.skipped == ()


def test_pages_are_followed_though_they_are_empty(desk: Desk) -> None:
    made = {add(desk, -n / 20) for n in range(1, 101)}
    desk.google.faults.empty_pages(every=2)
    desk.calendar().check()  # this page is full, the next one empty, the third full
    desk.pull(desk.calendar())
    assert desk.refs == made


def test_several_calendars_are_one_enumeration(desk: Desk) -> None:
    second = desk.world.diary.calendars[1].id
    here = add(desk, -1)
    there = desk.world.add_event(
        start=desk.now - timedelta(days=2), attendees=(GUEST,), calendar=second
    )
    both = ("primary", second)
    first, *between, last = desk.pull(desk.calendar(calendars=both))
    assert first.begins
    assert not any(batch.begins for batch in (*between, last))
    assert not any(batch.covers for batch in (first, *between))
    assert isinstance(last.covers, Window)
    assert desk.refs == {here, f"{second}:{there.id}"}
    desk.world.cancel_event(there.id, calendar=second)
    desk.pull(desk.calendar(calendars=both))
    assert desk.refs == {here}
    # One that is taken out of the settings takes its meetings along.
    desk.pull(desk.calendar(calendars=(second,)))
    assert desk.refs == set()


def test_an_unfinished_window_is_taken_up_again_with_fewer_calendars(desk: Desk) -> None:
    second = desk.world.diary.calendars[1].id
    here = add(desk, -1)
    add(desk, -1, calendar=second)
    desk.ledger.apply(next(iter(desk.calendar(calendars=("primary", second)).pull(None))))
    desk.pull(desk.calendar())
    assert desk.refs == {here}


def test_a_refused_page_token_begins_the_window_again(desk: Desk) -> None:
    made = {add(desk, -1), add(desk, -2)}
    desk.google.faults.empty_pages(every=1)
    desk.ledger.apply(next(iter(desk.calendar().pull(None))))
    assert "page" in (desk.ledger.cursor or "")
    desk.google.faults.clear()
    desk.world.invalidate_page_tokens()
    batches = desk.pull(desk.calendar())
    assert batches[0].begins
    assert desk.refs == made


def test_page_tokens_that_are_refused_again_and_again_end_the_pull_for_now(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = add(desk, -1)
    desk.pull(desk.calendar())

    def refuse(*_: object) -> str:
        raise bad_page_token()

    monkeypatch.setattr(desk.world.page_tokens, "position", refuse)
    desk.google.faults.empty_pages(every=1)
    with pytest.raises(Retriable, match="page tokens 3 times"):
        desk.pull(desk.calendar())
    assert desk.refs == {ref}


@pytest.mark.parametrize("cursor", ["", "{}", "7", "no JSON", '{"start":"x","end":"y"}'])
def test_a_cursor_of_somebody_else_means_to_list_everything(desk: Desk, cursor: str) -> None:
    ref = add(desk, -700)
    found = [i.ref for b in desk.calendar(since=800).pull(cursor) for i in b.interactions]
    assert found == [ref]


def test_an_unknown_calendar_is_named(desk: Desk) -> None:
    with pytest.raises(Fatal, match="team-x@group"):
        desk.pull(desk.calendar(calendars=("team-x@group.example",)))


def test_lost_permission_asks_for_authorisation(desk: Desk) -> None:
    path = desk.credentials("https://www.googleapis.com/auth/gmail.metadata")
    with pytest.raises(AuthRequired, match=r"calendar\.events\.readonly"):
        desk.calendar(credentials=path).check()


def test_passing_faults_are_sat_out_and_lasting_ones_are_retriable(desk: Desk) -> None:
    ref = add(desk, -1)
    desk.google.faults.fail_next(2, status=500)
    desk.google.faults.tear_next(1)
    desk.pull(desk.calendar())
    assert desk.refs == {ref}
    desk.google.faults.fail_next(99)
    with pytest.raises(Retriable):
        desk.pull(desk.calendar())


def test_check_counts_what_is_ahead(desk: Desk) -> None:
    add(desk, 1)
    add(desk, 2)
    add(desk, -2)
    assert desk.calendar().check() == "primary: 2 events in the next 60 days"


def test_since_is_checked(desk: Desk) -> None:
    for wrong in (0, -3, True, 1.5, "soon", "2024-13-01", datetime(2024, 1, 1, tzinfo=UTC)):
        with pytest.raises(ValueError, match="write a date like"):
            desk.calendar(since=wrong)
    for right in (1, 400, "2024-01-31", date(2024, 1, 31)):
        desk.calendar(since=right)
