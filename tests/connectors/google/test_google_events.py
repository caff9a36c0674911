"""Single events as Google's API gives them: what counts as a meeting, and with whom."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.addresses import OwnAddresses
from connectors.api import Absence, Interaction, Participant, Role, Skip
from connectors.google.calendar.events import HIDDEN_GUESTS, read_event

BERLIN = ZoneInfo("Europe/Berlin")
OWN = OwnAddresses(["ada@example.org", "ada@studio.example"])
ME = {"email": "ada@example.org", "self": True, "responseStatus": "accepted"}
BO = {"email": "Bo@Example.net", "displayName": "Bo Berg", "responseStatus": "needsAction"}
CY = {"email": "cy@example.net", "responseStatus": "accepted", "organizer": True}


def event(*guests: dict[str, Any], **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - the API's own shape
    return {
        "id": "e1",
        "iCalUID": "u1@example.net",
        "start": {"dateTime": "2026-03-01T10:00:00+01:00"},
        "organizer": {"email": "cy@example.net"},
        "attendees": list(guests),
        **fields,
    }


def read(raw: dict[str, Any], **more: Any) -> Interaction | Absence | Skip:  # noqa: ANN401 - as it takes
    return read_event(raw, ref="primary:e1", own=OWN, **more)


def meeting(raw: dict[str, Any]) -> Interaction:
    item = read(raw)
    assert isinstance(item, Interaction), item
    return item


def test_an_accepted_meeting_is_mutual_contact_with_the_others() -> None:
    item = meeting(event(ME, BO, CY))
    assert item.at == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert item.participants == (
        Participant("bo@example.net", Role.ATTENDEE, "Bo Berg"),
        Participant("cy@example.net", Role.ORGANIZER),
    )
    assert item.size == 2
    assert item.direct
    assert item.thread == "e1"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ({"id": "e1", "status": "cancelled"}, "cancelled"),
        (event(ME, BO, eventType="outOfOffice"), "no usable time"),
        (event(ME, BO, eventType="focusTime"), "no meeting: focusTime"),
        (event(ME, BO, eventType="birthday"), "no meeting: birthday"),
        (event(ME, BO, start={"date": "2026-03-01"}), "all day"),
        (event(ME, BO, start={}), "no usable time"),
        (event(ME, BO, start={"dateTime": "2026-03-01T10:00:00"}), "no usable time"),
        (event({**ME, "responseStatus": "declined"}, BO), "declined"),
        (event({**ME, "responseStatus": "needsAction"}, BO), "not answered"),
        (event({**ME, "responseStatus": "tentative"}, BO), "answered with maybe"),
        (event(), "nobody else on it"),
        (event(ME, {**BO, "responseStatus": "declined"}, organizer={}), "nobody else on it"),
        (event(ME, {**BO, "resource": True}, organizer={}), "nobody else on it"),
        (event(ME, {"email": "ada@studio.example"}, organizer={}), "nobody else on it"),
        (event(BO, CY), "the owner is not on it"),
    ],
)
def test_what_is_no_meeting_of_the_owner_is_passed_over(raw: dict[str, Any], reason: str) -> None:
    assert read(raw) == Skip("primary:e1", reason)


def test_an_optional_guest_is_in_touch_once_they_accept() -> None:
    maybe = {**BO, "optional": True}
    for answer in ("needsAction", "tentative"):
        item = meeting(event(ME, CY, {**maybe, "responseStatus": answer}))
        assert [p.address for p in item.participants] == ["cy@example.net"]
        assert item.size == 2  # they may have come
    assert meeting(event(ME, CY, {**maybe, "responseStatus": "declined"})).size == 1
    item = meeting(event(ME, CY, {**maybe, "responseStatus": "accepted"}))
    assert [p.address for p in item.participants] == ["cy@example.net", "bo@example.net"]
    alias = {"email": "ada@studio.example", "optional": True}
    assert meeting(event(ME, CY, alias)).size == 1


def test_what_the_owner_called_and_everybody_declined_did_not_take_place() -> None:
    called = {"email": "ada@example.org", "self": True}
    away = [{**guest, "responseStatus": "declined"} for guest in (BO, CY)]
    assert read(event(ME, *away, organizer=called)) == Skip("primary:e1", "nobody else on it")


@pytest.mark.parametrize("suffix", ["", "_R20260415T080000", "_R20260415", "_R20260415T080000Z"])
def test_a_series_that_was_cut_in_two_is_one_thread(suffix: str) -> None:
    assert meeting(event(ME, BO, recurringEventId=f"abc{suffix}")).thread == "abc"
    twice = f"abc{suffix}_R20260601T080000"
    assert meeting(event(ME, BO, recurringEventId=twice)).thread == "abc"


def span(**fields: Any) -> Absence | Skip:  # noqa: ANN401 - the API's own shape
    record = read(event(eventType="outOfOffice", attendees=None, **fields), zone=BERLIN)
    assert isinstance(record, Absence | Skip)
    return record


def test_out_of_office_is_an_absence_from_its_start_to_its_end() -> None:
    start, end = {"dateTime": "2026-03-01T10:00:00+01:00"}, {"dateTime": "2026-03-02T10:00:00Z"}
    assert span(start=start, end=end) == Absence(
        "primary:e1", datetime(2026, 3, 1, 9, tzinfo=UTC), datetime(2026, 3, 2, 10, tzinfo=UTC)
    )


def test_whole_days_out_of_office_begin_at_the_calendars_midnight() -> None:
    # The clocks are set forward in between.
    absence = span(start={"date": "2026-03-28"}, end={"date": "2026-03-30"})
    assert absence == Absence(
        "primary:e1", datetime(2026, 3, 27, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"status": "cancelled"}, "cancelled"),
        ({"start": {"date": "2026-03-30"}, "end": {"date": "2026-03-30"}}, "no usable time"),
        ({"start": {"date": "2026-03-30"}}, "no usable time"),
        ({"start": {"date": "0001-01-01"}, "end": {"date": "x"}}, "no usable time"),
    ],
)
def test_an_absence_without_a_span_is_none(fields: dict[str, Any], reason: str) -> None:
    assert span(**fields) == Skip("primary:e1", reason)


def test_in_the_calendar_of_somebody_else_the_one_called_self_is_not_the_owner() -> None:
    theirs = {**CY, "self": True}
    for raw in (event(theirs, BO), event(theirs, BO, organizer={**CY, "self": True})):
        assert read(raw, mine=False) == Skip("primary:e1", "the owner is not on it")
    mine = {"email": "ada@example.org", "responseStatus": "accepted"}
    item = read(event(theirs, BO, mine), mine=False)
    assert isinstance(item, Interaction)
    assert [p.address for p in item.participants] == ["cy@example.net", "bo@example.net"]
    away = event(eventType="outOfOffice", end={"dateTime": "2026-03-02T10:00:00Z"})
    assert read(away, mine=False) == Skip("primary:e1", "out of office")


def test_an_event_from_a_mail_counts_like_any_other() -> None:
    meeting(event(ME, BO, eventType="fromGmail"))


@pytest.mark.parametrize("answer", ["needsAction", "tentative", "accepted"])
def test_what_the_owner_called_counts_without_an_answer(answer: str) -> None:
    me = {**ME, "responseStatus": answer, "organizer": True}
    assert meeting(event(me, BO, organizer={"email": "ada@example.org", "self": True})).size == 1


def test_on_a_shared_calendar_the_owners_own_answer_counts_not_the_calendars() -> None:
    calendar = {"email": "team@group.calendar.google.com", "self": True}
    accepted = {**calendar, "responseStatus": "accepted"}
    mine = {"email": "ada@studio.example", "responseStatus": "declined"}
    assert read(event(accepted, mine, BO)) == Skip("primary:e1", "declined")
    unanswered = {**calendar, "responseStatus": "needsAction"}
    mine = {**mine, "responseStatus": "accepted"}
    item = meeting(event(unanswered, mine, BO, organizer={}))
    assert [p.address for p in item.participants] == ["bo@example.net"]


def test_a_host_who_is_no_guest_was_there_too() -> None:
    item = meeting(event(ME, organizer={"email": "dee@example.net", "displayName": "Dee"}))
    assert item.participants == (Participant("dee@example.net", Role.ORGANIZER, "Dee"),)


def test_a_calendar_is_no_host() -> None:
    raw = event(ME, organizer={"email": "x@group.calendar.google.com"})
    assert read(raw) == Skip("primary:e1", "nobody else on it")


def test_a_host_who_declined_is_not_brought_back() -> None:
    raw = event(ME, {**CY, "responseStatus": "declined"})
    assert read(raw) == Skip("primary:e1", "nobody else on it")


def test_size_counts_companions_and_guests_without_an_address() -> None:
    brings = {**BO, "additionalGuests": 2}
    away = {**CY, "responseStatus": "declined", "additionalGuests": 5}
    nameless = {"displayName": "A phone", "responseStatus": "accepted"}
    assert meeting(event(ME, brings, away, nameless, organizer={})).size == 1 + 2 + 1


def test_hidden_guests_make_it_no_meeting_of_few() -> None:
    assert meeting(event(ME, BO, CY, attendeesOmitted=True)).size == 2 + HIDDEN_GUESTS


def test_a_guest_named_twice_counts_once() -> None:
    twice = {"email": "BO@example.net", "responseStatus": "accepted"}
    assert meeting(event(ME, BO, twice, organizer={})).size == 1


def test_instances_of_a_series_share_a_thread_but_no_uid() -> None:
    def instance(day: int) -> Interaction:
        return meeting(
            event(
                ME,
                BO,
                id=f"e1_{day}",
                recurringEventId="e1",
                originalStartTime={"dateTime": f"2026-03-{day:02}T09:00:00Z"},
            )
        )

    assert instance(1).thread == instance(8).thread == "e1"
    assert instance(1).uid != instance(8).uid


def test_the_same_meeting_has_one_uid_whatever_the_calendars_zone() -> None:
    here = event(ME, BO, originalStartTime={"dateTime": "2026-03-01T10:00:00+01:00"})
    there = event(ME, BO, id="other", originalStartTime={"dateTime": "2026-03-01T09:00:00Z"})
    moved = {**there, "start": {"dateTime": "2026-03-02T09:00:00Z"}}
    assert meeting(here).uid == meeting(there).uid == meeting(moved).uid
    assert len(meeting(here).uid) == 32


def test_an_address_in_place_of_a_name_is_no_name() -> None:
    item = meeting(event(ME, {**BO, "displayName": "bo@example.net"}, organizer={}))
    assert item.participants[0].name == ""


_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["email", "self", "dateTime", "date", "responseStatus", "additionalGuests", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=100)
@given(st.dictionaries(st.sampled_from(list(event())), _JUNK, max_size=6))
def test_no_event_is_too_broken_to_be_read(fields: dict[str, Any]) -> None:
    record = read({**event(ME, BO), **fields})
    assert isinstance(record, Interaction | Absence | Skip)
