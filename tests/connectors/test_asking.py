"""How a connector asks the owner, and what becomes of it where nobody is there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.addresses import OwnAddresses
from connectors.api import Context, Prompt, no_prompt
from connectors.errors import AuthRequired
from connectors.testing import MemoryTokens, RecordingLog


def context(prompt: Prompt = no_prompt) -> Context:
    return Context(
        source="post",
        own=OwnAddresses(()),
        tokens=MemoryTokens(),
        now=lambda: datetime(2026, 1, 5, tzinfo=UTC),
        log=RecordingLog(),
        prompt=prompt,
    )


@pytest.mark.parametrize("secret", [False, True])
def test_the_owner_is_asked_openly_or_for_a_secret(secret: bool) -> None:  # noqa: FBT001 - a case
    questions: list[tuple[str, bool]] = []

    def prompt(question: str, /, *, secret: bool) -> str:
        questions.append((question, secret))
        return "tulip"

    assert context(prompt).ask("Password of ada", secret=secret) == "tulip"
    assert questions == [("Password of ada", secret)]


def test_where_nobody_is_there_the_source_needs_authorisation_and_says_how_to_give_it() -> None:
    with pytest.raises(AuthRequired) as refused:
        context().ask("Password of ada", secret=True)
    assert str(refused.value) == (
        "Password of ada: nobody is here to ask; run `beforehand auth post` in a terminal"
    )
    assert refused.value.__cause__ is None
