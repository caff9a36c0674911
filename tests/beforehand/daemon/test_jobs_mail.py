"""The daemon sends the report by mail: once, though servers fail and processes die."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from beforehand import work
from beforehand.app import App
from beforehand.daemon import jobs, main
from sync.store import agenda
from tests.support.owner import EventLog, OpenApp, SettableClock


def planned(app: App) -> dict[str, datetime]:
    with app.store.read() as connection:
        return {job: one.at for job, one in agenda.agenda(connection, app.owner_id).items()}


def tick(app: App) -> None:
    jobs.run_due(app, Event())


class KeepingSmtpHandler:
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.kept.append(envelope.original_content or b"")
        return "250 kept"


@contextmanager
def mail_server(port: int) -> Iterator[KeepingSmtpHandler]:
    box = KeepingSmtpHandler()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield box
    finally:
        server.stop()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number: int = taken.getsockname()[1]
        return number


def test_the_report_goes_out_by_smtp_once_though_the_server_was_down_at_first(
    opened: OpenApp, clock: SettableClock, event_log: EventLog
) -> None:
    port = free_port()
    smtp = (
        '[report]\nvia = "smtp"\n'
        f'[report.smtp]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
    )
    with opened(smtp) as app:
        tick(app)
        clock.advance(hours=1)
        tick(app)
        assert planned(app)["report"] == clock.now + timedelta(minutes=5)
        assert "cannot be reached" in str(event_log.warnings())
        with mail_server(port) as box:
            for _ in range(10):
                clock.advance(minutes=5)
                tick(app)
    assert len(box.kept) == 1
    assert b"Bo Lindgren" in box.kept[0]


def test_a_password_that_is_missing_is_asked_for_in_the_log_not_each_minute(
    opened: OpenApp, clock: SettableClock, event_log: EventLog
) -> None:
    smtp = '[report]\nvia = "smtp"\n[report.smtp]\nhost = "127.0.0.1"\nusername = "ada"\n'
    with opened(smtp) as app:
        tick(app)
        clock.advance(hours=1)
        tick(app)
        assert planned(app)["report"] == clock.now + timedelta(hours=6)
    assert "beforehand auth" in str(event_log.warnings())


def test_a_report_cut_short_by_a_crash_is_sent_after_a_while_under_the_same_name(
    opened: OpenApp, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []

    def deliver(message: dict[str, str], _via: object) -> str:
        names.append(message["Message-ID"])
        if len(names) == 1:
            raise main.HardStop
        return "sent"

    monkeypatch.setattr(work, "deliver", deliver)
    with opened() as app:
        tick(app)
        clock.advance(hours=1)
        with pytest.raises(main.HardStop):
            tick(app)
    with opened() as app:  # the next process
        clock.advance(minutes=14)
        tick(app)
        assert len(names) == 1
        clock.advance(minutes=1)
        tick(app)
        assert len(names) == 2
        clock.advance(minutes=60)
        tick(app)
    assert len(names) == 2
    assert names[0] == names[1]
