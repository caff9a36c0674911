"""How good each signal beside lapse is on a stand-in's world, held to the world's truth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from beforehand.analysis.signals import Signals
from connectors.addresses import canonical
from scoring.signals.encounters import LEAST_DAYS, MOST_DAYS
from scoring.signals.introductions import Introduction
from scoring.signals.owed import LEAST_DAYS as WAITED
from scoring.signals.owed import ReplyAwaited, ReplyOwed
from tests.support.snapshots import signals_of
from tests.support.synced_worlds import Letter, SyncedWorld, to_the_second

END = date(2026, 11, 23)
WEEKS, EVERY = 36, 2
# Until then it may well be an ordinary silence.
PATIENCE = timedelta(days=60)


@dataclass(frozen=True)
class SignalCount:
    """What was shown, what was true, and how many were both."""

    shown: int = 0
    true: int = 0
    right: int = 0

    def __add__(self, other: SignalCount) -> SignalCount:
        return SignalCount(
            self.shown + other.shown, self.true + other.true, self.right + other.right
        )

    @classmethod
    def of(cls, shown: Iterable[object], true: Iterable[object]) -> SignalCount:
        """Count two sets."""
        said, known = set(shown), set(true)
        return cls(len(said), len(known), len(said & known))

    @property
    def precision(self) -> float:
        """Of what was shown, how much was true; 0 where nothing was."""
        return self.right / self.shown if self.shown else 0.0

    @property
    def recall(self) -> float:
        """Of what was true, how much was shown; 0 where nothing was."""
        return self.right / self.true if self.true else 0.0


@dataclass(frozen=True)
class SignalsAt:
    """What there was to see of a world at a time."""

    at: datetime
    signals: Signals
    introductions: tuple[Introduction, ...]


def _signals_at(one: SyncedWorld, at: datetime) -> SignalsAt:
    """Find every signal while the snapshot is open; they are kept once they were found."""
    with signals_of(one.app, at) as signals:
        for kind in ("owed", "awaited", "encounters", "addresses", "shown"):
            getattr(signals, kind)
        return SignalsAt(at, signals, signals.introductions())


def grade_signals(
    one: SyncedWorld, *, weeks: int = WEEKS, every: int = EVERY
) -> dict[str, SignalCount]:
    """Look at one world on its Mondays, and count."""
    looks = [_signals_at(one, at) for at in one.mondays(first=weeks, every=every)]
    *past, end = looks
    owed, awaited = SignalCount(), SignalCount()
    for look in past:
        at = look.at
        owed += SignalCount.of(
            _letters(one, look, look.signals.owed), one.answered_later(at, owner=True)
        )
        awaited += SignalCount.of(
            _letters(one, look, look.signals.awaited), one.answered_later(at, owner=False)
        )
    return {
        **_owed_at_the_end(one, end),
        "replies owed, in the past": owed,
        "replies awaited, in the past": awaited,
        "encounters not followed up": _encounters(one, looks),
        "introductions": SignalCount.of(
            ((_name(one, end, each.by), _name(one, end, each.to)) for each in end.introductions),
            ((each.by.name, each.to.name) for each in one.world.truth.introductions),
        ),
        **_addresses(one, end),
    }


def _name(one: SyncedWorld, look: SignalsAt, person_id: int) -> str:
    return one.correspondent(look.signals.snapshot.people[person_id].handles[0]).name


def _letters(
    one: SyncedWorld, look: SignalsAt, found: Sequence[ReplyOwed | ReplyAwaited]
) -> list[Letter]:
    return [(_name(one, look, each.key), each.since) for each in found]


def _owed_at_the_end(one: SyncedWorld, end: SignalsAt) -> dict[str, SignalCount]:
    """Against the world's own list."""
    true = {(each.person.name, to_the_second(each.since)) for each in one.world.truth.replies_owed}
    long = {each for each in true if each[1] <= end.at - timedelta(days=WAITED)}
    said = _letters(one, end, end.signals.owed)
    return {
        "replies owed, at the end": SignalCount.of(said, true),
        "  for two days": SignalCount.of(said, long),
        "  the three in the report": SignalCount.of(
            _letters(one, end, end.signals.replies()), long
        ),
    }


def _encounters(one: SyncedWorld, looks: Sequence[SignalsAt]) -> SignalCount:
    """Each counted once; true ones are those that a look could have shown."""
    said = {_name(one, look, each.key) for look in looks for each in look.signals.encounters}
    days = [look.at for look in looks]
    true = {
        each.person.name
        for each in one.world.truth.encounters
        if not each.followed_up and any(_open(each.on, at) for at in days)
    }
    return SignalCount.of(said, true)


def _open(on: date, at: datetime) -> bool:
    """Whether an encounter of that day is one to speak of; a day's grace for its last word."""
    return LEAST_DAYS < (at.date() - on).days <= MOST_DAYS


def _addresses(one: SyncedWorld, end: SignalsAt) -> dict[str, SignalCount]:
    """Moves of more than two months ago, and addresses that mail came back from for good."""
    truth, at = one.world.truth, one.world.end
    moves = [
        each.old_address
        for each in end.signals.addresses.moves
        if one.correspondent(each.new_address) is one.correspondent(each.old_address)
        and canonical(one.correspondent(each.new_address).addresses[-1]) == each.new_address
    ]
    known = {
        (canonical(each.addresses[0]), canonical(each.addresses[-1]))
        for each in truth.people
        if each.moved is not None and each.moved < (at - PATIENCE).date()
    }
    bounced = {
        canonical(value)
        for thread in one.threads
        for message in thread
        for name, value in message.extra
        if name == "X-Failed-Recipients"
    }
    said = [(each.old_address, each.new_address) for each in end.signals.addresses.moves]
    true = {each for each in said if each[0] in moves} | {
        (old, new) for old, new in known if old not in moves
    }
    return {
        "addresses that moved": SignalCount.of(said, true),
        "addresses that died": SignalCount.of(
            (each.address for each in end.signals.addresses.dead),
            bounced - {old for old, _ in said},
        ),
    }
