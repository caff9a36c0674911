"""A client of the stand-in for Google, for tests of the Google connectors."""

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
from connectors.testing import MemoryStore, MemoryTokens, RecordingLog

ADA = "ada.winter@example.org"
BO = "Bo Berg <bo@example.net>"
SECRETS = ("ya29.", "1//standin", "standin-secret", "4/standin", NEVER_READ)


class RecordingStop(Event):
    """A stop event that records the seconds of each wait, and returns at once."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        """Record the seconds; return whether a stop was requested."""
        self.waits.append(timeout or 0.0)
        return self.is_set()


@dataclass
class GoogleClient:
    """Connectors that read a world from its server into a store in memory.

    `progress` holds what the connectors reported. `folder` is for credentials files.
    """

    world: World
    server: Google
    folder: Path
    stored: MemoryStore = field(default_factory=MemoryStore)
    log: RecordingLog = field(default_factory=RecordingLog)
    tokens: MemoryTokens = field(default_factory=MemoryTokens)
    stop: RecordingStop = field(default_factory=RecordingStop)
    progress: list[tuple[int, int | None]] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        """The end of the world's time."""
        return self.world.end

    def credentials(self, *scopes: str, name: str = "credentials.json") -> Path:
        """Write a credentials file for these scopes (none: mail and calendar)."""
        return self.write(self.server.credentials(scopes or (METADATA, EVENTS)), name)

    def write(self, content: object, name: str) -> Path:
        """Write text, or anything else as JSON, into a file of the folder."""
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def context(self, stored: MemoryStore | None = None) -> Context:
        """Return a context that knows what the store holds."""
        return Context(
            source="mine",
            own=OwnAddresses(self.world.owner.addresses),
            tokens=self.tokens,
            now=lambda: self.now,
            log=self.log,
            stop=self.stop,
            known=(stored or self.stored).known,
            answered=(stored or self.stored).answered,
            progress=lambda done, total: self.progress.append((done, total)),
        )

    def gmail(self, stored: MemoryStore | None = None, **keys: object) -> Gmail:
        """Return a connector with a quota so large that only faults make it wait."""
        keys.setdefault("units_per_minute", 100_000_000)
        keys.setdefault("credentials", self.folder / "credentials.json")
        config = Gmail.Config.model_validate(
            {"id": "mine", "type": "gmail", "api_endpoint": self.server.url, **keys}
        )
        return Gmail(config, self.context(stored))

    def calendar(self, stored: MemoryStore | None = None, **keys: object) -> GoogleCalendar:
        """Return a connector of the calendar with these configuration keys."""
        keys.setdefault("credentials", self.folder / "credentials.json")
        config = GoogleCalendar.Config.model_validate(
            {"id": "mine", "type": "google_calendar", "api_endpoint": self.server.url, **keys}
        )
        return GoogleCalendar(config, self.context(stored))

    def pull(
        self,
        connector: Gmail | GoogleCalendar,
        *,
        stored: MemoryStore | None = None,
        anew: bool = False,
    ) -> list[Batch]:
        """Pull into the store from its cursor on (`anew`: from the beginning)."""
        into = stored or self.stored
        batches = []
        for batch in connector.pull(None if anew else into.cursor):
            into.apply(batch)
            batches.append(batch)
        return batches

    def deliver(
        self, count: int = 1, *, every: timedelta = timedelta(hours=1)
    ) -> list[WorldMessage]:
        """Deliver so many messages from Bo, the oldest first, the last one `every` before now."""
        return [
            self.world.deliver(sender=BO, to=(ADA,), at=self.now - every * number)
            for number in range(count, 0, -1)
        ]

    @property
    def refs(self) -> set[str]:
        """The references of the interactions in the store."""
        return set(self.stored.interactions)

    @property
    def read(self) -> int:
        """Number of messages read one by one so far."""
        return self.server.meter.calls["messages.get"]

    def calls_to(self, method: str) -> list[dict[str, list[str]]]:
        """Return the query parameters of each call whose path contains `method`."""
        return [parse_qs(c.query) for c in self.server.requests if method in c.path]


def holds_no_secret(*values: object) -> bool:
    """Whether the texts of these values hold no secret and no private text."""
    return not any(secret in str(value) for secret in SECRETS for value in values)
