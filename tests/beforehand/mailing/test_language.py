"""The report in the owner's language, from the command line to the mail; commands in English."""

from __future__ import annotations

from email import message_from_bytes, policy
from pathlib import Path

from tests.support.owner import Cli


def in_german(folder: Path) -> None:
    path = folder / "config.toml"
    path.write_text(path.read_text() + '[report]\nlocale = "de-AT"\n')


def test_the_report_speaks_german_where_the_configuration_says_so(
    cli: Cli, synced: Path, tmp_path: Path
) -> None:
    in_german(synced)
    said = " ".join(cli("report").out.split())
    assert "An 1 Person schreiben, 1 Antwort offen." in said
    assert "Ihr schreibt euch sonst alle 6 Tage; jetzt sind es 2 Monate. Die letzte" in said
    assert "You" not in said
    out = tmp_path / "report.eml"
    cli("report", "--out", out)
    mail = message_from_bytes(out.read_bytes(), policy=policy.default)
    assert mail["Subject"] == "Deine Leute, 23. Nov.: an 1 schreiben, 1 Antwort offen"
    html = mail.get_body(("html",))
    assert html is not None
    assert '<html lang="de-AT">' in html.get_content()
    assert cli("report", "--json").json["verdict"] == "An 1 Person schreiben, 1 Antwort offen."


def test_commands_speak_english_all_the_same(cli: Cli, synced: Path) -> None:
    in_german(synced)
    assert "You two usually write every 6 days" in cli("why", "bo@example.net").out
    assert cli("network").out.startswith("Your contact is spread as if over")


def test_a_language_without_words_stops_every_command_in_one_line(cli: Cli, synced: Path) -> None:
    path = synced / "config.toml"
    path.write_text(path.read_text() + '[report]\nlocale = "tlh"\n')
    said = cli("report", code=2)
    assert said.err == (
        "beforehand: [report] locale: no words in 'tlh' yet: say 'de', 'en', "
        "or with a country, as in 'en_GB'\n"
    )
