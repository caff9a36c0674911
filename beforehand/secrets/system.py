"""Secrets in the operating system's keyring."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from beforehand import folders
from beforehand.secrets.locks import exclusive_lock, lock_path
from connectors.errors import ConfigError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

# Keyring's own bound for "recommended"; below it are backends that keep secrets in plain files.
_RECOMMENDED = 1


def usable_keyring() -> KeyringBackend | None:
    """The keyring, where there is one that keeps secrets."""
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
        self._folder = folder
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
    def exclusive(self, name: str) -> Iterator[None]:
        """Hold this secret against others who would change it. Raises ConfigError."""
        with exclusive_lock(lock_path(self._folder, name)):
            yield


@contextlib.contextmanager
def _keyring_faults() -> Iterator[None]:
    from keyring.errors import KeyringError  # noqa: PLC0415 - as above

    try:
        yield
    except KeyringError as error:
        # The cause is left out: a backend may quote what it was given.
        raise ConfigError(
            f"the keyring cannot be used ({type(error).__name__}): unlock it, "
            "or set BEFOREHAND_SECRETS=file to keep secrets in an encrypted file"
        ) from None
