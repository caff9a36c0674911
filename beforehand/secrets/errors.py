"""The error for a file of the secrets that cannot be used."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from connectors.errors import ConfigError


def raise_file_error(do: str, path: Path, error: OSError) -> NoReturn:
    """Raise ConfigError: a file cannot be read or written."""
    raise ConfigError(f"cannot {do} {path}: {error.strerror}") from error
