"""What scoring says of a tie: the judgement, and its reasons as data.

`report/` and `beforehand why` put these into words; nothing here is text for a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Spoke(StrEnum):
    """Who was heard last."""

    OWNER = "owner"
    THEY = "they"
    BOTH = "both"


class State(StrEnum):
    """Where a tie stands.

    SLIGHT: too little two-way contact, or too short a time, to speak of a rhythm.
    LIVING: a rhythm, and a silence that still fits into it.
    FADING: a rhythm, and a silence longer than usual.
    DORMANT: a rhythm once; the silence is so long that the tie has most likely lapsed.
    """

    SLIGHT = "slight"
    LIVING = "living"
    FADING = "fading"
    DORMANT = "dormant"


@dataclass(frozen=True, slots=True)
class Reasons:
    """The numbers behind a judgement. Days are UTC days; contact days, not messages, are counted.

    `usual_gap_days` is the median gap, longer and recent gaps weighing more (`scoring.rhythm`);
    None where there are fewer than two; it leaves out the owner's absences, and so does all that
    is made of the silence, of which `away_days` fell into one. `wished_days` is the rhythm that
    the owner wishes for, if any. A silence longer than `fades_after_days` is unusual, and one
    longer than `sleeps_after_days` is sleep. `unanswered` counts the owner's contact days since
    they were last heard. `months` has the contact days of the last twelve spans of 30 days, oldest
    first.
    """

    contact_days: int
    out_days: int
    in_days: int
    meeting_days: int
    first_contact: date
    last_contact: date
    silence_days: int
    usual_gap_days: float | None
    last_spoke: Spoke
    unanswered: int
    months: tuple[int, ...]
    away_days: int = 0
    wished_days: int | None = None
    fades_after_days: int = 0
    sleeps_after_days: int = 0


@dataclass(frozen=True, slots=True)
class Judgement:
    """What scoring says of one tie at one time.

    `key` is the caller's. `p_lapse` is the chance, in [0, 1], of no contact in the next
    `horizon_days`. `strength` in [0, 1] is what the tie is now, `worth` in [0, 1] what it was at
    its best; `attention` in [0, 1] ranks what to put before the owner. None is shown to a person
    as a score.
    """

    key: int
    state: State
    p_lapse: float
    horizon_days: int
    strength: float
    worth: float
    attention: float
    reasons: Reasons

    @property
    def at_stake(self) -> float:
        """Attention x (1 - p_lapse), in [0, 1/4]: of what may be lost, what a word can keep."""
        return self.attention * (1 - self.p_lapse)
