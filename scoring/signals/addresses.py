"""Addresses that died, and people who may have moved to another one.

Somebody changes jobs: the tie lives on under a new address, and the old one looks as if it fell
silent. Mail that comes back says that an address is dead; the same name at another address, at
the right time, suggests that two who are listed are one. It never does more than suggest: names
are borne by several people. So what is not clear is not said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from itertools import pairwise, permutations

import numpy as np
import numpy.typing as npt

from scoring.arrays import Bools, Floats, Ints
from scoring.contact import Contact, Participants, Way
from scoring.days import SECONDS_A_DAY

# A mail system tries for five days, as a rule, before it gives up (RFC 5321, section 4.5.4.1):
# mail that has not come back a day later has arrived.
ARRIVED_DAYS = 6
# A bounce that names nobody may be word that mail is late, so it takes two days of them.
SUPPOSED_ON_DAYS = 2

# How long both addresses may have been in use: a hand-over, an answer to an old thread. Who is
# active alongside for longer is somebody else, or has two addresses and has not moved.
OVERLAP_DAYS = 30
# How long after the old address's last word (or its bounce) the new one may begin where something
# else speaks for it; and where nothing but the name does.
WINDOW_DAYS, CLOSE_DAYS = 365, 120
# Nobody is called silent sooner, nor before the silence is longer than any they kept before.
SILENT_DAYS = 45
# Where nothing but the name and the time speak for it: days with a word from either address.
_OLD_DAYS, _NEW_DAYS = 3, 2


class Sign(IntEnum):
    """What is known of an address: mail from it, mail to it, a bounce that names it or may."""

    LIFE = 0
    SENT = 1
    NAMED = 2
    SUPPOSED = 3


@dataclass(frozen=True, slots=True)
class Died:
    """Mail to `key` came back `bounces` times, the first and the last time then (aware, UTC).

    `life` is the last sign of life before that, if there was any.
    """

    key: int
    bounces: int
    first: datetime
    last: datetime
    life: datetime | None


@dataclass(frozen=True, slots=True)
class Moved:
    """`old` may be `new`. Times are aware, in UTC.

    last: of the old one's last word, if it ever spoke. bounced: when mail to it came back for the
    first time since; None where it never did, and the new one only took its place. began: of the
    new one's first contact.
    """

    old: int
    new: int
    last: datetime | None
    bounced: datetime | None
    began: datetime


def died(
    *, key: npt.ArrayLike, at: npt.ArrayLike, sign: npt.ArrayLike, now: float
) -> tuple[Died, ...]:
    """Return the addresses that mail comes back from, in order of key.

    All arrays are (k,), in any order. key: integer addresses. at: unix seconds UTC; what is at or
    after `now` is not known. sign: `Sign` codes.

    An address is dead if mail came back since its last sign of life: a message from it, or one to
    it that did not come back within `ARRIVED_DAYS` (a full mailbox is soon emptied, and a server
    that is down comes back). One bounce that names it is enough; of those that do not, it takes
    `SUPPOSED_ON_DAYS` different days. Raises ValueError when the lengths differ or a code is no
    `Sign`.
    """
    keys, when = np.asarray(key, dtype=np.int64), np.asarray(at, dtype=np.float64)
    signs = np.asarray(sign, dtype=np.int64)
    if keys.ndim != 1 or not keys.shape == when.shape == signs.shape:
        raise ValueError("key, at and sign must be one-dimensional, of one length")
    if signs.size and (signs.min() < min(Sign) or signs.max() > max(Sign)):
        raise ValueError("sign holds a code that is no Sign")
    known = when < now
    keys, when, signs = keys[known], when[known], signs[known]
    order = np.lexsort((signs, when, keys))
    keys, when, signs = keys[order], when[order], signs[order]
    found = []
    for start, end in _runs(keys):
        one = _died(int(keys[start]), when[start:end], signs[start:end], now)
        if one is not None:
            found.append(one)
    return tuple(found)


def _died(key: int, when: Floats, signs: Ints, now: float) -> Died | None:
    """Return the same for one address, whose (m,) times ascend."""
    bounced = (signs == Sign.NAMED) | (signs == Sign.SUPPOSED)
    back = when[bounced]
    if not back.size:
        return None
    sent = when[signs == Sign.SENT]
    waited = ARRIVED_DAYS * SECONDS_A_DAY
    came_back = np.searchsorted(back, sent + waited, side="right") > np.searchsorted(back, sent)
    arrived = sent[~came_back & (sent + waited <= now)]
    life = max(when[signs == Sign.LIFE].max(initial=-np.inf), arrived.max(initial=-np.inf))
    since = bounced & (when > life)
    if not since.any():
        return None
    days = np.unique(when[since] // SECONDS_A_DAY).size
    if not np.any(signs[since] == Sign.NAMED) and days < SUPPOSED_ON_DAYS:
        return None
    return Died(
        key=key,
        bounces=int(since.sum()),
        first=_moment(when[since].min()),
        last=_moment(when[since].max()),
        life=_moment(life) if np.isfinite(life) else None,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Life:
    """One person's contact: `spoke` (m,) and `all` (k,) unix seconds UTC, ascending."""

    key: int
    spoke: Floats
    all: Floats
    bounced: float  # plus infinity where mail to them never came back
    organisation: int

    @property
    def last(self) -> float:
        """The last word from them; where there was none, the last word to them before a bounce."""
        if self.spoke.size:
            return self.last_word
        return float(self.all[self.all <= self.bounced].max(initial=-np.inf))

    @property
    def last_word(self) -> float:
        """The last word from them; minus infinity where there was none."""
        return float(self.spoke.max(initial=-np.inf))

    @property
    def longest_silence(self) -> float:
        return float(np.diff(self.spoke).max(initial=0.0))


def namesakes(*, person: npt.ArrayLike, name: npt.ArrayLike) -> Ints:
    """Return the people, ascending, who share a name with another: only they may have moved.

    person: (n,) integer keys. name: (n,) codes, below 0 where there is no name to go by. Raises
    ValueError when the lengths differ.
    """
    people, names = np.asarray(person, dtype=np.int64), np.asarray(name, dtype=np.int64)
    if people.ndim != 1 or people.shape != names.shape:
        raise ValueError("person and name must be one-dimensional, of one length")
    return np.unique(people[_several(names)])


def moved(
    contact: Contact,
    participants: Participants,
    *,
    person: npt.ArrayLike,
    name: npt.ArrayLike,
    organisation: npt.ArrayLike,
    bounced: npt.ArrayLike,
    now: float,
) -> tuple[Moved, ...]:
    """Return who may have moved from one key to another; the latest first.

    contact: all that of the `namesakes` among `person`, to any number of people; needs `person`,
    `at` and `way`. What came at or after `now` (unix seconds UTC) is not known.
    participants: capped; needs every row of each interaction that one of them is on, of it `event`
    and `person`.
    Of the n people, in any order: person: (n,) their integer keys, humans only. name: (n,) codes,
    equal where the normalised names are, below 0 where there is none to go by. organisation: (n,)
    codes, below 0 where unknown or nobody's own. bounced: (n,) unix seconds UTC when mail to them
    first came back and nothing has lived since, infinity where it does not.

    Both bear the same name; the old one has not spoken since the new one began, but for
    `OVERLAP_DAYS`; the new one has spoken since then. Then it is a suggestion if

    - mail to the old one came back since it spoke last, and the new one began at most
      `WINDOW_DAYS` after either; or
    - the old one has been silent for more than `SILENT_DAYS` and for longer than ever, and the new
      one began at most `WINDOW_DAYS` after its last word, and they share an organisation or people
      seen with both; or else it began at most `CLOSE_DAYS` after the last contact with the old
      one, with enough seen of either, and no sign that two people bear the name.

    Each old one gets the one new that began nearest to its end. Raises ValueError when the lengths
    of columns that belong together differ.
    """
    lives = _lives(
        contact,
        person=person,
        name=name,
        organisation=organisation,
        bounced=bounced,
        now=now,
    )
    circle = _Circle(participants)
    found: list[Moved] = []
    for bearers in lives:
        shared_name = any(_alongside(a, b) for a, b in permutations(bearers, 2))
        best: dict[int, tuple[float, int, Moved]] = {}
        for old, new in permutations(bearers, 2):
            one = _moved(old, new, circle, now, shared_name=shared_name)
            if one is None:
                continue
            offer = (abs(float(new.all[0]) - old.last), new.key, one)
            if old.key not in best or offer[:2] < best[old.key][:2]:
                best[old.key] = offer
        found += [one for _, _, one in best.values()]
    return tuple(sorted(found, key=lambda one: (-one.began.timestamp(), one.old, one.new)))


def _moved(
    old: _Life, new: _Life, circle: _Circle, now: float, *, shared_name: bool
) -> Moved | None:
    """Return the suggestion for one pair, if there is one."""
    began = float(new.all[0])
    if new.last_word <= old.last or began < old.last - OVERLAP_DAYS * SECONDS_A_DAY:
        return None
    bounced = bool(np.isfinite(old.bounced))
    ended = max(old.last, old.bounced) if bounced else old.last
    if not (np.isfinite(ended) and began <= ended + WINDOW_DAYS * SECONDS_A_DAY):
        return None
    same = old.organisation >= 0 and old.organisation == new.organisation
    shared = circle.shared(old.key, new.key)
    if not bounced:
        clear = not shared_name and _speaks_for_itself(old, new)
        if not (_fell_silent(old, now) and (same or shared or clear)):
            return None
    return Moved(
        old=old.key,
        new=new.key,
        last=_moment(float(old.spoke[-1])) if old.spoke.size else None,
        bounced=_moment(old.bounced) if bounced else None,
        began=_moment(began),
    )


def _fell_silent(one: _Life, now: float) -> bool:
    """Return whether they spoke once, and have been silent for longer than ever."""
    longest = max(SILENT_DAYS * SECONDS_A_DAY, one.longest_silence)
    return one.spoke.size > 0 and now - one.last > longest


def _speaks_for_itself(old: _Life, new: _Life) -> bool:
    """Return whether enough is seen of both, one right after the other, to need no other sign."""
    began = float(new.all[0])
    in_touch = old.all[old.all <= began].max(initial=-np.inf)  # the owner may have written on
    close = began <= in_touch + CLOSE_DAYS * SECONDS_A_DAY
    return close and _days(old.spoke) >= _OLD_DAYS and _days(new.all) >= _NEW_DAYS


def _alongside(one: _Life, other: _Life) -> bool:
    """Return whether two were active alongside for too long to be one person who moved."""
    if not (one.spoke.size and other.spoke.size):
        return False
    together = min(one.spoke[-1], other.spoke[-1]) - max(one.spoke[0], other.spoke[0])
    return bool(together > OVERLAP_DAYS * SECONDS_A_DAY)


class _Circle:
    """The people seen on an interaction with each person."""

    def __init__(self, participants: Participants) -> None:
        self._event, self._member = participants.event, participants.person
        self._of: dict[int, frozenset[int]] = {}

    def shared(self, one: int, other: int) -> int:
        """Return how many people were seen with both."""
        return len((self._seen(one) & self._seen(other)) - {one, other})

    def _seen(self, key: int) -> frozenset[int]:
        if key not in self._of:
            there = np.isin(self._event, self._event[self._member == key])
            self._of[key] = frozenset(self._member[there].tolist())
        return self._of[key]


def _lives(
    contact: Contact,
    *,
    person: npt.ArrayLike,
    name: npt.ArrayLike,
    organisation: npt.ArrayLike,
    bounced: npt.ArrayLike,
    now: float,
) -> Iterable[list[_Life]]:
    """Return, for each name, the two or more who bear it and were ever in touch, by key."""
    people, names = np.asarray(person, dtype=np.int64), np.asarray(name, dtype=np.int64)
    firms, backs = np.asarray(organisation, dtype=np.int64), np.asarray(bounced, dtype=np.float64)
    if people.ndim != 1 or not people.shape == names.shape == firms.shape == backs.shape:
        raise ValueError(
            "person, name, organisation and bounced must be one-dimensional, of one length"
        )
    several = _several(names)
    contact = contact.of(people[several]).before(now)
    order = np.lexsort((contact.at, contact.person))
    keys, ways = contact.person[order], contact.way[order]
    when = contact.at[order].astype(np.float64)
    bearers: dict[int, list[_Life]] = defaultdict(list)
    for row in sorted(np.flatnonzero(several).tolist(), key=lambda row: int(people[row])):
        start, end = np.searchsorted(keys, (people[row], people[row] + 1))
        if start == end:
            continue
        times, spoken = when[start:end], ways[start:end] != Way.OUT
        bearers[int(names[row])].append(
            _Life(
                key=int(people[row]),
                spoke=times[spoken],
                all=times,
                bounced=float(backs[row]) if backs[row] < now else np.inf,
                organisation=int(firms[row]),
            )
        )
    return [found for _, found in sorted(bearers.items()) if len(found) > 1]


def _several(names: Ints) -> Bools:
    """Return (n,) whether a name (a code from 0) is borne by two or more."""
    codes, inverse, counts = np.unique(names, return_inverse=True, return_counts=True)
    several: Bools = ((counts > 1) & (codes >= 0))[inverse]
    return several


def _runs(keys: Ints) -> Iterator[tuple[int, int]]:
    """Yield start and end of each run of equal keys."""
    edges = np.flatnonzero(np.diff(keys)) + 1
    bounds = [0, *edges.tolist(), keys.size]
    return ((a, b) for a, b in pairwise(bounds) if a < b)


def _days(times: Floats) -> int:
    return int(np.unique(times // SECONDS_A_DAY).size)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(float(seconds), tz=UTC)
