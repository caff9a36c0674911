"""The one way to Google's APIs: every request goes through here, and every fault is met here.

What passes is waited out a few times, so that callers see only answers, a definite refusal, or
an error named by what the engine must do. Waiting ends at once when the engine is to stop.
"""

from __future__ import annotations

import contextlib
import errno
import http.client
import json
import math
import ssl
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from connectors.api import Context
from connectors.errors import AuthRequired, Retriable
from connectors.google.http.errors import Kind, Refusal
from connectors.google.http.multipart import Answer, compose, parse
from connectors.google.http.quota import NEW, Prices
from connectors.google.http.rate_limit import Pace
from connectors.google.http.retry import Passing, Patience, Waiting
from connectors.google.oauth.credentials import Grant
from connectors.google.oauth.refresh import renew

TIMEOUT_SECONDS = 30.0
# A token may be dead when we begin, and the next one may die young. A third refusal in a row is no
# accident.
RENEWALS = 2


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


class Transport:
    """A connection to one API, for the thread that opens it; use it as a context manager.

    `service` builds requests; `execute` carries one out, `Batches.read_all` many. `units` counts
    what was spent of the quota since it was last taken; `pace`, if given, keeps within the quota.
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
        prices: Prices = NEW,
    ) -> None:
        import google_auth_httplib2  # noqa: PLC0415 - slow to import, as the next three
        import httplib2  # noqa: PLC0415
        from google.auth.exceptions import TransportError  # noqa: PLC0415
        from googleapiclient.discovery import build  # noqa: PLC0415

        self._api = api
        self._grant = grant
        self._context = context
        self.waiting = Waiting(context, patience or Patience())
        self.pace = pace
        self._prices = prices
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
            self._spend(self.price(request))
            answer = self._ask(request.uri, request.method, request.body, request.headers)
            found = _object(answer.content)
            if found is None:
                raise self._torn()
            return found

        return self.waiting.patiently(once)

    def post_batch(self, requests: Sequence[Any]) -> dict[int, Answer]:
        """Send these calls together; the answers that came, by their places.

        Tried again where the batch as a whole meets a passing fault. Raises as `execute`.
        """
        body, kind = compose(requests)
        headers = {"content-type": kind}

        def once() -> dict[int, Answer]:
            self._spend(sum(self.price(request) for request in requests))
            answer = self._ask(self._url + self._api.batch, "POST", body, headers)
            return parse(answer.content, answer.headers.get("content-type", ""), len(requests))

        return self.waiting.patiently(once)

    def part(self, answer: Answer | None) -> dict[str, Any] | Refusal:
        """What a part of a batch says: an object, or a refusal that concerns this part alone.

        Raises Passing where the part is to be asked again, AuthRequired where the token was not
        taken, Refused where Google refuses the kind of call altogether (403).
        """
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

    def renew(self) -> None:
        """Get a new access token. Raises AuthRequired, or Retriable."""
        self.waiting.patiently(self._renew)

    def price(self, request: Any) -> int:  # noqa: ANN401 - the library ships no types
        """What a request costs, in units."""
        return self._prices.of[request.methodId]

    @property
    def room(self) -> float:
        """The most units that may go in one batch."""
        return math.inf if self.pace is None else self.pace.capacity

    def _spend(self, units: int) -> None:
        """Count what a request costs, once there is room for it in the quota."""
        if self.pace is not None:
            self.waiting.for_quota(self.pace.pause(units))
            self.pace.spend(units)
        self.units += units

    def _ask(
        self, uri: str, method: str, body: bytes | str | None, headers: Mapping[str, str]
    ) -> Answer:
        """One request and its successful answer, with a new token if the old one is refused."""
        if not self._credentials.valid:
            self._renew()
        answer = self._send(uri, method, body, headers)
        for _ in range(RENEWALS):
            if answer.status != http.client.UNAUTHORIZED:
                break
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
            text = f"the connection to {host} broke off ({said})"
            raise Passing(text, self.waiting.patience.tries) from error

    def _checked(self, answer: Answer) -> Refusal:
        """The refusal in an answer, if it is final; raises what else it means."""
        refusal = Refusal.read(answer.status, answer.headers, answer.content, self._context.now())
        title, patience = self._api.title, self.waiting.patience
        match refusal.kind:
            case Kind.UNAUTHORISED:
                raise AuthRequired(f"{title} does not take this access: {self._grant.advice}.")
            case Kind.SCOPE:
                raise AuthRequired(
                    f"{title} was not allowed to be read in this way "
                    f"({self._grant.scope} is missing): {self._grant.advice}."
                )
            case Kind.RATE:
                if self.pace is not None and not refusal.crowded:
                    self.pace.drain()
                raise Passing(
                    f"{title} asks to wait ({refusal})",
                    patience.tries_when_limited,
                    refusal.retry_after,
                    crowded=refusal.crowded,
                    spent=not refusal.crowded,
                )
            case Kind.SERVER:
                raise Passing(
                    f"{title} has trouble of its own ({refusal})",
                    patience.tries,
                    refusal.retry_after,
                    refusal=refusal,
                )
            case Kind.FINAL:
                return refusal

    def _torn(self) -> Passing:
        return Passing(f"an answer of {self._api.title} came torn", self.waiting.patience.tries)


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
