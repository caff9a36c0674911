"""A partial sync of a mailbox: what Gmail's history says has changed since the last pull.

Bulk is left unread until the owner answers it, as in a full sync, so that a store which followed a
mailbox for a year holds what a store filled today would.
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
from connectors.google.gmail.cursor import GmailCursor
from connectors.google.gmail.fetch import Fetcher, ThreadRequest
from connectors.google.gmail.history import Change, HistoryAction
from connectors.google.gmail.listing import PAGE_SIZE, USER, parse_id, time_in_id
from connectors.google.gmail.options import SyncOptions
from connectors.google.http.errors import Refused
from connectors.google.http.transport import Transport


@dataclass(slots=True)
class _PageWork:
    """What one page of the history requires.

    `unread`: number of messages left unread as bulk, by tab. `elsewhere`: ids of messages that
    another source of the owner already holds.
    """

    deleted: tuple[str, ...]
    elsewhere: frozenset[str] = frozenset()
    requests: list[ThreadRequest] = field(default_factory=list)
    unread: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _ThreadNews:
    """The changes of one thread, by message id. `stored`: ids that the store holds.

    `answered_before`: the owner had written in the thread before these changes.
    """

    thread: str
    changes: Mapping[str, Change]
    stored: Collection[str]
    answered_before: bool

    @property
    def answered_now(self) -> bool:
        """Whether the owner wrote one of the changed messages."""
        return any(change.sent for change in self.changes.values())

    @property
    def is_first_answer(self) -> bool:
        """Whether the owner wrote here for the first time, in a thread that existed before.

        A thread has the id of its first message.
        """
        return (
            self.answered_now and not self.answered_before and self.changes.keys() != {self.thread}
        )

    def unanswered_bulk(self) -> set[str]:
        """Return the ids of new messages in bulk tabs, if the owner never wrote in the thread."""
        if self.answered_before or self.answered_now:
            return set()
        return {
            ref
            for ref, change in self.changes.items()
            if ref not in self.stored and messages.is_bulk(change.labels)
        }

    def request(self, refs: tuple[str, ...], *, whole: bool) -> ThreadRequest:
        """Return the request for these messages of the thread; `whole`: see `ThreadRequest`."""
        return ThreadRequest(
            self.thread,
            refs,
            whole=whole,
            answered=self.answered_before or self.answered_now,
            stored=frozenset(ref for ref in refs if ref in self.stored),
        )


class PartialSync:
    """A partial sync of one mailbox over one connection."""

    def __init__(
        self, google: Transport, fetcher: Fetcher, context: Context, options: SyncOptions
    ) -> None:
        self._google = google
        self._fetcher = fetcher
        self._context = context
        self._options = options

    def batches(self, cursor: GmailCursor) -> Iterator[Batch]:
        """Yield what has changed since the cursor, one page of the history at a time.

        Raises CursorExpired if Gmail has dropped that part of the history, else as the transport.
        """
        done = 0
        while True:
            try:
                page = self._page(cursor)
            except Refused as error:
                cursor = _restarted(cursor, error)
                continue
            # The mailbox may change between two pages. What the first page named is certainly
            # covered, and what comes twice does no harm.
            cursor = replace(
                cursor,
                page=str(page.get("nextPageToken") or ""),
                upto=cursor.upto or _newest(cursor.history, page.get("historyId")),
            )
            work = self._work(history.read_changes(page.get("history") or ()))
            result = self._fetcher.fetch(work.requests)
            done += sum(len(request.refs) for request in work.requests)
            if done:
                self._context.progress(done, None if cursor.page else done)
            yield Batch(
                cursor=str(cursor if cursor.page else GmailCursor(cursor.upto)),
                interactions=tuple(result.interactions),
                skipped=tuple(result.skipped),
                answers=tuple(result.answers),
                reports=tuple(result.reports),
                deleted=(*work.deleted, *result.deleted),
                adopted=tuple(sorted(work.elsewhere)),
                left=(work.unread + result.unread).total(),
                units=self._google.take_units(),
            )
            if not cursor.page or self._context.stop.is_set():
                return

    def _page(self, cursor: GmailCursor) -> dict[str, Any]:
        return self._google.execute(
            self._google.service.users()
            .history()
            .list(
                userId=USER,
                startHistoryId=cursor.history,
                maxResults=PAGE_SIZE,
                pageToken=cursor.page or None,
                fields=history.FIELDS,
            )
        )

    def _work(self, changes: Mapping[str, Change]) -> _PageWork:
        """Return what these changes, by message id, require."""
        present = {
            ref: change
            for ref, change in changes.items()
            if change.action is not HistoryAction.DROP
        }
        work = _PageWork(deleted=tuple(ref for ref in changes if ref not in present))
        if not present:
            return work
        stored = self._context.known(present.keys())
        threads: dict[str, dict[str, Change]] = defaultdict(dict)
        for ref, change in present.items():
            if change.action is HistoryAction.READ or ref not in stored:
                threads[change.thread or ref][ref] = change
        if not threads:
            return work
        work.elsewhere = self._held_elsewhere(present, present.keys() - stored.keys())
        answered_before = self._context.answered(threads.keys())
        for thread, news in threads.items():
            self._add(work, _ThreadNews(thread, news, stored, thread in answered_before))
        return work

    def _add(self, work: _PageWork, news: _ThreadNews) -> None:
        """Add what the changes of one thread require."""
        bulk = set() if self._options.read_bulk else news.unanswered_bulk()
        # Mail that the owner wrote before `since` is not stored. In a thread that old, only the
        # thread itself says whether there is any.
        uncertain = bool(bulk) and time_in_id(parse_id(news.thread)) < self._options.since
        unread = set() if uncertain else bulk
        work.unread.update(messages.tab_name(news.changes[ref].labels) for ref in unread)
        refs = tuple(ref for ref in news.changes if ref not in unread | work.elsewhere)
        whole = uncertain or self._becomes_conversation(news)
        if refs or whole:
            work.requests.append(news.request(refs, whole=whole))

    def _becomes_conversation(self, news: _ThreadNews) -> bool:
        """Whether all messages of a thread are to be read, also those left unread as bulk before.

        They are when the owner writes in it for the first time.
        """
        return news.is_first_answer and not self._options.read_bulk

    def _held_elsewhere(
        self, changes: Mapping[str, Change], refs: Collection[str]
    ) -> frozenset[str]:
        """Return those of `refs` that another source of the owner holds, with the same content."""
        return frozenset(
            ref
            for ref, evidence in self._context.elsewhere(refs).items()
            if messages.evidence_agrees(
                evidence, messages.bulk_evidence(changes[ref].labels), sent=changes[ref].sent
            )
        )


def _restarted(cursor: GmailCursor, error: Refused) -> GmailCursor:
    """Return the cursor without its page token, if `error` says that the token has expired.

    Raises CursorExpired if the history is gone, else the error itself.
    """
    if error.status == HTTPStatus.NOT_FOUND:
        raise CursorExpired(
            "Gmail no longer knows what changed since the last pull: its ids are listed again"
        ) from error
    if error.status != HTTPStatus.BAD_REQUEST or not cursor.page:
        raise error
    return replace(cursor, page="")


def _newest(history_id: str, other: object) -> str:
    """Return the later of two history ids: unsigned 64-bit numbers, as text."""
    text = str(other or "")
    return text if text.isdecimal() and int(text) > int(history_id) else history_id
