"""Calendar's answers in detail: windows, pages, order, sync tokens, changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from connectors.standin import Google, World

if TYPE_CHECKING:
    from tests.connectors.standin.conftest import BareClient, HttpAnswer


def _ids(answer: HttpAnswer) -> list[str]:
    assert answer.status == 200, answer.body
    return [item["id"] for item in answer.json["items"]]


def test_a_window_holds_what_overlaps_it_and_its_edges_are_outside(
    api: BareClient, small: World
) -> None:
    (event,) = small.diary.events()
    hour = timedelta(hours=1)
    for low, high, inside in (
        (event.start - hour, event.start, False),
        (event.start - hour, event.start + hour / 2, True),
        (event.start + hour / 2, event.end, True),
        (event.end, event.end + hour, False),
    ):
        answer = api.diary(timeMin=low.isoformat(), timeMax=high.isoformat())
        assert _ids(answer) == ([event.id] if inside else [])


def test_a_window_needs_zones_and_a_beginning_before_its_end(api: BareClient) -> None:
    assert api.diary(timeMin="2026-01-01T00:00:00").status == 400
    assert api.diary(timeMin="yesterday").status == 400
    backwards = {"timeMin": "2026-02-01T00:00:00Z", "timeMax": "2026-01-01T00:00:00Z"}
    assert api.diary(**backwards).status == 400


def test_events_come_by_start_only_where_asked_for(reader: BareClient, world: World) -> None:
    question = {"singleEvents": "true", "maxResults": 2500}
    shown = [event.id for event in world.diary.events() if not event.cancelled]
    assert _ids(reader.diary(**question, orderBy="startTime")) == shown
    stable = _ids(reader.diary(**question))
    assert sorted(stable) == sorted(shown)
    assert stable != shown
    assert stable == _ids(reader.diary(**question))
    assert reader.diary(orderBy="startTime").status == 400


def test_cancelled_events_shorten_the_pages(reader: BareClient, world: World) -> None:
    question: dict[str, object] = {"singleEvents": "true", "maxResults": 50}
    sizes, found = [], []
    while True:
        answer = reader.diary(**question).json
        sizes.append(len(answer["items"]))
        found += [item["id"] for item in answer["items"]]
        if "nextPageToken" not in answer:
            break
        assert "nextSyncToken" not in answer
        question["pageToken"] = answer["nextPageToken"]
    assert "nextSyncToken" in answer
    assert min(sizes[:-1]) < 50
    assert sorted(found) == sorted(e.id for e in world.diary.events() if not e.cancelled)


def test_instances_name_their_series_and_their_first_place(reader: BareClient) -> None:
    items = reader.diary(singleEvents="true", maxResults=2500).json["items"]
    instances = [item for item in items if "recurringEventId" in item]
    assert len(instances) > 400
    for item in instances:
        assert item["id"].startswith(item["recurringEventId"] + "_")
        assert item["originalStartTime"]
        assert "recurrence" not in item
    masters = reader.diary(maxResults=2500).json["items"]
    series = {item["id"] for item in masters if "recurrence" in item}
    assert {item["recurringEventId"] for item in instances} <= series


def test_a_cancelled_event_is_a_stub_and_shown_only_on_request(
    api: BareClient, small: World
) -> None:
    (event,) = small.diary.events()
    small.cancel_event(event.id)
    assert _ids(api.diary()) == []
    (stub,) = api.diary(showDeleted="true").json["items"]
    assert set(stub) == {"kind", "etag", "id", "status"}
    assert stub["status"] == "cancelled"


def test_a_sync_token_brings_what_changed_since(api: BareClient, small: World) -> None:
    (event,) = small.diary.events()
    other = small.add_event(start=small.end + timedelta(days=1), attendees=["cy@example.com"])
    first = api.diary(singleEvents="true").json
    assert len(first["items"]) == 2
    again = api.diary(singleEvents="true", syncToken=first["nextSyncToken"]).json
    assert again["items"] == []
    small.move_event(event.id, start=small.end + timedelta(days=3))
    small.cancel_event(other.id)
    changed = api.diary(singleEvents="true", syncToken=again["nextSyncToken"]).json["items"]
    assert {item["id"]: item["status"] for item in changed} == {
        event.id: "confirmed",
        other.id: "cancelled",
    }
    moved = next(item for item in changed if item["id"] == event.id)
    assert moved["start"]["dateTime"].startswith("2026-11-05T07:00:00")
    assert moved["etag"] != first["items"][0]["etag"]


def test_the_owner_and_others_can_answer_an_invitation(api: BareClient, small: World) -> None:
    (event,) = small.diary.events()
    small.respond(event.id, "declined")
    small.respond(event.id, "tentative", who="bo@example.net")
    (item,) = api.diary().json["items"]
    assert {g["email"]: g["responseStatus"] for g in item["attendees"]} == {
        "ada.winter@example.org": "declined",
        "bo@example.net": "tentative",
    }
    with pytest.raises(KeyError):
        small.respond(event.id, "declined", who="nobody@example.net")


def test_an_expired_sync_token_is_gone(api: BareClient, small: World) -> None:
    token = api.diary().json["nextSyncToken"]
    small.expire_sync_tokens()
    for stale in (token, "junk"):
        answer = api.diary(syncToken=stale)
        assert (answer.status, answer.reason) == (410, "fullSyncRequired")


@pytest.mark.parametrize(
    "more",
    [
        {"timeMin": "2026-01-01T00:00:00Z"},
        {"timeMax": "2026-01-01T00:00:00Z"},
        {"updatedMin": "2026-01-01T00:00:00Z"},
        {"orderBy": "updated"},
        {"iCalUID": "x"},
        {"showDeleted": "false"},
    ],
)
def test_a_sync_token_stands_alone(api: BareClient, more: dict[str, str]) -> None:
    token = api.diary().json["nextSyncToken"]
    assert api.diary(syncToken=token, **more).status == 400


def test_a_sync_token_fits_only_the_kind_of_list_it_came_from(api: BareClient) -> None:
    token = api.diary().json["nextSyncToken"]
    assert api.diary(syncToken=token, singleEvents="true").status == 400


def test_an_ordered_list_has_no_sync_token(api: BareClient) -> None:
    assert "nextSyncToken" not in api.diary(singleEvents="true", orderBy="startTime").json


def test_more_attendees_than_asked_for_are_left_out(reader: BareClient) -> None:
    items = reader.diary(singleEvents="true", maxResults=2500, maxAttendees=3).json["items"]
    assert max(len(item.get("attendees", ())) for item in items) <= 3
    hidden = [item for item in items if item.get("attendeesOmitted")]
    assert hidden
    assert all([g.get("self") for g in item["attendees"]] == [True] for item in hidden)


def test_times_come_in_the_zone_asked_for(api: BareClient) -> None:
    (item,) = api.diary(timeZone="America/New_York").json["items"]
    assert item["start"]["dateTime"] == "2026-11-02T01:00:00-05:00"
    (item,) = api.diary().json["items"]
    assert item["start"]["dateTime"] == "2026-11-02T07:00:00+01:00"
    assert api.diary(timeZone="Nowhere/Land").status == 400


def test_the_second_calendar_has_its_own_events(api: BareClient, small: World) -> None:
    second = small.diary.calendars[1].id
    event = small.add_event(start=small.end, calendar=second, eventType="default")
    assert event.id not in _ids(api.diary())
    assert _ids(api.diary(f"calendars/{second}/events")) == [event.id]
    assert api.diary("calendars/nothing/events").status == 404
    assert api.diary(f"calendars/{second}/events/{event.id}").json["id"] == event.id
    assert api.diary("calendars/primary/events/nothing").status == 404


def test_types_and_masks_select(reader: BareClient) -> None:
    birthdays = reader.diary(singleEvents="true", eventTypes="birthday", fields="items(eventType)")
    items = birthdays.json["items"]
    assert items
    assert all(item == {"eventType": "birthday"} for item in items)
    assert reader.diary(fields="items(attendees/mail)").status == 400


def test_the_calendar_list_needs_its_own_scope(
    google: Google, client_of: Callable[..., BareClient]
) -> None:
    events_only = client_of(google, ("https://www.googleapis.com/auth/calendar.events.readonly",))
    assert events_only.diary().status == 200
    answer = events_only.diary("users/me/calendarList")
    assert (answer.status, answer.reason) == (403, "insufficientPermissions")


def test_calendars_are_listed_page_by_page(api: BareClient, small: World) -> None:
    first = api.diary("users/me/calendarList", maxResults=1).json
    rest = api.diary("users/me/calendarList", maxResults=1, pageToken=first["nextPageToken"]).json
    listed = first["items"] + rest["items"]
    assert [entry["id"] for entry in listed] == [c.id for c in small.diary.calendars]
    assert [entry.get("primary", False) for entry in listed] == [True, False]
    assert "nextSyncToken" in rest


def test_a_list_goes_on_after_what_it_showed_last(api: BareClient, small: World) -> None:
    """Whatever comes or goes meanwhile, no event that stays where it is gets lost."""
    kept = [small.add_event(start=small.end + timedelta(days=n)).id for n in range(9)]
    question: dict[str, object] = {"singleEvents": "true", "maxResults": 3}
    found: list[str] = []
    while True:
        answer = api.diary(**question)
        found += _ids(answer)
        gone = small.add_event(start=small.end + timedelta(hours=len(found)))
        small.move_event(gone.id, start=small.end + timedelta(days=90 + len(found)))
        if "nextPageToken" not in answer.json:
            break
        question["pageToken"] = answer.json["nextPageToken"]
    assert sorted(i for i in found if i in kept) == sorted(kept)


def test_an_event_that_moves_may_turn_up_on_a_page_that_was_read(
    api: BareClient, small: World
) -> None:
    """The order is nobody's business; so who lists must ask again for what has changed."""
    events = [small.add_event(start=small.end + timedelta(days=n)) for n in range(30)]
    first = api.diary(maxResults=15).json
    shown = {item["id"] for item in first["items"]}
    for event in events:
        if event.id not in shown:
            small.move_event(event.id, start=event.start + timedelta(days=100))
    rest = _ids(api.diary(maxResults=250, pageToken=first["nextPageToken"]))
    lost = {event.id for event in events} - shown - set(rest)
    assert lost
    changed = api.diary(updatedMin=small.end.isoformat())
    assert lost <= set(_ids(changed))


def test_what_changed_since_a_time_is_shown_with_what_was_cancelled(
    api: BareClient, small: World
) -> None:
    (event,) = small.diary.events()
    small.cancel_event(event.id)
    (stub,) = api.diary(updatedMin=small.end.isoformat()).json["items"]
    assert (stub["id"], stub["status"]) == (event.id, "cancelled")
    later = small.end + timedelta(seconds=1)
    assert _ids(api.diary(updatedMin=later.isoformat())) == []
    answer = api.diary(updatedMin=(small.end - timedelta(days=60)).isoformat())
    assert (answer.status, answer.reason) == (410, "updatedMinTooLongAgo")


def test_a_series_is_its_instances_or_its_master_with_what_differs(
    api: BareClient, small: World
) -> None:
    weeks = small.add_series(start=small.end, count=5, attendees=["cy@example.com"])
    series = weeks[0].series
    small.move_event(weeks[1].id, start=weeks[1].start + timedelta(days=1))
    small.respond(weeks[2].id, "declined")
    small.cancel_event(weeks[3].id)

    def of_series(**question: object) -> list[str]:
        items = api.diary(**question).json["items"]
        return [i["id"] for i in items if series in {i["id"], i.get("recurringEventId")}]

    alive = {weeks[number].id for number in (0, 1, 2, 4)}
    assert set(of_series(singleEvents="true")) == alive
    # Whoever expands it by themselves must know of the one that is cancelled.
    differing = {weeks[number].id for number in (1, 2, 3)}
    assert set(of_series()) == {series, *differing}
    moved = api.diary(f"calendars/primary/events/{weeks[1].id}").json
    assert moved["originalStartTime"]["dateTime"] != moved["start"]["dateTime"]


def test_a_series_keeps_its_time_on_the_wall_over_the_change_of_clocks(small: World) -> None:
    weeks = small.add_series(start=small.end - timedelta(days=14), count=3)
    assert {each.resource["start"]["dateTime"][11:16] for each in weeks} == {"08:00"}
    assert [each.start.hour for each in weeks] == [6, 7, 7]


def test_this_and_following_end_a_series_and_begin_another(api: BareClient, small: World) -> None:
    weeks = small.add_series(start=small.end, count=5, attendees=["cy@example.com"])
    series = weeks[0].series
    made = small.cut_series(series, at=weeks[3].start)
    assert [each.start for each in made] == [each.start for each in weeks[3:]]
    items = api.diary(singleEvents="true").json["items"]
    instances = {i["id"]: i["recurringEventId"] for i in items if "recurringEventId" in i}
    assert list(instances.values()).count(series) == 3
    assert {instances[each.id] for each in made} == {made[0].series}
    assert made[0].series.startswith(f"{series}_R2")


def test_a_calendar_of_others_may_show_only_when_it_is_busy(api: BareClient, small: World) -> None:
    small.add_calendar("bo@example.net", "Bo", role="freeBusyReader")
    small.add_event(start=small.end, attendees=["cy@example.com"], calendar="bo@example.net")
    answer = api.diary("calendars/bo@example.net/events").json
    assert answer["accessRole"] == "freeBusyReader"
    (item,) = answer["items"]
    assert not {"attendees", "organizer", "summary", "iCalUID"} & item.keys()
    assert item["visibility"] == "private"


def test_calendars_are_chosen_by_role_and_hidden_ones_shown_on_request(
    api: BareClient, small: World
) -> None:
    small.add_calendar("bo@example.net", "Bo", role="freeBusyReader")
    small.add_calendar("c_x@group.calendar.google.com", "X", role="reader", hidden=True)

    def names(**question: object) -> list[str]:
        return [
            entry["summary"]
            for entry in api.diary("users/me/calendarList", **question).json["items"]
        ]

    own = [calendar.summary for calendar in small.diary.calendars[:2]]
    assert names() == [*own, "Bo"]
    assert names(showHidden="true") == [*own, "Bo", "X"]
    assert names(showHidden="true", minAccessRole="reader") == [*own, "X"]
    assert api.diary("users/me/calendarList", minAccessRole="king").status == 400


def test_a_calendar_that_is_deleted_is_not_found(api: BareClient, small: World) -> None:
    second = small.diary.calendars[1].id
    small.remove_calendar(second)
    assert api.diary(f"calendars/{second}/events").status == 404
    assert len(api.diary("users/me/calendarList").json["items"]) == 1


def test_a_type_that_google_does_not_know_is_refused(api: BareClient) -> None:
    assert api.diary(eventTypes="party").status == 400
    assert api.diary(eventTypes=["default", "outOfOffice"]).status == 200
