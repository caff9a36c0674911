"""The view: what a report shows, and what it keeps to itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields
from datetime import date, datetime, timedelta

import pytest

from beforehand.mailing.sections.newcomers import Newcomer
from beforehand.mailing.sections.replies import OpenReply
from beforehand.mailing.sections.to_write_to import Candidate
from report import render
from report.view import ReportView, SourceState
from scoring.judgement import State
from tests.support.sample_reports import LINKS

Build = Callable[..., ReportView]
MakeCandidate = Callable[..., Candidate]
MakeOwed = Callable[..., OpenReply]
MakeSource = Callable[..., SourceState]


@pytest.mark.parametrize(
    ("people", "replies", "verdict", "subject"),
    [
        (3, 1, "3 people to write to, 1 reply owed.", "3 to write to, 1 reply owed"),
        (1, 0, "1 person to write to.", "1 to write to"),
        (0, 2, "2 replies owed.", "2 replies owed"),
        (0, 0, "A quiet week: nobody needs a word from you now.", "a quiet week"),
    ],
)
def test_the_verdict_and_the_subject_count_what_is_in_the_report(  # noqa: PLR0917 - fixtures and cases
    build: Build,
    candidate: MakeCandidate,
    owed: MakeOwed,
    people: int,
    replies: int,
    verdict: str,
    subject: str,
) -> None:
    shown = build(people=[candidate()] * people, owed=[owed()] * replies)
    assert shown.verdict == shown.preheader == verdict
    assert shown.subject == f"Your people, 23 Nov: {subject}"
    assert [len(one.rows) for one in shown.sections.values()] == [n for n in (people, replies) if n]


def test_a_person_is_shown_with_a_sentence_a_year_of_bars_and_the_last_day(
    build: Build, candidate: MakeCandidate
) -> None:
    (row,) = build(people=[candidate()]).sections["people"].rows
    assert row.name == "Grace Hopper"
    assert row.sentence == "You two usually write every 9 days; it has been 31. You wrote last."
    assert row.bars is not None
    assert row.bars.months == (3, 4, 2, 5, 3, 4, 3, 2, 4, 3, 1, 0)
    assert row.bars.caption == "34 days in touch in 12 months, last on 23 Oct"


def test_no_score_is_in_the_view(build: Build, candidate: MakeCandidate) -> None:
    shown = repr(build(people=[candidate()]))
    for score in ("0.1234", "0.5678", "0.9753", "0.42"):
        assert score not in shown


def test_a_stale_mail_source_is_said_first_and_no_silence_is_claimed(
    build: Build, candidate: MakeCandidate, owed: MakeOwed, source: MakeSource
) -> None:
    stale = source(
        ago=timedelta(days=11), stale=True, trouble="permission is needed: run `beforehand auth x`"
    )
    shown = build(people=[candidate()], owed=[owed()], sources=[stale, source("Calendar")])
    assert shown.verdict == "Your mail has not been seen since 12 Nov, so nobody is named."
    assert shown.subject == "Your people, 23 Nov: mail not seen since 12 Nov"
    assert shown.notices == (
        (
            "Gmail was last seen on 12 Nov at 07:30; nothing since is counted. "
            "Permission is needed: run `beforehand auth x`."
        ),
    )
    assert shown.sections == {}
    assert shown.standing == shown.help == ""
    assert "Grace" not in repr(shown)
    assert "Nia" not in repr(shown)


def test_a_mail_source_never_read_is_said_so(build: Build, source: MakeSource) -> None:
    shown = build(sources=[source(ago=None, stale=True), source("Old", timedelta(9), stale=True)])
    assert shown.verdict == "Your mail has not been seen yet, so nobody is named."
    assert shown.notices[0] == "Gmail has not been seen yet."
    assert shown.seen == ("Gmail: not seen yet", "Old: last seen 14 Nov at 07:30")


def test_mail_that_is_read_but_old_is_not_said_to_be_unseen(
    build: Build, candidate: MakeCandidate, source: MakeSource
) -> None:
    archive = source("takeout", stale=True, trouble="its newest mail is old: bring a newer export")
    shown = build(people=[candidate()], sources=[archive])
    assert shown.verdict == "Your mail is out of date, so nobody is named."
    assert shown.notices == (
        "Takeout was last seen today at 07:12. Its newest mail is old: bring a newer export.",
    )


def test_a_stale_calendar_is_said_and_people_are_still_shown(
    build: Build, candidate: MakeCandidate, source: MakeSource
) -> None:
    calendar = source("Calendar", timedelta(days=11), stale=True, mail=False)
    shown = build(people=[candidate()], sources=[source(), calendar])
    assert shown.verdict == "1 person to write to."
    assert shown.notices == (
        "Calendar was last seen on 12 Nov at 07:30; nothing since is counted.",
    )
    assert len(shown.sections["people"].rows) == 1


def test_every_row_that_the_verdict_counts_is_shown(
    build: Build, candidate: MakeCandidate, owed: MakeOwed
) -> None:
    met = [Newcomer(n, f"New {n}", "new@example.net", date(2026, 11, 12)) for n in range(12)]
    people = [candidate(f"Person {n}") for n in range(13)]
    shown = build(people=people, owed=[owed(f"Friend {n}") for n in range(11)], met=met)
    assert [int(count.split()[0]) for count in shown.verdict.split(", ")] == [13, 11, 12]
    assert [len(section.rows) for section in shown.sections.values()] == [13, 11, 12]
    page, text = render.html(shown), render.text(shown)
    for section in shown.sections.values():
        for row in section.rows:
            assert row.name in page
            assert row.name in text


def test_a_reply_owed_says_since_when(build: Build, owed: MakeOwed) -> None:
    shown = build(owed=[owed(days=9), owed(days=1)])
    assert [row.sentence for row in shown.sections["owed"].rows] == [
        "wrote on 14 Nov, 9 days ago",
        "wrote on 22 Nov, yesterday",
    ]


def test_only_the_first_report_explains_itself(build: Build) -> None:
    assert len(build(first=True).first) == 3
    assert build().first == ()


def test_the_footer_says_when_each_source_was_seen_and_how_to_stop(
    build: Build, source: MakeSource
) -> None:
    shown = build(sources=[source(), source("calendar", timedelta(hours=11), mail=False)])
    assert shown.seen == ("Gmail: last seen today at 07:12", "Calendar: last seen 22 Nov at 20:30")
    assert "`beforehand pause`" in shown.pause
    assert shown.standing == "48 living ties, 9 quieter than usual, 31 asleep."


def test_a_time_without_a_zone_is_refused(build: Build) -> None:
    with pytest.raises(ValueError, match="time zone"):
        build(now=datetime(2026, 11, 23, 7, 30))  # noqa: DTZ001 - the very fault


def test_a_view_is_plain_data(build: Build, candidate: MakeCandidate) -> None:
    shown = build(people=[candidate()])
    assert set(asdict(shown)) == {field.name for field in fields(ReportView)}


def test_new_people_are_counted_in_the_verdict_and_said_with_the_day(
    build: Build, now: datetime
) -> None:
    met = [
        Newcomer(1, "Ilka Moorhen", "ilka@example.net", now.date() - timedelta(days=11)),
        Newcomer(2, "", "tarek@example.com", now.date() - timedelta(days=6), wrote=True),
    ]
    shown = build(met=met)
    assert shown.verdict == "2 new people to follow up with."
    assert shown.subject == "Your people, 23 Nov: 2 to follow up with"
    assert [(row.name, row.sentence) for row in shown.sections["met"].rows] == [
        ("Ilka Moorhen", "You first met on 12 Nov, 11 days ago; no word since."),
        ("tarek@example.com", "You two first wrote on 17 Nov, 6 days ago; no word since."),
    ]


def test_one_tie_asleep_may_be_worth_a_hello_and_is_no_duty(
    build: Build, candidate: MakeCandidate
) -> None:
    shown = build(asleep=candidate(silence_days=420, state=State.DORMANT))
    (row,) = shown.sections["hello"].rows
    assert row.sentence.startswith("You two were in touch on 66 days over")
    assert shown.verdict == "A quiet week: nobody needs a word from you now."


def test_nothing_is_said_of_anybody_while_mail_is_not_seen(
    build: Build, candidate: MakeCandidate, source: MakeSource, now: datetime
) -> None:
    shown = build(
        met=[Newcomer(1, "Ilka", "ilka@example.net", now.date())],
        asleep=candidate(),
        changes=["Bo's address bounced."],
        spread=["Without acme.example you keep 3 of 9 live ties."],
        sources=[source(stale=True, ago=timedelta(days=9))],
    )
    assert shown.sections == {}


def test_what_is_said_of_the_whole_network_is_shown_as_it_is_and_is_no_duty(build: Build) -> None:
    shown = build(spread=["Your contact is spread.", "So are your words."])
    assert shown.sections["network"].lines == ("Your contact is spread.", "So are your words.")
    assert shown.verdict == "A quiet week: nobody needs a word from you now."
    assert "network" not in build().sections


def test_why_a_reply_seems_owed_stands_beside_it(build: Build, now: datetime) -> None:
    since = now.date() - timedelta(days=9)
    shown = build(owed=[OpenReply("Nia", since, 9, "she wrote twice")])
    (row,) = shown.sections["owed"].rows
    assert row.sentence == "wrote on 14 Nov, 9 days ago; she wrote twice"


def test_whoever_stands_in_the_report_for_whatever_reason_can_be_answered_and_it_says_how(
    build: Build, owed: MakeOwed
) -> None:
    quiet, with_a_reply = build(links=LINKS), build(owed=[owed()], links=LINKS)
    assert quiet.help == ""
    assert "An answer opens a mail to yourself" in with_a_reply.help
    (row,) = with_a_reply.sections["owed"].rows
    assert [link.words for link in row.answers] == ["Answered elsewhere", "Not now"]
    for link in (*row.answers, *with_a_reply.favours):
        assert link.spoken.startswith(link.words), "what is seen comes first in what is heard"
