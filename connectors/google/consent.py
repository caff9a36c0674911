"""Asking the owner for access: the consent page, a loopback redirect, and PKCE."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from typing import Any

from connectors.errors import AuthRequired, ConfigError, Retriable
from connectors.google.auth import BOXES, Grant, client_config, to_json

# Where the browser comes back to, if it runs elsewhere and a tunnel must be dug for it. Several,
# for a port that has just been used is not free again for a minute.
_TUNNEL_PORTS = range(8765, 8775)
_ANY_PORT = 0
_PATIENCE_SECONDS = 300
# These write codes and tokens into their debug logs.
_TALKATIVE = ("requests_oauthlib", "oauthlib", "urllib3")

_OPENED = "Google's page has opened in your browser; if it has not, open this one:\n{url}"
_TO_OPEN = (
    "Open this page in a browser on this machine; from another one, first run there "
    "ssh -L {port}:localhost:{port} THIS-MACHINE :\n{{url}}"
)
_DONE = "Beforehand has its answer from Google. You can close this window."


def authorize(grant: Grant, *, open_browser: bool, now: Callable[[], datetime]) -> str:
    """Ask for one permission, keep the credential, and say in one line what was granted.

    Raises ConfigError, AuthRequired where it was not granted, Retriable where Google could not
    be reached.
    """
    if grant.credentials is not None:
        raise ConfigError(
            f"credentials: {grant.credentials} is used for this; take the key out to grant "
            "access here"
        )
    config = client_config(grant)
    credentials = _granted(grant, config, open_browser=open_browser)
    if not credentials.refresh_token:
        raise AuthRequired(
            "Google gave access for an hour only: remove Beforehand at "
            f"https://myaccount.google.com/permissions, then {grant.advice} again."
        )
    grant.tokens.set(grant.name, to_json(credentials, granted_at=now()))
    return "granted: " + ", ".join(f'"{BOXES[one]}"' for one in grant.scopes)


def _granted(grant: Grant, config: dict[str, Any], *, open_browser: bool) -> Any:  # noqa: ANN401 - the library ships no types
    from google_auth_oauthlib.flow import InstalledAppFlow, WSGITimeoutError  # noqa: PLC0415 - slow to import
    from oauthlib.oauth2 import (  # noqa: PLC0415 - as above
        OAuth2Error,
    )

    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    flow = InstalledAppFlow.from_client_config(
        config, scopes=list(grant.scopes), autogenerate_code_verifier=True
    )
    port = _ANY_PORT if open_browser else _tunnel_port()
    problem: Exception
    try:
        with _loopback_allowed(config), flow.oauth2session:
            found = flow.run_local_server(
                port=port,
                open_browser=open_browser,
                authorization_prompt_message=_OPENED
                if open_browser
                else _TO_OPEN.format(port=port),
                success_message=_DONE,
                timeout_seconds=_PATIENCE_SECONDS,
                access_type="offline",
                prompt="consent",
            )
    except Warning:  # oauthlib's way to say that other scopes were granted than asked for
        problem = _unticked(grant, ())
    except WSGITimeoutError:
        problem = AuthRequired(
            f"Nobody answered on Google's page within five minutes: {grant.advice} again."
        )
    except OAuth2Error as error:
        problem = AuthRequired(f"Google gave no access ({error.error}): {grant.advice} again.")
    except OSError as error:
        problem = Retriable(f"Access could not be asked for: {_kind(error)}.")
    else:
        granted = found.granted_scopes
        names = granted.split() if isinstance(granted, str) else (granted or grant.scopes)
        if set(grant.scopes) <= set(names):
            return found
        problem = _unticked(grant, names)
    # Outside the handlers: the library's errors hold codes and tokens.
    raise problem


def _tunnel_port() -> int:
    """The first of the ports for a tunnel that is free."""
    for port in _TUNNEL_PORTS:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise Retriable(
        f"The ports {_TUNNEL_PORTS[0]} to {_TUNNEL_PORTS[-1]} are all taken: free one, try again."
    )


def _unticked(grant: Grant, granted: Collection[str]) -> AuthRequired:
    missing = [f'"{BOXES[one]}"' for one in grant.scopes if one not in granted]
    return AuthRequired(
        f"On Google's page the box {' and the box '.join(missing)} was left unticked: "
        f"{grant.advice} again and tick it."
    )


def _kind(error: OSError) -> str:
    """What failed; the text of a failed HTTP request would hold its address and more."""
    return error.strerror or type(error).__name__


@contextlib.contextmanager
def _loopback_allowed(config: dict[str, Any]) -> Iterator[None]:
    """Let oauthlib talk http to this very machine: `client_config` has checked it is no other."""
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
