"""The one way to Google's APIs: every request goes through here, and every fault is met here.

What passes is waited out a few times, so that callers see only answers, a definite refusal, or
an error named by what the engine must do. Waiting ends at once when the engine is to stop.
"""

from __future__ import annotations

import contextlib
import errno
import http.client
import json
import random
import ssl
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from connectors.api import Context
from connectors.errors import AuthRequired, Retriable
from connectors.google.auth import Grant
from connectors.google.multipart import Answer, compose, parse
from connectors.google.pace import Pace
from connectors.google.quota import PRICES
from connectors.google.refusals import Kind, Refusal, Refused
from connectors.google.renewing import renew

_T = TypeVar("_T")

TIMEOUT_SECONDS = 30.0
# Google takes 100 calls in a batch and advises against more than 50; what runs into limits first
# is how many of them are in flight for one mailbox.
BATCH_SIZE = 25
_SMALLEST_BATCH = 5


@dataclass(frozen=True, slots=True)
class Api:
    """One of Google's APIs: how the client library names it, and where it lives."""

    service: str
    version: str
    title: str
    host: str
    base: str = ""
    batch: str = ""


GMAIL = Api("gmail", "v1", "Gmail", "https://gmail.googleapis.com", "", "/batch/gmail/v1")
CALENDAR = Api(
    "calendar",
    "v3",
    "Google Calendar",
    "https://www.googleapis.com",
    "/calendar/v3/",
    "/batch/calendar/v3",
)


@dataclass(frozen=True, slots=True)
class Patience:
    """How often is tried, and how long is waited in between (seconds, doubling).

    Rate limits are given over a minute in all, for they are counted by the minute.
    """

    tries: int = 5
    tries_when_limited: int = 7
    first: float = 1.0
    longest: float = 32.0
    longest_asked: float = 90.0


class Stopped(Retriable):
    """The engine asked to stop while something was waited for."""


class _Passing(Exception):
    """A fault that may pass; `tries` says how often it is worth trying."""

    def __init__(self, text: str, tries: int, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.tries = tries
        self.retry_after = retry_after


class Transport:
    """A connection to one API, for the thread that opens it; use it as a context manager.

    `service` builds requests; `execute` and `execute_batch` carry them out. `units` counts what
    was spent of the quota since it was last taken; `pace`, if given, keeps it within the quota.
    """

    def __init__(
        self,
        api: Api,
        grant: Grant,
        context: Context,
        *,
        endpoint: str | None = None,
        patience: Patience | None = None,
        pace: Pace | None = None,
    ) -> None:
        import google_auth_httplib2  # noqa: PLC0415 - slow to import, as the next three
        import httplib2  # noqa: PLC0415
        from google.auth.exceptions import TransportError  # noqa: PLC0415
        from googleapiclient.discovery import build  # noqa: PLC0415

        self._api = api
        self._grant = grant
        self._context = context
        self._patience = patience or Patience()
        self._pace = pace
        self._url = endpoint or api.host
        self._credentials = grant.load()
        self._http = httplib2.Http(timeout=TIMEOUT_SECONDS)
        self._http.follow_redirects = False  # the token is for this host alone
        self._token_request = google_auth_httplib2.Request(self._http)
        self._faults = (
            OSError,
            http.client.HTTPException,
            httplib2.HttpLib2Error,
            TransportError,
        )
        self._no_server = httplib2.ServerNotFoundError
        self._batch_size = BATCH_SIZE
        self.units = 0
        self.service = build(
            api.service,
            api.version,
            http=self._http,
            cache_discovery=False,
            static_discovery=True,
            client_options={"api_endpoint": self._url + api.base},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.service.close()
        self._http.close()

    def take_units(self) -> int:
        """What was spent since this was last asked."""
        units, self.units = self.units, 0
        return units

    def execute(self, request: Any) -> dict[str, Any]:  # noqa: ANN401 - the library ships no types
        """The answer to one request.

        Raises Refused where Google says no for good, AuthRequired, or Retriable after some tries.
        """

        def once() -> dict[str, Any]:
            self._spend(PRICES[request.methodId])
            answer = self._ask(request.uri, request.method, request.body, request.headers)
            found = _object(answer.content)
            if found is None:
                raise self._torn()
            return found

        return self._patiently(once)

    def execute_batch(self, requests: Mapping[str, Any]) -> dict[str, dict[str, Any] | Refusal]:
        """The answer to each of these reading requests, by its key; or the refusal it met.

        Parts that fail for a passing reason are asked again until each has a definite answer.
        Raises AuthRequired, or Retriable where nothing moves any more; Refused where Google
        refuses the kind of call altogether (403).
        """
        answers: dict[str, dict[str, Any] | Refusal] = {}
        queue = deque(requests)
        fruitless, renewed = 0, False
        while queue:
            keys = [queue.popleft() for _ in range(min(len(queue), self._batch_size))]
            parts = self._patiently(partial(self._post, [requests[key] for key in keys]))
            again: list[str] = []
            passing: _Passing | None = None
            unauthorised = False
            for place, key in enumerate(keys):
                try:
                    answers[key] = self._part(parts.get(place))
                except _Passing as fault:
                    passing = fault
                    again.append(key)
                except AuthRequired:
                    if renewed:
                        raise
                    unauthorised = True
                    again.append(key)
            queue.extendleft(reversed(again))
            if unauthorised:
                renewed = True
                self._patiently(self._renew)
            fruitless = fruitless + 1 if len(again) == len(keys) else 0
            if passing is not None:
                self._batch_size = max(_SMALLEST_BATCH, self._batch_size // 2)
                self._wait(max(fruitless, 1), passing)
            elif not again:
                renewed = False
                self._batch_size = min(BATCH_SIZE, self._batch_size + 1)
        return answers

    def _part(self, answer: Answer | None) -> dict[str, Any] | Refusal:
        """What a part of a batch says: an object, or a refusal that concerns this part alone."""
        if answer is None:
            raise self._torn()
        if answer.status < http.client.MULTIPLE_CHOICES:
            found = _object(answer.content)
            if found is None:
                raise self._torn()
            return found
        refusal = self._checked(answer)
        if refusal.status == http.client.FORBIDDEN:
            raise refusal.error(self._api.title)
        return refusal

    def _post(self, requests: list[Any]) -> dict[int, Answer]:
        body, kind = compose(requests)
        self._spend(sum(PRICES[request.methodId] for request in requests))
        answer = self._ask(self._url + self._api.batch, "POST", body, {"content-type": kind})
        return parse(answer.content, answer.headers.get("content-type", ""), len(requests))

    def _spend(self, units: int) -> None:
        """Count what a request costs, once there is room for it in the quota."""
        if self._pace is not None:
            pause = self._pace.pause(units)
            if pause:
                self._context.log.debug("keeping to the quota", seconds=round(pause, 1))
                if self._context.stop.wait(pause):
                    raise Stopped("stopped while keeping to the quota")
            self._pace.spend(units)
        self.units += units

    def _ask(
        self, uri: str, method: str, body: bytes | str | None, headers: Mapping[str, str]
    ) -> Answer:
        """One request and its successful answer, with a new token if the old one is refused."""
        if not self._credentials.valid:
            self._renew()
        answer = self._send(uri, method, body, headers)
        if answer.status == http.client.UNAUTHORIZED:
            self._renew()
            answer = self._send(uri, method, body, headers)
        if answer.status < http.client.MULTIPLE_CHOICES:
            return answer
        raise self._checked(answer).error(self._api.title)

    def _send(
        self, uri: str, method: str, body: bytes | str | None, headers: Mapping[str, str]
    ) -> Answer:
        sent = dict(headers)
        self._credentials.apply(sent)
        with self._reaching(uri):
            response, content = self._http.request(uri, method=method, body=body, headers=sent)
        return Answer(response.status, response, content)

    def _renew(self) -> None:
        with self._reaching(str(getattr(self._credentials, "token_uri", "") or self._url)):
            self._credentials = renew(self._credentials, self._token_request, self._grant)

    @contextlib.contextmanager
    def _reaching(self, uri: str) -> Iterator[None]:
        """Turn faults of the connection into ours: no way there at all, or broken on the way."""
        host = urlsplit(uri).netloc
        try:
            yield
        except self._faults as error:
            cause = _innermost(error)
            said = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
            no_way = (ConnectionRefusedError, ssl.SSLCertVerificationError, self._no_server)
            if isinstance(cause, no_way) or _unroutable(cause):
                raise Retriable(f"cannot reach {host}: {said}") from error
            raise _Passing(
                f"the connection to {host} broke off ({said})", self._patience.tries
            ) from error

    def _checked(self, answer: Answer) -> Refusal:
        """The refusal in an answer, if it is final; raises what else it means."""
        refusal = Refusal.read(answer.status, answer.headers, answer.content, self._context.now())
        title = self._api.title
        match refusal.kind:
            case Kind.UNAUTHORISED:
                raise AuthRequired(f"{title} does not take this access: {self._grant.advice}.")
            case Kind.SCOPE:
                raise AuthRequired(
                    f"{title} was not allowed to be read in this way "
                    f"({self._grant.scope} is missing): {self._grant.advice}."
                )
            case Kind.RATE:
                raise _Passing(
                    f"{title} asks to wait ({refusal})",
                    self._patience.tries_when_limited,
                    refusal.retry_after,
                )
            case Kind.SERVER:
                raise _Passing(
                    f"{title} has trouble of its own ({refusal})",
                    self._patience.tries,
                    refusal.retry_after,
                )
            case Kind.FINAL:
                return refusal

    def _torn(self) -> _Passing:
        return _Passing(f"an answer of {self._api.title} came torn", self._patience.tries)

    def _patiently(self, action: Callable[[], _T]) -> _T:
        tried = 0
        while True:
            if self._context.stop.is_set():
                raise Stopped("stopped before the answer came")
            try:
                return action()
            except _Passing as fault:
                tried += 1
                self._wait(tried, fault)

    def _wait(self, tried: int, fault: _Passing) -> None:
        """Wait after a fault; Retriable where that is the last one, or too long to sit out."""
        asked = fault.retry_after
        if tried >= fault.tries or (asked or 0.0) > self._patience.longest_asked:
            raise Retriable(f"{fault}".rstrip(".") + ".", retry_after=asked) from fault
        pause = min(self._patience.longest, self._patience.first * 2.0 ** (tried - 1))
        pause *= random.uniform(1.0, 1.5)  # noqa: S311 - spreads the load; nothing secret
        pause = max(pause, asked or 0.0)
        self._context.log.info("waiting for Google", seconds=round(pause, 1), why=str(fault))
        if self._context.stop.wait(pause):
            raise Stopped("stopped while waiting for Google")


def _object(content: bytes) -> dict[str, Any] | None:
    """The JSON object of an answer; None where it is none, as when it was cut."""
    try:
        found = json.loads(content)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _innermost(error: BaseException) -> BaseException:
    """What google.auth has wrapped."""
    inner = error.args[0] if error.args else None
    return _innermost(inner) if isinstance(inner, BaseException) else error


def _unroutable(error: BaseException) -> bool:
    """Whether there is no network at all."""
    away = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN}
    return isinstance(error, OSError) and error.errno in away


__all__ = ["CALENDAR", "GMAIL", "Api", "Patience", "Refused", "Stopped", "Transport"]
