"""Looking at the report in a browser before, or instead of, having it sent."""

from __future__ import annotations

import os
import shlex
import webbrowser
from pathlib import Path

import pytest

from tests.support.owner import Cli


@pytest.fixture
def opened_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A browser that writes down what it is asked to open, and where."""
    seen, script = tmp_path / "seen", tmp_path / "browser.sh"
    script.write_text(f'#!/bin/sh\necho "$1" >> {shlex.quote(str(seen))}\n')
    script.chmod(0o700)
    monkeypatch.setenv("BROWSER", f"{script} %s")
    monkeypatch.setattr(webbrowser, "_tryorder", None)  # it asks the environment but once
    return seen


@pytest.mark.usefixtures("synced")
def test_the_report_opens_in_the_browser_and_lies_in_a_file_of_the_owners(
    cli: Cli, opened_by: Path
) -> None:
    said = cli("report", "--open")
    path = Path(said.out.removeprefix("The report is in ").removesuffix(".\n"))
    assert opened_by.read_text().split() == [path.as_uri()]
    assert path.name == "preview.html"
    assert "Bo Lindgren" in path.read_text()
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("synced", "opened_by")
def test_it_may_lie_where_one_wishes(cli: Cli, tmp_path: Path, opened_by: Path) -> None:
    path = tmp_path / "mine.html"
    cli("report", "--open", "--out", path)
    assert opened_by.read_text().split() == [path.as_uri()]


@pytest.mark.usefixtures("synced")
def test_where_there_is_no_screen_it_says_so(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    said = cli("report", "--open")
    assert "open that file yourself" in said.err


@pytest.mark.usefixtures("synced")
def test_a_report_that_is_only_looked_at_makes_no_secret(cli: Cli) -> None:
    cli("report")
    data = Path(os.environ["XDG_DATA_HOME"]) / "beforehand"
    assert not list(data.glob("secrets*"))
    cli("report", "--send")
    assert list(data.glob("secrets*"))
