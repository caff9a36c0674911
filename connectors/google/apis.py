"""The Google APIs that are used, and their hosts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Api:
    """One of Google's APIs.

    `service` and `version` name it to the client library, `title` names it to the owner. `base`
    and `batch` are paths below `host`.
    """

    service: str
    version: str
    title: str
    host: str
    base: str = ""
    batch: str = ""


GMAIL = Api("gmail", "v1", "Gmail", "https://gmail.googleapis.com", "", "/batch/gmail/v1")
CALENDAR = Api(
    "calendar",
    "v3",
    "Google Calendar",
    "https://www.googleapis.com",
    "/calendar/v3/",
    "/batch/calendar/v3",
)
