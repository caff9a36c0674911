"""Whether a simulated laptop's reports were delivered as promised, week by week."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from beforehand.mailing import periods
from tests.support.scripted_smtp_server import MessageFate
from tests.support.simulation import BEGIN, MARGIN, SentCopy, SimulatedLaptop

# Awake for this long after the report was due, a laptop has time to send it, whatever goes wrong:
# at most three troubles, and at most six hours between two tries.
ENOUGH = timedelta(hours=48)
LATE = "the first came later than it was looked for"
UNREADABLE = "the inbox could not be read when it was looked for"
SLEPT = "the laptop slept until the week was over"
SHORT = "the laptop was awake for less than two days of the week"
# The process may be killed twice before it reaches the mail server, and each time the mailbox is
# searched for the report: for an hour, or for six while the inbox cannot be read.
PROMPT, PROMPT_BLIND = timedelta(hours=3), timedelta(hours=14)
LIED = "the mail server said that it had taken it, and lost it"


@dataclass
class DeliveryTally:
    """Counts over the weeks; `wrong` has a line for each breach of the promise.

    once: delivered once. again: copies too many, by reason. missing: not delivered, by reason.
    flags_exact: the flags recorded are those delivered; flags_more: those of an unseen copy too;
    flags_unknown: not compared. troubles: how often each was met.
    """

    weeks: int = 0
    once: int = 0
    again: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    flags_exact: int = 0
    flags_more: int = 0
    flags_unknown: int = 0
    troubles: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, other: DeliveryTally) -> None:
        """Add the counts of another laptop."""
        self.weeks += other.weeks
        self.once += other.once
        self.flags_exact += other.flags_exact
        self.flags_more += other.flags_more
        self.flags_unknown += other.flags_unknown
        self.again.update(other.again)
        self.missing.update(other.missing)
        self.troubles.update(other.troubles)
        self.wrong += other.wrong


def check_promises(laptop: SimulatedLaptop) -> DeliveryTally:
    """Hold what happened to a laptop that has run against the promise."""
    tally = DeliveryTally(troubles=Counter(laptop.troubles))
    for label in whole_weeks(laptop):
        tally.weeks += 1
        copies = [copy for copy in laptop.copies if copy.label == label]
        delivered = [copy for copy in copies if copy.arrives is not None]
        if not delivered:
            _missing(tally, laptop, label, copies)
        elif len(delivered) == 1:
            tally.once += 1
        for number, copy in enumerate(copies):
            _again(tally, laptop, copy, copies[:number])
        if delivered:
            _flags(tally, laptop, label, copies, delivered)
        if label in laptop.early:
            tally.wrong.append(f"{_at(laptop, label)}: sent before it was due")
        bound = PROMPT_BLIND if label in laptop.unreadable else PROMPT
        if laptop.tried.get(label, 0) > bound.total_seconds():
            tally.wrong.append(
                f"{_at(laptop, label)}: first tried after {laptop.tried[label]} s awake"
            )
        if len({message_id(copy) for copy in copies}) > 1:
            tally.wrong.append(f"{_at(laptop, label)}: two Message-IDs")
    return tally


def whole_weeks(laptop: SimulatedLaptop) -> list[str]:
    """Return the weeks that were simulated whole, and ended in time for all mail to arrive."""
    zone = laptop.config.zone
    days = range(7, 7 * (laptop.weeks + MARGIN - 1))
    weeks = dict.fromkeys(
        periods.label(laptop.config, (BEGIN + timedelta(days=day)).astimezone(zone)) for day in days
    )
    return list(weeks)[1 : laptop.weeks + 1]


def message_id(copy: SentCopy) -> bytes:
    """Return the Message-ID header of a copy."""
    lines = copy.message.split(b"\r\n")
    (line,) = (line for line in lines if line.startswith(b"Message-ID:"))
    return line


def _at(laptop: SimulatedLaptop, label: str) -> str:
    return f"seed {laptop.seed}, {label}"


def _missing(
    tally: DeliveryTally, laptop: SimulatedLaptop, label: str, copies: list[SentCopy]
) -> None:
    if any(copy.fate is MessageFate.LIED_YES for copy in copies):
        tally.missing[LIED] += 1
    elif not laptop.awake[label]:
        tally.missing[SLEPT] += 1
    elif laptop.awake[label] < ENOUGH.total_seconds():
        tally.missing[SHORT] += 1
    else:
        hours = laptop.awake[label] // 3600
        tally.wrong.append(
            f"{_at(laptop, label)}: missing, though awake for {hours} hours: {copies}"
        )


def _again(
    tally: DeliveryTally, laptop: SimulatedLaptop, copy: SentCopy, before: list[SentCopy]
) -> None:
    """Count a copy sent again with its reason, or report that there was none."""
    if any(other.confirmed for other in before):
        tally.wrong.append(f"{_at(laptop, copy.label)}: sent again, though known to be sent")
    earlier = [other.arrives for other in before if other.arrives is not None]
    if not earlier or copy.arrives is None:
        return
    reason = _reason(earlier, copy)
    if reason:
        tally.again[reason] += 1
    else:
        tally.wrong.append(f"{_at(laptop, copy.label)}: sent again, though it was there to be seen")


def _reason(earlier: list[datetime], copy: SentCopy) -> str:
    if copy.blind:
        return UNREADABLE
    return LATE if all(arrived > copy.at for arrived in earlier) else ""


def _flags(
    tally: DeliveryTally,
    laptop: SimulatedLaptop,
    label: str,
    copies: list[SentCopy],
    delivered: list[SentCopy],
) -> None:
    """Compare the flags recorded with those of the copies that were delivered."""
    if laptop.states.get(label) != "sent":
        tally.wrong.append(
            f"{_at(laptop, label)}: arrived, and stands as {laptop.states.get(label)}"
        )
        return
    if any(copy.message not in laptop.composed for copy in copies):
        tally.flags_unknown += 1  # one was composed in the process that was killed
        return
    named = [{(f.person_id, f.kind) for f in laptop.composed[copy.message]} for copy in delivered]
    kept, union = laptop.flags[label], set[tuple[int, str]]().union(*named)
    if kept == union:
        tally.flags_exact += 1
    elif kept >= named[-1] and any(copy.blind for copy in copies):
        tally.flags_more += 1  # flags of an unseen copy count, too
    elif kept == named[-1] and len(delivered) > 1:
        tally.flags_more += 1
    else:
        tally.wrong.append(f"{_at(laptop, label)}: flags {kept} for mails that named {named}")
