"""Parses the header of a mail into an interaction: who, when, which way; never what was said.

Every connector that reads mail hands its header fields to `interaction_from_headers`, so that a
message reads the same whether it came by an API or out of a file. What it decides:

- **Author**: From; Sender where From is missing; Reply-To where both are. A Reply-To beside a
  From is an instruction, no participant. Where a mailing list put its own address in From ("Ada via
  List"), the author is who stands in X-Original-From, X-Original-Sender or Reply-To.
- **Direction**: out if the source says so or an author is the owner; else in.
- **Participants**: authors and recipients but the owner, each address once, in its strongest role.
- **Direct**: the owner wrote it, or is named among the recipients. On list mail only To and Cc
  count, for a subscription also delivers to the owner's own address.
- **Time**: when the source received it, else the Date header, else the topmost Received header;
  what lies before 1971 or more than two days ahead of now is passed over.
- **Bulk**: evidence that a machine or a list sent it, the first of `BULK_EVIDENCE` that holds.
  It is evidence only: whether somebody is a relationship is decided elsewhere.
- **Bounce**: a notice that mail could not be delivered. Its participants are the addresses that
  failed, where X-Failed-Recipients names them, else the mail system that wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from connectors.addresses import OwnAddresses
from connectors.api import Channel, Direction, Interaction, Participant, Role, Skip
from connectors.mail.address_list import NamedAddress, parse_address_list
from connectors.mail.automatic import (
    BOUNCE,
    Fields,
    bulk_evidence,
    is_bounce,
    is_list_mail,
    list_ids,
)
from connectors.mail.dates import mail_date, plausible, received_date

WANTED: tuple[str, ...] = (
    "From",
    "Sender",
    "To",
    "Cc",
    "Bcc",
    "Reply-To",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "List-Id",
    "List-Post",
    "List-Unsubscribe",
    "Mailing-List",
    "X-Mailing-List",
    "X-List",
    "Precedence",
    "Auto-Submitted",
    "Delivered-To",
    "X-Original-To",
    "Envelope-To",
    "X-Original-From",
    "X-Original-Sender",
    "X-Failed-Recipients",
    "Content-Type",
)
"""The header fields to ask a source for. Where it has no time of its own, add `Received`."""

NO_SENDER = "no sender"
NO_DATE = "no usable date"
NO_RECIPIENT = "no recipient"
ONLY_OWNER = "only the owner"
OWN_REPORT = "our own report"

_LONGEST_EVIDENCE = 64

_NAMES = frozenset(name.lower() for name in WANTED) | {"received"}
_RECIPIENTS = (("to", Role.TO), ("cc", Role.CC), ("bcc", Role.BCC))
_DELIVERED = ("delivered-to", "x-original-to", "envelope-to")
_REAL_AUTHORS = ("x-original-from", "x-original-sender", "reply-to")

_ID = re.compile(r"<\s*([^<>\s]+)\s*>")
_VIA = re.compile(r"\s+via\s+(?=\S)", re.IGNORECASE)


def interaction_from_headers(
    fields: Iterable[tuple[str, str]],
    *,
    ref: str,
    own: OwnAddresses,
    received: datetime | None = None,
    thread: str = "",
    outbound: bool | None = None,
    evidence: str = "",
    ignored_list_ids: frozenset[str] = frozenset(),
    now: datetime | None = None,
) -> Interaction | Skip:
    """Read a message's header fields; a message that is no contact is a `Skip` with a reason.

    `fields` are (name, value) pairs in the message's order; names without regard to case, values
    as they stand: folded, encoded, or already decoded. Fields not in `WANTED` are passed over.
    `received` is when the source says it arrived, `thread` its own name for the conversation,
    `outbound` true where it says the owner sent it, `evidence` its own sign of bulk mail.
    `now` bounds what a date may be; without it a date up to the year 2200 is believed.

    Never raises, whatever the fields hold.
    """
    message = _read_message(fields)
    if ignored_list_ids and message.list_ids & list_ids(ignored_list_ids):
        return Skip(ref, OWN_REPORT)

    by_owner = outbound is True or any(author.address in own for author in message.authors)
    bounced = not by_owner and is_bounce(message.fields, message.authors)
    failed = message.addresses("x-failed-recipients") if bounced else []
    if not (message.authors or by_owner or failed):
        return Skip(ref, NO_SENDER)

    named = [(address, Role.FAILED) for address in failed] or message.named(by_owner=by_owner)
    participants, owner_named = _participants(named, own)
    if not participants:
        return Skip(ref, ONLY_OWNER if owner_named or not by_owner else NO_RECIPIENT)

    at = _time(message.fields, received, now)
    if at is None:
        return Skip(ref, NO_DATE)

    message_id = _message_id(message.fields)
    of_source = evidence[:_LONGEST_EVIDENCE]
    return Interaction(
        ref=ref,
        at=at,
        channel=Channel.MAIL,
        direction=Direction.OUT if by_owner else Direction.IN,
        participants=participants,
        size=len(participants),
        uid=message_id,
        thread=thread or _thread(message.fields) or message_id,
        direct=by_owner or _is_direct(message, own),
        bulk="" if by_owner else BOUNCE if bounced else message.bulk_evidence or of_source,
    )


def fingerprint(text: str) -> str:
    """Return a short hash in place of a text that may name people: 32 hexadecimal digits."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def gmail_message_uid(number: str) -> str:
    """Return the `uid` of a Gmail message that has no Message-ID, by its number (in hexadecimal).

    Gmail's API, and the X-GM-MSGID of a Takeout archive, give the same number.
    """
    return fingerprint(f"google {number}")


def message_id_hash(value: str) -> str:
    """Return the hash of a Message-ID, with or without its brackets; empty where there is none.

    A hash, because names of people and machines stand in these ids.
    """
    match = _ID.search(value)
    name = match[1] if match else "".join(value.split()).strip("<>")
    return fingerprint(name) if name else ""


@dataclass(frozen=True, slots=True)
class _Message:
    """A message's header: values by field name (lower case), and who wrote it to whom.

    `recipients` holds those of the fields To, Cc and Bcc that are there, by name.
    """

    fields: Fields
    authors: list[NamedAddress]
    recipients: Mapping[str, list[NamedAddress]]
    is_list: bool

    @property
    def list_ids(self) -> frozenset[str]:
        """The ids of the lists that sent it."""
        return list_ids(self.fields.get("list-id", ()))

    @property
    def bulk_evidence(self) -> str:
        """The sign that a machine or a list sent it, else empty."""
        return bulk_evidence(self.fields, self.authors)

    def addresses(self, key: str) -> list[NamedAddress]:
        """Return the addresses in all fields of this name."""
        return _addresses(self.fields, key)

    def named(self, *, by_owner: bool) -> list[tuple[NamedAddress, Role]]:
        """Return authors and recipients, each with a role, the strongest first."""
        # What the owner sent from an address not listed as own is still no other participant.
        authors = [] if by_owner else [(author, Role.FROM) for author in self.authors]
        recipients = [
            (address, role) for key, role in _RECIPIENTS for address in self.recipients.get(key, ())
        ]
        return [*authors, *recipients]


def _read_message(pairs: Iterable[tuple[str, str]]) -> _Message:
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        key = name.strip().lower()
        if key in _NAMES:
            fields.setdefault(key, []).append(value)
    is_list = is_list_mail(fields)
    recipients = {key: _addresses(fields, key) for key, _ in _RECIPIENTS if key in fields}
    return _Message(fields, _authors(fields, recipients, is_list=is_list), recipients, is_list)


def _addresses(fields: Fields, key: str) -> list[NamedAddress]:
    return [address for value in fields.get(key, ()) for address in parse_address_list(value)]


def _authors(
    fields: Fields, recipients: Mapping[str, list[NamedAddress]], *, is_list: bool
) -> list[NamedAddress]:
    """Return who wrote it: of list mail, who stands behind the address of the list."""
    authors = (
        _addresses(fields, "from") or _addresses(fields, "sender") or _addresses(fields, "reply-to")
    )
    if not is_list or not authors or not _is_the_list(fields, authors[0], recipients):
        return authors
    for key in _REAL_AUTHORS:
        real = [one for one in _addresses(fields, key) if one.address != authors[0].address]
        if real:
            name = real[0].name or _VIA.split(authors[0].name)[0].strip("' \"")
            return [real[0]._replace(name=name)]
    return authors


def _is_the_list(
    fields: Fields, author: NamedAddress, recipients: Mapping[str, list[NamedAddress]]
) -> bool:
    """Return whether the list put itself where the author should stand."""
    if _VIA.search(author.name):
        return True
    if author.address.replace("@", ".") in list_ids(fields.get("list-id", ())):
        return True
    posts = {
        one.address
        for key in ("list-post", "mailing-list", "x-mailing-list")
        for one in _addresses(fields, key)
    }
    named = {one.address for addresses in recipients.values() for one in addresses}
    return author.address in posts and author.address in named


def _participants(
    named: Iterable[tuple[NamedAddress, Role]], own: OwnAddresses
) -> tuple[tuple[Participant, ...], bool]:
    """Return the others, each once in their first role, and whether the owner is named, too."""
    others: dict[str, Participant] = {}
    owner_named = False
    for (address, name), role in named:
        before = others.get(address)
        if before is not None:
            if name and not before.name:
                others[address] = Participant(address, before.role, name)
        elif address in own:
            owner_named = True
        else:
            others[address] = Participant(address, role, name)
    return tuple(others.values()), owner_named


def _time(fields: Fields, received: datetime | None, now: datetime | None) -> datetime | None:
    """Return when the message was sent or received, in UTC, by the first that can be believed."""
    if received is not None:
        aware = received.replace(tzinfo=UTC) if received.tzinfo is None else received
        if plausible(aware, now):
            return aware.astimezone(UTC)
    for key, parse in (("date", mail_date), ("received", received_date)):
        for value in fields.get(key, ())[:1]:
            moment = parse(value)
            if moment is not None and plausible(moment, now):
                return moment
    return None


def _is_direct(message: _Message, own: OwnAddresses) -> bool:
    """Return whether an inbound message names the owner, as one of those it was written to."""
    for key, addresses in message.recipients.items():
        counts = key != "bcc" or not message.is_list
        if counts and any(one.address in own for one in addresses):
            return True
    # Delivered to an own address, though others are named: to an alias nobody told us of. With
    # nobody named, it is a blind copy.
    if message.is_list or not any(message.recipients.values()):
        return False
    return any(one.address in own for key in _DELIVERED for one in message.addresses(key))


def _message_id(fields: Fields) -> str:
    """Return the hash of the first Message-ID that has one; empty where none has."""
    return next(filter(None, map(message_id_hash, fields.get("message-id", ()))), "")


def _thread(fields: Fields) -> str:
    """Return the hash of the message that began the thread, as far as the headers tell."""
    for key in ("references", "in-reply-to"):
        for value in fields.get(key, ()):
            match = _ID.search(value)
            if match:
                return fingerprint(match[1])
    return ""
