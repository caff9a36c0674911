"""systemd's sd_notify protocol: telling the service manager how things stand.

A message is a datagram of `NAME=value` lines to the socket that $NOTIFY_SOCKET names; without it
nothing is sent. No fault of that socket may ever stop the work, so none is raised.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

_MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class ServiceManager:
    """The service manager, if one listens at `address`.

    `watchdog`: it ends us when it hears no sign of life for so many seconds; None: it never does.
    """

    address: str = ""
    watchdog: float | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Return the manager that started this process, as the environment names it."""
        address = environment.get("NOTIFY_SOCKET", "")
        # A path, or "@" and the name of an abstract socket; "vsock:..." is for virtual machines.
        return cls(address if address[:1] in {"/", "@"} else "", _watchdog(environment))

    def ready(self) -> None:
        """Tell that work begins (or goes on, with new settings)."""
        self.send("READY=1")

    def status(self, text: str) -> None:
        """Tell what is being done, for `systemctl status`: no names, no addresses."""
        self.send(f"STATUS={' '.join(text.split())}")

    def alive(self) -> None:
        """Give the watchdog a sign of life."""
        if self.watchdog is not None:
            self.send("WATCHDOG=1")

    def reloading(self) -> None:
        """Tell that the configuration is read again; `ready` ends that."""
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self.send("RELOADING=1", f"MONOTONIC_USEC={now}")

    def stopping(self) -> None:
        """Tell that the end has begun."""
        self.send("STOPPING=1")

    def send(self, *lines: str) -> None:
        """Send these lines, at once or not at all."""
        if not self.address:
            return
        abstract = self.address.startswith("@")
        name = f"\0{self.address[1:]}" if abstract else self.address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as way:
                way.setblocking(False)
                way.sendto("\n".join(lines).encode(), name)
        except OSError:
            return


def _watchdog(environment: Mapping[str, str]) -> float | None:
    """Return the watchdog's timeout in seconds, where it is meant for this process."""
    meant = environment.get("WATCHDOG_PID", "")
    if meant and meant != str(os.getpid()):
        return None
    try:
        patience = int(environment.get("WATCHDOG_USEC", "")) / _MICRO
    except ValueError:
        return None
    return patience if patience > 0 else None
