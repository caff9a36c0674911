"""Contact that no source sees, as the owner says it."""

from __future__ import annotations

import pytest

from tests.support.owner import Cli

BO = "bo@example.net"


@pytest.mark.usefixtures("synced")
def test_a_meeting_that_no_calendar_knows_ends_a_silence(cli: Cli) -> None:
    assert cli("why", BO, "--json").json["state"] == "fading"
    assert cli("met", "lindgren", "--on", "2026-11-20").out == "Noted: Bo Lindgren on 20 Nov.\n"
    bo = cli("why", BO, "--json").json
    assert (bo["state"], bo["silence_days"], bo["contact_days"]) == ("living", 3, 61)
    assert "Bo" not in cli("report").out
    assert "you met on 1 day" in cli("why", BO).out
    assert '"channel": "meeting"' in cli("export", BO).out


@pytest.mark.usefixtures("synced")
def test_said_twice_it_counts_once_and_can_be_taken_back(cli: Cli) -> None:
    for _ in range(2):
        assert cli("note", BO).out == "Noted: Bo Lindgren on 23 Nov.\n"
    assert cli("why", BO, "--json").json["contact_days"] == 61
    assert cli("note", BO, "--undo").out == "Taken back: Bo Lindgren on 23 Nov.\n"
    assert cli("why", BO, "--json").json["contact_days"] == 60
    assert "no such word" in cli("note", BO, "--undo", code=2).err


@pytest.mark.usefixtures("synced")
def test_somebody_whom_no_source_has_seen_is_known_from_then_on(cli: Cli) -> None:
    assert cli("met", "New.Friend@Example.com").code == 0
    assert cli("why", "new.friend@example.com", "--json").json["contact_days"] == 1
    assert "nobody here is called" in cli("met", "Nobody Known", code=1).err


@pytest.mark.usefixtures("synced")
def test_a_day_to_come_is_no_contact_yet(cli: Cli) -> None:
    assert "still to come" in cli("met", BO, "--on", "2026-11-24", code=2).err
    assert "is no date" in cli("met", BO, "--on", "tomorrow", code=2).err
    assert cli("met", BO, "--on", "2026-11-23").out == "Noted: Bo Lindgren on 23 Nov.\n"


@pytest.mark.usefixtures("synced")
def test_whoever_was_forgotten_stays_so(cli: Cli) -> None:
    cli("forget", BO, "--yes")
    assert "was forgotten for good" in cli("met", BO, code=1).err
    assert BO not in cli("export").out
    assert BO not in cli("people", "--all").out


@pytest.mark.usefixtures("synced")
def test_a_note_is_no_source_that_could_grow_stale(cli: Cli) -> None:
    cli("met", BO)
    assert "own:notes" not in cli("report").out
    assert "own:notes" not in cli("doctor").out
    assert [one["id"] for one in cli("sync", "--json").json] == ["mail"]
