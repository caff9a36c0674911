"""Where answers to reports are found: the only look at a subject that there is.

An answer is mail that the owner sent to themselves alone. A subject is looked at where all of this
holds, and nowhere else:

- the source knows that the owner sent it, for it lies among their sent mail; what stands in From
  anybody can write;
- it went to the owner, and to nobody else;
- no list and no machine sent it, so it is no report of ours either;
- it was sent since the first report, for before there was nothing to answer.

The subject stays here. What leaves is the token in it, if there is one.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from connectors.api import Answer, Context, Interaction, Skip
from connectors.mail.address_list import decoded
from connectors.mail.headers import ONLY_OWNER, OWN_REPORT, message_id_hash

# Names of fields, or their beginnings, that lists put on what they send.
_LISTS = ("list-", "mailing-list", "x-mailing-list", "x-list", "precedence")


def may_answer(
    read: Interaction | Skip,
    fields: Collection[tuple[str, str]],
    *,
    sent: bool,
    at: datetime | None,
    context: Context,
) -> bool:
    """Return whether the subject of this message is to be looked at.

    `read` is what `interaction_from_headers` made of its `fields`; `sent`: the source knows that
    the owner sent it, at this time (aware).
    """
    if not (sent and isinstance(read, Skip) and read.reason == ONLY_OWNER and at is not None):
        return False
    if any(map(_is_automatic, fields)):
        return False
    since = context.answers_since()
    return since is not None and at >= since


def answers_in(subjects: Collection[str], at: datetime, context: Context) -> list[Answer]:
    """Return the answer in a message's subject, given as it stood there; none where it has none."""
    tokens = (context.answer_in(decoded(subject)) for subject in list(subjects)[:1])
    return [Answer(token, at) for token in tokens if token]


def report_met(read: Interaction | Skip, fields: Collection[tuple[str, str]]) -> tuple[str, ...]:
    """Return the hash of the Message-ID, where this is a report of ours."""
    if not (isinstance(read, Skip) and read.reason == OWN_REPORT):
        return ()
    hashes = (message_id_hash(value) for name, value in fields if _plain(name) == "message-id")
    return tuple(filter(None, hashes))[:1]


def _is_automatic(field: tuple[str, str]) -> bool:
    """Return whether a field says that a list or a machine sent the mail."""
    name = _plain(field[0])
    if name == "auto-submitted":
        return field[1].partition(";")[0].partition("(")[0].strip().lower() != "no"
    return name.startswith(_LISTS)


def _plain(name: str) -> str:
    return name.strip().lower()
