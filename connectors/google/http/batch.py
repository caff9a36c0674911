"""Many reading requests, sent as batches and repeated until each has a definite outcome.

Google may answer a batch with 200 while single parts of it are refused, lost or torn. Only those
parts are sent again. The size of the next batch follows from the quota and from the concurrency
limit that the mailbox has shown.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.errors import AuthRequired
from connectors.google.http.concurrency import ConcurrencyLimit
from connectors.google.http.errors import ApiError
from connectors.google.http.retry import TransientError
from connectors.google.http.transport import MAX_REFRESHES, Transport

Outcomes = dict[str, dict[str, Any] | ApiError]
"""Of each request, by its key: the JSON object, or the error response that is final for it."""

# A request that fails this often while others succeed is at fault itself.
_MAX_FAILURES = 8


class BatchExecutor:
    """Executes many reading requests over one connection; keeps what it learns about limits."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._limit = ConcurrencyLimit()

    def execute_all(self, requests: Mapping[str, Any]) -> Outcomes:
        """Return the outcome of each of these requests, by its key.

        A request at which Google fails again and again (5xx), while it answers others, has that
        error as its outcome. Raises AuthRequired; Retriable if no request succeeds any more;
        Refused if Google refuses this kind of call altogether (403); StopRequested.
        """
        outcomes: Outcomes = {}
        queue = deque(requests)
        failures: Counter[str] = Counter()
        failed_batches = refreshes = 0
        while queue:
            keys = self._next_batch(queue, requests)
            errors, unauthorised = self._send(keys, requests, outcomes)
            if unauthorised is not None:
                if refreshes == MAX_REFRESHES:
                    raise unauthorised
                refreshes += 1
                queue.extend(key for key in keys if key not in outcomes)
                self._transport.refresh()
                continue
            refreshes = 0
            failures.update(errors.keys())
            failed_batches = failed_batches + 1 if len(errors) == len(keys) else 0
            for key, error in errors.items():
                if failures[key] >= _MAX_FAILURES and outcomes and error.api_error is not None:
                    outcomes[key] = error.api_error
                else:
                    queue.append(key)
            if errors:
                repeated = max(failures[key] for key in errors)
                self._back_off(list(errors.values()), len(keys), failed_batches, repeated)
            else:
                self._limit.on_success(len(keys))
        return outcomes

    def _back_off(
        self, errors: Sequence[TransientError], sent: int, failed_batches: int, repeated: int
    ) -> None:
        """Wait as long as the worst of these errors asks for.

        A part that failed once while the rest of its batch succeeded is only sent again. There is
        a wait for a limit, for whole batches that fail, and for a part that fails repeatedly.
        """
        worst = max(errors, key=lambda error: (error.retry_after or 0.0, error.quota_spent))
        too_concurrent = any(error.too_concurrent for error in errors)
        if too_concurrent:
            self._limit.on_refusal(sent, sent - len(errors))
        limited = too_concurrent or any(error.quota_spent for error in errors) or worst.retry_after
        if failed_batches or limited or repeated > 1:
            self._transport.retry.wait_after(worst, max(failed_batches, repeated // 2, 1))

    def _next_batch(self, queue: deque[str], requests: Mapping[str, Any]) -> list[str]:
        """Take the next keys off the queue, as many as both limits allow, and at least one."""
        keys: list[str] = []
        units = 0
        while queue and len(keys) < self._limit.size:
            units += self._transport.price(requests[queue[0]])
            if keys and units > self._transport.max_batch_units:
                break
            keys.append(queue.popleft())
        return keys

    def _send(
        self, keys: Sequence[str], requests: Mapping[str, Any], outcomes: Outcomes
    ) -> tuple[dict[str, TransientError], AuthRequired | None]:
        """Send one batch and add to `outcomes`; return the errors of the keys that have none."""
        responses = self._transport.post_batch([requests[key] for key in keys])
        errors: dict[str, TransientError] = {}
        unauthorised: AuthRequired | None = None
        for index, key in enumerate(keys):
            try:
                outcomes[key] = self._transport.read_part(responses.get(index))
            except TransientError as error:
                errors[key] = error
            except AuthRequired as error:
                unauthorised = error
        return errors, unauthorised
