"""A first sync that takes long: what it sets out to do is said, and what is known is used."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from threading import Event

import pytest

from beforehand import config, work
from beforehand.app import App, open_app
from beforehand.logs import logger
from beforehand.mailing import weekly
from beforehand.plans import describe_duration, describe_plan, describe_unread
from connectors.api import Plan
from connectors.standin import Google, World, empty_world, serve
from tests.support.owner import Cli

ADA = "ada.winter@example.org"
SCOPE = "https://www.googleapis.com/auth/gmail.metadata"


@pytest.fixture
def world() -> World:
    """Bo and Cleo for three years, Bo until ten weeks ago; a newsletter every week."""
    made = empty_world(date(2026, 11, 23))
    for name, weeks in (("Bo Berg <bo@example.net>", 10), ("Cleo Marsh <cleo@example.com>", 0)):
        for number in range(weeks, 150):
            at = made.end - timedelta(days=7 * number + 1)
            first = made.deliver(sender=name, to=(ADA,), at=at)
            made.deliver(sender=ADA, to=(name,), thread=first.thread_id, at=at + timedelta(hours=2))
    for number in range(120):
        made.deliver(
            sender="Shop <news@shop.example>",
            to=(ADA,),
            at=made.end - timedelta(days=7 * number),
            labels=("INBOX", "CATEGORY_PROMOTIONS"),
        )
    return made


@pytest.fixture
def google(world: World) -> Iterator[Google]:
    with serve(world) as running:
        yield running


@pytest.fixture
def path(tmp_path: Path, google: Google) -> Path:
    credentials, found = tmp_path / "credentials.json", tmp_path / "config.toml"
    credentials.write_text(json.dumps(google.credentials([SCOPE])))
    credentials.chmod(0o600)
    found.write_text(
        f'[owner]\nname = "Ada"\naddresses = ["{ADA}"]\ntimezone = "Europe/Berlin"\n'
        f'[store]\nurl = "sqlite:///{tmp_path}/store.db"\n'
        f'[[sources]]\nid = "mail"\ntype = "gmail"\napi_endpoint = "{google.url}"\n'
        f'credentials = "{credentials}"\nunits_per_minute = 100000000\n'
    )
    return found


@pytest.fixture
def app(path: Path, world: World) -> Iterator[App]:
    log = logger(debug=False, quiet=True)
    with open_app(config.load(path), log, now=lambda: world.end) as opened:
        yield opened


def begin(app: App) -> None:
    """Read one piece, and stop."""
    stop = Event()
    work.sync_source(
        app, app.config.source("mail"), stop=stop, progress=lambda _done, _total: stop.set()
    )


def test_what_is_to_be_read_is_said_with_its_price_before_it_is_read(path: Path, cli: Cli) -> None:
    said = cli("--config", path, "sync")
    assert said.code == 0
    assert said.err.splitlines()[0] == (
        "beforehand: mail: 700 messages are there; 580 to read, people's and the newest first, "
        "for 11,600 units of the quota (under a minute); 120 left unread (120 promotions)"
    )
    assert "580 new" in said.out
    assert "120 left unread" in said.out


def test_programs_get_the_plan_too(path: Path, cli: Cli) -> None:
    [said] = cli("--config", path, "sync", "--json").json
    assert said["left"] == 120
    assert said["plan"]["to_read"] == said["plan"]["read"] == 580
    assert said["plan"]["units"] == said["plan"]["spent"] == 11_600
    assert said["plan"]["unread"] == {"promotions": 120}
    [again] = cli("--config", path, "sync", "--json").json
    assert "plan" not in again
    assert again["units"] == 2


def test_a_report_in_the_middle_of_it_names_people_and_says_how_far_it_knows(
    app: App,
) -> None:
    begin(app)
    shown = weekly.compose(app).view
    assert [row.name for row in shown.sections["people"].rows] == ["Bo Berg"]
    [notice] = shown.notices
    assert notice.startswith("Mail is being read for the first time, the newest first: back to ")


def test_a_report_too_early_to_name_anybody_says_so_and_claims_no_quiet(
    app: App, world: World
) -> None:
    for number in range(300):  # Cleo alone, today
        at = world.end - timedelta(minutes=number)
        world.deliver(sender=ADA, to=("Cleo Marsh <cleo@example.com>",), at=at)
    begin(app)
    shown = weekly.compose(app).view
    assert shown.verdict == "Your mail is still being read: it is too early to name anybody."
    assert shown.subject.endswith("mail being read")


def examined(app: App, path: Path, cli: Cli) -> dict[str, object]:
    """Return what `doctor` says of the mail."""
    said = cli("--config", path, "doctor", "--json", now=app.now()).json
    return next(one for one in said if one["check"] == "source mail")


def test_doctor_says_how_far_it_is_and_what_goes_on(app: App, path: Path, cli: Cli) -> None:
    begin(app)
    [mail] = [
        one
        for one in cli("--config", path, "doctor", "--json", now=app.now()).json
        if one["check"] == "source mail"
    ]
    assert mail["ok"]
    assert "read back to" in str(mail["says"])
    assert "messages still to read" in str(mail["says"])
    assert cli("--config", path, "sync").code == 0
    [mail] = [
        one
        for one in cli("--config", path, "doctor", "--json", now=app.now()).json
        if one["check"] == "source mail"
    ]
    assert "120 left unread (120 promotions)" in str(mail["says"])


def test_stopped_and_begun_again_it_reads_nothing_twice(
    app: App, google: Google, path: Path, cli: Cli
) -> None:
    begin(app)
    before = google.meter.by_method["threads.get"]
    assert before
    [said] = cli("--config", path, "sync", "--json").json
    assert google.meter.by_method["threads.get"] == 11_600
    assert said["plan"]["known"] == before // 20


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3, "under a minute"),
        (61, "about a minute"),
        (2330, "about 39 minutes"),
        (20_000, "about 6 hours"),
    ],
)
def test_times_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert describe_duration(seconds) == words


def test_where_nothing_is_to_be_read_nothing_is_announced() -> None:
    assert describe_plan(Plan(listed=7, wanted=0, known=7)) == ""
    assert describe_unread({}) == ""
