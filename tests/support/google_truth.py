"""Comparison of a store with the truth about a mailbox and its calendars.

The truth is a second store, which was filled from the same stand-in from the beginning, without
faults and with all bulk.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import sqlalchemy as sa

from beforehand.app import App
from connectors.google.gmail.messages import EXCLUDED, TABS
from connectors.standin import World
from sync.store.models import interaction
from tests.support.memory_source import dump

MAIL, CALENDAR = "mail", "calendar"  # the ids of the two sources
_KINDS = ("interactions", "absences", "skipped")
_MAX_NAMED = 3  # differences

StoreContents = dict[str, Any]


def contents_of(app: App) -> StoreContents:
    """Return the contents of an app's store, for `differences`: rows by source and reference."""
    dumped = dump(app.store, app.owner_id)
    rows = {kind: {tuple(row[:2]): row for row in dumped[kind]} for kind in _KINDS}
    return {**rows, "uids": _uid_counts(app), "orphans": _orphans(app)}


def must_be_read(world: World) -> set[str]:
    """Return the ids of all messages but bulk in threads that the owner never answered."""
    messages = world.mailbox.messages.values()
    answered = {
        m.thread_id for m in messages if "SENT" in m.labels and EXCLUDED.isdisjoint(m.labels)
    }
    return {m.id for m in messages if TABS.keys().isdisjoint(m.labels) or m.thread_id in answered}


def differences(stored: StoreContents, truth: StoreContents, required: set[str]) -> str:
    """Return how a store differs from the truth, in one line; empty if it does not.

    Of mail it must hold all `required` messages; others may be missing. Meetings and absences are
    all required. What it holds has the same content as in the truth. No message is stored twice,
    and no row lacks the row to which it refers.
    """
    lines: list[str] = []
    for kind in _KINDS:
        here, there = stored[kind], truth[kind]
        lines += [
            f"{kind}: {key} is missing"
            for key in there.keys() - here.keys()
            if key[0] == CALENDAR or key[1] in required
        ]
        lines += [
            f"{kind}: {key} is {here[key]}, not {row}"
            for key, row in there.items()
            if here.get(key, row) != row
        ]
        # A record that was skipped may still be stored as skipped when it is gone.
        if kind != "skipped":
            lines += [f"{kind}: {key} is too much" for key in here.keys() - there.keys()]
    twice = stored["uids"] - truth["uids"]
    lines += [f"{uid} stands more than once" for uid in twice if stored["uids"][uid] > 1]
    lines += stored["orphans"]
    more = f"; and {len(lines) - _MAX_NAMED} more" if len(lines) > _MAX_NAMED else ""
    return "; ".join(sorted(lines)[:_MAX_NAMED]) + more


def _uid_counts(app: App) -> Counter[str]:
    """Return the number of interactions for each message, by its Message-ID, or meeting."""
    with app.store.read() as connection:
        return Counter(
            connection.scalars(
                sa.select(interaction.c.uid).where(
                    interaction.c.owner_id == app.owner_id, interaction.c.uid != ""
                )
            )
        )


def _orphans(app: App) -> list[str]:
    """Return rows that refer to nothing, and what else SQLite finds wrong."""
    with app.store.read() as connection:
        lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        [whole] = connection.exec_driver_sql("PRAGMA integrity_check").scalars()
        alone = connection.exec_driver_sql(
            "SELECT ref FROM interaction WHERE id NOT IN (SELECT interaction_id FROM party)"
        ).scalars()
        lines = [f"a row of {table} belongs to nothing" for table, *_ in lost]
        lines += [f"{ref} is with nobody" for ref in alone]
        return lines if whole == "ok" else [*lines, f"the database is broken: {whole}"]
