"""The header parser: a golden table of odd messages, and what holds for any."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.addresses import OwnAddresses, canonical
from connectors.api import Channel, Direction, Interaction, Role, Skip
from connectors.mail.address_list import LONGEST_NAME, clean_name, parse_address_list
from connectors.mail.automatic import BULK_EVIDENCE
from connectors.mail.dates import mail_date
from connectors.mail.headers import (
    WANTED,
    fingerprint,
    interaction_from_headers,
    message_id_hash,
)

OWN = OwnAddresses(["ada@example.org", "*@winter.example"])
DATE = ("Date", "Mon, 5 Jan 2026 10:00:00 +0000")
GOLDEN = json.loads((Path(__file__).parent / "golden" / "headers.json").read_text())


def read(case: dict[str, Any]) -> Interaction | Skip:
    fields = [(name, value) for name, value in case["fields"]]
    if not case.get("bare"):
        fields.append(DATE)
    moments = {key: datetime.fromisoformat(case[key]) for key in ("received", "now") if key in case}
    return interaction_from_headers(
        fields,
        ref="r1",
        own=OWN,
        thread=case.get("thread", ""),
        outbound=case.get("outbound"),
        evidence=case.get("evidence", ""),
        ignored_list_ids=frozenset(case.get("ignored", ())),
        received=moments.get("received"),
        now=moments.get("now"),
    )


def shown(record: Interaction | Skip) -> dict[str, object]:
    if isinstance(record, Skip):
        return {"skip": record.reason}
    return {
        "parties": [[p.address, p.role.value, p.name] for p in record.participants],
        "at": record.at.isoformat(),
        "direction": record.direction.value,
        "size": record.size,
        "direct": record.direct,
        "bulk": record.bulk,
        "uid": record.uid,
        "thread": record.thread,
    }


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["case"])
def test_the_golden_table_reads_as_it_says(case: dict[str, Any]) -> None:
    expected = dict(case["expect"])
    for key in ("uid", "thread"):
        if f"{key}_of" in expected:
            text = expected.pop(f"{key}_of")
            expected[key] = fingerprint(text) if text else ""
    record = read(case)
    assert record.ref == "r1"
    assert {key: shown(record).get(key) for key in expected} == expected


def test_a_message_is_mail_and_keeps_its_reference() -> None:
    record = read({"fields": [["From", "bo@example.net"], ["To", "ada@example.org"]]})
    assert isinstance(record, Interaction)
    assert record.channel is Channel.MAIL


def test_neither_subject_nor_body_is_asked_for() -> None:
    assert not {"subject", "snippet", "body", "comments", "keywords"} & {
        name.lower() for name in WANTED
    }


def test_the_same_message_id_gives_the_same_uid_however_it_is_written() -> None:
    assert (
        message_id_hash("<a1@example.net>")
        == message_id_hash(" <a1@example.net>\r\n")
        == message_id_hash("a1@example.net")
    )
    assert message_id_hash("<A1@example.net>") != message_id_hash("<a1@example.net>")
    assert message_id_hash(" ") == message_id_hash("<>") == ""


def test_a_message_id_is_not_readable_in_what_is_kept() -> None:
    record = read(
        {
            "fields": [
                ["From", "bo@example.net"],
                ["To", "ada@example.org"],
                ["Message-ID", "<bo.berg@x>"],
            ]
        }
    )
    assert "bo.berg" not in repr(record)


# What headers are made of, so that examples reach further than noise.
PIECES = st.sampled_from(
    [
        "Bo Berg", "<bo@example.net>", "ada@example.org", "<ADA@example.org>", ",", ";", ":", '"',
        "(", ")", "\\", "<", ">", "@", " ", "\r\n\t", "=?utf-8?Q?B=C3=B6?=", "=?utf-8?B?QsO2?=",
        "=?", "?=", "via Talk", "undisclosed-recipients:;", "bö@bücher.example", "\udcf6", "\ud800",
        "[192.0.2.1]", "Thu, 11 Nov 1999 10:54:37 +0100", "99999999", "-0000", "\u202e", "\0",
        "no-reply@example.net", "İ@example.net", "auto-replied", "bulk", "list",
        "mailer-daemon@a.example", "multipart/report; report-type=delivery-status",
    ]
)  # fmt: skip
VALUES = st.one_of(st.lists(PIECES, max_size=12).map("".join), st.text(max_size=60))
FIELDS = st.lists(
    st.tuples(st.one_of(st.sampled_from([*WANTED, "Received", "X-Other"]), st.text()), VALUES),
    max_size=12,
)
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))])
MOMENTS = st.one_of(st.none(), st.datetimes(), st.datetimes(timezones=ZONES))


@settings(max_examples=100)
@given(
    fields=FIELDS,
    received=MOMENTS,
    outbound=st.sampled_from([None, True, False]),
    evidence=st.text(max_size=80),
)
def test_any_headers_are_read_or_skipped(
    fields: list[tuple[str, str]],
    received: datetime | None,
    outbound: bool | None,  # noqa: FBT001 - hypothesis passes it by name
    evidence: str,
) -> None:
    record = interaction_from_headers(
        fields, ref="r1", own=OWN, received=received, outbound=outbound, evidence=evidence
    )
    if isinstance(record, Skip):
        assert record.reason in {
            "no sender", "no usable date", "no recipient", "only the owner",
        }  # fmt: skip
        return
    assert record.at.utcoffset() == timedelta(0)
    assert record.participants
    assert record.size == len(record.participants)
    for party in record.participants:
        assert canonical(party.address) == party.address
        assert party.address not in OWN
        assert party.name.isprintable() or "\u200c" in party.name or "\u200d" in party.name
        assert len(party.name) <= LONGEST_NAME
        party.name.encode()
    assert len({p.address for p in record.participants}) == len(record.participants)
    if any(party.role is Role.FAILED for party in record.participants):
        assert (record.bulk, record.direction) == ("bounce", Direction.IN)
        assert {party.role for party in record.participants} == {Role.FAILED}
    assert record.bulk in {"", *BULK_EVIDENCE, evidence[:64]}


@settings(max_examples=100)
@given(
    people=st.lists(
        st.tuples(
            st.text(
                st.characters(categories=["L", "N"], include_characters=' ,;:<>()."@'), max_size=30
            ),
            st.from_regex(r"[a-z0-9]{1,8}([._-][a-z0-9]{1,8})?", fullmatch=True),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_whatever_the_library_writes_is_read_back(people: list[tuple[str, str]]) -> None:
    value = ", ".join(formataddr((name, f"{local}@example.net")) for name, local in people)
    found = parse_address_list(value)
    assert [box.address for box in found] == [f"{local}@example.net" for _, local in people]
    assert [box.name for box in found] == [clean_name(name) for name, _ in people]


@settings(max_examples=100)
@given(
    st.datetimes(
        datetime(1971, 1, 2), datetime(2190, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9, minutes=-30))]),
    )
)  # fmt: skip
def test_whatever_date_the_library_writes_is_read_back(moment: datetime) -> None:
    assert mail_date(format_datetime(moment)) == moment.replace(microsecond=0)


@pytest.mark.parametrize(
    "evil",
    ['"', "(", "<", " ", "@", "=?", "=?a?q?", '["', '"\\', "a@b,", "a . ", "(\\", "\n ", '"a@b>'],
)
def test_a_hostile_header_is_read_in_linear_time(evil: str) -> None:
    long = evil * (100_000 // len(evil))
    began = time.thread_time()
    read({"fields": [["From", long], ["To", long], ["Date", long], ["References", long]]})
    # Work takes a tenth of a second, and minutes where it grows as the square of the length.
    assert time.thread_time() - began < 20


def test_a_message_to_thousands_is_read_whole() -> None:
    crowd = ", ".join(f"Guest {n} <guest{n}@example.net>" for n in range(5000))
    record = read({"fields": [["From", "bo@example.net"], ["To", crowd]]})
    assert isinstance(record, Interaction)
    assert record.size == 5001
    assert not record.direct
