"""Notifications on the desktop, where there is one: for what no mail can tell."""

from __future__ import annotations

import shutil
import subprocess
import sys

from beforehand.secrets import public_environment

_TIMEOUT_SECONDS = 10
# The texts are handed to the script as arguments, never as a part of it.
_APPLESCRIPT = (
    "-e",
    "on run argv",
    "-e",
    "display notification (item 2 of argv) with title (item 1 of argv)",
    "-e",
    "end run",
)


def notify(title: str, text: str) -> bool:
    """Show a notification. Return whether a desktop took it."""
    command = _command(title, text)
    if command is None:
        return False
    try:
        done = subprocess.run(  # noqa: S603 - a program of the system, and texts as arguments
            command,
            env=public_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):  # as good as none
        return False
    return done.returncode == 0


def _command(title: str, text: str) -> list[str] | None:
    if sys.platform == "darwin" and (script := shutil.which("osascript")):
        return [script, *_APPLESCRIPT, title, text]
    if send := shutil.which("notify-send"):
        return [send, "--app-name=Beforehand", "--", title, text]
    return None
