"""The whole front door on PostgreSQL: it says what it says on SQLite, to each owner their own."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

from beforehand import config as configuration
from beforehand.app import open_app
from beforehand.daemon import jobs
from tests.support.owner import ADA, BO, NOW, EventLog, SettableClock, mail, sample_mail, write_mbox
from tests.support.several_owners import MakeHome, OwnerHome

WEEK = timedelta(days=7)


# One owner, on either store


def everything(home: OwnerHome, archive: Path) -> Iterator[tuple[str, object]]:
    """All commands in the order of a life with them; each with what it said."""

    def told(*words: object, **more: object) -> tuple[str, object]:
        return " ".join(map(str, words)), home.run(*words, **more)

    def looks() -> Iterator[tuple[str, object]]:
        yield told("people", "--json")
        yield told("people", "--all")
        yield told("people", "--bulk", "--json")
        yield told("people", "--json", "--as-of", "2026-09-16")
        yield told("report", "--json")
        yield told("report")
        for who in ("lindgren", "dai", "news@shop.example"):
            yield told("why", who)
            yield told("why", who, "--json")
        yield told("export")

    yield told("sync", "--json")
    yield told("sync", "--json")
    yield from looks()
    yield told("merge", "cleo", "boris")
    yield told("merge", "cleo", "dai")
    yield from looks_at_cleo(told)
    yield told("split", "cleo")
    yield told("export", "cleo")
    yield told("split", "cleo")
    yield told("keep", "news@shop.example")
    yield told("ignore", "dai")
    yield told("snooze", "lindgren", "--weeks", "2")
    yield told("report", "--json")
    yield told("keep", "lindgren")
    yield told("forget", "boris", "--yes")
    write_mbox(archive, [*sample_mail(NOW), mail(NOW - WEEK, "Ed Roe <ed@example.org>", ADA)])
    yield told("sync", "--json")
    yield told("people", "--bulk", "--json")
    yield told("report", "--send")
    yield told("report", "--send")
    yield from looks()


def looks_at_cleo(told: Callable[..., tuple[str, object]]) -> Iterator[tuple[str, object]]:
    """A person of several addresses, whose contacts are many at the same moment."""
    yield told("people", "--json")
    yield told("why", "cleo", "--json")
    yield told("export", "cleo")


def test_every_command_says_the_same_on_postgresql_as_on_sqlite(
    make_home: MakeHome, database: str, tmp_path: Path
) -> None:
    said: list[list[tuple[str, object]]] = []
    held: list[dict[str, Any]] = []
    sent: list[bytes] = []
    for url in (f"sqlite:///{tmp_path / 'store.db'}", database):
        archive = write_mbox(tmp_path / "mail.mbox", sample_mail(NOW))
        os.utime(archive, (NOW.timestamp(), NOW.timestamp()))
        home = make_home("ada", url)
        folder = home.path.parent / "reports"
        home.set_up(archive, f'folder = "{folder}"\n')
        lines = list(everything(home, archive))
        said.append([(w, str(t).replace(str(home.path.parent), "HERE")) for w, t in lines])
        held.append(home.contents())
        sent.append((folder / "2026-W48.html").read_bytes())
        checks = home.json("doctor")
        assert all(one["ok"] for one in checks), checks
    for here, there in zip(*said, strict=True):
        assert here == there
    assert len(held[0]["interactions"]) == 177 - 1 + 1, "without Boris, with Ed"
    for one in held:
        del one["cursors"]  # the archive is a new file to either
    assert held[0] == held[1]
    assert sent[0] == sent[1]


def test_a_days_beats_of_the_daemon_do_the_same_on_postgresql(
    make_home: MakeHome, database: str, tmp_path: Path, clock: SettableClock
) -> None:
    written: list[dict[str, bytes]] = []
    for url in (f"sqlite:///{tmp_path / 'store.db'}", database):
        home = make_home("ada", url)
        archive = write_mbox(home.path.parent / "mail.mbox", sample_mail(NOW))
        folder = home.path.parent / "reports"
        home.set_up(archive, f'folder = "{folder}"\n')
        clock.now = NOW
        event_log = EventLog()
        with open_app(configuration.load(home.path), event_log, now=clock) as app:
            jobs.run_due(app, Event())
            assert not folder.exists()
            for _ in range(4):
                clock.advance(hours=1, minutes=1)
                jobs.run_due(app, Event())
        assert event_log.warnings() == []
        assert [facts["sent"] for _, event, facts in event_log.events if event == "report"] == [
            True
        ]
        written.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert list(written[0]) == ["2026-W48.html"]
    assert written[0] == written[1]


def test_what_no_column_has_room_for_does_not_stop_the_mail_beside_it(
    make_home: MakeHome, database: str, tmp_path: Path
) -> None:
    wide = f"Wide <w@{'.'.join(['ä'] * 150)}.example>"
    odd = [
        mail(NOW - WEEK, wide, ADA),
        mail(NOW - 2 * WEEK, f"{'l' * 300}@example.org", ADA),
        mail(NOW - 3 * WEEK, "=?utf-8?q?No=00thing_=ED=B2=80?= <nul@example.org>", ADA),
        mail(
            NOW - 4 * WEEK, f"{'Long ' * 99}<name@example.org>", ADA, f"References: <{'r' * 999}>"
        ),
        mail(NOW - 5 * WEEK, BO, ADA, f"Message-ID: <{'m' * 999}@example.org>"),
    ]
    results = []
    for url in (f"sqlite:///{tmp_path / 'store.db'}", database):
        home = make_home("ada", url)
        home.set_up(write_mbox(home.path.parent / "mail.mbox", odd))
        results.append((home.json("sync"), home.contents()["interactions"], home.run("export")))
    assert results[0] == results[1]
    assert "bo@example.net" in results[1][2]


# Several owners in one database


def test_two_owners_in_one_database_never_see_each_other(
    make_home: MakeHome, database: str, tmp_path: Path
) -> None:
    archive = write_mbox(tmp_path / "mail.mbox", sample_mail(NOW))
    ada, eve = make_home("ada", database), make_home("eve", database)
    for home in (ada, eve):
        home.set_up(archive)
        assert home.json("sync")[0]["new"] == 177
    before = all_that_is_seen(eve)
    ada.run("merge", "cleo", "boris")
    ada.run("ignore", "dai")
    ada.run("keep", "news@shop.example")
    ada.run("snooze", "lindgren")
    ada.run("forget", "choir@lists.example", "--yes")
    ada.run("report", "--send")
    assert all_that_is_seen(eve) == before
    assert ada.json("people") != before["people"]
    assert "choir@lists.example" not in ada.run("export")

    sent = eve.json("report", "--send")
    assert sent["sent"] is True, "Ada's report is not Eve's"
    [hers] = re.findall(r"/\S+\.html", sent["where"])
    assert "Bo Lindgren" in Path(hers).read_text()
    files = sorted(tmp_path.rglob("2026-W48.html"))
    assert len(files) == 2, "neither lies in the other's place"
    assert "Bo Lindgren" not in next(p for p in files if p != Path(hers)).read_text()


def all_that_is_seen(home: OwnerHome) -> dict[str, Any]:
    checks = home.json("doctor")
    return {
        "people": home.json("people"),
        "bulk": home.json("people", "--bulk"),
        "why": [home.json("why", who) for who in ("bo@example.net", "dai", "cleo", "shop")],
        "report": home.json("report"),
        "export": home.run("export"),
        "again": home.json("sync"),
        "report of doctor": [one for one in checks if one["check"] == "report"],
        "dump": home.contents(),
    }


def test_two_owners_on_one_machine_do_not_share_secrets_nor_hear_of_each_others_people(
    make_home: MakeHome, database: str, tmp_path: Path
) -> None:
    ada, eve = make_home("ada", database), make_home("eve", database)
    ada.set_up(write_mbox(tmp_path / "mail.mbox", sample_mail(NOW)))
    eve.set_up(write_mbox(tmp_path / "none.mbox", [mail(NOW - WEEK, ADA, "Flo <flo@example.net>")]))
    for home in (ada, eve):
        home.run("sync")
    for person in ("bo@example.net", "Bo Lindgren", "news@shop.example"):
        for words in (("why",), ("keep",), ("ignore",), ("snooze",), ("forget", "--yes")):
            failed = eve.cli("--config", eve.path, *words, person, code=1)
            assert "nobody here is called" in failed.err
        eve.cli("--config", eve.path, "merge", "flo", person, code=1)
        eve.cli("--config", eve.path, "export", person, code=1)
    with open_app(configuration.load(ada.path), EventLog()) as app:
        app.tokens.set("google:mail", "Ada's")
    with open_app(configuration.load(eve.path), EventLog()) as app:
        assert app.tokens.get("google:mail") is None
        app.tokens.set("google:mail", "Eve's")
    with open_app(configuration.load(ada.path), EventLog()) as app:
        assert app.tokens.get("google:mail") == "Ada's"
