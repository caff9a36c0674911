"""Error responses of Google's APIs, classified by what to do about them."""

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

_RATE_REASONS = frozenset(
    {"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "RATE_LIMIT_EXCEEDED"}
)
_SCOPE_REASONS = frozenset({"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"})
_DISABLED_REASONS = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
_MAX_MESSAGE = 200  # characters of Google's message that are repeated
# Gmail writes the time into its message: "... Retry after 2026-11-23T12:00:00.000Z".
_RETRY_AFTER_IN_MESSAGE = re.compile(r"[Rr]etry after (\d{4}-\d\d-\d\dT[\d:.]+Z)")


class ErrorKind(Enum):
    """What can be done about an error response."""

    UNAUTHORISED = auto()  # the token was not accepted: renew it
    SCOPE = auto()  # the token lacks a scope: ask the owner
    RATE = auto()  # a rate or concurrency limit: wait, and send less
    SERVER = auto()  # a failure on Google's side: try again
    FINAL = auto()  # trying again does not help


class Refused(Fatal):
    """Google refused a request for good. `status` is HTTP's, `reason` Google's short code."""

    def __init__(self, message: str, *, status: int, reason: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ApiError:
    """An error response, as data.

    `reason` is Google's short code, like "rateLimitExceeded"; empty if there is none.
    `retry_after` is in seconds; None if Google names no time.
    """

    status: int
    reason: str
    message: str
    retry_after: float | None = None

    @classmethod
    def parse(
        cls, status: int, headers: Mapping[str, str], content: bytes, now: datetime
    ) -> ApiError:
        """Parse an HTTP response; names in `headers` are in lower case. Never raises."""
        error = _error_object(content)
        reasons = [
            str(detail["reason"])
            for details in (error.get("errors"), error.get("details"))
            if isinstance(details, list)
            for detail in details
            if isinstance(detail, dict) and detail.get("reason")
        ]
        # These say more than the general reason that may stand before them.
        specific = _SCOPE_REASONS | _DISABLED_REASONS
        reason = next((r for r in reasons if r in specific), "") or "".join(reasons[:1])
        message = " ".join(str(error.get("message") or "").split())[:_MAX_MESSAGE]
        return cls(status, reason, message, _retry_after(headers, message, now))

    @property
    def kind(self) -> ErrorKind:
        """What can be done about it."""
        if self.status == HTTPStatus.UNAUTHORIZED:
            return ErrorKind.UNAUTHORISED
        if self.status == HTTPStatus.TOO_MANY_REQUESTS:
            return ErrorKind.RATE
        if self.status == HTTPStatus.FORBIDDEN and self.reason in _RATE_REASONS:
            return ErrorKind.RATE
        if self.status == HTTPStatus.FORBIDDEN and self.reason in _SCOPE_REASONS:
            return ErrorKind.SCOPE
        if (
            self.status >= HTTPStatus.INTERNAL_SERVER_ERROR
            or self.status == HTTPStatus.REQUEST_TIMEOUT
        ):
            return ErrorKind.SERVER
        return ErrorKind.FINAL

    @property
    def too_concurrent(self) -> bool:
        """Whether too many calls were sent at once, as opposed to a quota that is used up."""
        return self.kind is ErrorKind.RATE and "concurrent" in self.message.lower()

    def __str__(self) -> str:
        words = f"{self.status} {self.reason}".strip()
        return f"{words}: {self.message.rstrip('.')}" if self.message else words

    def as_exception(self, title: str) -> Refused:
        """Return the exception for a final error. `title` names the API to the owner."""
        if self.reason in _DISABLED_REASONS:
            text = f"The {title} API is not enabled in your Google project: enable it there first."
        else:
            text = f"{title} refused: {self}."
        return Refused(text, status=self.status, reason=self.reason)


def _error_object(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content)
    except ValueError:
        return {}
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _retry_after(headers: Mapping[str, str], message: str, now: datetime) -> float | None:
    """Return the seconds until the time that Google names: a number or a date (RFC 9110, 10.2.3).

    None if neither the header nor the message names one.
    """
    text = headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    when: datetime | None = None
    if text:
        try:
            when = parsedate_to_datetime(text)
        except ValueError:
            when = None
    if when is None and (match := _RETRY_AFTER_IN_MESSAGE.search(message)):
        try:
            when = datetime.fromisoformat(match[1])
        except ValueError:
            when = None
    if when is None:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - now).total_seconds())
