"""The retry policy for transient errors: how often a call is tried, and how long between tries.

Waits grow exponentially with jitter, respect `Retry-After`, and end at once when the engine asks
to stop.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from connectors.api import Context
from connectors.errors import Retriable
from connectors.google.http.errors import ApiError

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Number of attempts, and seconds between them (doubling from `first_wait` to `longest_wait`).

    The attempts at a rate limit last more than a minute in all, since Google counts by the
    minute. A time that Google names is waited for if it is at most `longest_retry_after` away.
    """

    attempts: int = 5
    attempts_when_limited: int = 7
    first_wait: float = 1.0
    longest_wait: float = 32.0
    longest_retry_after: float = 90.0


class StopRequested(Retriable):
    """The engine asked to stop during a wait."""


class TransientError(Exception):
    """A call failed in a way that may pass; it is worth `attempts` attempts in all.

    `retry_after`: seconds that Google asks to wait, if it names a time. `too_concurrent`: too
    many calls were sent at once. `quota_spent`: the minute's quota is used up. `api_error`:
    Google's error response to this single call, if there was one.
    """

    def __init__(
        self,
        text: str,
        attempts: int,
        retry_after: float | None = None,
        *,
        too_concurrent: bool = False,
        quota_spent: bool = False,
        api_error: ApiError | None = None,
    ) -> None:
        super().__init__(text)
        self.attempts = attempts
        self.retry_after = retry_after
        self.too_concurrent = too_concurrent
        self.quota_spent = quota_spent
        self.api_error = api_error


class Retry:
    """Calls and waits for one source by a retry policy.

    Each wait raises `StopRequested` as soon as the engine asks to stop.
    """

    def __init__(self, context: Context, policy: RetryPolicy) -> None:
        self._context = context
        self.policy = policy

    def call(self, action: Callable[[], _T]) -> _T:
        """Return what `action` returns; call it again after each `TransientError` that it raises.

        Raises Retriable after the last attempt, or if Google names a time too far off.
        """
        failures = 0
        while True:
            if self._context.stop.is_set():
                raise StopRequested("stopped before the answer came")
            try:
                return action()
            except TransientError as error:
                failures += 1
                self.wait_after(error, failures)

    def wait_after(self, error: TransientError, failures: int) -> None:
        """Wait after this many failures in a row, of which `error` is the last.

        Raises Retriable if the attempts are used up, or if Google names a time too far off.
        """
        asked = error.retry_after
        if failures >= error.attempts or (asked or 0.0) > self.policy.longest_retry_after:
            raise Retriable(f"{error}".rstrip(".") + ".", retry_after=asked) from error
        seconds = min(self.policy.longest_wait, self.policy.first_wait * 2.0 ** (failures - 1))
        seconds *= random.uniform(1.0, 1.5)  # noqa: S311 - spreads the load; nothing secret
        seconds = max(seconds, asked or 0.0)
        self._context.log.info("waiting for Google", seconds=round(seconds, 1), why=str(error))
        self._sleep(seconds, "stopped while waiting for Google")

    def wait_for_quota(self, seconds: float) -> None:
        """Wait this long for units of the quota; return at once for 0 or less."""
        if seconds > 0:
            self._context.log.debug("keeping to the quota", seconds=round(seconds, 1))
            self._sleep(seconds, "stopped while keeping to the quota")

    def _sleep(self, seconds: float, why: str) -> None:
        if self._context.stop.wait(seconds):
            raise StopRequested(why)
