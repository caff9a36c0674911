"""Gmail, by its API, with the scope that lets headers be read and nothing else.

A first pull notes where the mailbox's history stands, crawls the mailbox (`mailbox.crawl`), and
then follows the history from the noted place (`mailbox.follow`). Later pulls only follow it. When
Gmail has forgotten that place (it remembers a week or so), the mailbox is crawled again: then only
what is new is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar

from pydantic import Field

from connectors.api import Access, Batch, Channel, Context
from connectors.google.gmail.cursor import Place
from connectors.google.gmail.fetch import Reader
from connectors.google.gmail.full_sync import Crawl
from connectors.google.gmail.listing import USER
from connectors.google.gmail.options import Aim
from connectors.google.gmail.partial_sync import Follow
from connectors.google.http.quota import Prices
from connectors.google.http.rate_limit import Pace
from connectors.google.http.retry import Stopped
from connectors.google.http.transport import GMAIL, Transport
from connectors.google.oauth import credentials
from connectors.google.oauth.consent import authorize
from connectors.google.oauth.refresh import access, outlook
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
    """A mailbox at Google. Reads ids, labels, times and header fields of messages."""

    name: ClassVar[str] = "gmail"
    channels: ClassVar[frozenset[Channel]] = frozenset({Channel.MAIL})
    Config: ClassVar[type[GmailConfig]] = GmailConfig

    def __init__(self, config: GmailConfig, context: Context) -> None:
        self._config = config
        self._context = context
        self._grant = credentials.Grant.of(config, context, credentials.METADATA)

    def authorize(self, *, open_browser: bool = True) -> str:
        """Ask the owner for `gmail.metadata`, and keep what they grant."""
        return authorize(self._grant, open_browser=open_browser)

    def expiry_warning(self) -> str:
        """What is to be expected of this access, in one sentence; else empty. Asks nobody."""
        return outlook(self._grant)

    def granted_access(self) -> Access | None:
        """Since when there is access, and what it lacks. Asks nobody."""
        return access(self._grant)

    def reads_sent_mail(self) -> bool:
        """Gmail's label tells what the owner sent."""
        return True

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
        place = None if cursor is None else Place.read(cursor)
        try:
            with self._open() as google:
                if place is None:
                    place = self._beginning(google)
                if place.since is not None:
                    done = Place(place.history)
                    for batch in self._crawl(google, place, done):
                        yield batch
                        if self._context.stop.is_set():
                            return
                    place = done
                yield from self._follow(google, place)
        except Stopped:
            return

    def _open(self) -> Transport:
        pace, clock = self._config.units_per_minute, self._context.monotonic
        prices = Prices.under(pace)
        return Transport(
            GMAIL,
            self._grant,
            self._context,
            endpoint=self._config.api_endpoint,
            pace=Pace(pace, clock, least=prices.thread),
            prices=prices,
        )

    def _aim(self, since: datetime) -> Aim:
        return Aim(since, self._config.units_per_minute, self._config.read_bulk)

    def _profile(self, google: Transport) -> dict[str, Any]:
        users = google.service.users()
        return google.execute(
            users.getProfile(userId=USER, fields="emailAddress,messagesTotal,historyId")
        )

    def _beginning(self, google: Transport) -> Place:
        """Before the first list, so that nothing falls between list and history."""
        since = self._config.since_when(self._context.now())
        return Place(str(self._profile(google)["historyId"]), since=since.timestamp())

    def _crawl(self, google: Transport, place: Place, done: Place) -> Iterator[Batch]:
        aim = self._aim(datetime.fromtimestamp(place.since or 0.0, UTC))
        crawl = Crawl(google, Reader(google, self._context, aim), self._context, aim)
        return crawl.batches(crawling=str(place), done=str(done))

    def _follow(self, google: Transport, place: Place) -> Iterator[Batch]:
        aim = self._aim(self._config.since_when(self._context.now()))
        follow = Follow(google, Reader(google, self._context, aim), self._context, aim)
        return follow.batches(place)
