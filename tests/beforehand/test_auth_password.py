"""Access by a password: a connector asks its owner, in `beforehand auth` alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.owner import CONFIG, Cli, InstallConnector

LOCKED = """
from connectors.api import Batch, Channel, SourceConfig
from connectors.errors import AuthRequired

class Locked:
    name = "locked"
    channels = frozenset({Channel.MAIL})
    Config = SourceConfig

    def __init__(self, config, context):
        self.context = context

    def check(self):
        return f"opened with {len(self._password())} characters"

    def pull(self, cursor):
        self._password()
        yield Batch(cursor="end")

    def authorize(self, *, open_browser=True):
        user = self.context.ask("User")
        self.context.tokens.set("locked", self.context.ask(f"Password of {user}", secret=True))
        return f"The password of {user} is kept."

    def _password(self):
        kept = self.context.tokens.get("locked")
        return kept if kept is not None else self.context.ask("Password", secret=True)
"""


@pytest.fixture
def locked(home: Path, install_connector: InstallConnector) -> Path:
    """A configuration with a source that wants a password."""
    install_connector("locked", "locked_code:Locked", LOCKED)
    (home / "config.toml").write_text(f'{CONFIG}[[sources]]\nid = "box"\ntype = "locked"\n')
    return home


@pytest.mark.usefixtures("locked")
def test_a_connector_asks_its_owner_and_keeps_what_they_type_unseen(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, bool]] = []

    def prompt(question: str, *, hide_input: bool) -> str:
        asked.append((question, hide_input))
        return "tulip"

    monkeypatch.setattr("typer.prompt", prompt)
    said = cli("auth", "box")
    assert said.out.splitlines()[0] == "The password of tulip is kept."
    assert asked == [("User", False), ("Password of tulip", True)]
    assert cli("sync").out


@pytest.mark.filterwarnings("ignore::getpass.GetPassWarning")
@pytest.mark.usefixtures("locked")
def test_what_is_piped_in_is_an_answer_too_and_its_end_is_none(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getpass", lambda prompt, **_: input(prompt))
    said = cli("auth", "box", answers="ada\n", code=3)
    advice = "Password of ada: nobody is here to ask; run `beforehand auth box` in a terminal"
    assert advice in said.err
    assert "is kept" in cli("auth", "box", answers="ada\ntulip\n").out


@pytest.mark.usefixtures("locked")
def test_a_sync_asks_nobody_and_says_what_to_run(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("typer.prompt", lambda *_, **__: pytest.fail("somebody was asked"))
    said = cli("sync", code=3)
    assert "run `beforehand auth box` in a terminal" in said.out + said.err
    assert "run `beforehand auth box` in a terminal" in cli("doctor", code=3).out
