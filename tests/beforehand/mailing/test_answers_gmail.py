"""Answers to reports, from a Gmail mailbox over HTTP: found by the label SENT, and nowhere else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import sqlalchemy as sa

from beforehand import config as configuration
from beforehand.app import App, open_app
from beforehand.mailing import answers
from connectors.google.oauth.credentials import METADATA, SEND
from connectors.standin import Google, World, empty_world, serve
from connectors.standin.world.mailbox import WorldMessage
from report.answers.token import About, mailto
from report.answers.verbs import EXPIRES, Verb
from sync.store import people, reports
from sync.store.models import answer, favour
from tests.support.owner import Cli, CliResult, EventLog

BO = "Bo Lindgren <bo@example.net>"
MINUTE = timedelta(minutes=1)
PRIVATE = "quince"
READ, LIST = 20, 2  # units, as Gmail asks for reading a message, and a page of the history


@dataclass
class GmailAnswersSetup:
    """Ada's mailbox at the stand-in, read once; she has a report each week, by Gmail."""

    world: World
    google: Google
    folder: Path
    cli: Cli
    now: datetime

    @property
    def me(self) -> str:
        return self.world.owner.addresses[0]

    def call(self, *words: str, code: int = 0) -> CliResult:
        self.now += MINUTE
        return self.cli("--config", self.folder / "config.toml", *words, code=code, now=self.now)

    def send(self, subject: str, *labels: str, **more: Any) -> WorldMessage:  # noqa: ANN401 - of a message
        """Let mail come that has Ada in From and To; hers, if it has the label SENT."""
        self.now += MINUTE
        given: dict[str, Any] = {"to": (self.me,), "at": self.now, "labels": labels}
        given |= {"subject": subject, **more}
        return self.world.deliver(
            sender=f"Ada Winter <{self.me}>",
            **given,
        )

    @contextmanager
    def app(self) -> Iterator[App]:
        settings = configuration.load(self.folder / "config.toml")
        with open_app(settings, EventLog(), now=lambda: self.now) as app:
            yield app

    def subject(self, verb: Verb, name: str = "") -> str:
        """The subject of the mail that an answer's link opens."""
        with self.app() as app:
            with app.store.read() as connection:
                number = people.find(connection, app.owner_id, name).id if name else 0
                period = reports.of_owner(connection, app.owner_id)[-1].period
            about = About(period, number, "lapse" if name else "")
            expires = self.now.date() + EXPIRES[verb]
            token = answers.signer(app).token(verb, about, expires=expires)
            link = mailto(answers.address(app), verb, token, name)
        return parse_qs(urlsplit(link).query)["subject"][0]

    def column(self, column: sa.Column[object]) -> list[object]:
        with self.app() as app, app.store.read() as connection:
            return list(connection.scalars(sa.select(column)))

    @property
    def subjects_asked(self) -> list[str]:
        """The messages whose subject was asked for."""
        return [
            call.path.rpartition("/")[2]
            for call in self.google.requests
            if any("subject" in h.lower() for h in parse_qs(call.query).get("metadataHeaders", ()))
            or ("metadataHeaders" not in call.query and "format=full" in call.query)
        ]


@pytest.fixture
def setup(tmp_path: Path, cli: Cli) -> Iterator[GmailAnswersSetup]:
    world = empty_world(end=date(2026, 11, 23))
    me = world.owner.addresses[0]
    for number in reversed(range(20)):
        at = world.end - timedelta(days=70 + 5 * number)
        world.deliver(sender=BO, to=(me,), at=at - timedelta(days=1))
        world.deliver(sender=f"Ada Winter <{me}>", to=(BO,), at=at)
    yesterday = world.end - timedelta(days=1)
    world.deliver(sender=f"Ada Winter <{me}>", to=("Ed Roe <ed@example.com>",), at=yesterday)
    with serve(world) as google:
        for name, scope in (("read.json", METADATA), ("send.json", SEND)):
            path = tmp_path / name
            path.write_text(json.dumps(google.credentials([scope])))
            path.chmod(0o600)
        (tmp_path / "config.toml").write_text(
            f'[owner]\nname = "Ada Winter"\naddresses = {json.dumps(list(world.owner.addresses))}\n'
            f'[[sources]]\nid = "mail"\ntype = "gmail"\napi_endpoint = "{google.url}"\n'
            f'credentials = "{tmp_path}/read.json"\nunits_per_minute = 100000000\n'
            f'[report]\nvia = "gmail"\n[report.gmail]\napi_endpoint = "{google.url}"\n'
            f'credentials = "{tmp_path}/send.json"\n'
        )
        found = GmailAnswersSetup(world, google, tmp_path, cli, world.end)
        found.send(f"{PRIVATE} to myself, before there was any report", "SENT", "INBOX")
        assert found.call("sync", "--json").json[0]["new"] == 41
        yield found


def links(raw: bytes) -> dict[str, tuple[str, str]]:
    """The answers that a report's mail offers: address and subject of each, by its words."""
    part = message_from_bytes(raw, policy=policy.default).get_body(("html",))
    assert isinstance(part, EmailMessage)
    found = re.findall(r'<a [^>]*href="(mailto:[^"]*subject=[^"]*)"[^>]*>(.*?)</a>', text_of(part))
    parts = {
        re.sub(r"<[^>]*>|\s+", " ", words).strip(): urlsplit(unescape(u)) for u, words in found
    }
    return {
        words: (unquote(link.path), parse_qs(link.query)["subject"][0])
        for words, link in parts.items()
    }


def text_of(part: EmailMessage) -> str:
    found = part.get_content()
    assert isinstance(found, str)
    return found


def test_an_answer_that_stands_in_the_mail_is_taken_and_the_next_report_confirms_it(
    setup: GmailAnswersSetup,
) -> None:
    setup.call("report", "--send")
    offered = links(setup.world.sent[-1])
    assert {address for address, _ in offered.values()} == {setup.me}
    setup.send(offered["Met elsewhere"][1], "SENT", "INBOX", to=(offered["Met elsewhere"][0],))
    assert "Met Bo Lindgren elsewhere" in setup.call("sync").out
    setup.now += timedelta(days=7)
    assert "You met Bo Lindgren on 23 Nov: noted." in setup.call("report").out
    setup.call("report", "--send")
    assert b"noted" in setup.world.sent[-1]
    setup.now += timedelta(days=7)
    assert "noted" not in setup.call("report").out


def test_an_answer_sent_by_the_owner_is_found_over_http_and_taken_once(
    setup: GmailAnswersSetup,
) -> None:
    assert setup.call("report", "--send", "--json").json["sent"]
    sent = setup.send(setup.subject(Verb.SNOOZE, "Bo Lindgren"), "SENT", "INBOX")
    assert "Leave Bo Lindgren for 4 weeks" in setup.call("sync").out
    assert setup.subjects_asked == [sent.id]
    [bo] = (json.loads(line) for line in setup.call("export", "lindgren").out.splitlines())
    assert bo["snoozed_until"]
    setup.send(sent.subject, "SENT")
    assert "answer" not in setup.call("sync").out
    assert setup.column(answer.c.outcome) == ["taken"]


def test_a_report_met_in_the_mailbox_is_noted_as_seen(setup: GmailAnswersSetup) -> None:
    setup.call("report", "--send")
    setup.call("sync")
    with setup.app() as app, app.store.read() as connection:
        [found] = reports.of_owner(connection, app.owner_id)
    assert found.seen_at == setup.now.replace(microsecond=0)
    assert setup.subjects_asked == [], "a report has a List-Id, and is no answer"


# Labels, and what else is in the head.
NO_ANSWERS: list[tuple[tuple[str, ...], dict[str, object]]] = [
    (("INBOX",), {}),  # from outside: anybody can write the owner's address into From
    (("INBOX", "UNREAD", "CATEGORY_PERSONAL"), {}),
    (("SPAM",), {}),
    (("DRAFT", "SENT"), {}),
    (("SENT", "TRASH"), {}),
    (("SENT",), {"to": (BO,)}),
    (("SENT", "INBOX"), {"cc": (BO,)}),
    (("SENT", "INBOX"), {"bcc": (BO,)}),
    (("SENT", "INBOX"), {"headers": (("List-Id", "<choir.lists.example>"),)}),
    (("SENT", "INBOX"), {"headers": (("Auto-Submitted", "auto-generated"),)}),
]


def test_nothing_but_what_the_owner_sent_to_themselves_alone_is_looked_at(
    setup: GmailAnswersSetup,
) -> None:
    setup.call("report", "--send")
    subject = setup.subject(Verb.PAUSE)
    for labels, more in NO_ANSWERS:
        setup.send(subject, *labels, **more)
    assert "answer" not in setup.call("sync").out
    assert setup.subjects_asked == []
    assert setup.column(answer.c.token) == []
    setup.send(subject, "SENT", "INBOX")
    assert "Pause my reports" in setup.call("sync").out, "else this would prove nothing"


def test_a_mail_that_turns_out_to_be_sent_by_the_owner_is_looked_at_then(
    setup: GmailAnswersSetup,
) -> None:
    setup.call("report", "--send")
    sent = setup.send(setup.subject(Verb.HELPED), "INBOX")
    setup.call("sync")
    setup.world.relabel(sent.id, add=["SENT"])
    assert "I helped somebody" in setup.call("sync").out
    assert setup.column(favour.c.kind) == ["helped"]


def test_no_subject_is_asked_for_before_the_first_report_and_none_of_before_it_ever(
    setup: GmailAnswersSetup,
) -> None:
    setup.send(f"{PRIVATE} shopping", "SENT", "INBOX")
    setup.call("sync")
    setup.call("report", "--send")
    setup.world.expire_history()  # everything is listed anew
    setup.call("sync")
    assert setup.subjects_asked == []


def test_an_answer_is_found_where_the_mailbox_is_listed_anew(setup: GmailAnswersSetup) -> None:
    setup.call("report", "--send")
    sent = setup.send(setup.subject(Verb.ASKED), "SENT", "INBOX")
    setup.world.expire_history()
    assert "I asked for help" in setup.call("sync").out
    assert setup.subjects_asked == [sent.id]


def test_a_subject_costs_one_reading_more_and_only_where_it_is_asked_for(
    setup: GmailAnswersSetup,
) -> None:
    def units() -> int:
        before = setup.google.meter.units
        [said] = setup.call("sync", "--json").json
        assert said.get("units", 0) == setup.google.meter.units - before
        return int(said.get("units", 0))

    setup.send("before the report", "SENT", "INBOX")
    to_bo = {"sender": BO, "to": (setup.me,)}
    setup.world.deliver(**to_bo, at=setup.now)  # type: ignore[arg-type]  # as it takes them
    assert units() == LIST + 2 * READ
    setup.call("report", "--send")
    assert units() == LIST + READ, "the report itself"
    setup.world.deliver(**to_bo, at=setup.now)  # type: ignore[arg-type]  # as above
    assert units() == LIST + READ, "no mail to oneself: as before"
    setup.send(f"{PRIVATE} buy bread", "SENT", "INBOX")
    assert units() == LIST + 2 * READ


def test_a_subject_that_is_no_answer_leaves_no_trace(setup: GmailAnswersSetup) -> None:
    setup.call("report", "--send")
    sent = setup.send(f"{PRIVATE} buy bread", "SENT", "INBOX")
    said = setup.call("--debug", "sync")
    assert setup.subjects_asked == [sent.id]
    [asked] = [
        parse_qs(call.query)
        for call in setup.google.requests
        if sent.id in call.path and "Subject" in call.query
    ]
    assert asked["metadataHeaders"] == ["Subject"]
    assert asked["format"] == ["metadata"]
    assert asked["fields"] == ["id,payload/headers"]
    assert PRIVATE not in said.out + said.err
    for path in setup.folder.rglob("*"):
        if path.is_file():
            assert PRIVATE.encode() not in path.read_bytes(), path
    assert setup.column(answer.c.token) == []
