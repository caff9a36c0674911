"""`replay` on the owner's own history: the summary, the page, the flags that were really sent."""

from __future__ import annotations

import re
import stat
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from beforehand import config as configuration
from beforehand.analysis.replay import look_back
from beforehand.app import App, open_app
from sync.store import flags, owners, people, reports
from sync.store.flags import NewFlag
from tests.support.owner import BO, CLEO, CONFIG, MAIL, NOW, Cli, EventLog, exchange, write_mbox

DAY = timedelta(days=1)
# Twelve people in touch every week, who stop one after the other; and Cleo, to this day.
OTHERS = [f"Person {n:02} <person{n:02}@example.net>" for n in range(12)]


def history() -> list[str]:
    """Three years of Ada's mail: all but Cleo stop; Bo stops and comes back once."""
    messages = [*exchange(CLEO, every=7, times=150, until=NOW - 2 * DAY)]
    for number, who in enumerate(OTHERS):
        messages += exchange(who, every=7, times=40, until=NOW - (300 + 35 * number) * DAY)
    messages += exchange(BO, every=7, times=60, until=NOW - 420 * DAY)
    messages += exchange(BO, every=7, times=20, until=NOW - 150 * DAY)
    return messages


@pytest.fixture
def past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: Cli) -> Path:
    """Ada's configuration, three years of mail read."""
    archive = write_mbox(tmp_path / "mail.mbox", history())
    path = tmp_path / "config.toml"
    path.write_text(CONFIG + MAIL.format(path=archive) + '[report]\nday = "thursday"\n')
    monkeypatch.setenv("BEFOREHAND_CONFIG", str(path))
    cli("sync")
    return path


@pytest.fixture
def app(past: Path) -> Iterator[App]:
    with open_app(configuration.load(past), EventLog(), now=lambda: NOW) as found:
        yield found


def send(app: App, who: str, at: datetime, kind: str = "lapse") -> None:
    """Record that a report which named somebody went out."""
    with app.store.write() as connection:
        person = people.find(connection, app.owner_id, who)
        number = reports.claim(
            connection,
            app.owner_id,
            f"{at:%F}",
            "<x@y.z>",
            at,
            flags=[NewFlag(person.id, kind, 0.5)],
        )
        assert number is not None
        reports.mark_sent(connection, number, at)


@pytest.mark.usefixtures("past")
def test_the_summary_sets_the_reports_beside_simpler_rules(cli: Cli) -> None:
    said = cli("replay").out
    found = cli("replay", "--json").json
    assert all(len(line) <= 80 for line in said.splitlines())
    assert re.search(r"\AOf every 100 people these reports would have\s+named, \d+ then", said)
    for rule in ("90 days for everyone", "Longest silence first", "A random pick"):
        assert len(re.findall(rf"(?m)^{rule} .*\d", said)) == 1
    named = round(found["found"]["report"]["named"])
    share = 100 * found["found"]["report"]["figures"]["precision"]["value"]
    assert re.search(rf"These reports +{named}  {share:.0f} \(", said)
    assert "A flag that was never sent changes nothing" in said
    assert "No report that names somebody has been sent yet" in said
    assert "Nothing after 21 Nov\n2026 is known" in said or "Nothing after 21 Nov 2026" in said


@pytest.mark.usefixtures("past")
def test_it_finds_who_fell_silent_on_the_owners_own_weekday(cli: Cli) -> None:
    found = cli("replay", "--json").json
    assert datetime.fromisoformat(found["first"]).isoweekday() == 4
    assert datetime.fromisoformat(found["last"]).isoweekday() == 4
    assert found["ties"] == 14
    # All but Cleo fell asleep in time for it to be seen; Bo twice.
    assert 10 <= found["found"]["lapses"] <= 14
    report = found["found"]["report"]
    assert report["figures"]["in_time"]["value"] == 1
    assert report["figures"]["lead_days"]["value"] > 30
    assert sum(one["named"] for one in found["found"]["quarters"]) == report["named"]


@pytest.mark.usefixtures("past")
def test_a_fixed_horizon_is_said(cli: Cli) -> None:
    assert "not heard of within 60 days" in cli("replay", "--horizon", "60").out
    assert "four of the" in cli("replay").out
    assert cli("replay", "--horizon", "90", "--json").json["horizon"] == 90


def test_what_came_after_flags_that_were_sent_is_counted_apart(app: App, cli: Cli) -> None:
    before = look_back(app)
    assert before is not None
    assert before.sent.times == before.apart == 0
    # Bo was silent from 420 to 284 days ago; the first letter of the return is theirs.
    send(app, "bo@example.net", NOW - 300 * DAY)
    send(app, "person00@example.net", NOW - 200 * DAY)
    send(app, "cleo@example.com", NOW - 5 * DAY)
    send(app, "person01@example.net", NOW - 1 * DAY)
    send(app, "person02@example.net", NOW - 190 * DAY, kind="reply")
    past = look_back(app)
    assert past is not None
    assert (past.sent.times, past.sent.people) == (4, 4)
    assert (past.sent.owner, past.sent.they, past.sent.silent, past.sent.open) == (0, 2, 1, 1)
    assert past.apart > 0
    assert past.found.report.named == before.found.report.named - past.apart
    assert past.found.lapses < before.found.lapses
    said = " ".join(cli("replay").out.split())
    assert "named 4 people, 4 times in all. After 2 of these you were in touch again" in said
    assert "they 2 times" in said
    assert "after 1 nothing came; for 1 it is too early to tell" in said
    assert "would look like a false alarm" in said


def test_another_owners_flags_are_not_read(app: App) -> None:
    with app.store.write() as connection:
        other = owners.ensure(connection, "bo", "Bo", NOW)
    send(app, "bo@example.net", NOW - 300 * DAY)
    with app.store.read() as connection:
        assert flags.sent_of_kind(connection, other, "lapse") == []
        assert len(flags.sent_of_kind(connection, app.owner_id, "lapse")) == 1
        assert flags.sent_of_kind(connection, app.owner_id, "reply") == []


def test_an_archive_knows_nothing_of_the_silence_after_it(app: App) -> None:
    late, now = look_back(replace(app, now=lambda: NOW + 3000 * DAY)), look_back(app)
    assert late is not None
    assert now is not None
    assert late.known == now.known
    assert late.found == now.found


@pytest.mark.usefixtures("past")
def test_the_page_is_one_file_without_names_or_anything_remote(cli: Cli, tmp_path: Path) -> None:
    pytest.importorskip("vl_convert")
    out = tmp_path / "page.html"
    said = cli("replay", "--out", out).out
    assert f"The page is in {out}." in said
    page = out.read_text(encoding="utf-8")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert page.count("<svg ") == page.count('role="img" aria-label="') == 7
    for who in (CLEO, BO, "Ada Winter", "example."):
        assert who.split(" <")[0] not in page
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="|url\(|@import', page)
    addresses = set(re.findall(r"https?://[^\s\"'<]+", page))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert said.splitlines()[0] in " ".join(page.split())


@pytest.mark.usefixtures("past")
def test_json_goes_with_the_page(cli: Cli, tmp_path: Path) -> None:
    pytest.importorskip("vl_convert")
    out = tmp_path / "page.html"
    assert cli("replay", "--json", "--out", out).json["weeks"] > 50
    assert out.exists()


@pytest.mark.usefixtures("past")
def test_without_the_extra_the_page_says_what_to_install_and_the_summary_works(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    said = cli("replay", "--out", tmp_path / "page.html", code=2)
    assert said.err.count("\n") == 1
    assert "pip install 'beforehand[plots]'" in said.err
    assert not said.out
    assert "These reports" in cli("replay").out


@pytest.mark.usefixtures("past")
def test_what_makes_no_sense_is_told_in_one_line(cli: Cli, tmp_path: Path) -> None:
    for words, says in (
        (("--out", tmp_path / "S.csv"), "the page is a .html file"),
        (("--horizon", "7"), "say 60, 90 or own"),
        (("--events", tmp_path / "E.csv", "--out", tmp_path / "page.html"), "all three"),
        (("--queries", tmp_path / "Q.csv"), "all three"),
    ):
        said = cli("replay", *words, code=2)
        assert says in said.err
        assert said.err.count("\n") == 1
        assert not said.out


@pytest.mark.usefixtures("past")
def test_a_folder_that_is_not_there_is_told_after_the_summary(cli: Cli, tmp_path: Path) -> None:
    pytest.importorskip("vl_convert")
    said = cli("replay", "--out", tmp_path / "nowhere" / "page.html", code=1)
    assert "These reports" in said.out
    assert "No such file" in said.err


@pytest.mark.usefixtures("home")
def test_with_no_history_it_says_so(cli: Cli, tmp_path: Path) -> None:
    said = cli("replay").out
    assert "There is too little history yet" in said
    assert said.count("\n") == 1
    assert cli("replay", "--json").json == {"weeks": 0}
    cli("replay", "--out", tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


@pytest.mark.usefixtures("synced")
def test_a_small_history_is_called_small(cli: Cli) -> None:
    said = " ".join(cli("replay", now=NOW + 150 * DAY).out.split())
    assert "There is too little history yet" in said or "do not build on them yet" in said


def test_ctrl_c_ends_it_and_leaves_the_store_as_it_was(
    app: App, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    from beforehand.analysis import replay  # noqa: PLC0415 - to be interrupted

    def walk(*_ties: object, **_more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(replay, "walk", walk)
    said = cli("replay", code=130)
    assert not said.out
    monkeypatch.undo()
    assert look_back(app) is not None
