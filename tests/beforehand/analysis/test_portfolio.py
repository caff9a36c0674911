"""The network as a whole, read from a small mailbox whose figures can be counted by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from beforehand import work
from beforehand.analysis.portfolio import Portfolio, portfolio
from beforehand.analysis.snapshot import open_snapshot
from beforehand.app import App
from beforehand.mailing import weekly
from beforehand.mailing.sections.network import is_due, lines, mirror_line
from report.view import Period
from scoring.network import NetworkPart, Spread
from sync.bulk import Override
from sync.store import people
from tests.support.owner import ADA, NOW, Cli, OpenApp, SettableClock, exchange, mail, write_mbox

DAY = timedelta(days=1)
ACME = [f"Person {n} <p{n}@{'mail.' * (n % 2)}acme.example>" for n in range(4)]
FRIENDS = [f"Friend {n} <f{n}@alumni.example>" for n in ("One", "Two", "Three")]
COLLEAGUE = "Col League <col@example.org>"
HOSTS = '[network]\nmail_hosts = ["alumni.example"]\n'


@pytest.fixture
def app(home: Path, opened: OpenApp) -> Iterator[App]:
    """Four people of one firm, three friends at providers, a colleague; a letter a week each."""
    ends = {one: NOW - (2 + n) * DAY for n, one in enumerate([*ACME, *FRIENDS, COLLEAGUE])}
    letters = [
        one for who, end in ends.items() for one in exchange(who, every=7, times=80, until=end)
    ]
    write_mbox(home / "mail.mbox", letters)
    with opened(HOSTS) as found:
        work.sync_source(found, found.config.source("mail"))
        yield found


def seen(app: App, days_ago: float = 0) -> Portfolio:
    with open_snapshot(app, NOW - days_ago * DAY) as snapshot:
        return portfolio(snapshot)


def table(found: Portfolio) -> dict[str, tuple[int, int]]:
    return {found.name(one): (one.people, one.live) for one in found.now.parts}


def test_an_organisation_is_one_and_friends_at_a_provider_are_one_each(app: App) -> None:
    found = seen(app)
    assert table(found) == {
        "acme.example": (4, 4),
        "Friend One": (1, 1),
        "Friend Two": (1, 1),
        "Friend Three": (1, 1),
        "example.org": (1, 1),
    }
    assert found.now.organisations == pytest.approx(1 / (4 / 8 * 4 / 8 + 4 / 64), rel=0.01)
    assert found.now.people == pytest.approx(8, rel=0.01)
    assert found.largest is not None
    assert found.now.without(found.largest) == 4
    assert [found.name(one) for one in found.now.parts if found.is_own(one)] == ["example.org"]


def test_the_sentences_have_the_numbers_in_them(app: App) -> None:
    (line,) = lines(seen(app), NOW.date())
    assert line == (
        "Your contact is spread as if over 3 equal organisations (whoever is of none counts as "
        "one); without acme.example you keep 4 of 8 live ties. A year ago it was the same."
    )
    assert lines(seen(app, 400), NOW.date()) == ()  # contact begins half a year before that


@pytest.mark.usefixtures("app")
def test_the_command_says_it_in_a_table_and_month_by_month(cli: Cli) -> None:
    said = cli("network").out
    assert said.startswith("Your contact is spread as if over 3 equal organisations")
    rows = {line.split("  ")[0]: line.split() for line in said.splitlines()}
    assert rows["acme.example"][1:] == ["4", "50%", "4", "4"]
    assert rows["example.org (yours)"][-2:] == ["1", "7"]
    assert rows["live ties"][-1] == "8"
    assert "Too few first words" in said
    facts = cli("network", "--json").json
    assert facts["live_ties"] == 8
    assert facts["largest"][0] == {
        "name": "acme.example",
        "organisation": True,
        "own": False,
        "people": 4,
        "share": pytest.approx(0.5, abs=0.01),
        "live_ties": 4,
        "without": 4,
    }
    assert [one["own"] for one in facts["largest"] if one["name"] == "example.org"] == [True]
    assert len(facts["year"]) == 13
    assert facts["year"][-1]["organisations"] == facts["organisations"]
    assert facts["first_words"] is None
    # Before enough was known to speak of a spread, no figure is given.
    early = cli("network", "--json", "--as-of", "2025-09-01").json
    assert early["year"][0]["organisations"] is None


@pytest.mark.usefixtures("home")
def test_without_any_contact_the_command_says_what_to_do(cli: Cli) -> None:
    assert "Run `beforehand sync` first" in cli("network").out
    facts = cli("network", "--json").json
    assert (facts["organisations"], facts["live_ties"], facts["largest"]) == (0, 0, [])


def test_somebody_with_two_addresses_is_of_the_house_of_the_one_used_last(
    app: App, home: Path, cli: Cli
) -> None:
    moved = "Person 0 <zero@new.example>"
    letters = exchange(moved, every=3, times=3, until=NOW - DAY)
    with (home / "mail.mbox").open("a") as file:
        file.write("\n".join(["", *letters]))
    work.sync_source(app, app.config.source("mail"))
    cli("merge", "p0@acme.example", "zero@new.example")
    now = table(seen(app))
    assert now["new.example"] == (1, 1)
    assert now["acme.example"] == (3, 3)
    before = seen(app, 30)
    assert table(before)["acme.example"] == (4, 4)
    # And so does each month of the year.
    assert seen(app).year[-2].organisations == pytest.approx(before.now.organisations, rel=0.01)


def whole(*parts: NetworkPart) -> Portfolio:
    """A network of a firm for each part that has a number, known for long."""
    now = Spread(20_000, 10_000, 4.4, 9.0, sum(one.live for one in parts), parts)
    firms = {1: "one.example", 2: "two.example", 3: "three.example"}
    return Portfolio(NOW, (now,) * 13, None, firms, frozenset(), {})


def test_the_largest_is_the_one_with_whom_most_ties_would_fall() -> None:
    much, many = NetworkPart(1, None, 2, 0.5, 2), NetworkPart(2, None, 9, 0.3, 5)
    more = NetworkPart(3, None, 9, 0.2, 5)
    (line,) = lines(whole(much, many, more), NOW.date())
    assert "; without two.example you keep 7 of 12 live ties." in line


def test_where_no_firm_has_more_than_one_tie_none_is_named() -> None:
    parts = (
        NetworkPart(1, None, 8, 0.4, 1),
        *(NetworkPart(None, key, 1, 0.1, 1) for key in range(6)),
    )
    (line,) = lines(whole(*parts), NOW.date())
    assert "; none of them holds more than one of your 7 live ties." in line
    assert lines(whole(*parts[:4]), NOW.date()) == ()  # of so few, each is known by name


def test_whoever_is_ignored_is_no_part_of_it(app: App) -> None:
    with app.store.write() as connection:
        for who in ("p0@acme.example", "p1@mail.acme.example"):
            people.set_override(
                connection, people.find(connection, app.owner_id, who), Override.IGNORE
            )
    assert table(seen(app))["acme.example"] == (2, 2)


def test_first_words_within_a_fortnight_are_said_of_the_owner_alone(
    home: Path, opened: OpenApp, cli: Cli
) -> None:
    quiet = [f"Quiet {n} <q{n}@alumni.example>" for n in range(9)]
    letters = [
        one
        for who in quiet
        for one in exchange(who, every=10, times=20, until=NOW - timedelta(days=400))
    ]
    # Nine first words: seven in early March, two alone.
    when = [date(2026, 3, 2 + n) for n in range(7)] + [date(2026, 6, 1), date(2026, 9, 1)]
    letters += [
        mail(NOW.replace(month=day.month, day=day.day), ADA, who)
        for day, who in zip(when, quiet, strict=True)
    ]
    write_mbox(home / "mail.mbox", letters)
    with opened(HOSTS) as app:
        work.sync_source(app, app.config.source("mail"))
        found = seen(app)
    assert mirror_line(found, NOW.date()) == (
        "In the last year you had the first word to a tie long quiet 9 times; "
        "7 of them from 2 Mar to 8 Mar."
    )
    said = cli("network").out
    assert "at most 7 of the 9; by chance alone so many fall together in fewer than 1 in" in said
    assert cli("network", "--json").json["first_words"]["burst"] is True


@pytest.mark.parametrize(
    ("end", "due"),
    [
        (date(2026, 11, 2), True),  # Mondays
        (date(2026, 11, 9), False),
        (date(2026, 11, 30), False),
        (date(2026, 12, 7), True),
        (date(2026, 11, 6), True),  # the Friday of the first week
        (date(2026, 12, 4), False),  # the Monday of that week was in November
    ],
)
def test_the_first_report_of_a_month_has_the_section(end: date, due: bool) -> None:  # noqa: FBT001
    assert is_due(Period(end - 7 * DAY, end, f"{end:%G-W%V}")) == due


def test_every_month_has_one_such_week_whatever_the_day_of_the_report() -> None:
    for weekday in range(7):
        days = [date(2026, 1, 5) + timedelta(days=7 * n + weekday) for n in range(104)]
        due = [
            one - timedelta(days=weekday)
            for one in days
            if is_due(weekly.period_of(one, f"{one:%G-W%V}"))
        ]
        assert len({(one.year, one.month) for one in due}) == len(due) == 24


def test_the_report_says_it_once_a_month(app: App, clock: SettableClock, cli: Cli) -> None:
    clock.now = NOW + 14 * DAY  # the first Monday of December
    work.sync_source(app, app.config.source("mail"))
    assert "network" not in weekly.compose(app, NOW).view.sections
    first = weekly.compose(app, NOW - 21 * DAY)
    (line,) = first.view.sections["network"].lines
    assert line.startswith("Your contact is spread as if over 3 equal organisations")
    text = first.message.get_body(("plain",))
    assert text is not None
    assert "YOUR NETWORK" in text.get_content()
    page = first.message.get_body(("html",))
    assert page is not None
    assert "Your network" in page.get_content()
    assert cli("report", "--json", "--as-of", "2026-11-02").json["network"][0].startswith("Your")
    assert cli("report", "--json", "--as-of", "2026-11-09").json["network"] == []
