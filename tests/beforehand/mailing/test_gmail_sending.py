"""The report sent by the Gmail API, through the front door, against the stand-in for Google."""

from __future__ import annotations

import json
import webbrowser
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from threading import Event, Thread
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest

from beforehand import config as configuration
from beforehand.app import open_app
from beforehand.daemon import jobs
from beforehand.mailing import unconfirmed
from connectors.google.oauth.credentials import METADATA, SEND
from connectors.standin import Google, World, empty_world, serve
from connectors.standin.world.mailbox import WorldMessage
from report.message import LIST_ID
from sync.store import reports
from sync.store.flags import ReportState
from sync.store.reports import SentReport
from tests.support.owner import Cli, CliResult, EventLog, SettableClock
from tests.support.timeouts import LONG_SECONDS

ED = "Ed Roe <ed@example.com>"
BO = "Bo Lindgren <bo@example.net>"
MINUTE = timedelta(minutes=1)
SECRETS = ("ya29.", "1//standin", "standin-secret", "4/standin")


@dataclass
class GmailSendingSetup:
    """Ada's mailbox at the stand-in, her configuration, and commands given a minute apart."""

    world: World
    google: Google
    folder: Path
    cli: Cli
    now: datetime

    def write(self, sending: str = "", *, to: str = "") -> None:
        """The configuration; `sending` is the rest of [report.gmail], a credential unless said."""
        own = json.dumps(list(self.world.owner.addresses))
        sending = sending or f'credentials = "{self.credentials("send.json", SEND)}"'
        (self.folder / "config.toml").write_text(
            f'[owner]\nname = "Ada Winter"\naddresses = {own}\ntimezone = "Europe/Berlin"\n'
            f'[[sources]]\nid = "mail"\ntype = "gmail"\napi_endpoint = "{self.google.url}"\n'
            f'credentials = "{self.credentials("read.json", METADATA)}"\n'
            "units_per_minute = 100000000\n"
            f'[report]\nvia = "gmail"\n{to}\n'
            f'[report.gmail]\napi_endpoint = "{self.google.url}"\n{sending}\n'
        )

    def keep(self, name: str, content: object) -> Path:
        path = self.folder / name
        path.write_text(json.dumps(content))
        path.chmod(0o600)
        return path

    def credentials(self, name: str, scope: str) -> Path:
        return self.keep(name, self.google.credentials([scope]))

    def client_secrets(self) -> str:
        return f'client_secrets = "{self.keep("client.json", self.google.client_secrets())}"'

    def call(self, *words: str, code: int = 0) -> CliResult:
        """Give a command, a minute after the last one. It may show no secret."""
        self.now += MINUTE
        said = self.cli("--config", self.folder / "config.toml", *words, code=code, now=self.now)
        assert not any(secret in said.out + said.err for secret in SECRETS)
        return said

    def findings(self, code: int = 0) -> dict[str, tuple[bool, str]]:
        said = self.call("doctor", "--json", code=code).json
        return {one["check"]: (one["ok"], one["says"]) for one in said}

    @property
    def sent(self) -> list[WorldMessage]:
        """The reports in the SENT folder."""
        return [
            message
            for message in self.world.mailbox.messages.values()
            if "SENT" in message.labels and any(LIST_ID in v for _, v in message.headers)
        ]

    @property
    def record(self) -> SentReport:
        """The one report of the store."""
        with open_app(self.config, EventLog()) as app, app.store.read() as connection:
            (found,) = reports.of_owner(connection, app.owner_id)
            return found

    @property
    def config(self) -> configuration.Config:
        return configuration.load(self.folder / "config.toml")


def header(message: WorldMessage, name: str) -> str:
    (found,) = [value for key, value in message.headers if key.lower() == name.lower()]
    return found


@pytest.fixture
def setup(tmp_path: Path, cli: Cli) -> Iterator[GmailSendingSetup]:
    """Mail with Bo every five days, until ten weeks ago; all of it has been read."""
    world = empty_world(end=date(2026, 11, 23))
    me = world.owner.addresses[0]
    for number in reversed(range(20)):
        at = world.end - timedelta(days=70 + 5 * number)
        world.deliver(sender=BO, to=(me,), at=at - timedelta(days=1))
        world.deliver(sender=f"Ada Winter <{me}>", to=(BO,), at=at)
    world.deliver(sender=f"Ada Winter <{me}>", to=(ED,), at=world.end - timedelta(days=1))
    with serve(world) as google:
        found = GmailSendingSetup(world, google, tmp_path, cli, world.end)
        found.write()
        assert found.call("sync", "--json").json[0]["new"] == 41
        yield found


# Once


def test_the_report_goes_out_once_and_is_known_by_its_headers(setup: GmailSendingSetup) -> None:
    said = setup.call("report", "--send")
    assert said.out.startswith("The report was sent by Gmail (id ")
    [report] = setup.sent
    assert header(report, "Message-ID") == setup.record.message_id
    assert header(report, "List-Id") == f"Beforehand <{LIST_ID}>"
    whole = message_from_bytes(setup.world.sent[0])
    assert whole["To"].endswith(f"<{setup.world.owner.addresses[0]}>")
    assert b"Bo Lindgren" in setup.world.sent[0]
    assert [part.get_content_type() for part in whole.walk()][1:] == ["text/plain", "text/html"]
    assert setup.call("report", "--send").out == "The report for 2026-W48 went out before.\n"
    assert len(setup.sent) == 1
    assert [call.path for call in setup.google.writes] == ["/gmail/v1/users/me/messages/send"]
    assert setup.findings()["report"] == (True, "the last was for 2026-W48")


@pytest.mark.parametrize("to", ["", 'to = "ada.elsewhere@example.com"'])
def test_a_report_is_no_contact_with_anybody(setup: GmailSendingSetup, to: str) -> None:
    setup.write(to=to)
    before = contacts(setup)
    assert [name for name, _ in before] == ["Bo Lindgren", "Ed Roe"]
    setup.call("report", "--send")
    [read] = setup.call("sync", "--json").json
    assert (read["new"], read["skipped"]) == (0, 1)
    assert contacts(setup) == before
    assert setup.call("people", "--bulk", "--json").json == []


def contacts(setup: GmailSendingSetup) -> list[tuple[str, object]]:
    """Everybody in the store, with all contact."""
    people = map(json.loads, setup.call("export").out.splitlines())
    return [(one["name"], one["contact"]) for one in people]


# What goes wrong


@pytest.mark.parametrize("status", [429, 503])
def test_what_gmail_did_not_take_is_not_sent_and_may_go_at_once(
    setup: GmailSendingSetup, status: int
) -> None:
    setup.google.faults.fail_next(1, status=status, reason="rateLimitExceeded", path="/send")
    said = setup.call("report", "--send", code=1)
    assert said.err.startswith("beforehand: Gmail ")
    assert (setup.record.state, setup.sent) == (ReportState.FAILED, [])
    ok, says = setup.findings(code=1)["report"]
    assert not ok
    assert says.startswith("2026-W48 is not sent: Gmail ")
    setup.call("report", "--send")
    assert len(setup.sent) == 1
    assert (setup.record.state, setup.record.tries, setup.record.trouble) == ("sent", 2, "")


def test_what_gmail_took_though_its_answer_was_lost_is_found_and_not_sent_again(
    setup: GmailSendingSetup,
) -> None:
    setup.google.faults.tear_next(1, path="/send")
    assert "was lost while sending" in setup.call("report", "--send", code=1).err
    assert setup.record.state is ReportState.CLAIMED
    setup.now += unconfirmed.SEARCH_AFTER
    assert "went out before" in setup.call("report", "--send").out
    assert [header(message, "Message-ID") for message in setup.sent] == [setup.record.message_id]
    assert (setup.record.state, setup.record.tries) == (ReportState.SENT, 1)


def test_what_never_arrived_goes_again_under_the_same_message_id(setup: GmailSendingSetup) -> None:
    setup.google.faults.drop_next(1, path="/send")
    said = setup.call("report", "--send", code=1)
    assert "The connection to Gmail was lost while sending" in said.err
    assert setup.record.state is ReportState.CLAIMED
    name = setup.record.message_id
    assert "it can be looked for in 14 minutes" in setup.call("report", "--send", code=1).out
    assert setup.findings(code=1)["report"][1] == (
        "2026-W48 is not sent: its sending was interrupted"
    )
    setup.now += unconfirmed.SEARCH_AFTER
    assert "it can be looked for again in" in setup.call("report", "--send", code=1).out
    assert setup.sent == []
    setup.now += unconfirmed.RESEND_AFTER
    setup.call("report", "--send")
    assert [header(message, "Message-ID") for message in setup.sent] == [name]
    assert (setup.record.state, setup.record.message_id) == (ReportState.SENT, name)


def test_the_daemon_waits_as_long_as_it_must_and_no_longer(setup: GmailSendingSetup) -> None:
    clock, event_log = SettableClock(setup.world.end), EventLog()
    faults = setup.google.faults
    due = setup.world.end.replace(hour=6, minute=30)  # 07:30 in Berlin
    gone: list[datetime] = []
    with open_app(setup.config, event_log, now=clock) as app:
        jobs.run_due(app, Event())
        assert setup.sent == []
        faults.fail_next(1, status=429, reason="rateLimitExceeded", retry_after=600, path="/send")
        clock.now = due
        jobs.run_due(app, Event())
        faults.drop_next(1, path="/send")
        for _ in range(100):
            before = len(setup.sent)
            jobs.run_due(app, Event())
            if len(setup.sent) > before:
                gone.append(clock.now)
            clock.now += MINUTE
    # Refused for ten minutes; then the connection was lost; again once it was not seen.
    (last,) = gone
    waited = last - (due + 10 * MINUTE)
    assert unconfirmed.RESEND_AFTER <= waited <= unconfirmed.RESEND_AFTER + 5 * MINUTE
    assert setup.record.state is ReportState.SENT


def test_leave_withdrawn_is_told_with_what_to_do(setup: GmailSendingSetup) -> None:
    setup.google.faults.revoke_grants()
    said = setup.call("report", "--send", code=3)
    assert "no longer accepts this access" in said.err
    assert "run `beforehand auth report`" in said.err
    assert (setup.record.state, setup.sent) == (ReportState.FAILED, [])
    ok, says = setup.findings(code=3)["mail out"]
    assert not ok
    assert "run `beforehand auth report`" in says


def test_a_credential_for_reading_sends_nothing(setup: GmailSendingSetup) -> None:
    setup.write(f'credentials = "{setup.credentials("send.json", METADATA)}"')
    assert "`beforehand auth report`" in setup.call("report", "--send", code=3).err
    assert setup.sent == []


# Leave to send


class Visitor:
    """A browser whose person says yes to what the page asks."""

    def __init__(self) -> None:
        self.visited: list[dict[str, list[str]]] = []
        self._threads: list[Thread] = []

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:  # noqa: ARG002, FBT001, FBT002 - the library's signature
        self.visited.append(parse_qs(urlsplit(url).query))
        thread = Thread(target=self._visit, args=(url,))
        thread.start()
        self._threads.append(thread)
        return True

    def _visit(self, url: str) -> None:
        with urlopen(url, timeout=LONG_SECONDS) as page:  # noqa: S310 - loopback
            page.read()

    def close(self) -> None:
        for thread in self._threads:
            thread.join()


@pytest.fixture
def visitor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    found = Visitor()
    monkeypatch.setattr(webbrowser, "get", lambda _using=None: found)
    yield found
    found.close()


def test_leave_to_send_is_asked_for_once_kept_and_enough(
    setup: GmailSendingSetup, visitor: Visitor
) -> None:
    setup.write(setup.client_secrets())
    ok, says = setup.findings(code=3)["mail out"]
    assert not ok
    assert "run `beforehand auth report`" in says
    assert "run `beforehand auth report`" in setup.call("report", "--send", code=3).err

    assert "Send email on your behalf" in setup.call("auth", "report").out
    [asked] = visitor.visited
    assert asked["scope"] == [SEND]
    assert setup.findings(code=1)["mail out"][0], "what is left is the report not yet sent"
    assert setup.call("report", "--send").out.startswith("The report was sent by Gmail")
    assert len(setup.sent) == 1

    setup.google.faults.revoke_grants()
    assert "run `beforehand auth report`" in setup.findings(code=3)["mail out"][1]
    setup.call("auth", "report")
    assert setup.findings(code=3)["mail out"][0], "only reading waits for a new credential"
    kept = b"".join(
        path.read_bytes()
        for path in setup.folder.rglob("*")
        if path.is_file() and path.suffix != ".json"  # Google's own files
    )
    assert not any(secret.encode() in kept for secret in ("ya29.", "1//standin", "4/standin"))


def test_a_box_left_unticked_is_told_and_nothing_is_sent(
    setup: GmailSendingSetup, visitor: Visitor
) -> None:
    setup.write(setup.client_secrets())
    setup.google.faults.withhold(SEND)
    said = setup.call("auth", "report", code=3)
    assert 'the box "Send email on your behalf" was left unticked' in said.err
    assert len(visitor.visited) == 1
    setup.call("report", "--send", code=3)
    assert setup.sent == []
    assert "[report.smtp] username: missing" in setup.call("auth", "smtp", code=2).err
    assert len(visitor.visited) == 1, "a password has nothing to do with Google"


def test_once_there_is_leave_the_daemon_sends_at_its_next_beat(
    setup: GmailSendingSetup, visitor: Visitor
) -> None:
    setup.write(setup.client_secrets())
    clock, event_log = SettableClock(setup.world.end), EventLog()
    with open_app(setup.config, event_log, now=clock) as app:
        jobs.run_due(app, Event())
        clock.advance(minutes=30)
        jobs.run_due(app, Event())
    [(event, facts)] = event_log.warnings()
    assert event == "report not sent"
    assert "run `beforehand auth report`" in str(facts["error"])
    setup.now = clock.now
    setup.call("auth", "report")
    assert len(visitor.visited) == 1
    clock.now = setup.now + MINUTE
    with open_app(setup.config, event_log, now=clock) as app:
        jobs.run_due(app, Event())
    assert len(setup.sent) == 1
