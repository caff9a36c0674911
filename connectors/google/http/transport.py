"""A connection to one of Google's APIs: authorised requests within the quota, with retries.

Every request goes through `Transport`. Transient errors are retried there, so that callers see a
response, a final refusal, or an error of `connectors.errors`.
"""

from __future__ import annotations

import contextlib
import errno
import http.client
import json
import math
import ssl
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self
from urllib.parse import urlsplit

from connectors.api import Context
from connectors.errors import AuthRequired, Retriable
from connectors.google.apis import Api
from connectors.google.http import multipart
from connectors.google.http.errors import ApiError, ErrorKind
from connectors.google.http.multipart import HttpResponse
from connectors.google.http.quota import NEW, Prices
from connectors.google.http.rate_limit import TokenBucket
from connectors.google.http.retry import Retry, RetryPolicy, TransientError
from connectors.google.oauth.credentials import Grant
from connectors.google.oauth.refresh import refreshed

TIMEOUT_SECONDS = 30.0
# A token may have expired when a pull begins, and the next one may be revoked early. A third
# refusal in a row has another cause.
MAX_REFRESHES = 2


class Transport:
    """A connection to one API, for the thread that opens it; use it as a context manager.

    `service` builds requests; `execute` sends one, `BatchExecutor.execute_all` many. `units`
    counts the quota units spent since `take_units`. With a `bucket`, requests wait for its units.
    """

    def __init__(
        self,
        api: Api,
        grant: Grant,
        context: Context,
        *,
        endpoint: str | None = None,
        retry_policy: RetryPolicy | None = None,
        bucket: TokenBucket | None = None,
        prices: Prices = NEW,
    ) -> None:
        import google_auth_httplib2  # noqa: PLC0415 - slow to import, as the next three
        import httplib2  # noqa: PLC0415
        from google.auth.exceptions import TransportError  # noqa: PLC0415
        from googleapiclient.discovery import build  # noqa: PLC0415

        self._api = api
        self._grant = grant
        self._context = context
        self.retry = Retry(context, retry_policy or RetryPolicy())
        self._bucket = bucket
        self._prices = prices
        self._url = endpoint or api.host
        self._credentials = grant.load()
        self._http = httplib2.Http(timeout=TIMEOUT_SECONDS)
        self._http.follow_redirects = False  # the token is for this host alone
        self._token_request = google_auth_httplib2.Request(self._http)
        self._connection_errors = (
            OSError,
            http.client.HTTPException,
            httplib2.HttpLib2Error,
            TransportError,
        )
        self._unreachable_errors = (
            ConnectionRefusedError,
            ssl.SSLCertVerificationError,
            httplib2.ServerNotFoundError,
        )
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
        """Return the quota units spent since the last call of this method."""
        units, self.units = self.units, 0
        return units

    def execute(self, request: Any) -> dict[str, Any]:  # noqa: ANN401 - the library ships no types
        """Send one request, with retries, and return the JSON object of its response.

        Raises Refused, AuthRequired, or Retriable after the last attempt.
        """

        def attempt() -> dict[str, Any]:
            self._spend(self.price(request))
            return self._parse(
                self._send_authorised(request.uri, request.method, request.body, request.headers)
            )

        return self.retry.call(attempt)

    def post_batch(self, requests: Sequence[Any]) -> dict[int, HttpResponse]:
        """Send these requests as one batch; return the responses by the index of their request.

        Retried if the batch as a whole meets a transient error. Raises as `execute`.
        """
        body, content_type = multipart.encode(requests)
        headers = {"content-type": content_type}

        def attempt() -> dict[int, HttpResponse]:
            self._spend(sum(self.price(request) for request in requests))
            response = self._send_authorised(self._url + self._api.batch, "POST", body, headers)
            received_type = response.headers.get("content-type", "")
            return multipart.decode(response.content, received_type, len(requests))

        return self.retry.call(attempt)

    def read_part(self, response: HttpResponse | None) -> dict[str, Any] | ApiError:
        """Return a batch part's JSON object, or the final error that concerns this part alone.

        Raises TransientError if the part is to be sent again (None: it was lost), AuthRequired if
        the token was not accepted, Refused if Google refuses this kind of call altogether (403).
        """
        if response is None:
            raise self._torn()
        if response.status < http.client.MULTIPLE_CHOICES:
            return self._parse(response)
        error = self._final_error(response)
        if error.status == http.client.FORBIDDEN:
            raise error.as_exception(self._api.title)
        return error

    def refresh(self) -> None:
        """Get a new access token. Raises AuthRequired or Retriable."""
        self.retry.call(self._refresh)

    def price(self, request: Any) -> int:  # noqa: ANN401 - the library ships no types
        """Return the price of a request in quota units."""
        return self._prices.by_method[request.methodId]

    @property
    def max_batch_units(self) -> float:
        """Most quota units that one batch may cost; infinite without a bucket."""
        return math.inf if self._bucket is None else self._bucket.capacity

    def _spend(self, units: int) -> None:
        """Wait until the quota has these units, then count them as spent."""
        if self._bucket is not None:
            self.retry.wait_for_quota(self._bucket.seconds_until(units))
            self._bucket.spend(units)
        self.units += units

    def _send_authorised(
        self, uri: str, method: str, body: bytes | str | None, headers: Mapping[str, str]
    ) -> HttpResponse:
        """Send a request, with a new token if the old one is refused; return its success.

        Raises for every other response.
        """
        if not self._credentials.valid:
            self._refresh()
        response = self._send(uri, method, body, headers)
        for _ in range(MAX_REFRESHES):
            if response.status != http.client.UNAUTHORIZED:
                break
            self._refresh()
            response = self._send(uri, method, body, headers)
        if response.status < http.client.MULTIPLE_CHOICES:
            return response
        raise self._final_error(response).as_exception(self._api.title)

    def _send(
        self, uri: str, method: str, body: bytes | str | None, headers: Mapping[str, str]
    ) -> HttpResponse:
        authorised = dict(headers)
        self._credentials.apply(authorised)
        with self._connecting_to(uri):
            response, content = self._http.request(
                uri, method=method, body=body, headers=authorised
            )
        return HttpResponse(response.status, response, content)

    def _refresh(self) -> None:
        with self._connecting_to(str(getattr(self._credentials, "token_uri", "") or self._url)):
            self._credentials = refreshed(self._credentials, self._token_request, self._grant)

    @contextlib.contextmanager
    def _connecting_to(self, uri: str) -> Iterator[None]:
        """Turn errors of the connection into Retriable (unreachable) or TransientError."""
        host = urlsplit(uri).netloc
        try:
            yield
        except self._connection_errors as error:
            cause = _innermost(error)
            reason = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
            if isinstance(cause, self._unreachable_errors) or _is_unroutable(cause):
                raise Retriable(f"cannot reach {host}: {reason}") from error
            text = f"the connection to {host} broke off ({reason})"
            raise TransientError(text, self.retry.policy.attempts) from error

    def _final_error(self, response: HttpResponse) -> ApiError:
        """Return a response's error if it is final; else raise AuthRequired or TransientError."""
        error = ApiError.parse(
            response.status, response.headers, response.content, self._context.now()
        )
        title, policy = self._api.title, self.retry.policy
        match error.kind:
            case ErrorKind.UNAUTHORISED:
                raise AuthRequired(f"{title} does not take this access: {self._grant.advice}.")
            case ErrorKind.SCOPE:
                raise AuthRequired(
                    f"{title} was not allowed to be read in this way "
                    f"({self._grant.scope} is missing): {self._grant.advice}."
                )
            case ErrorKind.RATE:
                if self._bucket is not None and not error.too_concurrent:
                    self._bucket.drain()
                raise TransientError(
                    f"{title} asks to wait ({error})",
                    policy.attempts_when_limited,
                    error.retry_after,
                    too_concurrent=error.too_concurrent,
                    quota_spent=not error.too_concurrent,
                )
            case ErrorKind.SERVER:
                raise TransientError(
                    f"{title} has trouble of its own ({error})",
                    policy.attempts,
                    error.retry_after,
                    api_error=error,
                )
            case ErrorKind.FINAL:
                return error

    def _parse(self, response: HttpResponse) -> dict[str, Any]:
        """Return a response's JSON object. Raises TransientError if it is none: it was cut."""
        try:
            body = json.loads(response.content)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise self._torn()
        return body

    def _torn(self) -> TransientError:
        text = f"an answer of {self._api.title} came torn"
        return TransientError(text, self.retry.policy.attempts)


def _innermost(error: BaseException) -> BaseException:
    """Return the original error inside the wrappers of google.auth."""
    inner = error.args[0] if error.args else None
    return _innermost(inner) if isinstance(inner, BaseException) else error


def _is_unroutable(error: BaseException) -> bool:
    """Whether there is no network route to the host."""
    unroutable = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN}
    return isinstance(error, OSError) and error.errno in unroutable
