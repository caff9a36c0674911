"""What can be seen at once and needs no rhythm: a person who waits for the owner's reply.

The other way about, a person who has not answered the owner, is only counted
(`Reasons.unanswered`) and keeps them out of a report; nobody is ever chased.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from scoring.ties import SECONDS_A_DAY, Bools, Floats, Ints, Way, as_ways


@dataclass(frozen=True, slots=True)
class ReplyOwed:
    """They wrote, and have been waiting since `since` (aware, UTC) for `days` whole days."""

    key: int
    since: datetime
    days: int


def replies_owed(
    *,
    tie: npt.ArrayLike,
    at: npt.ArrayLike,
    direction: npt.ArrayLike,
    size: npt.ArrayLike,
    thread: npt.ArrayLike,
    direct: npt.ArrayLike,
    now: float,
    least_days: int = 2,
    most_days: int = 21,
    cap: int = 5,
) -> tuple[ReplyOwed, ...]:
    """The ties whose message the owner has left without a word, longest waiting first.

    All arrays are (k,), in any order. tie: integer keys. at: unix seconds UTC; events at or
    after `now` are not known. direction: `Way` codes. size: people besides the owner. thread:
    integer codes, below 0 where none is known (such a message is a thread of its own). direct:
    whether the owner was named on it.

    A reply is owed when the last message of a thread came from them, to the owner by name and
    to at most `cap` people besides the owner; when the owner has said nothing in that thread, or
    they have written in it again since (one message after the owner's is most often the thanks
    that ends an exchange, and metadata cannot tell it from a question); when `least_days` to
    `most_days` whole days have passed; and when since then (or at that very second) the owner has
    neither written to them, in any thread, nor met them. At most one a tie: the one that has
    waited longest. Equal waits are in order of key. Raises ValueError when the lengths differ.
    """
    keys, when = np.asarray(tie, dtype=np.int64), np.asarray(at, dtype=np.float64)
    ways, people = as_ways(direction), np.asarray(size, dtype=np.int64)
    threads, named = np.asarray(thread, dtype=np.int64), np.asarray(direct, dtype=np.bool_)
    shapes = {keys.shape, when.shape, ways.shape, people.shape, threads.shape, named.shape}
    if keys.ndim != 1 or len(shapes) > 1:
        raise ValueError("all columns must be one-dimensional, of one length")
    known = when < now
    keys, when, ways, people = keys[known], when[known], ways[known], people[known]
    threads, named = threads[known], named[known]
    if not keys.size:
        return ()

    people_of, tie_of = np.unique(keys, return_inverse=True)
    touched = _latest(tie_of, when, ways != Way.IN, people_of.size)
    days = np.floor((now - when) / SECONDS_A_DAY)
    waiting = (
        (ways == Way.IN)
        & named
        & (people <= cap)
        & (days >= least_days)
        & (days <= most_days)
        & (when > touched[tie_of])
        & _ends_thread(threads, when)
        & _asks(threads, tie_of, when, ways)
    )
    since = np.full(people_of.size, np.inf)
    np.minimum.at(since, tie_of[waiting], when[waiting])
    rows = np.flatnonzero(np.isfinite(since))
    rows = rows[np.lexsort((people_of[rows], since[rows]))]
    return tuple(
        ReplyOwed(
            key=int(people_of[row]),
            since=datetime.fromtimestamp(float(since[row]), tz=UTC),
            days=int((now - since[row]) // SECONDS_A_DAY),
        )
        for row in rows
    )


def _ends_thread(threads: Ints, when: Floats) -> Bools:
    """Whether an event is its thread's last; several at the same last second all are."""
    codes, code = np.unique(threads, return_inverse=True)
    latest = _latest(code, when, np.ones(when.size, dtype=np.bool_), codes.size)
    ends: Bools = (threads < 0) | (when >= latest[code])
    return ends


def _asks(threads: Ints, tie: Ints, when: Floats, ways: npt.NDArray[np.int8]) -> Bools:
    """Whether the owner has been silent in an event's thread, or was written to in it again."""
    codes, code = np.unique(threads, return_inverse=True)
    spoke = _latest(code, when, ways != Way.IN, codes.size)[code]
    spoke[threads < 0] = -np.inf  # a thread of its own, in which nobody answered
    _, pair = np.unique(np.stack((code, tie)), axis=1, return_inverse=True)
    unanswered = np.bincount(pair.ravel(), weights=(ways == Way.IN) & (when > spoke))
    asks: Bools = np.isneginf(spoke) | (unanswered[pair.ravel()] > 1)
    return asks


def _latest(group: Ints, when: Floats, chosen: Bools, groups: int) -> Floats:
    """(groups,) the latest chosen time of each group; minus infinity where there is none."""
    latest = np.full(groups, -np.inf)
    np.maximum.at(latest, group[chosen], when[chosen])
    return latest
