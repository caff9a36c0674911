"""A report that may have gone out is looked for in the owner's mail before it is sent again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from threading import Event

import pytest
import sqlalchemy as sa

from beforehand import config as configuration
from beforehand.app import App, open_app
from beforehand.config import ONLY_OWNER
from beforehand.daemon import jobs
from beforehand.mailing import periods, unconfirmed
from report.message import LIST_ID, message_id
from sync.store import agenda, reports
from sync.store.flags import ReportState
from sync.store.models import answer, flag
from sync.store.reports import SentReport
from tests.support.owner import (
    ADA,
    BO,
    CLEO,
    NOW,
    Cli,
    CliResult,
    EventLog,
    OpenApp,
    SettableClock,
    mail,
    write_mbox,
)
from tests.support.scripted_smtp_server import MessageFate, ScriptedSmtpServer

CLAIMED, FAILED, SENT = ReportState.CLAIMED, ReportState.FAILED, ReportState.SENT
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass
class SmtpSetup:
    """Ada's, whose reports go by a mail server to the inbox that is read."""

    folder: Path
    cli: Cli
    now: datetime = NOW
    fates: list[MessageFate] = field(default_factory=list)
    taken: list[tuple[MessageFate, bytes]] = field(default_factory=list)

    def meet(self) -> MessageFate:
        return self.fates.pop(0) if self.fates else MessageFate.GOOD

    def take(self, fate: MessageFate, message: bytes) -> None:
        self.taken.append((fate, message))

    def arrive(self) -> None:
        """All that was taken lies in the inbox from now on."""
        with (self.folder / "mail.mbox").open("ab") as file:
            for fate, message in self.taken:
                if fate.takes:
                    text = message.replace(b"\r\n", b"\n")
                    file.write(b"\nFrom - Mon Nov 23 06:30:00 2026\n" + text)

    def send(self, code: int = 0, *, after: timedelta = MINUTE) -> CliResult:
        self.now += after
        return self.cli("report", "--send", code=code, now=self.now)

    @property
    def names(self) -> list[str]:
        return [str(message_from_bytes(message)["Message-ID"]) for _, message in self.taken]

    @property
    def record(self) -> SentReport:
        (found,) = self.records()
        return found

    def records(self) -> list[SentReport]:
        with self.app() as app, app.store.read() as connection:
            return reports.of_owner(connection, app.owner_id)

    def flags(self) -> list[tuple[int, str, int]]:
        with self.app() as app, app.store.read() as connection:
            rows = connection.execute(sa.select(flag.c.person_id, flag.c.kind, flag.c.report_id))
            return sorted((row[0], row[1], row[2]) for row in rows)

    def app(self, clock: Callable[[], datetime] | None = None):  # type: ignore[no-untyped-def]  # noqa: ANN201 - what open_house gives
        config = configuration.load(self.folder / "config.toml")
        return open_app(config, EventLog(), now=clock or (lambda: self.now))


@pytest.fixture
def setup(home: Path, cli: Cli) -> Iterator[SmtpSetup]:
    found = SmtpSetup(home, cli)
    with ScriptedSmtpServer(found.meet, found.take) as postbox:
        path = home / "config.toml"
        path.write_text(
            f'{path.read_text()}\n[report]\nvia = "smtp"\n[report.smtp]\nhost = "127.0.0.1"\n'
            f'port = {postbox.port}\nsecurity = "none"\n'
        )
        cli("sync", now=NOW)
        yield found


def test_what_arrived_though_nobody_said_so_is_not_sent_again(setup: SmtpSetup) -> None:
    setup.fates = [MessageFate.TAKEN]
    assert "may have gone or not" in setup.send(code=1).err
    assert setup.record.state is CLAIMED
    named = setup.flags()
    assert "it can be looked for in 14 minutes" in setup.send(code=1).out
    setup.arrive()
    assert "went out before" in setup.send(after=unconfirmed.SEARCH_AFTER).out
    assert len(setup.taken) == 1
    assert (setup.record.state, setup.record.tries) == (SENT, 1)
    assert setup.flags() == named != []


def test_what_a_mail_confirmed_that_was_seen_is_not_confirmed_again(setup: SmtpSetup) -> None:
    helped = {"token": "x", "at": NOW, "verb": "helped", "outcome": "taken", "settled_at": NOW}
    with setup.app() as app, app.store.write() as connection:
        connection.execute(sa.insert(answer).values(owner_id=app.owner_id, **helped))
    setup.fates = [MessageFate.TAKEN]
    setup.send(code=1)
    setup.arrive()
    setup.send(after=unconfirmed.SEARCH_AFTER)
    with setup.app() as app, app.store.read() as connection:
        assert connection.scalars(sa.select(answer.c.told_in)).all() == [setup.record.id]


def test_what_is_not_there_at_the_second_look_goes_again_under_the_same_message_id(
    setup: SmtpSetup,
) -> None:
    setup.fates = [MessageFate.LOST]
    setup.send(code=1)
    assert (
        "looked for again in 45 minutes" in setup.send(code=1, after=unconfirmed.SEARCH_AFTER).out
    )
    assert len(setup.taken) == 1
    assert (
        "was sent to" in setup.send(after=unconfirmed.RESEND_AFTER - unconfirmed.SEARCH_AFTER).out
    )
    assert setup.names == [setup.record.message_id] * 2
    assert (setup.record.state, setup.record.tries) == (SENT, 2)


def test_only_what_the_mail_named_that_arrived_is_remembered(setup: SmtpSetup) -> None:
    setup.fates = [MessageFate.LOST]
    setup.send(code=1)
    (bo,) = {person for person, kind, _ in setup.flags() if kind == "lapse"}
    # Meanwhile Bo has written, so that the second mail does not name them.
    inbox = setup.folder / "mail.mbox"
    with inbox.open("a") as file:
        file.write("\n" + mail(setup.now, BO, "ada@example.org"))
    setup.send(after=unconfirmed.RESEND_AFTER)
    assert bo not in {person for person, kind, _ in setup.flags() if kind == "lapse"}


def test_where_the_mail_cannot_be_read_it_goes_again_after_a_longer_wait(setup: SmtpSetup) -> None:
    setup.fates = [MessageFate.TAKEN]
    setup.send(code=1)
    (setup.folder / "mail.mbox").rename(setup.folder / "away.mbox")
    assert (
        "looked for again in 60 minutes" in setup.send(code=1, after=unconfirmed.RESEND_AFTER).out
    )
    assert (
        "looked for again in 1 minutes"
        in setup.send(code=1, after=unconfirmed.RESEND_UNSEARCHED_AFTER - 61 * MINUTE).out
    )
    assert len(setup.taken) == 1
    assert "was sent to" in setup.send(after=2 * MINUTE).out
    assert setup.names == [setup.record.message_id] * 2


def test_what_was_refused_and_came_all_the_same_is_not_sent_again(setup: SmtpSetup) -> None:
    setup.fates = [MessageFate.LIED_NO]
    setup.send(code=1)
    assert setup.record.state is FAILED
    setup.arrive()
    assert "went out before" in setup.send().out
    assert len(setup.taken) == 1
    assert setup.record.state is SENT


def test_a_clock_that_is_set_back_lets_the_wait_begin_anew(setup: SmtpSetup) -> None:
    setup.fates = [MessageFate.LOST]
    setup.send(code=1, after=20 * HOUR)
    assert "looked for in 15 minutes" in setup.send(code=1, after=-19 * HOUR).out
    assert "was sent to" in setup.send(after=unconfirmed.RESEND_AFTER).out
    assert (setup.record.state, setup.record.tries) == (SENT, 2)


def test_what_another_process_is_sending_is_left_to_it(setup: SmtpSetup) -> None:
    with setup.app() as app, app.store.exclusive(f"report-{app.owner_id}"):
        said = setup.send(code=1)
    assert said.out == "Another process is sending the report for 2026-W48 at this moment.\n"
    assert setup.taken == setup.records() == []


def test_a_report_of_the_week_before_that_is_seen_late_counts_as_sent(setup: SmtpSetup) -> None:
    setup.fates = [MessageFate.TAKEN]
    setup.send(code=1)
    setup.arrive()
    setup.cli("sync", now=setup.now + timedelta(weeks=1))
    assert "was sent to" in setup.send(after=timedelta(weeks=1)).out
    assert [(one.period, one.state) for one in setup.records()] == [
        ("2026-W48", SENT),
        ("2026-W49", SENT),
    ]


def planned(app: App) -> dict[str, datetime]:
    with app.store.read() as connection:
        return {job: one.at for job, one in agenda.agenda(connection, app.owner_id).items()}


def test_the_daemon_looks_and_notes_what_it_saw(setup: SmtpSetup) -> None:
    clock = SettableClock()
    with setup.app(clock) as app:
        jobs.run_due(app, Event())
        setup.fates = [MessageFate.TAKEN]
        clock.now = periods.next_due(app.config, NOW)
        jobs.run_due(app, Event())
        assert planned(app)["report"] == clock.now + unconfirmed.SEARCH_AFTER
        setup.arrive()
        clock.now += unconfirmed.SEARCH_AFTER
        jobs.run_due(app, Event())
        assert planned(app)["report"] == NOW + timedelta(days=7, hours=1)
    assert len(setup.taken) == 1
    assert setup.record.state is SENT


def test_a_refused_report_is_told_to_its_owner_and_tried_again_later(
    setup: SmtpSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(
        "beforehand.daemon.alerts.notify", lambda *words: told.append(" ".join(words))
    )
    clock = SettableClock()
    with setup.app(clock) as app:
        jobs.run_due(app, Event())
        setup.fates = [MessageFate.REFUSED]
        clock.now = due = periods.next_due(app.config, NOW)
        jobs.run_due(app, Event())
        assert setup.record.state is FAILED
        assert planned(app)["report"] == due + 6 * HOUR
        jobs.run_due(app, Event())
        assert len(told) == 1
        assert "550 5.1.1 nobody here" in told[0]
        clock.now += 6 * HOUR
        jobs.run_due(app, Event())
        jobs.run_due(app, Event())
        assert "tell:report" not in planned(app)
    assert setup.record.state is SENT


def test_a_death_in_the_middle_and_a_clock_set_back_do_not_cost_a_report(
    setup: SmtpSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_given: object, **_more: object) -> None:
        raise KeyboardInterrupt

    clock = SettableClock()
    with setup.app(clock) as app:
        jobs.run_due(app, Event())
        clock.now = NOW + 7 * HOUR  # asleep when it was due
        with monkeypatch.context() as patch:
            patch.setattr(reports, "claim", die)
            with pytest.raises(KeyboardInterrupt):
                jobs.run_due(app, Event())
        clock.now -= 2 * HOUR
        for _ in range(24):
            jobs.run_due(app, Event())
            clock.now += HOUR / 4
    assert setup.record.state is SENT


def test_nobody_from_outside_can_pass_a_mail_off_as_the_report(setup: SmtpSetup) -> None:
    setup.fates = [MessageFate.LOST]
    setup.send(code=1)
    guess = message_id(ONLY_OWNER, "2026-W48", "ada@example.org", secret=b"")
    forged = mail(setup.now, BO, ADA, f"List-Id: Beforehand <{LIST_ID}>", f"Message-ID: {guess}")
    with (setup.folder / "mail.mbox").open("a") as file:
        file.write("\n" + forged.replace("Message-ID", "X-Number", 1))
    assert "may have gone out" in setup.send(code=1, after=unconfirmed.SEARCH_AFTER).out
    assert setup.record.seen_at is None


# Which week a report is for


def test_a_report_that_could_not_go_all_week_leaves_the_next_one_its_own_time(
    opened: OpenApp, clock: SettableClock, home: Path
) -> None:
    with opened() as app:
        jobs.run_due(app, Event())
        clock.now = NOW + timedelta(days=7)  # the next Monday, an hour before the report is due
        jobs.run_due(app, Event())
        assert not list(home.parent.rglob("20*-W*.html"))
        assert planned(app)["report"] == clock.now + HOUR
        clock.now += HOUR
        jobs.run_due(app, Event())
        (only,) = home.parent.rglob("20*-W*.html")
        assert only.name == "2026-W49.html"


def test_a_sundays_report_that_goes_on_monday_does_not_stand_in_for_the_next(
    opened: OpenApp, clock: SettableClock, home: Path
) -> None:
    write_mbox(home / "mail.mbox", [mail(NOW, CLEO, "ada@example.org")])
    with opened('[report]\nday = "sunday"\n') as app:
        clock.now = NOW + timedelta(days=37)  # 30 December, a Wednesday
        jobs.run_due(app, Event())
        clock.now += timedelta(days=5)  # asleep until Monday, 4 January
        jobs.run_due(app, Event())
        clock.now += timedelta(days=6, hours=2)  # and Sunday, 10 January
        jobs.run_due(app, Event())
        found = sorted(path.name for path in home.parent.rglob("20*-W*.html"))
        assert found == ["2026-W53.html", "2027-W01.html"]
