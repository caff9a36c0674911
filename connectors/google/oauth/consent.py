"""The consent flow: ask the owner on Google's page for access, with PKCE."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import time
import webbrowser
from collections.abc import Collection, Iterator
from threading import Thread
from typing import Any

from connectors.errors import AuthRequired, ConfigError, ConnectorError, Retriable
from connectors.google.oauth import stored
from connectors.google.oauth.credentials import BOXES, Grant, client_config
from connectors.google.oauth.redirect import AuthorizationResponse, listen

# Ports of the redirect if the browser runs elsewhere and comes through a tunnel. Several, since a
# port that has just been used is not free again for a minute.
_TUNNEL_PORTS = range(8765, 8775)
_WAIT_SECONDS = 600  # for the owner
_TIMEOUT_SECONDS = 30  # for the token server
# A code may be redeemed again if the token server failed.
_ATTEMPTS = 3
_PAUSE_SECONDS = 1.0
# Libraries that write codes and tokens into their debug logs.
_LEAKY_LOGGERS = ("requests_oauthlib", "oauthlib", "urllib3")
# Beginnings of scopes that allow more of mail and calendar; none is accepted unasked.
_SENSITIVE_SCOPES = (
    "https://mail.google.com/",
    "https://www.googleapis.com/auth/gmail.",
    "https://www.googleapis.com/auth/calendar",
)

_OPENED = "Google's page has opened in your browser; if it has not, open this one:\n{url}\n"
_TO_OPEN = """Open this page in a browser:
{url}

At the end, a browser on another machine says that it cannot connect. That is as it should be: copy
the address from its address bar, paste it here, and press Enter. (Or first dig a tunnel there, with
ssh -L {port}:127.0.0.1:{port} THIS-MACHINE, and nothing need be pasted.)
"""


def authorize(grant: Grant, *, open_browser: bool) -> str:
    """Ask for one permission, store the credential, and return what was granted, in one line.

    Raises ConfigError, AuthRequired if it was not granted, Retriable if Google could not be
    reached.
    """
    if grant.credentials is not None:
        raise ConfigError(
            f"credentials: {grant.credentials} is used for this; take the key out to grant "
            "access here"
        )
    credentials = _request_grant(grant, client_config(grant), open_browser=open_browser)
    if not credentials.refresh_token:
        raise AuthRequired(
            "Google gave access for an hour only: remove Beforehand at "
            f"https://myaccount.google.com/permissions, then {grant.advice} again."
        )
    with grant.tokens.exclusive(grant.name):
        previous = grant.tokens.get(grant.name)
        text = stored.new_grant(credentials, at=grant.now(), previous=previous)
        grant.tokens.set(grant.name, text)
    return "granted: " + ", ".join(f'"{BOXES[scope]}"' for scope in grant.scopes)


def _request_grant(grant: Grant, config: dict[str, Any], *, open_browser: bool) -> Any:  # noqa: ANN401 - the library ships no types
    from google_auth_oauthlib.flow import Flow  # noqa: PLC0415 - slow to import

    for name in _LEAKY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    # Never with `include_granted_scopes`, which would mix in what was granted for another source.
    flow = Flow.from_client_config(config, list(grant.scopes), autogenerate_code_verifier=True)
    with _loopback_allowed(config), flow.oauth2session:
        response = _show_page(grant, flow, open_browser=open_browser)
        if response is None:
            raise AuthRequired(
                f"Nobody answered on Google's page within ten minutes: {grant.advice} again."
            )
        if response.error:
            raise _denied(grant, response.error)
        _redeem(grant, flow, response.code)
    names = flow.oauth2session.token.get("scope") or grant.scopes
    _check_scopes(grant, names.split() if isinstance(names, str) else names)
    return flow.credentials


def _show_page(
    grant: Grant,
    flow: Any,  # noqa: ANN401 - as above
    *,
    open_browser: bool,
) -> AuthorizationResponse | None:
    """Show the consent page and wait for Google's answer; None if none came in time."""
    try:
        with listen(None if open_browser else _TUNNEL_PORTS) as listener:
            flow.redirect_uri = f"http://127.0.0.1:{listener.port}/"
            url, state = flow.authorization_url(access_type="offline", prompt="consent")
            listener.expect(state)
            _tell((_OPENED if open_browser else _TO_OPEN).format(url=url, port=listener.port))
            if open_browser:
                # In a thread: to open some browsers blocks until they are closed.
                Thread(target=_open, args=(url,), daemon=True).start()
            return listener.wait(_WAIT_SECONDS, _tell)
    except OSError:
        raise Retriable(
            f"No port is free for Google's answer ({_TUNNEL_PORTS[0]} to {_TUNNEL_PORTS[-1]} were "
            f"tried): free one, then {grant.advice} again."
        ) from None


def _open(url: str) -> None:
    # If there is no browser, the owner has seen the address.
    with contextlib.suppress(webbrowser.Error):
        webbrowser.get().open(url, new=1)


def _redeem(grant: Grant, flow: Any, code: str) -> None:  # noqa: ANN401 - as above
    """Exchange the code for tokens, which are then in the flow's session."""
    from oauthlib.oauth2 import OAuth2Error  # noqa: PLC0415 - slow to import

    flow.oauth2session.register_compliance_hook("access_token_response", _raise_if_failed)
    problem: ConnectorError | None = None
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(_PAUSE_SECONDS)
        try:
            flow.fetch_token(code=code, timeout=_TIMEOUT_SECONDS)
        except Warning as warning:  # raised by oauthlib if other scopes were granted than requested
            flow.oauth2session.token = warning.token  # type: ignore[attr-defined]  # oauthlib puts it there
        except OAuth2Error as error:
            problem = _code_refused(grant, str(error.error))
            break
        except (OSError, Retriable) as error:
            reason = _reason(error)
            problem = Retriable(
                f"Google's token server could not be asked ({reason}): {grant.advice} again."
            )
            continue
        return
    # Outside the handlers, so that the library's error is not chained: it holds codes and tokens.
    raise problem or AssertionError("there is a first try")


def _raise_if_failed(response: Any) -> Any:  # noqa: ANN401 - the library ships no types
    """Return the token server's response; raise Retriable for 5xx, or if it is no JSON object."""
    try:
        is_object = isinstance(response.json(), dict)
    except ValueError:
        is_object = False
    if response.status_code >= 500 or not is_object:  # noqa: PLR2004 - HTTP's bound
        raise Retriable(f"it answered {response.status_code}")
    return response


def _denied(grant: Grant, error: str) -> AuthRequired:
    if error == "access_denied":
        return AuthRequired(
            "Access was denied on Google's page (Cancel, or no box ticked), and nothing was kept "
            f"(access_denied): {grant.advice} again."
        )
    shown = error if error.isascii() and error.replace("_", "").isalpha() else "an error"
    return AuthRequired(f"Google gave no access ({shown}): {grant.advice} again.")


def _code_refused(grant: Grant, error: str) -> AuthRequired:
    if error == "invalid_grant":
        return AuthRequired(
            "Google does not take this code: it was used before, is some minutes old, or belongs "
            f"to another attempt (invalid_grant): {grant.advice} again."
        )
    if error == "invalid_client":
        return AuthRequired(
            f"Google does not know the OAuth client in {grant.client_secrets} (invalid_client): "
            f"download it anew from the cloud console, then {grant.advice} again."
        )
    return _denied(grant, error)


def _check_scopes(grant: Grant, granted: Collection[str]) -> None:
    """Raise AuthRequired if a scope is missing, or if one was granted that we must not have."""
    missing = [f'"{BOXES[scope]}"' for scope in grant.scopes if scope not in granted]
    if missing:
        raise AuthRequired(
            f"On Google's page the box {' and the box '.join(missing)} was left unticked: "
            f"{grant.advice} again and tick it."
        )
    more = [
        scope
        for scope in granted
        if scope not in grant.scopes and scope.startswith(_SENSITIVE_SCOPES)
    ]
    if more:
        # Not only that it could read what it need not: a second scope of Gmail's makes Google
        # refuse requests that the one asked for allows.
        raise AuthRequired(
            f"This access would be good for more than was asked ({', '.join(sorted(more))}), and "
            "was not kept: remove Beforehand at https://myaccount.google.com/permissions, then "
            f"{grant.advice} again."
        )


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _reason(error: Exception) -> str:
    """Return what failed, without secrets: an HTTP error's own text would hold the address."""
    if isinstance(error, Retriable):
        return str(error)
    return getattr(error, "strerror", None) or type(error).__name__


@contextlib.contextmanager
def _loopback_allowed(config: dict[str, Any]) -> Iterator[None]:
    """Let oauthlib use http; `client_config` has made sure that it stays on this machine."""
    key = "OAUTHLIB_INSECURE_TRANSPORT"
    before = os.environ.get(key)
    client = config["installed"]
    if any(client[name].startswith("http://") for name in ("auth_uri", "token_uri")):
        os.environ[key] = "1"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(key, None)
        else:
            os.environ[key] = before
