"""Which calendars are read: by id, by name, all of them; whose they are; and when one is gone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.api import Absence
from connectors.errors import AuthRequired, ConfigError, Fatal, Retriable
from connectors.google.oauth.credentials import CALENDARS, EVENTS
from tests.support.google_client import ADA, Desk

BO, CY = "bo@example.net", "cy@example.net"
STUDIO = "winter-studio-team@group.calendar.google.com"
TEAM = "c_team@group.calendar.google.com"


@pytest.fixture
def listing(desk: Desk) -> Desk:
    """The credentials are good for the list of calendars, too."""
    desk.credentials(EVENTS, CALENDARS)
    return desk


def guest(email: str, answer: str = "accepted", **more: object) -> dict[str, object]:
    return {"email": email, "responseStatus": answer, **more}


def add(desk: Desk, calendar: str, *guests: dict[str, object], days: int = -1) -> str:
    """An event in a calendar with exactly these guests; its reference."""
    made = desk.world.add_event(
        start=desk.now + timedelta(days=days), calendar=calendar, attendees=list(guests)
    )
    made.resource["attendees"] = list(guests)
    made.resource["organizer"] = {"email": str(guests[0]["email"])}
    return f"{calendar}:{made.id}"


def met(desk: Desk) -> set[str]:
    return {
        party.address for one in desk.ledger.interactions.values() for party in one.participants
    }


def test_a_calendar_is_found_by_the_name_that_google_shows(listing: Desk) -> None:
    listing.world.add_calendar(TEAM, "Marketing 2019", role="reader", override="Team")
    ref = add(listing, TEAM, guest(BO), guest(ADA))
    for name in ("Team", " team "):
        listing.pull(listing.calendar(calendars=(name,)), anew=True)
        assert listing.refs == {ref}
    with pytest.raises(ConfigError, match="Marketing"):
        listing.pull(listing.calendar(calendars=("Marketing 2019",)))


def test_the_owners_own_calendar_is_primary_by_whatever_name(listing: Desk) -> None:
    made = listing.world.add_event(start=listing.now, attendees=(BO,))
    for calendars in (("Ada Winter",), ("primary", "ada winter"), ("primary",)):
        listing.pull(listing.calendar(calendars=calendars), anew=True)
        assert listing.refs == {f"primary:{made.id}"}


def test_a_name_that_fits_none_says_which_there_are(listing: Desk) -> None:
    listing.world.add_calendar(BO, "Bo", role="freeBusyReader")
    with pytest.raises(ConfigError) as caught:
        listing.pull(listing.calendar(calendars=("Teem", "Bo", "Studio")))
    unknown, busy = caught.value.problems
    assert unknown.endswith("is called 'Teem': there are 'Ada Winter', 'Studio'")
    assert busy.startswith("calendars: you may only see when 'Bo' is busy: take it out")


def test_a_name_that_fits_several_asks_for_the_id(listing: Desk) -> None:
    listing.world.add_calendar(TEAM, "Studio")
    with pytest.raises(ConfigError, match=f"{STUDIO}, {TEAM}"):
        listing.calendar(calendars=("Studio",)).check()


def test_all_calendars_are_those_that_are_the_owners_or_shown(listing: Desk) -> None:
    world = listing.world
    world.add_calendar("c_shown@group.calendar.google.com", "Shown", role="reader")
    world.add_calendar("c_not@group.calendar.google.com", "Not", role="reader", selected=False)
    world.add_calendar("c_hid@group.calendar.google.com", "Hid", role="writer", hidden=True)
    world.add_calendar("de.german#holiday@group.v.calendar.google.com", "Feiertage", role="reader")
    world.add_calendar(BO, "Bo", role="freeBusyReader")
    world.add_calendar(TEAM, "Mine", selected=False)
    said = listing.calendar(calendars=("*",)).check()
    asked = [line.partition(":")[0] for line in said.split(", ")]
    assert asked == ["primary", STUDIO, "c_shown@group.calendar.google.com", TEAM]


def test_the_list_is_read_page_by_page(listing: Desk) -> None:
    for number in range(300):
        listing.world.add_calendar(f"c{number}@group.calendar.google.com", f"N {number}")
    listing.calendar(calendars=("N 299",)).check()
    assert listing.google.meter.calls["calendarList.list"] == 2


def test_the_list_is_asked_for_only_where_it_is_needed(desk: Desk) -> None:
    desk.pull(desk.calendar(calendars=("primary", STUDIO)))
    assert not desk.google.meter.calls["calendarList.list"]
    with pytest.raises(AuthRequired, match=r"calendar\.calendarlist\.readonly"):
        desk.pull(desk.calendar(calendars=("primary", "Studio")))


def test_of_a_calendar_that_only_shows_when_it_is_busy_nothing_counts(desk: Desk) -> None:
    desk.world.add_calendar(BO, "Bo", role="freeBusyReader")
    add(desk, BO, guest(BO, self=True), guest(ADA))
    connector = desk.calendar(calendars=(BO,))
    desk.pull(connector)
    assert not desk.refs
    assert connector.check() == f"{BO}: you may only see when it is busy"


def test_the_same_meeting_on_two_calendars_has_one_uid(listing: Desk) -> None:
    made = listing.world.add_event(start=listing.now, attendees=(BO,))
    copy = listing.world.add_event(
        start=listing.now, attendees=(BO,), calendar=STUDIO, iCalUID=made.resource["iCalUID"]
    )
    listing.pull(listing.calendar(calendars=("*",)))
    assert listing.refs == {f"primary:{made.id}", f"{STUDIO}:{copy.id}"}
    assert len({one.uid for one in listing.ledger.interactions.values()}) == 1


# Whose calendar it is.


@pytest.mark.parametrize("role", ["reader", "writer", "owner"])
def test_on_a_colleagues_calendar_only_the_owners_own_answer_counts(desk: Desk, role: str) -> None:
    desk.world.add_calendar(BO, "Bo", role=role)
    add(desk, BO, guest(BO, self=True), guest(CY))
    invited = add(desk, BO, guest(BO, self=True), guest(ADA, "needsAction"))
    there = add(desk, BO, guest(BO, self=True), guest(ADA))
    desk.pull(desk.calendar(calendars=(BO,)))
    assert desk.refs == {there}
    assert met(desk) == {BO}
    assert desk.ledger.skipped[invited] == "not answered"


def test_on_a_groups_calendar_the_group_stands_for_who_keeps_it(desk: Desk) -> None:
    kept = add(desk, STUDIO, guest(STUDIO, self=True), guest(BO))
    desk.world.add_calendar(TEAM, "Team", role="reader")
    add(desk, TEAM, guest(TEAM, self=True), guest(CY))
    desk.pull(desk.calendar(calendars=(STUDIO, TEAM)))
    assert desk.refs == {kept}
    assert met(desk) == {BO}


def test_nobody_elses_absence_is_the_owners(desk: Desk) -> None:
    desk.world.add_calendar(BO, "Bo", role="owner")
    for calendar in ("primary", BO):
        desk.world.add_event(
            start=desk.now, minutes=1440, calendar=calendar, eventType="outOfOffice"
        )
    desk.pull(desk.calendar(calendars=("primary", BO)))
    [away] = desk.ledger.absences.values()
    assert away.ref.startswith("primary:")
    assert list(desk.ledger.skipped.values()) == ["out of office"]


# Absences.


def test_an_absence_is_followed_when_it_is_moved_and_cancelled(desk: Desk) -> None:
    made = desk.world.add_event(start=desk.now, minutes=2880, eventType="outOfOffice")
    ref, span = f"primary:{made.id}", timedelta(days=2)
    desk.pull(desk.calendar())
    assert desk.ledger.absences == {ref: Absence(ref, desk.now, desk.now + span)}
    later = desk.now + timedelta(days=5)
    desk.world.move_event(made.id, start=later)
    desk.pull(desk.calendar())
    assert desk.ledger.absences == {ref: Absence(ref, later, later + span)}
    desk.world.cancel_event(made.id)
    desk.pull(desk.calendar())
    assert not desk.ledger.absences


def test_an_absence_that_reaches_into_the_window_is_kept_and_followed(desk: Desk) -> None:
    long = desk.world.add_event(
        start=desk.now - timedelta(days=20), minutes=15 * 1440, eventType="outOfOffice"
    )
    over = desk.world.add_event(
        start=desk.now - timedelta(days=40), minutes=1440, eventType="outOfOffice"
    )
    desk.pull(desk.calendar())
    assert set(desk.ledger.absences) == {f"primary:{long.id}", f"primary:{over.id}"}
    desk.world.cancel_event(long.id)
    desk.world.cancel_event(over.id)
    desk.pull(desk.calendar(days_back=10))
    assert set(desk.ledger.absences) == {f"primary:{over.id}"}


# Several calendars in one enumeration.


def test_a_meeting_moved_to_another_calendar_is_not_lost(desk: Desk) -> None:
    made = desk.world.add_event(start=desk.now, attendees=(BO,))
    both = ("primary", STUDIO)
    desk.pull(desk.calendar(calendars=both))
    desk.world.move_to_calendar(made.id, STUDIO)
    desk.pull(desk.calendar(calendars=both))
    assert desk.refs == {f"{STUDIO}:{made.id}"}
    desk.world.move_to_calendar(made.id, "primary", calendar=STUDIO)
    desk.pull(desk.calendar(calendars=both))
    assert desk.refs == {f"primary:{made.id}"}


@pytest.mark.parametrize("there_first", [True, False])
def test_nor_while_the_calendars_are_being_listed(desk: Desk, *, there_first: bool) -> None:
    """From the calendar that is still to come into the one that has been read, and back."""
    here, there = ("primary", STUDIO) if there_first else (STUDIO, "primary")
    made = desk.world.add_event(start=desk.now, attendees=(BO,), calendar=here)
    for batch in desk.calendar(calendars=(there, here)).pull(None):
        desk.ledger.apply(batch)
        if batch.begins:
            desk.world.move_to_calendar(made.id, there, calendar=here)
    assert desk.refs == {f"{there}:{made.id}"}


@pytest.mark.parametrize("place", [0, 1])
def test_a_calendar_that_is_gone_is_said_its_past_stays_and_the_others_are_read(
    desk: Desk, place: int
) -> None:
    here = add(desk, "primary", guest(ADA, self=True), guest(BO))
    desk.world.add_calendar(TEAM, "Team")
    there = add(desk, TEAM, guest(ADA), guest(CY))
    chosen = ["primary"]
    chosen.insert(place, TEAM)
    desk.pull(desk.calendar(calendars=chosen))
    assert desk.refs == {here, there}
    desk.world.remove_calendar(TEAM)
    later = add(desk, "primary", guest(ADA, self=True), guest(BO), days=-3)
    for _ in range(2):
        with pytest.raises(Fatal, match=f"no calendar '{TEAM}'.*take it out of"):
            desk.pull(desk.calendar(calendars=chosen))
        assert desk.refs == {here, there, later}
    with pytest.raises(Fatal, match=TEAM):
        desk.calendar(calendars=chosen).check()
    desk.pull(desk.calendar(), anew=True)
    assert desk.refs == {here, later}


def test_while_a_calendar_cannot_be_read_nothing_of_it_is_taken_for_cancelled(desk: Desk) -> None:
    ref = add(desk, "primary", guest(ADA, self=True), guest(BO))
    desk.pull(desk.calendar())
    desk.google.faults.fail_next(99)
    with pytest.raises(Retriable):
        desk.pull(desk.calendar())
    assert desk.refs == {ref}
    desk.google.faults.clear()


def test_a_calendar_of_another_name_is_asked_about_and_nothing_is_lost(listing: Desk) -> None:
    listing.world.add_calendar(TEAM, "Team")
    ref = add(listing, TEAM, guest(ADA), guest(CY))
    listing.pull(listing.calendar(calendars=("Team",)))
    listing.world.remove_calendar(TEAM)
    with pytest.raises(ConfigError, match="'Team': there are"):
        listing.pull(listing.calendar(calendars=("Team",)))
    assert listing.refs == {ref}
