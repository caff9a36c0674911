"""An owner who runs `beforehand auth` as a process against the stand-in for Google."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from connectors.standin import Google, empty_world, serve
from tests.support.timeouts import LONG_SECONDS

ROOT = Path(__file__).parents[2]


@dataclass
class AuthOwner:
    """An owner with a mailbox at the stand-in; runs commands as processes of their own."""

    server: Google
    folder: Path

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.folder / "config.toml"

    @property
    def has_secrets(self) -> bool:
        """Whether a secret is stored."""
        return any(self.data.glob("secrets*.enc"))

    @property
    def data(self) -> Path:
        """The application's data folder."""
        return self.folder / "share/beforehand"

    @contextmanager
    def running(self, *words: str, **more: str) -> Iterator[subprocess.Popen[str]]:
        """Run a command as a process, with more variables in its environment."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder / "etc"),
            "XDG_DATA_HOME": str(self.folder / "share"),
            "BEFOREHAND_SECRETS": "file",
            "PYTHONUNBUFFERED": "1",
            **more,
        }
        with subprocess.Popen(
            [sys.executable, "-m", "beforehand", "--config", str(self.config), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment,
            start_new_session=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def sync(self) -> int:
        """Sync the mailbox; return the exit code."""
        with self.running("sync") as process:
            process.communicate(timeout=LONG_SECONDS)
            return process.returncode


@contextmanager
def auth_owner(folder: Path) -> Iterator[AuthOwner]:
    """Set up an owner with an OAuth client, who has not granted access yet."""
    world = empty_world(end=date(2026, 11, 23))
    with serve(world) as server:
        client = folder / "client.json"
        client.write_text(json.dumps(server.client_secrets()))
        owner = AuthOwner(server, folder)
        owner.config.write_text(
            f'[owner]\nname = "Ada"\naddresses = ["{world.owner.addresses[0]}"]\n'
            f'[[sources]]\nid = "mail"\ntype = "gmail"\napi_endpoint = "{server.url}"\n'
            f'client_secrets = "{client}"\nunits_per_minute = 100000000\n'
        )
        yield owner


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for a process; return its exit code, output and errors."""
    out, err = process.communicate(timeout=LONG_SECONDS)
    return process.returncode, out, err
