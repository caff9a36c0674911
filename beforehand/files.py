"""Writing files and folders that only their owner can read."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def make_private(folder: Path) -> None:
    """Create a folder, and those above it that are missing, for their owner alone (0700).

    `Path.mkdir(parents=True)` gives its mode to the last one only: where the umask hides nothing,
    anybody could put another folder in our place. Raises OSError.
    """
    for path in (*reversed(folder.parents), folder):
        path.mkdir(mode=0o700, exist_ok=True)


def write_private(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, readable by its owner alone (0600). Raises OSError.

    Whatever happens to the machine, the file is then there as it was before or as it is now.
    """
    # Beside its place, for a rename is atomic only within a file system; `mkstemp` makes it 0600.
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _to_disk(path.parent)


def _to_disk(folder: Path) -> None:
    """Flush a folder to disk, so that its new entries outlive a loss of power."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
