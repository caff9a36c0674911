"""Secrets in one encrypted file.

Its first line is JSON on how the key is derived; the rest is a Fernet token (AES-128-CBC and
HMAC-SHA256). A file without that line dates from before there were passphrases.
"""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from beforehand.files import write_private
from beforehand.secrets.errors import raise_file_error
from beforehand.secrets.keys import Key, Keys, Scrypt
from beforehand.secrets.locks import exclusive_lock, lock_path
from connectors.errors import ConfigError

FILE = "secrets.json.enc"
_VERSION = 1


class FileSecrets:
    """Secrets in one encrypted file, mode 0600.

    The file is replaced whole, under a lock that other processes honour, so that two writers lose
    nothing and a reader sees one state or the other.
    """

    def __init__(self, folder: Path, keys: Keys | None = None) -> None:
        self._folder = folder
        self._path = folder / FILE
        self._keys = keys or Keys()

    def __repr__(self) -> str:
        return f"FileSecrets({str(self._path)!r})"

    def get(self, name: str) -> str | None:
        """Return the secret of this name, or None. Raises ConfigError: see `set`."""
        return self._read()[0].get(name)

    def set(self, name: str, secret: str) -> None:
        """Keep a secret under this name.

        Raises ConfigError where the file or its key cannot be read or written, or do not belong
        together.
        """
        with self._locked():
            secrets, key = self._read()
            self._write({**secrets, name: secret}, key)

    def delete(self, name: str) -> None:
        """Remove a secret; removing none is no error. Raises ConfigError: see `set`."""
        if not self._path.exists():
            return
        with self._locked():
            secrets, key = self._read()
            if secrets.pop(name, None) is not None:
                self._write(secrets, key)

    @contextlib.contextmanager
    def exclusive(self, name: str) -> Iterator[None]:
        """Hold this secret against others who would change it. Raises ConfigError."""
        with exclusive_lock(lock_path(self._folder, name)):
            yield

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with exclusive_lock(self._folder / f"{FILE}.lock"):
            yield

    def _read(self) -> tuple[dict[str, str], Key | None]:
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 - slow to import

        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return {}, None
        except OSError as error:
            raise_file_error("read", self._path, error)
        scrypt, token = self._parse(content)
        key = self._keys.to_open(scrypt, self._path)
        try:
            secrets: dict[str, str] = json.loads(key.fernet().decrypt(token))
        except InvalidToken:
            raise ConfigError(
                f"{self._path} does not open with the key from {key.origin}: use the key it was "
                "written with, or delete the file and authorise the sources again"
            ) from None
        return secrets, key

    def _parse(self, content: bytes) -> tuple[Scrypt | None, bytes]:
        """Return the key derivation, if any, and the token. Raises ConfigError if damaged."""
        if not content.startswith(b"{"):
            return None, content
        head, _, token = content.partition(b"\n")
        try:
            header = json.loads(head)
            if header["version"] != _VERSION:
                raise ConfigError(
                    f"{self._path} was written by a newer beforehand (version {header['version']!s}"
                    "): use that one"
                )
            scrypt = header.get("scrypt")
            if scrypt is None:
                return None, token
            salt = base64.b64decode(scrypt["salt"], validate=True)
            return Scrypt(salt, scrypt["n"], scrypt["r"], scrypt["p"]), token
        except (ValueError, KeyError, TypeError):
            raise ConfigError(
                f"{self._path} is damaged: put a copy back, or delete it and authorise the "
                "sources again"
            ) from None

    def _write(self, secrets: dict[str, str], opened: Key | None) -> None:
        key = self._keys.to_close(opened, self._path)
        head: dict[str, object] = {"version": _VERSION}
        if key.scrypt is not None:
            salt = base64.b64encode(key.scrypt.salt).decode()
            head["scrypt"] = {"n": key.scrypt.n, "r": key.scrypt.r, "p": key.scrypt.p, "salt": salt}
        token = key.fernet().encrypt(json.dumps(secrets).encode())
        try:
            # Of a process that was killed while it wrote.
            for left in self._folder.glob(f".{FILE}.*"):
                left.unlink(missing_ok=True)
            write_private(self._path, json.dumps(head).encode() + b"\n" + token)
        except OSError as error:
            raise_file_error("write", self._path, error)
