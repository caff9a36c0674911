"""Asking the owner for access: the consent page, its answer, and PKCE."""

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
from connectors.google.oauth.redirect import Answer, inbox

# Where the browser comes back to, if it runs elsewhere and a tunnel must be dug for it. Several,
# for a port that has just been used is not free again for a minute.
_TUNNEL_PORTS = range(8765, 8775)
_PATIENCE_SECONDS = 600
_TIMEOUT_SECONDS = 30
# A code may be given in again while the token server has trouble of its own.
_TRIES = 3
_PAUSE_SECONDS = 1.0
# These write codes and tokens into their debug logs.
_TALKATIVE = ("requests_oauthlib", "oauthlib", "urllib3")
# What mail and calendar hold may be read with any scope of these beyond those asked for.
_NOT_ASKED_FOR = (
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
    """Ask for one permission, keep the credential, and say in one line what was granted.

    Raises ConfigError, AuthRequired where it was not granted, Retriable where Google could not
    be reached.
    """
    if grant.credentials is not None:
        raise ConfigError(
            f"credentials: {grant.credentials} is used for this; take the key out to grant "
            "access here"
        )
    credentials = _granted(grant, client_config(grant), open_browser=open_browser)
    if not credentials.refresh_token:
        raise AuthRequired(
            "Google gave access for an hour only: remove Beforehand at "
            f"https://myaccount.google.com/permissions, then {grant.advice} again."
        )
    with grant.tokens.exclusive(grant.name):
        before = grant.tokens.get(grant.name)
        text = stored.granted(credentials, at=grant.now(), before=before)
        grant.tokens.set(grant.name, text)
    return "granted: " + ", ".join(f'"{BOXES[one]}"' for one in grant.scopes)


def _granted(grant: Grant, config: dict[str, Any], *, open_browser: bool) -> Any:  # noqa: ANN401 - the library ships no types
    from google_auth_oauthlib.flow import Flow  # noqa: PLC0415 - slow to import

    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    # Never with `include_granted_scopes`: what was allowed for something else stays apart.
    flow = Flow.from_client_config(config, list(grant.scopes), autogenerate_code_verifier=True)
    with _loopback_allowed(config), flow.oauth2session:
        answer = _asked(grant, flow, open_browser=open_browser)
        if answer is None:
            raise AuthRequired(
                f"Nobody answered on Google's page within ten minutes: {grant.advice} again."
            )
        if answer.error:
            raise _denied(grant, answer.error)
        _redeem(grant, flow, answer.code)
    names = flow.oauth2session.token.get("scope") or grant.scopes
    _check(grant, names.split() if isinstance(names, str) else names)
    return flow.credentials


def _asked(grant: Grant, flow: Any, *, open_browser: bool) -> Answer | None:  # noqa: ANN401 - as above
    try:
        with inbox(None if open_browser else _TUNNEL_PORTS) as mail:
            flow.redirect_uri = f"http://127.0.0.1:{mail.port}/"
            url, state = flow.authorization_url(access_type="offline", prompt="consent")
            mail.expect(state)
            _tell((_OPENED if open_browser else _TO_OPEN).format(url=url, port=mail.port))
            if open_browser:
                # Some browsers hold up whoever opens them until they are closed.
                Thread(target=_open, args=(url,), daemon=True).start()
            return mail.wait(_PATIENCE_SECONDS, _tell)
    except OSError:
        raise Retriable(
            f"No port is free for Google's answer ({_TUNNEL_PORTS[0]} to {_TUNNEL_PORTS[-1]} were "
            f"tried): free one, then {grant.advice} again."
        ) from None


def _open(url: str) -> None:
    # Where there is no browser, the owner has read the address.
    with contextlib.suppress(webbrowser.Error):
        webbrowser.get().open(url, new=1)


def _redeem(grant: Grant, flow: Any, code: str) -> None:  # noqa: ANN401 - as above
    """Give in the code for tokens, which are in the flow's session then."""
    from oauthlib.oauth2 import OAuth2Error  # noqa: PLC0415 - slow to import

    flow.oauth2session.register_compliance_hook("access_token_response", _sound)
    problem: ConnectorError | None = None
    for tried in range(_TRIES):
        if tried:
            time.sleep(_PAUSE_SECONDS)
        try:
            flow.fetch_token(code=code, timeout=_TIMEOUT_SECONDS)
        except Warning as said:  # oauthlib's way to say that other scopes were granted than asked
            flow.oauth2session.token = said.token  # type: ignore[attr-defined]  # oauthlib puts it there
        except OAuth2Error as error:
            problem = _code_refused(grant, str(error.error))
            break
        except (OSError, Retriable) as error:
            problem = Retriable(
                f"Google's token server could not be asked ({_kind(error)}): {grant.advice} again."
            )
            continue
        return
    # Outside the handlers: the library's errors hold codes and tokens.
    raise problem or AssertionError("there is a first try")


def _sound(response: Any) -> Any:  # noqa: ANN401 - the library ships no types
    """Let no answer pass that is the server's trouble rather than its word."""
    try:
        whole = isinstance(response.json(), dict)
    except ValueError:
        whole = False
    if response.status_code >= 500 or not whole:  # noqa: PLR2004 - HTTP's bound
        raise Retriable(f"it answered {response.status_code}")
    return response


def _denied(grant: Grant, error: str) -> AuthRequired:
    if error == "access_denied":
        return AuthRequired(
            "Access was denied on Google's page (Cancel, or no box ticked), and nothing was kept "
            f"(access_denied): {grant.advice} again."
        )
    said = error if error.isascii() and error.replace("_", "").isalpha() else "an error"
    return AuthRequired(f"Google gave no access ({said}): {grant.advice} again.")


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


def _check(grant: Grant, granted: Collection[str]) -> None:
    """Raises AuthRequired where less was granted than is needed, or more than may be had."""
    missing = [f'"{BOXES[one]}"' for one in grant.scopes if one not in granted]
    if missing:
        raise AuthRequired(
            f"On Google's page the box {' and the box '.join(missing)} was left unticked: "
            f"{grant.advice} again and tick it."
        )
    more = [one for one in granted if one not in grant.scopes and one.startswith(_NOT_ASKED_FOR)]
    if more:
        # Not only that it could read what it need not: with a second scope of Gmail's, Google
        # refuses what the one asked for allows.
        raise AuthRequired(
            f"This access would be good for more than was asked ({', '.join(sorted(more))}), and "
            "was not kept: remove Beforehand at https://myaccount.google.com/permissions, then "
            f"{grant.advice} again."
        )


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _kind(error: Exception) -> str:
    """What failed; the text of a failed HTTP request would hold its address and more."""
    if isinstance(error, Retriable):
        return str(error)
    return getattr(error, "strerror", None) or type(error).__name__


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
