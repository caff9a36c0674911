"""Mail from an mbox file: a mail program's folder, an archive, or Google Takeout's "All mail".

The file may be gzip-compressed. Only header fields are read, and those we want are picked out
before anything is parsed; bodies pass by unread.

A cursor says which file was read (size, time of change, its first bytes), and how far. A file
that has not changed is not read again; one that has grown is read from where it ended; any other
is enumerated anew, and what is gone from it is gone from the store. An emptied file is no
evidence of that, and removes nothing.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, ClassVar

from pydantic import Field

from connectors.api import Answer, Batch, Channel, Context, Interaction, Skip, SourceConfig, Window
from connectors.errors import ConfigError, Fatal, Retriable
from connectors.mail.answers import answers_in, may_answer, report_met
from connectors.mail.dates import mail_date, received_date
from connectors.mail.headers import (
    NO_DATE,
    WANTED,
    fingerprint,
    gmail_message_uid,
    interaction_from_headers,
    message_id_hash,
)
from connectors.mbox.file import Bookmark, Message, Messages, Stream, is_mbox
from connectors.mbox.takeout import Labels, hexadecimal, number_in_postmark, read_labels

_BATCH = 500  # messages
_FIRST_BYTES = 4096
_EXTRA = ("X-GM-THRID", "X-GM-MSGID", "X-Gmail-Labels", "X-Mozilla-Status")
# A field and its continuation lines. The line feed stands first, so that the search is quick.
_FIELD = re.compile(
    rb"\n(" + "|".join(re.escape(n) for n in (*WANTED, *_EXTRA)).encode() + rb")[ \t]*:"
    rb"(.*(?:\n[ \t].*)*)",
    re.IGNORECASE,
)
# Looked for only in mail that may answer a report.
_SUBJECT = re.compile(rb"\nSubject[ \t]*:(.*(?:\n[ \t].*)*)", re.IGNORECASE)
_RECEIVED = re.compile(rb"\nReceived[ \t]*:(.*(?:\n[ \t].*)*)", re.IGNORECASE)
_DELETED = 0x0008  # in X-Mozilla-Status: deleted, though the folder was not compacted since


class MboxConfig(SourceConfig):
    """Settings of an mbox source."""

    path: str = Field(min_length=1, description="the mbox file, plain or .gz; ~ is your home")
    sent: bool = Field(default=False, description="all of it is mail that you sent")


@dataclass(frozen=True, slots=True)
class _Cursor:
    """Which file was read, and how far: `offset` and `tail` are a bookmark in it."""

    size: int
    changed: int  # nanoseconds
    first: str  # hash of the first bytes
    offset: int = 0
    tail: str = ""
    done: bool = False  # to the end
    whole: bool = False  # this enumeration began at the start of the file

    def text(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


@dataclass(slots=True)
class _Contents:
    """What some messages hold; records by their references, so of two copies the later counts."""

    records: dict[str, Interaction | Skip] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)


class Mbox:
    """Reads an mbox file. `Context.progress` is told bytes of the file, not messages."""

    name: ClassVar[str] = "mbox"
    channels: ClassVar[frozenset[Channel]] = frozenset({Channel.MAIL})
    Config: ClassVar[type[SourceConfig]] = MboxConfig

    def __init__(self, config: MboxConfig, context: Context) -> None:
        self._path = Path(config.path).expanduser()
        self._key = f"{config.id}.path"
        self._sent = config.sent
        self._context = context

    def reads_sent_mail(self) -> bool:
        """Return whether the configuration says that all of it is sent mail."""
        return bool(self._sent)

    @classmethod
    def identify(cls, path: Path) -> bool:
        """Return whether a file, plain or compressed, begins with the postmark of a message."""
        try:
            with path.open("rb") as raw:
                return is_mbox(Stream(raw).read(_FIRST_BYTES))
        except OSError:
            return False

    def check(self) -> str:
        """Say how large the file is, having seen that it is an mbox.

        Raises ConfigError where it is missing, unreadable or something else.
        """
        with self._open() as raw:
            stream = Stream(raw)
            self._start(Messages(stream))
            size = os.fstat(raw.fileno()).st_size
        return f"{self._path.name}: an mbox of {size / 1e6:.1f} MB"

    def pull(self, cursor: str | None) -> Iterator[Batch]:
        """Yield the messages that are new since `cursor`, in the order of the file.

        Raises ConfigError as `check`, Retriable where reading fails, and Fatal where a compressed
        file is damaged, after all that could be read.
        """
        with self._open() as raw:
            try:
                yield from self._batches(raw, _parse_cursor(cursor))
            except OSError as error:
                raise Retriable(
                    f"{self._path} could not be read to its end: {error.strerror or error}"
                ) from error

    def _open(self) -> IO[bytes]:
        try:
            if self._path.is_dir():
                raise ConfigError(
                    f"{self._key}: {self._path} is a folder; name the mbox file inside it"
                )
            return self._path.open("rb")
        except FileNotFoundError:
            raise ConfigError(
                f"{self._key}: there is no file {self._path}; correct the path or put it there"
            ) from None
        except OSError as error:
            raise ConfigError(
                f"{self._key}: {self._path} cannot be opened ({error.strerror}); "
                "see that you may read it"
            ) from error

    def _start(self, messages: Messages) -> None:
        """Go to the first message. Raises ConfigError where the file is no mbox."""
        if not messages.open():
            raise ConfigError(
                f"{self._key}: {self._path} is no mbox file, for it does not begin with 'From '; "
                "name the .mbox file itself, unpacked from its archive (.gz alone may stay)"
            )

    def _batches(self, raw: IO[bytes], before: _Cursor | None) -> Iterator[Batch]:
        status = os.fstat(raw.fileno())
        first_bytes = raw.read(_FIRST_BYTES)
        now = _Cursor(status.st_size, status.st_mtime_ns, _hash(first_bytes))
        unchanged = before is not None and _is_same_file(before, now)
        if before is not None and unchanged and before.done:
            return
        stream = Stream(raw)
        messages = Messages(stream)
        whole = begins = True
        grown = before is not None and _may_have_grown(before, now, first_bytes)
        if (
            before is not None
            and (unchanged or grown)
            and messages.resume(Bookmark(before.offset, before.tail))
        ):
            whole, begins = before.whole and not before.done, False
        else:
            self._start(messages)

        contents = _Contents()
        for count, message in enumerate(messages, start=1):
            self._read(message, contents)
            if count % _BATCH == 0:
                yield _batch(contents, _cursor_at(now, messages, whole=whole), begins=begins)
                self._context.progress(stream.raw_position, now.size)
                if self._context.stop.is_set():
                    return
                contents, begins = _Contents(), False
        cursor = _cursor_at(now, messages, whole=whole, done=not stream.damaged)
        covers = Window() if whole and cursor.done and cursor.offset else None
        yield _batch(contents, cursor, begins=begins, covers=covers)
        self._context.progress(stream.raw_position, now.size)
        if stream.damaged:
            raise Fatal(
                f"{self._path} is damaged or was cut off: what stands before that was read; "
                "put a whole copy in its place"
            )

    def _read(self, message: Message, into: _Contents) -> None:
        fields = [
            (name.decode("ascii").lower(), _text(value))
            for name, value in _FIELD.findall(message.head)
        ]
        first = dict(reversed(fields))  # the first field of each name
        labels = read_labels(first.get("x-gmail-labels", ""))
        sent = self._sent or labels.sent
        record = self._record(message, fields, first, labels, sent=sent)
        into.records[record.ref] = record
        into.reports += report_met(record, fields)
        at = mail_date(first.get("date", "")) or _arrival(message)
        if at is not None and may_answer(record, fields, sent=sent, at=at, context=self._context):
            subjects = map(_text, _SUBJECT.findall(message.head))
            into.answers += answers_in([*subjects], at, self._context)

    def _record(
        self,
        message: Message,
        fields: list[tuple[str, str]],
        first: dict[str, str],
        labels: Labels,
        *,
        sent: bool,
    ) -> Interaction | Skip:
        gmail_number = _gmail_number(message, first)
        ref = gmail_number or _ref(fields, first)
        if labels.set_aside:
            return Skip(ref, labels.set_aside)
        if _is_deleted(first.get("x-mozilla-status", "")):
            return Skip(ref, "marked as deleted")

        def read(arrived: datetime | None) -> Interaction | Skip:
            return interaction_from_headers(
                fields,
                ref=ref,
                own=self._context.own,
                received=arrived,
                thread=hexadecimal(first.get("x-gm-thrid", "")),
                outbound=sent or None,
                evidence=labels.evidence,
                ignored_list_ids=self._context.ignored_list_ids,
                now=self._context.now(),
            )

        record = read(None)
        if isinstance(record, Skip) and record.reason == NO_DATE:
            record = read(_arrival(message))
        if isinstance(record, Interaction) and not record.uid and gmail_number:
            record = replace(record, uid=gmail_message_uid(gmail_number))
        return record


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape").strip()


def _arrival(message: Message) -> datetime | None:
    """Return when the last relay, else the mailbox, says that it took the message in."""
    relay = _RECEIVED.search(message.head)
    moment = received_date(relay[1].decode("latin-1")) if relay is not None else None
    return moment or mail_date(message.date)


def _gmail_number(message: Message, first: dict[str, str]) -> str:
    """Return Gmail's number of the message as the API writes it; empty where it has none."""
    number = first.get("x-gm-msgid", "")
    if not number and ("x-gm-thrid" in first or "x-gmail-labels" in first):
        number = number_in_postmark(message.postmark)
    return hexadecimal(number)


def _ref(fields: list[tuple[str, str]], first: dict[str, str]) -> str:
    """Return the hash of the Message-ID, else of the fields."""
    return message_id_hash(first.get("message-id", "")) or fingerprint(
        "\n".join(f"{name}: {value}" for name, value in fields)
    )


def _is_deleted(mozilla_status: str) -> bool:
    try:
        return bool(int(mozilla_status or "0", 16) & _DELETED)
    except ValueError:
        return False


def _hash(content: bytes) -> str:
    return sha256(content).hexdigest()


def _parse_cursor(text: str | None) -> _Cursor | None:
    """Return the cursor, or None where it cannot be read: then the file is enumerated anew."""
    try:
        return _Cursor(**json.loads(text or "{}"))
    except (ValueError, TypeError):
        return None


def _cursor_at(file: _Cursor, messages: Messages, *, whole: bool, done: bool = False) -> _Cursor:
    mark = messages.bookmark()
    return replace(file, offset=mark.offset, tail=mark.tail, done=done, whole=whole)


def _is_same_file(before: _Cursor, now: _Cursor) -> bool:
    return (before.size, before.changed, before.first) == (now.size, now.changed, now.first)


def _may_have_grown(before: _Cursor, now: _Cursor, first_bytes: bytes) -> bool:
    """Return whether the file may have been appended to; the bookmark tells for certain."""
    return now.size > before.size and _hash(first_bytes[: before.size]) == before.first


def _batch(
    contents: _Contents,
    cursor: _Cursor,
    *,
    begins: bool,
    covers: Window | None = None,
) -> Batch:
    return Batch(
        cursor=cursor.text(),
        interactions=tuple(r for r in contents.records.values() if isinstance(r, Interaction)),
        skipped=tuple(r for r in contents.records.values() if isinstance(r, Skip)),
        answers=tuple(contents.answers),
        reports=tuple(contents.reports),
        begins=begins,
        covers=covers,
    )
