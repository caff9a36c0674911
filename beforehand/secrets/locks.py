"""Locks between processes, as files that are never removed."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from beforehand.files import make_private
from beforehand.secrets.errors import raise_file_error


@contextmanager
def exclusive_lock(path: Path) -> Iterator[None]:
    """Hold a lock against other processes and threads. Raises ConfigError."""
    try:
        make_private(path.parent)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise_file_error("write", path, error)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def lock_path(folder: Path, name: str) -> Path:
    """Return the lock file of one secret: its name, made fit for a file."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.@") else "+" for c in name)
    return folder / f"{plain[:200]}.lock"
