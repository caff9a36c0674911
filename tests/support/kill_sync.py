"""Kills whole `beforehand sync` processes at random moments and compares the stores.

Used by a short test and by `bench/torture.py`.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

from sync.store import owners
from sync.store.session import open_store
from tests.support.memory_source import dump

ROOT = Path(__file__).parents[2]
ADA = "ada@example.org"
# Earliest kill, as a share of an undisturbed run: before that nothing has begun.
_FIRST_MOMENT = 0.25
_POLL_SECONDS = 0.003


def write_mbox(path: Path, messages: int, seed: int) -> None:
    """Write an archive of Ada's mail with some 150 people, a newsletter and a list; no bodies."""
    dice = random.Random(seed)  # noqa: S311 - a made-up mailbox
    people = [f"Person {n} <person{n}@dept{n % 7}.example.net>" for n in range(150)]
    at = datetime(2003, 1, 1, 8, tzinfo=UTC)
    with path.open("w", encoding="ascii", newline="\n") as file:
        for number in range(messages):
            at += timedelta(minutes=dice.randrange(1, 1000))
            others = dice.sample(people, dice.choice([1, 1, 1, 2, 5]))
            me = f"Ada Winter <{ADA}>"
            sender, to = (me, others) if number % 3 == 0 else (others[0], [me, *others[1:]])
            lines = [
                f"From nobody@example.org {at:%a %b %d %H:%M:%S %Y}",
                f"From: {sender}",
                f"To: {', '.join(to)}",
                f"Date: {format_datetime(at)}",
                f"Message-ID: <{number}.{seed}@example.org>",
                "Subject: never kept",
            ]
            if number % 11 == 5:
                lines.append("List-Id: <news.example.net>")
            file.write("\n".join([*lines, "", "Nobody reads this.", "", ""]))


@dataclass(slots=True)
class ProcessResult:
    """Result of one process: whether it was killed, its exit code and its output."""

    killed: bool
    code: int
    output: str


@dataclass(slots=True)
class SyncProcess:
    """Runs `beforehand sync` as a process on a configuration and a store of its own.

    sources: their part of the configuration, as TOML. module: what is run with `python -m`.
    """

    folder: Path
    sources: str
    addresses: tuple[str, ...] = (ADA,)
    module: str = "beforehand"
    runs: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        (self.folder / "config.toml").write_text(
            f'[owner]\nname = "Ada"\naddresses = {json.dumps(list(self.addresses))}\n'
            f"[store]\nurl = {json.dumps(self.url)}\n{self.sources}",
            encoding="utf-8",
        )

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'store.db'}"

    def sync(
        self, *, kill_after: float | None = None, kill_when: Callable[[], bool] | None = None
    ) -> ProcessResult:
        """Run `beforehand sync`, and kill it after some seconds or once `kill_when` is true.

        A run that ends before is not killed.
        """
        command = [sys.executable, "-m", self.module, "--config", str(self.folder / "config.toml")]
        self.runs += 1
        with subprocess.Popen(
            [*command, "sync"],
            cwd=ROOT,
            env=os.environ | {"BEFOREHAND_SECRETS": "file"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            if kill_after is not None:
                sleep(kill_after)
                process.kill()
            if kill_when is not None:
                while process.poll() is None and not kill_when():
                    sleep(_POLL_SECONDS)
                process.kill()
            output, _ = process.communicate(timeout=600)
        code = process.returncode
        return ProcessResult(killed=code == -signal.SIGKILL, code=code, output=output)

    def contents(self) -> dict[str, Any]:
        """Return what the store holds, without the ids of its rows and the cursors."""
        store = open_store(self.url)
        try:
            with store.read() as connection:
                owner_id = owners.find(connection, "me")
            assert owner_id is not None
            return {key: part for key, part in dump(store, owner_id).items() if key != "cursors"}
        finally:
            store.close()


@dataclass(slots=True)
class KillResult:
    """Result of many kills; `equal` if every store equals the undisturbed one at its end."""

    kills: int = 0
    while_writing: int = 0
    stores: int = 0
    interactions: int = 0
    equal: bool = True
    trouble: str = ""


def kill_randomly(
    folder: Path,
    sources: str,
    times: int,
    seed: int,
    addresses: tuple[str, ...] = (ADA,),
) -> KillResult:
    """Kill `beforehand sync` `times` times at random moments; compare with an undisturbed store.

    A run that ends before it is killed completes a store; it is compared and a new one begun, so
    that each kill meets work. `while_writing` counts kills after which the store held a part of
    the interactions.
    """
    dice = random.Random(seed)  # noqa: S311 - random moments, not secrets
    undisturbed = SyncProcess(folder / "undisturbed", sources, addresses)
    begun = perf_counter()
    ending = undisturbed.sync()
    seconds = perf_counter() - begun
    wanted, result = undisturbed.contents(), KillResult()
    result.interactions = len(wanted["interactions"])
    if ending.code != 0 or not result.interactions:
        result.equal, result.trouble = False, f"the undisturbed run failed: {ending.output.strip()}"
        return result
    while result.equal and (result.kills < times or result.stores == 0):
        result.stores += 1
        killed = SyncProcess(folder / f"killed-{result.stores}", sources, addresses)
        while result.kills < times:
            ending = killed.sync(kill_after=seconds * dice.uniform(_FIRST_MOMENT, 1.0))
            if not ending.killed:
                break
            result.kills += 1
            result.while_writing += _has_part(killed, result.interactions)
        if ending.killed:
            ending = killed.sync()
        if ending.code != 0:
            result.equal, result.trouble = False, f"a run failed: {ending.output.strip()}"
        elif killed.contents() != wanted:
            result.equal, result.trouble = False, f"the store in {killed.folder} differs"
    return result


def _has_part(process: SyncProcess, whole: int) -> bool:
    """Whether a store holds some of its interactions, but not all of them."""
    import sqlite3  # noqa: PLC0415 - reads the file without the code under test

    if not (process.folder / "store.db").exists():
        return False
    connection = sqlite3.connect(process.folder / "store.db")
    try:
        held = connection.execute("SELECT count(*) FROM interaction").fetchone()[0]
    except sqlite3.OperationalError:  # killed before there were tables
        return False
    finally:
        connection.close()
    return 0 < int(held) < whole
