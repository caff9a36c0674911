"""What passes is waited out: how often, how long, and who ends the wait."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from connectors.api import Context
from connectors.errors import Retriable
from connectors.google.http.errors import Refusal

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Patience:
    """How often is tried, and how long is waited in between (seconds, doubling).

    Rate limits are given over a minute in all, for they are counted by the minute. A time that
    Google names is waited for up to `longest_asked`.
    """

    tries: int = 5
    tries_when_limited: int = 7
    first: float = 1.0
    longest: float = 32.0
    longest_asked: float = 90.0


class Stopped(Retriable):
    """The engine asked to stop while something was waited for."""


class Passing(Exception):
    """A fault that may pass; `tries` says how often it is worth trying.

    `crowded`: too many calls were under way together. `spent`: the minute's quota is used up.
    `refusal`: what Google said, where it said something of that one call.
    """

    def __init__(
        self,
        text: str,
        tries: int,
        retry_after: float | None = None,
        *,
        crowded: bool = False,
        spent: bool = False,
        refusal: Refusal | None = None,
    ) -> None:
        super().__init__(text)
        self.tries = tries
        self.retry_after = retry_after
        self.crowded = crowded
        self.spent = spent
        self.refusal = refusal


class Waiting:
    """Waits for one source, and ends at once with `Stopped` when the engine is to stop."""

    def __init__(self, context: Context, patience: Patience) -> None:
        self._context = context
        self.patience = patience

    def patiently(self, action: Callable[[], _T]) -> _T:
        """What `action` returns, once it does; it is tried again where it raises `Passing`.

        Raises Retriable after some tries, or where Google names a time too far off.
        """
        tried = 0
        while True:
            if self._context.stop.is_set():
                raise Stopped("stopped before the answer came")
            try:
                return action()
            except Passing as fault:
                tried += 1
                self.after(fault, tried)

    def after(self, fault: Passing, tried: int) -> None:
        """Wait after the `tried`th fault in a row; Retriable where that was one too many."""
        asked = fault.retry_after
        if tried >= fault.tries or (asked or 0.0) > self.patience.longest_asked:
            raise Retriable(f"{fault}".rstrip(".") + ".", retry_after=asked) from fault
        pause = min(self.patience.longest, self.patience.first * 2.0 ** (tried - 1))
        pause *= random.uniform(1.0, 1.5)  # noqa: S311 - spreads the load; nothing secret
        pause = max(pause, asked or 0.0)
        self._context.log.info("waiting for Google", seconds=round(pause, 1), why=str(fault))
        self._sleep(pause, "stopped while waiting for Google")

    def for_quota(self, seconds: float) -> None:
        """Wait until there is room in the quota."""
        if seconds > 0:
            self._context.log.debug("keeping to the quota", seconds=round(seconds, 1))
            self._sleep(seconds, "stopped while keeping to the quota")

    def _sleep(self, seconds: float, why: str) -> None:
        if self._context.stop.wait(seconds):
            raise Stopped(why)
