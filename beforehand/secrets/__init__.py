"""Secrets by name: in the operating system's keyring, or in an encrypted file where there is none.

They stand nowhere else, and never in a log, an error or the `repr` of an object.

The file's key is kept apart from the file, so that a copy of the data folder alone is worthless:
a systemd credential (`LoadCredential=beforehand.key`), the environment, or a key file of its own
in the platform's configuration folder, made when the first secret is kept.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from beforehand import folders
from beforehand.files import make_private, write_private
from connectors.api import TokenStore
from connectors.errors import ConfigError

if TYPE_CHECKING:
    from cryptography.fernet import Fernet
    from keyring.backend import KeyringBackend

CHOICE_VARIABLE = "BEFOREHAND_SECRETS"
KEY_VARIABLE = "BEFOREHAND_SECRETS_KEY"
CREDENTIAL = "beforehand.key"
FILE = "secrets.json.enc"
KEY_FILE = "secrets.key"

# Keyring's own bound for "recommended"; below it are backends that keep secrets in plain files.
_RECOMMENDED = 1


def open_secrets(folder: Path) -> TokenStore:
    """The store of secrets of an installation whose data are in `folder`.

    $BEFOREHAND_SECRETS set to "keyring" or "file" chooses; else the keyring where a usable one
    is there. Opens and creates nothing yet. Raises ConfigError for a choice that cannot be had.
    """
    choice = os.environ.get(CHOICE_VARIABLE, "")
    if choice not in {"", "keyring", "file"}:
        raise ConfigError(f'{CHOICE_VARIABLE} is "{choice}": it may be "keyring" or "file"')
    backend = None if choice == "file" else _usable_keyring()
    if backend is not None:
        return KeyringSecrets(folder, backend)
    if choice == "keyring":
        raise ConfigError(
            f'{CHOICE_VARIABLE} is "keyring", but there is no usable keyring here: '
            'unlock or install one, or set it to "file"'
        )
    return FileSecrets(folder)


def _usable_keyring() -> KeyringBackend | None:
    import keyring  # noqa: PLC0415 - slow, and not needed where a file is chosen

    backend = keyring.get_keyring()
    try:
        return backend if backend.priority >= _RECOMMENDED else None
    except RuntimeError:  # how a backend says that it cannot work here
        return None


class KeyringSecrets:
    """Secrets in the operating system's keyring.

    The data folder is part of the service's name: two installations of one user may well have
    a source of the same id, and neither may read the other's token.
    """

    def __init__(self, folder: Path, backend: KeyringBackend) -> None:
        self._service = f"{folders.APP} {folder.resolve()}"
        self._backend = backend

    def __repr__(self) -> str:
        return f"KeyringSecrets({self._service!r})"

    def get(self, name: str) -> str | None:
        """Return the secret of this name, or None. Raises ConfigError where the keyring fails."""
        with _keyring_faults():
            return self._backend.get_password(self._service, name)

    def set(self, name: str, secret: str) -> None:
        """Keep a secret under this name. Raises ConfigError where the keyring fails."""
        with _keyring_faults():
            self._backend.set_password(self._service, name, secret)

    def delete(self, name: str) -> None:
        """Remove a secret; removing none is no error. Raises ConfigError on other faults."""
        if self.get(name) is not None:
            with _keyring_faults():
                self._backend.delete_password(self._service, name)


@contextlib.contextmanager
def _keyring_faults() -> Iterator[None]:
    from keyring.errors import KeyringError  # noqa: PLC0415 - as above

    try:
        yield
    except KeyringError as error:
        # The cause is left out: a backend may quote what it was given.
        raise ConfigError(
            f"the keyring cannot be used ({type(error).__name__}): unlock it, "
            f"or set {CHOICE_VARIABLE}=file to keep secrets in an encrypted file"
        ) from None


class FileSecrets:
    """Secrets in one encrypted file (Fernet: AES-128-CBC and HMAC-SHA256), mode 0600.

    The file is replaced whole, under a lock that other processes honour, so that two writers lose
    nothing and a reader sees one state or the other.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / FILE

    def __repr__(self) -> str:
        return f"FileSecrets({str(self._path)!r})"

    def get(self, name: str) -> str | None:
        """Return the secret of this name, or None. Raises ConfigError: see `set`."""
        return self._read().get(name)

    def set(self, name: str, secret: str) -> None:
        """Keep a secret under this name.

        Raises ConfigError where the file or its key cannot be read or written, or do not belong
        together.
        """
        with self._locked():
            self._write({**self._read(), name: secret})

    def delete(self, name: str) -> None:
        """Remove a secret; removing none is no error. Raises ConfigError: see `set`."""
        if not self._path.exists():
            return
        with self._locked():
            secrets = self._read()
            if secrets.pop(name, None) is not None:
                self._write(secrets)

    def _read(self) -> dict[str, str]:
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 - slow to import

        try:
            token = self._path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            _cannot("read", self._path, error)
        key = _find_key()
        if key is None:
            raise ConfigError(
                f"{self._path} is there, but its key is not: put {_key_path()} back, or give the "
                f"key in {KEY_VARIABLE}; or delete the file and authorise the sources again"
            )
        try:
            secrets: dict[str, str] = json.loads(key.fernet().decrypt(token))
        except InvalidToken:
            raise ConfigError(
                f"{self._path} does not open with the key from {key.origin}: use the key it was "
                "written with, or delete the file and authorise the sources again"
            ) from None
        return secrets

    def _write(self, secrets: dict[str, str]) -> None:
        key = _find_key() or _make_key()
        token = key.fernet().encrypt(json.dumps(secrets).encode())
        try:
            write_private(self._path, token)
        except OSError as error:
            _cannot("write", self._path, error)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the lock of this file against other processes and threads."""
        path = self._folder / f"{FILE}.lock"
        try:
            make_private(self._folder)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            _cannot("write", path, error)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


@dataclass(frozen=True, slots=True)
class _Key:
    """A Fernet key and where it came from, to name it in an error."""

    value: str = field(repr=False)
    origin: str

    def fernet(self) -> Fernet:
        from cryptography.fernet import Fernet  # noqa: PLC0415 - slow to import

        try:
            return Fernet(self.value)
        except ValueError:
            # Without its cause, which may quote the key.
            raise ConfigError(
                f"the key from {self.origin} is none: it must be 32 random bytes in base64, "
                "as `openssl rand -base64 32` writes them"
            ) from None


def _key_path() -> Path:
    from platformdirs import user_config_path  # noqa: PLC0415 - not needed with a keyring

    return user_config_path(folders.APP) / KEY_FILE


def _find_key() -> _Key | None:
    """The key from the first place that has one: credential, environment, key file."""
    if folder := os.environ.get("CREDENTIALS_DIRECTORY"):
        path = Path(folder) / CREDENTIAL
        with contextlib.suppress(FileNotFoundError):
            return _Key(_read_key(path), f"the systemd credential {CREDENTIAL}")
    if value := os.environ.get(KEY_VARIABLE):
        return _Key(value.strip(), KEY_VARIABLE)
    path = _key_path()
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    except OSError as error:
        _cannot("read", path, error)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(f"others may read the key of the secrets: run `chmod 600 {path}`")
    return _Key(_read_key(path), str(path))


def _read_key(path: Path) -> str:
    """The key in a file. Raises FileNotFoundError, and ConfigError for other faults."""
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise
    except OSError as error:
        _cannot("read", path, error)
    except UnicodeDecodeError:
        return ""  # no key; said where it is used


def _make_key() -> _Key:
    """Make the key file. Where another process was quicker, its key is taken."""
    from cryptography.fernet import Fernet  # noqa: PLC0415 - slow to import

    path = _key_path()
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
        _cannot("write", path, error)
    return _Key(_read_key(path), str(path))


def _cannot(do: str, path: Path, error: OSError) -> NoReturn:
    raise ConfigError(f"cannot {do} {path}: {error.strerror}") from error
