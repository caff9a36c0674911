"""`init`: a first configuration that works, and what comes next."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from beforehand import config, starter
from tests.support.owner import Cli

ASKED = ("--name", "Ada Winter", "--address", "ada@example.org")


def written() -> Path:
    return Path(os.environ["XDG_CONFIG_HOME"]) / "beforehand" / "config.toml"


def test_init_asks_for_what_it_needs_and_writes_a_configuration_that_works(cli: Cli) -> None:
    answers = "Ada Winter\nada@example.org, *@ada.example\n~/mail.mbox\n"
    said = cli("init", "--timezone", "Europe/Berlin", answers=answers)
    for question in ("Your name", "Your mail addresses", "A mail archive"):
        assert question in said.out
    assert f"Your configuration is in {written()}." in said.out
    assert said.out.splitlines()[-2:] == ["  beforehand sync", "  beforehand report"]
    found = config.load(written())
    assert found.owner.name == "Ada Winter"
    assert found.owner.addresses == ("ada@example.org", "*@ada.example")
    assert found.owner.timezone == "Europe/Berlin"
    assert found.report_to == "ada@example.org"
    assert [(one.id, one.type) for one in found.sources] == [("archive", "mbox")]
    assert written().stat().st_mode & 0o077 == 0


def test_init_asks_nothing_where_all_was_said(cli: Cli) -> None:
    said = cli("init", *ASKED)
    assert "?" not in said.out
    assert config.load(written()).sources == ()
    assert "add a [[sources]] table to it (`beforehand connectors` lists their types)" in said.out


def test_init_for_google_says_to_authorise_both_sources(cli: Cli, tmp_path: Path) -> None:
    said = cli("init", *ASKED, "--gmail", tmp_path / "client.json")
    assert said.out.splitlines()[1:] == [
        "  beforehand auth mail",
        "  beforehand auth calendar",
        "  beforehand sync",
        "  beforehand report",
    ]
    found = config.load(written())
    assert [(one.id, one.type) for one in found.sources] == [
        ("mail", "gmail"),
        ("calendar", "google_calendar"),
    ]


def test_the_next_steps_name_the_configuration_that_was_chosen(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "my config.toml"
    said = cli("--config", path, "init", *ASKED)
    assert f"  beforehand --config '{path}' sync" in said.out.splitlines()
    assert path.is_file()


def test_init_never_overwrites(cli: Cli) -> None:
    cli("init", *ASKED)
    before = written().read_text()
    said = cli("init", "--name", "Eve", "--address", "eve@example.org", code=2)
    assert said.err == (f"beforehand: {written()} exists already: edit it, or move it away first\n")
    assert written().read_text() == before


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("--name", "Ada", "--address", "ada"), "[owner] addresses.1: 'ada' is no mail address"),
        ((*ASKED, "--timezone", "Mars/Base"), "[owner] timezone: 'Mars/Base' is no time zone"),
        (("--name", "Ada", "--address", "*@ada.example"), "[report] to: "),
    ],
)
def test_unfit_answers_are_told_of_and_nothing_is_written(
    cli: Cli, words: tuple[str, ...], fault: str
) -> None:
    assert fault in cli("init", *words, code=2).err
    assert not written().exists()


def test_an_end_of_the_answers_writes_nothing(cli: Cli) -> None:
    cli("init", answers="Ada\n", code=1)
    assert not written().exists()


def test_a_folder_that_cannot_be_written_is_told_of(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = cli("--config", tmp_path / "file" / "config.toml", "init", *ASKED, code=2)
    assert "cannot write" in said.err


@pytest.mark.parametrize(
    "name", ['Ada "the Comet" Winter', "back\\slash", "Zoë\t山田", "a\x1bb\nc"]
)
def test_any_name_survives_the_writing(cli: Cli, name: str) -> None:
    cli("init", "--name", name, "--address", "ada@example.org")
    assert tomllib.loads(written().read_text())["owner"]["name"] == name


def test_a_relative_path_still_means_the_same_elsewhere(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    cli("init", *ASKED, "--mbox", "mail.mbox")
    (source,) = tomllib.loads(written().read_text())["sources"]
    assert source["path"] == str(tmp_path / "mail.mbox")


@pytest.mark.parametrize(
    ("variable", "zone"),
    [("Europe/Berlin", "Europe/Berlin"), (":Asia/Tokyo", "Asia/Tokyo"), ("CET-1CEST", None)],
)
def test_the_machines_zone_is_taken_where_it_has_a_name(
    monkeypatch: pytest.MonkeyPatch, variable: str, zone: str | None
) -> None:
    monkeypatch.setenv("TZ", variable)
    found = starter.local_zone()
    monkeypatch.delenv("TZ")
    assert found == (zone or starter.local_zone())
