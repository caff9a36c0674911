"""What a connector is handed: a `Context`, and the protocols of what is in it.

Import these from `connectors.api`, which also explains the words.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from time import monotonic
from typing import Protocol

from connectors.addresses import OwnAddresses
from connectors.errors import AuthRequired
from connectors.records import Plan


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


class Prompt(Protocol):
    """Asks the owner a question, in a terminal."""

    def __call__(self, question: str, /, *, secret: bool) -> str:
        """Return what the owner types (unseen, where `secret`). Raises EOFError if nobody does."""


def _nothing_known(_refs: Collection[str]) -> Mapping[str, str | None]:
    return {}


def _no_answer(_subject: str) -> str:
    return ""


def _no_report() -> datetime | None:
    return None


def no_progress(_done: int, _total: int | None, /) -> None:
    """Tell nobody how far a pull has come."""


def no_announcement(_plan: Plan, /) -> None:
    """Tell nobody what a reading sets out to do."""


def no_prompt(_question: str, /, *, secret: bool) -> str:
    """Ask nobody: there is no terminal, or nobody before it."""
    del secret
    raise EOFError


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a connector is handed.

    Every connector:
        `source`: the id of the source.
        `own`: the owner's own addresses.
        `now()`: the present, aware, in UTC.
        `log`: where to log; no content, no names, no addresses.
        `stop`: once set, end the pull after the batch in hand.

    Sources that ask for access:
        `tokens`: secrets by name.
        `ask(question)`: asks the owner, while they give access.

    Large or slow sources:
        `monotonic()`: seconds on a clock that is never set back.
        `progress(done, total)`: is told how far a pull is.
        `announce(plan)`: is told what a long reading sets out to do.
        `known(refs)`: those of these references that are already stored for this source and need
        not be read again, each with the evidence of bulk that is stored with it: "" for none,
        None for a skip.
        `elsewhere(refs)`: the same for those under which another source of the owner holds an
        interaction; ask only where the references are numbers that the other source shares.
        `answered(threads)`: those of these threads in which this source knows mail of the owner's.

    Mail, see `connectors.mail.answers`:
        `ignored_list_ids`: `List-Id` values of our own mail, which no connector reads.
        `answer_in(subject)`: the answer's token in a subject, empty where there is none. A subject
        is looked at only on mail that the owner sent to themselves alone since `answers_since()`.
        `answers_since()`: when the first report was sent; may come to be known in the middle of a
        pull. None: there was no report yet, so there are no answers, and no subject is looked at.
    """

    source: str
    own: OwnAddresses
    now: Callable[[], datetime]
    log: Log
    stop: Event = field(default_factory=Event)

    tokens: TokenStore
    prompt: Prompt = no_prompt

    monotonic: Callable[[], float] = monotonic
    progress: Progress = no_progress
    announce: Announce = no_announcement
    known: Callable[[Collection[str]], Mapping[str, str | None]] = _nothing_known
    elsewhere: Callable[[Collection[str]], Mapping[str, str | None]] = _nothing_known
    answered: Callable[[Collection[str]], Collection[str]] = _nothing_known

    ignored_list_ids: frozenset[str] = frozenset()
    answer_in: Callable[[str], str] = _no_answer
    answers_since: Callable[[], datetime | None] = _no_report

    def ask(self, question: str, *, secret: bool = False) -> str:
        """Ask the owner, and return what they type; a secret is not shown.

        For `Authorizable.authorize`: keep the answer in `tokens`, for in `check` and `pull` nobody
        can be asked. Raises AuthRequired, which says what to run, where nobody is there.
        """
        try:
            return self.prompt(question, secret=secret)
        except EOFError:
            raise AuthRequired(advice_to_authorise(question, self.source)) from None


def advice_to_authorise(question: str, name: str) -> str:
    """Return what to say where nobody could be asked for what `auth NAME` asks for."""
    return f"{question}: nobody is here to ask; run `beforehand auth {name}` in a terminal"
