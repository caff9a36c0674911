"""Errors as Google answers them: one exception, and its JSON shape."""

from __future__ import annotations

from dataclasses import dataclass, field

_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


@dataclass(slots=True)
class GoogleError(Exception):
    """An answer that is no success: HTTP `code`, Google's `reason`, and a sentence.

    `location` names the faulty parameter where Calendar would; `headers` go into the answer.
    """

    code: int
    reason: str
    message: str
    domain: str = "global"
    location: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, object]:
        """The JSON object of the answer."""
        detail = {"domain": self.domain, "reason": self.reason, "message": self.message}
        if self.location:
            detail |= {"locationType": "parameter", "location": self.location}
        error: dict[str, object] = {"code": self.code, "message": self.message, "errors": [detail]}
        if self.code in _STATUS:
            error["status"] = _STATUS[self.code]
        return {"error": error}


def bad_request(message: str, *, location: str = "", reason: str = "badRequest") -> GoogleError:
    """A request that makes no sense."""
    return GoogleError(400, reason, message, location=location)


def not_found(message: str = "Requested entity was not found.") -> GoogleError:
    """No such message, thread, event, calendar or history."""
    return GoogleError(404, "notFound", message)


def forbidden(message: str, reason: str = "forbidden") -> GoogleError:
    """Something that this token may not do."""
    return GoogleError(403, reason, message)


class OAuthError(Exception):
    """An answer of the token endpoint: HTTP status, error and its description."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.body = {"error": error, "error_description": description}


def bad_page_token() -> GoogleError:
    """A page token that is none of ours, too old, or of another question."""
    return bad_request("Invalid pageToken", location="pageToken", reason="invalid")


def full_sync_required() -> GoogleError:
    """A sync token that Calendar has forgotten."""
    return GoogleError(
        410,
        "fullSyncRequired",
        "Sync token is no longer valid, a full sync is required.",
        "calendar",
        "syncToken",
    )


def changes_too_long_ago() -> GoogleError:
    """A question for changes since a time that Calendar remembers no more."""
    return GoogleError(
        410,
        "updatedMinTooLongAgo",
        "The requested minimum modification time lies too far in the past.",
        "calendar",
        "updatedMin",
    )


def quota_exceeded(service: str) -> GoogleError:
    """The refusal of a call over the quota; `service` is gmail or calendar-json."""
    return GoogleError(
        403,
        "rateLimitExceeded",
        "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of "
        f"service '{service}.googleapis.com' for consumer 'project_number:1234567890'.",
        "usageLimits",
    )


def too_many_at_once() -> GoogleError:
    """The refusal of a call over the limit."""
    return GoogleError(429, "rateLimitExceeded", "Too many concurrent requests for user")
