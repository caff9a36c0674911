"""The mbox connector: the contract, the file format, growing and broken files, Takeout."""

from __future__ import annotations

import gzip
import os
import tracemalloc
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.addresses import OwnAddresses
from connectors.api import Batch, Connector, Context, Direction, Interaction, Skip
from connectors.errors import ConfigError, Fatal
from connectors.mbox.connector import Mbox, MboxConfig
from connectors.mbox.file import Bookmark, Message, Messages, Stream
from connectors.mbox.takeout import hexadecimal, read_labels
from connectors.testing import ConnectorContract, MemoryStore, MemoryTokens, RecordingLog

NOW = datetime(2026, 1, 5, 6, tzinfo=UTC)
POSTMARK = "From bo@example.net Thu Jan  1 10:00:00 2026"


def message(
    *lines: str, number: int = 1, body: str = "A secret.", postmark: str = POSTMARK
) -> bytes:
    """One message as a mail program appends it."""
    names = {line.partition(":")[0].lower() for line in lines}
    usual = (
        f"From: Bo Berg <bo{number}@example.net>",
        "To: Ada <ada@example.org>",
        f"Date: {(datetime(2025, 1, 1) + timedelta(hours=number)):%d %b %Y %H:%M:%S} +0000",  # noqa: DTZ001 - the zone is written behind it
        f"Message-ID: <m{number}@example.net>",
        "Subject: a hidden matter",
    )
    head = [*lines, *(line for line in usual if line.partition(":")[0].lower() not in names)]
    return "\n".join((postmark, *head, "", body, "", "")).encode()


def many(count: int, start: int = 1) -> bytes:
    return b"".join(
        message(number=n, body="A secret.\n\n>From here on\n\nFrom now on, hidden.")
        for n in range(start, start + count)
    )


def context(ledger: MemoryStore | None = None) -> Context:
    return Context(
        source="old",
        own=OwnAddresses(["ada@example.org"]),
        tokens=MemoryTokens(),
        now=lambda: NOW,
        log=RecordingLog(),
        known=(ledger or MemoryStore()).known,
    )


def mbox(path: Path | str) -> Mbox:
    return Mbox(MboxConfig(id="old", type="mbox", path=str(path)), context())


def pull(path: Path | str, ledger: MemoryStore) -> list[Batch]:
    batches = []
    for batch in mbox(path).pull(ledger.cursor):
        ledger.apply(batch)
        batches.append(batch)
    return batches


def read(path: Path, content: bytes) -> list[Interaction | Skip]:
    path.write_bytes(content)
    return [r for b in mbox(path).pull(None) for r in (*b.interactions, *b.skipped)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "All mail.mbox"


class TestMboxContract(ConnectorContract):
    """A mailbox of three batches, with what is passed over and what stands twice."""

    forbidden_words = ("secret", "hidden")
    fewest_batches = 3
    sent = False
    added = 0

    @pytest.fixture(autouse=True)
    def mailbox(self, path: Path) -> None:
        self.path = path
        self._write(
            many(600)
            + message("X-Gmail-Labels: Trash", number=601)
            + message("From: ada@example.org", "To: cy@example.com", number=602)
            + message("From: nobody", number=603)
            + many(10)
            + many(440, start=610)
        )

    def _write(self, content: bytes) -> None:
        self.path.write_bytes(content)
        self.as_written = self._state()

    def _state(self) -> tuple[str, int]:
        return sha256(self.path.read_bytes()).hexdigest(), self.path.stat().st_mtime_ns

    def make(self) -> Callable[[Context], Connector]:
        config = MboxConfig(id="old", type="mbox", path=str(self.path), sent=self.sent)
        return lambda context: Mbox(config, context)

    def add(self, *lines: str) -> None:
        """Append a message with these lines in its head, written on New Year's Day."""
        self.added += 1
        usual = ("From: ada@example.org", "To: ada@example.org", "Date: 1 Jan 2026 09:00:00 +0000")
        self._append(message(*usual, *lines, number=8000 + self.added))

    def _append(self, content: bytes) -> None:
        self._write(self.path.read_bytes() + content)

    def file(self) -> Path:
        return self.path

    def receive_forged(self, subject: str) -> None:
        self.add(f"Subject: {subject}")

    def receive_report(self, message_id: str) -> None:
        self.add(f"List-Id: Weekly <{self.report_list}>", f"Message-ID: {message_id}")

    def expire_cursor(self, cursor: str) -> str:
        return cursor.replace(":", ";")

    def add_interaction(self) -> None:
        self._append(message(number=9000))

    def writes(self) -> list[str]:
        return [] if self._state() == self.as_written else ["the file was changed"]


class TestPackedMboxContract(TestMboxContract):
    """The same, compressed; what is added stands in a gzip member of its own."""

    def _write(self, content: bytes) -> None:
        super()._write(gzip.compress(content, mtime=0))

    def _append(self, content: bytes) -> None:
        self.path.write_bytes(self.path.read_bytes() + gzip.compress(content, mtime=0))


class TestSentMboxContract(TestMboxContract):
    """A folder of which the owner says that it is their sent mail."""

    sent = True

    def add_interaction(self) -> None:
        self._append(message("From: ada@example.org", "To: cy@example.com", number=9000))

    def receive_forged(self, subject: str) -> None:
        pytest.skip(f"nobody else puts {subject!r} into the owner's sent mail")

    def send_to_oneself(self, subject: str) -> None:
        self.add(f"Subject: {subject}")


class TestTakeoutOfSentMailContract(TestMboxContract):
    """An archive in which Google's label tells what was sent."""

    def send_to_oneself(self, subject: str) -> None:
        self.add(f"Subject: {subject}", "X-Gmail-Labels: Inbox,Gesendet")


# The format


def test_a_message_begins_only_at_a_postmark_after_a_blank_line(path: Path) -> None:
    body = """\
>From bo@example.net Thu Jan  1 10:00:00 2026
From bo@example.net Thu Jan  1 10:00:00 2026

From January on, at 10:00, all is new in 2026

From bo@example.net
From: eve@example.com"""
    records = read(path, message(number=1, body=body) + message(number=2))
    assert [r.participants[0].address for r in records if isinstance(r, Interaction)] == [
        "bo1@example.net",
        "bo2@example.net",
    ]
    assert len(records) == 2


@pytest.mark.parametrize(
    "postmark",
    [
        "From bo@example.net Thu Jan  1 10:00:00 2026",
        "From 1574390855458927123@xxx Thu Jan 01 10:00:00 +0000 2026",
        "From - Thu Jan 01 10:00:00 2026",
        "From bo at example.net  Thu Jan  1 10:00:00 2026",
        "From MAILER-DAEMON Thu Jan  1 10:00 2026",
        "From bo@example.net Thu Jan  1 10:00:00 CET 2026 remote from relay",
        "From bo@example.net Thu, 01 Jan 2026 10:00:00 +0000",
        "From ???@??? Thu Jan 01 10:00:00 2026",
    ],
)
def test_postmarks_of_many_programs_are_known(path: Path, postmark: str) -> None:
    records = read(path, message(number=1) + message(number=2, postmark=postmark))
    assert len(records) == 2
    assert all(isinstance(record, Interaction) for record in records)


def test_crlf_line_ends_read_the_same(path: Path) -> None:
    content = many(3) + message("To: Ada\n <ada@example.org>", number=4)
    assert read(path, content.replace(b"\n", b"\r\n")) == read(path, content)


def test_a_mark_of_byte_order_and_blank_lines_may_stand_first(path: Path) -> None:
    assert read(path, b"\xef\xbb\xbf\r\n\n" + many(2)) == read(path, many(2))


def test_the_postmark_dates_a_message_that_does_not_say(path: Path) -> None:
    [record] = read(path, message("Date: soon"))
    assert isinstance(record, Interaction)
    assert record.at == datetime(2026, 1, 1, 10, tzinfo=UTC)


def test_the_topmost_received_header_outranks_the_postmark(path: Path) -> None:
    relays = (
        "Received: from a\n\tby b; Wed, 31 Dec 2025 09:00:00 +0000",
        "Received: from c by d; Tue, 30 Dec 2025 09:00:00 +0000",
    )
    [record] = read(path, message(*relays, "Date: soon"))
    assert isinstance(record, Interaction)
    assert record.at == datetime(2025, 12, 31, 9, tzinfo=UTC)


def test_a_message_without_an_id_is_known_again_by_its_headers(path: Path) -> None:
    first, second = read(path, message("Message-ID: ", number=1) + message("Message-ID:", number=2))
    assert first.ref != second.ref
    assert [r.ref for r in read(path, message("Message-ID: ", number=2))] == [second.ref]


def test_a_message_that_stands_twice_is_carried_once(path: Path) -> None:
    path.write_bytes(many(5) + many(5))
    [batch] = mbox(path).pull(None)
    assert len(batch.interactions) == 5


def test_what_thunderbird_deleted_but_did_not_yet_remove_is_passed_over(path: Path) -> None:
    records = read(
        path,
        message("X-Mozilla-Status: 0009")
        + message("X-Mozilla-Status: 0001", number=2)
        + message("X-Mozilla-Status: what", number=3),
    )
    assert [r.reason for r in records if isinstance(r, Skip)] == ["marked as deleted"]
    assert len(records) == 3


def test_a_huge_mailbox_is_read_in_little_memory(path: Path) -> None:
    with path.open("wb") as file:
        for number in range(8):
            file.write(message(number=number, body="secret words\n" * 400_000))
    mbox(path).check()  # what is imported or cached once is not counted
    tracemalloc.start()
    try:
        [batch] = mbox(path).pull(None)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(batch.interactions) == 8
    assert path.stat().st_size > 40e6
    assert peak < 4e6


class Drip(Stream):
    """A stream that gives a few bytes at a time."""

    def __init__(self, content: bytes, most: int) -> None:
        super().__init__(BytesIO(content))
        self._most = most

    def read(self, size: int = 0) -> bytes:
        return super().read(self._most if size == 0 else min(size, self._most))


LINES = st.sampled_from(
    [
        POSTMARK, "From: bo@example.net", "Subject: x", "", "", "From me", ">From you", " folded",
        "text", "From - Thu Jan 01 10:00:00 2026", "F", "From ",
    ]
)  # fmt: skip
MAILBOXES = st.tuples(st.lists(LINES, max_size=25), st.sampled_from(["\n", "\r\n"])).map(
    lambda drawn: (drawn[1].join([POSTMARK, *drawn[0]]) + drawn[1]).encode()
)


def everything(content: bytes, most: int) -> list[tuple[Message, Bookmark]]:
    messages = Messages(Drip(content, most))
    assert messages.open()
    return [(found, messages.bookmark()) for found in messages]


@settings(max_examples=100)
@given(content=MAILBOXES, most=st.integers(1, 80))
def test_how_the_bytes_arrive_makes_no_difference(content: bytes, most: int) -> None:
    assert everything(content, most) == everything(content, 1 << 16)


@settings(max_examples=100)
@given(content=MAILBOXES, most=st.integers(1, 80))
def test_every_bookmark_leads_to_exactly_the_rest(content: bytes, most: int) -> None:
    whole = everything(content, 1 << 16)
    for number, (_, bookmark) in enumerate(whole, start=1):
        messages = Messages(Drip(content, most))
        assert messages.resume(bookmark)
        assert list(messages) == [found for found, _ in whole[number:]]


def test_a_bookmark_does_not_hold_where_other_bytes_stand_before_it() -> None:
    content = many(3)
    [_, (_, bookmark), _] = everything(content, 1 << 16)
    assert Messages(Stream(BytesIO(content))).resume(bookmark)
    assert not Messages(Stream(BytesIO(content.replace(b"bo1", b"bo7")))).resume(bookmark)
    assert not Messages(Stream(BytesIO(content[: bookmark.offset - 1]))).resume(bookmark)
    assert not Messages(Stream(BytesIO(content[: bookmark.offset] + b"text\n"))).resume(bookmark)


# Coming again


def test_an_unchanged_file_is_not_read_again(path: Path) -> None:
    path.write_bytes(many(3))
    ledger = MemoryStore()
    pull(path, ledger)
    assert pull(path, ledger) == []


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_only_the_new_part_of_a_file_that_has_grown_is_read(
    path: Path, pack: Callable[[bytes], bytes]
) -> None:
    path.write_bytes(pack(many(3)))
    ledger = MemoryStore()
    pull(path, ledger)
    with path.open("ab") as file:
        file.write(pack(many(2, start=4)))
    [batch] = pull(path, ledger)
    assert len(batch.interactions) == 2
    assert batch.covers is None
    assert not batch.begins
    assert len(ledger.interactions) == 5
    assert pull(path, ledger) == []


def test_a_message_removed_from_the_file_is_gone_from_the_ledger(path: Path) -> None:
    path.write_bytes(many(5))
    ledger = MemoryStore()
    pull(path, ledger)
    path.write_bytes(many(1) + many(3, start=3) + many(3, start=7))
    pull(path, ledger)
    assert sorted(i.participants[0].address for i in ledger.interactions.values()) == [
        f"bo{n}@example.net" for n in (1, 3, 4, 5, 7, 8, 9)
    ]


def test_a_file_whose_time_alone_changed_is_read_again_with_the_same_result(path: Path) -> None:
    path.write_bytes(many(5))
    ledger = MemoryStore()
    pull(path, ledger)
    before = dict(ledger.interactions)
    os.utime(path, (1, 1))
    [batch] = pull(path, ledger)
    assert batch.begins
    assert ledger.interactions == before


def test_a_message_still_being_written_is_read_whole_the_next_time(path: Path) -> None:
    content = many(3)
    path.write_bytes(content[:-40])
    ledger = MemoryStore()
    pull(path, ledger)
    path.write_bytes(content + many(1, start=4))
    pull(path, ledger)
    assert len(ledger.interactions) == 4


def test_an_emptied_file_removes_nothing(path: Path) -> None:
    path.write_bytes(many(3))
    ledger = MemoryStore()
    pull(path, ledger)
    path.write_bytes(b"")
    pull(path, ledger)
    assert len(ledger.interactions) == 3


def test_a_file_changed_between_two_batches_is_enumerated_anew(path: Path) -> None:
    path.write_bytes(many(700))
    ledger = MemoryStore()
    ledger.apply(next(iter(mbox(path).pull(None))))
    path.write_bytes(many(800, start=300))
    pull(path, ledger)
    assert len(ledger.interactions) == 800


def test_a_file_that_grew_between_two_batches_is_read_to_its_new_end(path: Path) -> None:
    path.write_bytes(many(700))
    ledger = MemoryStore()
    ledger.apply(next(iter(mbox(path).pull(None))))
    path.write_bytes(many(720))
    batches = pull(path, ledger)
    assert sum(len(b.interactions) for b in batches) == 220
    assert batches[-1].covers is not None
    assert len(ledger.interactions) == 720


# What can be wrong


@pytest.mark.parametrize(
    "spoil",
    [lambda packed: packed[: len(packed) // 2], lambda packed: packed[:-200] + b"x" * 200],
    ids=["cut off", "overwritten"],
)
def test_what_stands_before_the_damage_of_a_compressed_file_is_kept(
    path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    noisy = b"".join(
        message(number=n, body=sha256(str(n).encode()).hexdigest()) for n in range(1200)
    )
    path.write_bytes(spoil(gzip.compress(noisy)))
    ledger = MemoryStore()
    for _ in range(2):
        with pytest.raises(Fatal, match="damaged or was cut off"):
            pull(path, ledger)
    kept = len(ledger.interactions)
    assert 300 < kept < 1200
    path.write_bytes(gzip.compress(noisy))
    pull(path, ledger)
    assert len(ledger.interactions) == 1200


def broken(tmp_path: Path) -> Iterable[tuple[Path, str]]:
    folder = tmp_path / "folder"
    folder.mkdir()
    other = tmp_path / "archive.zip"
    other.write_bytes(b"PK\x03\x04 and so on\n")
    text = tmp_path / "letter.mbox.gz"
    text.write_bytes(gzip.compress(b"Dear Ada,\n\n" + many(1)))
    return [
        (tmp_path / "missing.mbox", "there is no file"),
        (folder, "is a folder"),
        (other, "is no mbox file"),
        (text, "is no mbox file"),
    ]


def test_a_file_that_cannot_be_read_is_named_with_what_to_do(tmp_path: Path) -> None:
    for path, said in broken(tmp_path):
        for attempt in (lambda p=path: mbox(p).check(), lambda p=path: list(mbox(p).pull(None))):
            with pytest.raises(ConfigError) as caught:
                attempt()
            assert said in str(caught.value)
            assert str(path) in str(caught.value)
            assert caught.value.problems[0].startswith("old.path: ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_a_file_one_may_not_read_is_named(path: Path) -> None:
    path.write_bytes(many(1))
    path.chmod(0)
    with pytest.raises(ConfigError, match="see that you may read it"):
        mbox(path).check()


def test_a_tilde_is_the_home_folder(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_bytes(many(1))
    monkeypatch.setenv("HOME", str(path.parent))
    assert "an mbox of" in mbox("~/All mail.mbox").check()


def test_an_empty_file_is_a_mailbox_without_messages(path: Path) -> None:
    path.write_bytes(b"")
    assert "an mbox of 0.0 MB" in mbox(path).check()
    assert read(path, b"") == []


def test_progress_is_told_in_bytes_of_the_file(path: Path) -> None:
    path.write_bytes(gzip.compress(many(1200)))
    told: list[tuple[int, int | None]] = []
    config = MboxConfig(id="old", type="mbox", path=str(path))
    connector = Mbox(config, replace(context(), progress=lambda a, b: told.append((a, b))))
    batches = list(connector.pull(None))
    size = path.stat().st_size
    assert len(told) == len(batches)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (size, size)


# Google Takeout


TAKEOUT = "From 1574390855458927123@xxx Thu Jan 01 10:00:00 +0000 2026"


def test_takeout_messages_meet_the_gmail_api_by_their_numbers(path: Path) -> None:
    [by_header, by_postmark] = read(
        path,
        message("X-GM-MSGID: 1574390855458927124", "X-GM-THRID: 1574390855458927000")
        + message("X-GM-THRID: 1574390855458927000", number=2, postmark=TAKEOUT),
    )
    assert by_header.ref == "15d95c243d40b214"
    assert isinstance(by_postmark, Interaction)
    assert by_postmark.ref == hexadecimal("1574390855458927123")
    assert by_postmark.thread == hexadecimal("1574390855458927000")


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        ("Inbox,Trash,Opened", "in Trash"),
        ("Spam", "in Spam"),
        ("Drafts", "a draft"),
        ("Chat", "a chat message"),
        ("Papierkorb,Wichtig", "in Trash"),
        ("=?UTF-8?Q?Entw=C3=BCrfe?=", "a draft"),
        ("Corbeille", "in Trash"),
    ],
)
def test_what_takeout_labels_as_no_contact_is_passed_over(
    path: Path, labels: str, reason: str
) -> None:
    assert [
        r.reason for r in read(path, message(f"X-Gmail-Labels: {labels}")) if isinstance(r, Skip)
    ] == [reason]


@pytest.mark.parametrize(
    "labels", ["Sent", "Gesendet,Wichtig", "=?UTF-8?Q?Messages_envoy=C3=A9s?=", '"a, b",Sent']
)
def test_what_takeout_labels_as_sent_is_outbound(path: Path, labels: str) -> None:
    [record] = read(
        path,
        message(f"X-Gmail-Labels: {labels}", "From: ada@alias.example", "To: bo@example.net"),
    )
    assert isinstance(record, Interaction)
    assert record.direction is Direction.OUT
    assert [p.address for p in record.participants] == ["bo@example.net"]


@pytest.mark.parametrize(
    ("labels", "evidence"),
    [
        ("Inbox,Category Promotions", "Gmail: promotions"),
        ("Inbox,Category Personal", ""),
        ("=?UTF-8?Q?Kategorie_=E2=80=9EWerbung=E2=80=9C?=", "Gmail: promotions"),
        ("Category Updates,Unread", "Gmail: updates"),
        ("category_forums", "Gmail: forums"),
        ("Categorical imperative", ""),
    ],
)
def test_categories_are_evidence_of_bulk(path: Path, labels: str, evidence: str) -> None:
    [record] = read(path, message(f"X-Gmail-Labels: {labels}"))
    assert isinstance(record, Interaction)
    assert record.bulk == evidence


@settings(max_examples=100)
@given(st.text(max_size=80))
def test_any_labels_are_read(value: str) -> None:
    labels = read_labels(value)
    assert isinstance(labels.sent, bool)


def test_a_number_that_is_none_is_no_number() -> None:
    assert hexadecimal("255") == "ff"
    assert not any(map(hexadecimal, ("", "x", "-1", "²", "1" * 21)))
