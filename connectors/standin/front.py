"""The front: takes each request to the API that answers it, and lets faults and limits speak.

What the server reads from the wire comes here; what stands here knows nothing of sockets.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Collection
from http import HTTPStatus
from typing import Any

from connectors.standin import asking, batch, calendar, consent, gmail, mask
from connectors.standin.asking import Ask
from connectors.standin.batch import Part, Reply
from connectors.standin.clock import Clock
from connectors.standin.errors import (
    GoogleError,
    OAuthError,
    bad_request,
    forbidden,
    not_found,
)
from connectors.standin.faults import Faults
from connectors.standin.flight import Flight, too_many
from connectors.standin.meter import Call, Meter, Quota
from connectors.standin.oauth import CLIENT_ID, CLIENT_SECRET, Authority
from connectors.standin.world import World

_REMEMBERED_CALLS = 200_000
_PAGED = frozenset({"history.list", "events.list"})
_BATCHES = frozenset({"/batch", "/batch/gmail/v1", "/batch/calendar/v3"})
_PHRASE = {status.value: status.phrase for status in HTTPStatus}
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Google:
    """The running stand-in; see `serve` for what it is given."""

    def __init__(
        self,
        world: World,
        url: str,
        clock: Clock,
        *,
        quota: Quota | None = None,
        in_flight: int | None = None,
        latency: float = 0.0,
    ) -> None:
        self.world = world
        self.url = url
        self.clock = clock
        self.authority = Authority(lambda: clock.now().timestamp())
        self.meter = Meter(clock, quota)
        self.flight = Flight(in_flight)
        self.latency = latency
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
        harmless = _BATCHES | {"/auth", "/token", "/revoke"}
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

    def service_account(
        self, scopes: Collection[str], subjects: Collection[str] | None = None
    ) -> dict[str, Any]:
        """The key file of a new service account, to which an administrator allows these scopes.

        It may act for `subjects`, the world's owner unless said.
        """
        whom = self.world.owner.addresses if subjects is None else subjects
        return self.authority.accounts.create(scopes, whom, f"{self.url}/token")

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
            self._wait()
        elif verb == "POST" and path in _BATCHES:
            reply, kind = self._batch(headers, body)
        elif path in {"/auth", "/token", "/revoke"}:
            reply = self._oauth(verb, path, query, body, headers.get("authorization", ""))
            kind = reply.headers.pop("Content-Type", kind)
            self._wait()
        else:
            own = Part("", verb, target, {}, body)
            [reply] = self._together([own], headers.get("authorization", ""), batched=False)
        self.requests.append(Call(verb, path, query, batched=False, status=reply.status))
        return reply, kind

    def _wait(self) -> None:
        seconds = self.latency + self.faults.delay
        if seconds:
            self.clock.sleep(seconds)

    def _together(self, parts: list[Part], own: str, *, batched: bool) -> list[Reply]:
        """Answer calls that are in flight at the same time, so that they take the time of one."""
        flying = self.flight.board(len(parts))
        try:
            replies = [self._part(part, own, batched=batched) for part in parts[:flying]]
            self._wait()
        finally:
            self.flight.land(flying)
        return [*replies, *(_refusal(too_many()) for _ in parts[flying:])]

    def _part(self, part: Part, own: str, *, batched: bool) -> Reply:
        path, _, query = part.target.partition("?")
        token = part.headers.get("authorization", own)
        return self._api(part.verb, path, query, token, part.body, batched=batched)

    def _batch(self, headers: dict[str, str], body: bytes) -> tuple[Reply, str]:
        kind = "application/json; charset=UTF-8"
        try:
            parts = batch.read(headers.get("content-type", ""), body)
        except ValueError as error:
            return _refusal(bad_request(f"Failed to parse batch request: {error}")), kind
        if not 0 < len(parts) <= batch.LIMIT:
            said = f"The batch request could not be processed: {len(parts)} calls, 1 to 100 allowed"
            return _refusal(bad_request(said)), kind
        replies = self._together(parts, headers.get("authorization", ""), batched=True)
        for part, reply in zip(parts, replies, strict=True):
            path, _, query = part.target.partition("?")
            self.requests.append(Call(part.verb, path, query, batched=True, status=reply.status))
        ids = [part.content_id for part in parts]
        whole = Reply(200, "OK", {}, batch.write(zip(ids, replies, strict=True)))
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
            if path == "/auth" and verb in {"GET", "POST"}:
                return consent.answer(self.authority, verb, query, form)
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
