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

from beforehand.app import App
from connectors.api import Channel, TokenStore
from connectors.errors import ConfigError
from report.answers.token import About, AnswerError, ExpiredError, Signed, Signer, Verb
from sync.bulk import Override
from sync.store import answers, favours, notes, owners, people
from sync.store.answers import Outcome, PendingAnswer
from sync.store.favours import Favour
from sync.store.people import Person
from sync.store.session import Connection

SNOOZED = timedelta(weeks=4)
# A flag that is older than this is over, and no word of the owner's is about it any more.
FLAG_OPEN_FOR = timedelta(days=60)
_YEAR = timedelta(days=365)
_SECRET = "answers"  # noqa: S105 - the name it is kept under, and not the secret
_KEY = 32  # bytes
_NO_KEY = "00" * _KEY  # signs what is only looked at, and is never read by
# So far the clock of whoever sends may be ahead of ours.
_AHEAD = timedelta(days=2)
_TO_A_FLAG = frozenset({Verb.MET, Verb.SNOOZE, Verb.IGNORE})
_TO_ALL = frozenset({Verb.PAUSE, Verb.RESUME})


@dataclass(frozen=True, slots=True)
class TakenAnswer:
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
    """A genuine answer by mail that no report has confirmed. Otherwise as `TakenAnswer`."""

    id: int
    verb: Verb
    outcome: Outcome
    at: datetime
    name: str = ""
    until: datetime | None = None


def signer(app: App, *, sending: bool = True) -> Signer:
    """What signs and reads the tokens of this owner; the key is made at first use.

    Not `sending`: for a report that is only looked at, and makes no key that stays.

    The key lies among the secrets of this machine, so that a report is answered where it was
    written. Raises ConfigError where the secrets cannot be opened.
    """
    text = app.tokens.get(_SECRET)
    if text is None:
        text = _make_key(app.tokens) if sending else _NO_KEY
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != _KEY:
        raise ConfigError(
            f"the secret {_SECRET!r} is none of Beforehand's: delete it from your secrets, and "
            "the next report makes another (answers to those sent so far are then refused)"
        )
    with app.store.read() as connection:
        return Signer(key, owners.identity(connection, app.owner_id))


def _make_key(tokens: TokenStore) -> str:
    """A new key, kept; or the one that another process has kept meanwhile."""
    with tokens.exclusive(_SECRET):
        text = tokens.get(_SECRET)
        if text is None:
            text = secrets.token_hex(_KEY)
            tokens.set(_SECRET, text)
        return text


def address(app: App) -> str:
    """Where answers go: to the address of the report where that is the owner's own.

    Elsewhere they would be mail to somebody else, in which no answer is looked for.
    """
    config = app.config
    own = (one for one in config.owner.addresses if "*" not in one)
    return config.report_to if config.report_to in config.own else next(own, config.report_to)


def apply_pending(app: App) -> list[TakenAnswer]:
    """Apply the answers that wait, in the order in which they were given.

    Raises ConfigError where the key cannot be read; they then wait on.
    """
    with app.store.read() as connection:
        waiting = answers.pending(connection, app.owner_id)
    if not waiting:
        return []
    reader = signer(app)
    taken = []
    for one in waiting:
        signed, outcome = _verify(app, reader, one)
        with app.store.write() as connection:
            done = _settle(connection, app, one, signed, outcome)
        if done is not None:
            taken.append(done)
            verb = done.verb.value if done.verb is not None else ""
            app.log.info("answer", outcome=done.outcome.value, verb=verb)
    return taken


def _verify(app: App, reader: Signer, one: PendingAnswer) -> tuple[Signed | None, Outcome]:
    """What the token says, and whether that is to be followed.

    An answer is in time if it was sent in time, however late it is read.
    """
    if one.at > app.now() + _AHEAD:
        return None, Outcome.REFUSED
    try:
        signed = reader.read(one.token, today=one.at.astimezone(app.config.zone).date())
    except ExpiredError as error:
        return error.signed, Outcome.EXPIRED
    except AnswerError:
        return None, Outcome.REFUSED
    return signed, Outcome.TAKEN


def _settle(
    connection: Connection, app: App, one: PendingAnswer, signed: Signed | None, outcome: Outcome
) -> TakenAnswer | None:
    """Settle an answer and do what it asks for; None where another process has settled it."""
    now = app.now()
    verb = signed.verb if signed is not None else None
    meant: tuple[int, int] | None = None
    if signed is not None and signed.verb in _TO_A_FLAG:
        meant = _flag_meant(connection, app.owner_id, signed.about)
        if meant is None and outcome is Outcome.TAKEN:
            outcome = Outcome.REFUSED
    person = None
    if meant is not None:
        person = people.by_id(connection, app.owner_id, {meant[1]}).get(meant[1])
        if person is None and outcome is Outcome.TAKEN:  # somebody without any address
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
        until = _apply(connection, app, verb, person, one.at)
    return TakenAnswer(outcome, one.at, verb, person.name if person is not None else "", until)


def _flag_meant(connection: Connection, owner_id: int, about: About) -> tuple[int, int] | None:
    if not about.person_id:
        return None
    return answers.flag_meant(connection, owner_id, about.period, about.person_id, about.kind)


def _apply(
    connection: Connection, app: App, verb: Verb, person: Person | None, at: datetime
) -> datetime | None:
    """Do what an answer asks for that was sent then; until when somebody is left out, if so."""
    moment = min(at, app.now())  # a clock may be ahead of ours
    match verb:
        case Verb.HELPED | Verb.ASKED:
            favours.add(connection, app.owner_id, Favour(verb.value), moment)
        case Verb.PAUSE | Verb.RESUME:
            # What was said later stands, though it was read before.
            if not answers.superseded(connection, app.owner_id, _TO_ALL, at):
                owners.set_pause(connection, app.owner_id, moment if verb is Verb.PAUSE else None)
    if person is None:
        return None
    match verb:
        case Verb.MET:
            local = moment.astimezone(app.config.zone)
            notes.note(connection, app.owner_id, person.handles[0], Channel.MEETING, local)
        case Verb.IGNORE:
            people.set_override(connection, person, Override.IGNORE)
        case Verb.SNOOZE:
            # Whoever was put off for longer meanwhile stays so.
            until = max(moment + SNOOZED, person.snoozed_until or moment)
            people.snooze(connection, person, until)
            return until
    return None


def favours_at(app: App, at: datetime) -> tuple[int, int]:
    """How often the owner helped, and asked, in the year before a time."""
    with app.store.read() as connection:
        found = favours.balance(connection, app.owner_id, at - _YEAR, at)
    return found[Favour.HELPED], found[Favour.ASKED]


def paused_since(app: App) -> datetime | None:
    """Since when the owner wants no reports; None where they do."""
    with app.store.read() as connection:
        return owners.paused_since(connection, app.owner_id)


def record_command_answer(
    connection: Connection, app: App, verb: Verb, person: Person | None = None
) -> None:
    """Leave the trace of an answer given by a command, at the flag that it may be about.

    Of somebody who stands in no report there is none.
    """
    now = app.now()
    number = None
    if person is not None:
        number = answers.open_flag(connection, app.owner_id, person.id, now - FLAG_OPEN_FOR)
        if number is None:
            return
    answers.by_command(connection, app.owner_id, verb.value, now, number)


def undo_command_answer(connection: Connection, app: App, verb: Verb, person: Person) -> None:
    """Take away the last such trace."""
    number = answers.open_flag(connection, app.owner_id, person.id, app.now() - FLAG_OPEN_FOR)
    if number is not None:
        answers.take_back(connection, app.owner_id, verb.value, number)


def confirmations(connection: Connection, owner_id: int) -> list[Confirmation]:
    """The genuine answers by mail that no report has confirmed, oldest first."""
    found = answers.unconfirmed(connection, owner_id)
    whose = {one.person_id for one in found if one.person_id is not None}
    by_id = people.by_id(connection, owner_id, whose) if whose else {}
    told = []
    for one in found:
        verb = Verb(one.verb)
        person = by_id.get(one.person_id) if one.person_id is not None else None
        if person is None and verb in _TO_A_FLAG:
            continue  # forgotten since: nothing is said of them
        until = person.snoozed_until if person is not None and verb is Verb.SNOOZE else None
        name = person.name if person is not None else ""
        told.append(Confirmation(one.id, verb, one.outcome, one.at, name, until))
    return told


def mark_confirmed(
    connection: Connection, owner_id: int, report_id: int, told: Collection[Confirmation]
) -> None:
    """Note which report has confirmed these."""
    answers.mark_confirmed(connection, owner_id, report_id, [one.id for one in told])
