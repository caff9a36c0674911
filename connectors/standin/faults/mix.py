"""Faults at random: any of many kinds, by seed, and never without an end.

`Mix` decides what a request meets, and the dispatcher carries it out. The same seed and the same
order of requests give the same faults. Only reading meets them: sending and the token endpoint do
not.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from email.utils import format_datetime
from enum import Enum, auto
from threading import Lock

from connectors.standin import errors
from connectors.standin.errors import GoogleError, quota_exceeded, too_many_at_once


class FaultKind(Enum):
    """What a request may meet."""

    PART_RATE = auto()  # one part of a batch: 429
    PART_QUOTA = auto()  # one part: 403
    PART_SERVER = auto()  # one part: 503
    PART_LOST = auto()  # one part is carried out, and missing from the answer
    PART_UNAUTHORISED = auto()  # the access token dies between two parts; a refresh helps
    RETRY_AFTER = auto()  # 429 as a whole, with a Retry-After of seconds or a date
    SERVER = auto()  # 500, 502 (in HTML) or 503 as a whole
    SLOW = auto()  # carried out, and not answered within the client's patience
    DROP = auto()  # the connection ends without an answer
    TORN = auto()  # carried out, and the body is cut
    GARBAGE = auto()  # 200, with a page of HTML
    EMPTY_PAGE = auto()  # a list's page without items, yet with a nextPageToken
    SHORT_PAGE = auto()  # a list's page with a few items
    TOKEN = auto()  # a page token is refused: 400
    UNAUTHORISED = auto()  # the access token dies: 401; a refresh helps
    CHURN = auto()  # no fault: something happens in mailbox or diary before the answer
    HISTORY_GONE = auto()  # history.list: 404
    EVENTS_GONE = auto()  # events.list with a sync token: 410
    CHANGES_GONE = auto()  # events.list with updatedMin: 410


class CallPlace(Enum):
    """Where a call stands."""

    ALONE = auto()
    ENVELOPE = auto()  # the batch that carries others
    PART = auto()


ALL = tuple(FaultKind)
_PART = frozenset(
    {
        FaultKind.PART_RATE,
        FaultKind.PART_QUOTA,
        FaultKind.PART_SERVER,
        FaultKind.PART_LOST,
        FaultKind.PART_UNAUTHORISED,
    }
)
_LISTS = frozenset({"messages.list", "threads.list", "history.list", "events.list"})
_DEATHS = frozenset({FaultKind.PART_UNAUTHORISED, FaultKind.UNAUTHORISED})
# Calls between two deaths: what is left of the largest batch, and a whole one with the fresh token.
# A client may take a second refusal of the same call for a lost permission.
_A_TOKENS_LIFE = 200
# These make a client begin anew, so that no patience would help against a steady share of them.
_AT_MOST = dict.fromkeys(
    (FaultKind.TOKEN, FaultKind.HISTORY_GONE, FaultKind.EVENTS_GONE, FaultKind.CHANGES_GONE), 3
)
_LONGEST_WAIT = 30  # seconds of a Retry-After


class Mix:
    """A share of the calls meets one of `kinds`, whichever fit; `met` counts them.

    No call meets more than `in_a_row` of them one after the other, so that a client with patience
    always gets through; and kinds that make it begin anew come three times at most.
    """

    def __init__(
        self, share: float, kinds: Collection[FaultKind], seed: int, in_a_row: int
    ) -> None:
        self._share = share
        self._kinds = [
            kind for kind in FaultKind if kind in kinds
        ]  # in one order, for the seed's sake
        self._rng = random.Random(seed)  # noqa: S311 - which call fails is nothing secret
        self._in_a_row = in_a_row
        self._runs: Counter[str] = Counter()
        self._since_death = _A_TOKENS_LIFE
        self._lock = Lock()
        self.met: Counter[FaultKind] = Counter()

    def draw(self, place: CallPlace, method: str, target: str) -> FaultKind | None:
        """What this call meets; `method` is its name, `target` its path and query."""
        key = "" if place is CallPlace.ENVELOPE else target
        with self._lock:
            if place is not CallPlace.ENVELOPE:
                self._since_death += 1
            fitting = [k for k in self._kinds if _fits(k, place, method, target) and self._may(k)]
            if not fitting or self._rng.random() >= self._share:
                self._runs.pop(key, None)
                return None
            kind = self._rng.choice(fitting)
            if kind is not FaultKind.CHURN:
                if self._runs[key] >= self._in_a_row:
                    del self._runs[key]
                    return None
                self._runs[key] += 1
            if kind in _DEATHS:
                self._since_death = 0
            self.met[kind] += 1
            return kind

    def refusal(self, kind: FaultKind, now: datetime) -> GoogleError | None:
        """The error that the call is answered with; None where the kind is none."""
        with self._lock:
            make = _REFUSALS.get(kind)
            return make(self._rng, now) if make else None

    def few(self) -> int:
        """How many items a short page holds."""
        with self._lock:
            return self._rng.randint(1, 5)

    def _may(self, kind: FaultKind) -> bool:
        if kind in _DEATHS and self._since_death < _A_TOKENS_LIFE:
            return False
        return self.met[kind] < _AT_MOST.get(kind, self.met[kind] + 1)


def _fits(kind: FaultKind, place: CallPlace, method: str, target: str) -> bool:
    """Whether that can happen to this call."""
    fits = {
        FaultKind.CHURN: place is not CallPlace.ENVELOPE,
        FaultKind.EMPTY_PAGE: method in _LISTS,
        FaultKind.SHORT_PAGE: method in _LISTS,
        FaultKind.TOKEN: "pageToken=" in target,
        FaultKind.HISTORY_GONE: method == "history.list",
        FaultKind.EVENTS_GONE: method == "events.list" and "syncToken=" in target,
        FaultKind.CHANGES_GONE: method == "events.list" and "updatedMin=" in target,
    }
    return fits.get(kind, (place is CallPlace.PART) == (kind in _PART))


def _backend(status: int) -> GoogleError:
    return GoogleError(status, "backendError", "Backend Error")


def _later(rng: random.Random, now: datetime) -> GoogleError:
    seconds = rng.randint(1, _LONGEST_WAIT)
    said = str(seconds)
    if rng.random() < 0.5:  # noqa: PLR2004 - one half each
        said = format_datetime(now + timedelta(seconds=seconds), usegmt=True)
    return GoogleError(
        429,
        "rateLimitExceeded",
        "Resource has been exhausted (e.g. check quota).",
        headers={"Retry-After": said},
    )


_REFUSALS: dict[FaultKind, Callable[[random.Random, datetime], GoogleError]] = {
    FaultKind.PART_RATE: lambda _rng, _now: too_many_at_once(),
    FaultKind.PART_QUOTA: lambda _rng, _now: quota_exceeded("gmail"),
    FaultKind.PART_SERVER: lambda _rng, _now: _backend(503),
    FaultKind.SERVER: lambda rng, _now: _backend(rng.choice((500, 502, 503))),
    FaultKind.RETRY_AFTER: _later,
    FaultKind.TOKEN: lambda _rng, _now: errors.bad_page_token(),
    FaultKind.HISTORY_GONE: lambda _rng, _now: errors.not_found(),
    FaultKind.EVENTS_GONE: lambda _rng, _now: errors.full_sync_required(),
    FaultKind.CHANGES_GONE: lambda _rng, _now: errors.changes_too_long_ago(),
}
