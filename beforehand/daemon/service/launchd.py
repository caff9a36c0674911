"""The service as a launchd agent of one user."""

from __future__ import annotations

import os
import plistlib
from pathlib import Path

from beforehand.daemon.service.base import (
    DaemonCommand,
    ServiceError,
    ServiceStatus,
    run_checked,
    run_command,
    template,
    write_if_changed,
)

LABEL = "beforehand.daemon"
_TEMPLATE = f"launchd/{LABEL}.plist"


class Launchd:
    """launchd, in the domain of the user who is logged in."""

    @property
    def path(self) -> Path:
        """The agent's file among the user's own."""
        return Path.home() / "Library" / "LaunchAgents" / f"{LABEL}.plist"

    @property
    def status_command(self) -> str:
        """Its state; its log is in ~/Library/Logs/beforehand.log."""
        return f"launchctl print {self._domain}/{LABEL}"

    @property
    def _domain(self) -> str:
        return f"gui/{os.getuid()}"

    def render(self, command: DaemonCommand) -> str:
        """The agent of contrib/, with this program's command line, variables and log."""
        agent = plistlib.loads(template(_TEMPLATE).encode())
        log = str(Path.home() / "Library" / "Logs" / "beforehand.log")
        agent |= {
            "ProgramArguments": list(command.argv),
            "EnvironmentVariables": dict(sorted(command.environment.items())),
            "StandardOutPath": log,
            "StandardErrorPath": log,
        }
        return plistlib.dumps(agent, sort_keys=False).decode()

    def install(self, command: DaemonCommand) -> list[str]:
        """Write the agent and load it."""
        changed = write_if_changed(self.path, self.render(command))
        if not changed and self.status().running:
            return [f"{LABEL} was installed already, and runs."]
        run_command("launchctl", "bootout", f"{self._domain}/{LABEL}")
        run_checked("launchctl", "bootstrap", self._domain, str(self.path))
        return [f"{LABEL} is installed, and runs while you are logged in."]

    def remove(self) -> bool:
        """Unload the agent, and delete it."""
        if not self.path.exists():
            return False
        run_command("launchctl", "bootout", f"{self._domain}/{LABEL}")
        self.path.unlink()
        return True

    def status(self) -> ServiceStatus:
        """As `launchctl print` says."""
        if not self.path.exists():
            return ServiceStatus(installed=False, running=False, says="not installed")
        try:
            shown = run_command("launchctl", "print", f"{self._domain}/{LABEL}")
        except ServiceError as error:
            return ServiceStatus(installed=True, running=False, says=str(error))
        runs = shown.returncode == 0 and "state = running" in shown.stdout
        state = "is loaded, and does not run" if shown.returncode == 0 else "is not loaded"
        return ServiceStatus(
            installed=True, running=runs, says=f"{LABEL} {'runs' if runs else state}"
        )
