"""An owner who acts on reports by a script, and what must become of the flags by that script.

They read the report's page as it was delivered, tap on what the script says, and write with the
hand of a mail program: into a folder of sent mail. The script's own account of what follows is kept
by simple rules, from the mail itself and not from the store.
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

# What is done about a name: by mail, by a tap, or nothing.
WRITE, MET, LATER, NEVER, NOTHING = "write", "met", "later", "never", "nothing"
_TAPS = {MET: "Met elsewhere", LATER: "Not now", NEVER: "Not for me"}
_MAKES = {MET: FlagOutcome.ACTED, LATER: FlagOutcome.SNOOZED, NEVER: FlagOutcome.DISMISSED}
# So long after the report the owner acts.
_AFTER = timedelta(hours=9)

# When somebody and the owner were in touch without the script, and whether the owner began.
Contact = tuple[datetime, bool]


@dataclass(frozen=True)
class Named:
    """A name in a report, as it was delivered: whom it writes to, and where its links lead."""

    address: str
    links: dict[str, str]


@dataclass
class Script:
    """What the owner does, and what must come of it.

    `choose(week, place)` says what is done about a name. `contact(address)` is what else happens
    between the two, oldest first.
    """

    app: App
    sent: Path
    me: str
    choose: Callable[[int, int], str]
    contact: Callable[[str], Iterable[Contact]]
    done: list[tuple[str, datetime, list[tuple[datetime, FlagOutcome]]]] = field(
        default_factory=list
    )

    def live(self, week: int, now: datetime) -> None:
        """Send the week's report, and act on it; the house's clock stands at `now`."""
        self.read()
        outcome = work.report_owner(self.app)
        assert outcome.sent, outcome.where
        page = next(iter(sorted(transports.report_folder(self.app).glob("*.html"))[-1:]))
        for place, one in enumerate(named(page.read_text(encoding="utf-8"))):
            doing = self.choose(week, place)
            at = now + _AFTER + timedelta(minutes=place)
            mine: list[tuple[datetime, FlagOutcome]] = []
            if doing == WRITE:
                self._send(at, one.address, "Hello again")
                mine.append((at, FlagOutcome.ACTED))
            elif doing in _TAPS:
                query = parse_qs(urlsplit(one.links[_TAPS[doing]]).query)
                self._send(at, self.me, query["subject"][0])
                mine.append((at, _MAKES[doing]))
            self.done.append((one.address, now, mine))

    def read(self) -> None:
        """Read all sources, and take the answers that were found."""
        for source in self.app.config.sources:
            assert work.sync_source(self.app, source).trouble == ""
        answers.apply_pending(self.app)

    def expected(self, now: datetime) -> Counter[FlagOutcome | None]:
        """What must have become of all names by `now`."""
        return Counter(self._became(address, at, mine, now) for address, at, mine in self.done)

    def _became(
        self, address: str, at: datetime, mine: list[tuple[datetime, FlagOutcome]], now: datetime
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
            for when, outcome in (*mine, *written, *seen)
            if at < when < min(end, now)
        ]
        if after:
            return min(after, key=lambda one: one[0])[1]
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


def counted(app: App) -> Counter[FlagOutcome | None]:
    """What became of all names, as the house has graded them by now."""
    with open_snapshot(app) as snapshot:
        known_until = freshness(app, snapshot).known_until
        return grading.grade_flags(snapshot.reader, known_until).counts()


def named(page: str) -> list[Named]:
    """Who stands under "To write to" in a report, with the links beside each."""
    part = re.split(r"<h2[^>]*>To write to</h2>", page)
    if len(part) == 1:
        return []
    people = part[1].split("<h2")[0].split("<h3")[1:]
    return [_one(block) for block in people]


def _one(block: str) -> Named:
    links = {
        unescape(words): unescape(href)
        for href, words in re.findall(r'href="([^"]+)"[^>]*>(?:<b>)?([^<]+)<', block)
    }
    return Named(unquote(urlsplit(links.pop("Write")).path), links)
