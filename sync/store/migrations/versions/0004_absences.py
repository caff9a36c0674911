"""When the owner said to be away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# Frozen here: a migration says what was, whatever the models say later.
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger()


def upgrade() -> None:
    """Add the absences. Calendars are listed from their beginning once more, to find old ones."""
    op.create_table(
        "absence",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("ref", sa.String(length=512), nullable=False),
        sa.Column("begins_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("pass_no", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["owner.id"], name="fk_absence_owner_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name="fk_absence_source_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_absence"),
        sa.UniqueConstraint("source_id", "ref", name="uq_absence_source_id_ref"),
    )
    op.create_index(
        "ix_absence_owner_id_begins_at", "absence", ["owner_id", "begins_at"], unique=False
    )
    op.execute("UPDATE source SET cursor = NULL WHERE type = 'google_calendar'")
