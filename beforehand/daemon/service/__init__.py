"""The daemon as a service of one user: under systemd on Linux, under launchd on macOS."""

from __future__ import annotations

import os
import shutil
import sys

from beforehand.daemon.service.base import DaemonCommand, Service, ServiceStatus
from beforehand.daemon.service.launchd import Launchd
from beforehand.daemon.service.systemd import Systemd
from beforehand.errors import UsageError

__all__ = ["DaemonCommand", "Service", "ServiceStatus", "detect", "require"]


def detect() -> Service | None:
    """Return the service manager of this machine, if it is one that we know."""
    if sys.platform == "darwin":
        return Launchd() if shutil.which("launchctl") else None
    return Systemd() if shutil.which("systemctl") else None


def require(*, only_shown: bool = False) -> Service:
    """As `detect`, but raises UsageError where there is none, and for root.

    A service of root's own is hardly meant. `only_shown`: nothing is touched, so root may look.
    """
    service = detect()
    if service is None:
        raise UsageError(
            "there is neither systemd nor launchd here: let whatever starts programs on this "
            "machine run `beforehand daemon` (with cron: `@reboot beforehand daemon`)"
        )
    if os.geteuid() == 0 and not only_shown:
        raise UsageError(
            "this installs a service of your own, and you are root: run it as yourself; for a "
            "server see contrib/systemd/system and docs/unattended.md"
        )
    return service
