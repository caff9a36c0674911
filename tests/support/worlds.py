"""Stand-in worlds, read over HTTP into a store of their own, for what grades signals on them."""

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
# Who has waited for longer has given up.
GIVEN_UP = timedelta(days=21)

# Somebody's name, and when they wrote (or were written to), to the second.
Letter = tuple[str, datetime]


@dataclass(frozen=True)
class Lived:
    """A world, the house in which it was read, and the threads of its mail in order of time."""

    world: World
    app: App
    threads: tuple[tuple[WorldMessage, ...], ...]

    def called(self, person_id: int, handles: tuple[str, ...]) -> str:
        """The true name of somebody in the store."""
        return self.party(handles[0]).name if handles else f"nobody ({person_id})"

    def party(self, address: str) -> Correspondent:
        """Whose address it is."""
        found = self.world.truth.of(address)
        if found is None:
            raise LookupError(f"nobody in the world has {address}")
        return found

    def mondays(self, *, first: int, every: int) -> list[datetime]:
        """Every so many weeks, from `first` weeks before the end to the end."""
        return [self.world.end - timedelta(weeks=back) for back in range(first, -1, -every)]

    def answered_later(self, at: datetime, *, owner: bool) -> set[Letter]:
        """Last words of a thread before `at` that were answered in it from `at` on.

        With `owner`, those the owner answered, of people with whom there truly is a tie; else the
        owner's own, to one person, whom the answer came from.
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
    """Times as the store keeps them."""
    return moment.replace(microsecond=0)


def _mine(message: WorldMessage) -> bool:
    return "SENT" in message.labels


@contextmanager
def lived(folder: Path, end: date, seed: int) -> Iterator[Lived]:
    """Build a world, read its mail and calendar into `folder`, and open the house on its end."""
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
            yield Lived(world, app, threads)
