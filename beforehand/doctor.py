"""Checks of everything that can go wrong, each with what to do about it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event

from beforehand import config as configuration
from beforehand.delivery import BySmtp, smtp_secret
from beforehand.house import House, open_house
from beforehand.plans import standing, unread
from beforehand.work import delivery_way, gmail_sender
from connectors.api import Foreseeing, Log, Plan
from connectors.errors import AuthRequired, ConfigError, ConnectorError
from sync.engine import broke, unquoted
from sync.store import queries, reports
from sync.store.queries import SourceStanding
from sync.store.reports import ReportState
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
            yield from _privacy(house)
            yield from _sources(house)
            yield from _reports(house)
    except StoreError as error:
        yield Finding("store", ok=False, says=str(error), code=1)
    except ConfigError as error:
        yield Finding("secrets", ok=False, says=str(error), code=2)


def _store(house: House) -> Iterator[Finding]:
    with house.store.read() as connection:
        held = sum(
            one.interactions for one in queries.sources(connection, house.owner_id, house.now())
        )
    yield Finding("store", ok=True, says=f"{house.store.where}, {held:,} interactions")
    if house.store.path is None:
        return
    free = shutil.disk_usage(house.store.path.parent).free
    roomy = free >= _LEAST_FREE_BYTES
    yield Finding(
        "disk",
        ok=roomy,
        says=f"{free / 1e9:.1f} GB free" + ("" if roomy else ": make room"),
        code=0 if roomy else 1,
    )


def _privacy(house: House) -> Iterator[Finding]:
    """Whether others on this machine can read what is ours: the store, and files with tokens."""
    kept = [one.model_dump().get("credentials") for one in house.config.sources]
    files = {house.store.path, house.config.report.gmail.credentials, *kept}
    open_to_all = sorted(
        path
        for path in files
        if isinstance(path, Path) and path.is_file() and path.stat().st_mode & 0o077
    )
    for path in open_to_all:
        yield Finding("privacy", ok=False, says=f"others can read {path}: chmod 600 {path}", code=1)
    if not open_to_all:
        yield Finding("privacy", ok=True, says="nobody else on this machine can read what is yours")


def _sources(house: House) -> Iterator[Finding]:
    if not house.config.sources:
        yield Finding("sources", ok=False, says="there is none: add [[sources]]", code=2)
    with house.store.read() as connection:
        known = {one.key: one for one in queries.sources(connection, house.owner_id, house.now())}
    for source in house.config.sources:
        check = f"source {source.id}"
        context = house.context(source, stop=Event(), progress=lambda _done, _total: None)
        try:
            connector = house.connector(source, context)
            says = connector.check()
        except ConnectorError as error:
            yield Finding(check, ok=False, says=str(error), code=_code(error))
            continue
        except Exception as error:  # a stranger's connector; the rest wants checking
            house.log.debug("the connector broke", source=source.id, exc_info=unquoted(error))
            says = f"{broke(error)}: `beforehand --debug doctor` shows where, for its authors"
            yield Finding(check, ok=False, says=says, code=1)
            continue
        yield _read(house, check, says, known.get(source.id))
        if isinstance(connector, Foreseeing):
            yield from _ahead(check, connector)


def _read(house: House, check: str, says: str, known: SourceStanding | None) -> Finding:
    """When a source that answers was last read, and what of it is still to come."""
    plan = known.plan if known else None
    rest = standing(plan) if plan else ""
    if known and known.last_ok_at is not None:
        local = known.last_ok_at.astimezone(house.config.zone)
        parts = [says, f"last read {local:%-d %b %Y, %H:%M}", rest or _left(plan)]
        return Finding(check, ok=True, says="; ".join(filter(None, parts)))
    if rest and plan and plan.back_to:
        back_to = plan.back_to.astimezone(house.config.zone)
        rest = f"read back to {back_to:%-d %b %Y} so far, {rest}: beforehand sync goes on"
        return Finding(check, ok=True, says=f"{says}; {rest}")
    return Finding(check, ok=False, says=f"{says}; never read: beforehand sync", code=1)


def _left(plan: Plan | None) -> str:
    """What was left unread on purpose when the source was last listed."""
    return unread(plan.unread) if plan else ""


def _ahead(check: str, who: Foreseeing) -> Iterator[Finding]:
    """Whether access will end before long: worth knowing, and no failure yet."""
    if says := who.outlook():
        yield Finding(check, ok=False, says=says)


def _reports(house: House) -> Iterator[Finding]:
    yield from _mail_out(house)
    with house.store.read() as connection:
        known = reports.of_owner(connection, house.owner_id)
    if not known:
        yield Finding("report", ok=True, says=f"none yet; to {house.config.report_to}")
        return
    last = known[-1]
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


def _mail_out(house: House) -> Iterator[Finding]:
    """Whether a report could be sent, as far as can be told without sending one."""
    try:
        if house.config.report.via == "gmail":
            sender = gmail_sender(house)
            yield Finding("mail out", ok=True, says=sender.check())
            yield from _ahead("mail out", sender)
            return
        way = delivery_way(house, "check")
        if isinstance(way, BySmtp) and way.username is not None:
            if house.tokens.get(smtp_secret(way.host)) is None:
                says = f"no password for {way.host}: beforehand auth report"
                yield Finding("mail out", ok=False, says=says, code=3)
                return
            yield Finding("mail out", ok=True, says=f"a password for {way.host} is kept")
    except ConnectorError as error:
        yield Finding("mail out", ok=False, says=str(error), code=_code(error))


def _code(error: ConnectorError) -> int:
    return 3 if isinstance(error, AuthRequired) else 2 if isinstance(error, ConfigError) else 1
