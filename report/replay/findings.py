"""What a replay of the owner's own history found, ready to be put into words and pictures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from scoring.replay.hindsight import Hindsight
from scoring.replay.revival import Revival


@dataclass(frozen=True, slots=True)
class Past:
    """The weeks from `first` to `last`, in which up to `people` would have been named a week.

    away: number of weeks in between left out, as the owner was away. horizon: how far a chance
    looks ahead, in days, or "own". ties: number of ties in all. apart: number of names in these
    weeks left out of all figures, for the reason given at `Weeks.without`. sent: what came after
    flags that were really sent. known: the last day of which all contact is known.
    """

    first: date
    last: date
    known: date
    weeks: int
    away: int
    people: int
    horizon: int | Literal["own"]
    ties: int
    apart: int
    found: Hindsight
    sent: Revival
