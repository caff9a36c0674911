"""Faults on demand, as Google's servers and networks have them.

Every knob is off until a test turns it; `mix` turns many at once. Knobs that count down (`n`)
apply to the next responses whose path contains `path`, in the order in which the requests arrive.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from connectors.standin.errors import GoogleError
from connectors.standin.faults.mix import ALL, CallPlace, FaultKind, Mix

_SAID = {
    "rateLimitExceeded": "Too many concurrent requests for user",
    "userRateLimitExceeded": "Quota exceeded for quota metric 'Queries' per minute per user",
    "backendError": "Backend Error",
    "dailyLimitExceeded": "Daily Limit Exceeded",
}


@dataclass(slots=True)
class _Countdown:
    left: int
    path: str
    error: GoogleError | None = None


class Faults:
    """All knobs; `clear` turns every one off."""

    def __init__(
        self,
        *,
        revoke_access: Callable[[], None],
        revoke_grants: Callable[[], None],
        now: Callable[[], datetime],
    ) -> None:
        self._lock = Lock()
        self._now = now
        self._revoke_access = revoke_access
        self._revoke_grants = revoke_grants
        self._pages = 0
        self.clear()

    def clear(self) -> None:
        """Everything works; tokens that were revoked stay so."""
        self._failures: list[_Countdown] = []
        self._drops: list[_Countdown] = []
        self._tears: list[_Countdown] = []
        self._share = 0.0
        self._part_error: GoogleError | None = None
        self._parts_left: int | None = None
        self._rng = random.Random(0)  # noqa: S311 - decides which part fails, nothing secret
        self._every = 0
        self._mix: Mix | None = None
        self.withheld: frozenset[str] = frozenset()
        self.delay = 0.0

    def mix(
        self, share: float, kinds: Collection[FaultKind] = ALL, *, seed: int = 1, in_a_row: int = 3
    ) -> None:
        """Let this share of the calls meet one of these kinds of fault, whichever fit the call.

        A call meets at most `in_a_row` of them one after the other. `met` counts them.
        """
        self._mix = Mix(share, kinds, seed, in_a_row)

    @property
    def mixed(self) -> bool:
        """Whether there is a mix."""
        return self._mix is not None

    @property
    def met(self) -> Counter[FaultKind]:
        """How often each kind of the mix was met."""
        return self._mix.met if self._mix else Counter()

    def fail_parts(
        self,
        share: float,
        status: int = 429,
        reason: str = "rateLimitExceeded",
        *,
        seed: int = 1,
        limit: int | None = None,
        retry_after: int | None = None,
    ) -> None:
        """Let this share of batch parts fail, at most `limit` of them."""
        self._rng = random.Random(seed)  # noqa: S311 - as above
        self._share, self._parts_left = share, limit
        self._part_error = _error(status, reason, retry_after)

    def fail_next(
        self,
        n: int = 1,
        status: int = 503,
        reason: str = "backendError",
        *,
        retry_after: int | None = None,
        path: str = "",
    ) -> None:
        """Let the next `n` whole responses fail (a batch as a whole, too)."""
        self._failures.append(_Countdown(n, path, _error(status, reason, retry_after)))

    def drop_next(self, n: int = 1, *, path: str = "") -> None:
        """Close the connection without an answer, `n` times."""
        self._drops.append(_Countdown(n, path))

    def tear_next(self, n: int = 1, *, path: str = "") -> None:
        """Cut the body in the middle, `n` times; the request was carried out."""
        self._tears.append(_Countdown(n, path))

    def slow(self, seconds: float) -> None:
        """Wait that long before every answer."""
        self.delay = seconds

    def empty_pages(self, every: int) -> None:
        """Make every n-th page of histories and events empty, yet with a nextPageToken."""
        self._every, self._pages = every, 0

    def revoke_access(self) -> None:
        """Refuse the access tokens issued so far (401); refreshing still works."""
        self._revoke_access()

    def revoke_grants(self) -> None:
        """Refuse all tokens issued so far; a refresh answers `invalid_grant`."""
        self._revoke_grants()

    def withhold(self, *scopes: str) -> None:
        """Leave these boxes of the consent page unticked."""
        self.withheld = frozenset(scopes)

    # For the server.

    def meets(self, place: CallPlace, method: str, target: str) -> FaultKind | None:
        """What of the mix this call meets."""
        return self._mix.draw(place, method, target) if self._mix else None

    def refusal(self, kind: FaultKind | None) -> GoogleError | None:
        """The error which a call of the mix is answered with."""
        if kind is None or self._mix is None:
            return None
        return self._mix.refusal(kind, self._now())

    def few(self) -> int:
        """How many items a short page of the mix holds."""
        return self._mix.few() if self._mix else 1

    def failure(self, path: str) -> GoogleError | None:
        """The error that this whole response shall be."""
        hit = self._take(self._failures, path)
        return hit.error if hit else None

    def drops(self, path: str) -> bool:
        """Whether this request gets no answer at all."""
        return self._take(self._drops, path) is not None

    def tears(self, path: str) -> bool:
        """Whether this response is cut."""
        return self._take(self._tears, path) is not None

    def part_failure(self) -> GoogleError | None:
        """The error that this part of a batch shall be."""
        if self._part_error is None:
            return None
        with self._lock:
            if self._parts_left == 0 or self._rng.random() >= self._share:
                return None
            if self._parts_left is not None:
                self._parts_left -= 1
            return self._part_error

    def empties_page(self) -> bool:
        """Whether this page shall be empty."""
        if not self._every:
            return False
        with self._lock:
            self._pages += 1
            return self._pages % self._every == 0

    def _take(self, knobs: list[_Countdown], path: str) -> _Countdown | None:
        if not knobs:
            return None
        with self._lock:
            for knob in knobs:
                if knob.left > 0 and knob.path in path:
                    knob.left -= 1
                    return knob
        return None


def _error(status: int, reason: str, retry_after: int | None) -> GoogleError:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    domain = "usageLimits" if "imit" in reason else "global"
    return GoogleError(status, reason, _SAID.get(reason, reason), domain, headers=headers)
