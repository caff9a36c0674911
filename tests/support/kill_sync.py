"""A whole `beforehand sync` that is killed at random moments, and the store it must end with.

Used by the short test beside this and by `bench/torture.py`.
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
# The least part of an undisturbed run after which it is killed: earlier, nothing has begun.
_FIRST_MOMENT = 0.25
_LOOK_SECONDS = 0.003


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
class Ending:
    """What came of a run: killed or not, its exit code and what it said."""

    killed: bool
    code: int
    said: str


@dataclass(slots=True)
class Household:
    """A configuration with its store in a folder; `sources` is TOML, `module` what is run."""

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
    ) -> Ending:
        """Run `beforehand sync`; SIGKILL after so many seconds, or once a moment has come.

        Unless it has ended by then.
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
                    sleep(_LOOK_SECONDS)
                process.kill()
            said, _ = process.communicate(timeout=600)
        code = process.returncode
        return Ending(killed=code == -signal.SIGKILL, code=code, said=said)

    def holds(self) -> dict[str, Any]:
        """What the store says, in words that no numbering can change; the cursors aside."""
        store = open_store(self.url)
        try:
            with store.read() as connection:
                owner_id = owners.find(connection, "me")
            assert owner_id is not None
            return {key: part for key, part in dump(store, owner_id).items() if key != "cursors"}
        finally:
            store.close()


@dataclass(slots=True)
class Ordeal:
    """What came of many kills."""

    kills: int = 0
    in_the_middle: int = 0
    stores: int = 0
    interactions: int = 0
    equal: bool = True
    trouble: str = ""


def torture(
    folder: Path,
    sources: str,
    times: int,
    seed: int,
    addresses: tuple[str, ...] = (ADA,),
) -> Ordeal:
    """Kill `beforehand sync` at so many random moments, and compare with an undisturbed store.

    A run that ends before it is killed completes a store; it is compared, and a new one begun,
    so that each kill meets work. `in_the_middle` counts those that had something stored already,
    and not yet all.
    """
    dice = random.Random(seed)  # noqa: S311 - random moments, not secrets
    calm = Household(folder / "calm", sources, addresses)
    begun = perf_counter()
    ending = calm.sync()
    seconds = perf_counter() - begun
    wanted, result = calm.holds(), Ordeal()
    result.interactions = len(wanted["interactions"])
    if ending.code != 0 or not result.interactions:
        result.equal, result.trouble = False, f"the undisturbed run failed: {ending.said.strip()}"
        return result
    while result.equal and (result.kills < times or result.stores == 0):
        result.stores += 1
        app = Household(folder / f"killed-{result.stores}", sources, addresses)
        while result.kills < times:
            ending = app.sync(kill_after=seconds * dice.uniform(_FIRST_MOMENT, 1.0))
            if not ending.killed:
                break
            result.kills += 1
            result.in_the_middle += _has_part(app, result.interactions)
        if ending.killed:
            ending = app.sync()
        if ending.code != 0:
            result.equal, result.trouble = False, f"a run failed: {ending.said.strip()}"
        elif app.holds() != wanted:
            result.equal, result.trouble = False, f"the store in {app.folder} is another"
    return result


def _has_part(app: Household, whole: int) -> bool:
    import sqlite3  # noqa: PLC0415 - looked at from outside, as no code of ours would

    if not (app.folder / "store.db").exists():
        return False
    connection = sqlite3.connect(app.folder / "store.db")
    try:
        held = connection.execute("SELECT count(*) FROM interaction").fetchone()[0]
    except sqlite3.OperationalError:  # killed before there were tables
        return False
    finally:
        connection.close()
    return 0 < int(held) < whole
