"""Which connectors there are: built in, and brought by other packages."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors import registry
from connectors.errors import ConfigError

CONNECTOR = """
from connectors.api import Channel, SourceConfig

class Pigeon:
    name = "pigeon"
    channels = frozenset({Channel.MAIL})
    Config = SourceConfig
    def __init__(self, config, context): ...
    def check(self): return "coo"
    def pull(self, cursor): yield from ()
"""

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a package that brings a connector."""

    def do(package: str, kind: str, code: str = CONNECTOR, name: str = "Pigeon") -> None:
        folder = tmp_path / package
        metadata = folder / f"{package}-1.2.dist-info"
        metadata.mkdir(parents=True)
        (folder / f"{package}_code.py").write_text(code)
        (metadata / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\n"
        )
        (metadata / "entry_points.txt").write_text(
            f"[{registry.GROUP}]\n{kind} = {package}_code:{name}\n"
        )
        monkeypatch.syspath_prepend(folder)
        monkeypatch.delitem(sys.modules, f"{package}_code", raising=False)

    return do


@pytest.mark.parametrize("kind", sorted(registry.BUILT_IN))
def test_every_built_in_type_loads_the_connector_of_its_name(kind: str) -> None:
    loaded = registry.load(kind)
    assert loaded.name == kind
    assert loaded.channels


def test_only_the_connector_asked_for_is_imported() -> None:
    code = (
        "import sys; from connectors import registry; registry.load('mbox'); "
        "registry.available('1'); print(*(m for m in sys.modules if m.startswith('connectors.')))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert "connectors.mbox" in shown.stdout
    assert "google" not in shown.stdout


def test_another_packages_connector_is_found_and_listed_with_its_origin(install: Install) -> None:
    install("pigeonry", "pigeon")
    assert registry.load("pigeon").name == "pigeon"
    assert registry.available("0.1")[-1] == registry.ConnectorInfo("pigeon", "pigeonry", "1.2")
    assert registry.available("0.1")[0] == registry.ConnectorInfo("csv", "built in", "0.1")


def test_listing_imports_nobodys_code(install: Install) -> None:
    install("bomb", "bomb", "raise SystemExit('imported')")
    assert [one.type for one in registry.available("1")][-1] == "bomb"


def test_a_built_in_name_cannot_be_taken(install: Install) -> None:
    install("impostor", "mbox")
    with pytest.raises(ConfigError, match="'mbox' is built in, but impostor brings one too"):
        registry.load("mbox")


def test_two_packages_with_one_name_are_both_named(install: Install) -> None:
    install("coop", "pigeon")
    install("aviary", "pigeon")
    with pytest.raises(ConfigError, match="aviary and coop both bring a connector 'pigeon'"):
        registry.load("pigeon")


def test_a_connector_that_fails_on_import_is_told_of_by_its_package(install: Install) -> None:
    install("broken", "pigeon", "import a_module_that_is_not_there")
    with pytest.raises(ConfigError, match="'pigeon' of broken cannot be loaded: No module named"):
        registry.load("pigeon")


@pytest.mark.parametrize(
    "code",
    [
        "Pigeon = 7",
        "def Pigeon(): ...",
        "class Pigeon: ...",
        CONNECTOR.replace("def pull(self, cursor): yield from ()", ""),
        CONNECTOR.replace("Config = SourceConfig", "Config = dict"),
        CONNECTOR.replace("channels =", "waves ="),
    ],
)
def test_what_is_no_connector_is_refused(install: Install, code: str) -> None:
    install("pigeonry", "pigeon", code)
    with pytest.raises(ConfigError, match="of pigeonry is no connector"):
        registry.load("pigeon")


def test_a_name_nearly_right_brings_the_right_one_to_mind() -> None:
    with pytest.raises(ConfigError, match="did you mean 'google_calendar'"):
        registry.load("google_calender")
