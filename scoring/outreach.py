"""The mirror: when the owner had the first word to ties that had long been quiet.

Somebody who writes to old friends only when they need something does it in a burst; who does it
out of habit, here and there through the year. That is for the owner to see, about themselves
alone, and nobody else is named.

A re-opening is a day on which the owner wrote first to a tie that had a rhythm once and had
become dormant by the rule of `scoring.attention`, as it was known on that day; silences run on the
owner's active time. One mail to several is one word.

Whether n words came in a burst is asked of the largest number k of them within any fortnight, the
scan statistic (Naus, "The distribution of the size of the maximum cluster of points on a line",
JASA, 1965). Were they spread over the year by chance alone, k or more of them would fall together
with the probability

    (k / p - n - 1) b(k) + 2 (b(k) + b(k + 1) + ... + b(n)),     p = 14 / 365

where b is the binomial with n and p (Wallenstein and Neff, "An approximation for the distribution
of the scan statistic", Statistics in Medicine, 1987), which is close where it is small.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np

from scoring.arrays import Ints, changes
from scoring.attention import DORMANT_LEAST_DAYS, is_slight, silence_thresholds
from scoring.clock import NEVER_AWAY, ActiveClock, on_clock
from scoring.contact import ContactDays, Reach, Way
from scoring.days import SECONDS_A_DAY
from scoring.moments import Moments
from scoring.rhythm import Rhythm
from scoring.ties import Ties

YEAR, FORTNIGHT = 365, 14
# With fewer words than this, a pattern is no pattern.
LEAST_WORDS = 6
# As seldom as this by chance alone, it is called a burst.
SELDOM = 0.05


@dataclass(frozen=True, slots=True)
class Mirror:
    """The owner's first words to quiet ties within a year.

    words: how many; one mail to several is one. most: the largest number within 14 days, of which
    `first` and `last` are the UTC days. chance: of so many together or more, in [0, 1], had all
    come at random times of the year.
    """

    words: int
    most: int
    first: int
    last: int
    chance: float

    @property
    def burst(self) -> bool:
        """Whether so many together are seldom by chance."""
        return self.chance < SELDOM


def mirror(days: ContactDays, *, now: float, clock: ActiveClock = NEVER_AWAY) -> Mirror | None:
    """Return what the year before `now` (unix seconds UTC) shows; None where that is too little.

    Too little is fewer than `LEAST_WORDS` words, or a history that begins less than a year and a
    dormant silence ago, in which the first part of the year could hold none. Needs what `reopened`
    needs, and of the WIDE rows `first`: they tell how far back the history reaches.
    """
    moment = reopened(days, now=now, clock=clock)
    when = days.contact().first
    begin = now - YEAR * SECONDS_A_DAY
    if not (when < begin - DORMANT_LEAST_DAYS * SECONDS_A_DAY).any():
        return None
    day = np.sort(np.unique(moment[moment >= begin]) // SECONDS_A_DAY).astype(np.int64)
    if day.size < LEAST_WORDS:
        return None
    together = np.searchsorted(day, day + FORTNIGHT) - np.arange(day.size)
    start = int(together.argmax())
    most = int(together[start])
    return Mirror(
        words=day.size,
        most=most,
        first=int(day[start]),
        last=int(day[start + most - 1]),
        chance=chance_of(most, day.size),
    )


def chance_of(most: int, words: int) -> float:
    """The chance, in [0, 1], that `most` or more of so many words fall into one fortnight."""
    p = FORTNIGHT / YEAR
    if most <= max(1, p * (words + 1)):
        return 1.0  # no more than fall into any fortnight: the approximation is for seldom clusters
    b = [comb(words, i) * p**i * (1 - p) ** (words - i) for i in range(most, words + 1)]
    return min(max((most / p - words - 1) * b[0] + 2 * sum(b), 0.0), 1.0)


def reopened(days: ContactDays, *, now: float, clock: ActiveClock = NEVER_AWAY) -> Ints:
    """Return when (unix seconds UTC) the owner had the first word to ties that were dormant.

    In order of tie, then of time. Where both spoke within the same second, it was not the owner.
    What came at or after `now` has no part. Needs the SMALL rows, of them all columns but
    `messages`.
    """
    days = days.where((days.reach == Reach.SMALL) & (days.first < now))
    ties = Ties.from_days(days)
    order = np.lexsort((days.way, days.first, days.day, days.person))
    new = changes(days.person[order]) | changes(days.day[order])
    begins = order[new]
    begun, moment = days.way[begins], days.first[begins]  # (m,) as the days of `ties`

    lived = clock.active(ties.day)
    gap = np.zeros(lived.size, dtype=np.int64)
    gap[1:] = np.where(ties.row[1:] == ties.row[:-1], lived[1:] - lived[:-1], 0)
    first_words = np.flatnonzero((begun == Way.OUT) & (gap > DORMANT_LEAST_DAYS))
    asleep = np.zeros(first_words.size, dtype=np.bool_)
    before = Moments(on_clock(ties, clock), ties.row[first_words], lived[first_words])
    for piece, then in before.chunks():
        rhythm = Rhythm.of(then)
        _, sleeps = silence_thresholds(rhythm, rhythm.usual_gap())
        asleep[piece] = (gap[first_words[piece]] > sleeps) & ~is_slight(then)
    return moment[first_words[asleep]]
