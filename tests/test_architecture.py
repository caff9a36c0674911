"""The house as a whole: what is in the wheel, which way imports go, and docs that stay true."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from beforehand.cli.root import MODULES
from tests.support.commands import COMMANDS

ROOT = Path(__file__).parents[1]
ROOMS = {"beforehand", "connectors", "report", "scoring", "sync"}


def _run(*command: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    uv = Path(sys.executable).with_name("uv")
    built = _run(uv, "build", "--wheel", "--offline", "--no-build-isolation", "-o", folder, ROOT)
    assert built.returncode == 0, built.stderr
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_exactly_the_five_rooms(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == ROOMS


def test_the_wheel_carries_templates_and_migrations(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {
        "report/templates/report.html",
        "report/templates/report.txt",
        "sync/store/migrations/env.py",
        "sync/store/migrations/versions/0001_first.py",
        "connectors/testing/contract.py",
    } <= names


def test_the_wheel_carries_the_very_units_of_contrib(wheel: Path) -> None:
    units = ("systemd/user/beforehand.service", "launchd/beforehand.daemon.plist")
    with zipfile.ZipFile(wheel) as archive:
        for unit in units:
            path = ROOT / "contrib" / unit
            packed = f"beforehand/daemon/service/{path.name}"
            assert archive.read(packed) == path.read_bytes()


def test_the_installed_wheel_brings_the_script_and_works_without_the_checkout(
    wheel: Path, tmp_path: Path
) -> None:
    home = tmp_path / "env"
    uv = Path(sys.executable).with_name("uv")
    assert _run(uv, "venv", "--offline", "-q", "--python", sys.executable, home).returncode == 0
    python = home / "bin" / "python"
    installed = _run(
        uv, "pip", "install", "-q", "--offline", "--no-deps", "--python", python, wheel
    )
    assert installed.returncode == 0, installed.stderr
    site = next((home / "lib").glob("python*/site-packages"))
    assert {p.name for p in site.iterdir() if p.is_dir()} - {"__pycache__"} >= ROOMS
    # The libraries come from here, so that the test needs no network; the rooms from the wheel.
    (site / "libraries.pth").write_text(f"{Path(pytest.__file__).parents[1]}\n")
    shown = _run(home / "bin" / "beforehand", "--version", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith("beforehand ")
    where = _run(python, "-c", "import beforehand; print(beforehand.__file__)", cwd=tmp_path)
    assert where.stdout.startswith(str(site))
    listed = _run(home / "bin" / "beforehand", "connectors", cwd=tmp_path)
    assert {line.split()[0] for line in listed.stdout.splitlines()} >= {"gmail", "mbox"}
    code = (
        "from beforehand.daemon.service.base import template\n"
        "print(template('x/beforehand.service'))"
    )
    assert "Type=notify" in _run(python, "-c", code, cwd=tmp_path).stdout


def test_imports_go_one_way_through_the_house() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    checked = _run(linter, "--no-cache")
    assert checked.returncode == 0, checked.stdout


def test_no_file_is_a_crowded_room() -> None:
    crowded = {
        str(path.relative_to(ROOT)): lines
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if "versions" not in path.parts and (lines := path.read_text().count("\n")) > 420
    }
    assert not crowded


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme(command: str) -> None:
    assert re.search(rf"`{command}\b", (ROOT / "README.md").read_text())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help_text_that_is_a_sentence(command: str) -> None:
    first = (COMMANDS[command].help or "").splitlines()[0]
    assert first.endswith(".")
    assert first[0].isupper()


def test_no_module_with_a_command_is_left_out_of_the_one_list_of_them() -> None:
    holding = {
        path.stem
        for path in (ROOT / "beforehand" / "cli").glob("*.py")
        if "@cli.command(" in path.read_text()
    }
    assert holding == set(MODULES)


def _trees(*rooms: str) -> Iterator[tuple[Path, ast.Module]]:
    """Every module of these folders with its syntax tree, the migrations left out."""
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "versions" not in path.parts:
                yield path.relative_to(ROOT), ast.parse(path.read_text("utf-8"))


def test_a_public_class_name_means_one_thing() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path, tree in _trees(*ROOMS):
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(str(path))
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_only_the_store_speaks_sql() -> None:
    speaking = {
        str(path)
        for path, tree in _trees(*ROOMS)
        if any(name.partition(".")[0] in {"sqlalchemy", "alembic"} for name in _imported(tree))
    }
    assert {path for path in speaking if not path.startswith("sync/store/")} == set()


def test_only_the_store_knows_its_tables() -> None:
    knowing = {
        str(path)
        for path, tree in _trees(*ROOMS)
        if any(name.startswith("sync.store.models") for name in _imported(tree))
    }
    assert {path for path in knowing if not path.startswith("sync/store/")} == set()


# Where rows of a table are written; everybody else may only read it.
HOMES = {
    "owner": {"owners"},
    "source": {"sources"},
    "person": {"people", "handles"},
    "handle": {"people", "handles"},
    "merge": {"people"},
    "tombstone": {"people"},
    "interaction": {"ingest", "duplicates"},
    "party": {"ingest", "duplicates"},
    "skipped": {"skips"},
    "contact_day": {"contact_days"},
    "absence": {"absences"},
    "report": {"reports"},
    "flag": {"flags"},
    "answer": {"answers"},
    "favour": {"favours"},
    "due": {"agenda"},
}


def test_each_table_is_written_in_its_own_home() -> None:
    writers: dict[str, set[str]] = defaultdict(set)
    for path, tree in _trees("sync/store"):
        tables = {
            alias.asname or alias.name: alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "sync.store.models"
            for alias in node.names
        }
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "attr", getattr(node.func, "id", ""))
                in {"insert", "update", "delete", "insert_unless_there"}
                and (named := [one.id for one in node.args if isinstance(one, ast.Name)])
            ):
                for name in named:
                    if name in tables:
                        writers[tables[name]].add(path.stem)
    assert dict(writers) == HOMES


def test_benchmarks_and_tests_do_not_know_each_other() -> None:
    crossing = {
        str(path): name
        for room, others in (("bench", "tests"), ("tests", "bench"))
        for path, tree in _trees(room)
        for name in _imported(tree)
        if name.partition(".")[0] == others and not name.startswith("tests.support")
    }
    assert crossing == {}
