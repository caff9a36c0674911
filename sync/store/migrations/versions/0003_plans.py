"""What a source's long reading sets out to do, and how far it has come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the plan of a source, and the way to a reference whatever source holds it."""
    op.add_column("source", sa.Column("plan", sa.Text(), nullable=True))
    op.create_index("ix_interaction_owner_id_ref", "interaction", ["owner_id", "ref"], unique=False)
