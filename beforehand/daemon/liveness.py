"""Signs of life of the daemon: to the service manager, and into a file for later readers.

A sign is given only where something went on: at each turn of the daemon's loop, and within a job
whenever it reports progress, asks whether to stop, or waits for a server. A job that hangs does
none of these, and is ended by the watchdog; one that takes an hour does, and is left alone.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from beforehand.app import utc_now
from beforehand.daemon.sd_notify import ServiceManager

if TYPE_CHECKING:
    from beforehand.config import Config

# Seconds between two signs; fewer where the watchdog's timeout asks for it.
PAUSE_SECONDS = 30.0
# Signs within the timeout of a watchdog.
_SIGNS_IN_TIMEOUT = 4
# A daemon that gave no sign for so long hangs, or is not there (unless the machine slept).
SILENT = timedelta(minutes=10)
# After this long a silent daemon is mentioned at every command.
FORGOTTEN_AFTER = timedelta(days=2)
_NAME = "daemon.alive"


class Liveness:
    """Reports the daemon's signs of life and status; does nothing without a manager and a file."""

    def __init__(
        self,
        manager: ServiceManager | None = None,
        path: Path | None = None,
        *,
        now: Callable[[], datetime] = utc_now,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._manager = manager or ServiceManager()
        self._path = path
        self._now = now
        self._clock = clock
        timeout = self._manager.watchdog
        self._pause = PAUSE_SECONDS if timeout is None else timeout / _SIGNS_IN_TIMEOUT
        self._pause = min(self._pause, PAUSE_SECONDS)
        self._last: float | None = None
        self._ready = False
        self._said = ""

    def beat(self) -> None:
        """Give a sign of life; cheap, however often it is called."""
        at = self._clock()
        if self._last is not None and at - self._last < self._pause:
            return
        self._last = at
        self._manager.alive()
        if self._path is not None:
            _write(self._path, self._now())

    def set_status(self, what: str) -> None:
        """Tell the service manager what is being done."""
        if what != self._said:
            self._said = what
            self._manager.status(what)

    def ready(self) -> None:
        """Tell, once until `reloading`, that the store was read and work begins."""
        if not self._ready:
            self._ready = True
            self._manager.ready()

    def reloading(self) -> None:
        """Tell a manager to which we are ready that the configuration is read again."""
        if self._ready:
            self._ready = False
            self._manager.reloading()

    def stopping(self) -> None:
        """Tell that the end has begun."""
        self._manager.stopping()


def sign_path(config: Config) -> Path:
    """Return the file in which the daemon of this configuration leaves its sign of life."""
    return config.folder / _NAME


def last_sign(path: Path) -> datetime | None:
    """Return when a daemon last gave a sign here; None where none ever did."""
    try:
        return datetime.fromisoformat(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError):  # never, or cut short as the power went
        return None


def describe_sign(sign: datetime | None, zone: ZoneInfo) -> str:
    """Say when a daemon last gave a sign."""
    if sign is None:
        return "no daemon has given a sign of life yet"
    return f"the last sign of life was on {sign.astimezone(zone):%-d %b %Y, %H:%M}"


def _write(path: Path, at: datetime) -> None:
    """Write the time, without waiting for the disk: a sign that is lost is followed by another."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{at.isoformat(timespec='seconds')}\n")
