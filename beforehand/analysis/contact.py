"""The store's columns as scoring's: the only place where one is unpacked into the other."""

from __future__ import annotations

from connectors.api import Role
from scoring.contact import Contact, Participants
from sync.store import participants
from sync.store.participants import ROLES
from sync.store.queries import Events


def as_contact(events: Events) -> Contact:
    """Return contact events as scoring takes them."""
    return Contact(
        person=events.person,
        at=events.at,
        way=events.direction,
        size=events.size,
        thread=events.thread,
        personal=events.personal,
    )


def as_participants(rows: participants.Participants) -> Participants:
    """Return participants as scoring takes them."""
    return Participants(
        event=rows.event,
        person=rows.person,
        author=rows.role == ROLES[Role.FROM],
        at=rows.at,
        way=rows.direction,
        size=rows.size,
        thread=rows.thread,
        personal=rows.direct & ~rows.bulk,
    )
