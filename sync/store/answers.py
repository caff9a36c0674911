"""What the owner answered to reports: each answer kept once, settled once, told of once.

What a source found is kept as it stood there, in the transaction of its batch; whether it is
genuine is judged by whoever has the key. Answers given by a command are kept beside them, so that
whoever grades flags sees one kind of thing.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.api import Answer
from sync.store.models import answer, flag, report
from sync.store.rows import insert_unless_there

# Who answers has another clock than who sends.
_CLOCKS_APART = timedelta(hours=1)
_LONGEST_TOKEN = 128
# What the owner said by a command has this before a random word, where mail has a token.
_COMMAND = "cli:"


class Outcome(StrEnum):
    """What became of an answer."""

    TAKEN = "taken"
    EXPIRED = "expired"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class PendingAnswer:
    """An answer that was not looked at yet."""

    id: int
    token: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FlagAnswer:
    """What the owner answered to a flag, by mail or by a command, and when."""

    flag_id: int
    verb: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SettledAnswer:
    """A genuine answer by mail that no report has confirmed yet; `person_id` of its flag."""

    id: int
    verb: str
    outcome: Outcome
    at: datetime
    person_id: int | None


def insert(connection: Connection, owner_id: int, answers: Iterable[Answer]) -> None:
    """Keep what a source found; what was kept before stays as it is."""
    for one in answers:
        if 0 < len(one.token) <= _LONGEST_TOKEN and not one.token.startswith(_COMMAND):
            insert_unless_there(
                connection, answer, owner_id=owner_id, token=one.token, at=one.at, verb=""
            )


def since(connection: Connection, owner_id: int) -> datetime | None:
    """From when on there may be answers: the first report; None before it."""
    first: datetime | None = connection.execute(
        sa.select(report.c.claimed_at)
        .where(report.c.owner_id == owner_id)
        .order_by(report.c.claimed_at)
        .limit(1)
    ).scalar_one_or_none()
    return None if first is None else first - _CLOCKS_APART


def pending(connection: Connection, owner_id: int) -> list[PendingAnswer]:
    """Answers that were not looked at yet, in the order in which they were given."""
    rows = connection.execute(
        sa.select(answer.c.id, answer.c.token, answer.c.at)
        .where(answer.c.owner_id == owner_id, answer.c.outcome.is_(None))
        .order_by(answer.c.at, answer.c.id)
    )
    return [PendingAnswer(*row) for row in rows]


def settle(
    connection: Connection,
    answer_id: int,
    outcome: Outcome,
    now: datetime,
    *,
    verb: str = "",
    flag_id: int | None = None,
) -> bool:
    """Say what became of an answer; False where another process has done so."""
    return bool(
        connection.execute(
            sa.update(answer)
            .where(answer.c.id == answer_id, answer.c.outcome.is_(None))
            .values(outcome=outcome.value, settled_at=now, verb=verb, flag_id=flag_id)
        ).rowcount
    )


def superseded(
    connection: Connection, owner_id: int, verbs: Collection[str], after: datetime
) -> bool:
    """Whether the owner has said one of these later than that, and it was taken."""
    later = sa.select(answer.c.id).where(
        answer.c.owner_id == owner_id,
        answer.c.outcome == Outcome.TAKEN.value,
        answer.c.verb.in_(verbs),
        answer.c.at > after,
    )
    return connection.execute(later.limit(1)).first() is not None


def by_command(
    connection: Connection, owner_id: int, verb: str, at: datetime, flag_id: int | None = None
) -> None:
    """Keep that the owner gave this answer by a command, which has done what it asks for."""
    connection.execute(
        sa.insert(answer).values(
            owner_id=owner_id,
            token=f"{_COMMAND}{secrets.token_hex(16)}",
            at=at,
            outcome=Outcome.TAKEN.value,
            settled_at=at,
            verb=verb,
            flag_id=flag_id,
        )
    )


def take_back(connection: Connection, owner_id: int, verb: str, flag_id: int) -> None:
    """Forget the last such answer to a flag that was given by a command."""
    last = (
        sa.select(sa.func.max(answer.c.id))
        .where(
            answer.c.owner_id == owner_id,
            answer.c.verb == verb,
            answer.c.flag_id == flag_id,
            answer.c.token.startswith(_COMMAND),
        )
        .scalar_subquery()
    )
    connection.execute(sa.delete(answer).where(answer.c.id == last))


def of_flags(connection: Connection, owner_id: int) -> list[FlagAnswer]:
    """All that the owner answered to flags, by mail or by a command, oldest first."""
    rows = connection.execute(
        sa.select(answer.c.flag_id, answer.c.verb, answer.c.at)
        .where(
            answer.c.owner_id == owner_id,
            answer.c.outcome == Outcome.TAKEN.value,
            answer.c.flag_id.is_not(None),
        )
        .order_by(answer.c.at, answer.c.id)
    )
    return [FlagAnswer(*row) for row in rows]


def unconfirmed(connection: Connection, owner_id: int) -> list[SettledAnswer]:
    """The genuine answers by mail that no report has confirmed, oldest first."""
    rows = connection.execute(
        sa.select(answer.c.id, answer.c.verb, answer.c.outcome, answer.c.at, flag.c.person_id)
        .join(flag, flag.c.id == answer.c.flag_id, isouter=True)
        .where(
            answer.c.owner_id == owner_id,
            answer.c.verb != "",
            answer.c.outcome.is_not(None),
            answer.c.told_in.is_(None),
            ~answer.c.token.startswith(_COMMAND),
        )
        .order_by(answer.c.at, answer.c.id)
    )
    return [SettledAnswer(row[0], row[1], Outcome(row[2]), row[3], row[4]) for row in rows]


def mark_confirmed(
    connection: Connection, owner_id: int, report_id: int, answers: Collection[int]
) -> None:
    """Note which report has confirmed these answers."""
    connection.execute(
        sa.update(answer)
        .where(answer.c.owner_id == owner_id, answer.c.id.in_(answers), answer.c.told_in.is_(None))
        .values(told_in=report_id)
    )


def mark_confirmed_by(
    connection: Connection, owner_id: int, report_id: int, *, until: datetime
) -> None:
    """Note that a report has confirmed all answers settled by then that none had confirmed."""
    connection.execute(
        sa.update(answer)
        .where(
            answer.c.owner_id == owner_id,
            answer.c.told_in.is_(None),
            answer.c.settled_at <= until,
        )
        .values(told_in=report_id)
    )
