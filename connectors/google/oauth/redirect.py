"""Google's answer to a request for access: by a redirect to this machine, or pasted by the owner.

A browser on this machine, or at the other end of a tunnel, is sent to a port on loopback. A browser
elsewhere is sent there in vain; its address bar then holds the answer, and the owner pastes it.
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

# Google's codes begin so; a bare one may be pasted too, for PKCE makes it useless to others.
_CODE = re.compile(r"4(/|%2F)[\w./%~+-]{8,}", re.ASCII | re.IGNORECASE)
_LONGEST_LINE = 16_384
_IDLE_SECONDS = 10  # browsers open connections that they then do not use
_DONE = "Beforehand has its answer from Google. You can close this window."
_STRANGE = "Beforehand waits for Google's answer, and this is none."

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """What Google said: a code, or else a short error such as `access_denied`."""

    code: str = ""
    error: str = ""


def read(text: str, state: str) -> Answer:
    """The answer in a redirected address, or a bare code.

    Raises ValueError, with a sentence for the owner, where it is none or belongs to another
    request: `state` is what this one was marked with.
    """
    text = text.strip().strip("<>\"'")
    if _CODE.fullmatch(text):
        return Answer(code=unquote(text))
    found = parse_qs(text.partition("?")[2].partition("#")[0])
    if "code" not in found and "error" not in found:
        raise ValueError(
            "That is not the address of the page that could not be opened: copy it whole from the "
            "browser's address bar, and paste it here."
        )
    if not compare_digest(found.get("state", [""])[0].encode(), state.encode()):
        raise ValueError(
            "That address belongs to another attempt: open the page above, and paste where it "
            "leads to."
        )
    if "error" in found:
        return Answer(error=found["error"][0][:60])
    return Answer(code=found["code"][0])


class Inbox:
    """Takes the answer, whichever way it comes first; `port` is where the redirect is awaited."""

    def __init__(self, server: _Server, bell: int) -> None:
        self._server = server
        self._bell = bell
        self._state = ""
        self.port: int = server.server_address[1]

    def expect(self, state: str) -> None:
        """Take the answer to the request marked with `state`, from before anybody sees it."""
        self._state = self._server.state = state

    def wait(self, seconds: float, tell: Tell) -> Answer | None:
        """The answer; None where none came in time.

        What the owner pastes is read from standard input; `tell` says what was wrong with it.
        """
        pasted = _Lines(_standard_input())
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            ready, _, _ = select.select([self._bell, *pasted.watched], [], [], left)
            if self._bell in ready:
                return self._server.answers.get()
            for line in pasted.take() if ready else ():
                try:
                    return read(line, self._state)
                except ValueError as error:
                    tell(str(error))
        return None


@contextmanager
def inbox(ports: range | None) -> Iterator[Inbox]:
    """Wait for an answer on loopback, on the first free one of `ports`, or on any port.

    Raises OSError where none is free.
    """
    bell, rope = os.pipe()
    try:
        with _listening(ports, rope) as server:
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            try:
                yield Inbox(server, bell)
            finally:
                server.shutdown()
                thread.join()
    finally:
        os.close(bell)
        os.close(rope)


def _listening(ports: range | None, rope: int) -> _Server:
    for port in ports or (0,):
        with suppress(OSError):
            return _Server(port, rope)
    raise OSError("no port is free")


class _Server(ThreadingHTTPServer):
    """Listens for the redirect, and pulls a rope when it has come."""

    daemon_threads = True  # an idle connection of a browser holds nobody up
    allow_reuse_address = False  # another program may not be listening there

    def __init__(self, port: int, rope: int) -> None:
        self.answers: SimpleQueue[Answer] = SimpleQueue()
        self._rope = rope
        self.state: str | None = None
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        """Bind, without looking up the machine's name as the library does."""
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def answer(self, target: str) -> Answer | None:
        """The answer in what a browser asks for, if it is the awaited one."""
        if self.state is None:
            return None
        try:
            return read(f"http://127.0.0.1{target}", self.state)
        except ValueError:
            return None

    def deliver(self, answer: Answer) -> None:
        """Let the one who waits have it."""
        self.answers.put(answer)
        os.write(self._rope, b"!")


class _Handler(BaseHTTPRequestHandler):
    timeout = _IDLE_SECONDS
    server: _Server

    def do_GET(self) -> None:
        """Answer the browser, and hand on what it brought."""
        answer = self.server.answer(self.path)
        said = (_STRANGE if answer is None else _DONE).encode()
        self.send_response(HTTPStatus.NOT_FOUND if answer is None else HTTPStatus.OK)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(said)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(said)
        if answer is not None:
            self.server.deliver(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Log nothing: the address holds the code."""


def _standard_input() -> int | None:
    """The descriptor from which lines can be read, if there is one."""
    try:
        return sys.stdin.fileno() if sys.stdin is not None else None
    except (OSError, ValueError):  # closed, or none of the system's
        return None


class _Lines:
    """Whole lines of a descriptor, as they come."""

    def __init__(self, descriptor: int | None) -> None:
        self.watched = [] if descriptor is None else [descriptor]
        self._left = b""

    def take(self) -> list[str]:
        """The lines that have come; at the end of the input it is watched no more."""
        [descriptor] = self.watched
        try:
            new = os.read(descriptor, _LONGEST_LINE)
        except OSError:  # a terminal that has gone
            new = b""
        if not new:
            self.watched = []
        *lines, self._left = (self._left + new).split(b"\n") if new else [self._left, b""]
        self._left = self._left[-_LONGEST_LINE:]
        texts = (line.decode("utf-8", "replace").strip() for line in lines)
        return [text for text in texts if text]
