"""What passed between an owner and each person on each day, and indexes of what bounced."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

# Frozen here: a migration says what was, whatever the models say later.
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger()


def upgrade() -> None:
    """Add the table of contact days, empty: it is filled when the owner's store is next opened."""
    op.add_column(
        "owner",
        sa.Column("contact_rules", sa.String(length=128), server_default="", nullable=False),
    )
    op.create_index("ix_person_owner_id_id", "person", ["owner_id", "id"], unique=True)
    op.drop_index("ix_person_owner_id", "person")
    op.create_table(
        "contact_day",
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("way", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("reach", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("first_at", INSTANT, nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.Column("smallest", sa.Integer(), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["owner.id"], name="fk_contact_day_owner_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id", "person_id"],
            ["person.owner_id", "person.id"],
            name="fk_contact_day_person_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "owner_id", "person_id", "day", "way", "reach", name="pk_contact_day"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_contact_day_owner_id_day", "contact_day", ["owner_id", "day"])
    failed, bounce = sa.text("role = 'failed'"), sa.text("bulk = 'bounce'")
    op.create_index(
        "ix_party_owner_id_failed",
        "party",
        ["owner_id", "handle_id"],
        sqlite_where=failed,
        postgresql_where=failed,
    )
    op.create_index(
        "ix_interaction_owner_id_bounce",
        "interaction",
        ["owner_id", "at"],
        sqlite_where=bounce,
        postgresql_where=bounce,
    )
