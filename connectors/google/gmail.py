"""Gmail, by its API, with the scope that lets headers be read and nothing else.

A first pull notes where the mailbox's history stands, lists all message ids newest first back
to `since`, reads the headers of those not yet known, and then follows the history from the noted
place. Later pulls only follow the history. When Gmail has forgotten that place (it remembers a
week or so), the ids are listed again and only what is new is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, ClassVar, Self

from pydantic import Field

from connectors.api import Batch, Channel, Context, Interaction, Skip, Window
from connectors.errors import CursorExpired
from connectors.google import auth, changes, messages
from connectors.google.consent import authorize
from connectors.google.pace import Pace
from connectors.google.refusals import Refusal, Refused
from connectors.google.renewing import outlook
from connectors.google.settings import GoogleConfig
from connectors.google.transport import GMAIL, Stopped, Transport
from connectors.mail.headers import WANTED

_PAGE = 500  # ids in a list, records in a history: the most that Gmail gives
_CHUNK = 250  # messages in a Batch: some seconds of work, at Gmail's quota less than a minute
_USER = "me"


class GmailConfig(GoogleConfig):
    """`type = "gmail"`."""

    units_per_minute: int = Field(
        default=6000,
        ge=100,
        le=1_000_000,
        description="Gmail's quota for one user (15000 for projects made before May 2026)",
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a pull stands; as JSON it is the cursor.

    `history`: the id from which the history is to be followed. While ids are still being listed,
    `since` is set (seconds since 1970): `page` is the token of the present page, `after` the last
    id of it that is stored, `done` and `total` count messages. While the history is followed,
    `upto` is the id that the first page named.
    """

    history: str
    page: str = ""
    after: str = ""
    since: float | None = None
    done: int = 0
    total: int = 0
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
        said = {key: value for key, value in asdict(self).items() if value not in ("", None, 0)}
        return json.dumps(said, separators=(",", ":"))


@dataclass(slots=True)
class _Found:
    """What reading some messages came to."""

    interactions: list[Interaction] = field(default_factory=list)
    skipped: list[Skip] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    too_old: int = 0


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
        """Yield what is new, as the module says; a first reading begins with the newest.

        Raises AuthRequired, Retriable, CursorExpired or Fatal.
        """
        place = None if cursor is None else _Place.read(cursor)
        try:
            with self._open() as google:
                begins = place is None
                if place is None:
                    place = self._beginning(google)
                if place.since is not None:
                    history = place.history
                    for batch in self._list(google, place, begins=begins):
                        yield batch
                        if self._context.stop.is_set():
                            return
                    place = _Place(history)
                yield from self._follow(google, place)
        except Stopped:
            return

    def _open(self) -> Transport:
        return Transport(
            GMAIL,
            self._grant,
            self._context,
            endpoint=self._config.api_endpoint,
            pace=Pace(self._config.units_per_minute),
        )

    def _profile(self, google: Transport) -> dict[str, Any]:
        users = google.service.users()
        return google.execute(
            users.getProfile(userId=_USER, fields="emailAddress,messagesTotal,historyId")
        )

    def _beginning(self, google: Transport) -> _Place:
        """Before the first list, so that nothing falls between list and history."""
        profile = self._profile(google)
        since = self._config.since_when(self._context.now())
        return _Place(
            str(profile["historyId"]),
            since=since.timestamp(),
            total=int(profile.get("messagesTotal", 0)),
        )

    # Listing: the first pull, or the first after Gmail forgot the history.

    def _list(self, google: Transport, place: _Place, *, begins: bool) -> Iterator[Batch]:
        since = datetime.fromtimestamp(place.since or 0.0, UTC)
        while True:
            try:
                page = self._page(google, place.page)
            except Refused as error:
                if error.status != HTTPStatus.BAD_REQUEST or not place.page:
                    raise
                # Page tokens do not live for ever. What is stored is known, and not read again.
                self._context.log.info("page token refused, listing anew", source=self._config.id)
                place = replace(place, page="", after="", done=0)
                begins = True
                continue
            refs = [str(one["id"]) for one in page.get("messages") or () if one.get("id")]
            if place.after in refs:
                refs = refs[refs.index(place.after) + 1 :]
            known = self._context.known(refs)
            onward = str(page.get("nextPageToken") or "")
            chunks = [refs[n : n + _CHUNK] for n in range(0, len(refs), _CHUNK)] or [[]]
            for number, chunk in enumerate(chunks, start=1):
                found = self._read(google, [ref for ref in chunk if ref not in known], since)
                place = replace(
                    place, after=chunk[-1] if chunk else "", done=place.done + len(chunk)
                )
                if number == len(chunks):
                    place = replace(place, page=onward, after="")
                # Newest first: once everything is too old, so is the rest.
                ends = (number == len(chunks) and not onward) or 0 < len(chunk) == found.too_old
                total = place.done if ends else max(place.total, place.done)
                self._context.progress(place.done, total)
                yield Batch(
                    cursor=str(_Place(place.history) if ends else place),
                    interactions=tuple(found.interactions),
                    skipped=tuple(found.skipped),
                    deleted=tuple(found.gone),
                    seen=tuple(ref for ref in chunk if ref in known),
                    begins=begins,
                    covers=Window(start=since) if ends else None,
                    units=google.take_units(),
                )
                if ends:
                    return
                begins = False

    def _page(self, google: Transport, token: str) -> dict[str, Any]:
        return google.execute(
            google.service.users()
            .messages()
            .list(
                userId=_USER,
                maxResults=_PAGE,
                includeSpamTrash=False,
                pageToken=token or None,
                fields="messages(id),nextPageToken",
            )
        )

    # Following the history.

    def _follow(self, google: Transport, place: _Place) -> Iterator[Batch]:
        since = self._config.since_when(self._context.now())
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
            todo = changes.read_changes(page.get("history") or ())
            known = self._context.known(todo.fresh) if todo.fresh else frozenset()
            unread = [ref for ref in todo.fresh if ref not in known]
            found = self._read(google, [*unread, *todo.changed], since)
            done += len(unread) + len(todo.changed)
            if done:
                self._context.progress(done, None if place.page else done)
            yield Batch(
                cursor=str(place if place.page else _Place(place.upto)),
                interactions=tuple(found.interactions),
                skipped=tuple(found.skipped),
                deleted=(*todo.gone, *found.gone),
                units=google.take_units(),
            )
            if not place.page or self._context.stop.is_set():
                return

    def _history(self, google: Transport, place: _Place) -> dict[str, Any]:
        return google.execute(
            google.service.users()
            .history()
            .list(
                userId=_USER,
                startHistoryId=place.history,
                maxResults=_PAGE,
                pageToken=place.page or None,
                fields=changes.FIELDS,
            )
        )

    # Reading.

    def _read(self, google: Transport, refs: Sequence[str], since: datetime) -> _Found:
        """Read these messages' headers; what is gone by now is said so, and is normal."""
        gets = google.service.users().messages()
        answers = google.execute_batch(
            {
                ref: gets.get(
                    userId=_USER,
                    id=ref,
                    format="metadata",
                    metadataHeaders=list(WANTED),
                    fields=messages.FIELDS,
                )
                for ref in refs
            }
        )
        found = _Found()
        for ref in refs:
            answer = answers[ref]
            if isinstance(answer, Refusal):
                if answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
                    found.gone.append(ref)
                else:
                    found.skipped.append(Skip(ref, f"Gmail refused it: {answer}"))
            else:
                self._sort(answer, ref, since, found)
        return found

    def _sort(self, message: dict[str, Any], ref: str, since: datetime, into: _Found) -> None:
        moment = messages.arrived(message)
        if moment is not None and moment < since:
            into.too_old += 1
            return
        if messages.is_away(messages.labels_of(message)):
            into.gone.append(ref)
            return
        match messages.interaction_from_message(message, ref=ref, context=self._context):
            case Skip() as skip:
                into.skipped.append(skip)
            case Interaction() as item if item.at >= since:
                into.interactions.append(item)
            case _:
                into.too_old += 1


def _newest(known: str, said: object) -> str:
    """The later of two history ids: unsigned 64-bit numbers, as text."""
    text = str(said or "")
    return text if text.isdecimal() and int(text) > int(known) else known
