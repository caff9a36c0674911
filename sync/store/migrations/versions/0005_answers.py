"""What the owner answers to reports, and what became of each flag."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

# Frozen here: a migration says what was, whatever the models say later.
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger()


def upgrade() -> None:
    """Add answers, favours, outcomes of flags, the pause, and whether a report was seen.

    Merges also keep what number the other had, by which an answer may name them.
    """
    op.add_column("merge", sa.Column("other_id", sa.BigInteger()))
    op.add_column("owner", sa.Column("paused_at", INSTANT))
    op.add_column("report", sa.Column("seen_at", INSTANT))
    op.add_column("flag", sa.Column("outcome", sa.String(length=16)))
    op.add_column("flag", sa.Column("decided_at", INSTANT))
    op.create_table(
        "answer",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("token", sa.String(length=128), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("outcome", sa.String(length=16)),
        sa.Column("settled_at", INSTANT),
        sa.Column("verb", sa.String(length=16), server_default="", nullable=False),
        sa.Column("flag_id", ID),
        sa.Column("told_in", ID),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["owner.id"], name="fk_answer_owner_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["flag_id"], ["flag.id"], name="fk_answer_flag_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["told_in"], ["report.id"], name="fk_answer_told_in", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_answer"),
        sa.UniqueConstraint("owner_id", "token", name="uq_answer_owner_id_token"),
    )
    op.create_table(
        "favour",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["owner.id"], name="fk_favour_owner_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_favour"),
    )
    op.create_index("ix_favour_owner_id", "favour", ["owner_id"], unique=False)
