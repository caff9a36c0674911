"""How long somebody rests whom a report has named, and how often it speaks of one silence.

Three weeks after the first time, six after the second; and after the third no more, until the two
are in touch again. Who lets three reminders pass has decided, and a fourth would be a reproach.
"""

from __future__ import annotations

import numpy as np

from scoring.arrays import Bools, Ints

REST_DAYS = 21
MOST_TIMES = 3
_NEVER = np.iinfo(np.int32).min  # so far back that any difference of days is a long one


def rests(times: Ints, days: Ints) -> Bools:
    """(n,) whether each rests who was named so many times in this silence, the last one days ago.

    days: since they were last named at all; in whatever silence, three weeks are a rest.
    """
    rest = REST_DAYS * np.maximum(times, 1)
    found: Bools = (days <= rest) | (times >= MOST_TIMES)
    return found


class Named:
    """Who was named when, of n ties, day after day. A silence is known by its last contact."""

    def __init__(self, ties: int) -> None:
        self._day = np.full(ties, _NEVER, dtype=np.int64)
        self._last = np.full(ties, _NEVER, dtype=np.int64)
        self._times = np.zeros(ties, dtype=np.int64)

    def resting(self, row: Ints, last: Ints, day: int) -> Bools:
        """(k,) whether the ties `row`, silent since UTC day `last`, rest on UTC day `day`."""
        return rests(self._in_silence(row, last), day - self._day[row])

    def name(self, row: Ints, last: Ints, day: int) -> None:
        """Write down that these (k,) ties, each once, are named on UTC day `day`."""
        self._times[row] = self._in_silence(row, last) + 1
        self._last[row] = last
        self._day[row] = day

    def _in_silence(self, row: Ints, last: Ints) -> Ints:
        return np.where(self._last[row] == last, self._times[row], 0)
