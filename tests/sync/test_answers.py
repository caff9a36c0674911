"""Answers and reports met, in the store: kept with their batch, settled once, told once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.api import Answer, Batch
from connectors.mail.headers import message_id_hash
from sync.store import answers, favours, flags, ingest, reports
from sync.store.answers import FlagAnswer, Outcome
from sync.store.favours import Favour
from sync.store.flags import NewFlag, ReportState
from sync.store.models import answer, flag, source
from sync.store.rows import SourceRow
from sync.store.session import Store
from tests.support.memory_source import NOW, MemoryMailbox, owner
from tests.support.sample_people import find, forget, merge

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PERIOD, NAME = "2026-W48", "<beforehand.1@example.org>"


def mailbox(store: Store, owner_id: int, key: str = "box") -> SourceRow:
    with store.write() as connection:
        row = sa.insert(source).values(owner_id=owner_id, key=key, type="memory")
        return SourceRow(
            connection.execute(row.returning(source.c.id)).scalar_one(), owner_id, "salt"
        )


def bring(store: Store, row: SourceRow, *found: Answer, **more: Any) -> None:  # noqa: ANN401 - a batch's fields
    with store.write() as connection:
        ingest.apply(connection, row, Batch(cursor="c", answers=found, **more), now=NOW)


def send(store: Store, owner_id: int, *flags: NewFlag, name: str = NAME) -> int:
    with store.write() as connection:
        number = reports.claim(connection, owner_id, PERIOD, name, NOW - 2 * DAY, flags=flags)
        assert number is not None
        return number


def waiting(store: Store, owner_id: int) -> list[tuple[str, Any]]:
    with store.read() as connection:
        return [(one.token, one.at) for one in answers.pending(connection, owner_id)]


def test_an_answer_is_kept_once_with_the_time_at_which_it_was_first_found(
    store: Store, ada: int
) -> None:
    row, other = mailbox(store, ada), mailbox(store, ada, "archive")
    bring(store, row, Answer("two", NOW), Answer("one", NOW - DAY))
    bring(store, other, Answer("two", NOW - 2 * DAY), Answer("", NOW), Answer("x" * 129, NOW))
    bring(store, other, Answer("cli:0", NOW))  # that is how commands are kept
    assert waiting(store, ada) == [("one", NOW - DAY), ("two", NOW)]
    eve = owner(store, "eve")
    bring(store, mailbox(store, eve), Answer("two", NOW))
    assert waiting(store, eve) == [("two", NOW)]
    assert len(waiting(store, ada)) == 2


def test_an_answer_is_kept_with_its_batch_or_not_at_all(store: Store, ada: int) -> None:
    row = mailbox(store, ada)

    def half() -> None:
        with store.write() as connection:
            batch = Batch(cursor="c", answers=(Answer("one", NOW),))
            ingest.apply(connection, row, batch, now=NOW)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    assert waiting(store, ada) == []


def test_an_answer_is_settled_by_one_of_two_who_try(store: Store, ada: int) -> None:
    bring(store, mailbox(store, ada), Answer("one", NOW))
    with store.write() as connection:
        [one] = answers.pending(connection, ada)
        assert answers.settle(connection, one.id, Outcome.TAKEN, NOW, verb="met")
        assert not answers.settle(connection, one.id, Outcome.REFUSED, NOW)
        assert connection.scalars(sa.select(answer.c.outcome)).all() == ["taken"]


def test_a_report_met_is_noted_once_and_for_its_owner_alone(store: Store, ada: int) -> None:
    eve = owner(store, "eve")
    number, hers = send(store, ada), send(store, eve)
    row = mailbox(store, ada)
    bring(store, row, reports=(message_id_hash("<other@example.org>"),))
    bring(store, row, reports=(message_id_hash(NAME),))
    with store.write() as connection:
        ingest.apply(
            connection,
            row,
            Batch(cursor="c", reports=(message_id_hash(NAME),)),
            now=NOW + DAY,
        )
        [one] = reports.of_owner(connection, ada)
        [other] = reports.of_owner(connection, eve)
    assert (one.id, one.seen_at, one.state) == (number, NOW, ReportState.CLAIMED)
    assert (other.id, other.seen_at) == (hers, None)


def test_there_may_be_answers_from_the_first_report_on(store: Store, ada: int) -> None:
    with store.read() as connection:
        assert answers.since(connection, ada) is None
    send(store, ada)
    with store.write() as connection:
        reports.claim(connection, ada, "2026-W49", "<2@example.org>", NOW)
    with store.read() as connection:
        first = answers.since(connection, ada)
        assert answers.since(connection, owner(store, "eve")) is None
    assert first is not None
    assert NOW - 2 * DAY - HOUR <= first <= NOW - 2 * DAY


def test_an_answer_to_a_flag_that_a_merge_made_one_with_another_is_not_taken_again(
    store: Store, ada: int, sample_people: MemoryMailbox
) -> None:
    assert sample_people.entries
    bo, cy = find(store, ada, "bo@example.net"), find(store, ada, "cy@example.com")
    send(store, ada, NewFlag(bo.id, "lapse", 0.5), NewFlag(cy.id, "lapse", 0.5))
    row = mailbox(store, ada)
    bring(store, row, Answer("about-cy", NOW))
    with store.write() as connection:
        meant = flags.meant(connection, ada, PERIOD, cy.id, "lapse")
        assert meant is not None
        [one] = answers.pending(connection, ada)
        answers.settle(connection, one.id, Outcome.TAKEN, NOW, verb="met", flag_id=meant[0])
        assert answers.of_flags(connection, ada) == [FlagAnswer(meant[0], "met", NOW)]
    merge(store, ada, "bo@example.net", "cy@example.com")
    bring(store, row, Answer("about-cy", NOW))
    assert waiting(store, ada) == []
    with store.write() as connection:
        now = flags.meant(connection, ada, PERIOD, cy.id, "lapse")
        assert now is not None
        assert now[1] == bo.id
        assert connection.scalars(sa.select(sa.func.count()).select_from(flag)).one() == 1
    forget(store, ada, "bo@example.net")
    bring(store, row, Answer("about-cy", NOW))
    assert waiting(store, ada) == []
    with store.write() as connection:
        assert flags.meant(connection, ada, PERIOD, cy.id, "lapse") is None
        assert flags.meant(connection, ada, PERIOD, bo.id, "lapse") is None


def test_no_answer_reaches_into_the_reports_or_people_of_another_owner(
    store: Store, ada: int, sample_people: MemoryMailbox
) -> None:
    assert sample_people.entries
    bo = find(store, ada, "bo@example.net")
    send(store, ada, NewFlag(bo.id, "lapse", 0.5))
    eve = owner(store, "eve")
    with store.write() as connection:
        assert flags.meant(connection, eve, PERIOD, bo.id, "lapse") is None
    send(store, eve)
    with store.write() as connection:
        assert flags.meant(connection, eve, PERIOD, bo.id, "lapse") is None
        assert flags.latest_open(connection, eve, bo.id, NOW - 60 * DAY) is None
        assert flags.latest_open(connection, ada, bo.id, NOW - 60 * DAY) is not None


def test_a_command_is_traced_at_a_flag_until_it_is_taken_back(
    store: Store, ada: int, sample_people: MemoryMailbox
) -> None:
    assert sample_people.entries
    bo = find(store, ada, "bo@example.net")
    send(store, ada, NewFlag(bo.id, "lapse", 0.5))
    with store.write() as connection:
        number = flags.latest_open(connection, ada, bo.id, NOW - 60 * DAY)
        assert number is not None
        for verb in ("snooze", "met", "met"):
            answers.by_command(connection, ada, verb, NOW, number)
        answers.take_back(connection, ada, "met", number)
        found = [one.verb for one in answers.of_flags(connection, ada)]
        assert found == ["snooze", "met"]
        assert answers.unconfirmed(connection, ada) == []
        assert answers.pending(connection, ada) == []
        connection.execute(sa.update(flag).values(outcome="snoozed"))
        assert flags.latest_open(connection, ada, bo.id, NOW - 60 * DAY) is None


def test_favours_are_counted_within_a_span_and_taken_back(store: Store, ada: int) -> None:
    with store.write() as connection:
        for days in (0, 1, 400):
            favours.add(connection, ada, Favour.HELPED, NOW - days * DAY)
        favours.add(connection, ada, Favour.ASKED, NOW)
        year = NOW - 365 * DAY
        found = favours.balance(connection, ada, year, NOW)
        assert found == {Favour.HELPED: 2, Favour.ASKED: 1}
        assert favours.take_back(connection, ada, Favour.HELPED, NOW - HOUR, NOW + HOUR)
        assert not favours.take_back(connection, ada, Favour.HELPED, NOW - HOUR, NOW + HOUR)
        found = favours.balance(connection, ada, year, NOW)
        assert found == {Favour.HELPED: 1, Favour.ASKED: 1}
