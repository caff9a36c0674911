"""What a service is to do, how it stands, and what the two kinds of them share."""

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
    """The system's own command failed; the text says which and why, in one line."""


@dataclass(frozen=True, slots=True)
class DaemonCommand:
    """The daemon's command line, and the variables that it needs."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """Whether the service is installed, and whether it runs; `says` is for a person."""

    installed: bool
    running: bool
    says: str


class Service(Protocol):
    """What looks after services on this machine."""

    @property
    def path(self) -> Path:
        """The file that makes a service known to it."""

    @property
    def status_command(self) -> str:
        """How a person sees what is wrong with it."""

    def render(self, command: DaemonCommand) -> str:
        """The content of that file."""

    def install(self, command: DaemonCommand) -> list[str]:
        """Put it into place and start it; what a person should know. Raises ServiceError."""

    def remove(self) -> bool:
        """Stop it and take it away; False where there was none. Raises ServiceError."""

    def status(self) -> ServiceStatus:
        """How it stands; never raises."""


def daemon_command(config: Path | None, secrets: str) -> DaemonCommand:
    """The daemon as this very program would run it. `config`: the file that was chosen, if any.

    `secrets`: where they are kept now ("keyring", "file", ...): a service that starts before
    anybody logs in may not find the keyring, and must not take their absence for an answer.
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
    """A file of `contrib/`: beside this module where the program is installed, else in the
    checkout.
    """
    packed = files("beforehand.daemon.service") / Path(name).name
    if packed.is_file():
        return packed.read_text(encoding="utf-8")
    return (Path(__file__).parents[3] / "contrib" / name).read_text(encoding="utf-8")


def write_if_changed(path: Path, content: str) -> bool:
    """Write the file where it says anything else; whether that was so. Raises ServiceError."""
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
    """Run a command of the system's, whatever it answers. Raises ServiceError if it cannot run."""
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
    """What a command of the system's says. Raises ServiceError where it fails."""
    done = run_command(*command)
    if done.returncode != 0:
        reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[:1]
        why = f": {reason[0].rstrip('.')}" if reason else ""
        raise ServiceError(f"`{' '.join(command)}` failed{why}")
    return done.stdout.strip()
