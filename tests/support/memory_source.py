"""A mailbox in memory with a connector that reads it, and the contents of stores for comparison.

`MemoryMailbox` is the outside world: entries are put in, declined, and taken out.
`MemoryConnector` is a whole connector over it, as a third party would write one: it lists the
mailbox in pages, resumes where it was stopped, then follows a log of changes. Faults come on
demand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import sqlalchemy as sa

from connectors.addresses import OwnAddresses, canonical
from connectors.api import (
    Batch,
    Channel,
    Connector,
    Context,
    Direction,
    Interaction,
    Participant,
    Role,
    Skip,
    SourceConfig,
    Window,
)
from connectors.errors import CursorExpired
from connectors.testing import MemoryTokens, RecordingLog
from sync import engine
from sync.engine import SyncResult
from sync.store import owners
from sync.store.models import absence, answer, handle, interaction, party, skipped, source
from sync.store.session import Store

ADA, OLD_ADA = "ada@example.org", "ada@old-job.example"
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Entry:
    """A message in the mailbox. `declined` is the reason why it no longer counts, if any."""

    ref: str
    at: datetime
    sender: str
    to: tuple[str, ...]
    names: tuple[tuple[str, str], ...] = ()
    uid: str = ""
    bulk: str = ""
    declined: str = ""


@dataclass
class MemoryMailbox:
    """Entries by reference, and the log of changes to them: their references, oldest first.

    changed: references of entries that have changed, which must be read even if they are stored.
    oldest_mark: the first position of the log from which changes can still be listed. faults: for
    each pull to come, the number of batches after which it fails, and with what. read, pulls: what
    the connector has read so far, and the cursors that it was given.
    """

    entries: dict[str, Entry] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    log: list[str] = field(default_factory=list)
    oldest_mark: int = 0
    faults: list[tuple[int, BaseException]] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    pulls: list[str | None] = field(default_factory=list)

    def put(self, entry: Entry) -> Entry:
        """Add an entry or replace the one of the same reference."""
        if entry.ref in self.log:
            self.changed.add(entry.ref)
        self.entries[entry.ref] = entry
        self.log.append(entry.ref)
        return entry

    def write(self, number: int, sender: str = "bo@example.net", *to: str, **more: Any) -> Entry:  # noqa: ANN401 - an entry's fields
        """Add a message; its number is that of its day, from `START`."""
        at = START + timedelta(days=number)
        return self.put(Entry(f"m{number:03}", at, sender, to or (ADA,), **more))

    def change(self, ref: str, **changes: Any) -> None:  # noqa: ANN401 - as above
        self.put(replace(self.entries[ref], **changes))

    def remove(self, ref: str) -> None:
        del self.entries[ref]
        self.log.append(ref)

    def lose(self, ref: str) -> None:
        """Remove an entry without a line in the log: only a full sync can notice."""
        del self.entries[ref]

    def fail(self, error: BaseException, *, after: int = 0) -> None:
        """Let a pull end with `error` after so many batches; one fault for each pull, in order."""
        self.faults.append((after, error))

    def forget_log(self) -> None:
        """Expire every cursor handed out so far."""
        self.oldest_mark = len(self.log) + 1
        self.log.append("-")


class MemoryConnectorConfig(SourceConfig):
    """`since`: older entries are left out. `page`: number of entries in a batch."""

    since: datetime | None = None
    page: int = 2


class MemoryConnector:
    """Reads a `MemoryMailbox`.

    A cursor is JSON: the position in the log, and the last reference listed (None: all were).
    """

    name: ClassVar[str] = "Memory mailbox"
    channels: ClassVar[frozenset[Channel]] = frozenset({Channel.MAIL})

    Config: ClassVar[type[SourceConfig]] = MemoryConnectorConfig

    def __init__(
        self, config: MemoryConnectorConfig, context: Context, mailbox: MemoryMailbox
    ) -> None:
        self.config, self.context, self.mailbox = config, context, mailbox

    def check(self) -> str:
        return f"{len(self.mailbox.entries)} entries"

    def pull(self, cursor: str | None) -> Iterator[Batch]:
        self.mailbox.pulls.append(cursor)
        after, error = self.mailbox.faults.pop(0) if self.mailbox.faults else (0, None)
        for number, batch in enumerate(self._batches(cursor)):
            if error is not None and number == after:
                raise error
            yield batch
            if self.context.stop.is_set():
                return
        if error is not None:
            raise error

    def _batches(self, cursor: str | None) -> Iterator[Batch]:
        mark, last = json.loads(cursor) if cursor else (len(self.mailbox.log), "")
        if mark < self.mailbox.oldest_mark:
            raise CursorExpired("the log has been cut")
        if last is not None:
            yield from self._enumerate(mark, last)
        while mark < len(self.mailbox.log):
            refs = self.mailbox.log[mark : mark + self.config.page]
            mark += len(refs)
            yield self._batch(list(dict.fromkeys(refs)), json.dumps([mark, None]))

    def _enumerate(self, mark: int, last: str) -> Iterator[Batch]:
        refs = sorted(
            ref for ref, e in self.mailbox.entries.items() if self._wanted(e) and ref > last
        )
        pages = [refs[i : i + self.config.page] for i in range(0, len(refs), self.config.page)]
        for number, page in enumerate(pages or [[]]):
            done = number == len(pages or [[]]) - 1
            known = self.context.known([ref for ref in page if ref not in self.mailbox.changed])
            cursor = json.dumps([mark, None if done else page[-1]])
            yield replace(
                self._batch([ref for ref in page if ref not in known], cursor),
                seen=tuple(ref for ref in page if ref in known),
                begins=number == 0 and not last,
                covers=Window(start=self.config.since) if done else None,
            )

    def _wanted(self, entry: Entry) -> bool:
        return self.config.since is None or entry.at >= self.config.since

    def _batch(self, refs: list[str], cursor: str) -> Batch:
        self.mailbox.read.extend(refs)
        here = [self.mailbox.entries[ref] for ref in refs if ref in self.mailbox.entries]
        return Batch(
            cursor=cursor,
            interactions=tuple(
                interaction_of(e, self.context.own)
                for e in here
                if not e.declined and self._wanted(e)
            ),
            skipped=tuple(Skip(e.ref, e.declined) for e in here if e.declined),
            deleted=tuple(r for r in refs if r not in self.mailbox.entries and r != "-"),
            units=len(refs),
        )


def interaction_of(entry: Entry, own: OwnAddresses) -> Interaction:
    names = dict(entry.names)
    everyone = [(entry.sender, Role.FROM), *((address, Role.TO) for address in entry.to)]
    participants = tuple(
        Participant(canonical(address), role, names.get(address, ""))
        for address, role in everyone
        if address not in own
    )
    return Interaction(
        ref=entry.ref,
        at=entry.at,
        channel=Channel.MAIL,
        direction=Direction.OUT if entry.sender in own else Direction.IN,
        participants=participants,
        size=len(participants),
        uid=entry.uid,
        thread=entry.ref[:2],
        direct=entry.sender in own or any(address in own for address in entry.to),
        bulk=entry.bulk,
    )


def context(*own: str, **more: Any) -> Context:  # noqa: ANN401 - a context's fields
    """Return what the engine hands to a connector; the owner is Ada, unless given."""
    return Context(
        source="book",
        own=OwnAddresses(own or (ADA,)),
        tokens=MemoryTokens(),
        now=lambda: NOW,
        log=RecordingLog(),
        **more,
    )


def owner(store: Store, key: str = "ada") -> int:
    """Return an owner's id, after creating the owner if need be."""
    with store.write() as connection:
        return owners.ensure(connection, key, key.title(), NOW)


def sync(
    store: Store,
    owner_id: int,
    mailbox: MemoryMailbox,
    handed: Context | None = None,
    /,
    source_id: str = "book",
    **settings: Any,  # noqa: ANN401 - the fields of its Config
) -> SyncResult:
    """Run the engine once over a mailbox."""
    config = MemoryConnectorConfig(id=source_id, type="memory", **settings)

    def make(context: Context) -> Connector:
        return MemoryConnector(config, context, mailbox)

    return engine.sync_source(store, owner_id, config, make, handed or context())


def refs(store: Store, owner_id: int) -> set[str]:
    """Return the references of all interactions stored for an owner."""
    with store.read() as connection:
        mine = interaction.c.owner_id == owner_id
        return set(connection.scalars(sa.select(interaction.c.ref).where(mine)))


def dump(store: Store, owner_id: int) -> dict[str, Any]:
    """Return all that a store holds of an owner's contacts, without the ids of its rows."""
    with store.read() as connection:
        return _dump(connection, owner_id)


def _dump(connection: sa.Connection, owner_id: int) -> dict[str, Any]:
    who: dict[int, list[list[str]]] = {}
    for number, address, role in connection.execute(
        sa.select(party.c.interaction_id, handle.c.address, party.c.role)
        .join(handle, handle.c.id == party.c.handle_id)
        .where(party.c.owner_id == owner_id)
        .order_by(handle.c.address)
    ):
        who.setdefault(number, []).append([address, role])
    what = [
        [*tuple(row)[1:], who.get(row.id, [])]
        for row in connection.execute(
            sa.select(
                interaction.c.id,
                source.c.key,
                interaction.c.ref,
                interaction.c.uid,
                interaction.c.at,
                interaction.c.channel,
                interaction.c.direction,
                interaction.c.thread,
                interaction.c.size,
                interaction.c.direct,
                interaction.c.bulk,
                interaction.c.digest,
            )
            .join(source, source.c.id == interaction.c.source_id)
            .where(interaction.c.owner_id == owner_id)
            .order_by(source.c.key, interaction.c.ref)
        )
    ]
    named = connection.execute(
        sa.select(handle.c.address, handle.c.name, handle.c.name_at)
        .where(handle.c.owner_id == owner_id)
        .where(sa.exists().where(party.c.handle_id == handle.c.id))
        .order_by(handle.c.address)
    )
    passed_over = connection.execute(
        sa.select(source.c.key, skipped.c.ref, skipped.c.reason)
        .join(source, source.c.id == skipped.c.source_id)
        .where(source.c.owner_id == owner_id)
        .order_by(source.c.key, skipped.c.ref)
    )
    away = connection.execute(
        sa.select(source.c.key, absence.c.ref, absence.c.begins_at, absence.c.ends_at)
        .join(source, source.c.id == absence.c.source_id)
        .where(absence.c.owner_id == owner_id)
        .order_by(source.c.key, absence.c.ref)
    )
    answered = connection.execute(
        sa.select(answer.c.token, answer.c.at)
        .where(answer.c.owner_id == owner_id, ~answer.c.token.startswith("cli:"))
        .order_by(answer.c.token)
    )
    return {
        "interactions": what,
        "answers": [list(row) for row in answered],
        "absences": [list(row) for row in away],
        "names": [list(row) for row in named],
        "skipped": [list(row) for row in passed_over],
        "cursors": [
            list(row)
            for row in connection.execute(
                sa.select(source.c.key, source.c.cursor)
                .where(source.c.owner_id == owner_id)
                .order_by(source.c.key)
            )
        ],
    }
