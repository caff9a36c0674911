"""The loopback redirect of OAuth (RFC 8252, 7.3): how Google's answer reaches this program.

After the consent page Google redirects the browser to a port on loopback. That works for a browser
on this machine, or at the other end of a tunnel. A browser elsewhere cannot connect there; its
address bar then holds the answer, and the owner pastes it.
"""

from __future__ import annotations

import os
import re
import select
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from secrets import compare_digest
from threading import Thread
from urllib.parse import parse_qs, unquote

# Google's codes begin so. A bare one may be pasted too: PKCE makes it useless to others.
_CODE = re.compile(r"4(/|%2F)[\w./%~+-]{8,}", re.ASCII | re.IGNORECASE)
_MAX_LINE = 16_384  # bytes of a pasted line
_MAX_ERROR = 60  # characters of Google's error code
_IDLE_SECONDS = 10  # browsers open connections that they then do not use
_DONE = "Beforehand has its answer from Google. You can close this window."
_UNEXPECTED = "Beforehand waits for Google's answer, and this is none."

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class AuthorizationResponse:
    """Google's answer (RFC 6749, 4.1.2): a code, or else an error code like "access_denied"."""

    code: str = ""
    error: str = ""


def parse_response(text: str, state: str) -> AuthorizationResponse:
    """Parse the address to which Google redirected, or a bare code.

    `state` is the value that was sent with the request. Raises ValueError, with a sentence for
    the owner, if the text is something else, or the answer to another request.
    """
    text = text.strip().strip("<>\"'")
    if _CODE.fullmatch(text):
        return AuthorizationResponse(code=unquote(text))
    parameters = parse_qs(text.partition("?")[2].partition("#")[0])
    if "code" not in parameters and "error" not in parameters:
        raise ValueError(
            "That is not the address of the page that could not be opened: copy it whole from the "
            "browser's address bar, and paste it here."
        )
    if not compare_digest(parameters.get("state", [""])[0].encode(), state.encode()):
        raise ValueError(
            "That address belongs to another attempt: open the page above, and paste where it "
            "leads to."
        )
    if "error" in parameters:
        return AuthorizationResponse(error=parameters["error"][0][:_MAX_ERROR])
    return AuthorizationResponse(code=parameters["code"][0])


class RedirectListener:
    """Waits for Google's answer, by redirect or pasted. `port` is that of the redirect."""

    def __init__(self, server: _Server, wake_read: int) -> None:
        self._server = server
        self._wake_read = wake_read
        self._state = ""
        self.port: int = server.server_address[1]

    def expect(self, state: str) -> None:
        """Accept the answer to the request with this `state`; call it before showing the page."""
        self._state = self._server.state = state

    def wait(self, seconds: float, tell: Tell) -> AuthorizationResponse | None:
        """Return the answer; None if there was none within so many seconds.

        What the owner pastes is read from standard input; `tell` is called with what is wrong
        with it.
        """
        pasted = _LineReader(_standard_input())
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            ready, _, _ = select.select([self._wake_read, *pasted.descriptors], [], [], left)
            if self._wake_read in ready:
                return self._server.responses.get()
            for line in pasted.read_lines() if ready else ():
                try:
                    return parse_response(line, self._state)
                except ValueError as error:
                    tell(str(error))
        return None


@contextmanager
def listen(ports: range | None) -> Iterator[RedirectListener]:
    """Listen on loopback, on the first free one of `ports`, or on any port.

    Raises OSError if none is free.
    """
    wake_read, wake_write = os.pipe()
    try:
        with _bind(ports, wake_write) as server:
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            try:
                yield RedirectListener(server, wake_read)
            finally:
                server.shutdown()
                thread.join()
    finally:
        os.close(wake_read)
        os.close(wake_write)


def _bind(ports: range | None, wake_write: int) -> _Server:
    for port in ports or (0,):
        with suppress(OSError):
            return _Server(port, wake_write)
    raise OSError("no port is free")


class _Server(ThreadingHTTPServer):
    """Serves the redirect, and writes to a pipe when it has come, to end a `select`."""

    daemon_threads = True  # do not wait for a browser's idle connections
    allow_reuse_address = False  # another program may not be listening there

    def __init__(self, port: int, wake_write: int) -> None:
        self.responses: SimpleQueue[AuthorizationResponse] = SimpleQueue()
        self._wake_write = wake_write
        self.state: str | None = None
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        """Bind, without looking up the machine's name as the library does."""
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def parse_target(self, target: str) -> AuthorizationResponse | None:
        """Return the answer in the path that a browser requests; None if it is not expected."""
        if self.state is None:
            return None
        try:
            return parse_response(f"http://127.0.0.1{target}", self.state)
        except ValueError:
            return None

    def deliver(self, response: AuthorizationResponse) -> None:
        """Hand the answer to the thread that waits."""
        self.responses.put(response)
        os.write(self._wake_write, b"!")


class _Handler(BaseHTTPRequestHandler):
    timeout = _IDLE_SECONDS
    server: _Server

    def do_GET(self) -> None:
        """Show the browser a page, and deliver the answer that it brings."""
        response = self.server.parse_target(self.path)
        page = (_UNEXPECTED if response is None else _DONE).encode()
        self.send_response(HTTPStatus.NOT_FOUND if response is None else HTTPStatus.OK)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(page)
        if response is not None:
            self.server.deliver(response)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Log nothing: the address holds the code."""


def _standard_input() -> int | None:
    """Return the descriptor of standard input; None if it is closed or has none."""
    try:
        return sys.stdin.fileno() if sys.stdin is not None else None
    except (OSError, ValueError):
        return None


class _LineReader:
    """Reads whole lines from a descriptor without blocking. `descriptors` is for `select`."""

    def __init__(self, descriptor: int | None) -> None:
        self.descriptors = [] if descriptor is None else [descriptor]
        self._rest = b""

    def read_lines(self) -> list[str]:
        """Return the lines that have come; at the end of the input, `descriptors` gets empty."""
        [descriptor] = self.descriptors
        try:
            new = os.read(descriptor, _MAX_LINE)
        except OSError:  # the terminal is gone
            new = b""
        if not new:
            self.descriptors = []
        *lines, self._rest = (self._rest + new).split(b"\n") if new else [self._rest, b""]
        self._rest = self._rest[-_MAX_LINE:]
        texts = (line.decode("utf-8", "replace").strip() for line in lines)
        return [text for text in texts if text]
