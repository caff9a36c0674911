"""Checks of everything that can go wrong, each with what to do about it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event

from beforehand import config as configuration
from beforehand.delivery import smtp_secret
from beforehand.house import House, open_house
from connectors.api import Log
from connectors.errors import AuthRequired, ConfigError, ConnectorError
from sync.store import agenda, queries
from sync.store.agenda import ReportState
from sync.store.session import StoreError

_LEAST_FREE_BYTES = 200 * 1024 * 1024
_REPORT_OVERDUE = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's outcome; `code` is the exit code it asks for."""

    check: str
    ok: bool
    says: str
    code: int = 0


def examine(path: Path, log: Log) -> Iterator[Finding]:
    """Check the configuration, then what it names, as far as one can get."""
    try:
        config = configuration.load(path)
    except ConfigError as error:
        for problem in error.problems:
            yield Finding("configuration", ok=False, says=problem, code=2)
        return
    yield Finding("configuration", ok=True, says=str(path))
    try:
        with open_house(config, log) as house:
            yield from _store(house)
            yield from _sources(house)
            yield from _reports(house)
    except StoreError as error:
        yield Finding("store", ok=False, says=str(error), code=1)
    except ConfigError as error:
        yield Finding("secrets", ok=False, says=str(error), code=2)


def _store(house: House) -> Iterator[Finding]:
    where = house.store.url.render_as_string(hide_password=True)
    with house.store.read() as connection:
        held = sum(
            one.interactions for one in queries.sources(connection, house.owner_id, house.now())
        )
    yield Finding("store", ok=True, says=f"{where}, {held:,} interactions")
    if house.store.path is None:
        return
    mode = house.store.path.stat().st_mode & 0o777
    private = mode & 0o077 == 0
    yield Finding(
        "privacy",
        ok=private,
        says="the store is readable by you alone"
        if private
        else f"others can read {house.store.path}: chmod 600 {house.store.path}",
        code=0 if private else 1,
    )
    free = shutil.disk_usage(house.store.path.parent).free
    roomy = free >= _LEAST_FREE_BYTES
    yield Finding(
        "disk",
        ok=roomy,
        says=f"{free / 1e9:.1f} GB free" + ("" if roomy else ": make room"),
        code=0 if roomy else 1,
    )


def _sources(house: House) -> Iterator[Finding]:
    if not house.config.sources:
        yield Finding("sources", ok=False, says="there is none: add [[sources]]", code=2)
    with house.store.read() as connection:
        known = {one.key: one for one in queries.sources(connection, house.owner_id, house.now())}
    for source in house.config.sources:
        check = f"source {source.id}"
        context = house.context(source, stop=Event(), progress=lambda _done, _total: None)
        try:
            says = house.connector(source, context).check()
        except ConnectorError as error:
            code = (
                3 if isinstance(error, AuthRequired) else 2 if isinstance(error, ConfigError) else 1
            )
            yield Finding(check, ok=False, says=str(error), code=code)
            continue
        last = known[source.id].last_ok_at if source.id in known else None
        if last is None:
            yield Finding(check, ok=False, says=f"{says}; never read: beforehand sync", code=1)
        else:
            local = last.astimezone(house.config.zone)
            yield Finding(check, ok=True, says=f"{says}; last read {local:%-d %b %Y, %H:%M}")


def _reports(house: House) -> Iterator[Finding]:
    report = house.config.report
    if report.via == "smtp" and report.smtp is not None and report.smtp.username is not None:
        kept = house.tokens.get(smtp_secret(report.smtp.host)) is not None
        yield Finding(
            "mail out",
            ok=kept,
            says=f"a password for {report.smtp.host} is kept"
            if kept
            else f"no password for {report.smtp.host}: beforehand auth smtp",
            code=0 if kept else 3,
        )
    with house.store.read() as connection:
        reports = agenda.reports(connection, house.owner_id)
    if not reports:
        yield Finding("report", ok=True, says=f"none yet; to {house.config.report_to}")
        return
    last = reports[-1]
    if last.state is not ReportState.SENT:
        trouble = last.trouble or "its sending was interrupted"
        yield Finding("report", ok=False, says=f"{last.period} is not sent: {trouble}", code=1)
        return
    overdue = last.sent_at is None or house.now() - last.sent_at > _REPORT_OVERDUE
    says = f"the last was for {last.period}"
    yield Finding(
        "report",
        ok=not overdue,
        says=f"{says}, over a week ago: is `beforehand daemon` running?" if overdue else says,
        code=1 if overdue else 0,
    )
