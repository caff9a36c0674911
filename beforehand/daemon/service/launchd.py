"""The service as an agent of launchd's for one user."""

from __future__ import annotations

import os
import plistlib
from pathlib import Path

from beforehand.daemon.service.base import Order, ServiceError, Standing, ask, put, tell, template

LABEL = "beforehand.daemon"
_TEMPLATE = f"launchd/{LABEL}.plist"


class Launchd:
    """launchd's domain of the person who is logged in."""

    @property
    def path(self) -> Path:
        """Where agents of one's own are."""
        return Path.home() / "Library" / "LaunchAgents" / f"{LABEL}.plist"

    @property
    def look(self) -> str:
        """Its state; its log is in ~/Library/Logs/beforehand.log."""
        return f"launchctl print {self._domain}/{LABEL}"

    @property
    def _domain(self) -> str:
        return f"gui/{os.getuid()}"

    def render(self, order: Order) -> str:
        """The agent of contrib/, with this program's command line, variables and log."""
        agent = plistlib.loads(template(_TEMPLATE).encode())
        log = str(Path.home() / "Library" / "Logs" / "beforehand.log")
        agent |= {
            "ProgramArguments": list(order.command),
            "EnvironmentVariables": dict(sorted(order.environment.items())),
            "StandardOutPath": log,
            "StandardErrorPath": log,
        }
        return plistlib.dumps(agent, sort_keys=False).decode()

    def install(self, order: Order) -> list[str]:
        """Write the agent and load it."""
        changed = put(self.path, self.render(order))
        if not changed and self.standing().running:
            return [f"{LABEL} was installed already, and runs."]
        ask("launchctl", "bootout", f"{self._domain}/{LABEL}")
        tell("launchctl", "bootstrap", self._domain, str(self.path))
        return [f"{LABEL} is installed, and runs while you are logged in."]

    def remove(self) -> bool:
        """Unload the agent, and delete it."""
        if not self.path.exists():
            return False
        ask("launchctl", "bootout", f"{self._domain}/{LABEL}")
        self.path.unlink()
        return True

    def standing(self) -> Standing:
        """As `launchctl print` says."""
        if not self.path.exists():
            return Standing(installed=False, running=False, says="not installed")
        try:
            said = ask("launchctl", "print", f"{self._domain}/{LABEL}")
        except ServiceError as error:
            return Standing(installed=True, running=False, says=str(error))
        runs = said.returncode == 0 and "state = running" in said.stdout
        known = "is loaded, and does not run" if said.returncode == 0 else "is not loaded"
        return Standing(installed=True, running=runs, says=f"{LABEL} {'runs' if runs else known}")
