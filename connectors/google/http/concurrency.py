"""How many calls for one mailbox may be under way together: a limit nobody publishes.

Google answers the parts of a batch side by side and refuses those beyond its limit. How many it
took is then known to the call; that many are sent from there on, and now and then one more, for
the limit moves.
"""

from __future__ import annotations

FIRST, MOST = 10, 50  # Google takes 100 calls in a batch, and advises against more than 50
# After so many batches without a refusal a size that was refused once is tried again.
_FORGET_AFTER = 40


class Flight:
    """The size of the next batch, learned from what became of the last ones."""

    def __init__(self, first: int = FIRST, most: int = MOST) -> None:
        self.size = first
        self._most = most
        self._ceiling = most
        self._calm = 0

    def passed(self, sent: int) -> None:
        """A batch of that many calls met no limit."""
        self._calm += 1
        if self._calm >= _FORGET_AFTER:
            self._calm = 0
            self._ceiling = min(self._ceiling + 1, self._most)
        if sent >= self.size:
            self.size = min(self.size + 1, self._ceiling)

    def refused(self, sent: int, taken: int) -> None:
        """Of so many calls only `taken` were let through."""
        self._calm = 0
        self.size = max(1, min(taken or sent // 2, self.size))
        self._ceiling = self.size
