"""What Google's refusals mean: one place that turns an error answer into what to do about it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from http import HTTPStatus
from typing import Any

from connectors.errors import Fatal

_RATE = frozenset(
    {"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "RATE_LIMIT_EXCEEDED"}
)
_SCOPE = frozenset({"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"})
_DISABLED = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
_LONGEST = 200  # characters of Google's own words that we repeat
# Where Gmail names a time, it stands in the sentence: "... Retry after 2026-11-23T12:00:00.000Z".
_RETRY_TIME = re.compile(r"[Rr]etry after (\d{4}-\d\d-\d\dT[\d:.]+Z)")


class Kind(Enum):
    """What may be done about a refusal."""

    UNAUTHORISED = auto()  # the token: renew it once
    SCOPE = auto()  # the token does not allow this: ask the owner
    RATE = auto()  # too much at once: wait, and ask for less
    SERVER = auto()  # Google's own trouble: try again
    FINAL = auto()  # asking again will not help


class Refused(Fatal):
    """Google refused a request for good; `status` is HTTP's, `reason` Google's word for it."""

    def __init__(self, message: str, *, status: int, reason: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is no success. `retry_after` is in seconds, where Google names a time."""

    status: int
    reason: str
    message: str
    retry_after: float | None = None

    @classmethod
    def read(
        cls, status: int, headers: Mapping[str, str], content: bytes, now: datetime
    ) -> Refusal:
        """Read it from an HTTP answer; `headers` have lower-case names."""
        error = _error(content)
        details = [one for one in (error.get("errors"), error.get("details")) if one]
        reasons = [
            str(item["reason"])
            for one in details
            if isinstance(one, list)
            for item in one
            if isinstance(item, dict) and item.get("reason")
        ]
        reason = next((r for r in reasons if r in _SCOPE | _DISABLED), "") or "".join(reasons[:1])
        message = " ".join(str(error.get("message") or "").split())[:_LONGEST]
        return cls(status, reason, message, _retry_after(headers, message, now))

    @property
    def kind(self) -> Kind:
        """What may be done about it."""
        if self.status == HTTPStatus.UNAUTHORIZED:
            return Kind.UNAUTHORISED
        if self.status == HTTPStatus.TOO_MANY_REQUESTS:
            return Kind.RATE
        if self.status == HTTPStatus.FORBIDDEN and self.reason in _RATE:
            return Kind.RATE
        if self.status == HTTPStatus.FORBIDDEN and self.reason in _SCOPE:
            return Kind.SCOPE
        if (
            self.status >= HTTPStatus.INTERNAL_SERVER_ERROR
            or self.status == HTTPStatus.REQUEST_TIMEOUT
        ):
            return Kind.SERVER
        return Kind.FINAL

    @property
    def crowded(self) -> bool:
        """Whether it was not the quota, but too many calls under way together."""
        return self.kind is Kind.RATE and "concurrent" in self.message.lower()

    def __str__(self) -> str:
        words = f"{self.status} {self.reason}".strip()
        return f"{words}: {self.message.rstrip('.')}" if self.message else words

    def error(self, title: str) -> Refused:
        """The error for a refusal that is final. `title` names the API."""
        if self.reason in _DISABLED:
            text = f"The {title} API is not enabled in your Google project: enable it there first."
        else:
            text = f"{title} refused: {self}."
        return Refused(text, status=self.status, reason=self.reason)


def _error(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content)
    except ValueError:
        return {}
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _retry_after(headers: Mapping[str, str], message: str, now: datetime) -> float | None:
    """Seconds until Google wants to be asked again: a number or a date (RFC 9110, 10.2.3)."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    when: datetime | None = None
    if text:
        try:
            when = parsedate_to_datetime(text)
        except ValueError:
            when = None
    if when is None and (match := _RETRY_TIME.search(message)):
        try:
            when = datetime.fromisoformat(match[1])
        except ValueError:
            when = None
    if when is None:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - now).total_seconds())
