"""Odd and real mail from a data folder that is not part of the product: skips without it.

The folder is named by BEFOREHAND_SHARED, else stands as `shared` beside the checkout.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any

import pytest

from connectors.addresses import OwnAddresses
from connectors.api import Batch, Context, Direction, Interaction, Skip
from connectors.mail.headers import interaction_from_headers
from connectors.mbox.connector import Mbox, MboxConfig
from connectors.testing import MemoryTokens, RecordingLog

NOW = datetime(2026, 1, 5, 6, tzinfo=UTC)
DATA = (
    Path(os.environ.get("BEFOREHAND_SHARED", Path(__file__).parents[3] / "shared")).expanduser()
    / "data"
)
CORPUS = DATA / "corpora" / "mail"
MAILBOXES = DATA / "mailboxes"
REASONS = {"no sender", "no recipient", "no usable date", "only the owner"}

needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="the mail corpus is not here")


def mails() -> list[Path]:
    return sorted(path for path in CORPUS.rglob("*") if path.is_file())


def listed() -> list[dict[str, Any]]:
    index = MAILBOXES / "index.json"
    return json.loads(index.read_text()) if index.is_file() else []


def mbox(path: Path, own: list[str]) -> Iterator[Batch]:
    context = Context(
        source="old",
        own=OwnAddresses(own),
        tokens=MemoryTokens(),
        now=lambda: NOW,
        log=RecordingLog(),
    )
    return Mbox(MboxConfig(id="old", type="mbox", path=str(path)), context).pull(None)


@needs_corpus
def test_every_odd_mail_is_read_or_skipped_with_a_reason() -> None:
    own = OwnAddresses(["ada@example.org"])
    outcomes: Counter[str] = Counter()
    for path in mails():
        parsed = BytesHeaderParser().parsebytes(path.read_bytes())
        fields = [(name, str(value)) for name, value in parsed.raw_items()]
        record = interaction_from_headers(fields, ref=path.name, own=own, now=NOW)
        if isinstance(record, Skip):
            assert record.reason in REASONS
            outcomes[record.reason] += 1
        else:
            assert record.at.utcoffset() == timedelta(0)
            outcomes["read"] += 1
    assert sum(outcomes.values()) == len(mails())
    assert outcomes["read"] >= 0.7 * len(mails()), outcomes


@needs_corpus
def test_every_odd_mail_is_met_again_in_one_mailbox(tmp_path: Path) -> None:
    path = tmp_path / "odd.mbox"
    blank_then_from = re.compile(rb"(?<=\n)(?=>*From )")
    with path.open("wb") as file:
        for number, mail in enumerate(mails()):
            # One line of our own to tell them apart, then the mail as it is, quoted as mbox asks.
            file.write(
                b"From bo@example.net Thu Jan  1 10:00:00 2026\nX-GM-MSGID: %d\n" % (number + 1)
            )
            file.write(blank_then_from.sub(b">", mail.read_bytes()) + b"\n\n")
    refs = [
        ref
        for batch in mbox(path, ["ada@example.org"])
        for ref in (*(one.ref for one in batch.interactions), *(one.ref for one in batch.skipped))
    ]
    assert sorted(refs) == sorted(format(n + 1, "x") for n in range(len(mails())))


@pytest.mark.skipif(not listed(), reason="the mailboxes are not here")
@pytest.mark.parametrize("mailbox", listed(), ids=lambda mailbox: mailbox["file"])
def test_a_real_mailbox_is_read_whole_and_the_right_way_round(mailbox: dict[str, Any]) -> None:
    own = OwnAddresses(mailbox["own_addresses"])
    batches = list(mbox(MAILBOXES / mailbox["file"], mailbox["own_addresses"]))
    items: dict[str, Interaction] = {i.ref: i for b in batches for i in b.interactions}
    skips = [skip for batch in batches for skip in batch.skipped]
    sent = sum(item.direction is Direction.OUT for item in items.values())
    # Some of the owner's mail went to nobody that its headers name.
    assert {skip.reason for skip in skips} <= {"no recipient"}
    assert sent + len(skips) == mailbox["sent"]
    assert len(items) - sent == mailbox["received"]
    assert len(skips) < 0.03 * mailbox["sent"]
    for item in items.values():
        assert item.at.year in range(1990, 2027)
        assert not any(party.address in own for party in item.participants)
        assert not item.bulk or item.direction is Direction.IN
