"""Changes in a calendar while it is read: meetings are made, moved, answered and cancelled."""

from __future__ import annotations

import random
from datetime import timedelta

from connectors.standin.world.calendars import Event
from connectors.standin.world.world import World

_FAR, _AHEAD = 120, 50  # days before and after now in which meetings are touched
_ANSWERS = ("accepted", "declined", "tentative")


class DiaryChurn:
    """The deeds that `Churn` lets happen in a world's diary; each says whether it could."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self._world = world
        self._rng = rng

    def made(self) -> bool:
        """A meeting with somebody new."""
        world, rng = self._world, self._rng
        start = world.end + timedelta(days=rng.randrange(-20, _AHEAD), hours=rng.randrange(3, 12))
        guest = f"guest{rng.randrange(50)}@example.net"
        world.add_event(start=start, attendees=[guest], calendar=self._calendar())
        return True

    def moved(self) -> bool:
        """A meeting begins some days and hours earlier or later."""
        found = self._any()
        if found is None:
            return False
        by = timedelta(days=self._rng.randrange(-9, 10), hours=self._rng.randrange(1, 5))
        self._world.move_event(found.id, start=found.start + by, calendar=found.calendar)
        return True

    def answered(self) -> bool:
        """The owner answers an invitation, anew perhaps."""
        found = self._any(invited=True)
        if found is None:
            return False
        answer = self._rng.choice(_ANSWERS)
        self._world.respond(found.id, answer, calendar=found.calendar)
        return True

    def cancelled(self) -> bool:
        """Only a stub of a meeting stays."""
        found = self._any()
        if found is None:
            return False
        self._world.cancel_event(found.id, calendar=found.calendar)
        return True

    def _calendar(self) -> str:
        return self._rng.choice(self._world.diary.calendars).id

    def _any(self, *, invited: bool = False) -> Event | None:
        """Some meeting of these months that is not cancelled; None where a few tries find none."""
        first = self._world.end - timedelta(days=_FAR)
        last = self._world.end + timedelta(days=_AHEAD)
        there = [e for e in self._world.diary.events(self._calendar()) if first < e.start < last]
        for _ in range(20 if there else 0):
            found = self._rng.choice(there)
            guests = found.resource.get("attendees", ())
            asked = any(guest.get("self") for guest in guests)
            # What has only dates is no meeting, and moves by whole days.
            timed = "dateTime" in found.resource.get("start", {})
            if timed and found.resource.get("status") != "cancelled" and (asked or not invited):
                return found
        return None
