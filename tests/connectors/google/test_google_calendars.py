"""The choice of calendars by id, name or `*`; whose they are; and calendars that are gone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.api import Absence
from connectors.errors import AuthRequired, ConfigError, Fatal, Retriable
from connectors.google.oauth.credentials import CALENDARS, EVENTS
from tests.support.google_client import ADA, GoogleClient

BO, CY = "bo@example.net", "cy@example.net"
STUDIO = "winter-studio-team@group.calendar.google.com"
TEAM = "c_team@group.calendar.google.com"


@pytest.fixture
def list_client(client: GoogleClient) -> GoogleClient:
    """A client whose credentials also allow the list of calendars."""
    client.credentials(EVENTS, CALENDARS)
    return client


def guest(email: str, answer: str = "accepted", **more: object) -> dict[str, object]:
    return {"email": email, "responseStatus": answer, **more}


def add(client: GoogleClient, calendar: str, *guests: dict[str, object], days: int = -1) -> str:
    """Add an event with exactly these guests; return its reference."""
    made = client.world.add_event(
        start=client.now + timedelta(days=days),
        calendar=calendar,
        attendees=[str(one["email"]) for one in guests],
    )
    made.resource["attendees"] = list(guests)
    made.resource["organizer"] = {"email": str(guests[0]["email"])}
    return f"{calendar}:{made.id}"


def participants(client: GoogleClient) -> set[str]:
    return {
        party.address for item in client.stored.interactions.values() for party in item.participants
    }


def test_a_calendar_is_found_by_the_name_that_google_shows(list_client: GoogleClient) -> None:
    list_client.world.add_calendar(TEAM, "Marketing 2019", role="reader", override="Team")
    ref = add(list_client, TEAM, guest(BO), guest(ADA))
    for name in ("Team", " team "):
        list_client.pull(list_client.calendar(calendars=(name,)), anew=True)
        assert list_client.refs == {ref}
    with pytest.raises(ConfigError, match="Marketing"):
        list_client.pull(list_client.calendar(calendars=("Marketing 2019",)))


def test_the_owners_own_calendar_is_primary_by_whatever_name(list_client: GoogleClient) -> None:
    made = list_client.world.add_event(start=list_client.now, attendees=(BO,))
    for calendars in (("Ada Winter",), ("primary", "ada winter"), ("primary",)):
        list_client.pull(list_client.calendar(calendars=calendars), anew=True)
        assert list_client.refs == {f"primary:{made.id}"}


def test_a_name_that_fits_none_says_which_there_are(list_client: GoogleClient) -> None:
    list_client.world.add_calendar(BO, "Bo", role="freeBusyReader")
    with pytest.raises(ConfigError) as caught:
        list_client.pull(list_client.calendar(calendars=("Teem", "Bo", "Studio")))
    unknown, busy = caught.value.problems
    assert unknown.endswith("is called 'Teem': there are 'Ada Winter', 'Studio'")
    assert busy.startswith("calendars: you may only see when 'Bo' is busy: take it out")


def test_a_name_that_fits_several_asks_for_the_id(list_client: GoogleClient) -> None:
    list_client.world.add_calendar(TEAM, "Studio")
    with pytest.raises(ConfigError, match=f"{STUDIO}, {TEAM}"):
        list_client.calendar(calendars=("Studio",)).check()


def test_all_calendars_are_those_that_are_the_owners_or_shown(list_client: GoogleClient) -> None:
    world = list_client.world
    world.add_calendar("c_shown@group.calendar.google.com", "Shown", role="reader")
    world.add_calendar("c_not@group.calendar.google.com", "Not", role="reader", selected=False)
    world.add_calendar("c_hid@group.calendar.google.com", "Hid", role="writer", hidden=True)
    world.add_calendar("de.german#holiday@group.v.calendar.google.com", "Feiertage", role="reader")
    world.add_calendar(BO, "Bo", role="freeBusyReader")
    world.add_calendar(TEAM, "Mine", selected=False)
    line = list_client.calendar(calendars=("*",)).check()
    calendars = [part.partition(":")[0] for part in line.split(", ")]
    assert calendars == ["primary", STUDIO, "c_shown@group.calendar.google.com", TEAM]


def test_the_list_is_read_page_by_page(list_client: GoogleClient) -> None:
    for number in range(300):
        list_client.world.add_calendar(f"c{number}@group.calendar.google.com", f"N {number}")
    list_client.calendar(calendars=("N 299",)).check()
    assert list_client.server.meter.calls["calendarList.list"] == 2


def test_the_list_is_asked_for_only_where_it_is_needed(client: GoogleClient) -> None:
    client.pull(client.calendar(calendars=("primary", STUDIO)))
    assert not client.server.meter.calls["calendarList.list"]
    with pytest.raises(AuthRequired, match=r"calendar\.calendarlist\.readonly"):
        client.pull(client.calendar(calendars=("primary", "Studio")))


def test_of_a_calendar_that_only_shows_when_it_is_busy_nothing_counts(client: GoogleClient) -> None:
    client.world.add_calendar(BO, "Bo", role="freeBusyReader")
    add(client, BO, guest(BO, self=True), guest(ADA))
    connector = client.calendar(calendars=(BO,))
    client.pull(connector)
    assert not client.refs
    assert connector.check() == f"{BO}: you may only see when it is busy"


def test_the_same_meeting_on_two_calendars_has_one_uid(list_client: GoogleClient) -> None:
    made = list_client.world.add_event(start=list_client.now, attendees=(BO,))
    copy = list_client.world.add_event(
        start=list_client.now, attendees=(BO,), calendar=STUDIO, iCalUID=made.resource["iCalUID"]
    )
    list_client.pull(list_client.calendar(calendars=("*",)))
    assert list_client.refs == {f"primary:{made.id}", f"{STUDIO}:{copy.id}"}
    assert len({item.uid for item in list_client.stored.interactions.values()}) == 1


# Whose calendar it is.


@pytest.mark.parametrize("role", ["reader", "writer", "owner"])
def test_on_a_colleagues_calendar_only_the_owners_own_answer_counts(
    client: GoogleClient, role: str
) -> None:
    client.world.add_calendar(BO, "Bo", role=role)
    add(client, BO, guest(BO, self=True), guest(CY))
    invited = add(client, BO, guest(BO, self=True), guest(ADA, "needsAction"))
    there = add(client, BO, guest(BO, self=True), guest(ADA))
    client.pull(client.calendar(calendars=(BO,)))
    assert client.refs == {there}
    assert participants(client) == {BO}
    assert client.stored.skipped[invited] == "not answered"


def test_on_a_groups_calendar_the_group_stands_for_who_keeps_it(client: GoogleClient) -> None:
    kept = add(client, STUDIO, guest(STUDIO, self=True), guest(BO))
    client.world.add_calendar(TEAM, "Team", role="reader")
    add(client, TEAM, guest(TEAM, self=True), guest(CY))
    client.pull(client.calendar(calendars=(STUDIO, TEAM)))
    assert client.refs == {kept}
    assert participants(client) == {BO}


def test_nobody_elses_absence_is_the_owners(client: GoogleClient) -> None:
    client.world.add_calendar(BO, "Bo", role="owner")
    for calendar in ("primary", BO):
        client.world.add_event(
            start=client.now, minutes=1440, calendar=calendar, eventType="outOfOffice"
        )
    client.pull(client.calendar(calendars=("primary", BO)))
    [away] = client.stored.absences.values()
    assert away.ref.startswith("primary:")
    assert list(client.stored.skipped.values()) == ["out of office"]


# Absences.


def test_an_absence_is_followed_when_it_is_moved_and_cancelled(client: GoogleClient) -> None:
    made = client.world.add_event(start=client.now, minutes=2880, eventType="outOfOffice")
    ref, span = f"primary:{made.id}", timedelta(days=2)
    client.pull(client.calendar())
    assert client.stored.absences == {ref: Absence(ref, client.now, client.now + span)}
    later = client.now + timedelta(days=5)
    client.world.move_event(made.id, start=later)
    client.pull(client.calendar())
    assert client.stored.absences == {ref: Absence(ref, later, later + span)}
    client.world.cancel_event(made.id)
    client.pull(client.calendar())
    assert not client.stored.absences


def test_an_absence_that_reaches_into_the_window_is_kept_and_followed(client: GoogleClient) -> None:
    long = client.world.add_event(
        start=client.now - timedelta(days=20), minutes=15 * 1440, eventType="outOfOffice"
    )
    over = client.world.add_event(
        start=client.now - timedelta(days=40), minutes=1440, eventType="outOfOffice"
    )
    client.pull(client.calendar())
    assert set(client.stored.absences) == {f"primary:{long.id}", f"primary:{over.id}"}
    client.world.cancel_event(long.id)
    client.world.cancel_event(over.id)
    client.pull(client.calendar(days_back=10))
    assert set(client.stored.absences) == {f"primary:{over.id}"}


# Several calendars in one enumeration.


def test_a_meeting_moved_to_another_calendar_is_not_lost(client: GoogleClient) -> None:
    made = client.world.add_event(start=client.now, attendees=(BO,))
    both = ("primary", STUDIO)
    client.pull(client.calendar(calendars=both))
    client.world.move_to_calendar(made.id, STUDIO)
    client.pull(client.calendar(calendars=both))
    assert client.refs == {f"{STUDIO}:{made.id}"}
    client.world.move_to_calendar(made.id, "primary", calendar=STUDIO)
    client.pull(client.calendar(calendars=both))
    assert client.refs == {f"primary:{made.id}"}


@pytest.mark.parametrize("there_first", [True, False])
def test_nor_while_the_calendars_are_being_listed(
    client: GoogleClient, *, there_first: bool
) -> None:
    """From the calendar that is still to come into the one that has been read, and back."""
    here, there = ("primary", STUDIO) if there_first else (STUDIO, "primary")
    made = client.world.add_event(start=client.now, attendees=(BO,), calendar=here)
    for batch in client.calendar(calendars=(there, here)).pull(None):
        client.stored.apply(batch)
        if batch.begins:
            client.world.move_to_calendar(made.id, there, calendar=here)
    assert client.refs == {f"{there}:{made.id}"}


@pytest.mark.parametrize("place", [0, 1])
def test_a_calendar_that_is_gone_is_said_its_past_stays_and_the_others_are_read(
    client: GoogleClient, place: int
) -> None:
    here = add(client, "primary", guest(ADA, self=True), guest(BO))
    client.world.add_calendar(TEAM, "Team")
    there = add(client, TEAM, guest(ADA), guest(CY))
    chosen = ["primary"]
    chosen.insert(place, TEAM)
    client.pull(client.calendar(calendars=chosen))
    assert client.refs == {here, there}
    client.world.remove_calendar(TEAM)
    later = add(client, "primary", guest(ADA, self=True), guest(BO), days=-3)
    for _ in range(2):
        with pytest.raises(Fatal, match=f"no calendar '{TEAM}'.*take it out of"):
            client.pull(client.calendar(calendars=chosen))
        assert client.refs == {here, there, later}
    with pytest.raises(Fatal, match=TEAM):
        client.calendar(calendars=chosen).check()
    client.pull(client.calendar(), anew=True)
    assert client.refs == {here, later}


def test_while_a_calendar_cannot_be_read_nothing_of_it_is_taken_for_cancelled(
    client: GoogleClient,
) -> None:
    ref = add(client, "primary", guest(ADA, self=True), guest(BO))
    client.pull(client.calendar())
    client.server.faults.fail_next(99)
    with pytest.raises(Retriable):
        client.pull(client.calendar())
    assert client.refs == {ref}
    client.server.faults.clear()


def test_a_calendar_of_another_name_is_asked_about_and_nothing_is_lost(
    list_client: GoogleClient,
) -> None:
    list_client.world.add_calendar(TEAM, "Team")
    ref = add(list_client, TEAM, guest(ADA), guest(CY))
    list_client.pull(list_client.calendar(calendars=("Team",)))
    list_client.world.remove_calendar(TEAM)
    with pytest.raises(ConfigError, match="'Team': there are"):
        list_client.pull(list_client.calendar(calendars=("Team",)))
    assert list_client.refs == {ref}
