"""The encrypted file closed with a passphrase; and a file that is never half written."""

from __future__ import annotations

import base64
import getpass
import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import keyring
import pytest
from keyring.backends import fail

from beforehand.secrets import FileSecrets, open_secrets, public_environment, without_secrets
from beforehand.secrets.encrypted import FILE
from connectors.errors import ConfigError

PASSPHRASE = "a quince and two pears"
SECRET = "1//refresh"
ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep each test from the machine's own keyring, key and configuration."""
    monkeypatch.setattr(keyring, "get_keyring", fail.Keyring)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("BEFOREHAND_SECRETS", "BEFOREHAND_SECRETS_KEY", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def closed(data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that was closed with the passphrase, which is then no longer in the environment."""
    monkeypatch.setenv("BEFOREHAND_SECRETS_PASSPHRASE", PASSPHRASE)
    open_secrets(data).set("a", SECRET)
    monkeypatch.delenv("BEFOREHAND_SECRETS_PASSPHRASE")
    return data / FILE


class Terminal(io.StringIO):
    """Somebody sits there."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Let somebody at a terminal type these, one for each question; returns the questions."""

    def answers(*texts: str) -> list[str]:
        left, asked = list(texts), []
        monkeypatch.setattr(sys, "stdin", Terminal())
        monkeypatch.setattr(getpass, "getpass", lambda what: asked.append(what) or left.pop(0))
        return asked

    return answers


def test_a_passphrase_in_the_environment_opens_what_it_closed(
    closed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEFOREHAND_SECRETS_PASSPHRASE", PASSPHRASE)
    assert open_secrets(closed.parent).get("a") == SECRET


def test_the_file_says_how_it_is_closed_and_nothing_else(closed: Path, tmp_path: Path) -> None:
    head, _, rest = closed.read_bytes().partition(b"\n")
    said = json.loads(head)
    assert said["version"] == 1
    assert len(base64.b64decode(said["scrypt"]["salt"])) == 16
    assert (said["scrypt"]["n"], said["scrypt"]["r"], said["scrypt"]["p"]) == (32768, 8, 3)
    assert SECRET.encode() not in rest
    assert not (tmp_path / "config").exists(), "no key lies about beside a passphrase"
    assert closed.stat().st_mode & 0o777 == 0o600


def test_every_file_has_a_salt_of_its_own_and_keeps_it(
    closed: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def salt(path: Path) -> str:
        return str(json.loads(path.read_bytes().partition(b"\n")[0])["scrypt"]["salt"])

    before = salt(closed)
    monkeypatch.setenv("BEFOREHAND_SECRETS_PASSPHRASE", PASSPHRASE)
    open_secrets(closed.parent).set("b", "more")
    open_secrets(tmp_path / "other").set("a", SECRET)
    assert salt(closed) == before != salt(tmp_path / "other" / FILE)


@pytest.mark.usefixtures("closed")
def test_a_wrong_passphrase_is_said_without_showing_it(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEFOREHAND_SECRETS_PASSPHRASE", "a quince and no pear")
    before = (data / FILE).read_bytes()
    secrets = open_secrets(data)
    for act in (lambda: secrets.get("a"), lambda: secrets.set("b", "x")):
        with pytest.raises(ConfigError, match="does not open with the key from the pass") as caught:
            act()
        assert "no pear" not in str(caught.value)
    assert (data / FILE).read_bytes() == before


def test_without_a_terminal_the_missing_passphrase_is_said(
    closed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for nobody in (io.StringIO(), None):
        monkeypatch.setattr(sys, "stdin", nobody)
        with pytest.raises(ConfigError, match="give it in BEFOREHAND_SECRETS_PASSPHRASE"):
            open_secrets(closed.parent).get("a")


def test_at_a_terminal_it_is_asked_for_once_in_a_process(
    closed: Path, typed: Callable[..., list[str]]
) -> None:
    asked = typed(PASSPHRASE)
    secrets = open_secrets(closed.parent)
    assert [secrets.get("a"), secrets.get("b")] == [SECRET, None]
    secrets.set("b", "more")
    assert len(asked) == 1


def test_a_new_passphrase_is_asked_for_twice_and_must_be_the_same(
    data: Path, typed: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEFOREHAND_SECRETS", "passphrase")
    for said, told in (
        ((PASSPHRASE, "a quince and two peers"), "differ"),
        (("short", "short"), "at least 8"),
        (("", ""), "no passphrase"),
    ):
        typed(*said)
        with pytest.raises(ConfigError, match=told):
            open_secrets(data).set("a", SECRET)
        assert not (data / FILE).exists()
    assert len(typed(PASSPHRASE, PASSPHRASE)) == 0
    open_secrets(data).set("a", SECRET)
    typed(PASSPHRASE)
    assert open_secrets(data).get("a") == SECRET


def test_a_file_with_a_key_takes_the_passphrase_when_it_is_next_written(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_secrets(data).set("a", SECRET)
    monkeypatch.setenv("BEFOREHAND_SECRETS_PASSPHRASE", PASSPHRASE)
    assert open_secrets(data).get("a") == SECRET
    open_secrets(data).set("b", "more")
    monkeypatch.delenv("BEFOREHAND_SECRETS_PASSPHRASE")
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(ConfigError, match="closed with a passphrase"):
        open_secrets(data).get("a")
    monkeypatch.setenv("BEFOREHAND_SECRETS_PASSPHRASE", PASSPHRASE)
    assert open_secrets(data).get("a") == SECRET


def test_a_file_of_the_time_before_passphrases_still_opens(data: Path) -> None:
    open_secrets(data).set("a", SECRET)
    path = data / FILE
    path.write_bytes(path.read_bytes().partition(b"\n")[2])
    assert open_secrets(data).get("a") == SECRET


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"version": 2}, "written by a newer beforehand"),
        ({"scrypt": {"n": 2**30, "r": 8, "p": 3, "salt": ""}}, "is damaged"),
        ({"scrypt": {"n": 2**15, "r": 8, "p": 3, "salt": "?"}}, "is damaged"),
        ({"scrypt": {"n": "all", "r": 8, "p": 3, "salt": ""}}, "is damaged"),
        ({"scrypt": 7}, "is damaged"),
    ],
)
def test_a_strange_head_is_said_and_costs_neither_memory_nor_the_file(
    closed: Path, change: dict[str, object], told: str
) -> None:
    head, _, rest = closed.read_bytes().partition(b"\n")
    closed.write_bytes(json.dumps(json.loads(head) | change).encode() + b"\n" + rest)
    before = closed.read_bytes()
    with pytest.raises(ConfigError, match=told):
        open_secrets(closed.parent).set("a", "x")
    assert closed.read_bytes() == before


def test_programs_that_are_started_get_no_secret_along(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEFOREHAND_SECRETS_PASSPHRASE", PASSPHRASE)
    secrets = open_secrets(data)
    assert PASSPHRASE not in public_environment().values()
    with without_secrets():
        assert PASSPHRASE not in os.environ.values()
        secrets.set("a", SECRET)  # what was opened before goes on
    assert os.environ["BEFOREHAND_SECRETS_PASSPHRASE"] == PASSPHRASE
    assert open_secrets(data).get("a") == SECRET


REWRITE = """
import sys
from pathlib import Path
from beforehand.secrets import open_secrets
secrets = open_secrets(Path(sys.argv[1]))
print("ready", flush=True)
number = 0
while True:
    number += 1
    secrets.set("a", f"{number} " + "x" * 200_000)
    secrets.set("b", f"{number} " + "y" * 200_000)
"""


def test_killed_in_the_middle_of_writing_the_file_is_the_old_one_or_the_new_one(
    data: Path,
) -> None:
    environment = os.environ | {"BEFOREHAND_SECRETS": "file"}
    rng = random.Random(7)  # noqa: S311 - picks moments, nothing secret
    FileSecrets(data).set("kept", SECRET)
    for _ in range(12):
        with subprocess.Popen(
            [sys.executable, "-c", REWRITE, str(data)],
            env=environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
            time.sleep(rng.uniform(0.02, 0.12))
            writer.send_signal(signal.SIGKILL)
        found = FileSecrets(data)
        assert found.get("kept") == SECRET
        for name, letter in (("a", "x"), ("b", "y")):
            number, _, rest = (found.get(name) or f"0 {letter * 200_000}").partition(" ")
            assert number.isdecimal()
            assert rest == letter * 200_000
        assert (data / FILE).stat().st_mode & 0o777 == 0o600
    FileSecrets(data).set("last", "one")
    assert {path.name for path in data.iterdir()} == {FILE, f"{FILE}.lock"}, "nothing is left over"
