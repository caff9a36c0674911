"""What a source's long reading sets out to do, and how far it has come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the plan of a source, and the ways to a reference and to a thread."""
    op.add_column("source", sa.Column("plan", sa.Text(), nullable=True))
    for column in ("ref", "thread"):
        op.create_index(f"ix_interaction_owner_id_{column}", "interaction", ["owner_id", column])
