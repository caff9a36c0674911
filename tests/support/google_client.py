"""What the tests of the Google connectors share: a small world being served, and its reader."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from urllib.parse import parse_qs

from connectors.addresses import OwnAddresses
from connectors.api import Batch, Context
from connectors.google.calendar.connector import GoogleCalendar
from connectors.google.gmail.connector import Gmail
from connectors.google.oauth.credentials import EVENTS, METADATA
from connectors.standin import NEVER_READ, Google, World
from connectors.standin.world.mailbox import WorldMessage
from connectors.testing.contract import Ledger, MemoryTokens, RecordingLog

ADA = "ada.winter@example.org"
BO = "Bo Berg <bo@example.net>"
SECRETS = ("ya29.", "1//standin", "standin-secret", "4/standin", NEVER_READ)


class Unhurried(Event):
    """A stop event that only notes how long it was to wait: no test sleeps."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        """Note the seconds."""
        self.waits.append(timeout or 0.0)
        return self.is_set()


@dataclass
class Desk:
    """A world, its server, and connectors that read it into a ledger."""

    world: World
    google: Google
    folder: Path
    ledger: Ledger = field(default_factory=Ledger)
    log: RecordingLog = field(default_factory=RecordingLog)
    tokens: MemoryTokens = field(default_factory=MemoryTokens)
    stop: Unhurried = field(default_factory=Unhurried)
    progress: list[tuple[int, int | None]] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return self.world.end

    def credentials(self, *scopes: str, name: str = "credentials.json") -> Path:
        """A credentials file for these scopes."""
        return self.write(self.google.credentials(scopes or (METADATA, EVENTS)), name)

    def write(self, content: object, name: str) -> Path:
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def context(self, ledger: Ledger | None = None) -> Context:
        return Context(
            source="mine",
            own=OwnAddresses(self.world.owner.addresses),
            tokens=self.tokens,
            now=lambda: self.now,
            log=self.log,
            stop=self.stop,
            known=(ledger or self.ledger).known,
            answered=(ledger or self.ledger).answered,
            progress=lambda done, total: self.progress.append((done, total)),
        )

    def gmail(self, ledger: Ledger | None = None, **keys: object) -> Gmail:
        """A reader that is in no hurry to keep to a quota: what waits there are, faults caused."""
        keys.setdefault("units_per_minute", 100_000_000)
        keys.setdefault("credentials", self.folder / "credentials.json")
        config = Gmail.Config.model_validate(
            {"id": "mine", "type": "gmail", "api_endpoint": self.google.url, **keys}
        )
        return Gmail(config, self.context(ledger))

    def calendar(self, ledger: Ledger | None = None, **keys: object) -> GoogleCalendar:
        keys.setdefault("credentials", self.folder / "credentials.json")
        config = GoogleCalendar.Config.model_validate(
            {"id": "mine", "type": "google_calendar", "api_endpoint": self.google.url, **keys}
        )
        return GoogleCalendar(config, self.context(ledger))

    def pull(
        self, connector: Gmail | GoogleCalendar, *, ledger: Ledger | None = None, anew: bool = False
    ) -> list[Batch]:
        """Pull into the ledger from where it stands (`anew`: from nothing)."""
        into = ledger or self.ledger
        batches = []
        for batch in connector.pull(None if anew else into.cursor):
            into.apply(batch)
            batches.append(batch)
        return batches

    def deliver(
        self, count: int = 1, *, every: timedelta = timedelta(hours=1)
    ) -> list[WorldMessage]:
        """So many messages from Bo, the last one an hour before now."""
        return [
            self.world.deliver(sender=BO, to=(ADA,), at=self.now - every * number)
            for number in range(count, 0, -1)
        ]

    @property
    def refs(self) -> set[str]:
        """What the ledger holds."""
        return set(self.ledger.interactions)

    @property
    def read(self) -> int:
        """How many messages were read so far."""
        return self.google.meter.calls["messages.get"]

    def asked(self, method: str) -> list[dict[str, list[str]]]:
        """The parameters of each call whose path holds `method`."""
        return [parse_qs(c.query) for c in self.google.requests if method in c.path]


def safe(*texts: object) -> bool:
    """Whether no secret and nothing private stands in these."""
    return not any(secret in str(text) for secret in SECRETS for text in texts)
