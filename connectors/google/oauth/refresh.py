"""New access tokens, kept before they are used, so that two processes never lose each other's."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from connectors.api import Access
from connectors.errors import AuthRequired, ConnectorError, Retriable
from connectors.google.oauth import stored
from connectors.google.oauth.credentials import BOXES, Grant

# Error codes of the token server that speak of its own trouble.
_PASSING = frozenset({"internal_failure", "server_error", "temporarily_unavailable"})
_PUBLISH = (
    "publish it (console.cloud.google.com, Google Auth Platform, Audience: Publish app; Google "
    "need not verify it)"
)


class Ended(AuthRequired):
    """Google has ended a grant (`invalid_grant`): trying again will never help."""


def renew(credentials: Any, request: Any, grant: Grant) -> Any:  # noqa: ANN401 - google.auth ships no types
    """The credential with a new access token; `request` is a transport of google.auth.

    What another process has renewed meanwhile is taken as it is. A credential out of a file named
    in the configuration stays there as it was: should Google replace its refresh token, the new
    one is kept among the secrets, and used as long as the file is the same.

    Raises AuthRequired where Google takes the credential no longer, Retriable where its server
    has trouble of its own. Errors of the connection pass through: OSError, or google.auth's
    TransportError.
    """
    if grant.credentials is not None:
        return _renewed_beside_its_file(credentials, request, grant)
    with grant.tokens.exclusive(grant.name):
        newest = grant.load()
        if newest.valid and newest.token != credentials.token:
            return newest
        text = grant.tokens.get(grant.name) or ""
        try:
            _refresh(newest, request, grant)
        except Ended as error:
            text = stored.ended(text, at=grant.now())
            grant.tokens.set(grant.name, text)
            raise _told(grant, text, error) from None
        grant.tokens.set(grant.name, stored.renewed(text, newest, at=grant.now()))
        return newest


def outlook(grant: Grant) -> str:
    """What is to be expected of a grant that still works, in one sentence; else empty.

    Asks nobody: the consent screen must be in testing if the grant before ended as in testing.
    """
    if grant.credentials is not None:
        return ""
    lives = stored.lives(grant.tokens.get(grant.name))
    if len(lives) < 2 or not lives[-2].as_in_testing:  # noqa: PLR2004 - this one, and one before
        return ""
    now = lives[-1]
    # One that has outlived that age shows that the screen is published by now.
    if now.ended_at is not None or now.worked_at > now.ends_in_testing_at:
        return ""
    return (
        "the access before this one ended after 7 days, as it does while a consent screen is in "
        f"testing; this one would end on {now.ends_in_testing_at:%-d %B}: {_PUBLISH}, then "
        f"{grant.advice}"
    )


def access(grant: Grant) -> Access | None:
    """Since when a grant of the owner's is kept, and which of the needed scopes it lacks."""
    if grant.credentials is not None:
        return None
    text = grant.tokens.get(grant.name)
    lives = stored.lives(text)
    if not lives:
        return None
    scopes = stored.scopes(text)
    missing = [f'"{BOXES[one]}"' for one in grant.scopes if scopes and one not in scopes]
    lacking = f"access lacks {' and '.join(missing)}: {grant.advice}" if missing else ""
    return Access(lives[-1].granted_at, lacking)


def _told(grant: Grant, text: str, error: Ended) -> Ended:
    life = stored.lives(text)[-1:]
    if not life or not life[0].as_in_testing:
        return error
    return Ended(
        "Google ended this access after 7 days, as it does while a consent screen is in testing: "
        f"{_PUBLISH}, then {grant.advice}."
    )


def _renewed_beside_its_file(credentials: Any, request: Any, grant: Grant) -> Any:  # noqa: ANN401 - as above
    newest = grant.load()
    if not hasattr(newest, "refresh_token"):  # a service account asks with its key each time
        _refresh(newest, request, grant)
        return newest
    if newest.refresh_token is None and newest.token != credentials.token:
        # The owner has put a new one there. Of one that can be renewed, nobody could tell.
        return newest
    name = f"{grant.name}:replaced"
    with grant.tokens.exclusive(name):
        mark = hashlib.sha256((newest.refresh_token or "").encode()).hexdigest()
        replaced = json.loads(grant.tokens.get(name) or "{}")
        if replaced.get("file") == mark:
            newest = grant.load(refresh_token=replaced["refresh_token"])
        before = newest.refresh_token
        _refresh(newest, request, grant)
        if newest.refresh_token != before:
            text = json.dumps({"file": mark, "refresh_token": newest.refresh_token})
            grant.tokens.set(name, text)
        return newest


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
    except (TypeError, AttributeError, KeyError):  # how the library takes an answer of another kind
        problem = Retriable("Google's token server gave an answer that is none: try again later.")
    except (GoogleAuthError, ValueError):
        problem = AuthRequired(f"This credential cannot be used with Google: {grant.advice}.")
    else:
        return
    # Outside the handlers, so that the library's error does not come along: it may hold tokens.
    raise problem


def _refused(error: Any, grant: Grant) -> ConnectorError:  # noqa: ANN401 - as above
    answer = error.args[1] if len(error.args) > 1 else None
    code = answer.get("error") if isinstance(answer, dict) else None
    if error.retryable or not isinstance(code, str) or code in _PASSING:
        return Retriable("Google's token server has trouble of its own: try again later.")
    account = grant.service_account()
    if account is not None:
        return _account_refused(code, account, grant)
    if code == "invalid_grant":
        return Ended(
            f"Google no longer accepts this access (withdrawn or expired): {grant.advice}."
        )
    if code in {"invalid_client", "deleted_client", "disabled_client"}:
        return AuthRequired(
            f"Google does not know your OAuth client any more ({code}): look at it in the cloud "
            f"console, then {grant.advice}."
        )
    known = code.isascii() and code.replace("_", "").isalpha()
    said = f" ({code[:40]})" if known else ""
    return AuthRequired(f"Google gave no access{said}: {grant.advice}.")


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
