"""The service as a systemd unit of one user."""

from __future__ import annotations

import getpass
import os
import re
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

UNIT = "beforehand.service"
_TEMPLATE = f"systemd/user/{UNIT}"


class Systemd:
    """The systemd instance of one user."""

    @property
    def path(self) -> Path:
        """The unit's file among the user's own."""
        base = os.environ.get("XDG_CONFIG_HOME")
        config = Path(base) if base else Path.home() / ".config"
        return config / "systemd" / "user" / UNIT

    @property
    def status_command(self) -> str:
        """Its state and the end of its log."""
        return f"systemctl --user status {UNIT}"

    def render(self, command: DaemonCommand) -> str:
        """The unit of contrib/, with this program's command line and variables."""
        lines = [
            f"Environment={_quoted(f'{name}={value}')}"
            for name, value in sorted(command.environment.items())
        ]
        # A "$" in the words of a command line is a variable's; elsewhere it is none.
        words = " ".join(_quoted(word).replace("$", "$$") for word in command.argv)
        start = "\n".join([f"ExecStart={words}", *lines])
        return re.sub(r"(?m)^ExecStart=.*$", lambda _found: start, template(_TEMPLATE), count=1)

    def install(self, command: DaemonCommand) -> list[str]:
        """Write, enable and start the unit. The lines also say how it can run without a log-in."""
        changed = write_if_changed(self.path, self.render(command))
        standing = self.status()
        if changed or not standing.running:
            run_checked("systemctl", "--user", "daemon-reload")
            run_checked("systemctl", "--user", "enable", UNIT)
            run_checked("systemctl", "--user", "restart", UNIT)
        says = "installed, and runs" if changed else "was installed already, and runs"
        return [f"{UNIT} is {says}." if changed else f"{UNIT} {says}.", *_lingering()]

    def remove(self) -> bool:
        """Stop and disable the unit, and delete it."""
        if not self.path.exists():
            return False
        run_command("systemctl", "--user", "disable", "--now", UNIT)
        self.path.unlink()
        run_checked("systemctl", "--user", "daemon-reload")
        return True

    def status(self) -> ServiceStatus:
        """As `systemctl --user` says."""
        if not self.path.exists():
            return ServiceStatus(installed=False, running=False, says="not installed")
        try:
            enabled = run_command("systemctl", "--user", "is-enabled", UNIT).stdout.strip()
            active = run_command("systemctl", "--user", "is-active", UNIT).stdout.strip()
        except ServiceError as error:
            return ServiceStatus(installed=True, running=False, says=str(error))
        runs = active in {"active", "activating", "reloading"}
        says = f"{UNIT} is {enabled or 'unknown to systemd'} and {active or 'not to be asked'}"
        return ServiceStatus(installed=True, running=runs, says=says)


def _quoted(text: str) -> str:
    """Quote a word of a unit file (systemd.syntax(7)); "%" would begin a specifier."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    plain = re.fullmatch(r"[\w@%+=:,./\-]+", escaped)
    return escaped if plain else f'"{escaped}"'


def _lingering() -> list[str]:
    """Return what to do where units of this user end when they log out."""
    name = getpass.getuser()
    try:
        shown = run_command("loginctl", "show-user", name, "--property=Linger", "--value")
    except ServiceError:
        return []
    if shown.stdout.strip() == "yes":
        return []
    always = f"sudo loginctl enable-linger {name}"
    return [f"It runs while you are logged in. On a machine that is always on: {always}"]
