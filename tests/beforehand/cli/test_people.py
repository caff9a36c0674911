"""The commands about people, the report and the export, on Ada's mail."""

from __future__ import annotations

import email
from datetime import timedelta
from email import policy
from pathlib import Path

import pytest

from tests.support.owner import ADA, BO, NOW, Cli, mail, sample_mail, write_mbox

WEEK = timedelta(days=7)


@pytest.mark.usefixtures("home")
def test_sync_says_what_is_new_and_the_second_time_that_nothing_is(cli: Cli) -> None:
    first = cli("sync", "--json").json
    assert first == [
        {"id": "mail", "state": "ok", "new": 177, "changed": 0, "deleted": 0, "skipped": 0}
    ]
    assert cli("sync").out == "mail: 0 new\n"


def test_sync_reads_only_the_sources_named_each_once(cli: Cli, home: Path) -> None:
    write_mbox(home / "old.mbox", [mail(NOW - 100 * WEEK, ADA, BO)])
    path = home / "config.toml"
    path.write_text(
        path.read_text() + f'[[sources]]\nid = "old"\ntype = "mbox"\npath = "{home}/old.mbox"\n'
    )
    assert cli("sync", "old", "old").out == "old: 1 new\n"


def test_sync_without_a_source_says_to_add_one(cli: Cli, home: Path) -> None:
    path = home / "config.toml"
    path.write_text(path.read_text().partition("[[sources]]")[0])
    assert "has no [[sources]]" in cli("sync", code=2).err
    assert "has no [[sources]]" in cli("report", code=2).err
    assert "has no [[sources]]" in cli("daemon", code=2).err


@pytest.mark.usefixtures("synced")
def test_people_lists_those_who_need_attention_first(cli: Cli) -> None:
    rows = cli("people").out.splitlines()
    assert rows[0].split() == ["name", "address", "tie", "days", "usual", "silent"]
    assert rows[1].split() == [
        "Bo",
        "Lindgren",
        "bo@example.net",
        "fading",
        "60",
        "6",
        "d",
        "70",
        "d",
    ]
    names = {row.split("  ")[0] for row in rows[1:]}
    assert names == {"Bo Lindgren", "Cleo Marsh", "Dai Okafor", "Boris Rask"}


@pytest.mark.usefixtures("synced")
def test_people_as_json_has_the_promised_keys(cli: Cli) -> None:
    found = {one["name"]: one for one in cli("people", "--json").json}
    bo = found["Bo Lindgren"]
    assert bo["handles"] == ["bo@example.net"]
    assert bo["contact_days"] == 60
    assert bo["last_contact"] == "2026-09-14"
    assert bo["silence_days"] == 70
    assert bo["usual_gap_days"] == pytest.approx(6, abs=1)
    assert 0 < bo["p_lapse"] < 1
    assert 0 < bo["strength"] < 1
    assert bo["attention"] > found["Cleo Marsh"]["attention"]
    assert found["Boris Rask"]["usual_gap_days"] is None
    assert found["Boris Rask"]["state"] == "slight"


@pytest.mark.usefixtures("synced")
def test_as_of_judges_as_if_it_were_then(cli: Cli) -> None:
    then = {one["name"]: one for one in cli("people", "--json", "--as-of", "2026-09-16").json}
    assert then["Bo Lindgren"]["state"] == "living"
    assert then["Bo Lindgren"]["silence_days"] == 2
    assert cli("people", "--as-of", "2020-01-01").out.startswith("Nobody yet:")
    assert cli("people", "--as-of", "2020-01-01", "--json").json == []
    assert "Nothing was seen" in cli("why", "bo@example.net", "--as-of", "2020-01-01").out


@pytest.mark.usefixtures("synced")
def test_bulk_says_who_is_set_aside_and_why(cli: Cli) -> None:
    aside = {one["handles"][0]: one["reason"] for one in cli("people", "--bulk", "--json").json}
    assert aside["news@shop.example"] == (
        "List-Unsubscribe on 20 of 20 messages, and you never wrote to them"
    )
    assert "choir@lists.example" in aside
    assert "bo@example.net" not in aside
    shown = cli("people", "--bulk").out
    assert "news@shop.example" in shown
    assert "beforehand keep ADDRESS" in shown


def test_a_long_list_is_cut_and_says_so(cli: Cli, home: Path) -> None:
    write_mbox(
        home / "mail.mbox",
        [mail(NOW - WEEK, ADA, f"Friend {n} <friend{n}@example.net>") for n in range(40)],
    )
    cli("sync")
    shown = cli("people").out.splitlines()
    assert len(shown) == 1 + 30 + 1
    assert shown[-1] == "... and 10 more: --all shows them."
    assert len(cli("people", "--all").out.splitlines()) == 1 + 40
    assert len(cli("people", "--json").json) == 40


@pytest.mark.usefixtures("synced")
def test_why_gives_the_numbers_behind_a_judgement(cli: Cli) -> None:
    said = cli("why", "lindgren").out
    assert said.startswith("Bo Lindgren <bo@example.net>\nCounts as a relationship: you wrote")
    assert "70 days ago" in said
    assert "Set aside as no relationship" in cli("why", "news@shop.example").out
    facts = cli("why", "bo@example.net", "--json").json
    assert facts["human"] is True
    assert facts["silence_days"] == 70
    assert cli("why", "news@shop.example", "--json").json["human"] is False


@pytest.mark.usefixtures("synced")
def test_keep_outranks_the_filters_and_ignore_ends_it(cli: Cli) -> None:
    assert cli("keep", "news@shop.example").out == "Shop is kept among your people.\n"
    assert "Shop" in cli("people").out
    assert cli("ignore", "Shop").out == "Shop will not be mentioned.\n"
    assert "Shop" not in cli("people").out
    assert "you said to leave them out" in cli("why", "Shop").out


@pytest.mark.usefixtures("synced")
def test_snooze_holds_somebody_back_until_keep_ends_it(cli: Cli) -> None:
    assert cli("snooze", "lindgren").out == "Bo Lindgren is left out until 21 December 2026.\n"
    found = cli("report", "--json").json
    assert [one["name"] for one in found["people"]] == []
    assert found["held"] == [
        {"name": "Bo Lindgren", "address": "bo@example.net", "reason": "snoozed until 21 Dec 2026"}
    ]
    assert "Held back from your report: snoozed until 21 Dec" in cli("why", "lindgren").out
    cli("keep", "lindgren")
    assert [one["name"] for one in cli("report", "--json").json["people"]] == ["Bo Lindgren"]


@pytest.mark.usefixtures("synced")
@pytest.mark.parametrize(
    ("words", "until"),
    [
        (("--until", "2026-12-01"), "1 December 2026"),
        (("--weeks", "1"), "30 November 2026"),
        (("--until", "2026-11-23"), "23 November 2026"),  # to the end of this day
    ],
)
def test_snooze_takes_a_day_or_weeks(cli: Cli, words: tuple[str, ...], until: str) -> None:
    assert cli("snooze", "lindgren", *words).out == f"Bo Lindgren is left out until {until}.\n"


@pytest.mark.usefixtures("synced")
def test_two_addresses_are_made_one_person_and_two_again(cli: Cli) -> None:
    before = cli("people", "--json").out
    assert cli("merge", "cleo", "boris").out == (
        "Cleo Marsh is now one person: cleo@example.com, boris@example.com.\n"
    )
    found = {one["name"]: one for one in cli("people", "--json").json}
    assert found["Cleo Marsh"]["handles"] == ["boris@example.com", "cleo@example.com"]
    assert "Boris Rask" not in found
    assert cli("split", "cleo").out == "boris@example.com is now somebody else than Cleo Marsh.\n"
    assert cli("people", "--json").out == before


@pytest.mark.usefixtures("synced")
def test_one_address_can_be_split_off(cli: Cli) -> None:
    cli("merge", "cleo", "boris")
    cli("split", "cleo", "cleo@example.com")
    assert {"Cleo Marsh", "Boris Rask"} <= {one["name"] for one in cli("people", "--json").json}
    assert "name one of several" in cli("split", "cleo", "bo@example.net", code=1).err


def test_forget_asks_first_and_a_sync_does_not_bring_them_back(cli: Cli, home: Path) -> None:
    cli("sync")
    said = cli("forget", "lindgren", answers="n\n", code=1)
    assert "Forget Bo Lindgren <bo@example.net> for good?" in said.out
    assert said.err.endswith("beforehand: nothing is forgotten\n")
    assert cli("forget", "lindgren", answers="y\n").out.endswith("Forgotten.\n")
    write_mbox(home / "mail.mbox", [*sample_mail(NOW), mail(NOW - WEEK, BO, ADA)])
    cli("sync")
    assert "bo@example.net" not in cli("export").out
    cli("forget", "cleo", "--yes")
    assert "cleo@example.com" not in cli("export").out
    for path in home.parent.rglob("*.db*"):
        assert b"bo@example.net" not in path.read_bytes()


@pytest.mark.usefixtures("synced")
def test_forget_tells_of_the_reports_that_it_cannot_change(cli: Cli) -> None:
    assert cli("forget", "boris", "--yes").err == ""
    cli("report", "--send")
    said = cli("forget", "lindgren", "--yes")
    assert "reports written before may still name them: " in said.err


# The report


@pytest.mark.usefixtures("synced")
def test_the_report_is_shown_in_the_terminal(cli: Cli) -> None:
    shown = cli("report").out
    assert shown.startswith("1 person to write to, 1 reply owed.\n")
    assert "Bo Lindgren" in shown
    assert "Dai Okafor" in shown
    assert "Cleo" not in shown
    assert "Never read." not in shown


@pytest.mark.usefixtures("synced")
def test_the_report_as_json(cli: Cli) -> None:
    found = cli("report", "--json").json
    parts = {"answered", "past", "people", "owed", "met", "hello", "changes", "network", "held"}
    assert set(found) == {"period", "subject", "verdict", "notices", *parts}
    assert found["period"] == "2026-W48"
    assert found["people"][0]["address"] == "bo@example.net"
    (owed,) = found["owed"]
    assert owed["name"] == "Dai Okafor"
    assert owed["since"] == (
        "wrote on 18 Nov, 5 days ago; you have answered all 15 of their letters within two days"
    )
    assert (found["hello"], found["network"]) == (None, [])
    assert (found["answered"], found["past"]) == ([], {"last": [], "counts": {}})


@pytest.mark.parametrize(
    ("ending", "begins"),
    [("html", "<!DOCTYPE html>"), ("txt", "1 person to write to"), ("eml", "From: Beforehand")],
)
def test_the_report_is_written_in_the_form_that_the_ending_asks_for(
    cli: Cli, synced: Path, ending: str, begins: str
) -> None:
    path = synced / "out" / f"report.{ending}"
    assert cli("report", "--out", path).out == f"The report is in {path}.\n"
    assert path.read_text().lower().startswith(begins.lower())
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("synced")
def test_a_report_on_the_past_knows_nothing_later(cli: Cli) -> None:
    found = cli("report", "--json", "--as-of", "2026-09-16").json
    assert found["period"] == "2026-W38"
    assert found["people"] == []
    assert found["notices"] == []


def test_looking_at_a_report_leaves_no_trace_and_sending_goes_once(cli: Cli, synced: Path) -> None:
    assert cli("report", "--json").json == cli("report", "--json").json
    sent = cli("report", "--send", "--json").json
    assert sent["sent"] is True
    (path,) = synced.parent.rglob("2026-W48.html")
    assert str(path) in sent["where"]
    path.unlink()
    assert cli("report", "--send").out == "The report for 2026-W48 went out before.\n"
    assert not path.exists()
    # Bo has been named now, and is not named again for three weeks.
    assert cli("report", "--json").json["people"] == []
    assert cli("report", "--json").json["held"][0]["reason"] == "in your report of 23 Nov"


def test_the_sent_mail_is_a_mail_with_both_parts(cli: Cli, synced: Path) -> None:
    path = synced / "report.eml"
    cli("report", "--out", path)
    message = email.message_from_bytes(path.read_bytes(), policy=policy.default)
    assert message["To"] == "Ada Winter <ada@example.org>"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
