"""What the store of a mailbox and its calendars must hold, and whether one does.

The truth is a second store, which reads the same stand-in from nothing, calmly and with the bulk.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import sqlalchemy as sa

from beforehand.app import App
from connectors.google.gmail.messages import AWAY, TABS
from connectors.standin import World
from sync.store.models import interaction
from tests.support.memory_source import dump

MAIL, CALENDAR = "mail", "calendar"  # the ids of the two sources
_KINDS = ("interactions", "absences", "skipped")
_MOST_SAID = 3  # differences that are named

Held = dict[str, Any]


def held(app: App) -> Held:
    """What a store says; see `differences`."""
    said = dump(app.store, app.owner_id)
    keyed = {kind: {tuple(row[:2]): row for row in said[kind]} for kind in _KINDS}
    return {**keyed, "uids": _often(app), "orphans": _orphans(app)}


def wanted(world: World) -> set[str]:
    """The messages that must be read: all but bulk in threads that the owner never answered."""
    messages = world.mailbox.messages.values()
    answered = {m.thread_id for m in messages if "SENT" in m.labels and AWAY.isdisjoint(m.labels)}
    return {m.id for m in messages if TABS.keys().isdisjoint(m.labels) or m.thread_id in answered}


def differences(mine: Held, truth: Held, must: set[str]) -> str:
    """How a store differs from the truth, in one line; empty where it does not.

    Of mail it has all that must be read, with the same content; what more it has is in the
    truth, with the same content. Meetings and absences are the very same. No message stands
    twice, and no row lacks what it belongs to.
    """
    said: list[str] = []
    for kind in _KINDS:
        here, there = mine[kind], truth[kind]
        said += [
            f"{kind}: {key} is missing"
            for key in there.keys() - here.keys()
            if key[0] == CALENDAR or key[1] in must
        ]
        said += [
            f"{kind}: {key} is {here[key]}, not {row}"
            for key, row in there.items()
            if here.get(key, row) != row
        ]
        # That something was passed over once may be remembered when it is gone.
        if kind != "skipped":
            said += [f"{kind}: {key} is too much" for key in here.keys() - there.keys()]
    twice = mine["uids"] - truth["uids"]
    said += [f"{uid} stands more than once" for uid in twice if mine["uids"][uid] > 1]
    said += mine["orphans"]
    more = f"; and {len(said) - _MOST_SAID} more" if len(said) > _MOST_SAID else ""
    return "; ".join(sorted(said)[:_MOST_SAID]) + more


def _often(app: App) -> Counter[str]:
    """How many interactions each message, by its Message-ID, or each meeting has."""
    with app.store.read() as connection:
        return Counter(
            connection.scalars(
                sa.select(interaction.c.uid).where(
                    interaction.c.owner_id == app.owner_id, interaction.c.uid != ""
                )
            )
        )


def _orphans(app: App) -> list[str]:
    """Rows that belong to nothing, and what else SQLite finds wrong."""
    with app.store.read() as connection:
        lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        [whole] = connection.exec_driver_sql("PRAGMA integrity_check").scalars()
        alone = connection.exec_driver_sql(
            "SELECT ref FROM interaction WHERE id NOT IN (SELECT interaction_id FROM party)"
        ).scalars()
        said = [f"a row of {table} belongs to nothing" for table, *_ in lost]
        said += [f"{ref} is with nobody" for ref in alone]
        return said if whole == "ok" else [*said, f"the database is broken: {whole}"]
