"""Signs in a mail's header that a machine or a list sent it, and notices of failed delivery.

A sign is evidence only: whether somebody is a relationship is decided elsewhere.

A bounce must be written by a machine; an answer that a holiday sent is none. Whether mail failed or
is only late stands in the body, which nobody reads: what calls itself a warning (Sendmail) is
passed over, but a late notice of other systems looks like a bounce that names nobody, so that is
the weaker evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TypeAlias

from connectors.mail.address_list import NamedAddress

Fields: TypeAlias = Mapping[str, list[str]]
"""The values of header fields, by their names in lower case."""

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

_LIST_MARKS = ("list-id", "list-post", "mailing-list", "x-mailing-list", "x-list")
_PRECEDENCES = ("bulk", "list", "junk")
_NO_REPLY = re.compile(
    r"(?:^|[._+=-])(?:no|do[._-]?not|dont)[._-]?reply(?:$|[^a-z])"
    r"|^(?:mailer-daemon|postmaster)(?:$|[._+=-])"
    r"|(?:^|[._+=-])bounces?(?:$|[._+=-])"
)
_MAIL_SYSTEM = re.compile(r"^(?:mailer-daemon|postmaster|microsoftexchange[0-9a-f]{32})(?:$|[+=])")
_LIST_ID = re.compile(r"<\s*([^<>\s]+)\s*>")


def is_list_mail(fields: Fields) -> bool:
    """Return whether the message came by way of a mailing list, or says that it is bulk mail."""
    return _has_list_marks(fields) or bool(_precedences(fields))


def bulk_evidence(fields: Fields, authors: list[NamedAddress]) -> str:
    """Return the first of `BULK_EVIDENCE` that holds, bounces aside; empty where none does."""
    for key, name in (("list-id", "List-Id"), ("list-unsubscribe", "List-Unsubscribe")):
        if key in fields:
            return name
    for word in _precedences(fields):
        return f"Precedence: {word}"
    if any(map(_is_automatic, fields.get("auto-submitted", ()))):
        return "Auto-Submitted"
    if authors and _NO_REPLY.search(authors[0].address.partition("@")[0]):
        return "no-reply address"
    return "Mailing-List" if _has_list_marks(fields) else ""


def is_bounce(fields: Fields, authors: list[NamedAddress]) -> bool:
    """Return whether a mail system says to the owner that mail could not be delivered."""
    if _has_list_marks(fields):  # about mail of others, sent round
        return False
    submitted = fields.get("auto-submitted", ())
    if any("warning" in value.lower() for value in submitted):
        return False
    reported = any(map(_is_delivery_report, fields.get("content-type", ())))
    if not reported and "x-failed-recipients" not in fields:
        return False
    if not authors or _MAIL_SYSTEM.match(authors[0].address.partition("@")[0]):
        return True
    return any(map(_is_automatic, submitted))


def list_ids(values: Iterable[str]) -> frozenset[str]:
    """Return the ids of List-Id values, which may carry a name: `News <news.example.org>`."""
    return _list_ids(frozenset(values))


@lru_cache(maxsize=256)
def _list_ids(values: frozenset[str]) -> frozenset[str]:
    ids = ((_LIST_ID.search(value), value) for value in values)
    return frozenset((match[1] if match else value).strip().lower() for match, value in ids) - {""}


def _has_list_marks(fields: Fields) -> bool:
    return any(mark in fields for mark in _LIST_MARKS)


def _precedences(fields: Fields) -> list[str]:
    values = {value.strip().lower() for value in fields.get("precedence", ())}
    return [word for word in _PRECEDENCES if word in values]


def _is_automatic(auto_submitted: str) -> bool:
    """Return whether an Auto-Submitted value says that no person sent the message."""
    return auto_submitted.partition(";")[0].partition("(")[0].strip().lower() not in {"", "no"}


def _is_delivery_report(content_type: str) -> bool:
    """Return whether the content is a report on delivery (RFC 3464), not a receipt of a reader."""
    kind, *parameters = content_type.lower().split(";")
    return kind.strip() == "multipart/report" and any(
        "".join(parameter.split()).replace('"', "") == "report-type=delivery-status"
        for parameter in parameters
    )
