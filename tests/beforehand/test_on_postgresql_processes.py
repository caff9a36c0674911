"""Processes on PostgreSQL: two at once, interrupted, killed, and left alone by their server."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.support.owner import CONFIG, Cli, InstallConnector
from tests.support.several_owners import contents, libpq_url
from tests.support.timeouts import LONG_SECONDS

ROOT = Path(__file__).parents[2]
GATED = """
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from connectors.api import *

class Gated:
    '''Ten batches of two messages; after the third it waits for a file, or to be stopped.'''
    name = "gated"
    channels = frozenset({Channel.MAIL})
    Config = SourceConfig
    def __init__(self, config, context): self.context = context
    def check(self): return "gated"
    def pull(self, cursor):
        for number in range(int(cursor or 0), 10):
            while number == 3 and not Path(os.environ["GATE"]).exists():
                if self.context.stop.wait(0.02):
                    break
            yield Batch(cursor=str(number + 1), interactions=tuple(Interaction(
                ref=f"{number}-{which}",
                at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number),
                channel=Channel.MAIL, direction=Direction.OUT,
                participants=(Participant(f"p{number % 4}@example.net", Role.TO),), size=1)
                for which in "ab"))
            if self.context.stop.is_set():
                return
"""


@dataclass(frozen=True)
class Gate:
    """A setup whose only source waits at a gate; commands are processes of their own."""

    folder: Path
    package: Path
    url: str

    def __post_init__(self) -> None:
        self.folder.mkdir()
        (self.folder / "config.toml").write_text(
            CONFIG.replace("[owner]", '[owner]\nid = "ada"')
            + f'[store]\nurl = "{self.url}"\n[[sources]]\nid = "s"\ntype = "gated"\n'
        )

    def open(self) -> None:
        (self.folder / "gate").touch()

    @contextlib.contextmanager
    def sync(self) -> Iterator[subprocess.Popen[str]]:
        """`beforehand sync`, running."""
        command = [sys.executable, "-m", "beforehand", "--config", str(self.folder / "config.toml")]
        environment = os.environ | {
            "PYTHONPATH": str(self.package),
            "GATE": str(self.folder / "gate"),
        }
        with subprocess.Popen(
            [*command, "sync"], cwd=ROOT, env=environment, stdout=-1, stderr=-1, text=True
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def held(self) -> int:
        """How many interactions are stored; none while there is no table."""
        with (
            psycopg.connect(libpq_url(self.url)) as connection,
            contextlib.suppress(psycopg.errors.UndefinedTable),
        ):
            found = connection.execute("SELECT count(*) FROM interaction").fetchone()
            return int(found[0]) if found else 0
        return 0


@pytest.fixture
def gate(database: str, install_connector: InstallConnector, tmp_path: Path) -> Gate:
    return Gate(tmp_path / "gate", install_connector("gated", "gated_code:Gated", GATED), database)


@pytest.fixture
def undisturbed(gate: Gate, tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - a dump
    """What the store of a sync that nothing disturbed holds."""
    calm = Gate(tmp_path / "calm", gate.package, f"sqlite:///{tmp_path / 'calm.db'}")
    calm.open()
    monkeypatch.setenv("GATE", str(calm.folder / "gate"))
    cli("--config", calm.folder / "config.toml", "sync")
    return contents(calm.url, "ada")


def until(happened: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + LONG_SECONDS
    while not happened():
        assert time.monotonic() < deadline
        assert process.poll() is None, process.communicate()
        time.sleep(0.03)


def ends(process: subprocess.Popen[str], code: int) -> tuple[str, str]:
    out, err = process.communicate(timeout=LONG_SECONDS)
    assert process.returncode == code, (out, err)
    assert "Traceback" not in err
    return out, err


def test_of_two_syncs_at_once_one_works_and_the_other_says_so(
    gate: Gate, undisturbed: dict[str, Any]
) -> None:
    with gate.sync() as first:
        until(lambda: gate.held() == 6, first)
        with gate.sync() as second:
            _, err = ends(second, 1)
        assert "s: another beforehand is at work on this" in err
        gate.open()
        assert ends(first, 0)[0] == "s: 20 new\n"
    assert contents(gate.url, "ada") == undisturbed


def test_an_interrupted_sync_goes_on_later(gate: Gate, undisturbed: dict[str, Any]) -> None:
    with gate.sync() as first:
        until(lambda: gate.held() == 6, first)
        first.send_signal(signal.SIGINT)
        assert "s: 8 new; stopped before the end" in ends(first, 130)[0]
    gate.open()
    with gate.sync() as second:
        assert ends(second, 0)[0] == "s: 12 new\n"
    assert contents(gate.url, "ada") == undisturbed


def test_a_sync_killed_in_the_middle_of_a_batch_loses_that_batch_only(
    gate: Gate, undisturbed: dict[str, Any]
) -> None:
    with psycopg.connect(libpq_url(gate.url)) as other, gate.sync() as first:
        until(lambda: gate.held() == 6, first)
        other.execute("LOCK TABLE party IN SHARE MODE")  # the batch's last table
        gate.open()
        until(lambda: waits(gate), first)
        first.kill()
        first.wait(timeout=LONG_SECONDS)
        assert gate.held() == 6
    with gate.sync() as second:
        assert ends(second, 0)[0] == "s: 14 new\n"
    assert contents(gate.url, "ada") == undisturbed


def test_a_server_that_restarts_between_two_batches_is_no_trouble(
    gate: Gate, undisturbed: dict[str, Any]
) -> None:
    with gate.sync() as first:
        until(lambda: gate.held() == 6, first)
        hang_up(gate)
        gate.open()
        assert ends(first, 0) == ("s: 20 new\n", "")
    assert contents(gate.url, "ada") == undisturbed


def test_a_server_that_goes_away_in_the_middle_of_a_batch_is_told_in_one_line(
    gate: Gate, undisturbed: dict[str, Any]
) -> None:
    with psycopg.connect(libpq_url(gate.url)) as other, gate.sync() as first:
        until(lambda: gate.held() == 6, first)
        other.execute("LOCK TABLE party IN SHARE MODE")
        gate.open()
        until(lambda: waits(gate), first)
        hang_up(gate, but=other.info.backend_pid)
        _, err = ends(first, 1)
    assert err.count("\n") == 1
    assert "the store failed (" in err
    with gate.sync() as second:
        assert ends(second, 0)[0] == "s: 14 new\n"
    assert contents(gate.url, "ada") == undisturbed


def hang_up(gate: Gate, *, but: int = 0) -> None:
    """End all connections with the database, as a server does that stops."""
    with psycopg.connect(libpq_url(gate.url)) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> ALL(%s)",
            [[connection.info.backend_pid, but]],
        )


def waits(gate: Gate) -> bool:
    """Whether somebody waits for the lock on the parties."""
    with psycopg.connect(libpq_url(gate.url)) as connection:
        query = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'party'::regclass"
        return connection.execute(query).fetchone() is not None
