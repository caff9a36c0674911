"""Everything that is kept about the owner's people, as JSON lines: one person, one line.

Where the owner's calendars say when they were away, that is one more line, and so are favours,
whose people are not known.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa

from beforehand.app import App
from sync.store import answers, people
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


def lines(app: App, who: str | None = None) -> Iterator[str]:
    """One JSON object for each person (only the one named, if so), with all contact seen.

    Without a person named, the owner's absences and favours follow, where there are any. Raises
    PeopleError where nobody is called so. Memory is bounded by the largest person.
    """
    with app.store.read() as connection:
        chosen = None if who is None else {people.find(connection, app.owner_id, who).id}
        by_id = people.by_id(connection, app.owner_id, chosen)
        flags = _flags(connection, app.owner_id)
        merges = _merges(connection, app.owner_id)
        for number, person in sorted(by_id.items()):
            yield json.dumps(
                {
                    "name": person.name,
                    "handles": person.handles,
                    "word": person.override.value if person.override else None,
                    "snoozed_until": person.snoozed_until,
                    "every_days": person.every_days,
                    "tags": person.tags,
                    "merges": merges[number],
                    "flags": flags[number],
                    "contact": list(_contact(connection, app.owner_id, number)),
                },
                ensure_ascii=False,
                default=_iso,
            )
        away = [] if who else _absences(connection, app.owner_id)
        if away:
            yield json.dumps({"absences": away}, ensure_ascii=False, default=_iso)
        done = [] if who else _favours(connection, app.owner_id)
        if done:
            yield json.dumps({"favours": done}, ensure_ascii=False, default=_iso)


def _iso(moment: datetime) -> str:
    return moment.isoformat()


def _absences(connection: sa.Connection, owner_id: int) -> list[dict[str, object]]:
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
    return [dict(row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name for it


def _favours(connection: sa.Connection, owner_id: int) -> list[dict[str, object]]:
    rows = connection.execute(
        sa.select(favour.c.kind, favour.c.at)
        .where(favour.c.owner_id == owner_id)
        .order_by(favour.c.at, favour.c.id)
    )
    return [dict(row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name for it


def _contact(
    connection: sa.Connection, owner_id: int, person_id: int
) -> Iterator[dict[str, object]]:
    rows = connection.execute(
        sa.select(
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
        .where(party.c.owner_id == owner_id, handle.c.person_id == person_id)
        .order_by(interaction.c.at, interaction.c.id, handle.c.id)
    )
    return (dict(row._mapping) for row in rows)  # noqa: SLF001 - SQLAlchemy's public name for it


def _flags(connection: sa.Connection, owner_id: int) -> dict[int, list[dict[str, object]]]:
    found: dict[int, list[dict[str, object]]] = defaultdict(list)
    said: dict[int, list[dict[str, object]]] = defaultdict(list)
    for one in answers.of_flags(connection, owner_id):
        said[one.flag_id].append({"verb": one.verb, "at": one.at})
    for row in connection.execute(
        sa.select(
            flag.c.id, flag.c.person_id, flag.c.kind, flag.c.at, flag.c.p_lapse, report.c.period
        )
        .join(report, report.c.id == flag.c.report_id)
        .where(flag.c.owner_id == owner_id)
        .order_by(flag.c.at, flag.c.id)
    ).mappings():
        shown = {k: v for k, v in row.items() if k not in {"id", "person_id"}}
        found[row["person_id"]].append(shown | {"answers": said[row["id"]]})
    return found


def _merges(connection: sa.Connection, owner_id: int) -> dict[int, list[dict[str, object]]]:
    found: dict[int, list[dict[str, object]]] = defaultdict(list)
    for row in connection.execute(
        sa.select(merge).where(merge.c.owner_id == owner_id).order_by(merge.c.at, merge.c.id)
    ):
        found[row.person_id].append(
            {"addresses": json.loads(row.addresses), "at": row.at, "undone_at": row.undone_at}
        )
    return found
