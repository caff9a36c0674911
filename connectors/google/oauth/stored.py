"""A credential as it is kept: JSON, with the life of the grant behind it.

When it was granted, when it last worked and when Google ended it stands beside it, for a grant of
a consent screen in testing ends after seven days, and its age is the only sign of that.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

_TESTING = timedelta(days=7)
_SLACK = timedelta(hours=6)
# Of a grant that nobody tried for longer than this, nobody can say at which age it ended.
_UNWATCHED = timedelta(days=3)
_REMEMBERED = 5  # earlier grants


@dataclass(frozen=True, slots=True)
class Life:
    """From when to when a grant was good. `worked_at` is when it last did; `ended_at`, seen."""

    granted_at: datetime
    worked_at: datetime
    ended_at: datetime | None

    @property
    def as_in_testing(self) -> bool:
        """Whether it ended at the age at which a consent screen in testing ends its grants."""
        if self.ended_at is None:
            return False
        last, end = self.worked_at - self.granted_at, self.ended_at - self.granted_at
        return last <= _TESTING + _SLACK and end >= _TESTING - _SLACK and end - last <= _UNWATCHED

    @property
    def ends_in_testing_at(self) -> datetime:
        """When it ends, should the consent screen be in testing."""
        return self.granted_at + _TESTING


def granted(credentials: Any, *, at: datetime, before: str | None) -> str:  # noqa: ANN401 - google.auth ships no types
    """The text for a credential just granted; `before` is what was kept in its place."""
    info = {
        "type": "authorized_user",
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
        "token_uri": credentials.token_uri,
        "scopes": sorted(credentials.scopes or ()),
        "granted_at": at.isoformat(),
    }
    earlier = [_life_json(one) for one in lives(before) if one.ended_at is not None]
    return _with_tokens(info | {"earlier": earlier[-_REMEMBERED:]}, credentials, at)


def renewed(text: str, credentials: Any, *, at: datetime) -> str:  # noqa: ANN401 - as above
    """The text once Google has given new tokens."""
    info = json.loads(text)
    info.pop("ended_at", None)
    return _with_tokens(info, credentials, at)


def ended(text: str, *, at: datetime) -> str:
    """The text once Google has refused it; the first refusal counts."""
    info = json.loads(text)
    info.setdefault("ended_at", at.isoformat())
    return json.dumps(info)


def lives(text: str | None) -> list[Life]:
    """The life of the grant that is kept, after those before it; none where nobody noted any."""
    try:
        info = json.loads(text or "{}")
        found = [*info.get("earlier", []), info]
        return [_life(one) for one in found if one.get("granted_at")]
    except (ValueError, AttributeError, TypeError):
        return []  # not written by us; whoever needs the credential itself says so


def scopes(text: str | None) -> tuple[str, ...]:
    """What was granted; empty where that is not noted."""
    try:
        return tuple(json.loads(text or "{}").get("scopes", ()))
    except (ValueError, AttributeError, TypeError):
        return ()


def _life(info: dict[str, Any]) -> Life:
    given = datetime.fromisoformat(info["granted_at"])
    end = info.get("ended_at")
    return Life(
        given,
        datetime.fromisoformat(info.get("worked_at") or info["granted_at"]),
        datetime.fromisoformat(end) if end else None,
    )


def _life_json(life: Life) -> dict[str, str]:
    times = {
        "granted_at": life.granted_at,
        "worked_at": life.worked_at,
        "ended_at": life.ended_at,
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
