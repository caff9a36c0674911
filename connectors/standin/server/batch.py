"""The wire format of batches: many requests in one multipart/mixed body, and their answers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

LIMIT = 100
BOUNDARY = "batch_standin_7f3a"
_BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)


@dataclass(slots=True)
class BatchPart:
    """One request, of a batch or alone; header names are in lower case."""

    content_id: str
    verb: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """What follows the question mark."""
        return self.target.partition("?")[2]


def read(content_type: str, body: bytes) -> list[BatchPart]:
    """The requests of a batch in order; ValueError where the body is no batch."""
    found = _BOUNDARY.search(content_type)
    if found is None or not content_type.lower().startswith("multipart/mixed"):
        raise ValueError("no multipart/mixed body")
    mark = b"--" + found[1].encode()
    chunks = (b"\n" + body.replace(b"\r\n", b"\n")).split(b"\n" + mark)
    return [_part(chunk) for chunk in chunks[1:] if not chunk.startswith(b"--")]


def _part(chunk: bytes) -> BatchPart:
    outer, _, inner = chunk.lstrip(b"\n").partition(b"\n\n")
    head, _, body = inner.partition(b"\n\n")
    line, _, rest = head.partition(b"\n")
    words = line.decode("latin-1").split(" ")
    if len(words) < 2:  # noqa: PLR2004 - verb and target
        raise ValueError("no request line in a part of the batch")
    return BatchPart(
        _headers(outer).get("content-id", ""), words[0], words[1], _headers(rest), body
    )


def _headers(text: bytes) -> dict[str, str]:
    lines = (line.partition(":") for line in text.decode("latin-1").split("\n"))
    return {name.strip().lower(): value.strip() for name, colon, value in lines if colon}


class PartFate(Enum):
    """What becomes of an answer on its way."""

    ARRIVES = auto()
    TORN = auto()  # the body is cut in the middle
    LOST = auto()


@dataclass(slots=True)
class Reply:
    """One answer: status line, extra headers, body, and whether it arrives."""

    status: int
    reason: str
    headers: dict[str, str]
    body: bytes
    content_type: str = "application/json; charset=UTF-8"
    fate: PartFate = PartFate.ARRIVES


def write(replies: Iterable[tuple[str, Reply]]) -> bytes:
    """The body that answers parts with these Content-IDs; what is lost is not in it."""
    pieces = []
    for content_id, reply in replies:
        if reply.fate is PartFate.LOST:
            continue
        extra = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
        answered = content_id.replace("<", "<response-", 1)
        head = (
            f"--{BOUNDARY}\r\nContent-Type: application/http\r\nContent-ID: {answered}\r\n\r\n"
            f"HTTP/1.1 {reply.status} {reply.reason}\r\n"
            f"Content-Type: {reply.content_type}\r\n"
            f"Content-Length: {len(reply.body)}\r\n{extra}\r\n"
        )
        pieces.append(head.encode() + reply.body)
    pieces.append(f"--{BOUNDARY}--\r\n".encode())
    return b"\r\n".join(pieces)
