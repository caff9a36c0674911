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
from connectors.standin import World, empty_world, serve
from connectors.standin.world.calendars import Event
from tests.support.owner import NOW, Cli, CliResult

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
class CalendarSetup:
    """Ada's calendars, being served, and her command line."""

    world: World
    cli: Cli

    def meet(self, days: float, *guests: str, **more: Any) -> Event:  # noqa: ANN401 - as add_event takes them
        return self.world.add_event(start=self.day(days), attendees=guests or (BO,), **more)

    def day(self, days: float) -> datetime:
        return self.world.end + timedelta(days=days)

    def sync(self, code: int = 0) -> CliResult:
        return self.cli("sync", now=self.world.end, code=code)

    def why(self, who: str = BO) -> Any:  # noqa: ANN401 - whatever was printed
        return self.cli("why", who, "--json", now=self.world.end).json


@pytest.fixture
def setup(tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Iterator[CalendarSetup]:
    world = empty_world(end=NOW.date())
    with serve(world) as google:
        credentials = tmp_path / "credentials.json"
        credentials.write_text(json.dumps(google.credentials((EVENTS, CALENDARS))))
        path = tmp_path / "config.toml"
        addresses = json.dumps(list(world.owner.addresses))
        path.write_text(CONFIG.format(addresses=addresses, credentials=credentials, url=google.url))
        monkeypatch.setenv("BEFOREHAND_CONFIG", str(path))
        yield CalendarSetup(world, cli)


def test_a_meeting_that_was_moved_counts_once_where_it_took_place(setup: CalendarSetup) -> None:
    moved = setup.meet(-20)
    setup.sync()
    assert setup.why()["silence_days"] == 20
    setup.world.move_event(moved.id, start=setup.day(-3))
    assert "1 changed" in setup.sync().out
    said = setup.why()
    assert (said["contact_days"], said["silence_days"]) == (1, 3)


def test_a_meeting_that_was_cancelled_counts_no_more(setup: CalendarSetup) -> None:
    setup.meet(-20)
    cancelled = setup.meet(-3)
    setup.sync()
    assert setup.why()["contact_days"] == 2
    setup.world.cancel_event(cancelled.id)
    assert "1 gone" in setup.sync().out
    said = setup.why()
    assert (said["contact_days"], said["silence_days"]) == (1, 20)


@pytest.mark.parametrize("who", [None, BO])
def test_a_meeting_that_was_declined_afterwards_counts_no_more(
    setup: CalendarSetup, who: str | None
) -> None:
    setup.meet(-20, BO, CY)
    declined = setup.meet(-3, BO, CY)
    setup.sync()
    setup.world.respond(declined.id, "declined", who=who)
    setup.sync()
    assert setup.why()["silence_days"] == 20
    assert setup.why(CY)["silence_days"] == (20 if who is None else 3)


def test_a_meeting_ahead_is_no_contact_yet_and_holds_the_report_back(setup: CalendarSetup) -> None:
    setup.meet(-20)
    setup.meet(5)
    setup.sync()
    said = setup.why()
    assert (said["contact_days"], said["silence_days"]) == (1, 20)
    assert said["held"] == "you meet on 28 Nov"


def test_a_series_counts_by_who_came_each_time(setup: CalendarSetup) -> None:
    weeks = setup.world.add_series(start=setup.day(-42), count=9, attendees=(BO, CY))
    setup.sync()
    # Today's, an hour ahead of the clock, and next week's are still to come.
    assert setup.why()["contact_days"] == 6
    setup.world.respond(weeks[0].id, "declined")
    setup.world.cancel_event(weeks[1].id)
    setup.world.respond(weeks[2].id, "declined", who=BO)
    setup.world.move_event(weeks[3].id, start=setup.day(-20))
    setup.world.move_event(weeks[5].id, start=setup.day(3))
    setup.sync()
    bo, cy = setup.why(BO), setup.why(CY)
    assert (bo["contact_days"], bo["silence_days"]) == (2, 14)
    assert (cy["contact_days"], cy["silence_days"]) == (3, 14)
    lines = map(json.loads, setup.cli("export", now=setup.world.end).out.splitlines())
    times = {
        one["at"] for line in lines if BO in line.get("handles", ()) for one in line["contact"]
    }
    assert setup.day(-20).isoformat() in times
    assert weeks[1].start.isoformat() not in times


def test_the_same_meeting_on_two_calendars_counts_once(setup: CalendarSetup) -> None:
    made = setup.meet(-9)
    for uid in (made.resource["iCalUID"], "another@example.net"):
        setup.meet(-9, calendar=STUDIO, iCalUID=uid)
    setup.meet(-4, calendar=STUDIO)
    assert "4 new" in setup.sync().out
    assert setup.why()["contact_days"] == 2
    said = setup.cli("people", "--json", now=setup.world.end).json
    assert [one["handles"] for one in said] == [[BO]]


def test_days_out_of_office_are_no_silence(setup: CalendarSetup) -> None:
    setup.meet(-30)
    begin = setup.day(-16).replace(hour=23)  # midnight in Berlin
    holiday = setup.world.add_event(start=begin, minutes=10 * 1440, eventType="outOfOffice")
    setup.sync()
    said = setup.why()
    assert (said["silence_days"], said["away_days"]) == (30, 10)
    told = setup.cli("why", BO, now=setup.world.end).out
    assert "of which you were away" in told
    *_, last = setup.cli("export", now=setup.world.end).out.splitlines()
    [absence] = json.loads(last)["absences"]
    assert absence["start"] == begin.isoformat()
    assert absence["source"] == "calendar"
    # Who meets somebody on such a day is there that day.
    setup.meet(-12, CY)
    setup.sync()
    assert setup.why()["away_days"] == 9
    setup.world.cancel_event(holiday.id)
    setup.sync()
    assert setup.why()["away_days"] == 0


def test_days_out_of_office_that_lie_ahead_change_nothing_yet(setup: CalendarSetup) -> None:
    setup.meet(-30)
    setup.sync()
    before = setup.why()
    setup.world.add_event(start=setup.day(1), minutes=9 * 1440, eventType="outOfOffice")
    setup.sync()
    assert setup.why() == before


def test_a_calendar_by_a_wrong_name_is_answered_with_those_there_are(setup: CalendarSetup) -> None:
    setup.world.remove_calendar(STUDIO)
    said = setup.sync(code=2)
    assert "no calendar of yours is called 'Studio': there are 'Ada Winter'" in said.err


def test_forgetting_somebody_leaves_the_absences(setup: CalendarSetup) -> None:
    setup.meet(-30)
    setup.world.add_event(start=setup.day(-9), minutes=1440, eventType="outOfOffice")
    setup.sync()
    setup.cli("forget", BO, "--yes", now=setup.world.end)
    [line] = setup.cli("export", now=setup.world.end).out.splitlines()
    assert len(json.loads(line)["absences"]) == 1
