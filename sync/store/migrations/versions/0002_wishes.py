"""The owner's wishes about a person: how often to be in touch, and the groups they belong to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the wishes, and what a merge needs to be taken back with them."""
    for table in ("person", "merge"):
        op.add_column(table, sa.Column("every_days", sa.Integer(), nullable=True))
        op.add_column(table, sa.Column("tags", sa.Text(), server_default="[]", nullable=False))
