"""Reading the configuration: every fault is named at once, with its key."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from beforehand.config.faults import check_table, suggestion
from beforehand.config.model import (
    Config,
    DaemonSection,
    GroupsSection,
    NetworkSection,
    OwnerSection,
    ReportSection,
    StoreSection,
)
from connectors import registry
from connectors.api import SourceConfig
from connectors.errors import ConfigError
from connectors.network import is_loopback
from report.envelope import bare_address

# What `beforehand auth` takes beside the names of sources.
RESERVED = frozenset({"report", "smtp"})
_STORES = ("sqlite", "postgresql")

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
        f"[{key}]: not known here{suggestion(key, [*_TABLES, 'sources'])}"
        for key in table
        if key not in _TABLES and key != "sources"
    ]
    sections: dict[str, Any] = {}
    for name, model in _TABLES.items():
        try:
            sections[name] = check_table(model, table.get(name, {}), f"[{name}]")
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
    smtp = report.smtp
    if smtp is not None and smtp.security == "none" and not is_loopback(smtp.host):
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
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        return (), ["sources: write each source as a table of its own, headed [[sources]]"]
    sources: list[SourceConfig] = []
    problems: list[str] = []
    for number, table in enumerate(tables, start=1):
        where = f"[[sources]] {table.get('id', f'number {number}')!s}"
        try:
            kind = table.get("type")
            if not isinstance(kind, str):
                raise ConfigError(f"{where} type: missing")  # noqa: TRY301 - one list of faults
            try:
                connector = registry.load(kind)
            except ConfigError as error:
                raise ConfigError(*(f"{where} type: {p}" for p in error.problems)) from error
            model: type[SourceConfig] = connector.Config
            source = check_table(model, table, where)
        except ConfigError as error:
            problems.extend(error.problems)
            continue
        if source.id in RESERVED:
            problems.append(f"{where} id: `beforehand auth {source.id}` means the report's mail")
        if any(source.id == other.id for other in sources):
            problems.append(f"{where} id: two sources have it")
        sources.append(source)
    return tuple(sources), problems
