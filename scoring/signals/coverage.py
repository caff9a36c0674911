"""What a tie is known by, where that is nearly one thing only: an honest limit, no judgement.

Where four in five days of contact are meetings, or one side's letters, or large companies, little
else is known of the two, and a silence may be none: they talk where nothing is seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from scoring.ties import Ties

# Four in five days, of no fewer than it takes to speak of a rhythm.
SHARE, LEAST_DAYS = 0.8, 5
# Days on which there were always this many people besides the owner.
GROUP = 3


class OneThing(StrEnum):
    """What nearly all that is seen of a tie is."""

    MEETINGS = "meetings"
    OWNER = "only the owner writes"
    THEY = "only they write"
    GROUPS = "groups"


@dataclass(frozen=True, slots=True)
class Blindness:
    """Of the `of` contact days of a tie, `days` were of this `kind`."""

    kind: OneThing
    days: int
    of: int


def blindness(ties: Ties, key: int) -> Blindness | None:
    """What the tie with this key is nearly only known by; None where there is more, or no tie.

    Asked in this order: days on which they met; days with nothing but company of `GROUP` people or
    more besides the owner; days on which one side wrote, and nothing else happened.
    """
    row = int(ties.keys.searchsorted(key))
    if row >= len(ties) or ties.keys[row] != key:
        return None
    days = slice(int(ties.first[row]), int(ties.first[row + 1]))
    met, out, in_ = ties.met[days], ties.out[days], ties.in_[days]
    total = met.size
    if total < LEAST_DAYS:
        return None
    for kind, there in (
        (OneThing.MEETINGS, met),
        (OneThing.GROUPS, ties.weight[days] < 1 / (GROUP - 0.5)),
        (OneThing.OWNER, out & ~in_ & ~met),
        (OneThing.THEY, in_ & ~out & ~met),
    ):
        count = int(there.sum())
        if count >= SHARE * total:
            return Blindness(kind, count, total)
    return None
