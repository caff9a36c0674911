"""The contract between a source of contact and the rest of the house.

A connector yields `Batch`es of `Interaction`s; the sync engine stores each batch together with
its cursor in one transaction. A connector imports nothing else of ours than this package:
whatever it needs (tokens, clock, logger, stop event) it is handed in a `Context`.

What never crosses this border: bodies, snippets, subjects, attachments, titles, places.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any, ClassVar, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

from connectors.addresses import OwnAddresses


class Channel(StrEnum):
    """How two people were in touch."""

    MAIL = "mail"
    MEETING = "meeting"
    CALL = "call"
    TEXT = "text"
    NOTE = "note"


class Direction(StrEnum):
    """Which way a contact went, seen from the owner."""

    OUT = "out"
    IN = "in"
    MUTUAL = "mutual"


class Role(StrEnum):
    """What a party was in an interaction."""

    FROM = "from"
    TO = "to"
    CC = "cc"
    BCC = "bcc"
    REPLY_TO = "reply_to"
    ORGANIZER = "organizer"
    ATTENDEE = "attendee"
    FAILED = "failed"  # mail to them could not be delivered: no contact, but news of an address


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody other than the owner on an interaction; `address` is a canonical handle."""

    address: str
    role: Role
    name: str = ""


@dataclass(frozen=True, slots=True)
class Interaction:
    """One observed contact event: a message, a meeting, a call, a text, a note.

    `ref` is stable within the source and names the same event on every pull. `uid` names it
    across sources (a Message-ID; iCalUID and original start), so that nothing counts twice.
    `at` is aware and in UTC. `participants` holds everyone but the owner, each address once.
    `size` counts the people besides the owner, those included that the source hides from us.
    `direct` is false where the owner was not named: list traffic, blind copies.
    `bulk` is the evidence that a machine or a list sent it ("List-Unsubscribe"), else empty.
    """

    ref: str
    at: datetime
    channel: Channel
    direction: Direction
    participants: tuple[Participant, ...]
    size: int
    uid: str = ""
    thread: str = ""
    direct: bool = True
    bulk: str = ""


@dataclass(frozen=True, slots=True)
class Skip:
    """A record that was passed over, and why; `ref` finds it again. Holds no content.

    It may have been an interaction once (a meeting since declined): what is stored under this
    `ref` is then removed.
    """

    ref: str
    reason: str


@dataclass(frozen=True, slots=True)
class Absence:
    """A span of which the owner has said that they are away: [start, end), aware and in UTC.

    `ref` is stable within the source, as that of an interaction is.
    """

    ref: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """The owner's answer to a report, found in the subject of mail they sent to themselves.

    `token` is the part of the subject that `Context.answer_in` picked out, and all of it that is
    handed on; whether it is genuine is decided elsewhere. `at` is when it was sent, in UTC.
    """

    token: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Window:
    """The half-open span [start, end) of `Interaction.at`; None leaves a side open."""

    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a long reading sets out to do, decided before anything dear is spent, and how far it is.

    `listed`: records there are. `wanted`: of these, how many are to be read, `known` ones
    aside, and `read` of them so far. `units`: what reading them costs of the source's quota,
    `spent` of it so far, `units_per_minute` the pace. `unread`: records left alone on purpose,
    by reason. `back_to`: people's mail from this moment on has been read; None: none yet.
    """

    listed: int
    wanted: int
    known: int = 0
    read: int = 0
    units: int = 0
    spent: int = 0
    units_per_minute: int = 0
    unread: Mapping[str, int] = field(default_factory=dict)
    back_to: datetime | None = None

    @property
    def done(self) -> bool:
        """Whether all that is wanted has been read."""
        return self.read >= self.wanted

    @property
    def seconds_left(self) -> float:
        """How long the rest takes at the quota's pace."""
        left = max(self.units - self.spent, 0)
        return 60.0 * left / self.units_per_minute if self.units_per_minute else 0.0


@dataclass(frozen=True, slots=True)
class Batch:
    """A piece of a source, stored whole together with its cursor.

    `cursor` is opaque text, safe to resume from *after* this batch is stored.
    `absences`: when the owner was or will be away, where the source says so.
    `begins`: an enumeration of the source begins with this batch.
    `seen`: references that are still there and known, so not carried again.
    `covers`: with this batch the enumeration is whole; stored interactions within the window, and
    absences that reach into it, that no batch since `begins` has carried or seen are gone from
    the source.
    `adopted`: references that `Context.elsewhere` knew; this source holds them too from now on.
    `answers`: answers of the owner's to reports, as found in mail that the source knows they sent.
    `reports`: our own mails that were met, each by the hash of its Message-ID (`message_id_hash`).
    `left`: how many records were left unread on purpose.
    `units`: what the batch cost of the source's quota.
    `plan`: how far a long reading has come; with the last batch of it, what it has left unread.
    """

    cursor: str
    interactions: tuple[Interaction, ...] = ()
    deleted: tuple[str, ...] = ()
    skipped: tuple[Skip, ...] = ()
    seen: tuple[str, ...] = ()
    adopted: tuple[str, ...] = ()
    absences: tuple[Absence, ...] = ()
    answers: tuple[Answer, ...] = ()
    reports: tuple[str, ...] = ()
    begins: bool = False
    covers: Window | None = None
    left: int = 0
    units: int = 0
    plan: Plan | None = None


class TokenStore(Protocol):
    """Secrets by name: the keyring, or an encrypted file. Never the configuration or the store."""

    def get(self, name: str) -> str | None:
        """Return the secret of this name, or None."""

    def set(self, name: str, secret: str) -> None:
        """Keep a secret under this name, replacing an earlier one."""

    def delete(self, name: str) -> None:
        """Remove a secret; removing none is no error."""

    def exclusive(self, name: str) -> AbstractContextManager[None]:
        """Hold a secret against other processes and threads, to read it and then change it."""


class Log(Protocol):
    """The part of a structlog logger that connectors use: an event and its facts."""

    def debug(self, event: str, **facts: object) -> object:
        """Log what only a developer wants to know."""

    def info(self, event: str, **facts: object) -> object:
        """Log a normal step."""

    def warning(self, event: str, **facts: object) -> object:
        """Log what went wrong and was survived."""


class Progress(Protocol):
    """Is told how far a pull has come: `done` of `total` records or units (None: not known)."""

    def __call__(self, done: int, total: int | None, /) -> None:
        """Take note."""


class Announce(Protocol):
    """Is told what a long reading sets out to do, once that is known and before it begins."""

    def __call__(self, plan: Plan, /) -> None:
        """Take note."""


def _nothing_known(_refs: Collection[str]) -> Mapping[str, str | None]:
    return {}


def _no_answer(_subject: str) -> str:
    return ""


def _no_report() -> datetime | None:
    return None


def _silent(_done: int, _total: int | None, /) -> None:
    return None


def unannounced(_plan: Plan, /) -> None:
    """Tell nobody what a reading sets out to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a connector is handed.

    `known(refs)` has those of these references that are already stored for this source and need
    not be read again, each with the evidence of bulk that is stored with it: "" for none, None
    for what was passed over.
    `elsewhere(refs)` has those under which another source of the owner holds an interaction, the
    same way: ask only where the references are numbers that the other source shares.
    `answered(threads)` has those of these threads in which this source knows mail of the owner's.
    `monotonic` counts seconds, and is never set back.
    `ignored_list_ids` are `List-Id` values of our own mail, which no connector reads.
    `answer_in(subject)` has the answer's token in a subject, empty where there is none. A subject
    is looked at only on mail that the owner sent to themselves alone since `answers_since()`, which
    may come to be known in the middle of a pull; None: there was no report yet, so there are no
    answers, and no subject is looked at. See `connectors.mail.answers`.
    """

    source: str
    own: OwnAddresses
    tokens: TokenStore
    now: Callable[[], datetime]
    log: Log
    stop: Event = field(default_factory=Event)
    monotonic: Callable[[], float] = monotonic
    known: Callable[[Collection[str]], Mapping[str, str | None]] = _nothing_known
    elsewhere: Callable[[Collection[str]], Mapping[str, str | None]] = _nothing_known
    answered: Callable[[Collection[str]], Collection[str]] = _nothing_known
    progress: Progress = _silent
    announce: Announce = unannounced
    ignored_list_ids: frozenset[str] = frozenset()
    answer_in: Callable[[str], str] = _no_answer
    answers_since: Callable[[], datetime | None] = _no_report


class SourceConfig(BaseModel):
    """What every `[[sources]]` table has; a connector's `Config` adds its own keys.

    `CONNECTION_KEYS`: the keys that say how the source is reached (a host, a port, a credential, a
    rate), not what is read from it. When one of these changes, the cursor stays valid; when any
    other key changes, the source is enumerated again.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    CONNECTION_KEYS: ClassVar[frozenset[str]] = frozenset()

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$", description="your name for the source")
    type: str = Field(description="the connector")

    def credential_files(self) -> tuple[Path, ...]:
        """Return the files that hold a credential: private ones, tried again once they changed."""
        return ()

    def clock_server(self) -> str:
        """Return the URL of a server that tells the time (by `Date`); empty where there is none."""
        return ""


@runtime_checkable
class Connector(Protocol):
    """One kind of source. Constructed as `Connector(config, context)`; opens nothing before use.

    `channels` says which kinds of contact come from here: while a source of mail is not read,
    nobody can be called silent.
    """

    name: ClassVar[str]
    channels: ClassVar[frozenset[Channel]]
    Config: ClassVar[type[SourceConfig]]

    def __init__(self, config: Any, context: Context) -> None:  # noqa: ANN401 - its own Config
        """Take the checked configuration and the context."""

    def check(self) -> str:
        """Try the source cheaply and say in one line what is there.

        Raises ConfigError, AuthRequired, Retriable or Fatal.
        """

    def pull(self, cursor: str | None) -> Iterator[Batch]:
        """Yield what is new since `cursor` (None: everything), newest first where that can be.

        Ends early, after a whole batch, when `Context.stop` is set.
        Raises AuthRequired, Retriable, CursorExpired or Fatal; everything yielded before stays.
        """


@runtime_checkable
class Authorizable(Protocol):
    """A connector whose owner must grant access: `beforehand auth SOURCE`."""

    def authorize(self, *, open_browser: bool = True) -> str:
        """Ask the owner for access, keep the token, and say in one line what was granted.

        Raises ConfigError or AuthRequired.
        """


@runtime_checkable
class WarnsOfExpiry(Protocol):
    """A connector that can tell beforehand when its access will end."""

    def expiry_warning(self) -> str:
        """What is to be expected, in one sentence with what to do; else empty. Asks nobody."""


@dataclass(frozen=True, slots=True)
class Access:
    """Since when access has been given, and what it lacks: a sentence with what to do, or empty."""

    since: datetime
    lacking: str = ""


@runtime_checkable
class HasGrant(Protocol):
    """A connector that knows since when its owner has given access."""

    def granted_access(self) -> Access | None:
        """What is known of it; None where that is noted nowhere. Asks nobody."""


@runtime_checkable
class ReadsSentMail(Protocol):
    """A connector that may read the owner's own sent mail, where answers to reports are found."""

    def reads_sent_mail(self) -> bool:
        """Whether it does, as it is configured. Asks nobody."""
