"""The cooldown of people whom a report has named: how soon, and how often in one silence, again.

Three weeks after the first naming, six after the second; after the third no more, until the two
are in touch again. An owner who lets three reminders pass has decided.
"""

from __future__ import annotations

import numpy as np

from scoring.arrays import Bools, Ints

COOLDOWN_DAYS = 21
MOST_TIMES = 3
_NEVER = np.iinfo(np.int32).min  # so far back that any difference of days is a long one


def in_cooldown(times: Ints, days: Ints) -> Bools:
    """Return (n,) whether people are in cooldown.

    times: (n,) how often each was named in the present silence. days: (n,) days since each was
    last named, in whatever silence.
    """
    cooldown = COOLDOWN_DAYS * np.maximum(times, 1)
    cooling: Bools = (days <= cooldown) | (times >= MOST_TIMES)
    return cooling


class NamingLog:
    """When each of n ties was named, for a walk through the past in order of days.

    A silence is identified by the tie and the UTC day of its last contact.
    """

    def __init__(self, ties: int) -> None:
        self._day = np.full(ties, _NEVER, dtype=np.int64)
        self._last = np.full(ties, _NEVER, dtype=np.int64)
        self._times = np.zeros(ties, dtype=np.int64)

    def in_cooldown(self, row: Ints, last: Ints, day: int) -> Bools:
        """Return (k,) whether the ties `row`, silent since UTC day `last`, are so on UTC `day`."""
        return in_cooldown(self._in_silence(row, last), day - self._day[row])

    def record(self, row: Ints, last: Ints, day: int) -> None:
        """Record that these (k,) ties, each once, are named on UTC day `day`."""
        self._times[row] = self._in_silence(row, last) + 1
        self._last[row] = last
        self._day[row] = day

    def _in_silence(self, row: Ints, last: Ints) -> Ints:
        return np.where(self._last[row] == last, self._times[row], 0)
