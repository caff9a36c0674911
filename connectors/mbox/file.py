"""Reading an mbox file front to back in constant memory, plain or gzip-compressed.

Only the head of each message is handed out; bodies pass by. A message begins at a line `From `
at the start of the file or after a blank line, if that line looks like a postmark (it names a
weekday, a month, a day, a time and a year); writers are known not to quote every other such line.
Line ends may be LF or CRLF.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import IO

_CHUNK = 1 << 18
_TAIL = 4096  # bytes before a bookmark that must be the same for it to hold
_LONGEST_LINE = 512  # of a postmark
_LONGEST_HEAD = 1 << 20
_BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"

_POSTMARK = re.compile(
    rb"From .*?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +"
    rb"(?:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d{1,2}"
    rb"|\d{1,2} +(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)) +"
    rb"(?=.*\b\d{1,2}:\d\d)(?=.*\b(?:19|20)\d\d\b)"
)
_WEEKDAY = re.compile(rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? .*")
_BLANK_LINE = re.compile(rb"\n\r?\n")
_NOT_BLANK = re.compile(rb"[^\r\n]")


def is_mbox(first: bytes) -> bool:
    """Return whether a file that starts with these bytes is an mbox: it begins with a postmark."""
    line, _, _ = first.removeprefix(_BOM).lstrip(b"\r\n").partition(b"\n")
    return _POSTMARK.match(line[:_LONGEST_LINE]) is not None


class Stream:
    """The uncompressed bytes of a file. `damaged` once a compressed one broke off or went wrong."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw = raw
        raw.seek(0)
        packed = raw.read(2) == _GZIP
        raw.seek(0)
        self._data: IO[bytes] | gzip.GzipFile = gzip.GzipFile(fileobj=raw) if packed else raw
        self.damaged = False

    def read(self, size: int = _CHUNK) -> bytes:
        """Return the next bytes, at most `size`; none at the end or where the file is damaged."""
        try:
            if isinstance(self._data, gzip.GzipFile):
                return self._data.read1(size)
            return self._data.read(size)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            self.damaged = True
            return b""

    def seek(self, offset: int) -> None:
        """Go to an offset of the uncompressed bytes."""
        self.damaged = False
        try:
            self._data.seek(offset)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            self.damaged = True

    @property
    def raw_position(self) -> int:
        """How many bytes of the file itself have been read."""
        return self._raw.tell()


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A place between two messages: its offset, and a hash of what stands right before it."""

    offset: int
    tail: str


@dataclass(frozen=True, slots=True)
class Message:
    """The postmark line and the head of a message; each line of the head follows a line feed."""

    postmark: bytes
    head: bytes

    @property
    def date(self) -> str:
        """The date of the postmark, as it stands there."""
        match = _WEEKDAY.search(self.postmark)
        return match[0].decode("latin-1") if match else ""


class Messages:
    """The messages of a stream, from its start or from a bookmark, in their order.

    All positions are offsets in the stream. The buffer holds what lies between `_base` and `_end`:
    a little before the current position, for the bookmark, and what was read ahead.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._buffer = b""
        self._base = 0
        self._position = 0  # the start of the next message
        self._mark = (0, b"")  # where to resume, and what stands right before that

    def open(self) -> bool:
        """Go to the first message; false where the stream begins with anything else.

        An empty stream is a mailbox without messages.
        """
        self._go(0, 0)
        self._grow(0)
        if self._buffer.startswith(_BOM):
            self._position = len(_BOM)
        return self._at_message(strict=False)

    def resume(self, bookmark: Bookmark) -> bool:
        """Go to a bookmark; false where it does not hold: other bytes before it, or around it."""
        self._go(max(0, bookmark.offset - _TAIL), bookmark.offset)
        while self._end < bookmark.offset:
            if not self._grow(bookmark.offset):
                return False
        self._set_mark(self._position)
        return self.bookmark() == bookmark and self._at_message(strict=True)

    def bookmark(self) -> Bookmark:
        """Return the place after the last message, or before it where that may be cut off."""
        offset, before = self._mark
        return Bookmark(offset, sha256(before).hexdigest())

    def __iter__(self) -> Iterator[Message]:
        while (end := self._end_of_head(self._position)) is not None:
            self._set_mark(self._position)
            start, stop = self._position - self._base, end - self._base
            line, feed, rest = self._buffer[start:stop].partition(b"\n")
            self._position = self._next_postmark(end)
            if not (self._stream.damaged and self._position == self._end):
                self._set_mark(self._position)
            yield Message(line.rstrip(b"\r"), feed + rest)

    @property
    def _end(self) -> int:
        return self._base + len(self._buffer)

    def _go(self, base: int, here: int) -> None:
        self._stream.seek(base)
        self._buffer, self._base, self._position = b"", base, here
        self._mark = (here, b"")

    def _set_mark(self, offset: int) -> None:
        index = offset - self._base
        self._mark = (offset, self._buffer[max(0, index - _TAIL) : index])

    def _grow(self, keep: int) -> bool:
        """Read on, dropping what a bookmark at `keep` does not need; false at the end."""
        chunk = self._stream.read()
        drop = max(0, min(keep, self._end) - _TAIL - self._base)
        self._buffer = self._buffer[drop:] + chunk
        self._base += drop
        return bool(chunk)

    def _end_of_head(self, start: int) -> int | None:
        """Return where the blank line after a head is; None where there is no more message."""
        looked = start
        while True:
            match = _BLANK_LINE.search(self._buffer, looked - self._base)
            if match is not None:
                return self._base + match.start()
            if self._end - start > _LONGEST_HEAD:  # no head that anybody wrote: look no further
                return start + _LONGEST_HEAD
            looked = max(start, self._end - 2)
            if not self._grow(start):  # the head of the last message, without a body
                return None if self._end == start or self._stream.damaged else self._end

    def _next_postmark(self, looked: int) -> int:
        """Return where the next message begins; the end where there is none."""
        ended = False
        while True:
            index = self._buffer.find(b"\nFrom ", looked - self._base)
            if index < 0:
                if ended:
                    return self._end
                looked = max(looked, self._end - len(b"\r\nFrom "))
            elif ended or self._line_is_whole(index + 1):
                looked = self._base + index + 1
                if self._after_blank_line(index) and self._is_postmark(index + 1):
                    return looked
                continue
            else:
                looked = self._base + index
            ended = not self._grow(looked)

    def _at_message(self, *, strict: bool) -> bool:
        """Pass over blank lines, and return whether a message or nothing follows."""
        while (match := _NOT_BLANK.search(self._buffer, self._position - self._base)) is None:
            self._position = self._end
            if not self._grow(self._position):
                return True
        self._position = self._base + match.start()
        while not self._line_is_whole(self._position - self._base):
            if not self._grow(self._position):
                break
        start = self._position - self._base
        return self._is_postmark(start) if strict else self._buffer.startswith(b"From ", start)

    def _line_is_whole(self, index: int) -> bool:
        most = index + _LONGEST_LINE
        return len(self._buffer) >= most or self._buffer.find(b"\n", index, most) >= 0

    def _after_blank_line(self, index: int) -> bool:
        before = self._buffer[max(0, index - 2) : index]
        return before.endswith(b"\n") or before == b"\n\r"

    def _is_postmark(self, index: int) -> bool:
        line, _, _ = self._buffer[index : index + _LONGEST_LINE].partition(b"\n")
        return _POSTMARK.match(line) is not None
