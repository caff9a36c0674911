"""A pause by mail, from the daemon's side: confirmed at once, and ended by the answer to that."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from threading import Event
from urllib.parse import parse_qs, urlsplit

from beforehand.daemon import jobs
from beforehand.mailing import answers
from report.answers.token import About, mailto
from report.answers.verbs import EXPIRES, Verb
from report.message import LIST_ID
from tests.beforehand.daemon.test_jobs_mail import free_port, mail_server
from tests.support.owner import ADA, BO, NOW, EventLog, OpenApp, SettableClock, mail, write_mbox

SENT = '\n[[sources]]\nid = "sent"\ntype = "mbox"\npath = "{path}"\nsent = true\n'


def read(raw: bytes) -> EmailMessage:
    found = message_from_bytes(raw, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def subject_of(link: str) -> str:
    return parse_qs(urlsplit(link).query)["subject"][0]


def test_a_pause_is_confirmed_by_mail_and_ended_by_the_link_in_it(
    opened: OpenApp, synced: Path, clock: SettableClock, event_log: EventLog
) -> None:
    letters = [mail(NOW - timedelta(days=1), ADA, BO)]
    path = write_mbox(synced / "sent.mbox", letters)
    port = free_port()
    smtp = (
        '[report]\nvia = "smtp"\n'
        f'[report.smtp]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
    )

    def say(subject: str) -> None:
        letters.append(mail(clock.now, ADA, ADA, f"Subject: {subject}"))
        write_mbox(path, letters)

    def beat(**span: float) -> None:
        clock.advance(**span)
        jobs.run_due(app, Event())

    with opened(SENT.format(path=path) + smtp) as app, mail_server(port) as box:
        beat()
        beat(hours=1)
        assert len(box.kept) == 1, "the report"
        token = answers.signer(app).token(
            Verb.PAUSE, About("2026-W48"), expires=clock.now.date() + EXPIRES[Verb.PAUSE]
        )
        say(subject_of(mailto("ada@example.org", Verb.PAUSE, token)))
        beat(hours=1, minutes=1)
        assert len(box.kept) == 2
        notice = read(box.kept[1])
        assert notice["Subject"] == "Your reports are paused"
        assert LIST_ID in notice["List-Id"], "so that it is never taken for contact"
        assert notice["Auto-Submitted"] == "auto-generated"
        text = notice.get_content()
        assert "You paused the weekly report on 23 Nov. No more will come." in text
        beat(days=7)
        beat(days=7)
        assert len(box.kept) == 2, "neither reports nor the notice again"
        said = [facts for _, event, facts in event_log.events if event == "report"]
        assert [one["sent"] for one in said] == [True, False, False]

        [link] = [word for word in text.split() if word.startswith("mailto:")]
        say(subject_of(link))
        beat(hours=2)
        assert answers.paused_since(app) is None
        assert len(box.kept) == 2
        beat(days=7)
        assert len(box.kept) == 3
        assert "paused" not in read(box.kept[2])["Subject"]
    assert not event_log.warnings()


def test_without_a_mail_server_a_pause_by_mail_is_simply_kept(
    opened: OpenApp, synced: Path, clock: SettableClock, event_log: EventLog
) -> None:
    path = write_mbox(synced / "sent.mbox", [mail(NOW, ADA, BO)])
    with opened(SENT.format(path=path)) as app:
        jobs.run_due(app, Event())
        clock.advance(hours=1)
        jobs.run_due(app, Event())
        token = answers.signer(app).token(
            Verb.PAUSE, About("2026-W48"), expires=clock.now.date() + EXPIRES[Verb.PAUSE]
        )
        write_mbox(path, [mail(clock.now, ADA, ADA, f"Subject: Pause my reports [{token}]")])
        clock.advance(hours=1, minutes=1)
        jobs.run_due(app, Event())
        assert answers.paused_since(app) is not None
        assert [one.name for one in (app.config.folder / "reports").iterdir()] == ["2026-W48.html"]
    assert not event_log.warnings()
