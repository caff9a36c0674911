"""The daemon under a service manager: a real process, and a real socket in systemd's place."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from queue import Empty, Queue
from threading import Event, Thread
from uuid import uuid4

import pytest

from beforehand.daemon.deadline import Deadline
from beforehand.daemon.liveness import Liveness, last_sign, sign_path
from beforehand.daemon.sd_notify import ServiceManager
from tests.support.owner import CONFIG, NOW, InstallConnector, OpenApp, SettableClock
from tests.support.timeouts import LONG_SECONDS

ROOT = Path(__file__).parents[3]
PATIENCE_SECONDS = 1
DIGGER = """
import os, time
from beforehand.daemon.sd_notify import ServiceManager
from connectors.api import Batch, Channel, SourceConfig

class Digger:
    name = "digger"
    channels = frozenset({Channel.MAIL})
    class Config(SourceConfig):
        does: str = "rest"
    def __init__(self, config, context): self.does, self.context = config.does, context
    def check(self): return "here"
    def pull(self, cursor):
        yield Batch(cursor="1")
        if self.does == "hang":
            ServiceManager(os.environ["NOTIFY_SOCKET"]).status("hanging")
            time.sleep(600)
        while self.does == "dig":
            time.sleep(0.1)
            self.context.progress(1, None)
            yield Batch(cursor="2")
"""
Facts = dict[str, str]


@dataclass
class Unit:
    """A daemon as systemd would run it, and what it has told so far."""

    process: subprocess.Popen[str]
    socket: socket.socket
    config: Path
    told: list[Facts] = field(default_factory=list)
    heard: Queue[str] = field(default_factory=Queue)

    def listen(self) -> None:
        """Take in what comes when it comes: ten datagrams unread, and Linux drops the next."""
        while text := self.socket.recv(4096).decode():
            self.heard.put(text)

    def hear(self, seconds: float = 1.0) -> Facts | None:
        """The next datagram, or None if there is none for so long."""
        try:
            text = self.heard.get(timeout=seconds)
        except Empty:
            return None
        self.told.append(dict(line.split("=", 1) for line in text.splitlines()))
        return self.told[-1]

    def until(self, wanted: Callable[[Facts], bool]) -> list[Facts]:
        """What it tells until it tells this, with it."""
        heard: list[Facts] = []
        end = time.monotonic() + LONG_SECONDS
        while time.monotonic() < end:
            facts = self.hear()
            if facts is None:
                assert self.process.poll() is None, self.process.communicate()
                continue
            heard.append(facts)
            if wanted(facts):
                return heard
        raise AssertionError(self.told)

    def until_key(self, key: str) -> list[Facts]:
        return self.until(lambda facts: key in facts)

    def until_status(self, text: str) -> list[Facts]:
        return self.until(lambda facts: facts.get("STATUS", "").startswith(text))

    def write(self, does: str) -> None:
        self.config.write_text(
            CONFIG + f'[[sources]]\nid = "pit"\ntype = "digger"\ndoes = "{does}"\n'
        )

    def end(self, number: int = signal.SIGTERM) -> str:
        """Send a signal, and give back the log once the process has ended."""
        self.process.send_signal(number)
        _out, err = self.process.communicate(timeout=LONG_SECONDS)
        return err


Start = Callable[..., Unit]


@pytest.fixture
def start(tmp_path: Path, install_connector: InstallConnector) -> Iterator[Start]:
    """Start a daemon whose one source does as is said; `abstract`: on a socket without a path."""
    folder = install_connector("digger", "digger_code:Digger", DIGGER)
    units: list[Unit] = []

    def begin(does: str, *, abstract: bool = False) -> Unit:
        address = f"@beforehand-{uuid4().hex}" if abstract else str(tmp_path / "notify")
        ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        ear.bind(f"\0{address[1:]}" if abstract else address)
        path = tmp_path / "config.toml"
        environment = os.environ | {
            "PYTHONPATH": f"{folder}{os.pathsep}{os.environ['PYTHONPATH']}",
            "NOTIFY_SOCKET": address,
            "WATCHDOG_USEC": str(PATIENCE_SECONDS * 1_000_000),
        }
        unit = Unit(None, ear, path)  # type: ignore[arg-type]  # started once it has what it reads
        Thread(target=unit.listen, daemon=True).start()
        unit.write(does)
        unit.process = subprocess.Popen(
            [sys.executable, "-m", "beforehand", "--config", str(path), "daemon"],
            cwd=ROOT,
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        units.append(unit)
        return unit

    yield begin
    for unit in units:
        unit.socket.shutdown(socket.SHUT_RDWR)  # ends `listen`
        with unit.process as process, unit.socket:
            process.kill()


def events(log: str) -> list[str]:
    return [json.loads(line)["event"] for line in log.splitlines() if line.startswith("{")]


def test_the_manager_hears_of_readiness_signs_of_life_what_is_awaited_and_the_end(
    start: Start,
) -> None:
    unit = start("rest", abstract=True)
    first = unit.until_key("READY")
    assert not any("STATUS" in facts for facts in first)  # nothing is begun before
    unit.until_status("reading pit")
    unit.until_status("next report on Mon ")
    for _ in range(2):
        unit.until_key("WATCHDOG")
    log = unit.end()
    assert unit.process.returncode == 0
    assert unit.until_key("STOPPING")
    assert events(log)[-1] == "daemon ended"


def test_the_configuration_is_read_again_at_sighup_and_a_bad_one_is_not_taken(
    start: Start,
) -> None:
    unit = start("rest")
    unit.until_status("next report on Mon ")
    unit.config.write_text(unit.config.read_text() + '[report]\nday = "friday"\n')
    asked = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    unit.process.send_signal(signal.SIGHUP)
    [*_, reloading] = unit.until_key("RELOADING")
    assert int(reloading["MONOTONIC_USEC"]) >= asked
    unit.until_key("READY")
    unit.until_status("next report on Fri ")
    unit.config.write_text('[owner]\nname = "Ada"\naddresses = ["none"]\n')
    unit.process.send_signal(signal.SIGHUP)
    unit.until_key("RELOADING")
    unit.until_key("READY")
    log = unit.end()
    [bad] = [json.loads(line) for line in log.splitlines() if "not taken" in line]
    assert "[owner] addresses" in bad["error"]
    assert "configuration read anew" in events(log)
    assert unit.process.returncode == 0


def test_a_long_reading_gives_signs_of_life_and_makes_way_for_a_new_configuration(
    start: Start, tmp_path: Path
) -> None:
    unit = start("dig")
    unit.until_status("reading pit")
    for _ in range(3):
        assert not [facts for facts in unit.until_key("WATCHDOG") if "STATUS" in facts]
    text = unit.config.read_text().replace('"dig"', '"rest"')
    unit.config.write_text(f'{text}[store]\nurl = "sqlite:///{tmp_path}/other.db"\n')
    unit.process.send_signal(signal.SIGHUP)
    unit.until_key("RELOADING")
    unit.until_status("reading pit")  # that of the store counts only after a new start
    unit.write("rest")
    unit.process.send_signal(signal.SIGHUP)
    unit.until_key("RELOADING")
    unit.until_status("next report")
    assert "[store] url, [owner] id: changed" in unit.end()
    assert unit.process.returncode == 0
    assert not (tmp_path / "other.db").exists()


def test_a_reading_that_hangs_gives_no_sign_and_says_where_it_hung_when_it_is_killed(
    start: Start,
) -> None:
    unit = start("hang")
    unit.until_status("hanging")
    assert unit.hear(1.5 * PATIENCE_SECONDS) is None, "a sign of life from one that hangs"
    log = unit.end(signal.SIGABRT)  # as systemd does when the patience is over
    assert unit.process.returncode == -signal.SIGABRT
    assert "digger_code.py" in log
    assert "in pull" in log


# What is told to whom


def test_without_a_manager_nothing_is_told() -> None:
    assert ServiceManager.from_environment({}) == ServiceManager("", None)
    assert ServiceManager.from_environment({"NOTIFY_SOCKET": "vsock:2:1234"}) == ServiceManager(
        "", None
    )
    ServiceManager("/nowhere/at/all", 1.0).alive()  # a socket that has gone is no fault of ours


def test_a_watchdog_that_is_meant_for_another_process_is_not_fed() -> None:
    usec = {"WATCHDOG_USEC": "3000000"}
    assert ServiceManager.from_environment(usec).watchdog == 3.0
    assert (
        ServiceManager.from_environment(usec | {"WATCHDOG_PID": str(os.getpid())}).watchdog == 3.0
    )
    assert ServiceManager.from_environment(usec | {"WATCHDOG_PID": "1"}).watchdog is None
    assert ServiceManager.from_environment({"WATCHDOG_USEC": "soon"}).watchdog is None
    assert ServiceManager.from_environment({"WATCHDOG_USEC": "0"}).watchdog is None


# Signs of life


def test_whoever_waits_long_gives_signs_of_life_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    ended = Event()
    waits: list[float] = []
    monkeypatch.setattr(ended, "wait", waits.append)
    stop = Deadline(ended, NOW + timedelta(hours=1), lambda: NOW, asked=lambda: asked.append(1))
    assert not stop.wait(90)
    assert sum(waits) == 90
    assert len(asked) >= 5


def test_a_sign_is_left_for_whoever_looks_later_and_not_at_every_call(tmp_path: Path) -> None:
    clock, seconds = SettableClock(), [0.0]
    path = tmp_path / "deep" / "daemon.alive"
    pulse = Liveness(path=path, now=clock, clock=lambda: seconds[0])
    assert last_sign(path) is None
    pulse.beat()
    assert last_sign(path) == NOW
    assert path.stat().st_mode & 0o077 == 0
    for passed, sign in ((29, NOW), (1, NOW + timedelta(seconds=30))):
        clock.advance(seconds=passed)
        seconds[0] += passed
        pulse.beat()
        assert last_sign(path) == sign
    path.write_text("2026-11-")  # the power went
    assert last_sign(path) is None


@pytest.mark.parametrize("owner", ["", 'id = "ada"\n'])
def test_the_sign_lies_beside_the_store(opened: OpenApp, owner: str) -> None:
    with opened(text=CONFIG + owner) as app:
        assert app.store.path is not None
        below = () if not owner else ("owners", "ada")
        assert sign_path(app.config) == app.store.path.parent.joinpath(*below, "daemon.alive")
