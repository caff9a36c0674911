"""The key of the encrypted file, kept apart from it: a copy of the data alone is worthless.

It comes from a systemd credential (`LoadCredential=beforehand.key`), the environment, a
passphrase, or a key file of its own in the platform's configuration folder, made when the first
secret is kept.
"""

from __future__ import annotations

import base64
import contextlib
import os
import stat
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from beforehand import folders
from beforehand.files import make_private, write_private
from beforehand.secrets.environment import KEY_VARIABLE, PASSPHRASE_VARIABLE
from beforehand.secrets.errors import raise_file_error
from connectors.errors import ConfigError

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

CREDENTIAL = "beforehand.key"
KEY_FILE = "secrets.key"
_SHORTEST_PASSPHRASE = 8


@dataclass(frozen=True, slots=True)
class Scrypt:
    """How a passphrase becomes a key: RFC 7914's parameters, and a salt of 16 random bytes.

    32 MB and about a third of a second, as strong as n = 2**17 with p = 1, for small machines.
    """

    salt: bytes
    n: int = 2**15
    r: int = 8
    p: int = 3

    def __post_init__(self) -> None:
        # A header that was tampered with may not take all memory: 128 * n * r bytes are needed.
        if not (2**14 <= self.n <= 2**20 and 1 <= self.r <= 16 and 1 <= self.p <= 16):  # noqa: PLR2004 - bounds
            raise ValueError("no parameters that we ever wrote")

    def key(self, passphrase: str) -> str:
        """The Fernet key of a passphrase."""
        from cryptography.hazmat.primitives.kdf import scrypt  # noqa: PLC0415 - slow to import

        made = scrypt.Scrypt(salt=self.salt, length=32, n=self.n, r=self.r, p=self.p)
        return base64.urlsafe_b64encode(made.derive(passphrase.encode())).decode()


@dataclass(frozen=True, slots=True)
class Key:
    """A Fernet key and where it came from, to name it in an error.

    `scrypt` is how it was made, if it was made of a passphrase.
    """

    value: str = field(repr=False)
    origin: str
    scrypt: Scrypt | None = None

    def fernet(self) -> Fernet:
        """Return the cipher. Raises ConfigError where the value is no valid key."""
        from cryptography.fernet import Fernet  # noqa: PLC0415 - slow to import

        try:
            return Fernet(self.value)
        except ValueError:
            # Without its cause, which may quote the key.
            raise ConfigError(
                f"the key from {self.origin} is none: it must be 32 random bytes in base64, "
                "as `openssl rand -base64 32` writes them"
            ) from None


class Keys:
    """The places where the key may be. The environment is read once, at construction.

    `by_passphrase`: a new file is encrypted with a passphrase, asked for if none is given.
    """

    def __init__(self, *, by_passphrase: bool = False) -> None:
        self._by_passphrase = by_passphrase
        self._value = os.environ.get(KEY_VARIABLE, "").strip()
        self._passphrase = os.environ.get(PASSPHRASE_VARIABLE, "")
        self._made: Key | None = None

    def to_open(self, scrypt: Scrypt | None, path: Path) -> Key:
        """Return the key that opens an existing file. Raises ConfigError where there is none."""
        if scrypt is not None:
            return self._from_passphrase(scrypt, path, new=False)
        key = self._configured_key()
        if key is None:
            raise ConfigError(
                f"{path} is there, but its key is not: put {key_path()} back, or give the "
                f"key in {KEY_VARIABLE}; or delete the file and authorise the sources again"
            )
        return key

    def to_close(self, opened: Key | None, path: Path) -> Key:
        """Return the key to write the file with; `opened` is the one that it had so far."""
        if self._passphrase or self._by_passphrase:
            if opened is not None and opened.scrypt is not None:
                return opened
            return self._from_passphrase(Scrypt(os.urandom(16)), path, new=True)
        return opened or self._configured_key() or _make_key()

    def _from_passphrase(self, scrypt: Scrypt, path: Path, *, new: bool) -> Key:
        """Derive the key, once in a process: that is slow on purpose."""
        if self._made is None or self._made.scrypt != scrypt:
            if not self._passphrase:
                self._passphrase = _ask_passphrase(path, new=new)
            if new and len(self._passphrase) < _SHORTEST_PASSPHRASE:
                self._passphrase = ""
                raise ConfigError(
                    f"the passphrase is too short: take at least {_SHORTEST_PASSPHRASE} characters"
                )
            self._made = Key(scrypt.key(self._passphrase), "the passphrase", scrypt)
        return self._made

    def _configured_key(self) -> Key | None:
        """Return the key from the first place that has one: credential, environment, key file."""
        if folder := os.environ.get("CREDENTIALS_DIRECTORY"):
            # Its mode is systemd's business: where an access list lets us in, it looks open.
            path = Path(folder) / CREDENTIAL
            with contextlib.suppress(FileNotFoundError):
                return Key(_read_key(path), f"the systemd credential {CREDENTIAL}")
        if self._value:
            return Key(self._value, KEY_VARIABLE)
        path = key_path()
        try:
            mode = path.stat().st_mode
        except FileNotFoundError:
            return None
        except OSError as error:
            raise_file_error("read", path, error)
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ConfigError(f"others may read the key of the secrets: run `chmod 600 {path}`")
        return Key(_read_key(path), str(path))


def _ask_passphrase(path: Path, *, new: bool) -> str:
    """Ask the owner for the passphrase, without echo; a new one twice."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise ConfigError(
            f"{path} is closed with a passphrase: give it in {PASSPHRASE_VARIABLE}, "
            "or run this at a terminal"
        )
    import getpass  # noqa: PLC0415 - only where somebody is asked

    passphrase = getpass.getpass("Passphrase of your secrets: ")
    if new and getpass.getpass("The same once more: ") != passphrase:
        raise ConfigError("the two passphrases differ: run it again")
    if not passphrase:
        raise ConfigError("no passphrase was given: run it again")
    return passphrase


def key_path() -> Path:
    """Where the key file is."""
    from platformdirs import user_config_path  # noqa: PLC0415 - not needed with a keyring

    return user_config_path(folders.APP) / KEY_FILE


def _read_key(path: Path) -> str:
    """The key in a file. Raises FileNotFoundError, and ConfigError for other faults."""
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise_file_error("read", path, error)
    except UnicodeDecodeError:
        return ""  # no key; said where it is used


def _make_key() -> Key:
    """Make the key file. Where another process was quicker, its key is taken."""
    from cryptography.fernet import Fernet  # noqa: PLC0415 - slow to import

    path = key_path()
    try:
        make_private(path.parent)
        # Written beside and linked into place: the file is never there half, nor written twice.
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        write_private(fresh, Fernet.generate_key())
        try:
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(fresh)
        finally:
            fresh.unlink()
    except OSError as error:
        raise_file_error("write", path, error)
    return Key(_read_key(path), str(path))
