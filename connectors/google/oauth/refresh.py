"""Refresh of access tokens, safe with several processes.

A new token is stored before it is used, under a lock, so that two processes never lose each
other's refresh token where Google replaces it.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from connectors.api import Access
from connectors.errors import AuthRequired, ConnectorError, Retriable
from connectors.google.oauth import stored
from connectors.google.oauth.credentials import BOXES, Grant

# Error codes of the token server that are failures on its side.
_TRANSIENT_CODES = frozenset({"internal_failure", "server_error", "temporarily_unavailable"})
_PUBLISH = (
    "publish it (console.cloud.google.com, Google Auth Platform, Audience: Publish app; Google "
    "need not verify it)"
)


class GrantEnded(AuthRequired):
    """Google has ended a grant (`invalid_grant`); only a new grant helps."""


def refreshed(credentials: Any, request: Any, grant: Grant) -> Any:  # noqa: ANN401 - google.auth ships no types
    """Return the credential with a new access token; `request` is a transport of google.auth.

    A token that another process has got meanwhile is returned as it is. A credentials file named
    in the configuration is never rewritten: if Google replaces its refresh token, the new one is
    kept in the token store, and used for as long as the file holds the same one.

    Raises AuthRequired if Google does not accept the credential, Retriable for failures of its
    token server. Errors of the connection pass through: OSError, or google.auth's TransportError.
    """
    if grant.credentials is not None:
        return _refreshed_from_file(credentials, request, grant)
    with grant.tokens.exclusive(grant.name):
        current = grant.load()
        if current.valid and current.token != credentials.token:
            return current
        text = grant.tokens.get(grant.name) or ""
        try:
            _refresh(current, request, grant)
        except GrantEnded as error:
            text = stored.with_end(text, at=grant.now())
            grant.tokens.set(grant.name, text)
            raise _explained(grant, text, error) from None
        grant.tokens.set(grant.name, stored.with_new_tokens(text, current, at=grant.now()))
        return current


def expiry_warning(grant: Grant) -> str:
    """Return when a grant that still works will probably end, in one sentence; else empty.

    Asks nobody. If the grant before ended at the age at which a consent screen in testing ends
    its grants, the screen is in testing, and this grant will end at that age too.
    """
    if grant.credentials is not None:
        return ""
    lifetimes = stored.lifetimes(grant.tokens.get(grant.name))
    if len(lifetimes) < 2 or not lifetimes[-2].ended_as_in_testing:  # noqa: PLR2004 - this one, and one before
        return ""
    current = lifetimes[-1]
    # A grant that has worked beyond that age shows that the screen is published by now.
    if current.ended_at is not None or current.worked_at > current.ends_in_testing_at:
        return ""
    return (
        "the access before this one ended after 7 days, as it does while a consent screen is in "
        f"testing; this one would end on {current.ends_in_testing_at:%-d %B}: {_PUBLISH}, then "
        f"{grant.advice}"
    )


def granted_access(grant: Grant) -> Access | None:
    """Return since when a grant is kept, and which scopes it lacks; None if that is unknown."""
    if grant.credentials is not None:
        return None
    text = grant.tokens.get(grant.name)
    lifetimes = stored.lifetimes(text)
    if not lifetimes:
        return None
    scopes = stored.granted_scopes(text)
    missing = [f'"{BOXES[scope]}"' for scope in grant.scopes if scopes and scope not in scopes]
    lacking = f"access lacks {' and '.join(missing)}: {grant.advice}" if missing else ""
    return Access(lifetimes[-1].granted_at, lacking)


def _explained(grant: Grant, text: str, error: GrantEnded) -> GrantEnded:
    """Return an error that names the cause, if the consent screen is in testing; else `error`."""
    lifetime = stored.lifetimes(text)[-1:]
    if not lifetime or not lifetime[0].ended_as_in_testing:
        return error
    return GrantEnded(
        "Google ended this access after 7 days, as it does while a consent screen is in testing: "
        f"{_PUBLISH}, then {grant.advice}."
    )


def _refreshed_from_file(credentials: Any, request: Any, grant: Grant) -> Any:  # noqa: ANN401 - as above
    current = grant.load()
    if not hasattr(current, "refresh_token"):  # a service account, which has a key instead
        _refresh(current, request, grant)
        return current
    if current.refresh_token is None and current.token != credentials.token:
        # The owner has put a new token into the file.
        return current
    name = f"{grant.name}:replaced"
    with grant.tokens.exclusive(name):
        fingerprint = hashlib.sha256((current.refresh_token or "").encode()).hexdigest()
        replaced = json.loads(grant.tokens.get(name) or "{}")
        if replaced.get("file") == fingerprint:
            current = grant.load(refresh_token=replaced["refresh_token"])
        before = current.refresh_token
        _refresh(current, request, grant)
        if current.refresh_token != before:
            text = json.dumps({"file": fingerprint, "refresh_token": current.refresh_token})
            grant.tokens.set(name, text)
        return current


def _refresh(credentials: Any, request: Any, grant: Grant) -> None:  # noqa: ANN401 - as above
    from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError  # noqa: PLC0415 - slow to import

    problem: ConnectorError
    if getattr(credentials, "refresh_token", "") is None:
        raise AuthRequired(f"This credential was good for an hour only: {grant.advice}.")
    try:
        credentials.refresh(request)
    except RefreshError as error:
        problem = _refused(error, grant)
    except TransportError:
        raise
    except (TypeError, AttributeError, KeyError):  # raised by the library for a malformed answer
        problem = Retriable("Google's token server gave an answer that is none: try again later.")
    except (GoogleAuthError, ValueError):
        problem = AuthRequired(f"This credential cannot be used with Google: {grant.advice}.")
    else:
        return
    # Outside the handlers, so that the library's error is not chained: it may hold tokens.
    raise problem


def _refused(error: Any, grant: Grant) -> ConnectorError:  # noqa: ANN401 - as above
    answer = error.args[1] if len(error.args) > 1 else None
    code = answer.get("error") if isinstance(answer, dict) else None
    if error.retryable or not isinstance(code, str) or code in _TRANSIENT_CODES:
        return Retriable("Google's token server has trouble of its own: try again later.")
    account = grant.service_account()
    if account is not None:
        return _account_refused(code, account, grant)
    if code == "invalid_grant":
        return GrantEnded(
            f"Google no longer accepts this access (withdrawn or expired): {grant.advice}."
        )
    if code in {"invalid_client", "deleted_client", "disabled_client"}:
        return AuthRequired(
            f"Google does not know your OAuth client any more ({code}): look at it in the cloud "
            f"console, then {grant.advice}."
        )
    is_code = code.isascii() and code.replace("_", "").isalpha()
    shown = f" ({code[:40]})" if is_code else ""
    return AuthRequired(f"Google gave no access{shown}: {grant.advice}.")


def _account_refused(code: str, account: str, grant: Grant) -> AuthRequired:
    then = f"then run `beforehand sync {grant.source}`"
    if code == "unauthorized_client":
        return AuthRequired(
            f"The service account may not act for {grant.subject}: let an administrator allow its "
            f"client id {account} the scope {grant.scope} (admin console, Security, API controls, "
            f"domain-wide delegation), {then}."
        )
    return AuthRequired(
        f"Google does not take the service account {account} for {grant.subject} ({code[:40]}): "
        f"see that `subject` is a mailbox of the organisation, that the key was not deleted, and "
        f"that this machine's clock is right, {then}."
    )
