"""One parser for the headers of a mail: who, when, which way; never what was said.

Every connector that reads mail hands its header fields to `interaction_from_headers`, so that a
message reads the same whether it came by an API or out of a file. What it decides:

- **Author**: From; Sender where From is missing; Reply-To where both are. A Reply-To beside a
  From is an instruction and no party. Where a mailing list put its own address in From ("Ada via
  List"), the author is who stands in X-Original-From, X-Original-Sender or Reply-To.
- **Direction**: out if the source says so or an author is the owner; else in.
- **Parties**: authors and recipients but the owner, each address once, in its strongest role.
- **Direct**: the owner wrote it, or is named among the recipients. On list mail only To and Cc
  count, for a subscription also delivers to the owner's own address.
- **Time**: when the source received it, else the Date header, else the topmost Received header;
  what lies before 1971 or more than two days ahead of now is passed over.
- **Bulk**: evidence that a machine or a list sent it, the first of `BULK_EVIDENCE` that holds.
  It is evidence only: whether somebody is a relationship is decided elsewhere.
- **Bounce**: a notice that mail could not be delivered. Its parties are the addresses that failed
  where X-Failed-Recipients names them, else the mail system that wrote it. A machine must have
  written it; an answer that a holiday sent is none. Whether mail failed or is only late stands in
  the body, which nobody reads: what calls itself a warning (Sendmail) is passed over, but a late
  notice of other systems looks like a bounce that names nobody, so that is the weaker evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import TypeAlias

from connectors.addresses import OwnAddresses
from connectors.api import Channel, Direction, Interaction, Participant, Role, Skip
from connectors.mail.address_list import NamedAddress, parse_address_list
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

BOUNCE = "bounce"
BULK_EVIDENCE: tuple[str, ...] = (
    BOUNCE,
    "List-Id",
    "List-Unsubscribe",
    "Precedence: bulk",
    "Precedence: list",
    "Precedence: junk",
    "Auto-Submitted",
    "no-reply address",
    "Mailing-List",
)
"""The values of `Interaction.bulk`, in the order of precedence; a source's own evidence is last."""

_LONGEST_EVIDENCE = 64

_NAMES = frozenset(name.lower() for name in WANTED) | {"received"}
_RECIPIENTS = (("to", Role.TO), ("cc", Role.CC), ("bcc", Role.BCC))
_DELIVERED = ("delivered-to", "x-original-to", "envelope-to")
_LIST_MARKS = ("list-id", "list-post", "mailing-list", "x-mailing-list", "x-list")
_REAL_AUTHORS = ("x-original-from", "x-original-sender", "reply-to")
_PRECEDENCES = ("bulk", "list", "junk")

_NO_REPLY = re.compile(
    r"(?:^|[._+=-])(?:no|do[._-]?not|dont)[._-]?reply(?:$|[^a-z])"
    r"|^(?:mailer-daemon|postmaster)(?:$|[._+=-])"
    r"|(?:^|[._+=-])bounces?(?:$|[._+=-])"
)
_MAIL_SYSTEM = re.compile(r"^(?:mailer-daemon|postmaster|microsoftexchange[0-9a-f]{32})(?:$|[+=])")
_ID = re.compile(r"<\s*([^<>\s]+)\s*>")
_VIA = re.compile(r"\s+via\s+(?=\S)", re.IGNORECASE)

_Fields: TypeAlias = Mapping[str, list[str]]


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
    found: dict[str, list[str]] = {}
    for name, value in fields:
        key = name.strip().lower()
        if key in _NAMES:
            found.setdefault(key, []).append(value)

    if ignored_list_ids and _list_ids(found) & _plain_ids(ignored_list_ids):
        return Skip(ref, OWN_REPORT)

    is_list = any(mark in found for mark in _LIST_MARKS) or bool(_precedences(found))
    recipients = {key: _read(found, key) for key, _ in _RECIPIENTS if key in found}
    authors = _authors(found, recipients, is_list=is_list)
    by_owner = outbound is True or any(box.address in own for box in authors)
    bounced = not by_owner and _is_bounce(found, authors)
    failed = _read(found, "x-failed-recipients") if bounced else []
    if not authors and not by_owner and not failed:
        return Skip(ref, NO_SENDER)

    # What the owner sent from an address not listed as own is still no other party.
    boxes = [] if by_owner else [(box, Role.FROM) for box in authors]
    for key, role in _RECIPIENTS:
        boxes += [(box, role) for box in recipients.get(key, ())]
    if failed:
        boxes = [(box, Role.FAILED) for box in failed]
    participants, named = _participants(boxes, own)
    if not participants:
        return Skip(ref, ONLY_OWNER if named or not by_owner else NO_RECIPIENT)

    at = _time(found, received, now)
    if at is None:
        return Skip(ref, NO_DATE)

    message_id = next(filter(None, map(message_id_hash, found.get("message-id", ()))), "")
    return Interaction(
        ref=ref,
        at=at,
        channel=Channel.MAIL,
        direction=Direction.OUT if by_owner else Direction.IN,
        participants=participants,
        size=len(participants),
        uid=message_id,
        thread=thread or _thread(found) or message_id,
        direct=by_owner or _direct(found, recipients, own, is_list=is_list),
        bulk="" if by_owner else BOUNCE if bounced else _bulk(found, authors, evidence),
    )


def fingerprint(text: str) -> str:
    """A short hash that stands for a text which may name people: 32 hexadecimal digits."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def gmail_message_uid(number: str) -> str:
    """What names a message without a Message-ID across sources: Google's number for it."""
    return fingerprint(f"google {number}")


def message_id_hash(value: str) -> str:
    """The hash of a Message-ID, with or without its brackets; empty where there is none.

    A hash, for people's names and machines stand in these ids.
    """
    match = _ID.search(value)
    name = match[1] if match else "".join(value.split()).strip("<>")
    return fingerprint(name) if name else ""


def _read(found: _Fields, key: str) -> list[NamedAddress]:
    return [box for value in found.get(key, ()) for box in parse_address_list(value)]


def _authors(
    found: _Fields, recipients: Mapping[str, list[NamedAddress]], *, is_list: bool
) -> list[NamedAddress]:
    authors = _read(found, "from") or _read(found, "sender") or _read(found, "reply-to")
    if not is_list or not authors or not _is_the_list(found, authors[0], recipients):
        return authors
    for key in _REAL_AUTHORS:
        real = [box for box in _read(found, key) if box.address != authors[0].address]
        if real:
            name = real[0].name or _VIA.split(authors[0].name)[0].strip("' \"")
            return [real[0]._replace(name=name)]
    return authors


def _is_the_list(
    found: _Fields, author: NamedAddress, recipients: Mapping[str, list[NamedAddress]]
) -> bool:
    """Whether the list put itself where the author should stand."""
    if _VIA.search(author.name):
        return True
    if author.address.replace("@", ".") in _list_ids(found):
        return True
    posts = {
        box.address
        for key in ("list-post", "mailing-list", "x-mailing-list")
        for box in _read(found, key)
    }
    named = {box.address for boxes in recipients.values() for box in boxes}
    return author.address in posts and author.address in named


def _participants(
    boxes: Iterable[tuple[NamedAddress, Role]], own: OwnAddresses
) -> tuple[tuple[Participant, ...], bool]:
    """The others, each once in the first role of `boxes`, and whether the owner is among them."""
    found: dict[str, Participant] = {}
    named = False
    for (address, name), role in boxes:
        before = found.get(address)
        if before is not None:
            if name and not before.name:
                found[address] = Participant(address, before.role, name)
        elif address in own:
            named = True
        else:
            found[address] = Participant(address, role, name)
    return tuple(found.values()), named


def _time(found: _Fields, received: datetime | None, now: datetime | None) -> datetime | None:
    if received is not None:
        aware = received.replace(tzinfo=UTC) if received.tzinfo is None else received
        if plausible(aware, now):
            return aware.astimezone(UTC)
    for key, read in (("date", mail_date), ("received", received_date)):
        for value in found.get(key, ())[:1]:
            moment = read(value)
            if moment is not None and plausible(moment, now):
                return moment
    return None


def _direct(
    found: _Fields,
    recipients: Mapping[str, list[NamedAddress]],
    own: OwnAddresses,
    *,
    is_list: bool,
) -> bool:
    """Whether an inbound message names the owner, as one of those it was written to."""
    for key, boxes in recipients.items():
        if (key != "bcc" or not is_list) and any(box.address in own for box in boxes):
            return True
    # Delivered to an own address, though others are named: to an alias nobody told us of. With
    # nobody named, it is a blind copy.
    if is_list or not any(recipients.values()):
        return False
    return any(box.address in own for key in _DELIVERED for box in _read(found, key))


def _is_bounce(found: _Fields, authors: list[NamedAddress]) -> bool:
    """Whether a mail system says to the owner that mail could not be delivered."""
    if any(mark in found for mark in _LIST_MARKS):  # about mail of others, sent round
        return False
    submitted = found.get("auto-submitted", ())
    if any("warning" in value.lower() for value in submitted):
        return False
    reported = any(map(_is_delivery_report, found.get("content-type", ())))
    if not reported and "x-failed-recipients" not in found:
        return False
    if not authors or _MAIL_SYSTEM.match(authors[0].address.partition("@")[0]):
        return True
    return any(_plain_value(value) not in {"", "no"} for value in submitted)


def _is_delivery_report(content_type: str) -> bool:
    """Whether the content is a report on delivery (RFC 3464); receipts of readers are none."""
    kind, *parameters = content_type.lower().split(";")
    return kind.strip() == "multipart/report" and any(
        "".join(one.split()).replace('"', "") == "report-type=delivery-status" for one in parameters
    )


def _plain_value(value: str) -> str:
    """The value of a field such as Auto-Submitted, without its parameters and comments."""
    return value.partition(";")[0].partition("(")[0].strip().lower()


def _bulk(found: _Fields, authors: list[NamedAddress], evidence: str) -> str:
    for key, name in (("list-id", "List-Id"), ("list-unsubscribe", "List-Unsubscribe")):
        if key in found:
            return name
    for word in _precedences(found):
        return f"Precedence: {word}"
    for value in found.get("auto-submitted", ()):
        if _plain_value(value) not in {"", "no"}:
            return "Auto-Submitted"
    if authors and _NO_REPLY.search(authors[0].address.partition("@")[0]):
        return "no-reply address"
    if any(key in found for key in _LIST_MARKS):
        return "Mailing-List"
    return evidence[:_LONGEST_EVIDENCE]


def _precedences(found: _Fields) -> list[str]:
    values = {value.strip().lower() for value in found.get("precedence", ())}
    return [word for word in _PRECEDENCES if word in values]


def _list_ids(found: _Fields) -> frozenset[str]:
    return _plain_ids(frozenset(found.get("list-id", ())))


@lru_cache(maxsize=256)
def _plain_ids(values: frozenset[str]) -> frozenset[str]:
    """The ids of List-Id values, which may carry a description: `News <news.example.org>`."""
    ids = ((_ID.search(value), value) for value in values)
    return frozenset((match[1] if match else value).strip().lower() for match, value in ids) - {""}


def _thread(found: _Fields) -> str:
    """The hash of the message that began the thread, as far as the headers tell."""
    for key in ("references", "in-reply-to"):
        for value in found.get(key, ()):
            match = _ID.search(value)
            if match:
                return fingerprint(match[1])
    return ""
