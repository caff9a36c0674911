"""Secrets by name: in the operating system's keyring, or in an encrypted file where there is none.

They are kept nowhere else, and never shown in a log, an error or the `repr` of an object.
"""

from __future__ import annotations

import os
from pathlib import Path

from beforehand.secrets.encrypted import FileSecrets
from beforehand.secrets.environment import (
    KEY_VARIABLE,
    PASSPHRASE_VARIABLE,
    PRIVATE_VARIABLES,
    public_environment,
    without_secrets,
)
from beforehand.secrets.keys import Keys
from beforehand.secrets.system import KeyringSecrets, usable_keyring
from connectors.api import TokenStore
from connectors.errors import ConfigError

CHOICE_VARIABLE = "BEFOREHAND_SECRETS"
_CHOICES = ("keyring", "file", "passphrase")

__all__ = [
    "KEY_VARIABLE",
    "PASSPHRASE_VARIABLE",
    "PRIVATE_VARIABLES",
    "FileSecrets",
    "KeyringSecrets",
    "current_choice",
    "open_secrets",
    "public_environment",
    "without_secrets",
]


def current_choice() -> str:
    """Return the value of $BEFOREHAND_SECRETS by which secrets are kept where they are now."""
    if choice := os.environ.get(CHOICE_VARIABLE, ""):
        return choice
    if usable_keyring() is not None:
        return "keyring"
    return "passphrase" if os.environ.get(PASSPHRASE_VARIABLE) else "file"


def open_secrets(folder: Path) -> TokenStore:
    """Return the store of secrets of an installation whose data are in `folder`.

    $BEFOREHAND_SECRETS chooses: "keyring", "file" (its key as `keys` says), or "passphrase" (a
    file, and its key made of a passphrase); else the keyring where a usable one is there. Opens
    and creates nothing yet. Raises ConfigError for a choice that cannot be had.
    """
    choice = os.environ.get(CHOICE_VARIABLE, "")
    if choice not in {"", *_CHOICES}:
        names = ", ".join(f'"{name}"' for name in _CHOICES[:-1])
        raise ConfigError(f'{CHOICE_VARIABLE} is "{choice}": it may be {names} or "{_CHOICES[-1]}"')
    backend = usable_keyring() if choice in {"", "keyring"} else None
    if backend is not None:
        return KeyringSecrets(folder, backend)
    if choice == "keyring":
        raise ConfigError(
            f'{CHOICE_VARIABLE} is "keyring", but there is no usable keyring here: '
            'unlock or install one, or set it to "file"'
        )
    return FileSecrets(folder, Keys(by_passphrase=choice == "passphrase"))
