"""A calendar at Google, from the command line: what changes in it changes what is said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.google.oauth.credentials import CALENDARS, EVENTS
from connectors.standin import World, serve
from connectors.standin.diary import Event
from tests.support.owner import NOW, Cli, Said

BO, CY = "bo@example.net", "cy@example.com"
STUDIO = "winter-studio-team@group.calendar.google.com"
CONFIG = """
[owner]
name = "Ada Winter"
addresses = {addresses}
timezone = "Europe/Berlin"

[[sources]]
id = "calendar"
type = "google_calendar"
credentials = "{credentials}"
api_endpoint = "{url}"
calendars = ["primary", "Studio"]
"""


@dataclass
class Office:
    """Ada's calendars, being served, and her command line."""

    world: World
    cli: Cli

    def meet(self, days: float, *guests: str, **more: Any) -> Event:  # noqa: ANN401 - as add_event takes them
        return self.world.add_event(start=self.day(days), attendees=guests or (BO,), **more)

    def day(self, days: float) -> datetime:
        return self.world.end + timedelta(days=days)

    def sync(self, code: int = 0) -> Said:
        return self.cli("sync", now=self.world.end, code=code)

    def why(self, who: str = BO) -> Any:  # noqa: ANN401 - whatever was printed
        return self.cli("why", who, "--json", now=self.world.end).json


@pytest.fixture
def office(tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    world = World.empty(end=NOW.date())
    with serve(world) as google:
        credentials = tmp_path / "credentials.json"
        credentials.write_text(json.dumps(google.credentials((EVENTS, CALENDARS))))
        path = tmp_path / "config.toml"
        addresses = json.dumps(list(world.owner.addresses))
        path.write_text(CONFIG.format(addresses=addresses, credentials=credentials, url=google.url))
        monkeypatch.setenv("BEFOREHAND_CONFIG", str(path))
        yield Office(world, cli)


def test_a_meeting_that_was_moved_counts_once_where_it_took_place(office: Office) -> None:
    moved = office.meet(-20)
    office.sync()
    assert office.why()["silence_days"] == 20
    office.world.move_event(moved.id, start=office.day(-3))
    assert "1 changed" in office.sync().out
    said = office.why()
    assert (said["contact_days"], said["silence_days"]) == (1, 3)


def test_a_meeting_that_was_cancelled_counts_no_more(office: Office) -> None:
    office.meet(-20)
    cancelled = office.meet(-3)
    office.sync()
    assert office.why()["contact_days"] == 2
    office.world.cancel_event(cancelled.id)
    assert "1 gone" in office.sync().out
    said = office.why()
    assert (said["contact_days"], said["silence_days"]) == (1, 20)


@pytest.mark.parametrize("who", [None, BO])
def test_a_meeting_that_was_declined_afterwards_counts_no_more(
    office: Office, who: str | None
) -> None:
    office.meet(-20, BO, CY)
    declined = office.meet(-3, BO, CY)
    office.sync()
    office.world.respond(declined.id, "declined", who=who)
    office.sync()
    assert office.why()["silence_days"] == 20
    assert office.why(CY)["silence_days"] == (20 if who is None else 3)


def test_a_meeting_ahead_is_no_contact_yet_and_holds_the_report_back(office: Office) -> None:
    office.meet(-20)
    office.meet(5)
    office.sync()
    said = office.why()
    assert (said["contact_days"], said["silence_days"]) == (1, 20)
    assert said["held"] == "you meet on 28 Nov"


def test_a_series_counts_by_who_came_each_time(office: Office) -> None:
    weeks = office.world.add_series(start=office.day(-42), count=9, attendees=(BO, CY))
    office.sync()
    # Today's, an hour ahead of the clock, and next week's are still to come.
    assert office.why()["contact_days"] == 6
    office.world.respond(weeks[0].id, "declined")
    office.world.cancel_event(weeks[1].id)
    office.world.respond(weeks[2].id, "declined", who=BO)
    office.world.move_event(weeks[3].id, start=office.day(-20))
    office.world.move_event(weeks[5].id, start=office.day(3))
    office.sync()
    bo, cy = office.why(BO), office.why(CY)
    assert (bo["contact_days"], bo["silence_days"]) == (2, 14)
    assert (cy["contact_days"], cy["silence_days"]) == (3, 14)
    lines = map(json.loads, office.cli("export", now=office.world.end).out.splitlines())
    times = {
        one["at"] for line in lines if BO in line.get("handles", ()) for one in line["contact"]
    }
    assert office.day(-20).isoformat() in times
    assert weeks[1].start.isoformat() not in times


def test_the_same_meeting_on_two_calendars_counts_once(office: Office) -> None:
    made = office.meet(-9)
    for uid in (made.resource["iCalUID"], "another@example.net"):
        office.meet(-9, calendar=STUDIO, iCalUID=uid)
    office.meet(-4, calendar=STUDIO)
    assert "4 new" in office.sync().out
    assert office.why()["contact_days"] == 2
    said = office.cli("people", "--json", now=office.world.end).json
    assert [one["handles"] for one in said] == [[BO]]


def test_days_out_of_office_are_no_silence(office: Office) -> None:
    office.meet(-30)
    begin = office.day(-16).replace(hour=23)  # midnight in Berlin
    holiday = office.world.add_event(start=begin, minutes=10 * 1440, eventType="outOfOffice")
    office.sync()
    said = office.why()
    assert (said["silence_days"], said["away_days"]) == (30, 10)
    told = office.cli("why", BO, now=office.world.end).out
    assert "of which you were away" in told
    *_, last = office.cli("export", now=office.world.end).out.splitlines()
    [absence] = json.loads(last)["absences"]
    assert absence["start"] == begin.isoformat()
    assert absence["source"] == "calendar"
    # Who meets somebody on such a day is there that day.
    office.meet(-12, CY)
    office.sync()
    assert office.why()["away_days"] == 9
    office.world.cancel_event(holiday.id)
    office.sync()
    assert office.why()["away_days"] == 0


def test_days_out_of_office_that_lie_ahead_change_nothing_yet(office: Office) -> None:
    office.meet(-30)
    office.sync()
    before = office.why()
    office.world.add_event(start=office.day(1), minutes=9 * 1440, eventType="outOfOffice")
    office.sync()
    assert office.why() == before


def test_a_calendar_by_a_wrong_name_is_answered_with_those_there_are(office: Office) -> None:
    office.world.remove_calendar(STUDIO)
    said = office.sync(code=2)
    assert "no calendar of yours is called 'Studio': there are 'Ada Winter'" in said.err


def test_forgetting_somebody_leaves_the_absences(office: Office) -> None:
    office.meet(-30)
    office.world.add_event(start=office.day(-9), minutes=1440, eventType="outOfOffice")
    office.sync()
    office.cli("forget", BO, "--yes", now=office.world.end)
    [line] = office.cli("export", now=office.world.end).out.splitlines()
    assert len(json.loads(line)["absences"]) == 1
