"""The export: one JSON line for each person, with all that is kept, and nothing that was said."""

from __future__ import annotations

import json

import pytest

from tests.support.owner import Cli


@pytest.mark.usefixtures("synced")
def test_export_is_one_json_line_for_each_person_with_all_that_is_kept(cli: Cli) -> None:
    cli("merge", "cleo", "boris")
    cli("snooze", "dai", "--until", "2026-12-01")
    cli("keep", "lindgren")
    cli("report", "--send")
    people = {one["name"]: one for one in map(json.loads, cli("export").out.splitlines())}
    assert {"Bo Lindgren", "Cleo Marsh", "Dai Okafor", "Shop"} <= set(people)
    bo = people["Bo Lindgren"]
    assert bo["handles"] == ["bo@example.net"]
    assert bo["word"] == "keep"
    assert len(bo["contact"]) == 60
    assert bo["contact"][0]["at"].endswith("+00:00")
    assert set(bo["contact"][0]) == {
        *("at", "channel", "direction", "role", "address", "size", "bulk", "source", "ref")
    }
    assert [(one["kind"], one["period"]) for one in bo["flags"]] == [("lapse", "2026-W48")]
    assert people["Cleo Marsh"]["merges"][0]["addresses"] == ["boris@example.com"]
    assert people["Dai Okafor"]["snoozed_until"] == "2026-12-01T22:59:59+00:00"
    assert people["Shop"]["contact"][0]["bulk"] == "List-Unsubscribe"


@pytest.mark.usefixtures("synced")
def test_export_of_one_person_is_theirs_alone(cli: Cli) -> None:
    (line,) = cli("export", "lindgren").out.splitlines()
    assert json.loads(line)["handles"] == ["bo@example.net"]
    assert "cleo@example.com" not in line


@pytest.mark.usefixtures("synced")
def test_nothing_that_was_said_is_ever_exported(cli: Cli) -> None:
    assert "Never read" not in cli("export").out
