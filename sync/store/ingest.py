"""Writing batches: what a connector yields becomes rows, each batch whole or not at all.

The same batch applied twice leaves the same store; so does any order of batches that a kill and
a resume can produce.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connectors.api import Batch, Direction, Interaction, Role, Window
from sync.store import absences, answers, contact_days, reports, skips, sources
from sync.store.contact_days import Touched
from sync.store.duplicates import adopt
from sync.store.handles import handles_of
from sync.store.models import interaction, party, skipped
from sync.store.rows import SourceRow, lock_owner, parts

_AT = sa.type_coerce(interaction.c.at, sa.BigInteger)


@dataclass(slots=True)
class Counts:
    """What batches changed: interactions new, changed and deleted; records skipped and left unread;
    units spent.
    """

    new: int = 0
    changed: int = 0
    deleted: int = 0
    skipped: int = 0
    left: int = 0
    units: int = 0

    def add(self, other: Counts) -> None:
        """Add another batch's counts to these."""
        self.new += other.new
        self.changed += other.changed
        self.deleted += other.deleted
        self.skipped += other.skipped
        self.left += other.left
        self.units += other.units


@dataclass(frozen=True, slots=True)
class _Stored:
    id: int
    digest: str
    at: int
    uid: str


def apply(connection: Connection, row: SourceRow, batch: Batch, *, now: datetime) -> Counts:
    """Write one batch and its cursor on a connection whose transaction the caller commits."""
    # Two sources of one owner may bring the same new address: one at a time.
    rules = lock_owner(connection, row.owner_id)
    pass_no = sources.pass_number(connection, row.id) + int(batch.begins)

    carried = {item.ref: item for item in batch.interactions}
    away = {one.ref: one for one in batch.absences if one.ref not in carried}
    gone = {*batch.deleted, *(skip.ref for skip in batch.skipped)}
    kept = carried.keys() | away.keys()
    counts, touched = Counts(left=batch.left, units=batch.units), Touched()
    counts.deleted += _delete(connection, row, (gone | away.keys()) - carried.keys(), touched)
    counts.skipped += skips.write(connection, row, (s for s in batch.skipped if s.ref not in kept))
    absences.delete(connection, row, (gone | carried.keys()) - away.keys())
    absences.write(connection, row, away, pass_no)
    counts.add(_upsert(connection, row, carried, pass_no, now=now, touched=touched))
    adopted = adopt(connection, row, batch.adopted, pass_no)
    counts.new += len(adopted)
    touched.ids |= adopted
    _see(connection, row, batch.seen, pass_no)
    absences.see(connection, row, batch.seen, pass_no)
    if batch.covers is not None:
        absences.sweep(connection, row, batch.covers, pass_no)
        counts.deleted += _sweep(connection, row, batch.covers, pass_no, touched)
    contact_days.keep_true(connection, row.owner_id, rules, touched)
    answers.insert(connection, row.owner_id, batch.answers)
    reports.mark_seen(connection, row.owner_id, batch.reports, now)
    sources.advance(connection, row.id, cursor=batch.cursor, pass_no=pass_no, plan=batch.plan)
    return counts


def known(
    connection: Connection, source_id: int, refs: Collection[str]
) -> Mapping[str, str | None]:
    """Those of `refs` that are stored for this source and need not be read anew.

    Each with the evidence of bulk stored with it: "" for none, None for what was passed over.
    """
    found: dict[str, str | None] = {}
    for part in parts(refs):
        found.update(
            connection.execute(
                sa.select(interaction.c.ref, interaction.c.bulk).where(
                    interaction.c.source_id == source_id,
                    interaction.c.ref.in_(part),
                    interaction.c.digest != "",
                )
            ).all()
        )
        found.update(
            dict.fromkeys(
                connection.scalars(
                    sa.select(skipped.c.ref).where(
                        skipped.c.source_id == source_id, skipped.c.ref.in_(part)
                    )
                )
            )
        )
    return found


def forget_read(connection: Connection, source_id: int) -> None:
    """Have everything of a source read anew: what is stored stays until it is met again."""
    connection.execute(
        sa.update(interaction).where(interaction.c.source_id == source_id).values(digest="")
    )
    skips.forget_all(connection, source_id)


def delete_unattended(connection: Connection, owner_id: int) -> None:
    """Delete the interactions on which nobody is left."""
    nobody = ~sa.exists().where(party.c.interaction_id == interaction.c.id)
    connection.execute(sa.delete(interaction).where(interaction.c.owner_id == owner_id, nobody))


def answered(connection: Connection, row: SourceRow, threads: Collection[str]) -> set[str]:
    """Those of these threads in which the source holds mail of the owner's."""
    numbers = {thread_number(name): name for name in threads}
    found: set[str] = set()
    for part in parts(numbers):
        found.update(
            numbers[number]
            for number in connection.scalars(
                sa.select(interaction.c.thread)
                .where(
                    interaction.c.owner_id == row.owner_id,
                    interaction.c.thread.in_(part),
                    interaction.c.source_id == row.id,
                    interaction.c.direction == Direction.OUT.value,
                )
                .distinct()
            )
        )
    return found


def digest(item: Interaction) -> str:
    """Of all that is stored of an interaction; names aside, which belong to the handle."""
    content = (
        item.uid,
        int(item.at.timestamp() // 1),
        item.channel,
        item.direction,
        item.thread,
        item.size,
        item.direct,
        item.bulk,
        sorted((p.address, p.role) for p in item.participants),
    )
    return sha256(json.dumps(content).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def thread_number(name: str) -> int:
    """A thread's name as a 63-bit number; 0 for none."""
    if not name:
        return 0
    return int.from_bytes(sha256(name.encode("utf-8", "surrogatepass")).digest()[:8], "big") >> 1


def _delete(connection: Connection, row: SourceRow, refs: Collection[str], touched: Touched) -> int:
    count = 0
    for part in parts(refs):
        count += touched.add(
            connection.execute(
                sa.delete(interaction)
                .where(interaction.c.source_id == row.id, interaction.c.ref.in_(part))
                .returning(_AT, interaction.c.uid)
            )
        )
    return count


def _upsert(
    connection: Connection,
    row: SourceRow,
    carried: Mapping[str, Interaction],
    pass_no: int,
    *,
    now: datetime,
    touched: Touched,
) -> Counts:
    if not carried:
        return Counts()
    handles = handles_of(connection, row, carried.values(), now)
    skips.forget(connection, row, carried)  # what was skipped once and counts now
    stored: dict[str, _Stored] = {}
    for part in parts(carried):
        for ref, *columns in connection.execute(
            sa.select(
                interaction.c.ref,
                interaction.c.id,
                interaction.c.digest,
                _AT,
                interaction.c.uid,
            ).where(interaction.c.source_id == row.id, interaction.c.ref.in_(part))
        ):
            stored[ref] = _Stored(*columns)
    # An interaction with nobody but forgotten people is not kept.
    living = {
        ref: item
        for ref, item in carried.items()
        if any(p.address in handles for p in item.participants)
    }
    deleted = _delete(connection, row, stored.keys() - living.keys(), touched)
    digests = {ref: digest(item) for ref, item in living.items()}
    new = [item for ref, item in living.items() if ref not in stored]
    changed = [
        item for ref, item in living.items() if ref in stored and stored[ref].digest != digests[ref]
    ]
    ids = {ref: stored[ref].id for ref in living if ref in stored}
    if new:
        rows = [{**_columns(item), **_keys(row, item, digests, pass_no)} for item in new]
        inserted = connection.execute(
            sa.insert(interaction).returning(interaction.c.ref, interaction.c.id), rows
        )
        ids.update(inserted.all())
        touched.ids.update(ids[item.ref] for item in new)
    if changed:
        touched.add((stored[item.ref].at, stored[item.ref].uid) for item in changed)
        touched.add((int(item.at.timestamp() // 1), item.uid) for item in changed)
        for numbers in parts(ids[item.ref] for item in changed):
            connection.execute(sa.delete(party).where(party.c.interaction_id.in_(numbers)))
        connection.execute(
            sa.update(interaction).where(interaction.c.id == sa.bindparam("key")),
            [
                {**_columns(i), "key": ids[i.ref], "digest": digests[i.ref], "pass_no": pass_no}
                for i in changed
            ],
        )
    _link(connection, row, [*new, *changed], ids, handles)
    fresh = {item.ref for item in (*new, *changed)}
    _see(connection, row, [ref for ref in living if ref not in fresh], pass_no)
    return Counts(new=len(new), changed=len(changed), deleted=deleted)


def _columns(item: Interaction) -> dict[str, object]:
    return {
        "uid": item.uid,
        "at": item.at,
        "channel": item.channel.value,
        "direction": item.direction.value,
        "thread": thread_number(item.thread),
        "size": item.size,
        "direct": item.direct,
        "bulk": item.bulk,
    }


def _keys(
    row: SourceRow, item: Interaction, digests: Mapping[str, str], pass_no: int
) -> dict[str, object]:
    return {
        "owner_id": row.owner_id,
        "source_id": row.id,
        "ref": item.ref,
        "digest": digests[item.ref],
        "pass_no": pass_no,
    }


def _link(
    connection: Connection,
    row: SourceRow,
    items: Iterable[Interaction],
    ids: Mapping[str, int],
    handles: Mapping[str, int],
) -> None:
    links = [
        {
            "interaction_id": ids[item.ref],
            "handle_id": handles[address],
            "owner_id": row.owner_id,
            "role": role.value,
        }
        for item in items
        for address, role in _roles(item).items()
        if address in handles
    ]
    if links:
        connection.execute(sa.insert(party), links)


def _roles(item: Interaction) -> dict[str, Role]:
    """Each party's role. A source should name nobody twice; where one does, the first counts."""
    return {p.address: p.role for p in reversed(item.participants)}


def _see(connection: Connection, row: SourceRow, refs: Iterable[str], pass_no: int) -> None:
    for part in parts(refs):
        connection.execute(
            sa.update(interaction)
            .where(
                interaction.c.source_id == row.id,
                interaction.c.ref.in_(part),
                interaction.c.pass_no != pass_no,
            )
            .values(pass_no=pass_no)
        )


def _sweep(
    connection: Connection, row: SourceRow, window: Window, pass_no: int, touched: Touched
) -> int:
    """Delete what the enumeration should have met and did not."""
    unseen = sa.delete(interaction).where(
        interaction.c.source_id == row.id, interaction.c.pass_no < pass_no
    )
    if window.start is not None:
        unseen = unseen.where(interaction.c.at >= window.start)
    if window.end is not None:
        unseen = unseen.where(interaction.c.at < window.end)
    return touched.add(connection.execute(unseen.returning(_AT, interaction.c.uid)))
