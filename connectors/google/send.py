"""Sending of a message by the Gmail API, with a credential that allows nothing else.

A message must never go out twice, so that nothing is retried here. `Retriable` means that it was
certainly not sent; an `OSError` means that it may or may not have been sent.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from connectors.api import TokenStore
from connectors.errors import AuthRequired, ConfigError, Retriable
from connectors.google.apis import GMAIL
from connectors.google.http.errors import ApiError, ErrorKind
from connectors.google.http.transport import TIMEOUT_SECONDS
from connectors.google.oauth.consent import authorize
from connectors.google.oauth.credentials import SEND, Grant, utc_now
from connectors.google.oauth.refresh import expiry_warning, refreshed
from connectors.network import is_secure_url


@dataclass(frozen=True, slots=True, kw_only=True)
class GmailSender:
    """Sends as the owner of its credential, which is stored as `google-send:<id>`.

    `name` is what the owner writes after `beforehand auth`. `api_endpoint` replaces Google's
    host.
    """

    id: str
    tokens: TokenStore
    name: str = "report"
    credentials: Path | None = None
    client_secrets: Path | None = None
    subject: str | None = None
    api_endpoint: str | None = None
    now: Callable[[], datetime] = utc_now

    def __post_init__(self) -> None:
        if self.api_endpoint is not None and not is_secure_url(self.api_endpoint):
            raise ConfigError(
                f"api_endpoint: {self.api_endpoint!r} is no https:// address "
                "(http:// will do only on this machine itself)"
            )

    def authorize(self, *, open_browser: bool = True) -> str:
        """Ask the owner for `gmail.send`, store the credential, and return what was granted.

        Raises ConfigError, AuthRequired or Retriable.
        """
        return authorize(self._grant, open_browser=open_browser)

    def check(self) -> str:
        """Return in one line that Google still accepts the credential; sends nothing.

        Raises AuthRequired, ConfigError or Retriable.
        """
        import requests  # noqa: PLC0415 - slow to import
        from google.auth.transport.requests import Request  # noqa: PLC0415 - as above

        credentials = self._grant.load()
        if credentials.valid and getattr(credentials, "refresh_token", "") is None:
            return "there is a token for sending, good for an hour at most"
        with requests.Session() as session:
            self._refreshed(credentials, Request(session))
        return "Gmail takes the credential for sending"

    def expiry_warning(self) -> str:
        """Return a warning if access will end soon, in one sentence; else empty. Asks nobody."""
        return expiry_warning(self._grant)

    def send_raw(self, raw: bytes) -> str:
        """Send a whole RFC 5322 message, and return its Gmail id.

        Raises AuthRequired, ConfigError, Retriable (certainly not sent), Refused (for good), and
        OSError if it may or may not have been sent.
        """
        import requests  # noqa: PLC0415 - slow to import
        from google.auth.transport.requests import Request  # noqa: PLC0415 - as above

        credentials = self._grant.load()
        url = f"{(self.api_endpoint or GMAIL.host).rstrip('/')}/gmail/v1/users/me/messages/send"
        with requests.Session() as session:
            if not credentials.valid:
                credentials = self._refreshed(credentials, Request(session))
            response = self._post(session, url, raw, credentials)
            if response.status_code == HTTPStatus.UNAUTHORIZED:  # not read: safe to send again
                credentials = self._refreshed(credentials, Request(session))
                response = self._post(session, url, raw, credentials)
        if response.status_code != HTTPStatus.OK:
            raise self._error(response)
        try:
            return str(response.json()["id"])
        except (ValueError, KeyError, TypeError) as error:
            raise ConnectionError("Gmail's answer came torn") from error

    @property
    def _grant(self) -> Grant:
        return Grant(
            source=self.name,
            name=f"google-send:{self.id}",
            scopes=(SEND,),
            tokens=self.tokens,
            credentials=self.credentials,
            client_secrets=self.client_secrets,
            subject=self.subject,
            now=self.now,
        )

    def _post(self, session: Any, url: str, raw: bytes, credentials: Any) -> Any:  # noqa: ANN401 - the libraries ship no types
        import requests  # noqa: PLC0415 - as above

        def bearer(request: Any) -> Any:  # noqa: ANN401 - as above
            credentials.apply(request.headers)
            return request

        try:
            return session.post(
                url,
                json={"raw": base64.urlsafe_b64encode(raw).decode()},
                auth=bearer,  # not as a header: a .netrc would win over it
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
            )
        except requests.exceptions.RequestException as error:
            if _is_connection_failure(error):
                raise Retriable(f"cannot reach {url.split('/')[2]}") from error
            raise ConnectionError("no answer came") from error

    def _refreshed(self, credentials: Any, transport: Any) -> Any:  # noqa: ANN401 - as above
        from google.auth.exceptions import TransportError  # noqa: PLC0415 - slow to import

        try:
            return refreshed(credentials, transport, self._grant)
        except (OSError, TransportError) as error:
            raise Retriable("Google's token server cannot be reached") from error

    def _error(self, response: Any) -> Exception:  # noqa: ANN401 - as above
        """Return the exception for a response that is not 200."""
        headers = {name.lower(): value for name, value in response.headers.items()}
        error = ApiError.parse(response.status_code, headers, response.content, self.now())
        match error.kind:
            case ErrorKind.UNAUTHORISED | ErrorKind.SCOPE:
                return AuthRequired(f"Gmail does not let this report out: {self._grant.advice}.")
            case ErrorKind.RATE:
                return Retriable(
                    f"Gmail asks to wait before sending ({error}).",
                    retry_after=error.retry_after,
                )
            case ErrorKind.SERVER if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
                return Retriable(
                    f"Gmail has trouble of its own ({error}).", retry_after=error.retry_after
                )
            case ErrorKind.SERVER:  # it may have failed after the message was accepted
                return ConnectionError(f"Gmail answered {error}")
            case _:
                return error.as_exception("Gmail")


def _is_connection_failure(error: BaseException) -> bool:
    """Whether no connection was made, so that nothing can have been sent."""
    from urllib3.exceptions import (  # noqa: PLC0415 - slow to import
        ConnectTimeoutError,
        MaxRetryError,
        NewConnectionError,
        SSLError,
    )

    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return isinstance(reason, ConnectTimeoutError | NewConnectionError | SSLError)
