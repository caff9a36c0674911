"""Answers where several owners share one database: each can answer for themselves alone."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from beforehand import config as configuration
from beforehand.app import App, open_app
from beforehand.mailing import answers
from report.answers.token import About
from report.answers.verbs import EXPIRES, Verb
from sync.bulk import Override
from sync.store import people, reports
from sync.store.flags import NewFlag
from tests.support.owner import ADA, NOW, EventLog, mail, sample_mail, write_mbox
from tests.support.several_owners import MakeHome, OwnerHome

ON, LATER = date(2026, 11, 23), NOW + timedelta(hours=2)
BO = "bo@example.net"


@pytest.fixture(params=["sqlite", "postgresql"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database that may hold several owners."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    url: str = request.getfixturevalue("database")
    return url


def tokens_of(app: App) -> dict[Verb, str]:
    """Once the report of the week is out: a token to ignore Bo, and one for a pause."""
    with app.store.write() as connection:
        bo = people.find(connection, app.owner_id, BO).id
        flags = [NewFlag(bo, "lapse", 0.5)]
        name = "<week-48@example.org>"
        assert reports.claim(connection, app.owner_id, "2026-W48", name, NOW, flags=flags)
    made = answers.signer(app)
    return {
        verb: made.token(verb, about, expires=ON + EXPIRES[verb])
        for verb, about in (
            (Verb.IGNORE, About("2026-W48", bo, "lapse")),
            (Verb.PAUSE, About("2026-W48")),
        )
    }


def stands(home: OwnerHome) -> tuple[Override | None, bool]:
    """What the owner has said of Bo, and whether reports are paused."""
    with open_app(configuration.load(home.path), EventLog()) as app:
        with app.store.read() as connection:
            word = people.find(connection, app.owner_id, BO).override
        return word, answers.paused_since(app) is not None


def test_a_token_of_another_owner_in_the_same_database_is_refused_even_under_the_same_key(
    make_home: MakeHome, shared: str, tmp_path: Path
) -> None:
    homes = {name: make_home(name, shared) for name in ("ada", "eve")}
    boxes = {name: tmp_path / f"{name}.mbox" for name in homes}
    tokens: dict[str, dict[Verb, str]] = {}
    for name, home in homes.items():
        home.set_up(write_mbox(tmp_path / f"{name}-inbox.mbox", sample_mail(NOW)))
        letters = write_mbox(boxes[name], [mail(NOW, ADA, "Kim <kim@example.com>")])
        with home.path.open("a") as file:
            file.write(
                f'\n[[sources]]\nid = "sent"\ntype = "mbox"\npath = "{letters}"\nsent = true\n'
            )
        home.run("sync")
    with open_app(configuration.load(homes["ada"].path), EventLog()) as ada:
        tokens["ada"] = tokens_of(ada)
        key = ada.tokens.get("answers")
    assert key is not None
    with open_app(configuration.load(homes["eve"].path), EventLog()) as eve:
        assert eve.tokens.get("answers") != key, "each has a key of their own"
        eve.tokens.set("answers", key)  # but even if not
        tokens["eve"] = tokens_of(eve)

    def send(name: str, *subjects: str) -> str:
        write_mbox(
            boxes[name],
            [
                mail(LATER + timedelta(minutes=n), ADA, ADA, f"Subject: [{one}]")
                for n, one in enumerate(subjects)
            ],
        )
        return homes[name].run("sync", now=LATER + timedelta(hours=1))

    said = send("eve", *tokens["ada"].values())
    assert said.count("refused, for it belongs to no report of yours") == 2
    assert [stands(home) for home in homes.values()] == [(None, False)] * 2

    said = send("ada", *tokens["ada"].values())
    assert "Bo Lindgren is not for me" in said
    assert "Pause my reports" in said
    assert [stands(home) for home in homes.values()] == [(Override.IGNORE, True), (None, False)]
    said = send("eve", *tokens["eve"].values())
    assert "Bo Lindgren is not for me" in said
    assert stands(homes["eve"]) == (Override.IGNORE, True)
