"""Mailboxes that are some times as large as one: the same mail again, with other people.

The one is made up, or a real mbox file.
"""

from __future__ import annotations

import gzip
import mailbox
import re
import shutil
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from email.message import Message
from email.utils import formataddr, getaddresses
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.owner import exchange

_ADDRESSES = ("From", "To", "Cc", "Sender", "Reply-To")
_IDS = ("Message-ID", "In-Reply-To", "References")
_KEPT = (
    *("Date", "List-Id", "List-Unsubscribe", "List-Post", "Precedence", "Auto-Submitted"),
    *("X-Failed-Recipients", "X-Gmail-Labels"),
)
_MESSAGE_ID = re.compile(r"<([^<>\s]+)>")


def made_up_mail(times: int, until: datetime, *, people: int = 122, pairs: int = 30) -> list[str]:
    """Return mail with `times * people` people, each with a rhythm of their own up to `until`.

    There are two messages in a pair, so that the default is 7,320 messages. Every third person has
    been silent for some while.
    """
    messages: list[str] = []
    for copy in range(times):
        for number in range(people):
            who = (
                f"Person {number} Copy {copy} <person{number}.{copy}@dept{number % 7}.example.net>"
            )
            every = 5 + number % 25
            silent = (number % 3 == 0) * every * (2 + number % 11)
            last = until - timedelta(days=1 + number % every + silent, minutes=copy)
            messages += exchange(who, every=every, times=pairs, until=last)
    return messages


def repeated_mail(path: Path, own: Collection[str], times: int) -> Iterator[str]:
    """Yield the messages of an mbox file (plain or .gz) `times` times, with other people each time.

    Only the headers that are read of mail; the first time as they are.
    """
    owned = {address.lower() for address in own}
    with TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.mbox"
        with path.open("rb") as raw, plain.open("wb") as out:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            shutil.copyfileobj(gzip.GzipFile(fileobj=raw) if packed else raw, out)
        for message in mailbox.mbox(plain, create=False):
            for copy in range(times):
                yield _renamed(message, owned, copy)


def _renamed(message: Message, own: Collection[str], copy: int) -> str:
    lines = ["From nobody@example.org Thu Jan  1 00:00:00 2026"]
    for header in _ADDRESSES:
        values = [str(value) for value in message.get_all(header, [])]
        people = [
            formataddr(
                _other(name, address, copy) if address.lower() not in own else (name, address)
            )
            for name, address in getaddresses(values)
            if "@" in address
        ]
        lines += [f"{header}: {', '.join(people)}"] if people else []
    for header in _IDS:
        for value in message.get_all(header, []):
            text = str(value)
            renamed = _MESSAGE_ID.sub(lambda found: f"<{copy}.{found[1]}>", text)
            lines.append(f"{header}: {renamed if copy else text}")
    for header in _KEPT:
        lines += [f"{header}: {value}" for value in message.get_all(header, [])]
    return "\n".join([*(" ".join(line.split()) for line in lines), "", "", ""])


def _other(name: str, address: str, copy: int) -> tuple[str, str]:
    """Return the name and address of somebody else, the same at each call."""
    if not copy:
        return name, address
    local, _, domain = address.rpartition("@")
    return f"{name} {copy}" if name else "", f"{local}.{copy}@{domain}"
