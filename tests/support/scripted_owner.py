"""An owner who acts on reports by a script, and the outcomes that their flags must have.

The owner reads the report's page as it was delivered, taps on what the script says, and writes into
a folder of sent mail, as a mail program does. The outcomes expected are derived by simple rules,
from the mail itself and not from the store.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from beforehand import work
from beforehand.analysis import grading
from beforehand.analysis.freshness import freshness
from beforehand.analysis.snapshot import open_snapshot
from beforehand.app import App
from beforehand.mailing import answers, transports
from scoring.grading import WINDOW_DAYS, FlagOutcome

# What the owner does about a person: write, tap on an answer, or nothing.
WRITE, MET, LATER, NEVER, NOTHING = "write", "met", "later", "never", "nothing"
_TAPS = {MET: "Met elsewhere", LATER: "Not now", NEVER: "Not for me"}
_OUTCOMES = {MET: FlagOutcome.ACTED, LATER: FlagOutcome.SNOOZED, NEVER: FlagOutcome.DISMISSED}
# Time from the report to what the owner does.
_AFTER = timedelta(hours=9)

# A contact beside the script: when it was, and whether the owner began it.
Contact = tuple[datetime, bool]


@dataclass(frozen=True)
class NamedPerson:
    """A person in a delivered report: the address to write to, and the other links by text."""

    address: str
    links: dict[str, str]


@dataclass
class ScriptedOwner:
    """Sends weekly reports and acts on them.

    sent: the folder of sent mail. choose: week and place in the report to what is done about that
    person. contact: address to all other contact with it, oldest first. done: for each person named
    the address, the time of the report, and what was done with its outcome.
    """

    app: App
    sent: Path
    me: str
    choose: Callable[[int, int], str]
    contact: Callable[[str], Iterable[Contact]]
    done: list[tuple[str, datetime, list[tuple[datetime, FlagOutcome]]]] = field(
        default_factory=list
    )

    def run_week(self, week: int, now: datetime) -> None:
        """Send the week's report and act on it; `now` is the time on the app's clock."""
        self.sync()
        outcome = work.report_owner(self.app)
        assert outcome.sent, outcome.where
        page = next(iter(sorted(transports.report_folder(self.app).glob("*.html"))[-1:]))
        for place, person in enumerate(people_to_write_to(page.read_text(encoding="utf-8"))):
            deed = self.choose(week, place)
            at = now + _AFTER + timedelta(minutes=place)
            deeds: list[tuple[datetime, FlagOutcome]] = []
            if deed == WRITE:
                self._send(at, person.address, "Hello again")
                deeds.append((at, FlagOutcome.ACTED))
            elif deed in _TAPS:
                query = parse_qs(urlsplit(person.links[_TAPS[deed]]).query)
                self._send(at, self.me, query["subject"][0])
                deeds.append((at, _OUTCOMES[deed]))
            self.done.append((person.address, now, deeds))

    def sync(self) -> None:
        """Sync all sources and apply the answers found."""
        for source in self.app.config.sources:
            assert work.sync_source(self.app, source).trouble == ""
        answers.apply_pending(self.app)

    def expected(self, now: datetime) -> Counter[FlagOutcome | None]:
        """Return the number of flags that must have each outcome by `now` (None: still open)."""
        return Counter(self._outcome(address, at, deeds, now) for address, at, deeds in self.done)

    def _outcome(
        self, address: str, at: datetime, deeds: list[tuple[datetime, FlagOutcome]], now: datetime
    ) -> FlagOutcome | None:
        end = at + timedelta(days=WINDOW_DAYS)
        written = [
            (when, FlagOutcome.ACTED)
            for other, _, acts in self.done
            for when, outcome in acts
            if other == address and outcome is FlagOutcome.ACTED
        ]
        seen = [
            (when, FlagOutcome.ACTED if owner else FlagOutcome.CAME_BACK)
            for when, owner in self.contact(address)
        ]
        after = [
            (when, outcome)
            for when, outcome in (*deeds, *written, *seen)
            if at < when < min(end, now)
        ]
        if after:
            return min(after, key=lambda event: event[0])[1]
        return FlagOutcome.LAPSED if end <= now else None

    def _send(self, at: datetime, to: str, subject: str) -> None:
        lines = (
            f"From - {at:%a %b %d %H:%M:%S %Y}",
            f"From: {self.me}",
            f"To: {to}",
            f"Subject: {subject}",
            f"Date: {format_datetime(at)}",
            f"Message-ID: <{at:%Y%m%d%H%M%S}.{len(self.done)}@script.example>",
            "",
            "Never read.",
            "",
            "",
        )
        with self.sent.open("a", encoding="utf-8") as folder:
            folder.write("\n".join(lines))


def graded_counts(app: App) -> Counter[FlagOutcome | None]:
    """Return the number of flags by outcome, as the application grades them."""
    with open_snapshot(app) as snapshot:
        known_until = freshness(app, snapshot).known_until
        return grading.grade_flags(snapshot.reader, known_until).counts()


def people_to_write_to(page: str) -> list[NamedPerson]:
    """Return the people under "To write to" in a report."""
    part = re.split(r"<h2[^>]*>To write to</h2>", page)
    if len(part) == 1:
        return []
    people = part[1].split("<h2")[0].split("<h3")[1:]
    return [_parse_person(block) for block in people]


def _parse_person(block: str) -> NamedPerson:
    links = {
        unescape(words): unescape(href)
        for href, words in re.findall(r'href="([^"]+)"[^>]*>(?:<b>)?([^<]+)<', block)
    }
    return NamedPerson(unquote(urlsplit(links.pop("Write")).path), links)
