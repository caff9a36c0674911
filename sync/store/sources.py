"""The table of sources: where each one stands, its cursor, and what its last run came to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.api import Plan
from sync.store.models import interaction, source
from sync.store.rows import SourceRow, salt_of


class Status(StrEnum):
    """What the last run of a source came to."""

    NEW = "new"
    OK = "ok"
    FAILING = "failing"  # a passing fault: tried again
    NEEDS_AUTHORISATION = "needs_authorisation"
    BROKEN = "broken"  # waiting will not help


@dataclass(frozen=True, slots=True)
class SourceStanding:
    """Where a source stands: its last runs, its trouble, its plan, and what is stored of it.

    interactions: how many are stored. newest_at: the time of the newest one.
    """

    id: int
    key: str
    type: str
    state: str
    trouble: str
    failures: int
    last_run_at: datetime | None
    last_ok_at: datetime | None
    interactions: int
    newest_at: datetime | None
    plan: Plan | None = None


@dataclass(frozen=True, slots=True)
class UnauthorisedSource:
    """A source paused until its owner authorises it again, and what it said when it refused."""

    last_ok_at: datetime | None
    last_run_at: datetime | None
    trouble: str


@dataclass(frozen=True, slots=True)
class FailingSource:
    """A source whose last runs failed. `broken`: trying again will not help."""

    key: str
    last_ok_at: datetime | None
    failures: int
    trouble: str
    broken: bool


@dataclass(frozen=True, slots=True)
class Registered:
    """A source's row. `new_own`, `new_settings`: what differs from the last run; see `register`."""

    row: SourceRow
    new_own: bool = False
    new_settings: bool = False


def register(
    connection: Connection,
    owner_id: int,
    key: str,
    type_: str,
    *,
    own_fingerprint: str,
    settings_fingerprint: str,
) -> Registered:
    """Find or create a source's row; its cursor is dropped where a fingerprint has changed.

    `own_fingerprint` stands for the owner's addresses, `settings_fingerprint` for the settings
    that say what is read.
    """
    salt = salt_of(connection, owner_id)
    mine = (source.c.owner_id == owner_id) & (source.c.key == key)
    before = connection.execute(sa.select(source).where(mine)).one_or_none()
    marks = {"own_fingerprint": own_fingerprint, "settings_fingerprint": settings_fingerprint}
    if before is None:
        number = connection.execute(
            sa.insert(source)
            .values(owner_id=owner_id, key=key, type=type_, **marks)
            .returning(source.c.id)
        ).scalar_one()
        return Registered(SourceRow(number, owner_id, salt))
    new_own = before.own_fingerprint != own_fingerprint or before.type != type_
    new_settings = before.settings_fingerprint != settings_fingerprint
    if new_own or new_settings:
        connection.execute(
            sa.update(source)
            .where(source.c.id == before.id)
            .values(cursor=None, type=type_, **marks)
        )
    return Registered(SourceRow(before.id, owner_id, salt), new_own, new_settings)


def notes_source(connection: Connection, owner_id: int, key: str) -> SourceRow:
    """The row of the source that holds the owner's own notes, created at first use."""
    mine = sa.select(source.c.id).where(source.c.owner_id == owner_id, source.c.key == key)
    number = connection.execute(mine).scalar_one_or_none()
    if number is None:
        number = connection.execute(
            sa.insert(source)
            .values(owner_id=owner_id, key=key, type="notes", state=Status.OK.value)
            .returning(source.c.id)
        ).scalar_one()
    return SourceRow(number, owner_id, salt_of(connection, owner_id))


def cursor_of(connection: Connection, source_id: int) -> str | None:
    """Where the last run of a source stopped; None where it is to be read from the beginning."""
    cursor: str | None = connection.execute(
        sa.select(source.c.cursor).where(source.c.id == source_id)
    ).scalar_one()
    return cursor


def pass_number(connection: Connection, source_id: int) -> int:
    """The number of the enumeration under way."""
    return int(
        connection.execute(sa.select(source.c.pass_no).where(source.c.id == source_id)).scalar_one()
    )


def advance(
    connection: Connection, source_id: int, *, cursor: str, pass_no: int, plan: Plan | None
) -> None:
    """Store a batch's cursor and the number of its enumeration; its plan, where it has one."""
    values: dict[str, object] = {"cursor": cursor, "pass_no": pass_no}
    if plan is not None:
        values["plan"] = _plan_to_text(plan)
    connection.execute(sa.update(source).where(source.c.id == source_id).values(values))


def record_run(
    connection: Connection,
    source_id: int,
    status: Status,
    *,
    trouble: str,
    whole: bool,
    now: datetime,
) -> None:
    """Store what a run came to. `whole`: it read everything there was to read."""
    values: dict[str, object] = {
        "state": status.value,
        "trouble": trouble,
        "last_run_at": now,
        "failures": 0 if status is Status.OK else source.c.failures + 1,
    }
    if whole:
        values["last_ok_at"] = now
    connection.execute(sa.update(source).where(source.c.id == source_id).values(**values))


def grant_access(connection: Connection, owner_id: int, key: str) -> None:
    """Take a source out of its pause: access was given, and it is yet to be read."""
    connection.execute(
        sa.update(source)
        .where(
            source.c.owner_id == owner_id,
            source.c.key == key,
            source.c.state == Status.NEEDS_AUTHORISATION.value,
        )
        .values(
            state=Status.FAILING.value,
            trouble=f"access was given again, and it is yet to be read: beforehand sync {key}",
        )
    )


def unauthorised(connection: Connection, owner_id: int) -> Mapping[str, UnauthorisedSource]:
    """Sources paused until their owner authorises them again, by key.

    The pause stands in the store, so that no process asks in vain meanwhile. It ends with
    `grant_access`, or with a run by hand that works.
    """
    rows = connection.execute(
        sa.select(source.c.key, source.c.last_ok_at, source.c.last_run_at, source.c.trouble).where(
            source.c.owner_id == owner_id,
            source.c.state == Status.NEEDS_AUTHORISATION.value,
        )
    )
    return {row.key: UnauthorisedSource(*row[1:]) for row in rows}


def failing(connection: Connection, owner_id: int) -> Mapping[str, FailingSource]:
    """Sources whose last run failed though access is given, by key, in the order of the keys."""
    rows = connection.execute(
        sa.select(
            source.c.key,
            source.c.last_ok_at,
            source.c.failures,
            source.c.trouble,
            source.c.state == Status.BROKEN.value,
        )
        .where(
            source.c.owner_id == owner_id,
            source.c.state.in_([Status.FAILING.value, Status.BROKEN.value]),
            source.c.failures > 0,
        )
        .order_by(source.c.key)
    )
    return {row.key: FailingSource(*row) for row in rows}


def standings(connection: Connection, owner_id: int, now: datetime) -> list[SourceStanding]:
    """Where each source that was ever run stands, by key; its newest contact before `now`."""
    counted = (
        sa.select(
            interaction.c.source_id,
            sa.func.count().label("held"),
            sa.func.max(sa.case((interaction.c.at < now, interaction.c.at))).label("newest"),
        )
        .where(interaction.c.owner_id == owner_id)
        .group_by(interaction.c.source_id)
        .subquery()
    )
    rows = connection.execute(
        sa.select(
            source.c.id,
            source.c.key,
            source.c.type,
            source.c.state,
            source.c.trouble,
            source.c.failures,
            source.c.last_run_at,
            source.c.last_ok_at,
            sa.func.coalesce(counted.c.held, 0),
            counted.c.newest,
            source.c.plan,
        )
        .select_from(source.outerjoin(counted, counted.c.source_id == source.c.id))
        .where(source.c.owner_id == owner_id)
    )
    found = [
        replace(SourceStanding(*values[:-1]), plan=_plan_from_text(values[-1]))
        for values in map(tuple, rows)
    ]
    return sorted(found, key=lambda standing: standing.key)


def _plan_to_text(plan: Plan) -> str:
    values = asdict(plan)
    values["back_to"] = None if plan.back_to is None else plan.back_to.isoformat()
    return json.dumps(values, separators=(",", ":"))


def _plan_from_text(text: str | None) -> Plan | None:
    if not text:
        return None
    values = json.loads(text)
    if values["back_to"] is not None:
        values["back_to"] = datetime.fromisoformat(values["back_to"])
    return Plan(**values)
