"""The Gmail connector: header fields, labels and times of messages, by Gmail's API.

The first pull notes the mailbox's current history id, reads the mailbox by a full sync, and then
by a partial sync from that history id on. Later pulls are partial syncs. If Gmail has dropped
that part of the history (it keeps about a week), the mailbox is listed again by a full sync, which
reads only what is new.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar

from pydantic import Field

from connectors.api import Access, Batch, Channel, Context
from connectors.google.apis import GMAIL
from connectors.google.gmail.cursor import GmailCursor
from connectors.google.gmail.fetch import Fetcher
from connectors.google.gmail.full_sync import FullSync
from connectors.google.gmail.listing import USER
from connectors.google.gmail.options import SyncOptions
from connectors.google.gmail.partial_sync import PartialSync
from connectors.google.http.quota import Prices
from connectors.google.http.rate_limit import TokenBucket
from connectors.google.http.retry import StopRequested
from connectors.google.http.transport import Transport
from connectors.google.oauth import credentials
from connectors.google.oauth.consent import authorize
from connectors.google.oauth.refresh import expiry_warning, granted_access
from connectors.google.settings import GoogleConfig


class GmailConfig(GoogleConfig):
    """`type = "gmail"`."""

    CONNECTION_KEYS: ClassVar[frozenset[str]] = GoogleConfig.CONNECTION_KEYS | {"units_per_minute"}

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


class Gmail:
    """A Gmail mailbox, read with the scope `gmail.metadata`, which allows no content."""

    name: ClassVar[str] = "gmail"
    channels: ClassVar[frozenset[Channel]] = frozenset({Channel.MAIL})
    Config: ClassVar[type[GmailConfig]] = GmailConfig

    def __init__(self, config: GmailConfig, context: Context) -> None:
        self._config = config
        self._context = context
        self._grant = credentials.Grant.for_source(config, context, credentials.METADATA)

    def authorize(self, *, open_browser: bool = True) -> str:
        """Ask the owner for `gmail.metadata`, keep the credential, and say what was granted.

        Raises ConfigError, AuthRequired or Retriable.
        """
        return authorize(self._grant, open_browser=open_browser)

    def expiry_warning(self) -> str:
        """Return a warning if access will end soon, in one sentence; else empty. Asks nobody."""
        return expiry_warning(self._grant)

    def granted_access(self) -> Access | None:
        """Return since when there is access, and what it lacks; None if unknown. Asks nobody."""
        return granted_access(self._grant)

    def reads_sent_mail(self) -> bool:
        """Return True: Gmail's label `SENT` tells which mail the owner sent."""
        return True

    def check(self) -> str:
        """Return the mailbox's address and its number of messages, in one line.

        Raises AuthRequired, Retriable or Fatal.
        """
        with self._connect() as google:
            profile = self._profile(google)
        address, total = profile.get("emailAddress", ""), int(profile.get("messagesTotal", 0))
        hint = "" if address in self._context.own else ", which is not among your own addresses"
        return f"{address}{hint}, {total:,} messages"

    def pull(self, cursor: str | None) -> Iterator[Batch]:
        """Yield what is new since the cursor; None: everything, people and the newest first.

        Raises AuthRequired, Retriable, CursorExpired or Fatal.
        """
        position = None if cursor is None else GmailCursor.parse(cursor)
        try:
            with self._connect() as google:
                if position is None:
                    position = self._first_cursor(google)
                if position.since is not None:
                    finished = GmailCursor(position.history)
                    for batch in self._full_sync(google, position, finished):
                        yield batch
                        if self._context.stop.is_set():
                            return
                    position = finished
                yield from self._partial_sync(google, position)
        except StopRequested:
            return

    def _connect(self) -> Transport:
        units_per_minute = self._config.units_per_minute
        prices = Prices.for_quota(units_per_minute)
        return Transport(
            GMAIL,
            self._grant,
            self._context,
            endpoint=self._config.api_endpoint,
            bucket=TokenBucket(
                units_per_minute, self._context.monotonic, largest_call=prices.thread
            ),
            prices=prices,
        )

    def _options(self, since: datetime) -> SyncOptions:
        return SyncOptions(since, self._config.units_per_minute, self._config.read_bulk)

    def _profile(self, google: Transport) -> dict[str, Any]:
        users = google.service.users()
        return google.execute(
            users.getProfile(userId=USER, fields="emailAddress,messagesTotal,historyId")
        )

    def _first_cursor(self, google: Transport) -> GmailCursor:
        """Return the cursor of a full sync from the current history id.

        It is taken before the mailbox is listed, so that no change is missed in between.
        """
        since = self._config.earliest(self._context.now())
        return GmailCursor(str(self._profile(google)["historyId"]), since=since.timestamp())

    def _full_sync(
        self, google: Transport, unfinished: GmailCursor, finished: GmailCursor
    ) -> Iterator[Batch]:
        options = self._options(datetime.fromtimestamp(unfinished.since or 0.0, UTC))
        fetcher = Fetcher(google, self._context, options)
        sync = FullSync(google, fetcher, self._context, options)
        return sync.batches(unfinished=str(unfinished), finished=str(finished))

    def _partial_sync(self, google: Transport, cursor: GmailCursor) -> Iterator[Batch]:
        options = self._options(self._config.earliest(self._context.now()))
        fetcher = Fetcher(google, self._context, options)
        return PartialSync(google, fetcher, self._context, options).batches(cursor)
