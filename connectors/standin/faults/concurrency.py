"""How many calls one mailbox takes at once: the limit that Google enforces and never names."""

from __future__ import annotations

from threading import Lock


class InFlight:
    """Counts the calls being answered; `limit` None takes any number.

    The parts of a batch are in flight together, and so are requests on several connections. What
    is over the limit is refused, which costs no units.
    """

    def __init__(self, limit: int | None = None) -> None:
        if limit is not None and limit < 1:
            raise ValueError("at least one call must be allowed at once")
        self._limit = limit
        self._now = 0
        self._lock = Lock()
        self.most = 0  # calls that were in flight at the same time
        self.refused = 0

    def enter(self, calls: int) -> int:
        """How many of these calls are let in; each of them must be given back by `leave`."""
        with self._lock:
            room = calls if self._limit is None else min(calls, self._limit - self._now)
            self._now += room
            self.most = max(self.most, self._now)
            self.refused += calls - room
            return room

    def leave(self, calls: int) -> None:
        """So many calls were answered."""
        with self._lock:
            self._now -= calls
