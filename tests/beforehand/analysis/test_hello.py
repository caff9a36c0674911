"""One hello beyond the present circles: to whom, to whom not, and how often."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from beforehand import work
from beforehand.analysis import portfolio
from beforehand.app import App
from beforehand.mailing import weekly
from sync.bulk import Override
from sync.store import people
from sync.store.people import Person
from tests.support.owner import (
    ADA,
    CONFIG,
    MAIL,
    NOW,
    Cli,
    OpenApp,
    SettableClock,
    exchange,
    mail,
    write_mbox,
)
from tests.support.snapshots import signals_of

DAY = timedelta(days=1)
# In touch with the first to this day; the others fell silent long ago, the last was never close.
NEAR, FAR, FURTHER, FAINT = (
    "Nea Ranta <nea@alumni.example>",
    "Far Idun <far@alumni.example>",
    "Fur Ther <further@alumni.example>",
    "Fae Int <faint@alumni.example>",
)
HOSTS = '[network]\nmail_hosts = ["alumni.example"]\n'

Greeted = Callable[..., str | None]


@pytest.fixture
def greeted(home: Path, opened: OpenApp) -> Greeted:
    """Who gets a hello today if there were these messages too, and if that was said before."""
    numbers = count()

    def ask(*more: str, first: Callable[[App], None] = lambda _: None) -> str | None:
        letters = [
            *exchange(NEAR, every=7, times=60, until=NOW - 3 * DAY),
            *exchange(FAR, every=7, times=60, until=NOW - 500 * DAY),
            *exchange(FURTHER, every=14, times=40, until=NOW - 450 * DAY),
            *exchange(FAINT, every=60, times=4, until=NOW - 500 * DAY),
            *more,
        ]
        number = next(numbers)  # each time a mailbox and a store of their own
        archive = write_mbox(home / f"{number}.mbox", letters)
        store = f'[store]\nurl = "sqlite:///{home}/{number}.db"\n'
        with opened(text=CONFIG + MAIL.format(path=archive) + store + HOSTS) as app:
            work.sync_source(app, app.config.source("mail"))
            first(app)
            with signals_of(app) as signals:
                found = portfolio.hello(signals)
            return None if found is None else signals.snapshot.people[found.judgement.key].name

    return ask


def person(app: App, address: str) -> Person:
    with app.store.read() as connection:
        return people.find(connection, app.owner_id, address)


def said(word: Override, *addresses: str) -> Callable[[App], None]:
    def say(app: App) -> None:
        with app.store.write() as connection:
            for address in addresses:
                one = people.find(connection, app.owner_id, address)
                people.set_override(connection, one, word)

    return say


def snoozed(app: App) -> None:
    with app.store.write() as connection:
        people.snooze(connection, person(app, "far@alumni.example"), NOW + 9 * DAY)


def test_the_tie_asleep_that_was_worth_most_is_greeted(greeted: Greeted) -> None:
    assert greeted() == "Far Idun"


def test_whoever_is_ignored_is_nobody(greeted: Greeted) -> None:
    assert greeted(first=said(Override.IGNORE, "far@alumni.example")) == "Fur Ther"


def test_nobody_is_greeted_who_was_never_close_unless_the_owner_asked_to_keep_them(
    greeted: Greeted,
) -> None:
    def ignore_both(app: App) -> None:
        said(Override.IGNORE, "far@alumni.example", "further@alumni.example")(app)

    def and_keep(app: App) -> None:
        ignore_both(app)
        said(Override.KEEP, "faint@alumni.example")(app)

    assert greeted(first=ignore_both) is None
    assert greeted(first=and_keep) == "Fae Int"


def test_whoever_is_snoozed_is_left_in_peace(greeted: Greeted) -> None:
    assert greeted(first=snoozed) == "Fur Ther"


def test_whoever_was_on_a_mail_with_somebody_near_is_not_beyond(greeted: Greeted) -> None:
    assert greeted(mail(NOW - 900 * DAY, NEAR, ADA, f"Cc: {FAR}")) == "Fur Ther"
    crowd = ", ".join(f"x{n}@other.example" for n in range(12))
    assert greeted(mail(NOW - 900 * DAY, NEAR, ADA, f"Cc: {FAR}, {crowd}")) == "Far Idun"


def test_whoever_wrote_in_a_thread_of_somebody_near_is_not_beyond(greeted: Greeted) -> None:
    thread = "References: <begin@other.example>"
    letters = [
        mail(NOW - 900 * DAY, NEAR, ADA, thread),
        mail(NOW - 899 * DAY, FAR, ADA, thread),
    ]
    assert greeted(*letters) == "Fur Ther"
    # Where many have written, it is a crowd and no circle.
    crowd = [mail(NOW - (880 + n) * DAY, f"x{n}@other.example", ADA, thread) for n in range(11)]
    assert greeted(*letters, *crowd) == "Far Idun"


def test_whose_address_is_dead_or_who_lives_on_at_another_is_not_greeted_there(
    greeted: Greeted,
) -> None:
    bounce = mail(
        NOW - 20 * DAY,
        "Mail Delivery Subsystem <mailer-daemon@example.org>",
        ADA,
        "X-Failed-Recipients: far@alumni.example",
        "Auto-Submitted: auto-replied",
        "Content-Type: multipart/report; report-type=delivery-status",
    )
    assert greeted(bounce) == "Fur Ther"
    moved = exchange("Far Idun <far.idun@new.example>", every=7, times=60, until=NOW - 4 * DAY)
    assert greeted(*moved) == "Fur Ther"


def test_two_letters_without_an_answer_were_enough(greeted: Greeted) -> None:
    # The last word was the owner's already.
    assert greeted(mail(NOW - 490 * DAY, ADA, FAR)) == "Fur Ther"
    answered = mail(NOW - 499 * DAY, FAR, ADA)
    assert greeted(answered, mail(NOW - 490 * DAY, ADA, FAR)) == "Far Idun"


def test_a_hello_stands_in_the_report_once_in_half_a_year(
    home: Path, opened: OpenApp, clock: SettableClock, cli: Cli
) -> None:
    names = []
    with opened(HOSTS) as app:
        for week in (0, 1, 2, 25, 26, 27, 28):
            clock.now = NOW + week * 7 * DAY
            letters = [
                *exchange(NEAR, every=7, times=60 + week, until=clock.now - DAY),
                *exchange(FAR, every=7, times=60, until=NOW - 500 * DAY),
                *exchange(FURTHER, every=14, times=40, until=NOW - 450 * DAY),
            ]
            write_mbox(home / "mail.mbox", letters)
            work.sync_source(app, app.config.source("mail"))
            shown = weekly.compose(app).view.sections.get("hello")
            names.append(shown.rows[0].name if shown else None)
            assert work.report_owner(app).sent
    assert names == ["Far Idun", "Fur Ther", None, None, "Far Idun", "Fur Ther", None]
    text = cli("report", "--as-of", "2026-11-20").out
    assert "WORTH A HELLO\n\nFar Idun\n  You two were in touch on 1" in text
    assert "beyond the circles" in " ".join(text.split())
    found = cli("report", "--as-of", "2026-11-20", "--json").json["hello"]
    assert (found["name"], found["address"]) == ("Far Idun", "far@alumni.example")
