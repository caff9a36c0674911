"""What is due, claimed by one only; reports that are sent once, and the flags they carried."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest

from sync.store import agenda, flags, people, reports
from sync.store.agenda import Due
from sync.store.flags import NewFlag, ReportState
from sync.store.reports import SentReport
from sync.store.session import Store
from tests.support.memory_source import NOW, MemoryMailbox, owner, sync
from tests.support.timeouts import LONG_SECONDS

HOUR = timedelta(hours=1)


def plan(store: Store, ada: int, job: str = "report") -> Due:
    with store.write() as connection:
        agenda.plan(connection, ada, job, NOW)
        return agenda.agenda(connection, ada)[job]


def known_reports(store: Store, ada: int) -> list[SentReport]:
    with store.read() as connection:
        return reports.of_owner(connection, ada)


def claim(
    store: Store, ada: int, *, at: timedelta = timedelta(0), name: str = "<1@x>"
) -> int | None:
    with store.write() as connection:
        return reports.claim(connection, ada, "2026-W48", name, NOW + at)


def test_a_job_is_planned_once_and_dropped(store: Store, ada: int) -> None:
    plan(store, ada)
    with store.write() as connection:
        agenda.plan(connection, ada, "report", NOW + HOUR)
        agenda.plan(connection, ada, "sync:mail", NOW)
    with store.write() as connection:
        assert agenda.agenda(connection, ada) == {
            "report": Due("report", NOW, 0),
            "sync:mail": Due("sync:mail", NOW, 0),
        }
        agenda.drop(connection, ada, ["sync:mail", "never there"])
        assert set(agenda.agenda(connection, ada)) == {"report"}


def test_a_due_job_is_claimed_by_one_only(store: Store, ada: int) -> None:
    due = plan(store, ada)
    with store.write() as connection:
        assert agenda.claim(connection, ada, due, NOW + HOUR)
    with store.write() as connection:
        assert not agenda.claim(connection, ada, due, NOW + HOUR)
        assert agenda.agenda(connection, ada)["report"].at == NOW + HOUR


def test_of_many_who_claim_at_the_same_moment_one_wins(store: Store, ada: int) -> None:
    due = plan(store, ada)
    start, jobs, reports_claimed = Barrier(4), [], []

    def work() -> None:
        start.wait(timeout=LONG_SECONDS)
        with store.write() as connection:
            jobs.append(agenda.claim(connection, ada, due, NOW + HOUR))
        with store.write() as connection:
            agenda.plan(connection, ada, "sync:mail", NOW)
        reports_claimed.append(claim(store, ada))

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=LONG_SECONDS)
    assert sorted(jobs) == [False, False, False, True]
    assert len(reports_claimed) == 4
    assert sum(number is not None for number in reports_claimed) == 1


def test_a_settled_job_is_due_when_said_with_its_failures(store: Store, ada: int) -> None:
    plan(store, ada)
    with store.write() as connection:
        agenda.settle(connection, ada, "report", at=NOW + 2 * HOUR, failures=3)
        assert agenda.agenda(connection, ada)["report"] == Due("report", NOW + 2 * HOUR, 3)


def test_a_report_is_claimed_then_sent_and_never_again(store: Store, ada: int) -> None:
    number = claim(store, ada)
    assert number is not None
    [one] = known_reports(store, ada)
    assert (one.state, one.message_id, one.tries, one.sent_at) == (
        ReportState.CLAIMED,
        "<1@x>",
        1,
        None,
    )
    assert claim(store, ada) is None, "somebody is sending it"
    with store.write() as connection:
        reports.mark_sent(connection, number, NOW + HOUR)
    [one] = known_reports(store, ada)
    assert (one.state, one.sent_at) == (ReportState.SENT, NOW + HOUR)
    assert claim(store, ada, at=30 * HOUR) is None


def test_a_report_that_failed_is_claimed_again_under_the_same_message_id(
    store: Store, ada: int
) -> None:
    number = claim(store, ada)
    assert number is not None
    with store.write() as connection:
        reports.mark_failed(connection, number, "the mail server said no")
    [one] = known_reports(store, ada)
    assert (one.state, one.trouble) == (ReportState.FAILED, "the mail server said no")
    assert claim(store, ada, name="<2@x>") == number
    [one] = known_reports(store, ada)
    assert (one.state, one.message_id, one.tries) == (ReportState.CLAIMED, "<1@x>", 2)
    with store.write() as connection:
        reports.mark_sent(connection, number, NOW)
    assert known_reports(store, ada)[0].trouble == ""


@pytest.mark.parametrize(
    ("age", "again"),
    [(reports.STALE_CLAIM - timedelta(seconds=1), False), (reports.STALE_CLAIM, True)],
)
def test_a_claim_whose_sender_died_is_taken_over_once_it_is_stale(
    store: Store, ada: int, age: timedelta, *, again: bool
) -> None:
    number = claim(store, ada)
    assert claim(store, ada, at=age) == (number if again else None)
    if again:
        assert claim(store, ada, at=age) is None, "it is fresh again"


def test_each_owner_has_reports_of_their_own(store: Store, ada: int) -> None:
    eve = owner(store, "eve")
    assert claim(store, ada) is not None
    assert claim(store, eve) is not None


def test_flags_are_recorded_with_the_report_and_found_by_kind_and_time(
    store: Store, ada: int, mailbox: MemoryMailbox
) -> None:
    sync(store, ada, mailbox)
    with store.read() as connection:
        bo = people.find(connection, ada, "bo@example.net").id
        cy = people.find(connection, ada, "cy@example.com").id
    for week, flagged in enumerate(
        [
            [NewFlag(bo, "lapse", 0.75), NewFlag(cy, "reply", None)],
            [NewFlag(bo, "lapse", 0.5), NewFlag(bo, "reply", None)],
        ]
    ):
        at = NOW + timedelta(weeks=week)
        with store.write() as connection:
            number = reports.claim(
                connection, ada, f"2026-W{week}", f"<{week}@x>", at, flags=flagged
            )
            assert number is not None
            reports.mark_sent(connection, number, at)
    with store.read() as connection:
        later = NOW + timedelta(weeks=1)
        assert flags.flagged_since(connection, ada, "lapse", NOW) == {bo: later}
        assert flags.flagged_since(connection, ada, "reply", NOW) == {bo: later, cy: NOW}
        assert flags.flagged_since(connection, ada, "reply", later) == {bo: later}
        assert flags.flagged_since(connection, ada, "lapse", later + HOUR) == {}
