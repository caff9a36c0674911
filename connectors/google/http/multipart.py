"""Google's batch format: several calls in one HTTP request, as multipart/mixed.

The client library has a class for this. It is not used, for three reasons: it discards all
parts when one is lost or torn, it renews tokens on a connection without a time-out, and it hides
`Retry-After`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

# Headers of the envelope or of the connection, which are not repeated in each part.
_ENVELOPE_HEADERS = frozenset({"content-length", "accept-encoding", "user-agent", "host"})


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An HTTP response; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


def encode(requests: Sequence[Any]) -> tuple[bytes, str]:
    """Return the body of a batch request and its Content-Type.

    `requests` are the client library's HttpRequests, without bodies. The Content-ID of each part
    is its index among them.
    """
    boundary = f"batch_{uuid4().hex}"
    lines: list[str] = []
    for index, request in enumerate(requests):
        target = urlsplit(request.uri)
        path = f"{target.path}?{target.query}" if target.query else target.path
        lines += [
            f"--{boundary}",
            "Content-Type: application/http",
            "Content-Transfer-Encoding: binary",
            f"Content-ID: <part:{index}>",
            "",
            f"{request.method} {path} HTTP/1.1",
            *(
                f"{name}: {value}"
                for name, value in request.headers.items()
                if name.lower() not in _ENVELOPE_HEADERS
            ),
            "",
            "",
        ]
    lines += [f"--{boundary}--", ""]
    return "\r\n".join(lines).encode(), f'multipart/mixed; boundary="{boundary}"'


def decode(content: bytes, content_type: str, count: int) -> dict[int, HttpResponse]:
    """Return the responses to a batch of `count` calls, by the index of their call.

    Parts that are lost, torn or malformed are left out. Never raises.
    """
    boundary = _boundary(content_type)
    if not boundary:
        return {}
    responses: dict[int, HttpResponse] = {}
    # What follows the last boundary is the end marker, or a part that was cut.
    for raw in (b"\r\n" + content).split(b"\r\n--" + boundary)[1:-1]:
        part = _decode_part(raw.removeprefix(b"\r\n"))
        if part is not None and part[0] < count:
            responses[part[0]] = part[1]
    return responses


def _boundary(content_type: str) -> bytes:
    header = BytesHeaderParser().parsebytes(f"Content-Type: {content_type}\n\n".encode())
    return (header.get_boundary() or "").encode()


def _decode_part(raw: bytes) -> tuple[int, HttpResponse] | None:
    """Return the call's index, from `Content-ID: <response-part:3>`, and the response inside."""
    envelope, _, inner = raw.partition(b"\r\n\r\n")
    head, _, content = inner.partition(b"\r\n\r\n")
    status_line, _, fields = head.partition(b"\r\n")
    content_id = str(BytesHeaderParser().parsebytes(envelope)["Content-ID"] or "")
    index = content_id.rpartition(":")[2].rstrip("> ")
    words = status_line.split()
    if not index.isdecimal() or len(words) < 2 or not words[1].isdigit():  # noqa: PLR2004 - "HTTP/1.1 200"
        return None
    headers = {
        key.lower(): str(value) for key, value in BytesHeaderParser().parsebytes(fields).items()
    }
    return int(index), HttpResponse(int(words[1]), headers, content)
