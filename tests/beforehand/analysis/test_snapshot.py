"""The snapshot of a network: who is held back and why, and nothing that came later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from beforehand import work
from beforehand.analysis.facts import withheld_reason
from beforehand.analysis.snapshot import Snapshot, open_snapshot
from beforehand.app import App
from sync.bulk import Override
from sync.store import people, reports
from sync.store.flags import NewFlag
from tests.support.owner import NOW, InstallConnector, OpenApp
from tests.support.snapshots import signals_of, snapshot

DAY = timedelta(days=1)

# Meetings ahead: (who, in how many days, people besides the owner).
DIARY = """
import json
from datetime import datetime, timedelta
from connectors.api import *

class Diary:
    name = "diary"
    channels = frozenset({Channel.MEETING})
    class Config(SourceConfig):
        meetings: tuple[tuple[str, str, int], ...]
    def __init__(self, config, context): self.config = config
    def check(self): return "a diary"
    def pull(self, cursor):
        yield Batch(cursor="1", begins=True, covers=Window(), interactions=tuple(
            Interaction(ref=str(n), at=datetime.fromisoformat(at), channel=Channel.MEETING,
                direction=Direction.MUTUAL, size=size,
                participants=(Participant(who, Role.ATTENDEE),))
            for n, (who, at, size) in enumerate(self.config.meetings)))
"""


@pytest.fixture
def app(opened: OpenApp) -> Iterator[App]:
    """Ada's house, her mail read."""
    with opened() as found:
        work.sync_source(found, found.config.source("mail"))
        yield found


def held(found: Snapshot) -> dict[str, str | None]:
    return {
        found.people[number].name: withheld_reason(found, number) for number in found.suppressed
    }


def named(found: Snapshot) -> list[str]:
    return [found.people[one.key].name for one in found.select(5).flags]


def waiting(app: App, at: datetime | None = None) -> list[str]:
    """Who waits for a reply and is to be put before the owner."""
    with signals_of(app, at) as found:
        return [found.snapshot.people[one.key].name for one in found.replies()]


def flag(app: App, who: str, kind: str, at: datetime) -> None:
    with app.store.write() as connection:
        person = people.find(connection, app.owner_id, who)
        number = reports.claim(
            connection,
            app.owner_id,
            f"{at:%G-W%V}",
            "<x@y.z>",
            at,
            flags=[NewFlag(person.id, kind, None)],
        )
        assert number is not None
        reports.mark_sent(connection, number, at)


def test_people_are_those_the_owner_wrote_to(app: App) -> None:
    found = snapshot(app)
    known = {found.people[one.key].name for one in found.judgements}
    assert known == {"Bo Lindgren", "Cleo Marsh", "Dai Okafor", "Boris Rask"}


@pytest.mark.usefixtures("clock")
def test_whoever_is_snoozed_is_held_and_not_asked_for_a_reply(app: App) -> None:
    with app.store.write() as connection:
        for who in ("bo@example.net", "dai@example.net"):
            person = people.find(connection, app.owner_id, who)
            people.snooze(connection, person, NOW + 30 * DAY)
    found = snapshot(app)
    assert held(found)["Bo Lindgren"] == "snoozed until 23 Dec 2026"
    assert named(found) == []
    assert waiting(app) == []
    later = snapshot(app, NOW + 31 * DAY)
    assert held(later) == {}


def test_whoever_is_ignored_is_nobody(app: App) -> None:
    with app.store.write() as connection:
        for who in ("bo@example.net", "dai@example.net"):
            person = people.find(connection, app.owner_id, who)
            people.set_override(connection, person, Override.IGNORE)
    found = snapshot(app)
    assert named(found) == []
    assert waiting(app) == []


def test_whoever_was_named_lately_is_held_for_three_weeks(app: App) -> None:
    flag(app, "bo@example.net", "lapse", NOW - 20 * DAY)
    assert held(snapshot(app)) == {"Bo Lindgren": "in your report of 3 Nov"}
    assert named(snapshot(app, NOW + 2 * DAY)) == ["Bo Lindgren"]


def test_a_look_into_the_past_knows_no_later_flag_and_no_later_mail(app: App) -> None:
    flag(app, "bo@example.net", "lapse", NOW)
    flag(app, "dai@example.net", "reply", NOW + 7 * DAY)
    assert waiting(app, NOW) == ["Dai Okafor"]
    assert held(snapshot(app, NOW - DAY)) == {}
    assert len(snapshot(app, NOW - 400 * DAY).judgements) == 0


def test_a_reply_owed_is_not_asked_for_twice(app: App) -> None:
    assert waiting(app) == ["Dai Okafor"]
    flag(app, "dai@example.net", "reply", NOW - DAY)
    assert waiting(app) == []


def meetings(*planned: tuple[str, datetime, int]) -> str:
    rows = ", ".join(f'["{who}", "{at.isoformat()}", {size}]' for who, at, size in planned)
    return f'[[sources]]\nid = "diary"\ntype = "diary"\nmeetings = [{rows}]\n'


@pytest.mark.parametrize(
    ("ahead", "size", "reason"),
    [
        (DAY * 3, 1, "you meet on 26 Nov"),
        (timedelta(days=3, hours=18), 1, "you meet on 27 Nov"),  # 23:30 in UTC, past midnight here
        (DAY * 31, 1, None),  # too far off to wait for
        (DAY * 3, 60, None),  # a hall full of people is no meeting of two
    ],
)
def test_whoever_is_met_soon_in_a_small_circle_is_held(
    opened: OpenApp,
    install_connector: InstallConnector,
    ahead: timedelta,
    size: int,
    reason: str | None,
) -> None:
    install_connector("diary", "diary_code:Diary", DIARY)
    with opened(meetings(("bo@example.net", NOW + ahead, size))) as app:
        for source in app.config.sources:
            assert work.sync_source(app, source).trouble == ""
        found = snapshot(app)
        assert held(found).get("Bo Lindgren") == reason
        assert named(found) == ([] if reason else ["Bo Lindgren"])


@pytest.mark.usefixtures("home")
def test_somebody_is_written_to_where_they_were_last_heard_of(app: App) -> None:
    with app.store.write() as connection:
        kept = people.find(connection, app.owner_id, "boris@example.com")
        other = people.find(connection, app.owner_id, "cleo@example.com")
        people.merge_people(connection, app.owner_id, kept, other, NOW)
    found = snapshot(app)
    assert found.address(kept.id) == "cleo@example.com"


def test_contact_is_read_of_people_given_as_numpy_numbers(app: App) -> None:
    with open_snapshot(app) as taken:
        plain = taken.reader.contact(taken.humans.tolist())
        numbers = taken.reader.contact(list(taken.humans))
    assert len(plain) > 0
    assert numbers.at.tolist() == plain.at.tolist()
