"""The weekly report: what is recorded when it goes out, and what is not said for want of sight."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from beforehand import work
from beforehand.app import House
from beforehand.mailing import weekly
from beforehand.mailing.delivery import Rejected, Unknown
from beforehand.mailing.weekly import Weekly
from connectors.errors import ConfigError
from scoring.attention import BAR_RAISED
from scoring.grading import Outcome
from sync.store import people, reports
from sync.store.reports import NewFlag, ReportState, SentReport
from tests.support.owner import (
    ADA,
    BO,
    CLEO,
    CONFIG,
    NOW,
    Cli,
    Clock,
    Opened,
    mail,
    story,
    talk,
    write_mbox,
)


def read(house: House) -> None:
    for source in house.config.sources:
        work.sync_source(house, source)


def named(written: Weekly) -> list[str]:
    return [row.name for row in written.view.people]


def owed(written: Weekly) -> list[str]:
    return [row.name for row in written.view.owed]


def known_reports(house: House) -> list[SentReport]:
    with house.store.read() as connection:
        return reports.of_owner(connection, house.owner_id)


@pytest.fixture
def house(opened: Opened) -> object:
    """Ada's house, her mail read."""
    with opened() as found:
        read(found)
        yield found


# What earlier reports teach


def passed_by(house: House, weeks_ago: range, who: str = "Bo Lindgren") -> None:
    """In a silence of long ago reports named somebody, and nothing followed."""
    with house.store.write() as connection:
        card = people.find(connection, house.owner_id, who)
        for weeks in weeks_ago:
            at, flags = NOW - timedelta(weeks=weeks), [NewFlag(card.id, "lapse", 0.5)]
            label, name = f"{at:%G-W%V}", f"<{weeks}@x.y>"
            number = reports.claim(connection, house.owner_id, label, name, at, flags=flags)
            assert number is not None
            reports.mark_sent(connection, number, at)


def test_whoever_was_passed_by_again_and_again_is_named_only_for_more(
    house: House, home: Path
) -> None:
    # Before the talk that ended ten weeks ago there was one that ended a year earlier.
    earlier = talk(BO, every=7, times=30, until=NOW - timedelta(weeks=80))
    write_mbox(home / "mail.mbox", [*earlier, *story(NOW)])
    read(house)
    passed_by(house, range(75, 73, -1))
    assert named(weekly.compose(house)) == ["Bo Lindgren"]
    passed_by(house, range(73, 66, -1))
    written = weekly.compose(house)
    assert written.grades.counts() == {Outcome.LAPSED: 9}
    assert named(written) == []
    assert [(card.name, reason) for card, reason in written.held] == [("Bo Lindgren", BAR_RAISED)]


def test_the_list_grows_no_longer_than_the_owner_acts_on(opened: Opened, home: Path) -> None:
    quiet = [f"Quiet {n} <quiet{n}@example.net>" for n in range(6)]
    mails = [
        one
        for n, who in enumerate(quiet)
        for one in talk(who, every=7, times=60, until=NOW - timedelta(days=60 + n))
    ]
    ever = talk("Ed <ed@example.org>", every=3, times=130, until=NOW - timedelta(days=1))
    # Somebody of long ago, whom eight reports named, and nothing followed.
    gone = talk(CLEO, every=7, times=30, until=NOW - timedelta(weeks=40))
    write_mbox(home / "mail.mbox", [*mails, *ever, *gone])
    with opened() as house:
        read(house)
        assert len(named(weekly.compose(house))) == 5
        passed_by(house, range(30, 22, -1), "Cleo Marsh")
        assert len(named(weekly.compose(house))) == 3


def test_what_became_of_a_flag_stands_though_its_mail_is_deleted_later(
    opened: Opened, home: Path, clock: Clock
) -> None:
    ever = [*talk("Ed <ed@example.org>", every=3, times=130, until=NOW - timedelta(days=1))]
    written = mail(NOW - timedelta(weeks=10) + timedelta(days=2), ADA, BO)
    gone = talk(BO, every=7, times=30, until=NOW - timedelta(weeks=20))
    write_mbox(home / "mail.mbox", [*gone, *ever, written])
    with opened() as house:
        read(house)
        passed_by(house, range(10, 9, -1))
        assert weekly.compose(house).grades.counts() == {Outcome.ACTED: 1}
        assert work.report_owner(house).sent, "which writes it down"
        write_mbox(home / "mail.mbox", ever)
        clock.ahead(hours=1)
        read(house)
        assert weekly.compose(house).grades.counts()[Outcome.ACTED] == 1


def test_names_are_looked_back_on_once_in_the_report_after(
    house: House, clock: Clock, home: Path
) -> None:
    def a_week_passes() -> None:
        clock.ahead(weeks=1)
        path = home / "mail.mbox"
        path.write_text(path.read_text() + "\n" + mail(clock.now, "Ed <ed@example.org>", ADA))
        read(house)

    assert work.report_owner(house).sent
    # Still this week: what it named is no past yet.
    assert weekly.compose(house).view.past is None
    a_week_passes()
    past = weekly.compose(house).view.past
    assert past is not None
    assert (past.heading, past.lines) == ("Last week", ("Nothing yet with Bo Lindgren.",))
    assert work.report_owner(house).sent
    a_week_passes()
    assert weekly.compose(house).view.past is None


# What goes out, and once


def test_flags_are_recorded_when_the_report_goes_out_and_not_before(house: House) -> None:
    written = weekly.compose(house)
    assert named(written) == ["Bo Lindgren"]
    assert owed(written) == ["Dai Okafor"]
    assert {flag.kind for flag in written.flags} == {"lapse", "reply"}
    with house.store.read() as connection:
        before = reports.flagged_since(connection, house.owner_id, "lapse", NOW - timedelta(days=9))
    assert before == {}
    assert work.report_owner(house).sent
    with house.store.read() as connection:
        for kind in ("lapse", "reply"):
            flagged = reports.flagged_since(connection, house.owner_id, kind, NOW)
            assert list(flagged.values()) == [NOW]


def test_a_silence_is_spoken_of_three_times_and_each_time_more_seldom(
    house: House, clock: Clock, home: Path
) -> None:
    seen = []
    for _ in range(20):
        # Mail with others goes on, so that the archive is never out of date.
        path = home / "mail.mbox"
        path.write_text(path.read_text() + "\n" + mail(clock.now, "Ed <ed@example.org>", ADA))
        read(house)
        seen.append(named(weekly.compose(house)))
        work.report_owner(house)
        clock.ahead(weeks=1)
    assert [week for week, names in enumerate(seen) if "Bo Lindgren" in names] == [0, 4, 11]


def test_a_reply_owed_is_shown_once(house: House, clock: Clock, home: Path) -> None:
    work.report_owner(house)
    clock.ahead(weeks=1)
    write_mbox(home / "mail.mbox", [mail(clock.now, "Ed <ed@example.org>", ADA), *story(NOW)])
    read(house)
    assert owed(weekly.compose(house)) == []


@pytest.mark.usefixtures("home")
def test_a_report_goes_out_once_a_week(house: House, clock: Clock) -> None:
    assert work.report_owner(house).sent
    again = work.report_owner(house)
    assert (again.sent, again.pending) == (False, False)
    assert again.where == "The report for 2026-W48 went out before."
    assert [one.state for one in known_reports(house)] == [ReportState.SENT]
    clock.ahead(weeks=1)
    read(house)
    assert work.report_owner(house).sent
    assert [one.period for one in known_reports(house)] == ["2026-W48", "2026-W49"]


def test_the_first_report_explains_itself_and_the_second_does_not(
    house: House, clock: Clock
) -> None:
    assert weekly.compose(house).view.first
    work.report_owner(house)
    clock.ahead(weeks=1)
    assert not weekly.compose(house).view.first


def test_a_report_whose_sender_died_is_sent_under_the_same_message_id(
    house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    def die(message: dict[str, str], _via: object) -> str:
        sent.append(message["Message-ID"])
        raise KeyboardInterrupt

    deliver = work.deliver
    monkeypatch.setattr(work, "deliver", die)
    with pytest.raises(KeyboardInterrupt):
        work.report_owner(house)
    monkeypatch.setattr(work, "deliver", deliver)
    assert [one.state for one in known_reports(house)] == [ReportState.CLAIMED]
    assert work.report_owner(house).pending
    clock.now += reports.STALE_CLAIM
    assert work.report_owner(house).sent
    (found,) = known_reports(house)
    assert (found.state, found.tries, found.message_id) == (ReportState.SENT, 2, sent[0])


def test_a_report_that_may_have_gone_is_not_sent_again_at_once(
    house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(*_args: object) -> str:
        raise Unknown("the connection was lost")

    deliver = work.deliver
    monkeypatch.setattr(work, "deliver", lose)
    with pytest.raises(Unknown):
        work.report_owner(house)
    monkeypatch.setattr(work, "deliver", deliver)
    outcome = work.report_owner(house)
    assert (outcome.sent, outcome.pending) == (False, True)
    assert "15 minutes" in outcome.where
    clock.now += reports.STALE_CLAIM
    assert work.report_owner(house).sent


def test_a_report_that_was_refused_has_failed_flags_nobody_and_may_be_tried_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object) -> str:
        raise Rejected("no such mailbox")

    deliver = work.deliver
    monkeypatch.setattr(work, "deliver", refuse)
    with pytest.raises(Rejected):
        work.report_owner(house)
    (found,) = known_reports(house)
    assert (found.state, found.trouble) == (ReportState.FAILED, "no such mailbox")
    assert named(weekly.compose(house)) == ["Bo Lindgren"]
    monkeypatch.setattr(work, "deliver", deliver)
    assert work.report_owner(house).sent
    (found,) = known_reports(house)
    assert (found.state, found.tries, found.trouble) == (ReportState.SENT, 2, "")


def test_reports_that_stay_here_go_into_the_folder_that_is_configured(
    opened: Opened, tmp_path: Path
) -> None:
    with opened(f'[report]\nfolder = "{tmp_path}/Reports"\n') as house:
        read(house)
        work.report_owner(house)
    assert (tmp_path / "Reports" / "2026-W48.html").is_file()


# Who is held back


@pytest.mark.usefixtures("tmp_path")
def test_at_most_as_many_are_named_as_the_configuration_says(opened: Opened, home: Path) -> None:
    friends = [f"Friend {n} <friend{n}@example.net>" for n in range(4)]
    write_mbox(
        home / "mail.mbox",
        [
            *story(NOW),
            *(
                mail(NOW - timedelta(days=60 + 5 * week), *way)
                for week in range(40)
                for one in friends
                for way in ((one, ADA), (ADA, one))
            ),
        ],
    )
    with opened("[report]\npeople = 2\n") as house:
        read(house)
        assert len(named(weekly.compose(house))) == 2


# What cannot be seen


def test_a_mail_source_not_read_for_days_withholds_every_claim_of_silence(
    house: House, clock: Clock
) -> None:
    clock.ahead(days=4)
    view = weekly.compose(house).view
    assert view.people == ()
    assert view.owed == ()
    assert view.verdict == "Your mail has not been seen since 23 Nov, so nobody is named."
    assert view.notices[0].startswith("Mail was last seen on 23 Nov")
    assert weekly.compose(house).flags == ()


def test_an_archive_whose_newest_mail_is_old_withholds_too(house: House, clock: Clock) -> None:
    clock.ahead(days=20)
    read(house)  # the same file: read today, and nothing new in it
    view = weekly.compose(house).view
    assert view.verdict == "Your mail is out of date, so nobody is named."
    assert "bring a newer one" in view.notices[0]


def test_a_source_never_read_is_said_at_the_top(opened: Opened) -> None:
    with opened() as house:
        view = weekly.compose(house).view
    assert view.verdict == "Your mail has not been seen yet, so nobody is named."
    assert view.notices == ("Mail has not been seen yet.",)


def test_a_source_in_trouble_is_told_of_before_it_is_stale(
    house: House, home: Path, clock: Clock
) -> None:
    (home / "mail.mbox").unlink()
    clock.ahead(days=1)
    read(house)
    view = weekly.compose(house).view
    assert "there is no file" in view.notices[0]
    assert [row.name for row in view.people] == ["Bo Lindgren"]


@pytest.mark.usefixtures("clock")
def test_a_fresh_mailbox_beside_an_old_archive_is_enough(opened: Opened, home: Path) -> None:
    write_mbox(home / "old.mbox", [mail(NOW - timedelta(days=900), ADA, "Ed <ed@example.org>")])
    more = f'[[sources]]\nid = "old"\ntype = "mbox"\npath = "{home}/old.mbox"\n'
    with opened(more) as house:
        read(house)
        view = weekly.compose(house).view
    assert view.notices == ()
    assert [row.name for row in view.people] == ["Bo Lindgren"]


def test_without_any_source_nothing_is_claimed(opened: Opened) -> None:
    with opened(text=CONFIG) as house, pytest.raises(ConfigError, match="no \\[\\[sources\\]\\]"):
        weekly.compose(house)


def test_the_report_counts_its_week_in_the_owners_zone(opened: Opened, clock: Clock) -> None:
    clock.now = NOW.replace(day=22, hour=23, minute=30)  # Sunday in UTC, Monday in Berlin
    with opened() as house:
        assert weekly.compose(house).view.period.label == "2026-W48"


def test_what_is_composed_is_the_same_each_time(house: House) -> None:
    first, second = (weekly.compose(house).message.as_bytes() for _ in range(2))
    assert first == second


def test_sending_by_hand_is_told_when_the_daemon_is_at_it(cli: Cli, house: House) -> None:
    with house.store.write() as connection:
        reports.claim(connection, house.owner_id, "2026-W48", "<x@example.org>", NOW)
    said = cli("report", "--send", code=1).out
    assert "its sending was cut short: it can be looked for in 15 minutes." in said


def test_of_many_replies_owed_three_are_shown_and_the_others_keep_their_turn(
    opened: Opened, home: Path, clock: Clock
) -> None:
    friends = [f"Friend {n} <friend{n}@example.net>" for n in range(5)]
    waiting = [
        message
        for one in friends
        for message in (
            *talk(one, every=14, times=15, until=NOW - timedelta(days=10)),
            mail(NOW - timedelta(days=4), one, ADA),
        )
    ]
    passing = mail(NOW - timedelta(days=4), "Once Met <once@example.com>", ADA)
    waiting += [mail(NOW - timedelta(days=40), ADA, "Once Met <once@example.com>"), passing]
    write_mbox(home / "mail.mbox", [*story(NOW), *waiting])
    with opened() as house:
        read(house)
        first = owed(weekly.compose(house))
        work.report_owner(house)
        clock.ahead(weeks=1)
        read(house)
        second = owed(weekly.compose(house))
    assert len(first) == len(second) == 3
    assert set(first) | set(second) == {"Dai Okafor", *(one.partition(" <")[0] for one in friends)}
