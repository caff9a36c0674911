"""One Gmail message, as the API describes it, read as an interaction.

What labels mean: `SENT` makes a message outbound, whatever address it was sent from. The bulk tabs
(promotions, social, updates, forums) are evidence of bulk. Spam, trash and drafts are excluded:
such a message is treated as not there, and is not stored as skipped either. A full sync does not
list spam and trash, a draft is no contact until it is sent, and labels may change back. So a
store that followed the mailbox for a year holds the same as one filled today, and a message that
returns from the trash is simply read again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from connectors.api import Context, Interaction, Skip
from connectors.mail.headers import gmail_message_uid, interaction_from_headers

# Exactly these fields of a message are requested.
FIELDS = "id,threadId,labelIds,internalDate,historyId,payload/headers"
# And of one that may answer a report, in a second request, its subject alone.
SUBJECT, SUBJECT_FIELDS = "Subject", "id,payload/headers"

EXCLUDED = frozenset({"SPAM", "TRASH", "DRAFT"})
TABS: Mapping[str, str] = {
    "CATEGORY_PROMOTIONS": "Gmail: promotions",
    "CATEGORY_SOCIAL": "Gmail: social",
    "CATEGORY_UPDATES": "Gmail: updates",
    "CATEGORY_FORUMS": "Gmail: forums",
}
"""The evidence of bulk that each bulk tab is, by Gmail's label id."""
_EVIDENCE = frozenset(TABS.values())
_TAB_NAMES = {label: evidence.removeprefix("Gmail: ") for label, evidence in TABS.items()}
# Only a change of these labels changes what is stored of a message.
RELEVANT = EXCLUDED | TABS.keys() | {"SENT", "CHAT"}

CHAT = "a chat message"


def received_at(message: Mapping[str, Any]) -> datetime | None:
    """Return when Gmail received or sent a message, in UTC; None if it does not say."""
    try:
        return datetime.fromtimestamp(int(message["internalDate"]) / 1000, UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return None


def is_excluded(labels: Collection[str]) -> bool:
    """Whether a message with these labels is treated as not there."""
    return not EXCLUDED.isdisjoint(labels)


def is_bulk(labels: Collection[str]) -> bool:
    """Whether a message lies in a bulk tab and the owner did not write it."""
    return "SENT" not in labels and not TABS.keys().isdisjoint(labels)


def tab_name(labels: Collection[str]) -> str:
    """Return the bulk tab in which a message lies, as people call it; empty for none."""
    return next((name for label, name in _TAB_NAMES.items() if label in labels), "")


def bulk_evidence(labels: Collection[str]) -> str:
    """Return the evidence of bulk for `Interaction.bulk`; empty for none."""
    return next((TABS[label] for label in TABS if label in labels), "")


def evidence_agrees(stored: str | None, evidence: str, *, sent: bool) -> bool:
    """Whether a message's stored evidence of bulk agrees with the tab in which it lies now.

    `stored` is None for a message that was skipped. Evidence in headers comes before that of
    tabs, so that it agrees with every tab.
    """
    if stored is None or sent:
        return True
    return stored == evidence or (stored not in _EVIDENCE and stored != "")


def interaction_from_message(
    message: Mapping[str, Any], *, ref: str, context: Context
) -> Interaction | Skip:
    """Read a message that is not excluded. Never raises, whatever the message holds."""
    labels = label_ids(message)
    if "CHAT" in labels:
        return Skip(ref, CHAT)
    interaction = interaction_from_headers(
        headers_of(message),
        ref=ref,
        own=context.own,
        received=received_at(message),
        thread=str(message.get("threadId") or ""),
        outbound=True if "SENT" in labels else None,
        evidence=bulk_evidence(labels),
        ignored_list_ids=context.ignored_list_ids,
        now=context.now(),
    )
    if isinstance(interaction, Interaction) and not interaction.uid:
        return replace(interaction, uid=gmail_message_uid(ref))
    return interaction


def by_id(thread: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the messages of a thread by their ids, in their order."""
    listed = thread.get("messages")
    return {
        str(message["id"]): message
        for message in (listed if isinstance(listed, list) else ())
        if isinstance(message, dict) and message.get("id")
    }


def headers_of(message: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the requested header fields of a message as (name, value)."""
    payload = message.get("payload")
    headers = payload.get("headers") if isinstance(payload, dict) else None
    return [
        (str(header.get("name") or ""), str(header.get("value") or ""))
        for header in (headers if isinstance(headers, list) else ())
        if isinstance(header, dict)
    ]


def label_ids(message: Mapping[str, Any]) -> list[str]:
    """Return the label ids of a message, or of an entry in the history."""
    labels = message.get("labelIds")
    return [text for text in labels if isinstance(text, str)] if isinstance(labels, list) else []
