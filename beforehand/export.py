"""Everything that is kept about the owner's people, as JSON lines: one person, one line.

Where the owner's calendars say when they were away, that is one more line, and so are favours,
whose people are not known.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from beforehand.app import App
from sync.store import export, people


def lines(app: App, who: str | None = None) -> Iterator[str]:
    """One JSON object for each person (only the one named, if so), with all contact seen.

    Without a person named, the owner's absences and favours follow, where there are any. Raises
    PeopleError where nobody is called so. Memory is bounded by the largest person.
    """
    with app.store.read() as connection:
        chosen = None if who is None else people.find(connection, app.owner_id, who).id
        wanted = None if chosen is None else {chosen}
        by_id = people.by_id(connection, app.owner_id, wanted)
        flags = export.flags(connection, app.owner_id)
        merges = export.merges(connection, app.owner_id)
        contact = export.contact(connection, app.owner_id, chosen)
        following = next(contact, None)
        for number, person in sorted(by_id.items()):
            theirs: list[export.Row] = []
            if following is not None and following[0] == number:
                theirs = following[1]
                following = next(contact, None)
            yield _json(
                {
                    "name": person.name,
                    "handles": person.handles,
                    "word": person.override.value if person.override else None,
                    "snoozed_until": person.snoozed_until,
                    "every_days": person.every_days,
                    "tags": person.tags,
                    "merges": merges.get(number, []),
                    "flags": flags.get(number, []),
                    "contact": theirs,
                }
            )
        away = [] if who else export.absences(connection, app.owner_id)
        if away:
            yield _json({"absences": away})
        done = [] if who else export.favours(connection, app.owner_id)
        if done:
            yield _json({"favours": done})


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=datetime.isoformat)
