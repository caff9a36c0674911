"""The tables of the store.

Plain Core tables: the store is written in batches and read in columns, so there are no mapped
objects. All times are UTC, kept as whole seconds since 1970 (`Instant`), which sorts, indexes
and loads into arrays alike on SQLite and PostgreSQL. A change here needs a migration beside it;
a test compares the two.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only where the key is exactly INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")


class Instant(TypeDecorator[datetime]):
    """An aware datetime in UTC, stored as whole seconds since 1970-01-01."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Turn an aware datetime into seconds; ValueError for a naive one."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "a time without a zone cannot be stored"
            raise ValueError(msg)
        return int(value.timestamp() // 1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Turn seconds back into an aware datetime."""
        del dialect
        return None if value is None else datetime.fromtimestamp(value, UTC)


def _only(condition: str) -> dict[str, Any]:
    """The keywords of an index that holds only the rows for which this SQL is true."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def _of(table: str, *, cascade: bool = False) -> ForeignKey:
    return ForeignKey(f"{table}.id", ondelete="CASCADE" if cascade else None)


def _id() -> Column[Any]:
    return Column("id", Id, primary_key=True, autoincrement=True)


def _owner_id(**kwargs: Any) -> Column[Any]:  # noqa: ANN401 - Column's own keywords
    return Column("owner_id", Id, _of("owner", cascade=True), nullable=False, **kwargs)


owner = Table(
    "owner",
    metadata,
    _id(),
    Column("key", String(255), nullable=False, unique=True),
    Column("name", String(255), nullable=False),
    # Salts the tombstones, so that they name nobody outside this store.
    Column("salt", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    # Since when the owner wants no reports; null: they do.
    Column("paused_at", Instant),
    # By which rules `contact_day` was folded, see `contact_days.Rules`; empty: not folded yet.
    Column("contact_rules", String(128), nullable=False, server_default=""),
)

source = Table(
    "source",
    metadata,
    _id(),
    _owner_id(),
    Column("key", String(63), nullable=False),
    Column("type", String(63), nullable=False),
    # What the cursor depends on: when these change, the source is read anew.
    Column("own_fingerprint", String(64), nullable=False, server_default=""),
    Column("settings_fingerprint", String(64), nullable=False, server_default=""),
    Column("cursor", Text),
    # What a long reading sets out to do, and how far it has come, as JSON; see `api.Plan`.
    Column("plan", Text),
    # The number of the enumeration under way; interactions carry the last one that met them.
    Column("pass_no", Integer, nullable=False, server_default="0"),
    Column("state", String(32), nullable=False, server_default="new"),
    Column("trouble", Text, nullable=False, server_default=""),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("last_run_at", Instant),
    Column("last_ok_at", Instant),
    UniqueConstraint("owner_id", "key"),
)

person = Table(
    "person",
    metadata,
    _id(),
    _owner_id(),
    # The owner's own word: "keep", "ignore", or none.
    Column("word", String(16)),
    Column("snoozed_until", Instant),
    # How often they wish to be in touch; null: the rhythm is learned. Their groups, as JSON.
    Column("every_days", Integer),
    Column("tags", Text, nullable=False, server_default="[]"),
    Column("created_at", Instant, nullable=False),
    # Unique so that `contact_day` can refer to both.
    Index("ix_person_owner_id_id", "owner_id", "id", unique=True),
)

handle = Table(
    "handle",
    metadata,
    _id(),
    _owner_id(),
    Column("person_id", Id, _of("person", cascade=True), nullable=False, index=True),
    Column("address", String(320), nullable=False),
    Column("name", String(255), nullable=False, server_default=""),
    # When that name was last used by its bearer (as author); null: only others called them so.
    Column("name_at", Instant),
    UniqueConstraint("owner_id", "address"),
)

merge = Table(
    "merge",
    metadata,
    _id(),
    _owner_id(index=True),
    Column("person_id", Id, _of("person", cascade=True), nullable=False),
    # The handles that came over, as a JSON list of addresses, and what the owner had said of
    # their person, whose number was this: answers to reports may still name it.
    Column("addresses", Text, nullable=False),
    Column("other_id", BigInteger),
    Column("word", String(16)),
    Column("snoozed_until", Instant),
    Column("every_days", Integer),
    Column("tags", Text, nullable=False, server_default="[]"),
    Column("at", Instant, nullable=False),
    Column("undone_at", Instant),
)

interaction = Table(
    "interaction",
    metadata,
    _id(),
    _owner_id(),
    Column("source_id", Id, _of("source", cascade=True), nullable=False),
    Column("ref", String(512), nullable=False),
    Column("uid", String(64), nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("direction", String(8), nullable=False),
    # A 63-bit hash of the thread's or series' name: it only ever needs to be equal.
    Column("thread", BigInteger, nullable=False, server_default="0"),
    Column("size", Integer, nullable=False),
    Column("direct", Boolean, nullable=False),
    Column("bulk", String(64), nullable=False, server_default=""),
    # Of the content above and the parties: tells what changed. Empty: to be read anew.
    Column("digest", String(32), nullable=False),
    Column("pass_no", Integer, nullable=False),
    UniqueConstraint("source_id", "ref"),
    Index("ix_interaction_owner_id_at", "owner_id", "at"),
    Index("ix_interaction_owner_id_uid", "owner_id", "uid"),
    Index("ix_interaction_owner_id_ref", "owner_id", "ref"),
    Index("ix_interaction_owner_id_thread", "owner_id", "thread"),
    # Few have bounced: what they are is found without reading the rest.
    Index("ix_interaction_owner_id_bounce", "owner_id", "at", **_only("bulk = 'bounce'")),
)

party = Table(
    "party",
    metadata,
    Column("interaction_id", Id, _of("interaction", cascade=True), primary_key=True),
    Column("handle_id", Id, _of("handle", cascade=True), primary_key=True),
    _owner_id(),
    Column("role", String(16), nullable=False),
    Index("ix_party_owner_id_handle_id", "owner_id", "handle_id"),
    Index("ix_party_owner_id_failed", "owner_id", "handle_id", **_only("role = 'failed'")),
)

# What passed between an owner and each person on each day: folded from `interaction` and `party`
# by `contact_days`, which keeps it true. One owner's rows are one range of the key.
contact_day = Table(
    "contact_day",
    metadata,
    Column("owner_id", Id, _of("owner", cascade=True), primary_key=True),
    Column("person_id", Id, primary_key=True),
    # Days since 1970-01-01, in the zone of the owner's `contact_rules`.
    Column("day", Integer, primary_key=True, autoincrement=False),
    # 1 by the owner, 0 both, -1 by the person; see `contact_days.StoredReach`.
    Column("way", SmallInteger, primary_key=True, autoincrement=False),
    Column("reach", SmallInteger, primary_key=True, autoincrement=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    # People besides the owner on the smallest of these messages.
    Column("smallest", Integer, nullable=False),
    Column("messages", Integer, nullable=False),
    ForeignKeyConstraint(
        ["owner_id", "person_id"],
        ["person.owner_id", "person.id"],
        name="fk_contact_day_person_id",
        ondelete="CASCADE",
    ),
    Index("ix_contact_day_owner_id_day", "owner_id", "day"),
    sqlite_with_rowid=False,
)

absence = Table(
    "absence",
    metadata,
    _id(),
    _owner_id(),
    Column("source_id", Id, _of("source", cascade=True), nullable=False),
    Column("ref", String(512), nullable=False),
    # When the owner said to be away, from the first moment to the one after the last.
    Column("begins_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("pass_no", Integer, nullable=False),
    UniqueConstraint("source_id", "ref"),
    Index("ix_absence_owner_id_begins_at", "owner_id", "begins_at"),
)

skipped = Table(
    "skipped",
    metadata,
    Column("source_id", Id, _of("source", cascade=True), primary_key=True),
    Column("ref", String(512), primary_key=True),
    _owner_id(),
    Column("reason", String(255), nullable=False),
)

tombstone = Table(
    "tombstone",
    metadata,
    Column("owner_id", Id, _of("owner", cascade=True), primary_key=True),
    Column("mark", String(64), primary_key=True),
)

report = Table(
    "report",
    metadata,
    _id(),
    _owner_id(),
    # The ISO week, as "2026-W48".
    Column("period", String(16), nullable=False),
    # "claimed", "sent" or "failed"; see `reports.ReportState`.
    Column("state", String(16), nullable=False),
    Column("message_id", String(255), nullable=False),
    Column("claimed_at", Instant, nullable=False),
    Column("sent_at", Instant),
    # When a source first met this very message, which settles whether it went out.
    Column("seen_at", Instant),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("trouble", Text, nullable=False, server_default=""),
    UniqueConstraint("owner_id", "period"),
)

flag = Table(
    "flag",
    metadata,
    _id(),
    _owner_id(),
    Column("report_id", Id, _of("report", cascade=True), nullable=False, index=True),
    Column("person_id", Id, _of("person", cascade=True), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Column("p_lapse", Float),
    # What became of it ("acted", "came_back", "snoozed", "dismissed", "lapsed") and when that was
    # decided; null: still open.
    Column("outcome", String(16)),
    Column("decided_at", Instant),
    UniqueConstraint("report_id", "person_id", "kind"),
)

answer = Table(
    "answer",
    metadata,
    _id(),
    _owner_id(),
    # What the owner sent to themselves, as it stood there; whether it is ours is seen later.
    Column("token", String(128), nullable=False),
    Column("at", Instant, nullable=False),
    # "taken", "expired" or "refused", and when that was settled; null: not looked at yet.
    Column("outcome", String(16)),
    Column("settled_at", Instant),
    Column("verb", String(16), nullable=False, server_default=""),
    # The flag that was answered, where it was one and not the report as a whole. Should it go,
    # the token stays, so that it is never taken twice.
    Column("flag_id", Id, ForeignKey("flag.id", ondelete="SET NULL")),
    # The report that confirmed it.
    Column("told_in", Id, _of("report", cascade=True)),
    UniqueConstraint("owner_id", "token"),
)

favour = Table(
    "favour",
    metadata,
    _id(),
    _owner_id(index=True),
    # "helped" or "asked"; of whom is not kept.
    Column("kind", String(16), nullable=False),
    Column("at", Instant, nullable=False),
)

due = Table(
    "due",
    metadata,
    Column("owner_id", Id, _of("owner", cascade=True), primary_key=True),
    # "sync:SOURCE" or "report".
    Column("job", String(80), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
)
