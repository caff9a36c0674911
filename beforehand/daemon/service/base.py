"""What a service runs, its status, and what both service managers share."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Protocol

from beforehand.errors import BeforehandError
from beforehand.files import make_private
from beforehand.secrets import public_environment

_TIMEOUT_SECONDS = 60
_READABLE = 0o644


class ServiceError(BeforehandError):
    """A command of the operating system failed; the text says which and why, in one line."""


@dataclass(frozen=True, slots=True)
class DaemonCommand:
    """The daemon's command line, and the environment variables that it needs."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """Whether the service is installed, and whether it runs; `says` is for a person."""

    installed: bool
    running: bool
    says: str


class Service(Protocol):
    """A service manager: systemd or launchd."""

    @property
    def path(self) -> Path:
        """The file that defines the service."""

    @property
    def status_command(self) -> str:
        """The command that shows a person what is wrong."""

    def render(self, command: DaemonCommand) -> str:
        """Return the content of that file."""

    def install(self, command: DaemonCommand) -> list[str]:
        """Write the file and start the service. Return lines to show. Raises ServiceError."""

    def remove(self) -> bool:
        """Stop and remove the service; False where there was none. Raises ServiceError."""

    def status(self) -> ServiceStatus:
        """Return whether it is installed and runs; never raises."""


def daemon_command(config: Path | None, secrets: str) -> DaemonCommand:
    """Return the command that runs the daemon by this very program.

    `config` is the file that was chosen, if any. `secrets` says where they are kept now ("keyring",
    "file", ...): a service that starts before anybody logs in may not find the keyring, and must
    not then look for them elsewhere.
    """
    chosen = () if config is None else ("--config", str(config.absolute()))
    environment = {
        name: os.environ[name]
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME")
        if os.environ.get(name)
    }
    return DaemonCommand(
        (*_program(), *chosen, "daemon"), environment | {"BEFOREHAND_SECRETS": secrets}
    )


def _program() -> tuple[str, ...]:
    script = Path(sys.argv[0])
    if script.name == "beforehand" and os.access(script, os.X_OK) and script.is_file():
        return (str(script.absolute()),)
    return (sys.executable, "-m", "beforehand")


def template(name: str) -> str:
    """Return a file of `contrib/`: packed beside this module, or from the checkout."""
    packed = files("beforehand.daemon.service") / Path(name).name
    if packed.is_file():
        return packed.read_text(encoding="utf-8")
    return (Path(__file__).parents[3] / "contrib" / name).read_text(encoding="utf-8")


def write_if_changed(path: Path, content: str) -> bool:
    """Write the file if its content differs. Return whether it did. Raises ServiceError."""
    try:
        if path.is_file() and path.read_text(encoding="utf-8") == content:
            return False
        make_private(path.parent)
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_text(content, encoding="utf-8")
        fresh.chmod(_READABLE)
        fresh.replace(path)
    except OSError as error:
        raise ServiceError(f"cannot write {path}: {error.strerror}") from error
    return True


def run_command(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command, whatever its exit code. Raises ServiceError if it cannot be run."""
    try:
        return subprocess.run(  # noqa: S603 - a program of the system, and words of ours
            command,
            env=public_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ServiceError(
            f"`{' '.join(command)}` does not work ({type(error).__name__})"
        ) from error


def run_checked(*command: str) -> str:
    """Run a command and return its output. Raises ServiceError where it fails."""
    done = run_command(*command)
    if done.returncode != 0:
        reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[:1]
        why = f": {reason[0].rstrip('.')}" if reason else ""
        raise ServiceError(f"`{' '.join(command)}` failed{why}")
    return done.stdout.strip()
