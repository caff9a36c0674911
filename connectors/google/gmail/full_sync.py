"""Reading a mailbox from its lists: the first time, or once Gmail has forgotten the history.

First everything is listed, for some hundred units. From the lists follows what to read, how and in
which order, and what that costs; that is announced before any of it is spent. What the store
knows already, or another source of the owner's has brought, is not read again: so a crawl that
was stopped goes on where it was, whatever happened to the mailbox meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from connectors.api import Batch, Context, Plan, Skip, Window
from connectors.google.gmail import messages
from connectors.google.gmail.fetch import Found, Reader, Task
from connectors.google.gmail.listing import Listing, Mark, list_mailbox, tab_labels
from connectors.google.gmail.options import Aim
from connectors.google.gmail.plan import Outline, Step, Turn, turns
from connectors.google.http.transport import Transport

_ASKED_AT_ONCE = 5000  # references that the store is asked about
_MOST_AT_ONCE = 250  # messages in a Batch
_BATCH_MINUTES = 1 / 6  # and no more units than flow in so long: a stop loses no more

# What is known of a message: nothing, all, all by another source, or what is true no more.
_UNKNOWN, _KNOWN, _ADOPTED, _CHANGED = range(4)
_SETTLED = frozenset({_KNOWN, _ADOPTED})


class Crawl:
    """One crawl of a mailbox over one connection."""

    def __init__(self, google: Transport, reader: Reader, context: Context, aim: Aim) -> None:
        self._google = google
        self._reader = reader
        self._context = context
        self._aim = aim

    def batches(self, *, crawling: str, done: str) -> Iterator[Batch]:
        """The mailbox, a piece at a time. The cursors: while it is crawled, and once it is whole.

        Raises as the transport.
        """
        aim, now = self._aim, self._context.now()
        listing = list_mailbox(self._google)
        turn = turns(listing, since=aim.since, now=now, read_bulk=aim.read_bulk)
        known = self._known(listing, turn)
        settled = bytearray(one in _SETTLED for one in known)
        outline = Outline(listing, turn, settled, aim.prices)
        plan = Plan(
            listed=len(listing),
            wanted=len(outline),
            known=settled.count(1),
            units=outline.units,
            units_per_minute=aim.units_per_minute,
            unread=dict(outline.unread),
            back_to=_known_back_to(outline, listing, aim),
        )
        self._context.announce(plan)
        for batch in self._standing(listing, turn, known):
            yield replace(batch, cursor=crawling, units=self._google.take_units(), plan=plan)
        for steps, onward in self._pieces(outline, listing):
            found = self._reader.read([_task(listing, step) for step in steps])
            plan = _further(plan, steps, aim, onward)
            self._context.progress(plan.spent, plan.units)
            yield _batch(found, cursor=crawling, units=self._google.take_units(), plan=plan)
        yield Batch(
            cursor=done,
            covers=Window(start=aim.since),
            left=sum(plan.unread.values()),
            units=self._google.take_units(),
            plan=plan,
        )

    def _known(self, listing: Listing, turn: bytearray) -> bytearray:
        """By place: whether the store, or another source, has what a reading would bring."""
        known = bytearray(len(listing))
        for places in _parts(len(listing)):
            asked = {listing.ref(p): p for p in places if turn[p] != Turn.LEFT_AS_OLDER}
            for ref, stored in self._context.known(asked.keys()).items():
                place = asked.pop(ref)
                if _agrees(listing, place, stored):
                    known[place] = _KNOWN
                else:
                    known[place] = _CHANGED
                    turn[place] = min(turn[place], Turn.PERHAPS)
            wanted = [ref for ref, place in asked.items() if turn[place] <= Turn.BULK]
            for ref, stored in self._context.elsewhere(wanted).items():
                if _agrees(listing, asked[ref], stored):
                    known[asked[ref]] = _ADOPTED
        return known

    def _standing(self, listing: Listing, turn: bytearray, known: bytearray) -> Iterator[Batch]:
        """What need not be read: the first batches, without cursor."""
        for places in _parts(len(listing)) or [range(0)]:
            yield Batch(
                cursor="",
                begins=not places.start,
                seen=tuple(listing.ref(p) for p in places if known[p] in {_KNOWN, _CHANGED}),
                adopted=tuple(listing.ref(p) for p in places if known[p] == _ADOPTED),
                skipped=tuple(
                    Skip(listing.ref(p), messages.CHAT)
                    for p in places
                    if turn[p] == Turn.NO_MAIL and listing.marks[p] & Mark.CHAT and not known[p]
                ),
            )

    def _pieces(
        self, outline: Outline, listing: Listing
    ) -> Iterator[tuple[list[Step], datetime | None]]:
        """Steps of one turn for a batch each, and when the newest that is then to come was sent.

        Of threads with people only: None once all of them are among those given out.
        """
        most = self._aim.units_per_minute * _BATCH_MINUTES
        piece: list[Step] = []
        units = count = 0
        for step in outline.steps():
            price = self._aim.prices.reading(len(step.places))
            full = units + price > most or count + len(step.places) > _MOST_AT_ONCE
            if piece and (full or step.turn is not piece[0].turn):
                people = step.turn is Turn.PEOPLE
                yield piece, listing.about(step.places[0]) if people else None
                piece, units, count = [], 0, 0
            piece.append(step)
            units, count = units + price, count + len(step.places)
        if piece:
            yield piece, None


def _parts(count: int) -> list[range]:
    return [range(n, min(n + _ASKED_AT_ONCE, count)) for n in range(0, count, _ASKED_AT_ONCE)]


def _agrees(listing: Listing, place: int, stored: str | None) -> bool:
    """Whether what is stored of a message fits what the lists say of it now."""
    marks = listing.marks[place]
    evidence = messages.evidence_of(tab_labels(marks))
    return messages.says_the_same(stored, evidence, sent=bool(marks & Mark.SENT))


def _task(listing: Listing, step: Step) -> Task:
    """All of it is wanted, whatever tab it may lie in by now: the lists have decided."""
    refs = tuple(listing.ref(place) for place in step.places)
    return Task(listing.thread(step.places[0]), refs, answered=True)


def _known_back_to(outline: Outline, listing: Listing, aim: Aim) -> datetime:
    """Since when people's mail is known, before anything more is read."""
    first = next(outline.steps(), None)
    if first is None or first.turn is not Turn.PEOPLE:
        return aim.since
    return max(listing.about(first.places[0]), aim.since)


def _further(plan: Plan, steps: list[Step], aim: Aim, onward: datetime | None) -> Plan:
    """The plan once these steps are done; all of people's mail later than `onward` is known."""
    return replace(
        plan,
        read=plan.read + sum(len(step.places) for step in steps),
        spent=plan.spent + sum(aim.prices.reading(len(step.places)) for step in steps),
        back_to=max(onward, aim.since) if onward is not None else aim.since,
    )


def _batch(found: Found, *, cursor: str, units: int, plan: Plan) -> Batch:
    return Batch(
        cursor=cursor,
        interactions=tuple(found.interactions),
        skipped=tuple(found.skipped),
        answers=tuple(found.answers),
        reports=tuple(found.reports),
        deleted=tuple(found.gone),
        units=units,
        plan=plan,
    )
