"""Alembic migrations, oldest first. The list lets a start-up check the version without Alembic."""

REVISIONS: tuple[str, ...] = ("0001", "0002", "0003", "0004", "0005", "0006")
