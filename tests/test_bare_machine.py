"""`make` on a machine that has little: what is missing is named, and what is broken is made anew.

The rules of the Makefile run as they stand, in a folder with nothing to install. `python3` is a
script, for what a machine lacks cannot be taken from this one; one test has the real thing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAKE = shutil.which("make")
pytestmark = pytest.mark.skipif(MAKE is None, reason="there is no make")

# Answers what the Makefile asks. `$LACKS` tells what this Python is without, `$LOG` what was done.
PYTHON = """#!/bin/sh
case "$*" in
  *version_info*) [ "$LACKS" != version ] ;;
  *ensurepip*) [ "$LACKS" != ensurepip ] ;;
  "-m venv .venv")
    echo "venv" >> "$LOG"
    mkdir -p .venv/bin
    cp "$0" .venv/bin/python
    [ "$LACKS" != disk ] || { echo "no space left on device"; exit 1; }
    cp "$0" .venv/bin/pip ;;
  *"pip install"*)
    echo "install" >> "$LOG"
    [ "$LACKS" != network ] || exit 1
    [ "$LACKS" != patience ] || { kill -INT 0; sleep 60; } ;;
  "--version") echo "pip 25" ;;
  *) echo "ran $*" ;;
esac
"""


class BareMachine:
    """A checkout, and a `python3` that lacks something."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "checkout"
        self.checkout.mkdir()
        shutil.copy(ROOT / "Makefile", self.checkout)
        for name in ("requirements.lock", "requirements-dev.lock", "pyproject.toml"):
            (self.checkout / name).touch()
        self.bin = folder / "bin"
        self.bin.mkdir()
        (self.bin / "python3").write_text(PYTHON)
        (self.bin / "python3").chmod(0o755)
        self.log = folder / "log"

    def make(self, *words: str, lacks: str = "") -> subprocess.CompletedProcess[str]:
        assert MAKE is not None
        self.log.write_text("")
        # Not what a make around this test tells its children.
        outer = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        path = f"{self.bin}:/usr/bin:/bin"
        return subprocess.run(
            [MAKE, *words],
            cwd=self.checkout,
            env={**outer, "PATH": path, "LACKS": lacks, "LOG": str(self.log), "MFLAGS": ""},
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,  # for the test that presses Ctrl-C
        )

    @property
    def venv(self) -> Path:
        return self.checkout / ".venv"

    @property
    def done(self) -> list[str]:
        return self.log.read_text().split()


@pytest.fixture
def machine(tmp_path: Path) -> BareMachine:
    return BareMachine(tmp_path)


def said(run: subprocess.CompletedProcess[str]) -> str:
    """The one line that is not make's own."""
    assert run.returncode != 0
    assert not run.stdout
    [line] = [line for line in run.stderr.splitlines() if not line.startswith("make: ***")]
    return line


@pytest.mark.parametrize("goal", ["demo", "test"])
def test_a_python_without_ensurepip_gets_one_line_that_names_the_package(
    machine: BareMachine, goal: str
) -> None:
    line = said(machine.make(goal, lacks="ensurepip"))
    assert "apt install python3-venv)" in line
    assert line.endswith(f"run again: make {goal}")
    assert not machine.venv.exists()
    # The package is there now, and nothing else was done.
    assert machine.make(goal).returncode == 0
    assert machine.done[:2] == ["venv", "install"]


def test_another_python_is_named_with_its_own_package(machine: BareMachine) -> None:
    other = machine.bin.rename(machine.bin.with_name("other")) / "python3"
    python = other.rename(other.with_name("python3.99"))
    line = said(machine.make(f"PYTHON={python}", "demo", lacks="ensurepip"))
    assert "apt install python3.99-venv)" in line
    assert line.endswith(f"run again: make PYTHON={python} demo")


@pytest.mark.parametrize("python", ["python3", "python3-not-there"])
def test_no_python_or_an_old_one_gets_one_line_that_says_which_is_needed(
    machine: BareMachine, python: str
) -> None:
    line = said(machine.make(f"PYTHON={python}", "demo", lacks="version"))
    assert line.startswith(f"beforehand needs Python 3.11 or later, which {python} is not")
    assert not machine.venv.exists()


def test_what_venv_says_is_shown_and_no_half_of_one_is_left(machine: BareMachine) -> None:
    run = machine.make("demo", lacks="disk")
    assert run.returncode != 0
    assert "no space left on device" in run.stdout
    assert not machine.venv.exists()


def test_a_sound_environment_is_made_once_and_installed_into_once(machine: BareMachine) -> None:
    machine.make("demo")
    assert machine.done == ["venv", "install"]
    assert machine.make("demo").returncode == 0
    assert machine.done == []
    machine.make("test")
    assert machine.done == ["install", "install"]
    machine.make("demo")
    assert machine.done == []


@pytest.mark.parametrize("lacks", ["network", "patience"])
def test_after_an_installation_that_failed_or_was_broken_off_make_begins_anew(
    machine: BareMachine, lacks: str
) -> None:
    machine.make("demo")
    assert machine.make("test", lacks=lacks).returncode != 0
    assert machine.make("demo").returncode == 0
    assert machine.done == ["venv", "install"]


def _lose_python(venv: Path) -> None:
    """An upgrade of the system took the Python away that `.venv` leads to."""
    for name in ("python", "pip"):
        (venv / "bin" / name).unlink()
        (venv / "bin" / name).symlink_to("/usr/bin/python3.0")


def _lose_pip(venv: Path) -> None:
    """Left by `python3 -m venv` on a machine without ensurepip."""
    (venv / "bin" / "pip").unlink()


def _lose_all(venv: Path) -> None:
    shutil.rmtree(venv / "bin")


@pytest.mark.parametrize("lose", [_lose_python, _lose_pip, _lose_all])
@pytest.mark.parametrize(("goal", "installs"), [("demo", 1), ("test", 2)])
def test_a_broken_environment_is_made_anew_with_all_that_belongs_in_it(
    machine: BareMachine, lose: Callable[[Path], None], goal: str, installs: int
) -> None:
    machine.make("demo")
    machine.make("test")
    lose(machine.venv)
    assert machine.make(goal).returncode == 0
    assert machine.done == ["venv", *["install"] * installs]
    assert machine.make(goal).returncode == 0
    assert machine.done == []


@pytest.mark.skipif(find_spec("ensurepip") is None, reason="this Python has no ensurepip")
def test_a_real_python_makes_it_and_a_folder_that_moved_makes_it_anew(machine: BareMachine) -> None:
    (machine.checkout / "beforehand.py").write_text("print('it runs')\n")
    python = f"PYTHON={sys.executable}"
    shown = machine.make(python, "demo")
    assert shown.stdout.endswith("it runs\n"), shown.stderr
    config = machine.venv / "pyvenv.cfg"
    made = config.stat().st_mtime_ns
    assert machine.make(python, "demo").returncode == 0
    assert config.stat().st_mtime_ns == made
    machine.checkout = machine.checkout.rename(machine.checkout.with_name("moved"))
    again = machine.make(python, "demo")
    assert again.stdout.endswith("it runs\n"), again.stderr
    assert str(machine.checkout) in (machine.venv / "bin" / "pip").read_text()
