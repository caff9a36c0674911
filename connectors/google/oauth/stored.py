"""The text of a credential in the token store: JSON, with the lifetime of its grant.

Google ends a grant after seven days if the consent screen is in testing, and says only that it
has ended. The grant's age is the one sign of that. So the text holds when the grant was given,
when it last worked and when it ended, and the same of earlier grants.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

_TESTING_LIFETIME = timedelta(days=7)
_TOLERANCE = timedelta(hours=6)
# If a grant was not used for longer than this before it was seen to have ended, its age at the
# end is not known well enough.
_MAX_UNUSED = timedelta(days=3)
_EARLIER_GRANTS = 5  # that are kept


@dataclass(frozen=True, slots=True)
class GrantLifetime:
    """When a grant was given, when it last worked, and when it was seen to have ended, if so."""

    granted_at: datetime
    worked_at: datetime
    ended_at: datetime | None

    @property
    def ended_as_in_testing(self) -> bool:
        """Whether it ended at the age at which a consent screen in testing ends its grants."""
        if self.ended_at is None:
            return False
        last, end = self.worked_at - self.granted_at, self.ended_at - self.granted_at
        return (
            last <= _TESTING_LIFETIME + _TOLERANCE
            and end >= _TESTING_LIFETIME - _TOLERANCE
            and end - last <= _MAX_UNUSED
        )

    @property
    def ends_in_testing_at(self) -> datetime:
        """When it will end if the consent screen is in testing."""
        return self.granted_at + _TESTING_LIFETIME


def new_grant(credentials: Any, *, at: datetime, previous: str | None) -> str:  # noqa: ANN401 - google.auth ships no types
    """Return the text of a credential granted now; `previous` is the text that it replaces."""
    info = {
        "type": "authorized_user",
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
        "token_uri": credentials.token_uri,
        "scopes": sorted(credentials.scopes or ()),
        "granted_at": at.isoformat(),
    }
    earlier = [
        _lifetime_json(lifetime)
        for lifetime in lifetimes(previous)
        if lifetime.ended_at is not None
    ]
    return _with_tokens(info | {"earlier": earlier[-_EARLIER_GRANTS:]}, credentials, at)


def with_new_tokens(text: str, credentials: Any, *, at: datetime) -> str:  # noqa: ANN401 - as above
    """Return the text with the tokens that Google has just given."""
    info = json.loads(text)
    info.pop("ended_at", None)
    return _with_tokens(info, credentials, at)


def with_end(text: str, *, at: datetime) -> str:
    """Return the text with the time at which Google first refused the grant."""
    info = json.loads(text)
    info.setdefault("ended_at", at.isoformat())
    return json.dumps(info)


def lifetimes(text: str | None) -> list[GrantLifetime]:
    """Return the lifetimes of the grants in a text, the current one last.

    Empty if the text holds none: we did not write it, and whoever needs the credential says so.
    """
    try:
        info = json.loads(text or "{}")
        grants = [*info.get("earlier", []), info]
        return [_lifetime(grant) for grant in grants if grant.get("granted_at")]
    except (ValueError, AttributeError, TypeError):
        return []


def granted_scopes(text: str | None) -> tuple[str, ...]:
    """Return the scopes of the grant in a text; empty if they are not known."""
    try:
        return tuple(json.loads(text or "{}").get("scopes", ()))
    except (ValueError, AttributeError, TypeError):
        return ()


def _lifetime(info: dict[str, Any]) -> GrantLifetime:
    end = info.get("ended_at")
    return GrantLifetime(
        datetime.fromisoformat(info["granted_at"]),
        datetime.fromisoformat(info.get("worked_at") or info["granted_at"]),
        datetime.fromisoformat(end) if end else None,
    )


def _lifetime_json(lifetime: GrantLifetime) -> dict[str, str]:
    times = {
        "granted_at": lifetime.granted_at,
        "worked_at": lifetime.worked_at,
        "ended_at": lifetime.ended_at,
    }
    return {name: at.isoformat() for name, at in times.items() if at is not None}


def _with_tokens(info: dict[str, Any], credentials: Any, at: datetime) -> str:  # noqa: ANN401 - as above
    info |= {
        "refresh_token": credentials.refresh_token,
        "token": credentials.token,
        "worked_at": at.isoformat(),
    }
    info.pop("expiry", None)
    if credentials.expiry is not None:
        info["expiry"] = credentials.expiry.isoformat() + "Z"
    return json.dumps(info)
