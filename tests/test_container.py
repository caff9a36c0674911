"""The container file, as far as it can be tried without an engine: its parts, and its steps."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.support.commands import COMMANDS

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "contrib" / "Containerfile").read_text()
# One instruction a line, continuations joined, comments gone.
LINES = [
    line
    for line in re.sub(r"\\\n\s*", "", re.sub(r"(?m)^#.*\n", "", TEXT)).splitlines()
    if line.strip()
]


def arguments(name: str) -> list[str]:
    return [line.partition(" ")[2] for line in LINES if line.startswith(f"{name} ")]


def test_every_line_is_an_instruction_and_all_that_is_copied_is_there() -> None:
    known = {"FROM", "COPY", "RUN", "ENV", "USER", "WORKDIR", "VOLUME", "STOPSIGNAL"}
    known |= {"HEALTHCHECK", "ENTRYPOINT", "CMD"}
    assert {line.partition(" ")[0] for line in LINES} <= known
    copied = [one.split()[0] for one in arguments("COPY") if not one.startswith("--from")]
    assert all((ROOT / one).exists() for one in copied)
    rooms = {"beforehand", "connectors", "report", "scoring", "sync"}
    assert rooms <= set(copied)


def test_it_is_pinned_by_hashes_and_runs_as_nobody_special_with_no_port_open() -> None:
    assert "--require-hashes" in TEXT
    assert arguments("USER") == ["beforehand"]
    assert "EXPOSE" not in TEXT
    assert not re.search(r"(KEY|PASSPHRASE|PASSWORD|TOKEN)=", TEXT)


def test_its_commands_exist() -> None:
    [health] = arguments("HEALTHCHECK")
    assert 'CMD ["beforehand", "doctor", "--alive"]' in health
    assert arguments("CMD") == ['["daemon"]']
    assert {"doctor", "daemon"} <= set(COMMANDS)


def test_the_rooms_run_as_they_are_copied_without_being_installed(tmp_path: Path) -> None:
    app = tmp_path / "app"
    app.mkdir()
    for one in arguments("COPY"):
        source, _, _ = one.partition(" ")
        if (ROOT / source).is_dir():
            (app / source).symlink_to(ROOT / source)
    shown = subprocess.run(
        [sys.executable, "-P", "-m", "beforehand", "--version"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(app), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.stdout.startswith("beforehand "), shown.stderr
