"""The number of calls to send at once for one mailbox: a limit that Google does not publish.

Google runs the parts of a batch concurrently and refuses those beyond its limit, so each refused
batch shows how many calls were accepted. The limit here follows that number down at once and
goes up again by one call at a time (additive increase, as in AIMD), for Google's limit moves.
"""

from __future__ import annotations

FIRST, MOST = 10, 50  # Google takes 100 calls in a batch, and advises against more than 50
# After this many batches without a refusal, a size that was refused once is tried again.
_RAISE_CEILING_AFTER = 40


class ConcurrencyLimit:
    """The size of the next batch, in calls; adapts to how Google received the batches before it."""

    def __init__(self, first: int = FIRST, most: int = MOST) -> None:
        self.size = first
        self._most = most
        self._ceiling = most
        self._successes = 0

    def on_success(self, sent: int) -> None:
        """Adapt to a batch of `sent` calls that met no concurrency limit."""
        self._successes += 1
        if self._successes >= _RAISE_CEILING_AFTER:
            self._successes = 0
            self._ceiling = min(self._ceiling + 1, self._most)
        if sent >= self.size:
            self.size = min(self.size + 1, self._ceiling)

    def on_refusal(self, sent: int, accepted: int) -> None:
        """Adapt to a batch of `sent` calls of which Google accepted only `accepted`."""
        self._successes = 0
        self.size = max(1, min(accepted or sent // 2, self.size))
        self._ceiling = self.size
