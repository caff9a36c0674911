"""A contact log kept as a CSV file: a row for each call, meeting, text or note.

Small on purpose: docs/connectors.md shows this file whole, as the one to copy.

The file is read anew whenever its text has changed, and what is gone from it is then gone from the
store. A cursor is a hash of the text, and how many of its rows are stored.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from connectors.addresses import canonical
from connectors.api import (
    Batch,
    Channel,
    Context,
    Direction,
    Interaction,
    Participant,
    Role,
    Skip,
    SourceConfig,
    Window,
)
from connectors.errors import ConfigError, Fatal
from connectors.mail.address_list import clean_name
from connectors.mail.dates import plausible

_BATCH = 500  # rows
_PHONE_NUMBER = re.compile(r"\+?[0-9]{4,15}")
_NOT_IN_NUMBER = re.compile(r"[\s()./-]")
_ROLES = {Direction.OUT: Role.TO, Direction.IN: Role.FROM, Direction.MUTUAL: Role.ATTENDEE}


class Columns(BaseModel):
    """Names of the columns, as they stand in the first row. Only time and address are needed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    time: str = "time"
    address: str = "address"
    name: str = "name"
    direction: str = "direction"
    channel: str = "channel"
    ref: str = "ref"


class CsvConfig(SourceConfig):
    """Settings of a contact log."""

    path: Path = Field(description="the CSV file; ~ is your home")
    columns: Columns = Field(default=Columns(), description="which column holds what")
    direction: Direction = Field(default=Direction.MUTUAL, description="where no column says it")
    channel: Channel = Field(default=Channel.CALL, description="where no column says it")
    time_format: str = Field(default="", description="of Python's strptime; left out: ISO 8601")
    timezone: ZoneInfo = Field(default=ZoneInfo("UTC"), description="of times without a zone")
    delimiter: str = Field(default=",", min_length=1, max_length=1, description="between columns")
    encoding: str = Field(default="utf-8", description="of the file, like cp1252 or utf-16")


class CsvLog:
    """Reads a contact log. Mail is left to the sources that see all of it."""

    name: ClassVar[str] = "csv"
    channels: ClassVar[frozenset[Channel]] = frozenset(Channel) - {Channel.MAIL}
    Config: ClassVar[type[SourceConfig]] = CsvConfig

    def __init__(self, config: CsvConfig, context: Context) -> None:
        self._config, self._context = config, context
        self._path = config.path.expanduser()

    @classmethod
    def identify(cls, path: Path) -> bool:
        """Return whether the first row names the columns `time` and `address`."""
        try:
            with path.open(encoding="utf-8-sig") as file:
                header = file.readline(1000)
        except (OSError, UnicodeError):
            return False
        return {"time", "address"} <= set(re.split('"?[,;\t]"?', header.strip('"\n')))

    def check(self) -> str:
        """Say how many contacts the file holds. Raises ConfigError or Fatal."""
        records = self._records(self._text())
        contacts = sum(isinstance(record, Interaction) for record in records)
        return f"{self._path.name}: {contacts} contacts, {len(records) - contacts} rows passed over"

    def pull(self, cursor: str | None) -> Iterator[Batch]:
        """Yield every row if the file has changed since `cursor`. Raises ConfigError or Fatal."""
        text = self._text()
        mark = sha256(text.encode()).hexdigest()
        before, _, stored = (cursor or "").partition(" ")
        if (before, stored) == (mark, "all"):
            return
        records = self._records(text)
        start = int(stored) if before == mark else 0
        for begin in range(start, max(len(records), 1), _BATCH):
            part, end = records[begin : begin + _BATCH], begin + _BATCH
            last = end >= len(records)
            yield Batch(
                cursor=f"{mark} all" if last else f"{mark} {end}",
                interactions=tuple(one for one in part if isinstance(one, Interaction)),
                skipped=tuple(one for one in part if isinstance(one, Skip)),
                begins=begin == 0,
                # A file without rows is a mishap more often than a wish: it removes nothing.
                covers=Window() if last and records else None,
            )
            self._context.progress(min(end, len(records)), len(records))
            if self._context.stop.is_set():
                return

    def _text(self) -> str:
        try:
            return self._path.read_text(self._config.encoding).removeprefix("\ufeff")
        except (OSError, LookupError, ValueError) as error:
            raise ConfigError(
                f"{self._config.id}: {self._path} cannot be read as {self._config.encoding}: "
                f"{error}; correct `path` or `encoding`"
            ) from error

    def _records(self, text: str) -> list[Interaction | Skip]:
        """Return what the rows say; of rows with the same reference, the last one."""
        settings = self._config
        rows = csv.DictReader(StringIO(text), delimiter=settings.delimiter, strict=True)
        try:
            rows.fieldnames = [name.strip() for name in rows.fieldnames or ()]
            needed = {"time", "address", *settings.columns.model_fields_set}
            for key, column in settings.columns:
                if key in needed and column not in rows.fieldnames:
                    raise ConfigError(
                        f"{settings.id}.columns.{key}: {self._path} has no column {column!r}; "
                        "name the columns as its first row does, and see `delimiter`"
                    )
            return list({record.ref: record for record in map(self._record, rows)}.values())
        except csv.Error as error:  # a stray quote: nobody can tell any more where a row ends
            line = rows.reader.line_num
            raise Fatal(f"{self._path}: {error}, in line {line} or before; mend it") from error

    def _record(self, row: dict[str, str]) -> Interaction | Skip:
        cells = {key: (row.get(column) or "").strip() for key, column in self._config.columns}
        name = cells.pop("name")  # it may be corrected, and the contact stays the same
        ref = sha256(repr(cells["ref"] or cells).encode()).hexdigest()
        at, address = self._moment(cells["time"]), _handle(cells["address"])
        if at is None:
            return Skip(ref, "no usable time")
        if not address:
            return Skip(ref, "no usable address")
        if address in self._context.own:
            return Skip(ref, "only the owner")
        try:
            channel = Channel(cells["channel"].lower() or self._config.channel)
            direction = Direction(cells["direction"].lower() or self._config.direction)
        except ValueError:
            return Skip(ref, "no such channel or direction")
        if channel not in self.channels:
            return Skip(ref, "mail is read from a source of mail")
        participant = Participant(address, _ROLES[direction], clean_name(name))
        return Interaction(ref, at, channel, direction, (participant,), size=1)

    def _moment(self, text: str) -> datetime | None:
        """Return the time that a cell names, in UTC; None where it names none that can be."""
        how = self._config.time_format
        try:
            moment = datetime.strptime(text, how) if how else datetime.fromisoformat(text)  # noqa: DTZ007 - below
            zone = moment.tzinfo or self._config.timezone
            moment = moment.replace(tzinfo=zone).astimezone(UTC)
        except (ValueError, OverflowError):
            return None
        return moment if plausible(moment, self._context.now()) else None


def _handle(text: str) -> str:
    """Return a mail address or a phone number in its canonical form; empty where it is neither."""
    number = _NOT_IN_NUMBER.sub("", text)
    return number if _PHONE_NUMBER.fullmatch(number) else canonical(text)
