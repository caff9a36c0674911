"""One Gmail message, as its API describes it, read as a contact.

Which labels say what: `SENT` makes it outbound, whatever address it was sent from. The tabs
(promotions, social, updates, forums) are evidence of bulk. What lies in spam, in the trash or
among the drafts is treated as not there, neither counted nor remembered as passed over: a first
reading does not list spam and trash at all, a draft is no contact until it is sent, and labels
may change back. So a store that followed the mailbox for a year holds the same as one filled
today, and a message that returns from the trash is simply read again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from connectors.api import Context, Interaction, Skip
from connectors.mail.headers import gmail_message_uid, interaction_from_headers

# Exactly this much is asked for of a message.
FIELDS = "id,threadId,labelIds,internalDate,historyId,payload/headers"
# And of one that may answer a report, once more, for its subject alone.
SUBJECT, SUBJECT_FIELDS = "Subject", "id,payload/headers"

AWAY = frozenset({"SPAM", "TRASH", "DRAFT"})
TABS: Mapping[str, str] = {
    "CATEGORY_PROMOTIONS": "Gmail: promotions",
    "CATEGORY_SOCIAL": "Gmail: social",
    "CATEGORY_UPDATES": "Gmail: updates",
    "CATEGORY_FORUMS": "Gmail: forums",
}
_EVIDENCE = frozenset(TABS.values())
_TAB_WORDS = {label: reason.removeprefix("Gmail: ") for label, reason in TABS.items()}
# Only a change of these changes what we make of a message.
MEANINGFUL = AWAY | TABS.keys() | {"SENT", "CHAT"}

CHAT = "a chat message"


def arrived(message: Mapping[str, Any]) -> datetime | None:
    """When Gmail received or sent it (`internalDate`, in milliseconds); None if it does not say."""
    try:
        return datetime.fromtimestamp(int(message["internalDate"]) / 1000, UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return None


def is_away(labels: Collection[str]) -> bool:
    """Whether a message with these labels is treated as not there."""
    return not AWAY.isdisjoint(labels)


def is_bulk(labels: Collection[str]) -> bool:
    """Whether Gmail filed it among bulk, and the owner did not write it."""
    return "SENT" not in labels and not TABS.keys().isdisjoint(labels)


def tab_of(labels: Collection[str]) -> str:
    """The tab it lies in, as people know it; empty for none."""
    return next((word for label, word in _TAB_WORDS.items() if label in labels), "")


def evidence_of(labels: Collection[str]) -> str:
    """What the tab says for `Interaction.bulk`; empty for none."""
    return next((TABS[label] for label in TABS if label in labels), "")


def says_the_same(stored: str | None, evidence: str, *, sent: bool) -> bool:
    """Whether what is stored of a message agrees with the tab it lies in now.

    `stored` is its evidence of bulk, None where it was passed over. Headers come before tabs.
    """
    if stored is None or sent:
        return True
    return stored == evidence or (stored not in _EVIDENCE and stored != "")


def interaction_from_message(
    message: Mapping[str, Any], *, ref: str, context: Context
) -> Interaction | Skip:
    """Read a message that is not away. Never raises, whatever it holds."""
    labels = _texts(message.get("labelIds"))
    if "CHAT" in labels:
        return Skip(ref, CHAT)
    read = interaction_from_headers(
        fields_of(message),
        ref=ref,
        own=context.own,
        received=arrived(message),
        thread=str(message.get("threadId") or ""),
        outbound=True if "SENT" in labels else None,
        evidence=evidence_of(labels),
        ignored_list_ids=context.ignored_list_ids,
        now=context.now(),
    )
    if isinstance(read, Interaction) and not read.uid:
        read = replace(read, uid=gmail_message_uid(ref))
    return read


def fields_of(message: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Those of its header fields that were asked for."""
    payload = message.get("payload")
    headers = payload.get("headers") if isinstance(payload, dict) else None
    return [
        (str(field.get("name") or ""), str(field.get("value") or ""))
        for field in (headers if isinstance(headers, list) else ())
        if isinstance(field, dict)
    ]


def labels_of(message: Mapping[str, Any]) -> list[str]:
    """Its label ids."""
    return _texts(message.get("labelIds"))


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
