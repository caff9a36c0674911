"""The table of flags: whom reports put before the owner, why, and what became of each.

A flag is written with the claim of its report, before that is sent, so that should the sender die
in between, what the owner may have got is known. It counts once its report is sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.store.models import flag, handle, merge, person, report
from sync.store.rows import insert_unless_there


class ReportState(StrEnum):
    """A report is claimed before it is sent, so that no other process sends it too."""

    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class NewFlag:
    """A judgement that a report puts before the owner. `p_lapse` is None for a reply owed."""

    person_id: int
    kind: str
    p_lapse: float | None


@dataclass(frozen=True, slots=True)
class SentFlag:
    """A flag that a report put before the owner. `outcome` is empty while it is open."""

    id: int
    report_id: int
    person_id: int
    kind: str
    at: datetime
    outcome: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class FlagDecision:
    """What became of a flag; `outcome` empty: it is open, or open again."""

    id: int
    outcome: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class SentFlags:
    """All flags that reports put before the owner, in order of time."""

    flags: tuple[SentFlag, ...]

    def before(self, until: datetime) -> list[SentFlag]:
        """The flags of before `until`."""
        return [flag for flag in self.flags if flag.at < until]

    def of_kind(self, kind: str) -> list[tuple[int, datetime]]:
        """Person and time of every flag of this kind, oldest first."""
        mine = [(flag.person_id, flag.at) for flag in self.flags if flag.kind == kind]
        return sorted(mine, key=lambda row: (row[1], row[0]))

    def last_times(self, kind: str, since: datetime) -> dict[int, datetime]:
        """The last time of each person who had a flag of this kind since then."""
        return {
            flag.person_id: flag.at for flag in self.flags if flag.kind == kind and flag.at >= since
        }


def sent(connection: Connection, owner_id: int) -> SentFlags:
    """Return all flags of reports that were sent."""
    rows = connection.execute(
        sa.select(
            flag.c.id,
            flag.c.report_id,
            flag.c.person_id,
            flag.c.kind,
            flag.c.at,
            flag.c.outcome,
            flag.c.decided_at,
        )
        .join(report, report.c.id == flag.c.report_id)
        .where(flag.c.owner_id == owner_id, report.c.state == ReportState.SENT.value)
        .order_by(flag.c.at, flag.c.id)
    )
    return SentFlags(tuple(SentFlag(*row[:5], row.outcome or "", row.decided_at) for row in rows))


def write_outcomes(connection: Connection, decided: Iterable[FlagDecision]) -> None:
    """Store what became of flags."""
    rows = [{"key": one.id, "what": one.outcome or None, "when": one.at} for one in decided]
    if rows:
        connection.execute(
            sa.update(flag)
            .where(flag.c.id == sa.bindparam("key"))
            .values(
                outcome=sa.bindparam("what", type_=sa.String),
                decided_at=sa.bindparam("when", type_=flag.c.decided_at.type),
            ),
            rows,
        )


def write(
    connection: Connection, owner_id: int, report_id: int, new: Iterable[NewFlag], now: datetime
) -> None:
    """Write the flags of a report; those that stand there already stay as they are."""
    for one in new:
        insert_unless_there(
            connection,
            flag,
            owner_id=owner_id,
            report_id=report_id,
            person_id=one.person_id,
            kind=one.kind,
            at=now,
            p_lapse=one.p_lapse,
        )


def drop(connection: Connection, report_id: int, *, since: datetime | None) -> None:
    """Delete the flags of a report that nobody has seen: all, or those written since a time."""
    unseen = sa.true() if since is None else flag.c.at >= since
    connection.execute(sa.delete(flag).where(flag.c.report_id == report_id, unseen))


def move(connection: Connection, old: int, new: int) -> None:
    """Give a person's flags to another, but where a report put the same before the owner twice."""
    twin = flag.alias()
    taken = sa.exists().where(
        twin.c.person_id == new, twin.c.report_id == flag.c.report_id, twin.c.kind == flag.c.kind
    )
    connection.execute(sa.update(flag).where(flag.c.person_id == old, ~taken).values(person_id=new))


def latest_open(
    connection: Connection, owner_id: int, person_id: int, since: datetime
) -> int | None:
    """The latest flag about somebody since then whose outcome is open; None for none."""
    number: int | None = connection.execute(
        sa.select(flag.c.id)
        .where(
            flag.c.owner_id == owner_id,
            flag.c.person_id == person_id,
            flag.c.at >= since,
            flag.c.outcome.is_(None),
        )
        .order_by(flag.c.at.desc(), flag.c.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return number


def meant(
    connection: Connection, owner_id: int, period: str, person_id: int, kind: str
) -> tuple[int, int] | None:
    """The flag that an answer is about, and of whom it is now; None where it can be no more.

    `person_id` is as it was when the report was written. They may have been merged or split
    since. Where the mail went out, but its sender died before that was written down, the flag is
    added now.
    """
    sent = connection.execute(
        sa.select(report.c.id, report.c.claimed_at).where(
            report.c.owner_id == owner_id, report.c.period == period
        )
    ).one_or_none()
    if sent is None:
        return None
    if (found := _flag(connection, sent.id, person_id, kind)) is not None:
        return found, person_id
    whose = _as_known(connection, owner_id, person_id, sent.claimed_at)
    if whose is None:
        return None
    found = _flag(connection, sent.id, whose, kind)
    if found is None:
        found = connection.execute(
            sa.insert(flag)
            .values(
                owner_id=owner_id,
                report_id=sent.id,
                person_id=whose,
                kind=kind,
                at=sent.claimed_at,
            )
            .returning(flag.c.id)
        ).scalar_one()
    return found, whose


def _flag(connection: Connection, report_id: int, person_id: int, kind: str) -> int | None:
    number: int | None = connection.execute(
        sa.select(flag.c.id).where(
            flag.c.report_id == report_id, flag.c.person_id == person_id, flag.c.kind == kind
        )
    ).scalar_one_or_none()
    return number


def _as_known(connection: Connection, owner_id: int, person_id: int, then: datetime) -> int | None:
    """Who is now whoever had this number then; None where they were forgotten.

    A number that is free again may be given to somebody new: whoever came later is not meant.
    """
    there = sa.select(person.c.id).where(
        person.c.owner_id == owner_id, person.c.id == person_id, person.c.created_at <= then
    )
    if connection.execute(there).first() is not None:
        return person_id
    merged = connection.execute(
        sa.select(merge.c.addresses)
        .where(merge.c.owner_id == owner_id, merge.c.other_id == person_id, merge.c.at >= then)
        .order_by(merge.c.at, merge.c.id)
        .limit(1)
    ).scalar_one_or_none()
    if merged is None:
        return None
    number: int | None = connection.execute(
        sa.select(handle.c.person_id)
        .where(handle.c.owner_id == owner_id, handle.c.address.in_(json.loads(merged)))
        .order_by(handle.c.id)
        .limit(1)
    ).scalar_one_or_none()
    return number
