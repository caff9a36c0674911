"""Reading all that is kept of an owner, for `beforehand export`: rows as dictionaries."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.store import answers
from sync.store.models import (
    absence,
    favour,
    flag,
    handle,
    interaction,
    merge,
    party,
    report,
    source,
)

Row = dict[str, object]
_AT_ONCE = 1_000  # rows fetched at a time


def contact(
    connection: Connection, owner_id: int, person_id: int | None = None
) -> Iterator[tuple[int, list[Row]]]:
    """Each person's id, ascending, with every interaction they are on; or one person's alone.

    People without any are left out. One pass over the rows; memory is bounded by the person with
    the most.
    """
    query = (
        sa.select(
            handle.c.person_id,
            interaction.c.at,
            interaction.c.channel,
            interaction.c.direction,
            party.c.role,
            handle.c.address,
            interaction.c.size,
            interaction.c.bulk,
            source.c.key.label("source"),
            interaction.c.ref,
        )
        .join(interaction, interaction.c.id == party.c.interaction_id)
        .join(handle, handle.c.id == party.c.handle_id)
        .join(source, source.c.id == interaction.c.source_id)
        .where(party.c.owner_id == owner_id)
        .order_by(handle.c.person_id, interaction.c.at, interaction.c.id, handle.c.id)
    )
    if person_id is not None:
        query = query.where(handle.c.person_id == person_id)
    rows = connection.execute(query, execution_options={"yield_per": _AT_ONCE}).mappings()
    for number, theirs in groupby(rows, key=lambda row: row["person_id"]):
        yield number, [{k: v for k, v in row.items() if k != "person_id"} for row in theirs]


def absences(connection: Connection, owner_id: int) -> list[Row]:
    """When the owner's calendars say that they were away, in order of time."""
    rows = connection.execute(
        sa.select(
            absence.c.begins_at.label("start"),
            absence.c.ends_at.label("end"),
            source.c.key.label("source"),
            absence.c.ref,
        )
        .join(source, source.c.id == absence.c.source_id)
        .where(absence.c.owner_id == owner_id)
        .order_by(absence.c.begins_at, absence.c.id)
    )
    return [dict(row) for row in rows.mappings()]


def favours(connection: Connection, owner_id: int) -> list[Row]:
    """The favours done and asked for, in order of time."""
    rows = connection.execute(
        sa.select(favour.c.kind, favour.c.at)
        .where(favour.c.owner_id == owner_id)
        .order_by(favour.c.at, favour.c.id)
    )
    return [dict(row) for row in rows.mappings()]


def flags(connection: Connection, owner_id: int) -> Mapping[int, list[Row]]:
    """The flags of each person, in order of time, with the owner's answers to them."""
    answered: dict[int, list[Row]] = defaultdict(list)
    for answer in answers.of_flags(connection, owner_id):
        answered[answer.flag_id].append({"verb": answer.verb, "at": answer.at})
    by_person: dict[int, list[Row]] = defaultdict(list)
    for row in connection.execute(
        sa.select(
            flag.c.id, flag.c.person_id, flag.c.kind, flag.c.at, flag.c.p_lapse, report.c.period
        )
        .join(report, report.c.id == flag.c.report_id)
        .where(flag.c.owner_id == owner_id)
        .order_by(flag.c.at, flag.c.id)
    ).mappings():
        shown = {k: v for k, v in row.items() if k not in {"id", "person_id"}}
        by_person[row["person_id"]].append(shown | {"answers": answered[row["id"]]})
    return by_person


def merges(connection: Connection, owner_id: int) -> Mapping[int, list[Row]]:
    """The merges into each person, in order of time, those that were undone among them."""
    by_person: dict[int, list[Row]] = defaultdict(list)
    for row in connection.execute(
        sa.select(merge).where(merge.c.owner_id == owner_id).order_by(merge.c.at, merge.c.id)
    ):
        by_person[row.person_id].append(
            {"addresses": json.loads(row.addresses), "at": row.at, "undone_at": row.undone_at}
        )
    return by_person
