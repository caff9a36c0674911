"""What the configuration holds: its tables, what their values may be, and all of it together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from beforehand import folders
from beforehand.errors import UsageError
from connectors.addresses import OwnAddresses, canonical
from connectors.api import SourceConfig
from report.text import language

# What the owner is called where nobody says.
ONLY_OWNER = "me"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _address(text: str) -> str:
    if not canonical(text):
        msg = f"{text!r} is no mail address"
        raise ValueError(msg)
    return text


def _own_address(text: str) -> str:
    local, _, domain = text.rpartition("@")
    if "*" in text and (local != "*" or "*" in domain or "." not in domain):
        msg = f"{text!r} is no pattern: only *@your-domain.example is"
        raise ValueError(msg)
    return text if "*" in text else _address(text)


def _mail_host(text: str) -> str:
    if "." not in text or not canonical(f"anybody@{text}"):
        msg = f"{text!r} is no domain: write it like 'provider.example'"
        raise ValueError(msg)
    return text.strip().lower()


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        msg = f"{name!r} is no time zone: write it like 'Europe/Berlin'"
        raise ValueError(msg) from error
    return name


def _time_of_day(value: object) -> str:
    # TOML has times of its own, which need no quotes.
    text = value.strftime("%H:%M") if isinstance(value, time) else value
    if not isinstance(text, str) or not _CLOCK.fullmatch(text):
        msg = f"{text!r} is no time of day: write it like '07:30'"
        raise ValueError(msg)
    return text


def _expanded(path: Path) -> Path:
    return path.expanduser()


_TAG = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
# Hours and minutes, as everybody writes them.
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
Locale = Annotated[str, AfterValidator(language.supported_locale)]
HomePath = Annotated[Path, AfterValidator(_expanded)]
Address = Annotated[str, AfterValidator(_address)]
OwnAddress = Annotated[str, AfterValidator(_own_address)]
MailHost = Annotated[str, AfterValidator(_mail_host)]


def check_tag(tag: str) -> str:
    """A group's name, as it may be; ValueError for another."""
    if not _TAG.fullmatch(tag):
        raise ValueError(f"{tag!r} is no group: write small letters, digits, '_' and '-'")
    return tag


class ConfigSection(BaseModel):
    """A table of the configuration; unknown keys are faults."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class OwnerSection(ConfigSection):
    """`[owner]`: whose mailbox it is. `id` names the owner in a store that holds several."""

    id: str = Field(default=ONLY_OWNER, pattern=r"^[a-z0-9][a-z0-9._@-]{0,250}$")
    name: str = Field(min_length=1, max_length=255)
    addresses: tuple[OwnAddress, ...] = Field(min_length=1)
    timezone: Annotated[str, AfterValidator(_known_zone)] = "UTC"


class StoreSection(ConfigSection):
    """`[store]`: where what is known is kept; left out, a file in the platform's data folder."""

    url: str | None = None


class SmtpSection(ConfigSection):
    """`[report.smtp]`: the mail server; its password is asked for by `beforehand auth smtp`."""

    host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None


class GmailSection(ConfigSection):
    """`[report.gmail]`: sending by the Gmail API, with a credential of its own."""

    credentials: HomePath | None = None
    client_secrets: HomePath | None = None
    subject: str | None = None
    api_endpoint: str | None = None


class ReportSection(ConfigSection):
    """`[report]`: the weekly mail."""

    to: Address | None = None
    sender: Address | None = None
    day: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = (
        "monday"
    )
    time: Annotated[str, BeforeValidator(_time_of_day)] = "07:30"
    people: int = Field(default=5, ge=1, le=10)
    locale: Locale = language.DEFAULT
    via: Literal["file", "smtp", "gmail"] = "file"
    folder: HomePath | None = None
    smtp: SmtpSection | None = None
    gmail: GmailSection = GmailSection()


class DaemonSection(ConfigSection):
    """`[daemon]`: how often sources are asked."""

    sync_minutes: int = Field(default=60, ge=5, le=24 * 60)


class GroupsSection(BaseModel):
    """`[groups]`: tag = days. How often to be in touch with those so tagged; 0: kept, no more."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Annotated[int, Field(strict=True, ge=0, le=3650)]] = Field(
        init=False
    )

    @model_validator(mode="after")
    def _tags_are_words(self) -> GroupsSection:
        for tag in self.__pydantic_extra__:
            check_tag(tag)
        return self

    @property
    def every_days(self) -> Mapping[str, int]:
        """Days by tag."""
        return self.__pydantic_extra__


class NetworkSection(ConfigSection):
    """`[network]`: further domains where anybody may have an address, as at a mail provider."""

    mail_hosts: tuple[MailHost, ...] = ()


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration, checked."""

    path: Path
    owner: OwnerSection
    store: StoreSection
    report: ReportSection
    daemon: DaemonSection
    groups: GroupsSection
    network: NetworkSection
    sources: tuple[SourceConfig, ...]

    @property
    def own(self) -> OwnAddresses:
        """The owner's own addresses."""
        return OwnAddresses(self.owner.addresses)

    @property
    def zone(self) -> ZoneInfo:
        """The owner's time zone."""
        return ZoneInfo(self.owner.timezone)

    @property
    def store_url(self) -> str:
        """Where the store is."""
        return self.store.url or f"sqlite:///{folders.data_folder() / 'beforehand.db'}"

    @property
    def folder(self) -> Path:
        """Where the owner's files lie on this machine: beside the store, else the data folder.

        Whoever has an id has a folder of their own there: others in the same store may well have a
        source of the same id, and reports for the same week.
        """
        from sync.store.session import database_file  # noqa: PLC0415 - SQLAlchemy is slow to import

        file = database_file(self.store_url)
        base = folders.data_folder() if file is None else file.parent
        return base if self.owner.id == ONLY_OWNER else base / "owners" / self.owner.id

    @property
    def report_to(self) -> str:
        """Where the report goes: `[report] to`, else the owner's first address."""
        plain = (a for a in self.owner.addresses if "*" not in a)
        return self.report.to or next(plain, "")

    def source(self, key: str) -> SourceConfig:
        """The source with this id; UsageError where there is none."""
        for source in self.sources:
            if source.id == key:
                return source
        names = ", ".join(source.id for source in self.sources)
        there = f"there are {names}" if names else f"add it to {self.path} as a [[sources]] table"
        raise UsageError(f"no source is called {key!r}: {there}")
