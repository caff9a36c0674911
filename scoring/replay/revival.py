"""What came after flags that were really sent: who was in touch again, and who began.

A flag that was acted on is the product at work, and no false alarm of the replay; so these are
counted apart. Nothing here says that the flag was the cause: some would have come back alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scoring.contact import Contact, Way
from scoring.days import SECONDS_A_DAY


@dataclass(frozen=True, slots=True)
class Revival:
    """How often somebody was really named, and what came within the horizon.

    All are numbers. times: flags. people: people flagged. owner, they, met: flags after which the
    owner wrote first, they wrote first, the two met. open: flags that nothing followed yet, and
    whose horizon is not over.
    """

    times: int = 0
    people: int = 0
    owner: int = 0
    they: int = 0
    met: int = 0
    open: int = 0

    @property
    def again(self) -> int:
        """Number of flags followed by contact within the horizon."""
        return self.owner + self.they + self.met

    @property
    def silent(self) -> int:
        """Number of flags that no contact followed within the horizon."""
        return self.times - self.again - self.open


def revival(
    contact: Contact,
    *,
    flagged: npt.ArrayLike,
    when: npt.ArrayLike,
    horizon: npt.ArrayLike,
    now: float,
) -> Revival:
    """Count what came after flags.

    contact: capped; needs the rows of the people flagged, of them `person`, `at` and `way`.
    flagged, when, horizon: (f,) key, unix seconds UTC and days of each flag. Contact counts after
    `when`, before `when` + `horizon` days and before `now`. Raises ValueError where lengths differ.
    """
    whom, began = np.asarray(flagged, dtype=np.int64), np.asarray(when, dtype=np.float64)
    ends = began + np.asarray(horizon, dtype=np.float64) * SECONDS_A_DAY
    if not whom.shape == began.shape == ends.shape:
        raise ValueError("flagged, when and horizon must be of one length")
    keys, moments, ways = contact.person, contact.at, contact.way
    first = {Way.OUT: 0, Way.IN: 0, Way.MUTUAL: 0}
    still_open = 0
    for key, start, end in zip(whom.tolist(), began.tolist(), ends.tolist(), strict=True):
        after = (keys == key) & (moments > start) & (moments < min(end, now))
        if after.any():
            earliest = moments[after].min()
            spoke = set(ways[after & (moments == earliest)].tolist())
            # Both in the same second: neither began.
            first[Way(spoke.pop()) if len(spoke) == 1 else Way.MUTUAL] += 1
        elif end > now:
            still_open += 1
    return Revival(
        times=int(whom.size),
        people=int(np.unique(whom).size),
        owner=first[Way.OUT],
        they=first[Way.IN],
        met=first[Way.MUTUAL],
        open=still_open,
    )
