"""The contact log in a CSV file: the contract, its settings, and rows as people write them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.addresses import OwnAddresses
from connectors.api import (
    Batch,
    Channel,
    Connector,
    Context,
    Direction,
    Interaction,
    Participant,
    Role,
    Skip,
)
from connectors.csv_log import CsvConfig, CsvLog
from connectors.errors import ConfigError, Fatal
from connectors.testing import ConnectorContract, MemoryStore, MemoryTokens, RecordingLog

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 1, 5, 6, tzinfo=UTC)
HEADER = "time,address,name,direction,channel,ref,notes\n"


class TestCsvLogContract(ConnectorContract):
    """A log of three batches, with rows that are passed over and rows that stand twice."""

    forbidden_words = ("secret", "hidden")
    fewest_batches = 3

    @pytest.fixture(autouse=True)
    def log_file(self, tmp_path: Path) -> None:
        self.path = tmp_path / "calls.csv"
        rows = [
            f"2025-01-{1 + n % 28:02}T{n % 24:02}:15,bo{n}@example.net,Bo {n},out,call,,a secret\n"
            for n in range(1100)
        ]
        bad = "yesterday,bo@example.net,Bo,out,call,,hidden\n2025-01-01,nobody,,in,call,,hidden\n"
        self.path.write_text(HEADER + "".join(rows[:600]) + bad + "".join(rows[590:]))
        self.as_written = self.path.read_bytes()

    def make(self) -> Callable[[Context], Connector]:
        config = CsvConfig(id="calls", type="csv", path=self.path)
        return lambda context: CsvLog(config, context)

    def file(self) -> Path:
        return self.path

    def expire_cursor(self, cursor: str) -> str:
        return f"x{cursor}"

    def add_interaction(self) -> None:
        with self.path.open("a") as file:
            file.write("2026-01-02T10:00Z,cy@example.com,Cy,in,text,,\n")
        self.as_written = self.path.read_bytes()

    def writes(self) -> list[str]:
        return [] if self.path.read_bytes() == self.as_written else ["the file was changed"]


def csv_log(path: Path, **settings: object) -> CsvLog:
    context = Context(
        source="calls",
        own=OwnAddresses(["ada@example.org"]),
        tokens=MemoryTokens(),
        now=lambda: NOW,
        log=RecordingLog(),
    )
    config = CsvConfig.model_validate({"id": "calls", "type": "csv", "path": path, **settings})
    return CsvLog(config, context)


def pull(path: Path, store: MemoryStore, **settings: object) -> list[Batch]:
    batches = []
    for batch in csv_log(path, **settings).pull(store.cursor):
        store.apply(batch)
        batches.append(batch)
    return batches


def read(path: Path, text: str | bytes, **settings: Any) -> list[Interaction | Skip]:  # noqa: ANN401 - settings
    """What a file of one batch comes to: contacts, then rows passed over."""
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    [batch] = csv_log(path, **settings).pull(None)
    return [*batch.interactions, *batch.skipped]


def contact(path: Path, text: str | bytes, **settings: Any) -> Interaction:  # noqa: ANN401 - settings
    [record] = read(path, text, **settings)
    assert isinstance(record, Interaction), record
    return record


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.csv"


def test_a_row_says_who_when_which_way_and_how(path: Path) -> None:
    row = '2025-03-01T10:00+01:00,Bo@Example.net,"Berg, Bo",IN,Text,7,never kept\n'
    record = contact(path, HEADER + row)
    assert record == Interaction(
        ref=record.ref,
        at=datetime(2025, 3, 1, 9, tzinfo=UTC),
        channel=Channel.TEXT,
        direction=Direction.IN,
        participants=(Participant("bo@example.net", Role.FROM, "Berg, Bo"),),
        size=1,
    )


def test_without_columns_for_them_each_row_is_a_call_both_had(path: Path) -> None:
    record = contact(path, "time,address\n2025-03-01,bo@example.net\n")
    assert (record.channel, record.direction) == (Channel.CALL, Direction.MUTUAL)
    settings = {"channel": "note", "direction": "out"}
    record = contact(path, "time,address\n2025-03-01,bo@example.net\n", **settings)
    assert (record.channel, record.direction) == (Channel.NOTE, Direction.OUT)
    assert record.participants[0].role is Role.TO


def test_columns_have_the_names_that_the_owner_gives_them(path: Path) -> None:
    columns = {"time": "Datum", "address": "E-Mail", "name": "Wer"}
    text = "\ufeffWer;E-Mail; Datum\nBo;bo@example.net;31.12.2024 18:30\n"
    record = contact(
        path,
        text,
        columns=columns,
        delimiter=";",
        time_format="%d.%m.%Y %H:%M",
        timezone="Europe/Berlin",
    )
    assert record.at == datetime(2024, 12, 31, 17, 30, tzinfo=UTC)
    assert record.participants[0].name == "Bo"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_file_is_read_in_its_encoding_with_any_line_ends(path: Path, encoding: str) -> None:
    text = "time,address,name\r\n2025-03-01,bo@example.net,Jürgen\r\n"
    record = contact(path, text.encode(encoding), encoding=encoding)
    assert record.participants[0].name == "Jürgen"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2025-07-01 12:00", datetime(2025, 7, 1, 10, tzinfo=UTC)),
        ("2025-01-01 12:00", datetime(2025, 1, 1, 11, tzinfo=UTC)),
        ("2025-07-01T12:00Z", datetime(2025, 7, 1, 12, tzinfo=UTC)),
        ("2025-03-30 02:30", datetime(2025, 3, 30, 1, 30, tzinfo=UTC)),  # an hour that was none
        ("2025-07-01", datetime(2025, 6, 30, 22, tzinfo=UTC)),
    ],
)
def test_a_time_without_a_zone_is_of_the_zone_that_the_settings_name(
    path: Path, text: str, at: datetime
) -> None:
    record = contact(path, f"time,address\n{text},bo@example.net\n", timezone="Europe/Berlin")
    assert record.at == at


@pytest.mark.parametrize(
    ("text", "handle"),
    [
        ("+49 (170) 123-45.67", "+491701234567"),
        ("0170/1234567", "01701234567"),
        ("Ada.Berg+work@gmail.com", "adaberg@gmail.com"),
    ],
)
def test_people_are_named_by_a_mail_address_or_a_phone_number(
    path: Path, text: str, handle: str
) -> None:
    record = contact(path, f"time,address\n2025-03-01,{text}\n")
    assert record.participants[0].address == handle


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("soon,bo@example.net,,,,", "no usable time"),
        ("0001-01-01,bo@example.net,,,,", "no usable time"),
        ("2027-01-01,bo@example.net,,,,", "no usable time"),
        ("2025-01-01,Bo Berg,,,,", "no usable address"),
        ("2025-01-01", "no usable address"),
        ("2025-01-01,ada@example.org,,,,", "only the owner"),
        ("2025-01-01,bo@example.net,,sideways,,", "no such channel or direction"),
        ("2025-01-01,bo@example.net,,out,pigeon,", "no such channel or direction"),
        ("2025-01-01,bo@example.net,,out,mail,", "mail is read from a source of mail"),
    ],
)
def test_a_row_that_is_no_contact_is_passed_over_with_a_reason(
    path: Path, row: str, reason: str
) -> None:
    good, skip = read(path, f"{HEADER}{row}\n2025-01-01,bo@example.net,,in,call,\n")
    assert isinstance(good, Interaction)
    assert isinstance(skip, Skip)
    assert skip.reason == reason


def test_a_reference_holds_through_corrections_and_new_rows_above(path: Path) -> None:
    first = contact(path, "time,address,name,ref\n2025-03-01,bo@example.net,Bo,17\n")
    moved, _ = read(
        path,
        "time,address,name,ref\n"
        "2025-03-02,bo@example.net,Bo Berg,17\n2025-01-01,bo@example.net,,1\n",
    )
    assert moved.ref == first.ref
    unnumbered = contact(path, "time,address,name\n2025-03-01,bo@example.net,Bo\n")
    assert contact(path, "time,address\n2025-03-01,bo@example.net\n").ref == unnumbered.ref


def test_a_file_that_has_not_changed_is_not_read_into_the_store_again(path: Path) -> None:
    path.write_text("time,address\n2025-03-01,bo@example.net\n")
    store = MemoryStore()
    assert len(pull(path, store)) == 1
    path.touch()
    assert pull(path, store) == []


def test_a_row_that_is_taken_out_is_gone_but_an_emptied_file_removes_nothing(path: Path) -> None:
    rows = ["2025-03-01,bo@example.net\n", "2025-03-02,cy@example.net\n"]
    store = MemoryStore()
    for text, contacts in (("".join(rows), 2), (rows[0], 1), ("", 1), ("".join(rows), 2)):
        path.write_text(f"time,address\n{text}")
        pull(path, store)
        assert len(store.interactions) == contacts


@pytest.mark.parametrize(
    ("settings", "content", "says"),
    [
        ({}, b"when,who\n", "calls.columns.time: {path} has no column 'time'"),
        ({}, b"", "calls.columns.time: {path} has no column 'time'"),
        ({"columns": {"name": "Wer"}}, b"time,address\n", "calls.columns.name: {path} has no"),
        ({}, b"time;address\n", "see `delimiter`"),
        ({}, "time,address\nü".encode("cp1252"), "calls: {path} cannot be read as utf-8: "),
        ({"encoding": "rot13"}, b"time,address\n", "calls: {path} cannot be read as rot13: "),
        ({"encoding": "klingon"}, b"time,address\n", "correct `path` or `encoding`"),
        ({}, None, "calls: {path} cannot be read as utf-8: [Errno 2] No such file"),
    ],
)
def test_what_is_wrong_with_the_settings_is_said_with_their_key(
    path: Path, settings: Mapping[str, object], content: bytes | None, says: str
) -> None:
    if content is not None:
        path.write_bytes(content)
    for use in (CsvLog.check, lambda it: list(it.pull(None))):
        with pytest.raises(ConfigError) as refused:
            use(csv_log(path, **settings))
        assert says.format(path=path) in str(refused.value)


def test_a_quote_that_is_never_closed_ends_the_reading_before_anything_is_removed(
    path: Path,
) -> None:
    path.write_text(
        "time,address,name\n2025-03-01,bo@example.net,Bo\n2025-03-02,cy@example.net,C\n"
    )
    store = MemoryStore()
    pull(path, store)
    path.write_text(
        'time,address,name\n2025-03-01,bo@example.net,"Bo\n2025-03-02,cy@example.net,C\n'
    )
    with pytest.raises(Fatal, match="unexpected end of data, in line 3 or before; mend it"):
        pull(path, store)
    assert len(store.interactions) == 2


def test_check_says_how_much_is_there(path: Path) -> None:
    path.write_text("time,address\n2025-03-01,bo@example.net\nsoon,bo@example.net\n")
    assert csv_log(path).check() == "log.csv: 1 contacts, 1 rows passed over"


@pytest.mark.parametrize("header", ["time,address", "name;time;address", '"address"\t"time"'])
def test_a_log_is_identified_by_its_first_row(path: Path, header: str) -> None:
    path.write_text(f"\ufeff{header}\n")
    assert CsvLog.identify(path)
    path.write_text(f"{header.replace('time', 'when')}\n")
    assert not CsvLog.identify(path)


def test_the_example_of_the_docs_is_this_connector_whole() -> None:
    docs = (ROOT / "docs/connectors.md").read_text()
    [_, *blocks] = docs.split("```python\n")
    examples = [block.partition("```")[0] for block in blocks]
    assert (ROOT / "connectors/csv_log.py").read_text() in examples
