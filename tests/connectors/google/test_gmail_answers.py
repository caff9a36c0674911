"""Answers in a Gmail mailbox: what happens where the second look at a message goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from connectors.errors import Retriable
from connectors.google.gmail.connector import Gmail
from connectors.standin.world.mailbox import WorldMessage
from tests.support.google_client import ADA, Desk


def reader(desk: Desk, between: Callable[[], object]) -> Gmail:
    """A reader that lets something happen before it looks at a subject."""

    def reported() -> datetime:
        between()
        return desk.now - timedelta(days=1)

    context = replace(
        desk.context(), answers_since=reported, answer_in=lambda text: text.partition(" ")[2]
    )
    config = Gmail.Config.model_validate(
        {
            "id": "mine",
            "type": "gmail",
            "api_endpoint": desk.google.url,
            "credentials": desk.folder / "credentials.json",
            "units_per_minute": 100_000_000,
        }
    )
    return Gmail(config, context)


def to_oneself(desk: Desk, subject: str) -> WorldMessage:
    return desk.world.deliver(
        sender=ADA, to=(ADA,), labels=("SENT", "INBOX"), subject=subject, at=desk.now
    )


def test_an_answer_whose_subject_cannot_be_had_is_found_by_the_next_pull(desk: Desk) -> None:
    desk.pull(desk.gmail())
    to_oneself(desk, "Answer one")
    down = reader(desk, lambda: desk.google.faults.fail_next(99, path="/batch"))
    with pytest.raises(Retriable):
        desk.pull(down)
    desk.google.faults.clear()
    desk.pull(reader(desk, lambda: None))
    assert desk.ledger.answers.keys() == {"one"}


def test_mail_that_is_gone_before_its_subject_was_seen_answers_nothing(desk: Desk) -> None:
    desk.pull(desk.gmail())
    first, second = to_oneself(desk, "Answer one"), to_oneself(desk, "Answer two")
    gone = [first.id]
    desk.pull(reader(desk, lambda: [desk.world.delete(gone.pop())] if gone else None))
    assert desk.ledger.answers.keys() == {"two"}
    desk.pull(reader(desk, lambda: None))
    assert first.id not in desk.ledger.interactions
    assert second.id in desk.ledger.skipped
