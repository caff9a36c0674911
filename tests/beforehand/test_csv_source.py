"""A contact log beside the mail: who is only called is somebody, too."""

from __future__ import annotations

from pathlib import Path

from tests.support.owner import Cli


def test_calls_of_a_log_count_as_contact_with_whom_they_name(cli: Cli, home: Path) -> None:
    path = home / "calls.csv"
    path.write_text(
        "Date;Who;Number\n"
        + "".join(f"{day}.10.2026 18:00;Grandma Berg;+49 170 1234567\n" for day in (1, 8, 15, 22))
        + "29.10.2026 18:00;Bo Berg;bo@example.net\nsome day;Bo Berg;bo@example.net\n"
    )
    config = home / "config.toml"
    config.write_text(
        f'{config.read_text()}[[sources]]\nid = "calls"\ntype = "csv"\npath = "{path}"\n'
        'columns = { time = "Date", name = "Who", address = "Number" }\n'
        'time_format = "%d.%m.%Y %H:%M"\ndelimiter = ";"\ntimezone = "Europe/Berlin"\n'
    )
    [calls] = [one for one in cli("sync", "--json").json if one["id"] == "calls"]
    assert (calls["new"], calls["skipped"]) == (5, 1)
    [grandma] = [one for one in cli("people", "--json").json if one["name"] == "Grandma Berg"]
    assert grandma["handles"] == ["+491701234567"]
    assert grandma["contact_days"] == 4
    assert "in touch" in cli("why", "grandma").out
    assert cli("report").out
    [again] = [one for one in cli("sync", "--json").json if one["id"] == "calls"]
    assert (again["new"], again["changed"], again["deleted"]) == (0, 0, 0)
