"""Simulated weeks: each week's report comes once, or again only as the promise allows.

`make weeks` lives more of them, and has some of the processes killed as well.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from beforehand import config as configuration
from beforehand.app import open_app
from beforehand.daemon import jobs
from beforehand.mailing import periods, unconfirmed
from sync.store import reports
from sync.store.flags import ReportState
from tests.support.delivery_promises import check_promises
from tests.support.owner import NOW, EventLog, SettableClock
from tests.support.scripted_smtp_server import MessageFate, ScriptedSmtpServer
from tests.support.simulation import ROOT, SimulatedLaptop
from tests.support.timeouts import LONG_SECONDS


def test_each_weeks_report_comes_once_or_again_only_where_the_promise_says_so(
    tmp_path: Path,
) -> None:
    laptop = SimulatedLaptop(tmp_path, seed=13, weeks=6)
    laptop.run()
    tally = check_promises(laptop)
    assert tally.wrong == []
    assert tally.weeks == 6
    assert (tally.once, tally.again.total()) == (5, 1)
    assert len(tally.troubles) >= 12  # kinds of trouble


class KillingMailServer:
    """A mail server that has its sender killed once it has the message."""

    def __init__(self, fates: Iterator[MessageFate]) -> None:
        self.fates = fates
        self.taken: list[bytes] = []
        self.sender: subprocess.Popen[bytes] | None = None

    def meet(self) -> MessageFate:
        return next(self.fates, MessageFate.GOOD)

    def take(self, fate: MessageFate, message: bytes) -> None:
        if fate.takes:
            self.taken.append(message.replace(b"\r\n", b"\n"))

    def kill(self) -> None:
        assert self.sender is not None
        self.sender.kill()


@pytest.mark.parametrize("fate", [MessageFate.KILLED, MessageFate.KILLED_LOST])
def test_a_process_killed_while_it_sends_costs_no_report_and_doubles_none(
    home: Path, fate: MessageFate
) -> None:
    server = KillingMailServer(iter([fate]))
    path, clock = home / "config.toml", SettableClock()
    with ScriptedSmtpServer(server.meet, server.take, server.kill) as postbox:
        with path.open("a") as file:
            file.write('[report]\nvia = "smtp"\n[report.smtp]\nhost = "127.0.0.1"\n')
            file.write(f'security = "none"\nport = {postbox.port}\n')
        config = configuration.load(path)
        with open_app(config, EventLog(), now=clock) as app:
            jobs.run_due(app, Event())
        clock.now = periods.next_due(config, NOW)
        words = [sys.executable, "-m", "tests.support.run_heartbeat", str(path)]
        with subprocess.Popen([*words, clock.now.isoformat()], cwd=ROOT) as server.sender:
            assert server.sender.wait(timeout=LONG_SECONDS) == -9
        with (home / "mail.mbox").open("ab") as inbox:
            for message in server.taken:
                inbox.write(b"\nFrom - Mon Nov 23 06:30:00 2026\n" + message)
        with open_app(config, EventLog(), now=clock) as app:
            for wait in (
                unconfirmed.SEARCH_AFTER,
                unconfirmed.RESEND_AFTER - unconfirmed.SEARCH_AFTER,
                timedelta(),
            ):
                clock.now += wait
                jobs.run_due(app, Event())
            with app.store.read() as connection:
                (found,) = reports.of_owner(connection, app.owner_id)
    assert found.state is ReportState.SENT
    assert len(server.taken) == 1
