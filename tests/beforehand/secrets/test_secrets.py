"""Secrets: kept in a keyring or an encrypted file, and shown nowhere."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys
from pathlib import Path

import keyring
import pytest
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringLocked

from beforehand.secrets import FileSecrets, KeyringSecrets, open_secrets
from connectors.errors import ConfigError
from tests.support.timeouts import LONG_SECONDS

SECRET = "hunter2-öäü-\n-correct horse"


class MemoryKeyring(KeyringBackend):
    """A keyring in memory, as good as the real ones."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked(f"could not look up {SECRET}")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class PlainFileKeyring(MemoryKeyring):
    """As keyrings.alt's plain text file: there, but not recommended."""

    priority = 0.5


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep each test from the machine's own keyring, key and configuration."""
    monkeypatch.setattr(keyring, "get_keyring", fail.Keyring)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("BEFOREHAND_SECRETS", "BEFOREHAND_SECRETS_KEY", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def key_file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "beforehand" / "secrets.key"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_secret_comes_back_from_the_file_after_a_restart(data: Path) -> None:
    open_secrets(data).set("google:mail", SECRET)
    assert isinstance(open_secrets(data), FileSecrets)
    assert open_secrets(data).get("google:mail") == SECRET
    assert open_secrets(data).get("google:other") is None


def test_setting_again_replaces_and_deleting_removes_only_that_one(data: Path) -> None:
    secrets = open_secrets(data)
    secrets.set("a", "1")
    secrets.set("b", "2")
    secrets.set("a", "3")
    secrets.delete("b")
    assert (secrets.get("a"), secrets.get("b")) == ("3", None)


def test_deleting_none_is_no_error_and_creates_nothing(data: Path, tmp_path: Path) -> None:
    open_secrets(data).delete("a")
    assert list(tmp_path.iterdir()) == []


def test_the_file_and_its_key_are_private_apart_and_unreadable(data: Path, tmp_path: Path) -> None:
    open_secrets(data).set("google:mail", SECRET)
    file, key = data / "secrets.json.enc", key_file(tmp_path)
    assert mode(file) == mode(key) == 0o600
    assert b"hunter2" not in file.read_bytes()
    assert b"google" not in file.read_bytes()
    assert {p.name for p in data.iterdir()} == {"secrets.json.enc", "secrets.json.enc.lock"}
    assert [p.name for p in key.parent.iterdir()] == ["secrets.key"]


def test_a_key_that_others_can_read_is_refused_with_the_cure(data: Path, tmp_path: Path) -> None:
    secrets = open_secrets(data)
    secrets.set("a", SECRET)
    key_file(tmp_path).chmod(0o640)
    with pytest.raises(ConfigError, match=r"chmod 600 .*secrets\.key"):
        secrets.get("a")


def test_a_wrong_key_is_said_and_neither_read_nor_overwritten(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = open_secrets(data)
    secrets.set("a", SECRET)
    before = (data / "secrets.json.enc").read_bytes()
    monkeypatch.setenv("BEFOREHAND_SECRETS_KEY", Fernet.generate_key().decode())
    secrets = open_secrets(data)
    for act in (lambda: secrets.get("a"), lambda: secrets.set("b", "x")):
        with pytest.raises(ConfigError, match="does not open with the key from BEFOREHAND_SEC"):
            act()
    assert (data / "secrets.json.enc").read_bytes() == before


def test_a_lost_key_is_said_and_no_new_one_is_made_over_it(data: Path, tmp_path: Path) -> None:
    secrets = open_secrets(data)
    secrets.set("a", SECRET)
    key_file(tmp_path).unlink()
    for act in (lambda: secrets.get("a"), lambda: secrets.set("b", "x")):
        with pytest.raises(ConfigError, match="its key is not"):
            act()
    assert not key_file(tmp_path).exists()


def test_the_key_may_come_from_systemd_before_all_else(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    # As `openssl rand -base64 32` writes it: the other alphabet, and a newline.
    (credentials / "beforehand.key").write_text("+/" * 21 + "8=\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    monkeypatch.setenv("BEFOREHAND_SECRETS_KEY", Fernet.generate_key().decode())
    open_secrets(data).set("a", SECRET)
    monkeypatch.delenv("BEFOREHAND_SECRETS_KEY")
    assert open_secrets(data).get("a") == SECRET
    assert not key_file(tmp_path).exists()


def test_a_systemd_folder_without_our_credential_leaves_the_other_places(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    open_secrets(data).set("a", SECRET)
    assert open_secrets(data).get("a") == SECRET
    assert key_file(tmp_path).exists()


@pytest.mark.parametrize("key", ["password", "ÄÖÜ", "A" * 44])
def test_a_key_that_is_none_is_said_without_showing_it(
    data: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("BEFOREHAND_SECRETS_KEY", key)
    with pytest.raises(ConfigError, match="openssl rand") as caught:
        open_secrets(data).set("a", SECRET)
    assert key not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_folder_that_cannot_be_written_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(ConfigError, match="cannot write"):
        open_secrets(tmp_path / "data").set("a", SECRET)


WRITE_EIGHT = """
import sys
from pathlib import Path
from beforehand.secrets import open_secrets
for number in range(8):
    open_secrets(Path(sys.argv[1])).set(f"{sys.argv[2]}-{number}", f"secret {sys.argv[2]} {number}")
"""


def test_writers_in_other_processes_lose_nothing_and_agree_on_one_key(data: Path) -> None:
    command = [sys.executable, "-c", WRITE_EIGHT, str(data)]
    environment = os.environ | {"BEFOREHAND_SECRETS": "file"}
    root = Path(__file__).parents[3]
    writers = [
        subprocess.Popen([*command, str(who)], env=environment, cwd=root) for who in range(3)
    ]
    assert [writer.wait(timeout=LONG_SECONDS) for writer in writers] == [0, 0, 0]
    secrets = open_secrets(data)
    kept = {f"{w}-{n}": secrets.get(f"{w}-{n}") for w in range(3) for n in range(8)}
    assert kept == {f"{w}-{n}": f"secret {w} {n}" for w in range(3) for n in range(8)}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=40), secret=st.text(max_size=3000))
def test_any_name_and_any_secret_come_back_whole(data: Path, name: str, secret: str) -> None:
    # Surrogates cannot be in text that came from a file or the network; they are left out.
    name, secret = (text.encode("utf-8", "ignore").decode() for text in (name, secret))
    open_secrets(data).set(name, secret)
    assert open_secrets(data).get(name) == secret


def test_a_usable_keyring_is_taken_before_the_file(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = MemoryKeyring()
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
    secrets = open_secrets(data)
    assert isinstance(secrets, KeyringSecrets)
    secrets.set("a", SECRET)
    assert secrets.get("a") == SECRET
    secrets.delete("a")
    secrets.delete("a")
    assert secrets.get("a") is None
    assert not data.exists()


def test_two_installations_on_one_keyring_cannot_read_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = MemoryKeyring()
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
    open_secrets(tmp_path / "mine").set("google:mail", SECRET)
    assert open_secrets(tmp_path / "demo").get("google:mail") is None


@pytest.mark.parametrize("backend", [fail.Keyring, null.Keyring, PlainFileKeyring])
def test_a_keyring_that_keeps_nothing_or_keeps_it_readable_is_not_used(
    data: Path, monkeypatch: pytest.MonkeyPatch, backend: type[KeyringBackend]
) -> None:
    monkeypatch.setattr(keyring, "get_keyring", backend)
    assert isinstance(open_secrets(data), FileSecrets)
    monkeypatch.setenv("BEFOREHAND_SECRETS", "keyring")
    with pytest.raises(ConfigError, match="no usable keyring"):
        open_secrets(data)


def test_the_file_can_be_chosen_over_a_keyring(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "get_keyring", MemoryKeyring)
    monkeypatch.setenv("BEFOREHAND_SECRETS", "file")
    assert isinstance(open_secrets(data), FileSecrets)


def test_a_choice_that_does_not_exist_is_refused(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEFOREHAND_SECRETS", "vault")
    with pytest.raises(ConfigError, match='may be "keyring", "file" or "passphrase"'):
        open_secrets(data)


def test_a_locked_keyring_is_said_without_what_it_quotes(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = MemoryKeyring()
    backend.locked = True
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
    with pytest.raises(ConfigError, match="unlock it") as caught:
        open_secrets(data).get("a")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_no_secret_is_in_a_repr_or_a_log(
    data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    backend = MemoryKeyring()
    for choice in ("file", "keyring"):
        monkeypatch.setenv("BEFOREHAND_SECRETS", choice)
        monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
        secrets = open_secrets(data)
        secrets.set("a", SECRET)
        assert secrets.get("a") == SECRET
        assert "hunter2" not in f"{secrets!r} {secrets} {vars(secrets)}"
    assert "hunter2" not in caplog.text
    assert key_file(tmp_path).read_text() not in caplog.text
