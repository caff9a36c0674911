"""What is true in the world: who everyone is, and which ties fade, end, wait or begin.

Nothing of this is served. Tests and benchmarks grade the product against it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from connectors.addresses import canonical


@dataclass(frozen=True, slots=True)
class Correspondent:
    """One sender or receiver of the world.

    `kind` is person, newsletter, list, machine, room or self. `real` says that owner and person
    truly have or had a relationship; `close` that it was a strong one. `fading` is the day since
    when the tie fades or is over, `ended` that it is over for good; `why` says it in one line.
    `moved` is the day on which the person changed to the last of their addresses.
    """

    name: str
    addresses: tuple[str, ...]
    kind: str
    relation: str = ""
    organisation: str = ""
    real: bool = False
    close: bool = False
    fading: date | None = None
    ended: bool = False
    why: str = ""
    moved: date | None = None


@dataclass(frozen=True, slots=True)
class KnownReplyOwed:
    """Somebody wrote last, and waits for the owner."""

    person: Correspondent
    thread_id: str
    since: datetime


@dataclass(frozen=True, slots=True)
class KnownIntroduction:
    """`by` brought `to` and the owner together in one thread."""

    by: Correspondent
    to: Correspondent
    on: date
    thread_id: str


@dataclass(frozen=True, slots=True)
class KnownEncounter:
    """A first meeting; `followed_up` says whether any direct word came after it."""

    person: Correspondent
    on: date
    how: str
    followed_up: bool


@dataclass(frozen=True)
class Truth:
    """Everything that is true, by the day on which the world ends."""

    parties: tuple[Correspondent, ...]
    fading_now: tuple[Correspondent, ...] = ()
    ahead: tuple[Correspondent, ...] = ()
    replies_owed: tuple[KnownReplyOwed, ...] = ()
    introductions: tuple[KnownIntroduction, ...] = ()
    encounters: tuple[KnownEncounter, ...] = ()
    holidays: tuple[tuple[date, date], ...] = ()
    _index: dict[str, Correspondent] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for party in self.parties:
            for address in party.addresses:
                self._index[canonical(address)] = party

    @cached_property
    def people(self) -> tuple[Correspondent, ...]:
        """The parties that are human."""
        return tuple(party for party in self.parties if party.kind == "person")

    def of(self, address: str) -> Correspondent | None:
        """Whose address it is, however it is written; None where nobody's."""
        return self._index.get(canonical(address))
