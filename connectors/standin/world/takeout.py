"""The mailbox as Google Takeout hands it out: one mbox, with Google's numbers and labels."""

from __future__ import annotations

from collections.abc import Collection
from email.utils import format_datetime
from pathlib import Path

from connectors.standin.world.mailbox import NEVER_READ, USER_LABELS, WorldMessage
from connectors.standin.world.world import World

_NAMES = {
    "INBOX": "Inbox",
    "SENT": "Sent",
    "IMPORTANT": "Important",
    "STARRED": "Starred",
    "UNREAD": "Unread",
    "TRASH": "Trash",
    "SPAM": "Spam",
    "DRAFT": "Drafts",
    "CHAT": "Chat",
    "CATEGORY_PERSONAL": "Category Personal",
    "CATEGORY_PROMOTIONS": "Category Promotions",
    "CATEGORY_SOCIAL": "Category Social",
    "CATEGORY_UPDATES": "Category Updates",
    "CATEGORY_FORUMS": "Category Forums",
}


def write_takeout(world: World, path: Path, *, without: Collection[str] = ()) -> int:
    """Write all mail, newest first, but for the ids in `without`; how many messages that were."""
    count = 0
    with world.lock, path.open("w", encoding="utf-8", newline="\n") as file:
        for message in reversed(world.mailbox.messages.values()):
            if message.id not in without:
                file.write(_entry(message))
                count += 1
    return count


def _entry(message: WorldMessage) -> str:
    labels = [_NAMES.get(one) or USER_LABELS.get(one, one) for one in message.labels]
    if "UNREAD" not in message.labels:
        labels.append("Opened")
    head = [
        f"From {int(message.id, 16)}@xxx {message.at:%a %b %d %H:%M:%S +0000 %Y}",
        f"X-GM-THRID: {int(message.thread_id, 16)}",
        f"X-Gmail-Labels: {','.join(labels)}",
        *(f"{name}: {value}" for name, value in message.headers),
    ]
    if not any(name.lower() == "date" for name, _ in message.headers):
        head.append(f"Date: {format_datetime(message.at)}")
    return "\n".join([*head, "", NEVER_READ, "", ""])
