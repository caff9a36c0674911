"""The first schema: owners, sources, people and their handles, interactions, reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# Frozen here: a migration says what was, whatever the models say later.
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger()


def upgrade() -> None:
    """Create all tables."""
    op.create_table(
        "owner",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_owner"),
        sa.UniqueConstraint("key", name="uq_owner_key"),
    )
    op.create_table(
        "due",
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("job", sa.String(length=80), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["owner.id"], name="fk_due_owner_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("owner_id", "job", name="pk_due"),
    )
    op.create_table(
        "person",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("word", sa.String(length=16), nullable=True),
        sa.Column("snoozed_until", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["owner.id"], name="fk_person_owner_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
    )
    op.create_index("ix_person_owner_id", "person", ["owner_id"], unique=False)
    op.create_table(
        "report",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("period", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("claimed_at", INSTANT, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("trouble", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["owner.id"], name="fk_report_owner_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_report"),
        sa.UniqueConstraint("owner_id", "period", name="uq_report_owner_id_period"),
    )
    op.create_table(
        "source",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("key", sa.String(length=63), nullable=False),
        sa.Column("type", sa.String(length=63), nullable=False),
        sa.Column("own_fingerprint", sa.String(length=64), server_default="", nullable=False),
        sa.Column("settings_fingerprint", sa.String(length=64), server_default="", nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("pass_no", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.String(length=32), server_default="new", nullable=False),
        sa.Column("trouble", sa.Text(), server_default="", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_run_at", INSTANT, nullable=True),
        sa.Column("last_ok_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["owner.id"], name="fk_source_owner_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_source"),
        sa.UniqueConstraint("owner_id", "key", name="uq_source_owner_id_key"),
    )
    op.create_table(
        "tombstone",
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["owner.id"], name="fk_tombstone_owner_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("owner_id", "mark", name="pk_tombstone"),
    )
    op.create_table(
        "flag",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("report_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("p_lapse", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["owner.id"], name="fk_flag_owner_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_flag_person_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name="fk_flag_report_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_flag"),
        sa.UniqueConstraint(
            "report_id", "person_id", "kind", name="uq_flag_report_id_person_id_kind"
        ),
    )
    op.create_index("ix_flag_report_id", "flag", ["report_id"], unique=False)
    op.create_table(
        "handle",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=255), server_default="", nullable=False),
        sa.Column("name_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["owner.id"], name="fk_handle_owner_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_handle_person_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_handle"),
        sa.UniqueConstraint("owner_id", "address", name="uq_handle_owner_id_address"),
    )
    op.create_index("ix_handle_person_id", "handle", ["person_id"], unique=False)
    op.create_table(
        "interaction",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("ref", sa.String(length=512), nullable=False),
        sa.Column("uid", sa.String(length=64), server_default="", nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("thread", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("direct", sa.Boolean(), nullable=False),
        sa.Column("bulk", sa.String(length=64), server_default="", nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("pass_no", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["owner.id"], name="fk_interaction_owner_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name="fk_interaction_source_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_interaction"),
        sa.UniqueConstraint("source_id", "ref", name="uq_interaction_source_id_ref"),
    )
    op.create_index("ix_interaction_owner_id_at", "interaction", ["owner_id", "at"], unique=False)
    op.create_index("ix_interaction_owner_id_uid", "interaction", ["owner_id", "uid"], unique=False)
    op.create_table(
        "merge",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("addresses", sa.Text(), nullable=False),
        sa.Column("word", sa.String(length=16), nullable=True),
        sa.Column("snoozed_until", INSTANT, nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("undone_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["owner.id"], name="fk_merge_owner_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_merge_person_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_merge"),
    )
    op.create_index("ix_merge_owner_id", "merge", ["owner_id"], unique=False)
    op.create_table(
        "skipped",
        sa.Column("source_id", ID, nullable=False),
        sa.Column("ref", sa.String(length=512), nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["owner.id"], name="fk_skipped_owner_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name="fk_skipped_source_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "ref", name="pk_skipped"),
    )
    op.create_table(
        "party",
        sa.Column("interaction_id", ID, nullable=False),
        sa.Column("handle_id", ID, nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["handle_id"], ["handle.id"], name="fk_party_handle_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["interaction.id"],
            name="fk_party_interaction_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["owner.id"], name="fk_party_owner_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("interaction_id", "handle_id", name="pk_party"),
    )
    op.create_index("ix_party_owner_id_handle_id", "party", ["owner_id", "handle_id"], unique=False)
