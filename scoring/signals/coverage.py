"""Coverage gaps: ties of which nearly all contact that is seen is of one kind.

Where four in five days of contact are meetings, or one side's letters, or large groups, little
else is known of the two, and a silence may be none: they may talk where nothing is seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from scoring.ties import Ties

# Four in five days, of no fewer than it takes to speak of a rhythm.
SHARE, LEAST_DAYS = 0.8, 5
# Days on which there were always this many people besides the owner.
GROUP = 3


class CoverageKind(StrEnum):
    """The kind of nearly all contact days that are seen of a tie.

    MEETINGS: with a meeting. OWNER, THEY: with mail of that side alone. GROUPS: with `GROUP` or
    more people besides the owner at all times.
    """

    MEETINGS = "meetings"
    OWNER = "owner"
    THEY = "they"
    GROUPS = "groups"


@dataclass(frozen=True, slots=True)
class CoverageGap:
    """Of the `of` contact days of a tie, `days` were of this `kind`."""

    kind: CoverageKind
    days: int
    of: int


def coverage_gap(ties: Ties, key: int) -> CoverageGap | None:
    """Return the coverage gap of the tie with this key; None where it has none, or is none.

    The kinds are tried in this order: MEETINGS, GROUPS, OWNER, THEY.
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
        (CoverageKind.MEETINGS, met),
        (CoverageKind.GROUPS, ties.weight[days] < 1 / (GROUP - 0.5)),
        (CoverageKind.OWNER, out & ~in_ & ~met),
        (CoverageKind.THEY, in_ & ~out & ~met),
    ):
        count = int(there.sum())
        if count >= SHARE * total:
            return CoverageGap(kind, count, total)
    return None
