"""Worlds of the stand-in, each synced over HTTP into a store of its own, for grading signals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.utils import parseaddr
from pathlib import Path

from beforehand import config, work
from beforehand.app import App, open_app
from beforehand.demo import SCOPES, configuration
from beforehand.logs import logger
from connectors.standin import World, build_world, serve
from connectors.standin.world.mailbox import WorldMessage
from connectors.standin.world.truth import Correspondent

_NOT_SEEN = frozenset({"SPAM", "TRASH", "DRAFT"})
# Nobody waits for a reply for longer.
GIVEN_UP = timedelta(days=21)

# A person's name, and when they wrote or were written to, to the second.
Letter = tuple[str, datetime]


@dataclass(frozen=True)
class SyncedWorld:
    """A world, the app with its synced store, and the threads of its mail by time."""

    world: World
    app: App
    threads: tuple[tuple[WorldMessage, ...], ...]

    def true_name(self, person_id: int, handles: tuple[str, ...]) -> str:
        """Return the true name of a person in the store."""
        return self.correspondent(handles[0]).name if handles else f"nobody ({person_id})"

    def correspondent(self, address: str) -> Correspondent:
        """Return whose address it is; raises LookupError if nobody's."""
        found = self.world.truth.of(address)
        if found is None:
            raise LookupError(f"nobody in the world has {address}")
        return found

    def mondays(self, *, first: int, every: int) -> list[datetime]:
        """Return every `every`-th Monday, from `first` weeks before the end to the end."""
        return [self.world.end - timedelta(weeks=back) for back in range(first, -1, -every)]

    def answered_later(self, at: datetime, *, owner: bool) -> set[Letter]:
        """Return the last letters of threads before `at` that were answered from `at` on.

        owner: those that the owner answered, of people with whom there is a true tie; otherwise
        the owner's own letters to one person, who answered.
        """
        found = set()
        for thread in self.threads:
            before = [message for message in thread if message.at < at]
            if not before or _mine(before[-1]) == owner or before[-1].at < at - GIVEN_UP:
                continue
            if any(_mine(message) == owner for message in thread[len(before) :]):
                last = before[-1]
                there = [last.sender] if owner else [*last.to, *last.cc]
                party = self.world.truth.of(parseaddr(there[0])[1]) if len(there) == 1 else None
                if party is not None and party.kind == "person" and (party.real or not owner):
                    found.add((party.name, to_the_second(last.at)))
        return found


def to_the_second(moment: datetime) -> datetime:
    """Return a time as the store keeps it."""
    return moment.replace(microsecond=0)


def _mine(message: WorldMessage) -> bool:
    return "SENT" in message.labels


@contextmanager
def synced_world(folder: Path, end: date, seed: int) -> Iterator[SyncedWorld]:
    """Build a world, sync its mail and calendar into `folder`, and open the app at its end."""
    world = build_world(end, seed=seed)
    credentials, path = folder / "credentials.json", folder / "config.toml"
    with serve(world) as google:
        credentials.write_text(json.dumps(google.credentials(SCOPES)))
        path.write_text(configuration(world, google.url, credentials, folder))
        settings = config.load(path)
        log = logger(debug=False, quiet=True)
        with open_app(settings, log, now=lambda: world.end) as app:
            for source in settings.sources:
                done = work.sync_source(app, source)
                if done.trouble:
                    raise RuntimeError(done.trouble)
            threads = tuple(
                tuple(sorted(seen, key=lambda message: message.at))
                for thread in world.mailbox.threads.values()
                if (seen := [m for m in thread.messages if not _NOT_SEEN & set(m.labels)])
            )
            yield SyncedWorld(world, app, threads)
