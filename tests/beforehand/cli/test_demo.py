"""The demo: the whole way from a stand-in for Google to the report, as a newcomer runs it."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest

from beforehand import config as configuration
from beforehand import demo as story
from connectors.standin import NEVER_READ, build_world, empty_world
from tests.support.owner import Cli

ROOT = Path(__file__).parents[3]
END = date(2025, 6, 2)  # a Monday


@pytest.fixture(scope="module")
def shown(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The folder that the demo leaves, and what it said."""
    base = tmp_path_factory.mktemp("demo")
    folder = base / "there"
    said = subprocess.run(
        [sys.executable, "-m", "beforehand", "demo", "--folder", folder, "--end", str(END)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | {"HOME": str(base), "BEFOREHAND_SECRETS": "file"},
    )
    assert said.returncode == 0, said.stderr
    return folder, said


DemoResult = tuple[Path, subprocess.CompletedProcess[str]]


def test_the_demo_reads_everything_and_shows_a_report(shown: DemoResult) -> None:
    folder, said = shown
    assert "to write to" in said.stdout.splitlines()[0]
    assert "beforehand: mail: 14," in said.stderr  # of some 20,000 messages
    assert "left unread as bulk" in said.stderr
    assert {path.suffix for path in folder.glob("report.*")} == {".html", ".txt", ".eml"}
    assert (folder / "report.txt").read_text() == said.stdout


def test_the_demo_names_people_whose_tie_is_truly_fading(shown: DemoResult, cli: Cli) -> None:
    truth = build_world(end=END).truth
    config = shown[0] / "config.toml"
    report = cli("--config", config, "report", "--as-of", END, "--json").json
    named = [truth.of(one["address"]) for one in report["people"]]
    assert len(named) == 5
    assert {one.kind for one in named if one} == {"person"}
    assert None not in named
    assert sum(one is not None and one.fading is not None for one in named) >= 4
    assert any(one in truth.fading_now for one in named)


def test_the_report_stays_far_from_where_mailboxes_cut_it(shown: DemoResult) -> None:
    assert (shown[0] / "report.eml").stat().st_size < 60_000


def test_nothing_that_was_said_is_anywhere(shown: DemoResult) -> None:
    folder, said = shown
    assert NEVER_READ not in said.stdout + said.stderr
    for path in folder.iterdir():
        assert NEVER_READ.encode() not in path.read_bytes(), path
        assert path.stat().st_mode & 0o077 == 0, path


def test_three_weeks_away_raise_no_flag(shown: DemoResult, cli: Cli) -> None:
    config = shown[0] / "config.toml"

    def fading(day: date) -> set[str]:
        people = cli("--config", config, "people", "--as-of", day, "--json").json
        return {one["handles"][0] for one in people if one["state"] == "fading"}

    for first, last in build_world(end=END).truth.holidays:
        assert (last - first).days >= 21
        leaving = fading(first - timedelta(days=1))
        mondays = [first + timedelta(days=n) for n in range(9, (last - first).days + 2, 7)]
        for monday in mondays:
            assert len(fading(monday)) <= len(leaving), monday
        # Who was not quiet when the owner left is not called so for the owner's own silence.
        assert len(fading(mondays[-1]) - leaving) <= 2


def test_one_can_look_around_afterwards(shown: DemoResult, cli: Cli) -> None:
    folder, said = shown
    config = folder / "config.toml"
    assert f"beforehand --config {config} people --as-of {END}" in said.stderr
    people = cli("--config", config, "people", "--as-of", END, "--json").json
    assert len(people) > 100
    first = next(one["name"] for one in people if one["state"] == "fading")
    assert "is fading" in cli("--config", config, "why", first, "--as-of", END).out
    report = cli("--config", config, "report", "--as-of", END).out
    assert report.splitlines()[0] == said.stdout.splitlines()[0]


def test_an_earlier_demo_is_not_written_over(shown: DemoResult, cli: Cli) -> None:
    said = cli("demo", "--folder", shown[0], code=2)
    assert "holds an earlier demo" in said.err


def test_an_end_that_is_no_date_is_wrong_usage(cli: Cli, tmp_path: Path) -> None:
    assert (
        "--end 'soon' is no date" in cli("demo", "--folder", tmp_path, "--end", "soon", code=2).err
    )


def test_the_demo_writes_its_report_in_the_language_asked_for(cli: Cli, tmp_path: Path) -> None:
    world = empty_world(end=END)
    text = story.configuration(world, "http://127.0.0.1:9", tmp_path / "none", tmp_path, "de")
    assert configuration.parse(tomllib.loads(text), tmp_path).report.locale == "de"
    said = cli("demo", "--folder", tmp_path / "demo", "--locale", "tlh", code=2)
    assert said.err.startswith("beforehand: --locale: no words in 'tlh' yet: say 'de', 'en'")
    assert not (tmp_path / "demo").exists()
