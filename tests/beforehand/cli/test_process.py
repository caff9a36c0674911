"""The command line as a process: stopped in the middle, piped on, on terminals of all kinds."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from tests.support.owner import CONFIG, NOW, InstallConnector
from tests.support.timeouts import LONG_SECONDS

ROOT = Path(__file__).parents[3]


def run(*words: object, **more: object) -> subprocess.CompletedProcess[str]:
    """The command line as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "beforehand", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        **more,
    )


SLOW = """
import os
from datetime import UTC, datetime, timedelta
from connectors.api import *

class Slow:
    '''Fifty batches of one message each; after the fifth it waits to be stopped.'''
    name = "slow"
    channels = frozenset({Channel.MAIL})
    Config = SourceConfig
    def __init__(self, config, context): self.context = context
    def check(self): return "slow"
    def pull(self, cursor):
        for number in range(int(cursor or 0), 50):
            if number == 5 and "STOPS" in os.environ:
                self.context.stop.wait()
            yield Batch(cursor=str(number + 1), interactions=(Interaction(
                ref=str(number), at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number),
                channel=Channel.MAIL, direction=Direction.OUT,
                participants=(Participant("bo@example.net", Role.TO),), size=1),))
"""


def held(home: Path) -> int:
    """How many interactions the store has. Raises OperationalError while there is none."""
    path = home / "data" / "beforehand" / "beforehand.db"
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM interaction").fetchone()
        return int(count)


def test_an_interrupted_sync_keeps_what_it_has_and_goes_on_later(
    tmp_path: Path, install_connector: InstallConnector
) -> None:
    folder = install_connector("slow", "slow_code:Slow", SLOW)
    (tmp_path / "config.toml").write_text(CONFIG + '[[sources]]\nid = "s"\ntype = "slow"\n')
    environment = os.environ | {
        "PYTHONPATH": str(folder),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "BEFOREHAND_CONFIG": str(tmp_path / "config.toml"),
    }
    command = [sys.executable, "-m", "beforehand", "sync"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment | {"STOPS": "1"}, stdout=-1, stderr=-1, text=True
    ) as process:
        deadline = time.monotonic() + LONG_SECONDS
        kept = 0
        while kept < 5:
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.05)
            with contextlib.suppress(sqlite3.OperationalError):  # not there yet
                kept = held(tmp_path)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=LONG_SECONDS)
    assert process.returncode == 130
    assert "s: " in out
    assert "stopped before the end" in out
    assert "Traceback" not in err
    kept = held(tmp_path)
    assert 5 <= kept < 50
    later = run("sync", "--json", env=environment)
    assert later.returncode == 0, later.stderr
    assert json.loads(later.stdout)[0]["new"] == 50 - kept
    assert held(tmp_path) == 50


def test_output_that_nobody_reads_on_is_no_error(synced: Path) -> None:
    command = f"{sys.executable} -m beforehand export | head -c 10"
    shown = subprocess.run(
        ["/bin/sh", "-c", command],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=os.environ | {"BEFOREHAND_CONFIG": str(synced / "config.toml")},
    )
    assert shown.stdout == '{"name": "'
    assert shown.stderr == ""


def test_a_terminal_without_unicode_still_gets_the_report(synced: Path) -> None:
    environment = os.environ | {
        "BEFOREHAND_CONFIG": str(synced / "config.toml"),
        "PYTHONIOENCODING": "ascii",
    }
    shown = run("report", "--as-of", f"{NOW:%Y-%m-%d}", env=environment)
    assert shown.returncode == 0, shown.stderr
    assert "Bo Lindgren" in shown.stdout


def test_a_narrow_terminal_keeps_the_numbers_whole(synced: Path) -> None:
    leader, follower = pty.openpty()
    with os.fdopen(leader, "rb", buffering=0) as screen:
        process = subprocess.Popen(
            [sys.executable, "-m", "beforehand", "people", "--as-of", f"{NOW:%Y-%m-%d}"],
            stdout=follower,
            cwd=ROOT,
            env=os.environ
            | {"BEFOREHAND_CONFIG": str(synced / "config.toml"), "COLUMNS": "72", "NO_COLOR": "1"},
        )
        os.close(follower)
        shown = b""
        try:
            while piece := screen.read(4096):
                shown += piece
        except OSError:  # how Linux says that the other side is closed
            pass
        assert process.wait(timeout=LONG_SECONDS) == 0
    rows = [line for line in shown.decode().splitlines() if "bo@example.net" in line]
    assert len(rows) == 1
    assert rows[0].split()[-5:] == ["60", "6", "d", "70", "d"]
