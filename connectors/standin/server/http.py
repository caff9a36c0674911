"""The server: one loopback address that answers for Gmail, Calendar and OAuth.

`with serve(world) as google:` runs it in a thread; `google` gives its address, credentials for
it, its faults, its meter and the log of requests.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from connectors.standin.clock import RealClock, ServerClock
from connectors.standin.server.batch import PartFate
from connectors.standin.server.dispatch import Google
from connectors.standin.server.quota import Quota
from connectors.standin.world.world import World


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60
    server: _Server

    def _serve(self) -> None:
        google = self.server.google
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = google.answer(self.command, self.path, headers, body)
        if reply.fate is PartFate.LOST:
            self.close_connection = True
            return
        extra = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
        head = (
            f"HTTP/1.1 {reply.status} {reply.reason}\r\n"
            f"Content-Type: {reply.content_type}\r\n"
            f"Content-Length: {len(reply.body)}\r\n{extra}\r\n"
        )
        sent = reply.body
        if reply.fate is PartFate.TORN:
            sent = sent[: len(sent) // 2]
            self.close_connection = True
        self.wfile.write(head.encode() + sent)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - the library's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Log nothing: the request log is `Google.requests`."""


class _Server(ThreadingHTTPServer):
    """Keeps its connections, so that closing it ends them too."""

    daemon_threads = False  # closing waits for the handlers
    google: Google

    def __init__(self, port: int) -> None:
        self._open: set[socket.socket] = set()
        self._guard = Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the library's types
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 - as above
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as above
        """A client that went away is nothing to report; anything else is a fault of ours."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        """End every connection that is still open."""
        with self._guard:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # its client was faster


@contextmanager
def serve(
    world: World,
    port: int = 0,
    *,
    clock: ServerClock | None = None,
    quota: Quota | None = None,
    in_flight: int | None = None,
    latency: float = 0.0,
) -> Iterator[Google]:
    """Answer for a world on 127.0.0.1 while the block runs; port 0 takes a free one.

    All of the server's time (quota windows, token lifetimes, latency, delays) runs on `clock`;
    None is the machine's. `quota` is the regime calls are held to, `in_flight` the most calls
    that the mailbox takes at once, each without a limit where None. Every answer takes `latency`
    seconds; the parts of a batch take them side by side.
    """
    with _Server(port) as server:
        google = Google(
            world,
            f"http://127.0.0.1:{server.server_address[1]}",
            clock or RealClock(),
            quota=quota,
            in_flight=in_flight,
            latency=latency,
        )
        server.google = google
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield google
        finally:
            server.shutdown()
            thread.join()
            server.hang_up()
