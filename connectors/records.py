"""What a connector yields: interactions and other records, in batches.

Import these from `connectors.api`, which also explains the words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


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
    """What a participant was in an interaction."""

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

    Most connectors need the first three fields, and the next three to tell what is gone. A source
    of 900 messages, one of them broken, is listed like this:

        Batch(cursor="page 2", interactions=(...500 of them...), begins=True)
        Batch(cursor="end", interactions=(...399...), skipped=(Skip("m17", "no usable date"),),
              covers=Window())

    The second batch covers everything, so that what is stored of the source and stood in neither
    is removed. Where the source tells of changes, later pulls need no enumeration:

        Batch(cursor="change 1204", interactions=(new,), deleted=("m3",))

    Every connector:
        `cursor`: opaque text, safe to resume from *after* this batch is stored.
        `interactions`: new and changed ones; one that is stored under its `ref` is replaced.
        `skipped`: records that were passed over.

    Telling what is gone:
        `deleted`: references that the source says are gone.
        `begins`: an enumeration of the source begins with this batch.
        `covers`: with this batch the enumeration is whole; stored interactions within the window,
        and absences that reach into it, that no batch since `begins` has carried or seen are gone.
        `seen`: references that are still there and known, so not carried again.

    Calendars:
        `absences`: when the owner was or will be away, where the source says so.

    Mail:
        `answers`: the owner's answers to reports, found in mail that the source knows they sent.
        `reports`: our own mails that were met, each by the hash of its Message-ID
        (`message_id_hash`).
        `adopted`: references that `Context.elsewhere` knew; this source holds them too from now on.

    Sources where reading is dear:
        `units`: what the batch cost of the source's quota.
        `left`: number of records left unread on purpose.
        `plan`: how far a long reading is; with its last batch, what it has left unread.
    """

    cursor: str
    interactions: tuple[Interaction, ...] = ()
    skipped: tuple[Skip, ...] = ()

    deleted: tuple[str, ...] = ()
    begins: bool = False
    covers: Window | None = None
    seen: tuple[str, ...] = ()

    absences: tuple[Absence, ...] = ()

    answers: tuple[Answer, ...] = ()
    reports: tuple[str, ...] = ()
    adopted: tuple[str, ...] = ()

    units: int = 0
    left: int = 0
    plan: Plan | None = None
