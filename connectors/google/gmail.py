"""Gmail, by its API, with the scope that lets headers be read and nothing else.

A first pull notes where the mailbox's history stands, crawls the mailbox as `crawl` says, and then
follows the history from the noted place. Later pulls only follow the history. When Gmail has
forgotten that place (it remembers a week or so), the mailbox is crawled again: then only what is
new is read.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, ClassVar, Self

from pydantic import Field

from connectors.api import Batch, Channel, Context
from connectors.errors import CursorExpired
from connectors.google.access import auth
from connectors.google.access.consent import authorize
from connectors.google.access.renewing import outlook
from connectors.google.mailbox import changes, messages
from connectors.google.mailbox.changes import Change, Do
from connectors.google.mailbox.crawl import Aim, Crawl
from connectors.google.mailbox.listing import PAGE, USER, number_of, taken_in
from connectors.google.mailbox.reading import Reader, Task
from connectors.google.settings import GoogleConfig
from connectors.google.wire.pace import Pace
from connectors.google.wire.quota import Prices
from connectors.google.wire.refusals import Refused
from connectors.google.wire.transport import GMAIL, Stopped, Transport


class GmailConfig(GoogleConfig):
    """`type = "gmail"`."""

    units_per_minute: int = Field(
        default=6000,
        ge=100,
        le=100_000_000,
        description="Gmail's quota for one user; 15000 for projects made before May 2026, "
        "whose reads cost a quarter",
    )
    read_bulk: bool = Field(
        default=False,
        description="read also what lies in the tabs promotions, social, updates and forums "
        "and was never answered",
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a pull stands; as JSON it is the cursor.

    `history`: the id from which the history is to be followed. While the mailbox is crawled,
    `since` is set (seconds since 1970). While the history is followed, `page` is the token of the
    next page, and `upto` the id that the first page named.
    """

    history: str
    page: str = ""
    since: float | None = None
    upto: str = ""

    @classmethod
    def read(cls, cursor: str) -> Self:
        try:
            place = cls(**json.loads(cursor))
            int(place.history)
        except (TypeError, ValueError) as error:
            raise CursorExpired(
                "the cursor is none of Gmail's: the mailbox is listed anew"
            ) from error
        return place

    def __str__(self) -> str:
        said = {key: value for key, value in asdict(self).items() if value not in ("", None)}
        return json.dumps(said, separators=(",", ":"))


class Gmail:
    """A mailbox at Google. Reads ids, labels, times and header fields of messages."""

    name: ClassVar[str] = "gmail"
    channels: ClassVar[frozenset[Channel]] = frozenset({Channel.MAIL})
    Config: ClassVar[type[GmailConfig]] = GmailConfig

    def __init__(self, config: GmailConfig, context: Context) -> None:
        self._config = config
        self._context = context
        self._grant = auth.Grant.of(config, context, auth.METADATA)

    def authorize(self, *, open_browser: bool = True) -> str:
        """Ask the owner for `gmail.metadata`, and keep what they grant."""
        return authorize(self._grant, open_browser=open_browser)

    def outlook(self) -> str:
        """What is to be expected of this access, in one sentence; else empty. Asks nobody."""
        return outlook(self._grant)

    def check(self) -> str:
        """The mailbox's address, and how many messages it holds."""
        with self._open() as google:
            profile = self._profile(google)
        address, total = profile.get("emailAddress", ""), int(profile.get("messagesTotal", 0))
        hint = "" if address in self._context.own else ", which is not among your own addresses"
        return f"{address}{hint}, {total:,} messages"

    def pull(self, cursor: str | None) -> Iterator[Batch]:
        """Yield what is new, as the module says; a first reading begins with people, the newest.

        Raises AuthRequired, Retriable, CursorExpired or Fatal.
        """
        place = None if cursor is None else _Place.read(cursor)
        try:
            with self._open() as google:
                if place is None:
                    place = self._beginning(google)
                if place.since is not None:
                    done = _Place(place.history)
                    for batch in self._crawl(google, place, done):
                        yield batch
                        if self._context.stop.is_set():
                            return
                    place = done
                yield from self._follow(google, place)
        except Stopped:
            return

    @property
    def _prices(self) -> Prices:
        return Prices.under(self._config.units_per_minute)

    def _open(self) -> Transport:
        prices, clock = self._prices, self._context.monotonic
        return Transport(
            GMAIL,
            self._grant,
            self._context,
            endpoint=self._config.api_endpoint,
            pace=Pace(self._config.units_per_minute, clock, least=prices.thread),
            prices=prices,
        )

    def _reader(self, google: Transport, since: datetime) -> Reader:
        return Reader(google, self._context, self._prices, since, read_bulk=self._config.read_bulk)

    def _profile(self, google: Transport) -> dict[str, Any]:
        users = google.service.users()
        return google.execute(
            users.getProfile(userId=USER, fields="emailAddress,messagesTotal,historyId")
        )

    def _beginning(self, google: Transport) -> _Place:
        """Before the first list, so that nothing falls between list and history."""
        since = self._config.since_when(self._context.now())
        return _Place(str(self._profile(google)["historyId"]), since=since.timestamp())

    def _crawl(self, google: Transport, place: _Place, done: _Place) -> Iterator[Batch]:
        since = datetime.fromtimestamp(place.since or 0.0, UTC)
        aim = Aim(since, self._config.units_per_minute, self._config.read_bulk)
        crawl = Crawl(google, self._reader(google, since), self._context, aim)
        return crawl.batches(crawling=str(place), done=str(done))

    # Following the history.

    def _follow(self, google: Transport, place: _Place) -> Iterator[Batch]:
        since = self._config.since_when(self._context.now())
        reader = self._reader(google, since)
        done = 0
        while True:
            try:
                page = self._history(google, place)
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
            todo = self._sorted(changes.read_changes(page.get("history") or ()), since)
            found = reader.read(todo.tasks)
            done += sum(len(task.refs) for task in todo.tasks)
            if done:
                self._context.progress(done, None if place.page else done)
            yield Batch(
                cursor=str(place if place.page else _Place(place.upto)),
                interactions=tuple(found.interactions),
                skipped=tuple(found.skipped),
                deleted=(*todo.gone, *found.gone),
                adopted=todo.adopted,
                left=(todo.left + found.left).total(),
                units=google.take_units(),
            )
            if not place.page or self._context.stop.is_set():
                return

    def _history(self, google: Transport, place: _Place) -> dict[str, Any]:
        return google.execute(
            google.service.users()
            .history()
            .list(
                userId=USER,
                startHistoryId=place.history,
                maxResults=PAGE,
                pageToken=place.page or None,
                fields=changes.FIELDS,
            )
        )

    def _sorted(self, found: Mapping[str, Change], since: datetime) -> _Todo:
        """What a page of the history asks to be done.

        Bulk is left alone until the owner answers it. The owner's first word in a thread makes a
        conversation of all that stands in it, whatever of that was left alone before. What they
        wrote before `since` is not stored: whether there is any, a look at the thread tells.
        """
        gone = tuple(ref for ref, change in found.items() if change.do is Do.DROP)
        living = {ref: change for ref, change in found.items() if change.do is not Do.DROP}
        known = self._context.known(living.keys()) if living else {}
        fresh = {
            ref: change
            for ref, change in living.items()
            if change.do is Do.READ or ref not in known
        }
        adopted = self._adopted({ref: fresh[ref] for ref in fresh.keys() - known.keys()})
        threads: dict[str, dict[str, Change]] = defaultdict(dict)
        for ref, change in fresh.items():
            threads[change.thread or ref][ref] = change
        before = frozenset(self._context.answered(threads.keys()) if threads else ())
        tasks: list[Task] = []
        left: Counter[str] = Counter()
        for thread, news in threads.items():
            answers = any(change.sent for change in news.values())
            bulk = {
                ref
                for ref, change in news.items()
                if ref not in known and messages.is_bulk(change.labels)
            }
            if self._config.read_bulk or thread in before or answers:
                bulk.clear()
            look = bool(bulk) and taken_in(number_of(thread)) < since
            if look:
                bulk.clear()
            left.update(messages.tab_of(news[ref].labels) for ref in bulk)
            refs = tuple(ref for ref in news if ref not in bulk and ref not in adopted)
            first_word = answers and thread not in before and news.keys() != {thread}
            if refs or first_word:
                tasks.append(
                    Task(
                        thread,
                        refs,
                        whole=look or (first_word and not self._config.read_bulk),
                        answered=thread in before or answers,
                        kept=frozenset(ref for ref in refs if ref in known),
                    )
                )
        return _Todo(gone, tuple(sorted(adopted)), tasks, left)

    def _adopted(self, fresh: Mapping[str, Change]) -> frozenset[str]:
        """Those that another source of the owner has brought, as they are now."""
        return frozenset(
            ref
            for ref, stored in (self._context.elsewhere(fresh.keys()) if fresh else {}).items()
            if messages.says_the_same(
                stored, messages.evidence_of(fresh[ref].labels), sent=fresh[ref].sent
            )
        )


@dataclass(frozen=True, slots=True)
class _Todo:
    """What a page of the history asks for."""

    gone: tuple[str, ...]
    adopted: tuple[str, ...]
    tasks: list[Task]
    left: Counter[str]


def _newest(known: str, said: object) -> str:
    """The later of two history ids: unsigned 64-bit numbers, as text."""
    text = str(said or "")
    return text if text.isdecimal() and int(text) > int(known) else known
