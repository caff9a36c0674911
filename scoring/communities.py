"""Circles: who shares threads and meetings with whom; and who is beyond all the present ones.

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


def hello(
    judgements: Judgements,
    *,
    organisation: npt.ArrayLike,
    group: npt.ArrayLike,
    member: npt.ArrayLike,
    held: Collection[int] = (),
    least: float = LEAST_WORTH,
) -> Hello | None:
    """The dormant tie beyond the present circles that is worth most; None where there is none.

    organisation: (n,) integer codes, one a judgement; -1 for none. group, member: (k,) each, in
    any order: which small mail, thread or meeting, and the key of somebody on it. `held` are not
    to be named; nor is anybody to whom the owner wrote on two days or more without an answer.
    """
    candidates = worth_a_hello(judgements, organisation=organisation, held=held, least=least)
    live = in_touch(judgements)
    near = company_of(judgements.key[live], group, member)
    rows = candidates[~np.isin(judgements.key[candidates], near)]
    if not rows.size:
        return None
    best = rows[np.lexsort((judgements.key[rows], -judgements.worth[rows]))[0]]
    return Hello(judgements[int(best)], in_touch=int(live.sum()), beyond=rows.size)


def worth_a_hello(
    judgements: Judgements,
    *,
    organisation: npt.ArrayLike,
    held: Collection[int] = (),
    least: float = LEAST_WORTH,
) -> Ints:
    """Return the rows of the dormant ties worth a hello, whoever they share a circle with.

    Arguments as those of `hello`, which needs only the groups of these people. None of them is of
    an organisation in which the owner is in touch with somebody. Who is in touch with nobody moves
    in no circle: then there is none.
    """
    live = in_touch(judgements)
    chosen = (
        judgements.in_state(State.DORMANT)
        & (judgements.worth >= least)
        & (judgements.silence_days <= LONGEST_SILENCE)
        & (judgements.unanswered < MOST_UNANSWERED)
        & ~np.isin(judgements.key, np.array(sorted(held), dtype=np.int64))
        & live.any()
    )
    codes = np.asarray(organisation, dtype=np.int64)
    same_house = (codes >= 0) & np.isin(codes, codes[live])
    return np.flatnonzero(chosen & ~same_house)


def in_touch(judgements: Judgements) -> Bools:
    """(n,) with whom the owner is in touch: the ties that are LIVING or FADING."""
    return judgements.in_state(State.LIVING) | judgements.in_state(State.FADING)


def company_of(people: Ints, group: npt.ArrayLike, member: npt.ArrayLike) -> Ints:
    """Everybody who was ever in a group with one of `people`, they themselves among them."""
    groups, members = np.asarray(group, dtype=np.int64), np.asarray(member, dtype=np.int64)
    theirs = groups[np.isin(members, people)]
    return np.unique(members[np.isin(groups, theirs)])


def small_groups(group: npt.ArrayLike, member: npt.ArrayLike, cap: int) -> Bools:
    """(k,) which rows belong to a group of at most `cap` different members; a group -1 is none."""
    groups, members = np.asarray(group, dtype=np.int64), np.asarray(member, dtype=np.int64)
    pairs = np.unique(np.stack((groups, members), axis=1), axis=0)
    names, counts = np.unique(pairs[:, 0], return_counts=True)
    return (groups >= 0) & np.isin(groups, names[counts <= cap])
