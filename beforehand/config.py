"""The configuration: read, checked, and every fault named at once with its key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from beforehand import folders
from connectors import registry
from connectors.addresses import OwnAddresses, canonical
from connectors.api import SourceConfig
from connectors.errors import ConfigError
from report.message import bare_address
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


def _zone(name: str) -> str:
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


def _folder(path: Path) -> Path:
    return path.expanduser()


_TAG = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
# Hours and minutes, as everybody writes them.
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
Locale = Annotated[str, AfterValidator(language.understood)]
HomePath = Annotated[Path, AfterValidator(_folder)]
Address = Annotated[str, AfterValidator(_address)]
OwnAddress = Annotated[str, AfterValidator(_own_address)]
MailHost = Annotated[str, AfterValidator(_mail_host)]


def check_tag(tag: str) -> str:
    """A group's name, as it may be; ValueError for another."""
    if not _TAG.fullmatch(tag):
        raise ValueError(f"{tag!r} is no group: write small letters, digits, '_' and '-'")
    return tag


class Section(BaseModel):
    """A table of the configuration; unknown keys are faults."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class OwnerSection(Section):
    """`[owner]`: whose mailbox it is. `id` names the owner in a store that holds several."""

    id: str = Field(default=ONLY_OWNER, pattern=r"^[a-z0-9][a-z0-9._@-]{0,250}$")
    name: str = Field(min_length=1, max_length=255)
    addresses: tuple[OwnAddress, ...] = Field(min_length=1)
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"


class StoreSection(Section):
    """`[store]`: where what is known is kept; left out, a file in the platform's data folder."""

    url: str | None = None


class SmtpSection(Section):
    """`[report.smtp]`: the mail server; its password is asked for by `beforehand auth smtp`."""

    host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None


class GmailSection(Section):
    """`[report.gmail]`: sending by the Gmail API, with a credential of its own."""

    credentials: HomePath | None = None
    client_secrets: HomePath | None = None
    subject: str | None = None
    api_endpoint: str | None = None


class ReportSection(Section):
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


class DaemonSection(Section):
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


class NetworkSection(Section):
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
    def report_to(self) -> str:
        """Where the report goes: `[report] to`, else the owner's first address."""
        plain = (a for a in self.owner.addresses if "*" not in a)
        return self.report.to or next(plain, "")

    def source(self, key: str) -> SourceConfig:
        """The source with this id; ConfigError where there is none."""
        for one in self.sources:
            if one.id == key:
                return one
        names = ", ".join(one.id for one in self.sources)
        there = f"there are {names}" if names else f"add it to {self.path} as a [[sources]] table"
        raise ConfigError(f"no source is called {key!r}: {there}")


# What `beforehand auth` takes beside the names of sources.
RESERVED = frozenset({"report", "smtp"})
_STORES = ("sqlite", "postgresql")

_Section = TypeVar("_Section", bound=BaseModel)
_TABLES: dict[str, type[BaseModel]] = {
    "owner": OwnerSection,
    "store": StoreSection,
    "report": ReportSection,
    "daemon": DaemonSection,
    "groups": GroupsSection,
    "network": NetworkSection,
}


def load(path: Path) -> Config:
    """Read and check a configuration. ConfigError lists all its faults."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise ConfigError(
            f"there is no configuration at {path}: write one with `beforehand init`, "
            "or see it all work with `beforehand demo`"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(f"cannot read {path}: {reason}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error
    return parse(table, path)


def parse(table: Mapping[str, Any], path: Path) -> Config:
    """Check a configuration that was read from `path`. ConfigError lists all its faults."""
    problems = [
        f"[{key}]: not known here{_near(key, [*_TABLES, 'sources'])}"
        for key in table
        if key not in _TABLES and key != "sources"
    ]
    sections: dict[str, Any] = {}
    for name, model in _TABLES.items():
        try:
            sections[name] = _check(model, table.get(name, {}), f"[{name}]")
        except ConfigError as error:
            problems.extend(error.problems)
    sources, faults = _sources(table.get("sources", []))
    problems.extend(faults)
    if "report" in sections:
        problems.extend(_report_faults(sections["report"], sections.get("owner")))
    if "store" in sections and "owner" in sections:
        problems.extend(_store_faults(sections["store"], sections["owner"]))
    if problems:
        raise ConfigError(*problems)
    return Config(path=path, sources=sources, **sections)


def _report_faults(report: ReportSection, owner: OwnerSection | None) -> Iterator[str]:
    if report.via == "smtp" and report.smtp is None:
        yield "[report.smtp] host: missing, and via = 'smtp' needs it"
    if report.smtp is not None and report.smtp.security == "none":
        from beforehand.mailing.delivery import is_loopback  # noqa: PLC0415 - smtplib, for the few

        if not is_loopback(report.smtp.host):
            yield (
                '[report.smtp] security: "none" would send the report readable to all on the way; '
                "it is for a server on this machine alone"
            )
    plain = [a for a in owner.addresses if "*" not in a] if owner else []
    if report.to is None and owner is not None and not plain:
        yield "[report] to: missing, and [owner] addresses has only patterns"
    for key, address in (("to", report.to or next(iter(plain), None)), ("sender", report.sender)):
        if address is not None:
            try:
                bare_address(address)
            except ValueError as error:
                yield f"[report] {key}: {error}"


def _store_faults(store: StoreSection, owner: OwnerSection) -> Iterator[str]:
    if store.url is None:
        return
    scheme = store.url.partition(":")[0].partition("+")[0]
    if scheme not in _STORES:
        yield "[store] url: not understood; write sqlite:///PATH or postgresql+psycopg://HOST/NAME"
    elif scheme != "sqlite" and "id" not in owner.model_fields_set:
        yield "[owner] id: missing, and the store at [store] url may hold several owners"
    if scheme != "sqlite" and store.url.count("@") > 1:
        # What follows the first one would count as the host, and be named in errors.
        yield "[store] url: more than one @; write %40 for an @ in a name or a password"


def _sources(tables: object) -> tuple[tuple[SourceConfig, ...], list[str]]:
    if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        return (), ["sources: write each source as a table of its own, headed [[sources]]"]
    found: list[SourceConfig] = []
    problems: list[str] = []
    for number, one in enumerate(tables, start=1):
        where = f"[[sources]] {one.get('id', f'number {number}')!s}"
        try:
            kind = one.get("type")
            if not isinstance(kind, str):
                raise ConfigError(f"{where} type: missing")  # noqa: TRY301 - one list of faults
            try:
                connector = registry.load(kind)
            except ConfigError as error:
                raise ConfigError(*(f"{where} type: {p}" for p in error.problems)) from error
            model: type[SourceConfig] = connector.Config
            source = _check(model, one, where)
        except ConfigError as error:
            problems.extend(error.problems)
            continue
        if source.id in RESERVED:
            problems.append(f"{where} id: `beforehand auth {source.id}` means the report's mail")
        if any(source.id == other.id for other in found):
            problems.append(f"{where} id: two sources have it")
        found.append(source)
    return tuple(found), problems


def _check(model: type[_Section], table: object, where: str) -> _Section:
    try:
        return model.model_validate(table)
    except ValidationError as error:
        faults = error.errors()
        wrong = {fault["loc"][:-1] for fault in faults}  # lists with a fault in one of theirs
        raise ConfigError(
            *(
                _fault(model, where, one)
                for one in faults
                if not (one["type"] == "too_short" and one["loc"] in wrong)
            )
        ) from error


# What pydantic says of these is for programmers.
_PLAINLY = {
    "missing": "missing",
    "model_type": "write it as a table of its own",
    "tuple_type": 'write it as a list: ["...", "..."]',
    "too_short": "name at least one",
    "string_too_short": "may not be empty",
    "string_type": "write it in quotes",
    "string_pattern_mismatch": "begin with a small letter or digit; then also '.', '_' and '-'",
}


def _fault(model: type[BaseModel], where: str, error: Any) -> str:  # noqa: ANN401 - pydantic's own shape
    """One fault with its key, written as it stands in the file: `[report.smtp] port: ...`."""
    place = list(error["loc"])
    while place and (inner := _table(model, place[0])) is not None:
        if error["type"] == "model_type" or len(place) == 1:
            break
        model, where = inner, f"{where.removesuffix(']')}.{place.pop(0)}]"
    name = ".".join(str(part + 1 if isinstance(part, int) else part) for part in place)
    key = f"{where} {name}".strip()
    if error["type"] == "extra_forbidden":
        return f"{key}: not known here{_near(name, list(model.model_fields))}"
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{key}: {_PLAINLY.get(error['type'], message[:1].lower() + message[1:])}"


def _table(model: type[BaseModel], key: object) -> type[BaseModel] | None:
    """The model of the table under this key, if it is one."""
    field = model.model_fields.get(str(key))
    kinds = (field.annotation, *get_args(field.annotation)) if field is not None else ()
    return next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), None)


def _near(key: str, known: list[str]) -> str:
    near = get_close_matches(key, known, n=1)
    return f" (did you mean {near[0]}?)" if near else ""
