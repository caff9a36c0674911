"""Answers to reports, from an mbox of sent mail: each verb, once, and nobody else's."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from beforehand import work
from beforehand.app import App
from beforehand.mailing import answers, weekly
from beforehand.mailing.answers import Confirmation
from connectors.errors import ConfigError
from report.answers.token import About, mailto
from report.answers.verbs import EXPIRES, SNOOZE_WEEKS, Verb
from sync.store import answers as stored
from sync.store import people, reports
from sync.store.flags import NewFlag
from sync.store.models import answer, favour, flag, person, report
from tests.support.owner import (
    ADA,
    BO,
    CONFIG,
    MAIL,
    NOW,
    Cli,
    OpenApp,
    SettableClock,
    mail,
    sample_mail,
    write_mbox,
)
from tests.support.secret_search import secrets_in

SENT = '\n[[sources]]\nid = "sent"\ntype = "mbox"\npath = "{path}"\nsent = true\n'
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WEEK = "2026-W48"
ON = date(2026, 11, 23)
PRIVATE = "quince"


@dataclass
class AnswersSetup:
    """Ada, whose report of the week was sent, and her folder of sent mail."""

    app: App
    path: Path
    clock: SettableClock
    letters: list[str] = field(default_factory=list)

    def report(self) -> None:
        """Send the report of the week, as `work.report_owner` records it, in no time."""
        flags = [
            NewFlag(self.person("lindgren"), "lapse", 0.5),
            NewFlag(self.person("dai"), "reply", None),
        ]
        owner, now = self.app.owner_id, self.clock.now
        with self.app.store.write() as connection:
            number = reports.claim(connection, owner, WEEK, "<1@example.org>", now, flags=flags)
            assert number is not None
            reports.mark_sent(connection, number, now)

    def person(self, name: str) -> int:
        with self.app.store.read() as connection:
            return people.find(connection, self.app.owner_id, name).id

    def token(self, verb: Verb, about: About, made: date = ON) -> str:
        return answers.signer(self.app).token(verb, about, expires=made + EXPIRES[verb])

    def subject(self, verb: Verb, name: str = "", *, kind: str = "lapse", made: date = ON) -> str:
        """The subject of the mail that an answer's link opens."""
        about = About(WEEK, self.person(name), kind) if name else About(WEEK)
        link = mailto("ada@example.org", verb, self.token(verb, about, made), name)
        return parse_qs(urlsplit(link).query)["subject"][0]

    def send(self, subject: str, *headers: str, at: datetime | None = None, to: str = ADA) -> None:
        """Let Ada send a mail; to herself, if nothing else is said."""
        self.clock.advance(minutes=1)
        sent = mail(at or self.clock.now, ADA, to, f"Subject: {subject}", *headers)
        self.letters.append(sent)
        write_mbox(self.path, self.letters)

    def sync(self, source: str = "sent") -> list[tuple[str, str]]:
        """Read a source and take the answers: verb and outcome of each."""
        work.sync_source(self.app, self.app.config.source(source))
        return [
            (one.verb.value if one.verb is not None else "", one.outcome.value)
            for one in answers.apply_pending(self.app)
        ]

    def answer(self, verb: Verb, name: str = "") -> list[tuple[str, str]]:
        self.send(self.subject(verb, name))
        return self.sync()

    def column(self, column: sa.Column[object]) -> list[object]:
        with self.app.store.read() as connection:
            return list(connection.scalars(sa.select(column)))

    def untold(self) -> list[Confirmation]:
        with self.app.store.read() as connection:
            return answers.confirmations(connection, self.app.owner_id)


@pytest.fixture
def setup(opened: OpenApp, synced: Path, clock: SettableClock) -> Iterator[AnswersSetup]:
    clock.now = NOW
    path = write_mbox(synced / "sent.mbox", [mail(NOW - DAY, ADA, "Kim Ito <kim@example.com>")])
    with opened(SENT.format(path=path)) as app:
        work.sync_source(app, app.config.source("sent"))
        clock.advance(hours=1)
        made = AnswersSetup(app, path, clock, [path.read_text()])
        made.report()
        clock.advance(hours=1)
        yield made


def why(cli: Cli, name: str, clock: SettableClock) -> dict[str, object]:
    said: dict[str, object] = cli("why", name, "--json", now=clock.now).json
    return said


# Each verb


def test_having_met_elsewhere_is_noted_on_the_day_it_was_sent(
    setup: AnswersSetup, cli: Cli
) -> None:
    setup.send(setup.subject(Verb.MET, "lindgren"))
    setup.clock.advance(days=3)
    assert setup.sync() == [("met", "taken")]
    exported = cli("export", "lindgren", now=setup.clock.now).json["contact"][-1]
    assert (exported["channel"], exported["direction"]) == ("meeting", "mutual")
    assert exported["at"].startswith("2026-11-23")
    assert why(cli, "lindgren", setup.clock)["silence_days"] == 3
    [flagged] = cli("export", "lindgren", now=setup.clock.now).json["flags"]
    assert [one["verb"] for one in flagged["answers"]] == ["met"]


def test_a_snooze_lasts_four_weeks_from_when_it_was_sent(setup: AnswersSetup) -> None:
    setup.send(setup.subject(Verb.SNOOZE, "lindgren"))
    sent = setup.clock.now
    setup.clock.advance(days=3)
    assert setup.sync() == [("snooze", "taken")]
    with setup.app.store.read() as connection:
        person = people.find(connection, setup.app.owner_id, "lindgren")
    assert person.snoozed_until == sent.replace(microsecond=0) + timedelta(weeks=4)


def test_a_report_on_the_past_confirms_no_later_answer(setup: AnswersSetup) -> None:
    assert setup.answer(Verb.SNOOZE, "lindgren") == [("snooze", "taken")]
    now = setup.clock.now
    assert len(weekly.compose(setup.app).view.answered) == 1
    assert weekly.compose(setup.app, now - timedelta(days=30)).view.answered == ()


def test_a_snooze_lasts_as_long_by_command_as_by_mail(setup: AnswersSetup, cli: Cli) -> None:
    now = setup.clock.now.replace(microsecond=0)
    cli("snooze", "lindgren", now=now)
    with setup.app.store.read() as connection:
        person = people.find(connection, setup.app.owner_id, "lindgren")
    assert person.snoozed_until == now + timedelta(weeks=SNOOZE_WEEKS)


def test_a_snooze_does_not_shorten_a_longer_one(setup: AnswersSetup, cli: Cli) -> None:
    cli("snooze", "lindgren", "--weeks", 20, now=setup.clock.now)
    with setup.app.store.read() as connection:
        before = people.find(connection, setup.app.owner_id, "lindgren").snoozed_until
    assert setup.answer(Verb.SNOOZE, "lindgren") == [("snooze", "taken")]
    with setup.app.store.read() as connection:
        person = people.find(connection, setup.app.owner_id, "lindgren")
    assert person.snoozed_until == before


def test_whoever_is_not_for_the_owner_is_not_mentioned_again(setup: AnswersSetup, cli: Cli) -> None:
    assert setup.answer(Verb.IGNORE, "lindgren") == [("ignore", "taken")]
    shown = cli("report", "--json", now=setup.clock.now).json
    assert "Bo Lindgren" not in str(shown["people"])
    assert cli("export", "lindgren", now=setup.clock.now).json["word"] == "ignore"


def test_favours_are_counted_and_of_whom_is_not_kept(setup: AnswersSetup, cli: Cli) -> None:
    assert setup.answer(Verb.HELPED) == [("helped", "taken")]
    assert setup.answer(Verb.ASKED) == [("asked", "taken")]
    assert sorted(map(str, setup.column(favour.c.kind))) == ["asked", "helped"]
    last = json.loads(cli("export", now=setup.clock.now).out.splitlines()[-1])
    assert [one["kind"] for one in last["favours"]] == ["helped", "asked"]
    assert set(favour.c.keys()) == {"id", "owner_id", "kind", "at"}
    facts = cli("network", "--json", now=setup.clock.now).json
    assert facts["favours"] == {"helped": 1, "asked": 1}
    assert (
        "Favours in the last 12 months: 1 done for others, 1 asked for."
        in cli("network", now=setup.clock.now).out
    )


def test_a_pause_ends_reports_but_not_reading_until_they_are_resumed(
    setup: AnswersSetup, cli: Cli
) -> None:
    assert setup.answer(Verb.PAUSE) == [("pause", "taken")]
    setup.clock.advance(days=7)
    said = cli("report", "--send", now=setup.clock.now).out
    assert said.startswith("Reports are paused since 23 Nov: `beforehand resume`")
    assert not work.report_owner(setup.app).sent
    assert len(setup.column(report.c.id)) == 1
    assert setup.answer(Verb.RESUME) == [("resume", "taken")]
    assert work.report_owner(setup.app).sent


def test_what_was_said_later_stands_though_it_was_read_before(
    setup: AnswersSetup, cli: Cli
) -> None:
    setup.send(setup.subject(Verb.PAUSE))
    setup.clock.advance(hours=1)
    cli("pause", now=setup.clock.now)
    setup.clock.advance(hours=1)
    cli("resume", now=setup.clock.now)
    assert setup.sync() == [("pause", "taken")]
    assert answers.paused_since(setup.app) is None


def test_answers_are_taken_before_a_report_is_composed(setup: AnswersSetup) -> None:
    setup.send(setup.subject(Verb.PAUSE))
    work.sync_source(setup.app, setup.app.config.source("sent"))
    setup.clock.advance(days=7)
    assert not work.report_owner(setup.app).sent


def test_the_command_line_says_what_it_took(setup: AnswersSetup, cli: Cli) -> None:
    setup.send(setup.subject(Verb.MET, "lindgren"))
    setup.send(setup.subject(Verb.MET, "dai", made=ON - 90 * DAY))
    setup.send("Met Bo elsewhere [" + setup.token(Verb.MET, About(WEEK, 1))[:-4] + "aaaa]")
    out = cli("sync", now=setup.clock.now).out
    assert "answer of 23 Nov 2026: Met Bo Lindgren elsewhere\n" in out
    assert "answer of 23 Nov 2026: not taken, for its report was too old by then\n" in out
    assert "answer of 23 Nov 2026: refused, for it belongs to no report of yours\n" in out
    assert "answer" not in cli("sync", now=setup.clock.now).out


# Once, and nobody else's


def test_an_answer_is_taken_once_however_often_it_is_sent_or_read(
    setup: AnswersSetup, cli: Cli
) -> None:
    subject = setup.subject(Verb.HELPED)
    setup.send(subject)
    setup.send(subject)
    setup.send(subject.upper())
    assert setup.sync() == [("helped", "taken")]
    setup.send(f"Re: {subject}")
    assert setup.sync() == []
    setup.letters.reverse()  # another file: it is read from its beginning
    write_mbox(setup.path, setup.letters)
    assert setup.sync() == []
    assert setup.column(favour.c.kind) == ["helped"]
    assert cli("network", "--json", now=setup.clock.now).json["favours"]["helped"] == 1


def test_a_forged_from_in_a_file_that_is_no_sent_folder_is_not_looked_at(
    setup: AnswersSetup, tmp_path: Path, opened: OpenApp
) -> None:
    forged = mail(setup.clock.now, ADA, ADA, f"Subject: {setup.subject(Verb.IGNORE, 'lindgren')}")
    inbox = write_mbox(tmp_path / "inbox.mbox", [*sample_mail(NOW), forged])
    with opened(text=CONFIG + MAIL.format(path=inbox)) as app:
        done = work.sync_source(app, app.config.source("mail"))
        assert done.counts.skipped == 1
        assert answers.apply_pending(app) == []
    assert setup.column(answer.c.token) == []


def test_only_mail_to_the_owner_alone_by_their_own_hand_holds_an_answer(
    setup: AnswersSetup,
) -> None:
    subject = setup.subject(Verb.PAUSE)
    setup.send(subject, to=f"{ADA}, {BO}")
    setup.send(subject, to=BO)
    for line in (
        f"Cc: {BO}",
        f"Bcc: {BO}",
        "List-Id: <choir.lists.example>",
        "Auto-Submitted: auto-replied",
        "Precedence: bulk",
    ):
        setup.send(subject, line)
    assert setup.sync() == []
    assert setup.column(answer.c.token) == []
    setup.send(subject, "Auto-Submitted: no")
    assert setup.sync() == [("pause", "taken")], "else this would prove nothing"


def test_what_was_sent_before_the_first_report_holds_no_answer(setup: AnswersSetup) -> None:
    setup.send(setup.subject(Verb.PAUSE), at=NOW - 2 * HOUR)
    assert setup.sync() == []
    assert setup.column(answer.c.token) == []


def test_an_answer_in_time_is_taken_however_late_it_is_read(setup: AnswersSetup) -> None:
    setup.send(setup.subject(Verb.MET, "lindgren"))
    setup.clock.advance(days=100)
    assert setup.sync() == [("met", "taken")]


def test_an_expired_answer_does_nothing_and_that_is_confirmed(setup: AnswersSetup) -> None:
    setup.send(setup.subject(Verb.IGNORE, "lindgren", made=ON - 61 * DAY))
    assert setup.sync() == [("ignore", "expired")]
    [one] = setup.untold()
    assert (one.verb, one.outcome.value, one.name) == (Verb.IGNORE, "expired", "Bo Lindgren")
    with setup.app.store.read() as connection:
        assert people.find(connection, setup.app.owner_id, "lindgren").override is None


def test_an_answer_from_a_clock_far_ahead_is_refused(setup: AnswersSetup) -> None:
    subject = setup.subject(Verb.MET, "lindgren")
    setup.send(subject, at=setup.clock.now + 3 * DAY)
    assert setup.sync() == [("", "refused")]


def test_a_verb_changed_is_refused(setup: AnswersSetup) -> None:
    """The token says what is done; the words around it are for people."""
    subject = setup.subject(Verb.MET, "lindgren")
    setup.send(subject.replace("Met", "Ignore"))
    assert setup.sync() == [("met", "taken")]
    met = setup.token(Verb.MET, About(WEEK, setup.person("dai"), "reply"))
    other = setup.token(Verb.IGNORE, About(WEEK, setup.person("dai"), "reply"))
    places = [n for n in range(len(met)) if met[n] != other[n]]
    cut = max(n for n in places if n < 10) + 1
    setup.send(f"[{other[:cut]}{met[cut:]}]")
    assert setup.sync() == [("", "refused")]


def test_a_thousand_mutated_tokens_are_refused_and_the_right_one_is_taken(
    setup: AnswersSetup,
) -> None:
    draw = random.Random(5)  # noqa: S311 - drawn by seed
    token = setup.token(Verb.PAUSE, About(WEEK))
    mutated: set[str] = set()
    while len(mutated) < 1000:
        place = draw.randrange(3, len(token))
        for _ in range(draw.choice((1, 1, 2, 3))):
            letter = draw.choice("abcdefghijklmnopqrstuvwxyz234567")
            mutated.add(token[:place] + letter + token[place + 1 :])
    mutated.discard(token)
    setup.clock.advance(minutes=1)
    setup.letters += [
        mail(setup.clock.now + timedelta(seconds=n), ADA, ADA, f"Subject: Pause [{one}]")
        for n, one in enumerate(sorted(mutated))
    ]
    write_mbox(setup.path, setup.letters)
    setup.clock.advance(hours=1)
    outcomes = setup.sync()
    assert len(outcomes) == len(mutated) >= 999
    assert set(outcomes) == {("", "refused")}
    assert answers.paused_since(setup.app) is None
    assert setup.answer(Verb.PAUSE) == [("pause", "taken")]
    assert setup.untold()[0].verb is Verb.PAUSE
    assert len(setup.untold()) == 1, "of a forged one nothing is told"


# People who changed since


def test_an_answer_about_somebody_merged_since_is_taken_for_whom_they_are_now(
    setup: AnswersSetup, cli: Cli
) -> None:
    subject = setup.subject(Verb.SNOOZE, "lindgren")
    cli("merge", "cleo", "lindgren", now=setup.clock.now + HOUR)
    setup.send(subject)
    setup.clock.advance(hours=2)
    assert setup.sync() == [("snooze", "taken")]
    exported = cli("export", "bo@example.net", now=setup.clock.now).json
    assert exported["snoozed_until"]
    assert "cleo@example.com" in exported["handles"]
    assert [one["kind"] for one in exported["flags"]] == ["lapse"]


def test_an_answer_about_somebody_merged_and_split_since_is_about_them(
    setup: AnswersSetup, cli: Cli
) -> None:
    subject = setup.subject(Verb.SNOOZE, "lindgren")
    cli("merge", "cleo", "lindgren", now=setup.clock.now + HOUR)
    cli("split", "cleo", now=setup.clock.now + HOUR)
    setup.send(subject)
    setup.clock.advance(hours=2)
    assert setup.sync() == [("snooze", "taken")]
    assert cli("export", "bo@example.net", now=setup.clock.now).json["snoozed_until"]
    assert not cli("export", "cleo", now=setup.clock.now).json["snoozed_until"]


def test_an_answer_about_somebody_forgotten_since_is_refused_and_nothing_is_said_of_them(
    setup: AnswersSetup, cli: Cli
) -> None:
    subject = setup.subject(Verb.MET, "lindgren")
    cli("forget", "lindgren", "--yes", now=setup.clock.now)
    setup.send(subject)
    assert setup.sync() == [("met", "refused")]
    assert setup.untold() == []
    assert "meeting" not in cli("export", now=setup.clock.now).out


def test_whoever_is_given_the_number_of_somebody_forgotten_is_not_meant(
    setup: AnswersSetup, cli: Cli
) -> None:
    kim = setup.person("kim@example.com")
    assert kim == max(map(int, map(str, setup.column(person.c.id)))), "else it is not given again"
    token = setup.token(Verb.IGNORE, About(WEEK, kim, "hello"))
    cli("forget", "kim@example.com", "--yes", now=setup.clock.now)
    setup.letters.append(mail(setup.clock.now + MINUTE, ADA, "Flo <flo@example.net>"))
    setup.send(f"[{token}]")
    assert setup.sync() == [("ignore", "refused")]
    assert setup.person("flo@example.net") == kim
    assert cli("export", "flo@example.net", now=setup.clock.now).json["word"] is None


def test_an_answer_about_somebody_in_no_report_is_refused(setup: AnswersSetup) -> None:
    about = About("2026-W40", setup.person("cleo"), "lapse")
    setup.send(f"[{setup.token(Verb.MET, about)}]")
    setup.send(f"[{setup.token(Verb.MET, About(WEEK))}]")
    setup.send(f"[{setup.token(Verb.MET, About(WEEK, 987654, 'lapse'))}]")
    assert setup.sync() == [("met", "refused")] * 3


def test_a_flag_of_a_mail_that_went_out_in_doubt_is_added_to_its_report(
    setup: AnswersSetup,
) -> None:
    with setup.app.store.write() as connection:
        connection.execute(sa.delete(flag))
    assert setup.answer(Verb.MET, "lindgren") == [("met", "taken")]
    assert setup.column(flag.c.person_id) == [setup.person("lindgren")]
    assert setup.column(flag.c.kind) == ["lapse"]
    with setup.app.store.read() as connection:
        [one] = stored.of_flags(connection, setup.app.owner_id)
    assert one.verb == "met"


# Kills


@pytest.mark.parametrize("verb", [Verb.HELPED, Verb.PAUSE, Verb.MET, Verb.SNOOZE])
def test_killed_at_any_statement_an_answer_is_taken_exactly_once(
    setup: AnswersSetup, verb: Verb
) -> None:
    setup.send(setup.subject(verb, "lindgren" if verb in {Verb.MET, Verb.SNOOZE} else ""))
    work.sync_source(setup.app, setup.app.config.source("sent"))
    statements = 0
    while statements < 200:
        done = dying_after(setup.app, statements, lambda: answers.apply_pending(setup.app))
        if done:
            break
        statements += 1
        assert setup.column(answer.c.outcome) == [None]
        assert setup.column(favour.c.kind) == []
        assert answers.paused_since(setup.app) is None
    assert 3 < statements < 100
    assert setup.column(answer.c.outcome) == ["taken"]
    assert len(setup.column(favour.c.kind)) == (verb is Verb.HELPED)
    assert answers.apply_pending(setup.app) == []


class KilledError(BaseException):
    """As if the process had died."""


def dying_after(app: App, statements: int, job: Callable[[], object]) -> bool:
    """Do a job, and die before its next statement after so many; whether it came to its end."""
    left = statements

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise KilledError

    sa.event.listen(app.store.engine, "before_cursor_execute", count)
    try:
        with suppress(KilledError):
            job()
            return True
    finally:
        sa.event.remove(app.store.engine, "before_cursor_execute", count)
    return False


def test_answers_wait_where_the_key_cannot_be_read(setup: AnswersSetup, cli: Cli) -> None:
    setup.send(setup.subject(Verb.PAUSE))
    key = setup.app.tokens.get("answers")
    assert key is not None
    setup.app.tokens.set("answers", "no key at all")
    cli("sync", now=setup.clock.now)
    with pytest.raises(ConfigError, match="delete it from your secrets"):
        answers.apply_pending(setup.app)
    assert setup.column(answer.c.outcome) == [None]
    setup.app.tokens.set("answers", key)
    assert "Pause my reports" in cli("sync", now=setup.clock.now).out


# What is kept, and what is told


def test_no_subject_is_kept_and_none_is_kept_of_mail_to_others(setup: AnswersSetup) -> None:
    setup.send(f"{PRIVATE} buy more")
    setup.send(f"{PRIVATE} lunch?", to=BO)
    setup.send(f"{PRIVATE} {setup.subject(Verb.HELPED)}")
    assert setup.sync() == [("helped", "taken")]
    folder, key = setup.app.store.path, setup.app.tokens.get("answers")
    assert folder is not None
    assert key is not None
    for path in folder.parent.rglob("*"):
        if path.is_file():
            assert secrets_in([PRIVATE, key], path.read_bytes()) == [], path
    [token] = setup.column(answer.c.token)
    assert str(token).isalnum()


def test_an_answer_is_confirmed_until_a_report_has_told_it(setup: AnswersSetup) -> None:
    setup.answer(Verb.SNOOZE, "lindgren")
    setup.answer(Verb.HELPED)
    first, second = setup.untold()
    assert (first.verb, first.name, first.outcome.value) == (Verb.SNOOZE, "Bo Lindgren", "taken")
    assert first.until is not None
    assert first.until - first.at == timedelta(weeks=4)
    assert (second.verb, second.name, second.until) == (Verb.HELPED, "", None)
    with setup.app.store.write() as connection:
        [sent] = reports.of_owner(connection, setup.app.owner_id)
        answers.mark_confirmed(connection, setup.app.owner_id, sent.id, [first])
    assert setup.untold() == [second]


def test_commands_leave_the_same_trace_at_an_open_flag(setup: AnswersSetup, cli: Cli) -> None:
    now = setup.clock.now

    def traces() -> list[str]:
        with setup.app.store.read() as connection:
            return [one.verb for one in stored.of_flags(connection, setup.app.owner_id)]

    cli("snooze", "lindgren", now=now)
    cli("met", "lindgren", now=now)
    cli("met", "boris", now=now)  # who stands in no report
    assert traces() == ["snooze", "met"]
    cli("met", "lindgren", "--undo", now=now)
    assert traces() == ["snooze"]
    cli("ignore", "lindgren", now=now)
    cli("note", "lindgren", now=now)
    assert traces() == ["snooze", "ignore"]
    cli("snooze", "lindgren", now=now + 61 * DAY)
    assert traces() == ["snooze", "ignore"], "the flag is over by then"
    assert setup.untold() == [], "a command has said so itself"


# Commands


@pytest.mark.usefixtures("synced")
def test_favours_can_be_said_by_command_and_taken_back(cli: Cli) -> None:
    assert "Favours" not in cli("network").out
    assert cli("helped").out == "Noted: you helped somebody on 23 Nov.\n"
    said = cli("asked", "--on", "2026-11-20").out
    assert said == "Noted: you asked somebody for help on 20 Nov.\n"
    cli("helped", "--on", "2025-01-01")
    assert cli("network", "--json").json["favours"] == {"helped": 1, "asked": 1}
    said = cli("asked", "--on", "2026-11-20", "--undo").out
    assert said == "Taken back: you asked somebody for help on 20 Nov.\n"
    assert "no such word" in cli("asked", "--undo", code=2).err
    assert "still to come" in cli("helped", "--on", "2026-11-24", code=2).err
    assert cli("network", "--json").json["favours"] == {"helped": 1, "asked": 0}


@pytest.mark.usefixtures("synced")
def test_reports_can_be_paused_and_resumed_by_command(cli: Cli) -> None:
    assert cli("resume").out == "Reports are not paused.\n"
    assert cli("pause").out.startswith("No report is sent from now on")
    assert cli("pause").out.startswith("Reports are paused since 23 Nov")
    sent = cli("report", "--send", "--json").json
    assert sent["sent"] is False
    assert "paused" in sent["where"]
    assert cli("report").out, "it can still be looked at"
    assert cli("resume").out.startswith("Reports come again; the next is due on 23 Nov.")
    assert cli("report", "--send", "--json").json["sent"] is True
