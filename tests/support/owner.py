"""Ada's made-up mail and configuration, and the types of the application's fixtures."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any

from beforehand.app import App

# A Monday, an hour before the report is due.
NOW = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)
ADA = "Ada Winter <ada@example.org>"
BO = "Bo Lindgren <bo@example.net>"
CLEO = "Cleo Marsh <cleo@example.com>"
DAI = "Dai Okafor <dai@example.net>"
BORIS = "Boris Rask <boris@example.com>"

CONFIG = """
[owner]
name = "Ada Winter"
addresses = ["ada@example.org"]
timezone = "Europe/Berlin"
"""
MAIL = """
[[sources]]
id = "mail"
type = "mbox"
path = "{path}"
"""


@dataclass
class CliResult:
    """Output of a command, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever was printed
        return json.loads(self.out)


@dataclass
class SettableClock:
    """A clock that stands still until it is set or advanced."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class EventLog:
    """A log whose events can be read: level, event and facts of each."""

    events: list[tuple[str, str, dict[str, object]]] = field(default_factory=list)

    def debug(self, event: str, **facts: object) -> None:
        self.events.append(("debug", event, facts))

    def info(self, event: str, **facts: object) -> None:
        self.events.append(("info", event, facts))

    def warning(self, event: str, **facts: object) -> None:
        self.events.append(("warning", event, facts))

    def warnings(self) -> list[tuple[str, dict[str, object]]]:
        return [(event, facts) for level, event, facts in self.events if level == "warning"]


def mail(at: datetime, sender: str, to: str, *headers: str) -> str:
    """Return a message as it is in an mbox file."""
    number = f"{at:%Y%m%d%H%M%S}.{parseaddr(sender)[1]}.{parseaddr(to)[1].replace('@', '-')}"
    lines = (
        f"From - {at:%a %b %d %H:%M:%S %Y}",
        f"From: {sender}",
        f"To: {to}",
        f"Date: {format_datetime(at)}",
        f"Message-ID: <{number}>",
        *headers,
        "",
        "Never read.",
        "",
    )
    return "\n".join(lines)


def exchange(who: str, *, every: float, times: int, until: datetime) -> Iterator[str]:
    """Yield `times` pairs of mail, one each way a day apart, the last from the owner at `until`."""
    for number in range(times):
        at = until - timedelta(days=every * number)
        yield mail(at - timedelta(days=1), who, ADA)
        yield mail(at, ADA, who)


def sample_mail(now: datetime) -> list[str]:
    """Return Ada's mail up to `now`, oldest last.

    With Bo every week, until ten weeks ago. With Cleo every week, to this day. With Dai every two
    weeks, and Dai has been waiting for five days. Boris once. A newsletter, and a mailing list.
    """
    days = timedelta(days=1)
    return [
        *exchange(BO, every=7, times=30, until=now - 70 * days),
        *exchange(CLEO, every=7, times=30, until=now - 2 * days),
        *exchange(DAI, every=14, times=15, until=now - 9 * days),
        mail(now - 5 * days, DAI, ADA),
        mail(now - 100 * days, ADA, BORIS),
        *(
            mail(now - n * 7 * days, "Shop <news@shop.example>", ADA, "List-Unsubscribe: <x:y>")
            for n in range(1, 21)
        ),
        *(
            mail(
                now - n * 5 * days,
                f"Member {n} <member{n}@example.com>",
                "Choir <choir@lists.example>",
                "List-Id: <choir.lists.example>",
            )
            for n in range(1, 6)
        ),
    ]


def write_mbox(path: Path, messages: Iterable[str]) -> Path:
    path.write_text("\n".join(messages), encoding="utf-8")
    return path


Cli = Callable[..., CliResult]
OpenApp = Callable[..., AbstractContextManager[App]]
InstallConnector = Callable[[str, str, str], Path]
