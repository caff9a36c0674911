"""What the owner says of people: who matters, how often, and in which group."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.owner import Cli


def facts(cli: Cli, person: str) -> dict[str, Any]:
    found: dict[str, Any] = cli("why", person, "--json").json
    return found


@pytest.mark.usefixtures("synced")
def test_a_rhythm_of_ones_own_stands_in_place_of_the_one_seen(cli: Cli) -> None:
    assert facts(cli, "boris@example.com")["state"] == "slight"
    said = cli("keep", "boris@example.com", "--every", 30).out
    assert said == "Boris Rask is kept among your people; you wish to be in touch every 30 days.\n"
    boris = facts(cli, "boris@example.com")
    assert boris["wished_days"] == 30
    assert boris["state"] == ("fading" if boris["silence_days"] > 30 else "living")
    assert "You wish to be in touch every 30 days" in cli("why", "boris@example.com").out
    cli("keep", "boris@example.com", "--every", 1)
    assert facts(cli, "boris@example.com")["state"] == "fading"
    report = cli("report", "--json").json
    assert "Boris Rask" in {one["name"] for one in report["people"]}
    cli("keep", "boris@example.com", "--every", 0)
    boris = facts(cli, "boris@example.com")
    assert (boris["state"], boris["wished_days"]) == ("slight", None)


def test_a_group_of_the_configuration_gives_its_people_their_rhythm(cli: Cli, synced: Path) -> None:
    path = synced / "config.toml"
    path.write_text(path.read_text() + "[groups]\nfamily = 14\nclients = 0\nchoir = 7\n")
    assert (
        "in clients and family; " in cli("keep", "cleo", "--tag", "family", "--tag", "clients").out
    )
    assert facts(cli, "cleo")["wished_days"] == 14
    assert facts(cli, "cleo")["groups"] == ["clients", "family"]
    cli("keep", "cleo", "--tag", "choir")
    assert facts(cli, "cleo")["wished_days"] == 7
    cli("keep", "cleo", "--every", 90)  # their own comes before their groups'
    assert facts(cli, "cleo")["wished_days"] == 90
    cli("keep", "cleo", "--every", 0, "--untag", "family", "--untag", "choir")
    cleo = facts(cli, "cleo")
    assert (cleo["wished_days"], cleo["groups"]) == (None, ["clients"])
    assert cleo["worth"] >= 0.5


@pytest.mark.usefixtures("synced")
def test_a_group_that_the_configuration_does_not_know_is_said(cli: Cli) -> None:
    assert "says nothing of 'chior'" in cli("keep", "cleo", "--tag", "chior").err
    assert "'Old Pals' is no group" in cli("keep", "cleo", "--tag", "Old Pals", code=2).err


def test_faults_in_groups_are_named_with_their_keys(cli: Cli, synced: Path) -> None:
    path = synced / "config.toml"
    path.write_text(path.read_text() + '[groups]\nfamily = -1\nclients = "often"\n')
    said = cli("people", code=2).err
    assert "[groups] family" in said
    assert "[groups] clients" in said


@pytest.mark.usefixtures("synced")
def test_a_merge_keeps_the_wishes_and_gives_them_back(cli: Cli) -> None:
    cli("keep", "dai", "--every", 60, "--tag", "choir")
    cli("merge", "bo@example.net", "dai@example.net")
    assert facts(cli, "bo@example.net")["wished_days"] == 60
    assert facts(cli, "bo@example.net")["groups"] == ["choir"]
    cli("split", "bo@example.net")
    assert facts(cli, "dai@example.net")["wished_days"] == 60
    assert '"tags": ["choir"]' in cli("export", "dai@example.net").out
