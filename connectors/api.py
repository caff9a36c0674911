"""The contract between a source of contact and the application that reads it.

A connector is a class that reads one kind of source and yields `Batch`es of `Interaction`s. It
imports nothing of ours but this package; what it needs (tokens, clock, logger, stop event) is
handed to it in a `Context`. docs/connectors.md shows a whole one.

Words, as they are used here and by every connector:

source          one configured instance of a connector: an id, a type, and its settings
owner           the person whose source it is; has several *own addresses* (`Context.own`)
interaction     one observed contact: a message, a meeting, a call, a text, a note
channel         how: by mail, meeting, call, text or note
direction       which way: `out` (from the owner), `in` (to the owner), `mutual`
participant     somebody other than the owner on an interaction, in a *role* (from, to, attendee)
handle          an address of a participant in canonical form: `canonical()` of a mail address,
                or another text that names the same person every time (a phone number)
size            number of people besides the owner, those that the source hides included
reference       `ref`: names a record within its source, the same on every pull
uid             names an interaction across sources (hash of a Message-ID), so it counts once
thread          what belongs together: a conversation, a series of meetings
automatic       sent by a machine or a list, whoever's name it bears; `bulk` holds the evidence
skip            a record that is no contact or cannot be read, with the reason; never an error
absence         a span for which the owner has said that they are away
answer          the owner's reply to a report, found in mail that they sent to themselves
batch           some records and a cursor, stored together or not at all
cursor          opaque text: where the next pull goes on, once the batch with it is stored
pull            one run of a connector, from a cursor (or from none) to the present
enumeration     a list of all that the source holds, or of a window of it; it starts with a batch
                that `begins` and ends with one that `covers`, perhaps several pulls later. A
                *full sync* enumerates; a *partial sync* asks for the changes since its cursor
window          a half-open span of time, [start, end)
seen            still there and stored already, so not carried again in an enumeration
sweep           what the engine does once an enumeration is whole: it removes what is stored and
                was neither carried nor seen
deletion        a record that the source says is gone (`Batch.deleted`), without an enumeration
plan            what a long reading will read and what that costs, announced before it starts

What never crosses this border: bodies, snippets, subjects, attachments, titles, places.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

from connectors.context import (
    Announce,
    Context,
    Log,
    Progress,
    Prompt,
    TokenStore,
    advice_to_authorise,
    no_announcement,
    no_progress,
    no_prompt,
)
from connectors.records import (
    Absence,
    Answer,
    Batch,
    Channel,
    Direction,
    Interaction,
    Participant,
    Plan,
    Role,
    Skip,
    Window,
)

__all__ = [
    "Absence",
    "Access",
    "Announce",
    "Answer",
    "Authorizable",
    "Batch",
    "Channel",
    "Connector",
    "Context",
    "Direction",
    "HasGrant",
    "IdentifiesFiles",
    "Interaction",
    "Log",
    "Participant",
    "Plan",
    "Progress",
    "Prompt",
    "ReadsSentMail",
    "Role",
    "Skip",
    "SourceConfig",
    "TokenStore",
    "WarnsOfExpiry",
    "Window",
    "advice_to_authorise",
    "no_announcement",
    "no_progress",
    "no_prompt",
]


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

        `open_browser` is for consent that is given on a page; a password is asked for by
        `Context.ask`. Raises ConfigError or AuthRequired.
        """


@runtime_checkable
class WarnsOfExpiry(Protocol):
    """A connector that can tell before it happens that its access will end."""

    def expiry_warning(self) -> str:
        """Return when access will end and what to do, in one sentence; else empty.

        Must not contact the source.
        """


@dataclass(frozen=True, slots=True)
class Access:
    """Since when access has been given, and what it lacks: a sentence with what to do, or empty."""

    since: datetime
    lacking: str = ""


@runtime_checkable
class HasGrant(Protocol):
    """A connector that knows since when its owner has given access."""

    def granted_access(self) -> Access | None:
        """Return what is noted of the grant, None where nothing is. Must not contact the source."""


@runtime_checkable
class ReadsSentMail(Protocol):
    """A connector that may read the owner's own sent mail, where answers to reports are found."""

    def reads_sent_mail(self) -> bool:
        """Return whether it does, as it is configured. Must not contact the source."""


@runtime_checkable
class IdentifiesFiles(Protocol):
    """A connector that reads files, and can tell whether a file is of its kind."""

    @classmethod
    def identify(cls, path: Path) -> bool:
        """Return whether this connector could read the file, from its first bytes.

        Never raises: false where it cannot be opened.
        """
