"""What became of flags once they stood in a report, and what the next reports learn from it.

A flag is graded by the first thing that happens to it within `WINDOW_DAYS`: the owner wrote or the
two met (acted), the other wrote first (came back alone), the owner put it off or waved it away
(snoozed, dismissed), or nothing at all (lapsed). Nothing here says that the flag was the cause:
some would have acted anyway.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, sqrt

import numpy as np
import numpy.typing as npt

from scoring.contact import Contact, Way
from scoring.days import SECONDS_A_DAY


class FlagOutcome(StrEnum):
    """What became of a flag; ACTED: the owner wrote or the two met, CAME_BACK: they wrote first."""

    ACTED = "acted"
    CAME_BACK = "came_back"
    SNOOZED = "snoozed"
    DISMISSED = "dismissed"
    LAPSED = "lapsed"


# How long a flag may be followed by something. Four weeks: the length of a snooze, and a week
# longer than the first cooldown.
WINDOW_DAYS = 28

# So many flags in a row that nothing followed raise that person's threshold, and again as many
# raise it again, each time by so much: a tie has to be that much closer, or nearer its end.
IGNORED = 3
RAISED_BY = 3.0

# A report names at least so many, however few the owner acts on; and follows the last reports.
LEAST_PEOPLE = 3
_REPORTS_FOLLOWED = 8
_REPORTS_NEEDED = 4

_Z = 1.959964  # the normal distribution's 97.5th percentile: intervals of 95 %


@dataclass(frozen=True, slots=True)
class Grade:
    """What became of one flag, and when that was decided (unix seconds UTC)."""

    outcome: FlagOutcome
    at: float


@dataclass(frozen=True, slots=True)
class Answered:
    """The owner's answer to the flag at position `flag`: what it makes of it, and when it came."""

    flag: int
    outcome: FlagOutcome
    at: float


def grade_flags(
    contact: Contact,
    *,
    flagged: npt.ArrayLike,
    when: npt.ArrayLike,
    answers: Iterable[Answered] = (),
    now: float,
    known: float,
) -> list[Grade | None]:
    """Return the grade of each flag as of `now`, in their order; None while it is open.

    contact: capped; needs the rows of the people flagged, of them `person`, `at` and `way`.
    flagged, when: (f,) key and unix seconds UTC of each flag. Contact and answers count after
    `when`, within the window, before `now`; of two things in one second the owner's counts.
    known: the moment until which all contact is known, so that nobody's silence is made of a
    source that was not read. Raises ValueError where lengths differ.
    """
    whom, began = np.asarray(flagged, dtype=np.int64), np.asarray(when, dtype=np.float64)
    if whom.shape != began.shape:
        raise ValueError("flagged and when must be of one length")
    contact = contact.of(whom).before(now)
    keys, moments, ways = contact.person, contact.at, contact.way
    # The owner's own words first within a second.
    order = np.lexsort((ways == Way.IN, moments, keys))
    keys, moments, ways = keys[order], moments[order], ways[order]
    said: dict[int, Answered] = {}
    for one in answers:
        if one.at < now and (one.flag not in said or one.at < said[one.flag].at):
            said[one.flag] = one

    grades: list[Grade | None] = []
    for number, (key, start) in enumerate(zip(whom.tolist(), began.tolist(), strict=True)):
        end = start + WINDOW_DAYS * SECONDS_A_DAY
        first, last = np.searchsorted(keys, [key, key + 1])
        place = first + int(np.searchsorted(moments[first:last], start, side="right"))
        found: Grade | None = None
        if place < last and moments[place] < end:
            outcome = FlagOutcome.CAME_BACK if ways[place] == Way.IN else FlagOutcome.ACTED
            found = Grade(outcome, float(moments[place]))
        answer = said.get(number)
        if answer is not None and start <= answer.at < end:
            earlier = found is not None and found.at < answer.at
            found = found if earlier else Grade(answer.outcome, answer.at)
        if found is None and end <= min(now, known):
            found = Grade(FlagOutcome.LAPSED, end)
        grades.append(found)
    return grades


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `of`, and the interval of 95 % in which the share lies in the long run."""

    part: int
    of: int
    low: float
    high: float


def share(part: int, of: int) -> Share:
    """Return a share with its interval after Wilson (1927), which holds for small numbers too.

    Flags on one person are counted as if they were on several, so the interval is a little too
    narrow where few people are named again and again. ValueError where there is nothing to share.
    """
    if not 0 <= part <= of or of == 0:
        raise ValueError("a share needs a part of something")
    p, square = part / of, _Z * _Z
    middle = (p + square / (2 * of)) / (1 + square / of)
    half = _Z / (1 + square / of) * sqrt(p * (1 - p) / of + square / (4 * of * of))
    return Share(part, of, max(middle - half, 0.0), min(middle + half, 1.0))


def ignored_in_a_row(flagged: Sequence[int], grades: Sequence[Grade | None]) -> dict[int, int]:
    """Return how many of each person's latest flags nothing followed, where there are any.

    flagged, grades: flags in order of time. Being in touch ends the row; what is open, or was put
    off, or was answered by the other one, neither ends it nor adds to it.
    """
    row: dict[int, int] = {}
    for key, one in zip(flagged, grades, strict=True):
        if one is None:
            continue
        if one.outcome is FlagOutcome.ACTED:
            row.pop(key, None)
        elif one.outcome is FlagOutcome.LAPSED:
            row[key] = row.get(key, 0) + 1
    return row


def raised_thresholds(ignored: Mapping[int, int]) -> dict[int, float]:
    """Return the threshold factor per person, only of people whose threshold is raised.

    ignored: how many flags in a row nothing followed, per person. The factor is on `least` of
    `scoring.attention.select`.
    """
    return {
        key: RAISED_BY ** (times // IGNORED) for key, times in ignored.items() if times >= IGNORED
    }


def list_length(acted: Sequence[int], most: int) -> int:
    """Return how many people a report names, so that the list is as long as the owner acts on.

    acted: how many of those named in each earlier report the owner acted on, oldest first, graded
    reports only. One more than they do on average in the last eight; at least three, and at most
    `most`, which also counts until four reports have been graded.
    """
    recent = acted[-_REPORTS_FOLLOWED:]
    if len(recent) < _REPORTS_NEEDED:
        return most
    wanted = ceil(sum(recent) / len(recent)) + 1
    return min(most, max(LEAST_PEOPLE, wanted))
