"""Following a mailbox's history: what came, went and was filed since the last look.

Bulk is left alone until the owner answers it, as in a crawl, so that a store which followed a
mailbox for a year holds what one filled today would.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from connectors.api import Batch, Context
from connectors.errors import CursorExpired
from connectors.google.gmail import history, messages
from connectors.google.gmail.cursor import Place
from connectors.google.gmail.fetch import Reader, Task
from connectors.google.gmail.history import Change, Do
from connectors.google.gmail.listing import PAGE, USER, number_of, taken_in
from connectors.google.gmail.options import Aim
from connectors.google.http.errors import Refused
from connectors.google.http.transport import Transport


@dataclass(slots=True)
class _Todo:
    """What a page of the history asks for. `left`: bulk left alone, by Gmail's word for it."""

    gone: tuple[str, ...]
    adopted: frozenset[str] = frozenset()
    tasks: list[Task] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)


class Follow:
    """The history of one mailbox over one connection, from a place on."""

    def __init__(self, google: Transport, reader: Reader, context: Context, aim: Aim) -> None:
        self._google = google
        self._reader = reader
        self._context = context
        self._aim = aim

    def batches(self, place: Place) -> Iterator[Batch]:
        """What has happened since, a page at a time.

        Raises CursorExpired where Gmail has forgotten the place, else as the transport.
        """
        done = 0
        while True:
            try:
                page = self._page(place)
            except Refused as error:
                if error.status == HTTPStatus.NOT_FOUND:
                    raise CursorExpired(
                        "Gmail no longer knows what changed since the last pull: its ids are "
                        "listed again"
                    ) from error
                if error.status != HTTPStatus.BAD_REQUEST or not place.page:
                    raise
                place = replace(place, page="")
                continue
            # The mailbox may go on changing between two pages: what the first one named is
            # certainly covered, and what comes twice does no harm.
            place = replace(
                place,
                page=str(page.get("nextPageToken") or ""),
                upto=place.upto or _newest(place.history, page.get("historyId")),
            )
            todo = self._todo(history.read_changes(page.get("history") or ()))
            found = self._reader.read(todo.tasks)
            done += sum(len(task.refs) for task in todo.tasks)
            if done:
                self._context.progress(done, None if place.page else done)
            yield Batch(
                cursor=str(place if place.page else Place(place.upto)),
                interactions=tuple(found.interactions),
                skipped=tuple(found.skipped),
                answers=tuple(found.answers),
                reports=tuple(found.reports),
                deleted=(*todo.gone, *found.gone),
                adopted=tuple(sorted(todo.adopted)),
                left=(todo.left + found.left).total(),
                units=self._google.take_units(),
            )
            if not place.page or self._context.stop.is_set():
                return

    def _page(self, place: Place) -> dict[str, Any]:
        return self._google.execute(
            self._google.service.users()
            .history()
            .list(
                userId=USER,
                startHistoryId=place.history,
                maxResults=PAGE,
                pageToken=place.page or None,
                fields=history.FIELDS,
            )
        )

    def _todo(self, found: Mapping[str, Change]) -> _Todo:
        """What the last words on these messages, by their ids, ask to be done."""
        living = {ref: change for ref, change in found.items() if change.do is not Do.DROP}
        todo = _Todo(gone=tuple(ref for ref in found if ref not in living))
        if not living:
            return todo
        known = self._context.known(living.keys())
        threads: dict[str, dict[str, Change]] = defaultdict(dict)
        for ref, change in living.items():
            if change.do is Do.READ or ref not in known:
                threads[change.thread or ref][ref] = change
        if not threads:
            return todo
        todo.adopted = self._adopted(living, living.keys() - known.keys())
        before = self._context.answered(threads.keys())
        for thread, news in threads.items():
            self._add(todo, thread, news, known, answered_before=thread in before)
        return todo

    def _add(
        self,
        todo: _Todo,
        thread: str,
        news: Mapping[str, Change],
        known: Collection[str],
        *,
        answered_before: bool,
    ) -> None:
        """Add what the news of one thread asks for.

        The owner's first word in a thread makes a conversation of all that stands in it, whatever
        of that was left alone before. What they wrote before `since` is not stored: whether there
        is any, a look at the thread tells.
        """
        answered_now = any(change.sent for change in news.values())
        answered, read_bulk = answered_before or answered_now, self._aim.read_bulk
        left = {
            ref
            for ref, change in news.items()
            if not (answered or read_bulk or ref in known) and messages.is_bulk(change.labels)
        }
        look = bool(left) and taken_in(number_of(thread)) < self._aim.since
        if look:
            left.clear()
        first_word = answered_now and not answered_before and news.keys() != {thread}
        whole = look or (first_word and not read_bulk)
        refs = tuple(ref for ref in news if ref not in left and ref not in todo.adopted)
        todo.left.update(messages.tab_of(news[ref].labels) for ref in left)
        if refs or whole:
            kept = frozenset(ref for ref in refs if ref in known)
            todo.tasks.append(Task(thread, refs, whole=whole, answered=answered, kept=kept))

    def _adopted(self, changed: Mapping[str, Change], refs: Collection[str]) -> frozenset[str]:
        """Those that another source of the owner has brought, as they are now."""
        return frozenset(
            ref
            for ref, stored in self._context.elsewhere(refs).items()
            if messages.says_the_same(
                stored, messages.evidence_of(changed[ref].labels), sent=changed[ref].sent
            )
        )


def _newest(known: str, said: object) -> str:
    """The later of two history ids: unsigned 64-bit numbers, as text."""
    text = str(said or "")
    return text if text.isdecimal() and int(text) > int(known) else known
