"""The server: one loopback address that answers for Gmail, Calendar and OAuth.

`with serve(world) as google:` runs it in a thread; `google` gives its address, credentials for
it, its faults, its meter and the log of requests.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from collections import deque
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from connectors.standin import asking, batch, calendar, gmail, mask
from connectors.standin.asking import Ask
from connectors.standin.batch import Reply
from connectors.standin.errors import GoogleError, bad_request, forbidden, not_found
from connectors.standin.faults import Faults
from connectors.standin.meter import Call, Meter
from connectors.standin.oauth import CLIENT_ID, CLIENT_SECRET, Authority, OAuthError
from connectors.standin.world import World

_REMEMBERED_CALLS = 200_000
_PAGED = frozenset({"history.list", "events.list"})
_BATCHES = frozenset({"/batch", "/batch/gmail/v1", "/batch/calendar/v3"})
_PHRASE = {status.value: status.phrase for status in HTTPStatus}
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Google:
    """The running stand-in."""

    def __init__(self, world: World, url: str) -> None:
        self.world = world
        self.url = url
        self.authority = Authority()
        self.meter = Meter()
        self.faults = Faults(
            revoke_access=self.authority.revoke_access,
            revoke_grants=self.authority.revoke_grants,
        )
        self.authority.withheld = lambda: self.faults.withheld
        self.requests: deque[Call] = deque(maxlen=_REMEMBERED_CALLS)
        self._gmail = gmail.Gmail(world)
        self._calendars = calendar.Calendars(world)

    @property
    def writes(self) -> list[Call]:
        """The calls that would change something: neither reads, tokens nor batch envelopes."""
        harmless = _BATCHES | {"/token", "/revoke"}
        return [c for c in self.requests if c.verb != "GET" and c.path not in harmless]

    def credentials(self, scopes: Collection[str], *, with_token: bool = True) -> dict[str, Any]:
        """An authorized-user file for these scopes, whose token endpoint is the stand-in."""
        wanted = frozenset(scopes)
        found: dict[str, Any] = {
            "type": "authorized_user",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "refresh_token": self.authority.grant(wanted),
            "token_uri": f"{self.url}/token",
            "scopes": sorted(wanted),
            "universe_domain": "googleapis.com",
        }
        if with_token:
            token, ends = self.authority.access(wanted)
            found |= {"token": token, "expiry": ends.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
        return found

    def client_secrets(self) -> dict[str, Any]:
        """The file of an installed application, as the cloud console would give it out."""
        return {
            "installed": {
                "client_id": CLIENT_ID,
                "client_secret": CLIENT_SECRET,
                "project_id": "standin",
                "auth_uri": f"{self.url}/auth",
                "token_uri": f"{self.url}/token",
                "redirect_uris": ["http://localhost"],
            }
        }

    # Answering.

    def answer(
        self, verb: str, target: str, headers: dict[str, str], body: bytes
    ) -> tuple[Reply, str]:
        """The whole answer to one HTTP request, and its content type."""
        path, _, query = target.partition("?")
        kind = "application/json; charset=UTF-8"
        failure = self.faults.failure(path)
        if failure is not None:
            reply = _refusal(failure)
        elif verb == "POST" and path in _BATCHES:
            reply, kind = self._batch(headers, body)
        elif path in {"/auth", "/token", "/revoke"}:
            reply = self._oauth(verb, path, query, body, headers.get("authorization", ""))
        else:
            reply = self._api(verb, path, query, headers.get("authorization", ""), body)
        self.requests.append(Call(verb, path, query, batched=False, status=reply.status))
        return reply, kind

    def _batch(self, headers: dict[str, str], body: bytes) -> tuple[Reply, str]:
        kind = "application/json; charset=UTF-8"
        try:
            parts = batch.read(headers.get("content-type", ""), body)
        except ValueError as error:
            return _refusal(bad_request(f"Failed to parse batch request: {error}")), kind
        if not 0 < len(parts) <= batch.LIMIT:
            said = f"The batch request could not be processed: {len(parts)} calls, 1 to 100 allowed"
            return _refusal(bad_request(said)), kind
        own = headers.get("authorization", "")
        replies = []
        for part in parts:
            path, _, query = part.target.partition("?")
            token = part.headers.get("authorization", own)
            reply = self._api(part.verb, path, query, token, part.body, batched=True)
            self.requests.append(Call(part.verb, path, query, batched=True, status=reply.status))
            replies.append((part.content_id, reply))
        whole = Reply(200, "OK", {}, batch.write(replies))
        return whole, f"multipart/mixed; boundary={batch.BOUNDARY}"

    def _api(
        self,
        verb: str,
        path: str,
        query: str,
        authorization: str,
        body: bytes,
        *,
        batched: bool = False,
    ) -> Reply:
        try:
            scopes = self._scopes(authorization)
            parts = path.split("/")
            api: gmail.Gmail | calendar.Calendars
            if parts[1:4] == ["gmail", "v1", "users"]:
                api, routed = self._gmail, gmail.route(verb, parts[4:])
            elif parts[1:3] == ["calendar", "v3"]:
                api, routed = self._calendars, calendar.route(verb, parts[3:])
            else:
                raise not_found("Not Found")
            if routed is None:
                raise _unroutable(verb)
            method, args = routed
            self.meter.charge(method.name)
            failure = self.faults.part_failure() if batched else None
            if failure is not None:
                raise failure
            ask = Ask(method, args, asking.read(method, query), scopes, body)
            ask.page_is_empty = method.name in _PAGED and self.faults.empties_page()
            with self.world.lock:
                found = api.answer(ask)
            if ask.params.mask is not None:
                found = mask.apply(ask.params.mask, found)
            return Reply(200, "OK", {}, _encode(found).encode())
        except GoogleError as error:
            return _refusal(error)

    def _scopes(self, authorization: str) -> frozenset[str]:
        kind, _, token = authorization.partition(" ")
        scopes = self.authority.scopes(token) if kind.lower() == "bearer" else None
        if scopes is None:
            raise GoogleError(
                401,
                "authError",
                "Request had invalid authentication credentials.",
                headers={"WWW-Authenticate": 'Bearer realm="https://accounts.example.org/"'},
            )
        return scopes

    def _oauth(self, verb: str, path: str, query: str, body: bytes, authorization: str) -> Reply:
        form = body.decode("utf-8", "replace")
        try:
            if path == "/auth" and verb == "GET":
                return Reply(302, "Found", {"Location": self.authority.consent(query)}, b"")
            if path == "/token" and verb == "POST":
                return Reply(
                    200, "OK", {}, _encode(self.authority.token(form, authorization)).encode()
                )
            if path == "/revoke" and verb == "POST":
                known = self.authority.revoke(form or query)
                return Reply(200, "OK", {}, b"{}") if known else _plain(400, "invalid_token")
        except OAuthError as error:
            return Reply(error.status, _PHRASE[error.status], {}, _encode(error.body).encode())
        return _refusal(_unroutable(verb))


def _plain(status: int, error: str) -> Reply:
    return Reply(status, _PHRASE[status], {}, _encode({"error": error}).encode())


def _refusal(error: GoogleError) -> Reply:
    body = json.dumps(error.body(), indent=2).encode()
    return Reply(error.code, _PHRASE.get(error.code, "Error"), dict(error.headers), body)


def _unroutable(verb: str) -> GoogleError:
    if verb == "GET":
        return not_found("Not Found")
    return forbidden("The stand-in changes nothing but what its tests change")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60
    server: _Server

    def _serve(self) -> None:
        google = self.server.google
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        path = self.path.partition("?")[0]
        if google.faults.delay:
            time.sleep(google.faults.delay)
        if google.faults.drops(path):
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply, kind = google.answer(self.command, self.path, headers, body)
        extra = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
        head = (
            f"HTTP/1.1 {reply.status} {reply.reason}\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {len(reply.body)}\r\n{extra}\r\n"
        )
        sent = reply.body
        if google.faults.tears(path):
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
def serve(world: World, port: int = 0) -> Iterator[Google]:
    """Answer for a world on 127.0.0.1 while the block runs; port 0 takes a free one."""
    with _Server(port) as server:
        google = Google(world, f"http://127.0.0.1:{server.server_address[1]}")
        server.google = google
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield google
        finally:
            server.shutdown()
            thread.join()
            server.hang_up()
