"""Circles: who shares messages, threads and meetings; and who is beyond all the present ones.

Dormant ties are worth more than they seem. They know what nobody near knows, and the old trust is
still there (Levin, Walter and Murnighan, "Dormant ties: the value of reconnecting", Organization
Science, 2011); and what is new comes over the bridges between circles (Burt, "Structural holes",
1992). So once in a while the report has a place for one of them.

A tie is beyond the present circles if nobody with whom the owner is in touch now was ever on a
small mail, in a small thread or at a small meeting with them, nor is of the same organisation.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scoring.arrays import Bools, Ints
from scoring.attention import MOST_UNANSWERED
from scoring.contact import Participants
from scoring.judgement import Judgement, State
from scoring.judgements import Judgements

# What a tie must have been worth at its best: a two-way day a quarter, kept up.
LEAST_WORTH = 0.3
# Addresses die at some ten in a hundred a year; after so long, a hello would hardly arrive.
LONGEST_SILENCE = 5 * 365


@dataclass(frozen=True, slots=True)
class Hello:
    """A dormant tie beyond the present circles.

    in_touch: with how many people the owner is in touch, none of whom shares a circle with it.
    beyond: of how many dormant ones, all worth a hello, it is the most worth.
    """

    judgement: Judgement
    in_touch: int
    beyond: int


def hello_candidates(
    judgements: Judgements,
    *,
    organisation: npt.ArrayLike,
    suppressed: Collection[int] = (),
    least: float = LEAST_WORTH,
) -> Ints:
    """Return the keys, ascending, of the ties of which one may be worth a hello.

    All that `hello` asks but whether they share a circle; arguments as there.
    """
    return judgements.key[_worth_a_hello(judgements, organisation, suppressed, least)]


def hello(
    judgements: Judgements,
    participants: Participants,
    *,
    organisation: npt.ArrayLike,
    most: int,
    suppressed: Collection[int] = (),
    least: float = LEAST_WORTH,
) -> Hello | None:
    """Return the dormant tie beyond the present circles that is worth most; None without one.

    participants: capped; needs every row of each interaction, and of each thread, that one of
    `hello_candidates` is on, of it `event`, `person` and `thread`. organisation: (n,) integer
    codes, one a judgement; -1 for none. most: how many people a thread may have to be a circle.
    `suppressed` are not to be named; nor is anybody to whom the owner wrote on two days or more
    without an answer.
    """
    candidates = _worth_a_hello(judgements, organisation, suppressed, least)
    if not candidates.any():
        return None
    live = in_touch(judgements)
    group, member = circles(participants, most)
    shared = np.isin(judgements.key, sharing_a_circle(judgements.key[live], group, member))
    rows = np.flatnonzero(candidates & ~shared)
    if not rows.size:
        return None
    best = rows[np.lexsort((judgements.key[rows], -judgements.worth[rows]))[0]]
    return Hello(judgements[int(best)], in_touch=int(live.sum()), beyond=rows.size)


def in_touch(judgements: Judgements) -> Bools:
    """Return (n,) with whom the owner is in touch: the ties that are LIVING or FADING."""
    return judgements.in_state(State.LIVING) | judgements.in_state(State.FADING)


def circles(participants: Participants, most: int) -> tuple[Ints, Ints]:
    """Return (g,) circles and (g,) members: interactions, and threads, of at most so many people.

    The messages of a thread count together, too: whoever is on one of them is in it.
    """
    group = np.concatenate((2 * participants.event, 2 * participants.thread + 1))
    member = np.tile(participants.person, 2)
    grouped = np.concatenate((np.ones(len(participants), np.bool_), participants.thread >= 0))
    group, member = group[grouped], member[grouped]
    pairs = np.unique(np.stack((group, member), axis=1), axis=0)
    names, counts = np.unique(pairs[:, 0], return_counts=True)
    small = np.isin(group, names[counts <= most])
    return group[small], member[small]


def sharing_a_circle(people: Ints, group: Ints, member: Ints) -> Ints:
    """Return whoever is in a circle with one of `people`, they themselves among them, ascending.

    group, member: (g,) each, as `circles` gives them.
    """
    theirs = group[np.isin(member, people)]
    return np.unique(member[np.isin(group, theirs)])


def _worth_a_hello(
    judgements: Judgements,
    organisation: npt.ArrayLike,
    suppressed: Collection[int],
    least: float,
) -> Bools:
    """Return (n,) whether a tie is worth a hello if it shares no circle with anybody near."""
    candidates = (
        judgements.in_state(State.DORMANT)
        & (judgements.worth >= least)
        & (judgements.silence_days <= LONGEST_SILENCE)
        & (judgements.unanswered < MOST_UNANSWERED)
        & ~np.isin(judgements.key, np.array(sorted(suppressed), dtype=np.int64))
    )
    live = in_touch(judgements)
    if not live.any():  # who is in touch with nobody moves in no circle
        return np.zeros(len(judgements), dtype=np.bool_)
    codes = np.asarray(organisation, dtype=np.int64)
    colleague = (codes >= 0) & np.isin(codes, codes[live])
    return candidates & ~colleague
