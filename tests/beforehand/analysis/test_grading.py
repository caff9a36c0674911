"""What becomes of flags, through half a year of an owner who acts on some of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from scoring.grading import FlagOutcome
from sync.store import flags
from tests.support.owner import ADA, CONFIG, NOW, OpenApp, SettableClock, mail
from tests.support.scripted_owner import (
    LATER,
    MET,
    NEVER,
    NOTHING,
    WRITE,
    Contact,
    ScriptedOwner,
    graded_counts,
)

WEEKS = 26
DAY = timedelta(days=1)
BEGIN = NOW - timedelta(weeks=WEEKS)
# Everybody's rhythm in days, and how long before or after the first report they fall silent; some
# come back by themselves, so many days later.
PEOPLE = [
    (f"Person {number} <person{number}@example.net>", rhythm, ends, back)
    for number, (rhythm, ends, back) in enumerate(
        [
            (4, -40, None),
            (5, -30, 65),
            (6, -35, None),
            (7, -45, 80),
            (7, 10, None),
            (8, 20, 50),
            (9, -50, None),
            (9, 35, 60),
            (10, -20, None),
            (12, 60, 55),
            (14, -60, None),
            (14, 30, 75),
        ]
    )
]
FRIEND = "Ever There <ever@example.net>"
SOURCES = """
[report]
folder = "{folder}/reports"
[[sources]]
id = "mail"
type = "mbox"
path = "{folder}/mail"
[[sources]]
id = "sent"
type = "mbox"
path = "{folder}/sent"
sent = true
"""


def story() -> list[tuple[datetime, str, bool, str]]:
    """All mail of the half year but what the script sends: when, with whom, whose, and the text."""
    found = []
    for who, rhythm, ends, back in PEOPLE:
        last = BEGIN + ends * DAY
        for times in range(40):
            at = last - times * rhythm * DAY
            found.append((at, who, True, mail(at, ADA, who)))
            found.append((at - DAY, who, False, mail(at - DAY, who, ADA)))
        if back is not None:
            at = last + back * DAY + timedelta(hours=3)
            found.append((at, who, False, mail(at, who, ADA)))
    # Somebody lively, so that the mail is not taken for an old archive.
    for times in range(WEEKS * 7 + 200):
        at = NOW - times * DAY
        found.append(
            (
                at,
                FRIEND,
                times % 2 == 0,
                mail(at, *((ADA, FRIEND) if times % 2 == 0 else (FRIEND, ADA))),
            )
        )
    return sorted(found)


def choose(week: int, place: int) -> str:
    """A bit of everything, and mostly nothing."""
    return (NOTHING, WRITE, NOTHING, LATER, MET, NOTHING, NEVER, NOTHING)[(3 * week + place) % 8]


@pytest.fixture
def scripted_owner(
    tmp_path: Path, opened: OpenApp, clock: SettableClock
) -> Iterator[ScriptedOwner]:
    """Half a year of reports, one each week, acted on by the script."""
    inbox, sent = tmp_path / "mail", tmp_path / "sent"
    sent.touch()
    clock.now = BEGIN
    mails = story()
    with opened(text=CONFIG + SOURCES.format(folder=tmp_path)) as app:

        def contact(address: str) -> Iterator[Contact]:
            return ((at, mine) for at, who, mine, _ in mails if address in who)

        script = ScriptedOwner(app, sent, "ada@example.org", choose, contact)
        for week in range(WEEKS):
            clock.now = BEGIN + week * 7 * DAY
            inbox.write_text("\n".join(text for at, _, _, text in mails if at <= clock.now))
            script.run_week(week, clock.now)
        clock.now = NOW
        inbox.write_text("\n".join(text for *_, text in mails))
        script.sync()
        yield script


def test_after_half_a_year_the_counts_are_those_of_the_script_and_kept_with_each_flag(
    scripted_owner: ScriptedOwner,
) -> None:
    expected = scripted_owner.expected(NOW)
    assert graded_counts(scripted_owner.app) == expected
    assert set(expected) >= set(FlagOutcome), "the script must bring about everything there is"
    assert sum(expected.values()) >= 25
    with scripted_owner.app.store.read() as connection:
        kept = flags.sent_before(connection, scripted_owner.app.owner_id, NOW)
    known = Counter(flag.outcome for flag in kept if flag.kind == "lapse")
    # What is written down is as of the last report.
    as_written = scripted_owner.expected(NOW - 7 * DAY)
    assert known == Counter({(one or ""): number for one, number in as_written.items()})
