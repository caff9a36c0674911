"""Grades of half a year of reports on the demo's world, compared with a scripted owner's.

    python bench/grading.py [--weeks 26] [--seed N]

The world's mail is read over HTTP from the stand-in. Each Monday the report is sent; the owner taps
on its links and writes to whom the script says, out of a folder of sent mail. The outcome of every
flag is derived from the world's own messages, and compared with the grade of the application.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from email.utils import getaddresses, parseaddr
from pathlib import Path

from connectors.standin import build_world

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from beforehand import config  # noqa: E402 - found by the line above
from beforehand.app import open_app  # noqa: E402 - as above
from beforehand.demo import SCOPES, configuration  # noqa: E402 - as above
from beforehand.logs import logger  # noqa: E402 - as above
from connectors.standin import World, serve  # noqa: E402 - as above
from connectors.standin.world.mailbox import WorldMessage  # noqa: E402 - as above
from scoring.grading import FlagOutcome  # noqa: E402 - as above
from sync.bulk import CAP  # noqa: E402 - as above
from tests.support.owner import SettableClock  # noqa: E402 - as above
from tests.support.scripted_owner import (  # noqa: E402 - as above
    LATER,
    MET,
    NEVER,
    NOTHING,
    WRITE,
    Contact,
    ScriptedOwner,
    graded_counts,
)

END = date(2026, 11, 23)
_NOT_SEEN = frozenset({"SPAM", "TRASH", "DRAFT"})
_SENT = """
[[sources]]
id = "sent"
type = "mbox"
path = {path}
sent = true
"""


def choose(week: int, place: int) -> str:
    """Return what is done about a person: nothing for half of them."""
    return (WRITE, NOTHING, LATER, NOTHING, MET, NOTHING, NOTHING, NEVER)[(3 * week + place) % 8]


class TrueContact:
    """When the owner and an address were in touch, by the world's own messages."""

    def __init__(self, world: World) -> None:
        self._own = {address.lower() for address in world.owner.addresses}
        self._found: dict[str, list[Contact]] = {}
        for thread in world.mailbox.threads.values():
            for message in thread.messages:
                if not _NOT_SEEN & set(message.labels):
                    for address, contact in self._of(message):
                        self._found.setdefault(address, []).append(contact)

    def _of(self, message: WorldMessage) -> Iterator[tuple[str, Contact]]:
        sender = parseaddr(message.sender)[1].lower()
        boxes = getaddresses([*message.to, *message.cc, *message.bcc])
        named = {address.lower() for _, address in boxes} | {sender}
        others = named - self._own
        if len(others) > CAP:
            return
        at = message.at.replace(microsecond=0)
        mine = "SENT" in message.labels
        for address in others if mine else {sender}:
            yield address, (at, mine)

    def __call__(self, address: str) -> list[Contact]:
        """Return all contact with this address, oldest first."""
        return sorted(self._found.get(address.lower(), ()))


def main() -> None:
    """Run the weeks, and compare the outcomes."""
    parser = argparse.ArgumentParser(description="Grade flags on the demo's world.")
    parser.add_argument("--weeks", type=int, default=26)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    os.environ["BEFOREHAND_SECRETS"] = "file"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_CONFIG_HOME"] = name
        expected, graded = run_weeks(folder, given.weeks, given.seed)
    print(f"{given.weeks} weeks on the demo's world, seed {given.seed}:")
    print(f"{'':<12}{'script':>8}{'graded':>8}")
    for outcome in (*FlagOutcome, None):
        called = outcome.value if outcome else "open"
        print(f"{called:<12}{expected[outcome]:>8}{graded[outcome]:>8}")
    if expected != graded:
        sys.exit("the grades are not those of the script")


Counts = Counter[FlagOutcome | None]


def run_weeks(folder: Path, weeks: int, seed: int) -> tuple[Counts, Counts]:
    """Return the outcomes of so many weeks by the script, and as the application grades them."""
    world = build_world(END, seed=seed)
    sent = folder / "sent"
    sent.touch()
    clock = SettableClock(world.end)
    path = folder / "config.toml"
    with serve(world) as google:
        credentials = folder / "credentials.json"
        credentials.write_text(json.dumps(google.credentials(SCOPES)))
        text = configuration(world, google.url, credentials, folder)
        # Mail alone, so that the world's messages are all contact there is.
        calendar = text[text.index('[[sources]]\nid = "calendar"') : text.index("[report]")]
        text = text.replace(calendar, "")
        path.write_text(text + _SENT.format(path=json.dumps(str(sent))))
        settings = config.load(path)
        with open_app(settings, logger(quiet=True), now=clock) as app:
            script = ScriptedOwner(app, sent, world.owner.addresses[0], choose, TrueContact(world))
            script.sync()
            for week in range(weeks):
                clock.now = world.end - timedelta(weeks=weeks - week)
                script.run_week(week, clock.now)
            clock.now = world.end
            script.sync()
            return script.expected(world.end), graded_counts(app)


if __name__ == "__main__":
    main()
