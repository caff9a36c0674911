"""The configuration keys that all Google sources share."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from connectors.api import SourceConfig
from connectors.google.apis import GMAIL
from connectors.network import is_secure_url

_MAX_DAYS = 36_500


def _check_endpoint(text: str) -> str:
    parts = urlsplit(text)
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        msg = f"{text!r} is more than a host: write it like 'https://host' or 'https://host:port'"
        raise ValueError(msg)
    if not is_secure_url(text):
        msg = f"{text!r} is no https:// address (http:// will do only on this machine itself)"
        raise ValueError(msg)
    return text.rstrip("/")


def _check_since(value: object) -> object:
    # Pydantic itself would read a number as seconds since 1970.
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            value = None
    is_count = isinstance(value, int) and not isinstance(value, bool)
    if is_count and 1 <= int(str(value)) <= _MAX_DAYS:
        return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    msg = "write a date like 2024-01-31, or a number of days like 1095"
    raise ValueError(msg)


def _expand_home(path: Path) -> Path:
    return path.expanduser()


FilePath = Annotated[Path, AfterValidator(_expand_home)]
Endpoint = Annotated[str, AfterValidator(_check_endpoint)]
Since = Annotated[date | int, BeforeValidator(_check_since)]


class GoogleConfig(SourceConfig):
    """The keys of every Google source."""

    CONNECTION_KEYS: ClassVar[frozenset[str]] = frozenset(
        {"credentials", "client_secrets", "api_endpoint"}
    )

    credentials: FilePath | None = Field(
        default=None,
        description="a Google authorized-user or service-account file (JSON); "
        "left out, `beforehand auth` keeps what is needed",
    )
    client_secrets: FilePath | None = Field(
        default=None, description="your own OAuth client (JSON), for `beforehand auth`"
    )
    subject: str | None = Field(
        default=None, min_length=3, description="the mailbox a service account acts for"
    )
    api_endpoint: Endpoint | None = Field(
        default=None, description="another host than Google's: a stand-in, a proxy"
    )
    since: Since = Field(default=1095, description="how far back: a date, or a number of days")

    def credential_files(self) -> tuple[Path, ...]:
        """Return the file of `credentials`, where it is set."""
        return (self.credentials,) if self.credentials is not None else ()

    def clock_server(self) -> str:
        """Return Gmail's host, or `api_endpoint` where it is set."""
        return self.api_endpoint or GMAIL.host

    def earliest(self, now: datetime) -> datetime:
        """Return the time before which nothing is read, in UTC; `now` is aware."""
        if isinstance(self.since, date):
            return datetime.combine(self.since, time(), UTC)
        return now.astimezone(UTC) - timedelta(days=self.since)
