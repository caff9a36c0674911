"""What the tests of `beforehand auth` share: a stand-in to be asked, and `auth` as a process."""

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

ROOT = Path(__file__).parents[2]


@dataclass
class Desk:
    """An owner with a mailbox at the stand-in, and `auth` as a process of its own."""

    google: Google
    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def kept(self) -> bool:
        """Whether a secret is kept."""
        return any(self.data.glob("secrets*.enc"))

    @property
    def data(self) -> Path:
        return self.folder / "share/beforehand"

    @contextmanager
    def running(self, *words: str, **more: str) -> Iterator[subprocess.Popen[str]]:
        """A command as a process, with more variables in its environment."""
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

    def syncs(self) -> int:
        """The exit code of reading the mailbox."""
        with self.running("sync") as process:
            process.communicate(timeout=60)
            return process.returncode


@contextmanager
def desk_in(folder: Path) -> Iterator[Desk]:
    """A mailbox that has not been granted, and the owner's OAuth client."""
    world = empty_world(end=date(2026, 11, 23))
    with serve(world) as google:
        client = folder / "client.json"
        client.write_text(json.dumps(google.client_secrets()))
        found = Desk(google, folder)
        found.config.write_text(
            f'[owner]\nname = "Ada"\naddresses = ["{world.owner.addresses[0]}"]\n'
            f'[[sources]]\nid = "mail"\ntype = "gmail"\napi_endpoint = "{google.url}"\n'
            f'client_secrets = "{client}"\nunits_per_minute = 100000000\n'
        )
        yield found


def answered(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit code, output and errors."""
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err
