"""Reading many things at once: each is asked for until it has a definite answer.

Google answers a batch with 200 while single parts of it are refused, lost or torn. Those are
queued again; the others' answers are kept. How many go together follows from the quota and from
what the mailbox was seen to take.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.errors import AuthRequired
from connectors.google.http.concurrency import Flight
from connectors.google.http.errors import Refusal
from connectors.google.http.retry import Passing
from connectors.google.http.transport import RENEWALS, Transport

Answers = dict[str, dict[str, Any] | Refusal]

# What fails so often while others are answered is a matter of that one thing.
_HOPELESS = 8


class Batches:
    """Carries out many reading requests over one connection, and learns as it goes."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.flight = Flight()

    def read_all(self, requests: Mapping[str, Any]) -> Answers:
        """The answer to each of these requests, by its key; or the refusal it met.

        What Google has trouble with again and again, while it answers the rest, keeps that
        refusal (5xx). Raises AuthRequired; Retriable where nothing moves any more; Refused where
        Google refuses the kind of call altogether (403); Stopped.
        """
        answers: Answers = {}
        queue = deque(requests)
        failures: Counter[str] = Counter()
        fruitless = renewed = 0
        while queue:
            keys = self._next(queue, requests)
            faults, unauthorised = self._ask(keys, requests, answers)
            if unauthorised is not None:
                if renewed == RENEWALS:
                    raise unauthorised
                renewed += 1
                queue.extend(key for key in keys if key not in answers)
                self._transport.renew()
                continue
            renewed = 0
            failures.update(faults.keys())
            fruitless = fruitless + 1 if len(faults) == len(keys) else 0
            for key, fault in faults.items():
                if failures[key] >= _HOPELESS and answers and fault.refusal is not None:
                    answers[key] = fault.refusal
                else:
                    queue.append(key)
            if faults:
                often = max(failures[key] for key in faults)
                self._settle(list(faults.values()), len(keys), fruitless, often)
            else:
                self.flight.passed(len(keys))
        return answers

    def _settle(self, faults: Sequence[Passing], sent: int, fruitless: int, often: int) -> None:
        """Wait as long as the worst of these faults asks for.

        Where the rest of the batch went through, a part that had bad luck is only asked again.
        One that fails every time, or a limit, is waited for.
        """
        worst = max(faults, key=lambda fault: (fault.retry_after or 0.0, fault.spent))
        crowded = any(fault.crowded for fault in faults)
        if crowded:
            self.flight.refused(sent, sent - len(faults))
        limited = crowded or any(fault.spent for fault in faults) or worst.retry_after
        if fruitless or limited or often > 1:
            self._transport.waiting.after(worst, max(fruitless, often // 2, 1))

    def _next(self, queue: deque[str], requests: Mapping[str, Any]) -> list[str]:
        """As many as may go together: by what is under way, and by what the bucket holds."""
        keys: list[str] = []
        units = 0
        while queue and len(keys) < self.flight.size:
            units += self._transport.price(requests[queue[0]])
            if keys and units > self._transport.room:
                break
            keys.append(queue.popleft())
        return keys

    def _ask(
        self, keys: Sequence[str], requests: Mapping[str, Any], answers: Answers
    ) -> tuple[dict[str, Passing], AuthRequired | None]:
        """Ask for these: what became of those without an answer."""
        parts = self._transport.post_batch([requests[key] for key in keys])
        faults: dict[str, Passing] = {}
        unauthorised: AuthRequired | None = None
        for place, key in enumerate(keys):
            try:
                answers[key] = self._transport.part(parts.get(place))
            except Passing as fault:
                faults[key] = fault
            except AuthRequired as error:
                unauthorised = error
        return faults, unauthorised
