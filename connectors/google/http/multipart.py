"""Several calls in one HTTP request: the multipart/mixed form of Google's batch endpoints.

The client library has a class for this, which we leave aside for three reasons: for one lost or
torn part it throws all others away; it renews tokens on a connection without a time-out; and it
hides `Retry-After`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

# What belongs to the envelope, or to a connection, is not said again in each part.
_OF_THE_ENVELOPE = frozenset({"content-length", "accept-encoding", "user-agent", "host"})


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


def compose(requests: Sequence[Any]) -> tuple[bytes, str]:
    """The body for these calls (the client library's HttpRequests, without bodies) and its type.

    A part is named by its place among them.
    """
    boundary = f"batch_{uuid4().hex}"
    lines: list[str] = []
    for number, request in enumerate(requests):
        target = urlsplit(request.uri)
        path = f"{target.path}?{target.query}" if target.query else target.path
        lines += [
            f"--{boundary}",
            "Content-Type: application/http",
            "Content-Transfer-Encoding: binary",
            f"Content-ID: <part:{number}>",
            "",
            f"{request.method} {path} HTTP/1.1",
            *(
                f"{name}: {value}"
                for name, value in request.headers.items()
                if name.lower() not in _OF_THE_ENVELOPE
            ),
            "",
            "",
        ]
    lines += [f"--{boundary}--", ""]
    return "\r\n".join(lines).encode(), f'multipart/mixed; boundary="{boundary}"'


def parse(content: bytes, content_type: str, count: int) -> dict[int, Answer]:
    """The answers by their place among `count` calls; those that cannot be read are left out."""
    boundary = _boundary(content_type)
    if not boundary:
        return {}
    found: dict[int, Answer] = {}
    # What follows the last boundary is the end, or a part that was cut.
    for raw in (b"\r\n" + content).split(b"\r\n--" + boundary)[1:-1]:
        part = _part(raw.removeprefix(b"\r\n"))
        if part is not None and part[0] < count:
            found[part[0]] = part[1]
    return found


def _boundary(content_type: str) -> bytes:
    header = BytesHeaderParser().parsebytes(f"Content-Type: {content_type}\n\n".encode())
    return (header.get_boundary() or "").encode()


def _part(raw: bytes) -> tuple[int, Answer] | None:
    """A part's place, from `Content-ID: <response-part:3>`, and the answer inside it."""
    envelope, _, inner = raw.partition(b"\r\n\r\n")
    head, _, content = inner.partition(b"\r\n\r\n")
    status_line, _, fields = head.partition(b"\r\n")
    name = str(BytesHeaderParser().parsebytes(envelope)["Content-ID"] or "")
    place = name.rpartition(":")[2].rstrip("> ")
    words = status_line.split()
    if not place.isdecimal() or len(words) < 2 or not words[1].isdigit():  # noqa: PLR2004 - "HTTP/1.1 200"
        return None
    headers = {
        key.lower(): str(value) for key, value in BytesHeaderParser().parsebytes(fields).items()
    }
    return int(place), Answer(int(words[1]), headers, content)
