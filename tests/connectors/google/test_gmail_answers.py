"""Answers in a Gmail mailbox, where the request for their subject goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from connectors.errors import Retriable
from connectors.google.gmail.connector import Gmail
from connectors.standin.world.mailbox import WorldMessage
from tests.support.google_client import ADA, GoogleClient


def connector(client: GoogleClient, meanwhile: Callable[[], object]) -> Gmail:
    """Return a connector that calls `meanwhile` before it reads a subject."""

    def reported() -> datetime:
        meanwhile()
        return client.now - timedelta(days=1)

    context = replace(
        client.context(), answers_since=reported, answer_in=lambda text: text.partition(" ")[2]
    )
    config = Gmail.Config.model_validate(
        {
            "id": "mine",
            "type": "gmail",
            "api_endpoint": client.server.url,
            "credentials": client.folder / "credentials.json",
            "units_per_minute": 100_000_000,
        }
    )
    return Gmail(config, context)


def send_to_oneself(client: GoogleClient, subject: str) -> WorldMessage:
    return client.world.deliver(
        sender=ADA, to=(ADA,), labels=("SENT", "INBOX"), subject=subject, at=client.now
    )


def test_an_answer_whose_subject_cannot_be_had_is_found_by_the_next_pull(
    client: GoogleClient,
) -> None:
    client.pull(client.gmail())
    send_to_oneself(client, "Answer one")
    down = connector(client, lambda: client.server.faults.fail_next(99, path="/batch"))
    with pytest.raises(Retriable):
        client.pull(down)
    client.server.faults.clear()
    client.pull(connector(client, lambda: None))
    assert client.stored.answers.keys() == {"one"}


def test_mail_that_is_gone_before_its_subject_was_seen_answers_nothing(
    client: GoogleClient,
) -> None:
    client.pull(client.gmail())
    first, second = send_to_oneself(client, "Answer one"), send_to_oneself(client, "Answer two")
    gone = [first.id]
    client.pull(connector(client, lambda: [client.world.delete(gone.pop())] if gone else None))
    assert client.stored.answers.keys() == {"two"}
    client.pull(connector(client, lambda: None))
    assert first.id not in client.stored.interactions
    assert second.id in client.stored.skipped
