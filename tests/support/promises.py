"""What became of each week's report in a simulated life, held against what is promised."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from beforehand.mailing import periods
from tests.support.simulation import BEGIN, MARGIN, Copy, Life
from tests.support.smtp_server import Fate

# Whoever is awake so long after the report was due has had the time to send it, whatever went
# wrong: three troubles are the most, and the longest pause between two tries is six hours.
ENOUGH = timedelta(hours=48)
LATE = "the first came later than it was looked for"
UNREADABLE = "the inbox could not be read when it was looked for"
SLEPT = "the laptop slept until the week was over"
SHORT = "the laptop was awake for less than two days of the week"
# The process may die twice before it gets to the mail server, and the report is looked for each
# time: for an hour, or for six where the inbox cannot be read.
PROMPT, PROMPT_BLIND = timedelta(hours=3), timedelta(hours=14)
LIED = "the mail server said that it had taken it, and lost it"


@dataclass
class Reckoning:
    """Counted over the weeks; `wrong` says what breaks the promise."""

    weeks: int = 0
    once: int = 0
    again: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    flags_exact: int = 0
    flags_more: int = 0
    flags_unknown: int = 0
    met: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Reckoning) -> None:
        """Count another life as well."""
        self.weeks += other.weeks
        self.once += other.once
        self.flags_exact += other.flags_exact
        self.flags_more += other.flags_more
        self.flags_unknown += other.flags_unknown
        self.again.update(other.again)
        self.missing.update(other.missing)
        self.met.update(other.met)
        self.wrong += other.wrong


def reckon(life: Life) -> Reckoning:
    """Reckon up a life that was lived."""
    found = Reckoning(met=Counter(life.met))
    for label in labels(life):
        found.weeks += 1
        tries = [one for one in life.copies if one.label == label]
        got = [one for one in tries if one.arrives is not None]
        if not got:
            _missing(found, life, label, tries)
        elif len(got) == 1:
            found.once += 1
        for number, one in enumerate(tries):
            _again(found, life, one, tries[:number])
        if got:
            _flags(found, life, label, tries, got)
        if label in life.early:
            found.wrong.append(f"{_at(life, label)}: sent before it was due")
        bound = PROMPT_BLIND if label in life.unreadable else PROMPT
        if life.tried.get(label, 0) > bound.total_seconds():
            found.wrong.append(f"{_at(life, label)}: first tried after {life.tried[label]} s awake")
        if len({name(one) for one in tries}) > 1:
            found.wrong.append(f"{_at(life, label)}: two Message-IDs")
    return found


def labels(life: Life) -> list[str]:
    """The weeks that lie in the life as a whole, and end early enough for all mail to arrive."""
    zone = life.config.zone
    days = range(7, 7 * (life.weeks + MARGIN - 1))
    found = dict.fromkeys(
        periods.label(life.config, (BEGIN + timedelta(days=day)).astimezone(zone)) for day in days
    )
    return list(found)[1 : life.weeks + 1]


def name(copy: Copy) -> bytes:
    """Its Message-ID."""
    (line,) = (one for one in copy.message.split(b"\r\n") if one.startswith(b"Message-ID:"))
    return line


def _at(life: Life, label: str) -> str:
    return f"seed {life.seed}, {label}"


def _missing(found: Reckoning, life: Life, label: str, tries: list[Copy]) -> None:
    if any(one.fate is Fate.LIED_YES for one in tries):
        found.missing[LIED] += 1
    elif not life.awake[label]:
        found.missing[SLEPT] += 1
    elif life.awake[label] < ENOUGH.total_seconds():
        found.missing[SHORT] += 1
    else:
        hours = life.awake[label] // 3600
        found.wrong.append(f"{_at(life, label)}: missing, though awake for {hours} hours: {tries}")


def _again(found: Reckoning, life: Life, one: Copy, before: list[Copy]) -> None:
    """Whether there was cause to send it, given what was sent before."""
    if any(other.known for other in before):
        found.wrong.append(f"{_at(life, one.label)}: sent again, though known to be sent")
    earlier = [other.arrives for other in before if other.arrives is not None]
    if not earlier or one.arrives is None:
        return
    reason = _reason(earlier, one)
    if reason:
        found.again[reason] += 1
    else:
        found.wrong.append(f"{_at(life, one.label)}: sent again, though it was there to be seen")


def _reason(earlier: list[datetime], one: Copy) -> str:
    if one.blind:
        return UNREADABLE
    return LATE if all(arrived > one.at for arrived in earlier) else ""


def _flags(found: Reckoning, life: Life, label: str, tries: list[Copy], got: list[Copy]) -> None:
    """Whether the flags recorded are those that the mails named which the owner got."""
    if life.states.get(label) != "sent":
        found.wrong.append(f"{_at(life, label)}: arrived, and stands as {life.states.get(label)}")
        return
    if any(one.message not in life.composed for one in tries):
        found.flags_unknown += 1  # one was composed in the process that was killed
        return
    named = [{(f.person_id, f.kind) for f in life.composed[one.message]} for one in got]
    kept, union = life.flags[label], set[tuple[int, str]]().union(*named)
    if kept == union:
        found.flags_exact += 1
    elif kept >= named[-1] and any(one.blind for one in tries):
        found.flags_more += 1  # of those that nobody could see, all that they named counts
    elif kept == named[-1] and len(got) > 1:
        found.flags_more += 1
    else:
        found.wrong.append(f"{_at(life, label)}: flags {kept} for mails that named {named}")
