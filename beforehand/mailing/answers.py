"""The owner's answers to reports, taken: each verified, applied once, and confirmed once.

What the sources found lies in the store as it stood in the subject. Here it is held against the
key, and what it asks for is done in the same transaction that settles it: killed at any moment,
an answer is either not taken yet, and will be, or taken for good.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from beforehand.app import House
from connectors.api import Channel, TokenStore
from connectors.errors import ConfigError
from report.answers.token import About, AnswerError, ExpiredError, Signed, Signer, Verb
from sync.bulk import Word
from sync.store import answers, favours, notes, people
from sync.store.answers import Outcome, Waiting
from sync.store.favours import Favour
from sync.store.models import owner
from sync.store.people import Card

SNOOZED = timedelta(weeks=4)
# A flag that is older than this is over, and no word of the owner's is about it any more.
OPEN = timedelta(days=60)
_YEAR = timedelta(days=365)
_SECRET = "answers"  # noqa: S105 - the name it is kept under, and not the secret
_KEY = 32  # bytes
_NO_KEY = "00" * _KEY  # signs what is only looked at, and is never read by
# So far the clock of whoever sends may be ahead of ours.
_AHEAD = timedelta(days=2)
_TO_A_FLAG = frozenset({Verb.MET, Verb.SNOOZE, Verb.IGNORE})
_TO_ALL = frozenset({Verb.PAUSE, Verb.RESUME})


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an answer. `verb` is None where it was forged.

    `name` is of whom it was; `until` how long they are left out.
    """

    outcome: Outcome
    at: datetime
    verb: Verb | None = None
    name: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A genuine answer by mail that no report has confirmed. Otherwise as `Taken`."""

    id: int
    verb: Verb
    outcome: Outcome
    at: datetime
    name: str = ""
    until: datetime | None = None


def signer(house: House, *, sending: bool = True) -> Signer:
    """What signs and reads the tokens of this owner; the key is made at first use.

    Not `sending`: for a report that is only looked at, and makes no key that stays.

    The key lies among the secrets of this machine, so that a report is answered where it was
    written. Raises ConfigError where the secrets cannot be opened.
    """
    text = house.tokens.get(_SECRET)
    if text is None:
        text = _made(house.tokens) if sending else _NO_KEY
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != _KEY:
        raise ConfigError(
            f"the secret {_SECRET!r} is none of Beforehand's: delete it from your secrets, and "
            "the next report makes another (answers to those sent so far are then refused)"
        )
    with house.store.read() as connection:
        mine = sa.select(owner.c.key, owner.c.salt).where(owner.c.id == house.owner_id)
        name, salt = connection.execute(mine).one()
    # The salt is this store's own: two owners of one name, in two stores, are two.
    return Signer(key, f"{name} {salt}")


def _made(tokens: TokenStore) -> str:
    """A new key, kept; or the one that another process has kept meanwhile."""
    with tokens.exclusive(_SECRET):
        text = tokens.get(_SECRET)
        if text is None:
            text = secrets.token_hex(_KEY)
            tokens.set(_SECRET, text)
        return text


def address(house: House) -> str:
    """Where answers go: to the address of the report where that is the owner's own.

    Elsewhere they would be mail to somebody else, in which no answer is looked for.
    """
    config = house.config
    own = (one for one in config.owner.addresses if "*" not in one)
    return config.report_to if config.report_to in config.own else next(own, config.report_to)


def take(house: House) -> list[Taken]:
    """Apply the answers that wait, in the order in which they were given.

    Raises ConfigError where the key cannot be read; they then wait on.
    """
    with house.store.read() as connection:
        waiting = answers.waiting(connection, house.owner_id)
    if not waiting:
        return []
    reader = signer(house)
    taken = []
    for one in waiting:
        signed, outcome = _read(house, reader, one)
        with house.store.write() as connection:
            done = _settle(connection, house, one, signed, outcome)
        if done is not None:
            taken.append(done)
            verb = done.verb.value if done.verb is not None else ""
            house.log.info("answer", outcome=done.outcome.value, verb=verb)
    return taken


def _read(house: House, reader: Signer, one: Waiting) -> tuple[Signed | None, Outcome]:
    """What the token says, and whether that is to be followed.

    An answer is in time if it was sent in time, however late it is read.
    """
    if one.at > house.now() + _AHEAD:
        return None, Outcome.REFUSED
    try:
        signed = reader.read(one.token, today=one.at.astimezone(house.config.zone).date())
    except ExpiredError as error:
        return error.signed, Outcome.EXPIRED
    except AnswerError:
        return None, Outcome.REFUSED
    return signed, Outcome.TAKEN


def _settle(
    connection: Connection, house: House, one: Waiting, signed: Signed | None, outcome: Outcome
) -> Taken | None:
    """Settle an answer and do what it asks for; None where another process has settled it."""
    now = house.now()
    verb = signed.verb if signed is not None else None
    meant: tuple[int, int] | None = None
    if signed is not None and signed.verb in _TO_A_FLAG:
        meant = _meant(connection, house.owner_id, signed.about)
        if meant is None and outcome is Outcome.TAKEN:
            outcome = Outcome.REFUSED
    card = None
    if meant is not None:
        card = people.cards(connection, house.owner_id, {meant[1]}).get(meant[1])
        if card is None and outcome is Outcome.TAKEN:  # somebody without any address
            outcome = Outcome.REFUSED
    if not answers.settle(
        connection,
        one.id,
        outcome,
        now,
        verb=verb.value if verb is not None else "",
        flag_id=meant[0] if meant is not None else None,
    ):
        return None
    until = None
    if verb is not None and outcome is Outcome.TAKEN:
        until = _do(connection, house, verb, card, one.at)
    return Taken(outcome, one.at, verb, card.name if card is not None else "", until)


def _meant(connection: Connection, owner_id: int, about: About) -> tuple[int, int] | None:
    if not about.person_id:
        return None
    return answers.flag_meant(connection, owner_id, about.period, about.person_id, about.kind)


def _do(
    connection: Connection, house: House, verb: Verb, card: Card | None, at: datetime
) -> datetime | None:
    """Do what an answer asks for that was sent then; until when somebody is left out, if so."""
    moment = min(at, house.now())  # a clock may be ahead of ours
    match verb:
        case Verb.HELPED | Verb.ASKED:
            favours.add(connection, house.owner_id, Favour(verb.value), moment)
        case Verb.PAUSE | Verb.RESUME:
            # What was said later stands, though it was read before.
            if not answers.outspoken(connection, house.owner_id, _TO_ALL, at):
                set_pause(connection, house.owner_id, moment if verb is Verb.PAUSE else None)
    if card is None:
        return None
    match verb:
        case Verb.MET:
            local = moment.astimezone(house.config.zone)
            notes.note(connection, house.owner_id, card.handles[0], Channel.MEETING, local)
        case Verb.IGNORE:
            people.set_word(connection, card, Word.IGNORE)
        case Verb.SNOOZE:
            # Whoever was put off for longer meanwhile stays so.
            until = max(moment + SNOOZED, card.snoozed_until or moment)
            people.snooze(connection, card, until)
            return until
    return None


def favours_at(house: House, at: datetime) -> tuple[int, int]:
    """How often the owner helped, and asked, in the year before a time."""
    with house.store.read() as connection:
        found = favours.balance(connection, house.owner_id, at - _YEAR, at)
    return found[Favour.HELPED], found[Favour.ASKED]


def paused(house: House) -> datetime | None:
    """Since when the owner wants no reports; None where they do."""
    with house.store.read() as connection:
        since: datetime | None = connection.execute(
            sa.select(owner.c.paused_at).where(owner.c.id == house.owner_id)
        ).scalar_one()
    return since


def set_pause(connection: Connection, owner_id: int, since: datetime | None) -> None:
    """Send no reports from then on; None: send them again."""
    connection.execute(sa.update(owner).where(owner.c.id == owner_id).values(paused_at=since))


def said_by_command(
    connection: Connection, house: House, verb: Verb, card: Card | None = None
) -> None:
    """Leave the trace of an answer given by a command, at the flag that it may be about.

    Of somebody who stands in no report there is none.
    """
    now = house.now()
    number = None
    if card is not None:
        number = answers.open_flag(connection, house.owner_id, card.id, now - OPEN)
        if number is None:
            return
    answers.by_command(connection, house.owner_id, verb.value, now, number)


def taken_back_by_command(connection: Connection, house: House, verb: Verb, card: Card) -> None:
    """Take away the last such trace."""
    number = answers.open_flag(connection, house.owner_id, card.id, house.now() - OPEN)
    if number is not None:
        answers.take_back(connection, house.owner_id, verb.value, number)


def confirmations(connection: Connection, owner_id: int) -> list[Confirmation]:
    """The genuine answers by mail that no report has confirmed, oldest first."""
    found = answers.untold(connection, owner_id)
    whose = {one.person_id for one in found if one.person_id is not None}
    cards = people.cards(connection, owner_id, whose) if whose else {}
    told = []
    for one in found:
        verb = Verb(one.verb)
        card = cards.get(one.person_id) if one.person_id is not None else None
        if card is None and verb in _TO_A_FLAG:
            continue  # forgotten since: nothing is said of them
        until = card.snoozed_until if card is not None and verb is Verb.SNOOZE else None
        name = card.name if card is not None else ""
        told.append(Confirmation(one.id, verb, one.outcome, one.at, name, until))
    return told


def mark_told(
    connection: Connection, owner_id: int, report_id: int, told: Collection[Confirmation]
) -> None:
    """Note which report has confirmed these."""
    answers.mark_told(connection, owner_id, report_id, [one.id for one in told])
