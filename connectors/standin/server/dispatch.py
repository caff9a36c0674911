"""Dispatching: each request goes to the API that answers it, through faults and limits.

The HTTP server calls this module, which knows nothing of sockets.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Collection, Mapping
from http import HTTPStatus
from typing import Any

from connectors.standin.clock import ServerClock
from connectors.standin.errors import (
    GoogleError,
    OAuthError,
    bad_request,
    forbidden,
    not_found,
    too_many_at_once,
)
from connectors.standin.faults.concurrency import InFlight
from connectors.standin.faults.mix import CallPlace, FaultKind
from connectors.standin.faults.switches import Faults
from connectors.standin.server import batch, calendar, consent, field_mask, gmail, parameters
from connectors.standin.server.batch import BatchPart, PartFate, Reply
from connectors.standin.server.oauth import CLIENT_ID, CLIENT_SECRET, Authority
from connectors.standin.server.parameters import Ask, Method
from connectors.standin.server.quota import Call, Quota, QuotaMeter
from connectors.standin.world.churn import churn
from connectors.standin.world.world import World

_REMEMBERED_CALLS = 200_000
_PAGED = frozenset({"history.list", "events.list"})
_BATCHES = frozenset({"/batch", "/batch/gmail/v1", "/batch/calendar/v3"})
_OAUTH = frozenset({"/auth", "/token", "/revoke"})
_PHRASE = {status.value: status.phrase for status in HTTPStatus}
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Google:
    """The running stand-in; see `serve` for what it is given."""

    def __init__(
        self,
        world: World,
        url: str,
        clock: ServerClock,
        *,
        quota: Quota | None = None,
        in_flight: int | None = None,
        latency: float = 0.0,
    ) -> None:
        self.world = world
        self.url = url
        self.clock = clock
        self.authority = Authority(lambda: clock.now().timestamp())
        self.meter = QuotaMeter(clock, quota)
        self.flight = InFlight(in_flight)
        self.latency = latency
        self.faults = Faults(
            revoke_access=self.authority.revoke_access,
            revoke_grants=self.authority.revoke_grants,
            now=clock.now,
        )
        self.authority.withheld = lambda: self.faults.withheld
        self.requests: deque[Call] = deque(maxlen=_REMEMBERED_CALLS)
        self._apis: Mapping[str, gmail.GmailApi | calendar.CalendarApi] = {
            "gmail": gmail.GmailApi(world),
            "calendar": calendar.CalendarApi(world),
        }

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

    def answer(self, verb: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        """The whole answer to one HTTP request; header names are in lower case."""
        call = BatchPart("", verb, target, headers, body)
        reply = self._answered(call)
        if reply.fate is PartFate.ARRIVES and self.faults.tears(call.path):
            reply.fate = PartFate.TORN
        self._note(call, reply, batched=False)
        return reply

    def _answered(self, call: BatchPart) -> Reply:
        path = call.path
        if self.faults.drops(path):
            return _lost()
        failure = self.faults.failure(path)
        if failure is not None:
            self._wait()
            return _refusal(failure)
        if path in _OAUTH:
            self._wait()
            return self._oauth(call)
        batched = call.verb == "POST" and path in _BATCHES
        kind = self._meets(CallPlace.ENVELOPE if batched else CallPlace.ALONE, call)
        refused = self._at_the_door(kind)
        if refused is not None:
            self._wait()
            return refused
        reply = self._batch(call) if batched else self._alone(call, kind)
        if kind is FaultKind.SLOW:
            self.clock.sleep(self.clock.patience)
            reply.fate = PartFate.LOST
        if kind is FaultKind.TORN:
            reply.fate = PartFate.TORN
        return reply

    def _meets(self, place: CallPlace, call: BatchPart) -> FaultKind | None:
        """What of the mix this call meets; only what reads meets any."""
        if not self.faults.mixed or (call.verb != "GET" and place is not CallPlace.ENVELOPE):
            return None
        routed = _route(call.verb, call.path)
        kind = self.faults.meets(place, routed[1].name if routed else "", call.target)
        if kind in {FaultKind.UNAUTHORISED, FaultKind.PART_UNAUTHORISED}:
            self.authority.revoke_access()
        if kind is FaultKind.CHURN:
            (self.world.churning or churn(self.world, every=0)).step()
        return kind

    def _at_the_door(self, kind: FaultKind | None) -> Reply | None:
        """The answer to a call that gets no further, and so costs nothing."""
        if kind is FaultKind.DROP:
            return _lost()
        if kind is FaultKind.GARBAGE:
            return _page(200)
        error = (
            self.faults.refusal(kind) if kind in {FaultKind.SERVER, FaultKind.RETRY_AFTER} else None
        )
        if error is None:
            return None
        return _page(error.code) if error.code == HTTPStatus.BAD_GATEWAY else _refusal(error)

    def _wait(self) -> None:
        seconds = self.latency + self.faults.delay
        if seconds:
            self.clock.sleep(seconds)

    def _alone(self, call: BatchPart, kind: FaultKind | None) -> Reply:
        own = call.headers.get("authorization", "")
        return self._together(1, lambda _: self._api(call, own, kind))[0]

    def _batch(self, call: BatchPart) -> Reply:
        try:
            parts = batch.read(call.headers.get("content-type", ""), call.body)
        except ValueError as error:
            return _refusal(bad_request(f"Failed to parse batch request: {error}"))
        if not 0 < len(parts) <= batch.LIMIT:
            said = f"The batch request could not be processed: {len(parts)} calls, 1 to 100 allowed"
            return _refusal(bad_request(said))
        own = call.headers.get("authorization", "")
        replies = self._together(len(parts), lambda at: self._part(parts[at], own))
        for part, reply in zip(parts, replies, strict=True):
            self._note(part, reply, batched=True)
        ids = [part.content_id for part in parts]
        kind = f"multipart/mixed; boundary={batch.BOUNDARY}"
        return Reply(200, "OK", {}, batch.write(zip(ids, replies, strict=True)), kind)

    def _part(self, part: BatchPart, own: str) -> Reply:
        kind = self._meets(CallPlace.PART, part)
        reply = self._api(part, part.headers.get("authorization", own), kind, batched=True)
        if kind is FaultKind.PART_LOST:
            reply.fate = PartFate.LOST
        return reply

    def _together(self, calls: int, answer: Callable[[int], Reply]) -> list[Reply]:
        """Answer calls that are in flight at the same time, so that they take the time of one."""
        flying = self.flight.enter(calls)
        try:
            replies = [answer(at) for at in range(flying)]
            self._wait()
        finally:
            self.flight.leave(flying)
        return [*replies, *(_refusal(too_many_at_once()) for _ in range(calls - flying))]

    def _note(self, call: BatchPart, reply: Reply, *, batched: bool) -> None:
        self.requests.append(Call(call.verb, call.path, call.query, batched, reply.status))

    def _api(
        self, call: BatchPart, authorization: str, kind: FaultKind | None, *, batched: bool = False
    ) -> Reply:
        try:
            scopes = self._scopes(authorization)
            routed = _route(call.verb, call.path)
            if routed is None:
                raise _unroutable(call.verb)
            api, method, args = routed
            self.meter.charge(method.name)
            failure = self.faults.part_failure() if batched else None
            failure = failure or self.faults.refusal(kind)
            if failure is not None:
                raise failure
            params = parameters.read(method, call.query)
            if kind is FaultKind.SHORT_PAGE:
                params = params.limited("maxResults", self.faults.few())
            ask = Ask(method, args, params, scopes, call.body)
            ask.page_is_empty = kind is FaultKind.EMPTY_PAGE or (
                method.name in _PAGED and self.faults.empties_page()
            )
            with self.world.lock:
                if self.world.churning is not None:
                    self.world.churning.tick()
                found = self._apis[api].answer(ask)
            if params.mask is not None:
                found = field_mask.apply(params.mask, found)
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

    def _oauth(self, call: BatchPart) -> Reply:
        verb, path, query = call.verb, call.path, call.query
        form = call.body.decode("utf-8", "replace")
        try:
            if path == "/auth" and verb in {"GET", "POST"}:
                return consent.answer(self.authority, verb, query, form)
            if path == "/token" and verb == "POST":
                said = self.authority.token(form, call.headers.get("authorization", ""))
                return Reply(200, "OK", {}, _encode(said).encode())
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


def _page(status: int) -> Reply:
    """A page for people, where a program expects JSON."""
    body = f"<!DOCTYPE html><title>Error {status}</title><p>That is an error. Try again.</p>"
    return Reply(status, _PHRASE[status], {}, body.encode(), "text/html; charset=UTF-8")


def _lost() -> Reply:
    return Reply(0, "", {}, b"", fate=PartFate.LOST)


def _route(verb: str, path: str) -> tuple[str, Method, list[str]] | None:
    """Which API a request is for, its method, and the arguments of that."""
    parts = path.split("/")
    routed = None
    if parts[1:4] == ["gmail", "v1", "users"]:
        routed = gmail.route(verb, parts[4:])
    elif parts[1:3] == ["calendar", "v3"]:
        routed = calendar.route(verb, parts[3:])
    return None if routed is None else (parts[1], *routed)


def _unroutable(verb: str) -> GoogleError:
    if verb == "GET":
        return not_found("Not Found")
    return forbidden("The stand-in changes nothing but what its tests change")
