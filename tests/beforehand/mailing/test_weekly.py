"""The weekly report: what is recorded when it goes out, and what is not said for want of sight."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from beforehand import work
from beforehand.app import App
from beforehand.mailing import weekly
from beforehand.mailing.delivery import OutcomeUnknown, Rejected
from beforehand.mailing.weekly import Weekly
from connectors.errors import ConfigError
from report.text import why
from scoring.attention import Suppression
from scoring.grading import FlagOutcome
from sync.store import flags, people, reports
from sync.store.flags import NewFlag, ReportState
from sync.store.reports import SentReport
from tests.support.owner import (
    ADA,
    BO,
    CLEO,
    CONFIG,
    NOW,
    Cli,
    OpenApp,
    SettableClock,
    exchange,
    mail,
    sample_mail,
    write_mbox,
)


def read(app: App) -> None:
    for source in app.config.sources:
        work.sync_source(app, source)


def names(written: Weekly, key: str) -> list[str]:
    """The names in a section of the report."""
    section = written.view.sections.get(key)
    return [row.name for row in section.rows] if section else []


def named(written: Weekly) -> list[str]:
    return names(written, "people")


def owed(written: Weekly) -> list[str]:
    return names(written, "owed")


def known_reports(app: App) -> list[SentReport]:
    with app.store.read() as connection:
        return reports.of_owner(connection, app.owner_id)


@pytest.fixture
def app(opened: OpenApp) -> object:
    """Ada's application, her mail read."""
    with opened() as found:
        read(found)
        yield found


# What earlier reports teach


def passed_by(app: App, weeks_ago: range, who: str = "Bo Lindgren") -> None:
    """In a silence of long ago reports named somebody, and nothing followed."""
    with app.store.write() as connection:
        person = people.find(connection, app.owner_id, who)
        for weeks in weeks_ago:
            at, flags = NOW - timedelta(weeks=weeks), [NewFlag(person.id, "lapse", 0.5)]
            label, name = f"{at:%G-W%V}", f"<{weeks}@x.y>"
            number = reports.claim(connection, app.owner_id, label, name, at, flags=flags)
            assert number is not None
            reports.mark_sent(connection, number, at)


def test_whoever_was_passed_by_again_and_again_is_named_only_for_more(app: App, home: Path) -> None:
    # Before the talk that ended ten weeks ago there was one that ended a year earlier.
    earlier = exchange(BO, every=7, times=30, until=NOW - timedelta(weeks=80))
    write_mbox(home / "mail.mbox", [*earlier, *sample_mail(NOW)])
    read(app)
    passed_by(app, range(75, 73, -1))
    assert named(weekly.compose(app)) == ["Bo Lindgren"]
    passed_by(app, range(73, 66, -1))
    written = weekly.compose(app)
    assert written.grades.counts() == {FlagOutcome.LAPSED: 9}
    assert named(written) == []
    assert [(person.name, reason) for person, reason in written.held] == [
        ("Bo Lindgren", why.suppressed(Suppression.THRESHOLD_RAISED))
    ]


def test_the_list_grows_no_longer_than_the_owner_acts_on(opened: OpenApp, home: Path) -> None:
    quiet = [f"Quiet {n} <quiet{n}@example.net>" for n in range(6)]
    mails = [
        one
        for n, who in enumerate(quiet)
        for one in exchange(who, every=7, times=60, until=NOW - timedelta(days=60 + n))
    ]
    ever = exchange("Ed <ed@example.org>", every=3, times=130, until=NOW - timedelta(days=1))
    # Somebody of long ago, whom eight reports named, and nothing followed.
    gone = exchange(CLEO, every=7, times=30, until=NOW - timedelta(weeks=40))
    write_mbox(home / "mail.mbox", [*mails, *ever, *gone])
    with opened() as app:
        read(app)
        assert len(named(weekly.compose(app))) == 5
        passed_by(app, range(30, 22, -1), "Cleo Marsh")
        assert len(named(weekly.compose(app))) == 3


def test_what_became_of_a_flag_stands_though_its_mail_is_deleted_later(
    opened: OpenApp, home: Path, clock: SettableClock
) -> None:
    ever = [*exchange("Ed <ed@example.org>", every=3, times=130, until=NOW - timedelta(days=1))]
    written = mail(NOW - timedelta(weeks=10) + timedelta(days=2), ADA, BO)
    gone = exchange(BO, every=7, times=30, until=NOW - timedelta(weeks=20))
    write_mbox(home / "mail.mbox", [*gone, *ever, written])
    with opened() as app:
        read(app)
        passed_by(app, range(10, 9, -1))
        assert weekly.compose(app).grades.counts() == {FlagOutcome.ACTED: 1}
        assert work.report_owner(app).sent, "which writes it down"
        write_mbox(home / "mail.mbox", ever)
        clock.advance(hours=1)
        read(app)
        assert weekly.compose(app).grades.counts()[FlagOutcome.ACTED] == 1


def test_names_are_looked_back_on_once_in_the_report_after(
    app: App, clock: SettableClock, home: Path
) -> None:
    def a_week_passes() -> None:
        clock.advance(weeks=1)
        path = home / "mail.mbox"
        path.write_text(path.read_text() + "\n" + mail(clock.now, "Ed <ed@example.org>", ADA))
        read(app)

    assert work.report_owner(app).sent
    # Still this week: what it named is no past yet.
    assert "past" not in weekly.compose(app).view.sections
    a_week_passes()
    past = weekly.compose(app).view.sections["past"]
    assert (past.title, past.summary) == ("Last week", ("Nothing yet with Bo Lindgren.",))
    assert work.report_owner(app).sent
    a_week_passes()
    assert "past" not in weekly.compose(app).view.sections


# What goes out, and once


def test_flags_are_recorded_when_the_report_goes_out_and_not_before(app: App) -> None:
    written = weekly.compose(app)
    assert named(written) == ["Bo Lindgren"]
    assert owed(written) == ["Dai Okafor"]
    assert {flag.kind for flag in written.flags} == {"lapse", "reply"}
    with app.store.read() as connection:
        before = flags.flagged_since(connection, app.owner_id, "lapse", NOW - timedelta(days=9))
    assert before == {}
    assert work.report_owner(app).sent
    with app.store.read() as connection:
        for kind in ("lapse", "reply"):
            flagged = flags.flagged_since(connection, app.owner_id, kind, NOW)
            assert list(flagged.values()) == [NOW]


def test_a_silence_is_spoken_of_three_times_and_each_time_more_seldom(
    app: App, clock: SettableClock, home: Path
) -> None:
    seen = []
    for _ in range(20):
        # Mail with others goes on, so that the archive is never out of date.
        path = home / "mail.mbox"
        path.write_text(path.read_text() + "\n" + mail(clock.now, "Ed <ed@example.org>", ADA))
        read(app)
        seen.append(named(weekly.compose(app)))
        work.report_owner(app)
        clock.advance(weeks=1)
    assert [week for week, names in enumerate(seen) if "Bo Lindgren" in names] == [0, 4, 11]


def test_a_reply_owed_is_shown_once(app: App, clock: SettableClock, home: Path) -> None:
    work.report_owner(app)
    clock.advance(weeks=1)
    write_mbox(home / "mail.mbox", [mail(clock.now, "Ed <ed@example.org>", ADA), *sample_mail(NOW)])
    read(app)
    assert owed(weekly.compose(app)) == []


@pytest.mark.usefixtures("home")
def test_a_report_goes_out_once_a_week(app: App, clock: SettableClock) -> None:
    assert work.report_owner(app).sent
    again = work.report_owner(app)
    assert (again.sent, again.pending) == (False, False)
    assert again.where == "The report for 2026-W48 went out before."
    assert [one.state for one in known_reports(app)] == [ReportState.SENT]
    clock.advance(weeks=1)
    read(app)
    assert work.report_owner(app).sent
    assert [one.period for one in known_reports(app)] == ["2026-W48", "2026-W49"]


def test_the_first_report_explains_itself_and_the_second_does_not(
    app: App, clock: SettableClock
) -> None:
    assert weekly.compose(app).view.first
    work.report_owner(app)
    clock.advance(weeks=1)
    assert not weekly.compose(app).view.first


def test_a_report_whose_sender_died_is_sent_under_the_same_message_id(
    app: App, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    def die(message: dict[str, str], _via: object) -> str:
        sent.append(message["Message-ID"])
        raise KeyboardInterrupt

    deliver = work.deliver
    monkeypatch.setattr(work, "deliver", die)
    with pytest.raises(KeyboardInterrupt):
        work.report_owner(app)
    monkeypatch.setattr(work, "deliver", deliver)
    assert [one.state for one in known_reports(app)] == [ReportState.CLAIMED]
    assert work.report_owner(app).pending
    clock.now += reports.STALE_CLAIM
    assert work.report_owner(app).sent
    (found,) = known_reports(app)
    assert (found.state, found.tries, found.message_id) == (ReportState.SENT, 2, sent[0])


def test_a_report_that_may_have_gone_is_not_sent_again_at_once(
    app: App, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(*_args: object) -> str:
        raise OutcomeUnknown("the connection was lost")

    deliver = work.deliver
    monkeypatch.setattr(work, "deliver", lose)
    with pytest.raises(OutcomeUnknown):
        work.report_owner(app)
    monkeypatch.setattr(work, "deliver", deliver)
    outcome = work.report_owner(app)
    assert (outcome.sent, outcome.pending) == (False, True)
    assert "15 minutes" in outcome.where
    clock.now += reports.STALE_CLAIM
    assert work.report_owner(app).sent


def test_a_report_that_was_refused_has_failed_flags_nobody_and_may_be_tried_at_once(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object) -> str:
        raise Rejected("no such mailbox")

    deliver = work.deliver
    monkeypatch.setattr(work, "deliver", refuse)
    with pytest.raises(Rejected):
        work.report_owner(app)
    (found,) = known_reports(app)
    assert (found.state, found.trouble) == (ReportState.FAILED, "no such mailbox")
    assert named(weekly.compose(app)) == ["Bo Lindgren"]
    monkeypatch.setattr(work, "deliver", deliver)
    assert work.report_owner(app).sent
    (found,) = known_reports(app)
    assert (found.state, found.tries, found.trouble) == (ReportState.SENT, 2, "")


def test_reports_that_stay_here_go_into_the_folder_that_is_configured(
    opened: OpenApp, tmp_path: Path
) -> None:
    with opened(f'[report]\nfolder = "{tmp_path}/Reports"\n') as app:
        read(app)
        work.report_owner(app)
    assert (tmp_path / "Reports" / "2026-W48.html").is_file()


# Who is held back


@pytest.mark.usefixtures("tmp_path")
def test_at_most_as_many_are_named_as_the_configuration_says(opened: OpenApp, home: Path) -> None:
    friends = [f"Friend {n} <friend{n}@example.net>" for n in range(4)]
    write_mbox(
        home / "mail.mbox",
        [
            *sample_mail(NOW),
            *(
                mail(NOW - timedelta(days=60 + 5 * week), *way)
                for week in range(40)
                for one in friends
                for way in ((one, ADA), (ADA, one))
            ),
        ],
    )
    with opened("[report]\npeople = 2\n") as app:
        read(app)
        assert len(named(weekly.compose(app))) == 2


# What cannot be seen


def test_a_mail_source_not_read_for_days_withholds_every_claim_of_silence(
    app: App, clock: SettableClock
) -> None:
    clock.advance(days=4)
    view = weekly.compose(app).view
    assert view.sections == {}
    assert view.verdict == "Your mail has not been seen since 23 Nov, so nobody is named."
    assert view.notices[0].startswith("Mail was last seen on 23 Nov")
    assert weekly.compose(app).flags == ()


def test_an_archive_whose_newest_mail_is_old_withholds_too(app: App, clock: SettableClock) -> None:
    clock.advance(days=20)
    read(app)  # the same file: read today, and nothing new in it
    view = weekly.compose(app).view
    assert view.verdict == "Your mail is out of date, so nobody is named."
    assert "bring a newer one" in view.notices[0]


def test_a_source_never_read_is_said_at_the_top(opened: OpenApp) -> None:
    with opened() as app:
        view = weekly.compose(app).view
    assert view.verdict == "Your mail has not been seen yet, so nobody is named."
    assert view.notices == ("Mail has not been seen yet.",)


def test_a_source_in_trouble_is_told_of_before_it_is_stale(
    app: App, home: Path, clock: SettableClock
) -> None:
    (home / "mail.mbox").unlink()
    clock.advance(days=1)
    read(app)
    written = weekly.compose(app)
    assert "there is no file" in written.view.notices[0]
    assert named(written) == ["Bo Lindgren"]


@pytest.mark.usefixtures("clock")
def test_a_fresh_mailbox_beside_an_old_archive_is_enough(opened: OpenApp, home: Path) -> None:
    write_mbox(home / "old.mbox", [mail(NOW - timedelta(days=900), ADA, "Ed <ed@example.org>")])
    more = f'[[sources]]\nid = "old"\ntype = "mbox"\npath = "{home}/old.mbox"\n'
    with opened(more) as app:
        read(app)
        written = weekly.compose(app)
    assert written.view.notices == ()
    assert named(written) == ["Bo Lindgren"]


def test_without_any_source_nothing_is_claimed(opened: OpenApp) -> None:
    with opened(text=CONFIG) as app, pytest.raises(ConfigError, match="no \\[\\[sources\\]\\]"):
        weekly.compose(app)


def test_the_report_counts_its_week_in_the_owners_zone(
    opened: OpenApp, clock: SettableClock
) -> None:
    clock.now = NOW.replace(day=22, hour=23, minute=30)  # Sunday in UTC, Monday in Berlin
    with opened() as app:
        assert weekly.compose(app).view.period.label == "2026-W48"


def test_what_is_composed_is_the_same_each_time(app: App) -> None:
    first, second = (weekly.compose(app).message.as_bytes() for _ in range(2))
    assert first == second


def test_sending_by_hand_is_told_when_the_daemon_is_at_it(cli: Cli, app: App) -> None:
    with app.store.write() as connection:
        reports.claim(connection, app.owner_id, "2026-W48", "<x@example.org>", NOW)
    said = cli("report", "--send", code=1).out
    assert "its sending was cut short: it can be looked for in 15 minutes." in said


def test_of_many_replies_owed_three_are_shown_and_the_others_keep_their_turn(
    opened: OpenApp, home: Path, clock: SettableClock
) -> None:
    friends = [f"Friend {n} <friend{n}@example.net>" for n in range(5)]
    waiting = [
        message
        for one in friends
        for message in (
            *exchange(one, every=14, times=15, until=NOW - timedelta(days=10)),
            mail(NOW - timedelta(days=4), one, ADA),
        )
    ]
    passing = mail(NOW - timedelta(days=4), "Once Met <once@example.com>", ADA)
    waiting += [mail(NOW - timedelta(days=40), ADA, "Once Met <once@example.com>"), passing]
    write_mbox(home / "mail.mbox", [*sample_mail(NOW), *waiting])
    with opened() as app:
        read(app)
        first = owed(weekly.compose(app))
        work.report_owner(app)
        clock.advance(weeks=1)
        read(app)
        second = owed(weekly.compose(app))
    assert len(first) == len(second) == 3
    assert set(first) | set(second) == {"Dai Okafor", *(one.partition(" <")[0] for one in friends)}
