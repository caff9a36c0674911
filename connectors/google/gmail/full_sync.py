"""A full sync of a mailbox: the first time, and after Gmail has dropped the history.

It lists the whole mailbox first, which costs some hundred units. The listing alone decides what to
read, in which order and at what price, and that plan is announced before any of it is spent. What
the store, or another source of the owner, already holds is not read again. So a full sync that
was stopped goes on where it was, whatever has happened to the mailbox meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from connectors.api import Batch, Context, Plan, Skip, Window
from connectors.google.gmail import messages
from connectors.google.gmail.fetch import Fetcher, FetchResult, ThreadRequest
from connectors.google.gmail.listing import Label, Listing, list_mailbox, tab_label_ids
from connectors.google.gmail.options import SyncOptions
from connectors.google.gmail.plan import PlannedThread, Priority, ReadingPlan, prioritise
from connectors.google.http.transport import Transport

_REFS_PER_QUERY = 5000  # references that the store is asked about at once
_MESSAGES_PER_BATCH = 250  # at most
# A batch costs no more units than this many minutes have: a kill loses no more.
_MINUTES_PER_BATCH = 1 / 6

# Whether a message is held already: not at all, in the store, by another source of the owner, or
# in the store with evidence of bulk that is no longer true.
_NEW, _STORED, _HELD_ELSEWHERE, _OUTDATED = range(4)
_SETTLED = frozenset({_STORED, _HELD_ELSEWHERE})


class FullSync:
    """One full sync of a mailbox over one connection."""

    def __init__(
        self, google: Transport, fetcher: Fetcher, context: Context, options: SyncOptions
    ) -> None:
        self._google = google
        self._fetcher = fetcher
        self._context = context
        self._options = options

    def batches(self, *, unfinished: str, finished: str) -> Iterator[Batch]:
        """Yield the mailbox in batches, with the cursor `unfinished`; the last has `finished`.

        Raises as the transport.
        """
        options, now = self._options, self._context.now()
        listing = list_mailbox(self._google)
        priorities = prioritise(listing, since=options.since, now=now, read_bulk=options.read_bulk)
        states = self._states(listing, priorities)
        settled = bytearray(state in _SETTLED for state in states)
        reading = ReadingPlan(listing, priorities, settled, options.prices)
        progress = Plan(
            listed=len(listing),
            wanted=len(reading),
            known=settled.count(1),
            units=reading.units,
            units_per_minute=options.units_per_minute,
            unread=dict(reading.unread),
            back_to=_complete_back_to(reading, listing, options),
        )
        self._context.announce(progress)
        for batch in self._batches_without_reading(listing, priorities, states):
            units = self._google.take_units()
            yield replace(batch, cursor=unfinished, units=units, plan=progress)
        for threads, next_sent in self._chunks(reading, listing):
            result = self._fetcher.fetch([_request(listing, thread) for thread in threads])
            progress = _advance(progress, threads, options, next_sent)
            self._context.progress(progress.spent, progress.units)
            yield _batch(result, cursor=unfinished, units=self._google.take_units(), plan=progress)
        yield Batch(
            cursor=finished,
            covers=Window(start=options.since),
            left=sum(progress.unread.values()),
            units=self._google.take_units(),
            plan=progress,
        )

    def _states(self, listing: Listing, priorities: bytearray) -> bytearray:
        """Return whether each message is held already, by its position.

        A message whose stored evidence of bulk is outdated is given a priority that reads it.
        """
        states = bytearray(len(listing))
        for positions in _query_ranges(len(listing)):
            by_ref = {
                listing.ref(position): position
                for position in positions
                if priorities[position] != Priority.UNREAD_OLD
            }
            for ref, evidence in self._context.known(by_ref.keys()).items():
                position = by_ref.pop(ref)
                if _is_up_to_date(listing, position, evidence):
                    states[position] = _STORED
                else:
                    states[position] = _OUTDATED
                    priorities[position] = min(priorities[position], Priority.UNCERTAIN)
            wanted = [
                ref for ref, position in by_ref.items() if priorities[position] <= Priority.BULK
            ]
            for ref, evidence in self._context.elsewhere(wanted).items():
                if _is_up_to_date(listing, by_ref[ref], evidence):
                    states[by_ref[ref]] = _HELD_ELSEWHERE
        return states

    def _batches_without_reading(
        self, listing: Listing, priorities: bytearray, states: bytearray
    ) -> Iterator[Batch]:
        """Yield what the listing says by itself, in batches without a cursor; at least one."""
        for positions in _query_ranges(len(listing)) or [range(0)]:
            yield Batch(
                cursor="",
                begins=not positions.start,
                seen=tuple(
                    listing.ref(position)
                    for position in positions
                    if states[position] in {_STORED, _OUTDATED}
                ),
                adopted=tuple(
                    listing.ref(position)
                    for position in positions
                    if states[position] == _HELD_ELSEWHERE
                ),
                skipped=tuple(
                    Skip(listing.ref(position), messages.CHAT)
                    for position in positions
                    if priorities[position] == Priority.NO_MAIL
                    and listing.labels[position] & Label.CHAT
                    and states[position] == _NEW
                ),
            )

    def _chunks(
        self, reading: ReadingPlan, listing: Listing
    ) -> Iterator[tuple[list[PlannedThread], datetime | None]]:
        """Yield threads of one priority for a batch, and when the next thread's newest was sent.

        That time is None once the last thread of the priority `PEOPLE` has been yielded.
        """
        max_units = self._options.units_per_minute * _MINUTES_PER_BATCH
        chunk: list[PlannedThread] = []
        units = count = 0
        for thread in reading.threads():
            size = len(thread.positions)
            price = self._options.prices.reading(size)
            is_full = units + price > max_units or count + size > _MESSAGES_PER_BATCH
            if chunk and (is_full or thread.priority is not chunk[0].priority):
                people = thread.priority is Priority.PEOPLE
                yield chunk, listing.received_about(thread.positions[0]) if people else None
                chunk, units, count = [], 0, 0
            chunk.append(thread)
            units, count = units + price, count + size
        if chunk:
            yield chunk, None


def _query_ranges(count: int) -> list[range]:
    return [range(n, min(n + _REFS_PER_QUERY, count)) for n in range(0, count, _REFS_PER_QUERY)]


def _is_up_to_date(listing: Listing, position: int, stored_evidence: str | None) -> bool:
    """Whether a message's stored evidence of bulk agrees with the labels it has now."""
    labels = listing.labels[position]
    evidence = messages.bulk_evidence(tab_label_ids(labels))
    return messages.evidence_agrees(stored_evidence, evidence, sent=bool(labels & Label.SENT))


def _request(listing: Listing, thread: PlannedThread) -> ThreadRequest:
    refs = tuple(listing.ref(position) for position in thread.positions)
    # As answered: the plan has decided what is read, whatever tab it may lie in by now.
    return ThreadRequest(listing.thread_ref(thread.positions[0]), refs, answered=True)


def _complete_back_to(reading: ReadingPlan, listing: Listing, options: SyncOptions) -> datetime:
    """Return from when on people's mail is complete before anything is read."""
    first = next(reading.threads(), None)
    if first is None or first.priority is not Priority.PEOPLE:
        return options.since
    return max(listing.received_about(first.positions[0]), options.since)


def _advance(
    progress: Plan, threads: list[PlannedThread], options: SyncOptions, next_sent: datetime | None
) -> Plan:
    """Return the progress after these threads; people's mail is complete after `next_sent`."""
    sizes = [len(thread.positions) for thread in threads]
    return replace(
        progress,
        read=progress.read + sum(sizes),
        spent=progress.spent + sum(options.prices.reading(size) for size in sizes),
        back_to=max(next_sent, options.since) if next_sent is not None else options.since,
    )


def _batch(result: FetchResult, *, cursor: str, units: int, plan: Plan) -> Batch:
    return Batch(
        cursor=cursor,
        interactions=tuple(result.interactions),
        skipped=tuple(result.skipped),
        answers=tuple(result.answers),
        reports=tuple(result.reports),
        deleted=tuple(result.deleted),
        units=units,
        plan=plan,
    )
