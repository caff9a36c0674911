"""The owner's answers to reports: each verified, applied once, and confirmed once.

Sources store the token as it stands in a subject. Here it is verified by the key, and applied in
the same transaction that settles it: killed at any moment, an answer is either still pending, or
applied for good.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from beforehand.app import App
from connectors.api import Channel, TokenStore
from connectors.errors import ConfigError
from report.answers.token import About, AnswerError, ExpiredError, Signed, Signer
from report.answers.verbs import SNOOZE_WEEKS, Verb
from sync.bulk import Override
from sync.store import answers, favours, flags, notes, owners, people
from sync.store.answers import Outcome, PendingAnswer
from sync.store.favours import Favour
from sync.store.people import Person
from sync.store.session import Connection

SNOOZED = timedelta(weeks=SNOOZE_WEEKS)
# A command is an answer to a flag that is no older than this.
FLAG_OPEN_FOR = timedelta(days=60)
_SECRET = "answers"  # noqa: S105 - the name it is kept under, and not the secret
_KEY = 32  # bytes
_NO_KEY = "00" * _KEY  # signs what is only looked at, and is never read by
# The clock of a sender may be ahead of ours by so much.
_AHEAD = timedelta(days=2)
_TO_A_FLAG = frozenset({Verb.MET, Verb.SNOOZE, Verb.IGNORE})
_TO_ALL = frozenset({Verb.PAUSE, Verb.RESUME})


@dataclass(frozen=True, slots=True)
class TakenAnswer:
    """What became of an answer. `verb` is None where it was forged; `name` is whom it is about."""

    outcome: Outcome
    at: datetime
    verb: Verb | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A genuine answer by mail that no report has confirmed yet.

    `name` is whom it is about; `until` says how long they are left out of reports.
    """

    id: int
    verb: Verb
    outcome: Outcome
    at: datetime
    name: str = ""
    until: datetime | None = None


def signer(app: App, *, sending: bool = True) -> Signer:
    """Return what signs and verifies the tokens of this owner; the key is made at first use.

    Not `sending`: for a report that is only looked at; no key is made and kept.

    The key is one of the secrets of this machine, so a report is answered where it was written.
    Raises ConfigError where the secrets cannot be opened.
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
    return Signer(key, app.owner.identity)


def _make_key(tokens: TokenStore) -> str:
    """Make and keep a key; or return the one that another process has made meanwhile."""
    with tokens.exclusive(_SECRET):
        text = tokens.get(_SECRET)
        if text is None:
            text = secrets.token_hex(_KEY)
            tokens.set(_SECRET, text)
        return text


def address(app: App) -> str:
    """Return where answers are mailed: the report's address if it is one of the owner's own.

    Mail to somebody else is not searched for answers.
    """
    config = app.config
    own = (address for address in config.owner.addresses if "*" not in address)
    return config.report_to if config.report_to in config.own else next(own, config.report_to)


def apply_pending(app: App) -> list[TakenAnswer]:
    """Verify and apply pending answers, in the order in which they were given.

    Raises ConfigError where the key cannot be read; they then stay pending.
    """
    with app.store.read() as connection:
        pending = answers.pending(connection, app.owner_id)
    if not pending:
        return []
    reader = signer(app)
    taken = []
    for answer in pending:
        signed, outcome = _verify(app, reader, answer)
        with app.store.write() as connection:
            done = _settle(connection, app, answer, signed, outcome)
        if done is not None:
            taken.append(done)
            verb = done.verb.value if done.verb is not None else ""
            app.log.info("answer", outcome=done.outcome.value, verb=verb)
    return taken


def _verify(app: App, reader: Signer, answer: PendingAnswer) -> tuple[Signed | None, Outcome]:
    """Return the content of the token, and whether it is taken, expired or refused.

    An answer is in time if it was sent in time, however late it is read.
    """
    if answer.at > app.now() + _AHEAD:
        return None, Outcome.REFUSED
    try:
        signed = reader.read(answer.token, today=answer.at.astimezone(app.config.zone).date())
    except ExpiredError as error:
        return error.signed, Outcome.EXPIRED
    except AnswerError:
        return None, Outcome.REFUSED
    return signed, Outcome.TAKEN


def _settle(
    connection: Connection, app: App, answer: PendingAnswer, signed: Signed | None, outcome: Outcome
) -> TakenAnswer | None:
    """Settle an answer and apply it; None where another process has settled it."""
    verb = signed.verb if signed is not None else None
    flag_id: int | None = None
    person: Person | None = None
    if signed is not None and signed.verb in _TO_A_FLAG:
        flag_id, person = _find_flag(connection, app.owner_id, signed.about)
        if person is None and outcome is Outcome.TAKEN:
            outcome = Outcome.REFUSED
    if not answers.settle(
        connection,
        answer.id,
        outcome,
        app.now(),
        verb=verb.value if verb is not None else "",
        flag_id=flag_id,
    ):
        return None
    if verb is not None and outcome is Outcome.TAKEN:
        _apply(connection, app, verb, person, answer.at)
    return TakenAnswer(outcome, answer.at, verb, person.name if person is not None else "")


def _find_flag(
    connection: Connection, owner_id: int, about: About
) -> tuple[int | None, Person | None]:
    """Return the flag that an answer is about, and its person; None for what is not there."""
    if not about.person_id:
        return None, None
    flag = flags.meant(connection, owner_id, about.period, about.person_id, about.kind)
    if flag is None:
        return None, None
    flag_id, person_id = flag
    return flag_id, people.by_id(connection, owner_id, {person_id}).get(person_id)


def _apply(
    connection: Connection, app: App, verb: Verb, person: Person | None, at: datetime
) -> None:
    """Do what an answer asks for that was sent at `at`."""
    moment = min(at, app.now())  # a clock may be ahead of ours
    match verb:
        case Verb.HELPED | Verb.ASKED:
            favours.add(connection, app.owner_id, Favour(verb.value), moment)
        case Verb.PAUSE | Verb.RESUME:
            # What was said later stands, though it was read before.
            if not answers.superseded(connection, app.owner_id, _TO_ALL, at):
                owners.set_pause(connection, app.owner_id, moment if verb is Verb.PAUSE else None)
    if person is None:
        return
    match verb:
        case Verb.MET:
            local = moment.astimezone(app.config.zone)
            notes.note(connection, app.owner_id, person.handles[0], Channel.MEETING, local)
        case Verb.IGNORE:
            people.set_override(connection, person, Override.IGNORE)
        case Verb.SNOOZE:
            # A longer snooze that was given meanwhile stays.
            until = max(moment + SNOOZED, person.snoozed_until or moment)
            people.snooze(connection, person, until)


def paused_since(app: App) -> datetime | None:
    """Return since when reports are paused; None where they are not."""
    with app.store.read() as connection:
        return owners.paused_since(connection, app.owner_id)


def record_command_answer(
    connection: Connection, app: App, verb: Verb, person: Person | None = None
) -> None:
    """Record a command as an answer to this person's open flag; without a person, to no flag.

    Nothing is recorded of a person who has no open flag.
    """
    now = app.now()
    number = None
    if person is not None:
        number = flags.latest_open(connection, app.owner_id, person.id, now - FLAG_OPEN_FOR)
        if number is None:
            return
    answers.by_command(connection, app.owner_id, verb.value, now, number)


def undo_command_answer(connection: Connection, app: App, verb: Verb, person: Person) -> None:
    """Remove the last such record."""
    number = flags.latest_open(connection, app.owner_id, person.id, app.now() - FLAG_OPEN_FOR)
    if number is not None:
        answers.take_back(connection, app.owner_id, verb.value, number)


def confirmations(
    connection: Connection, owner_id: int, by_id: Mapping[int, Person]
) -> list[Confirmation]:
    """Return the genuine answers by mail that no report has confirmed, oldest first.

    by_id: everybody whom the owner knows.
    """
    unconfirmed = answers.unconfirmed(connection, owner_id)
    confirmed = []
    for answer in unconfirmed:
        verb = Verb(answer.verb)
        person = by_id.get(answer.person_id) if answer.person_id is not None else None
        if person is None and verb in _TO_A_FLAG:
            continue  # forgotten since: nothing is said of them
        until = person.snoozed_until if person is not None and verb is Verb.SNOOZE else None
        name = person.name if person is not None else ""
        confirmed.append(Confirmation(answer.id, verb, answer.outcome, answer.at, name, until))
    return confirmed


def mark_confirmed(
    connection: Connection, owner_id: int, report_id: int, confirmed: Collection[Confirmation]
) -> None:
    """Record which report has confirmed these."""
    answers.mark_confirmed(connection, owner_id, report_id, [answer.id for answer in confirmed])
