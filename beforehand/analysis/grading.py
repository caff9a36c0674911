"""What became of the flags that reports put before the owner, as of a time.

Kept per flag in the store; a replay of the past is graded apart (`beforehand.analysis.replay`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from beforehand.analysis.reader import Reader
from report.answers.verbs import Verb
from report.kinds import LAPSE
from scoring import grading
from scoring.grading import Answered, FlagOutcome, Grade, Share
from sync.bulk import CAP
from sync.store import answers
from sync.store.flags import FlagDecision, SentFlag

# What an answer makes of the flag it is about; the others are about no flag.
_MEANS = {
    Verb.MET: FlagOutcome.ACTED,
    Verb.SNOOZE: FlagOutcome.SNOOZED,
    Verb.IGNORE: FlagOutcome.DISMISSED,
}
# Of fewer flags a share says nothing.
LEAST_FLAGS = 5
# So long after a flag's window mail may still come in that was sent within it.
_SETTLES = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Grades:
    """All flags that went out before a time, oldest first, each with what became of it by then."""

    flags: tuple[SentFlag, ...]
    grades: tuple[Grade | None, ...]

    def changed(self) -> list[FlagDecision]:
        """What the store does not know yet."""
        return [
            FlagDecision(flag.id, said, at)
            for flag, said, at in self._decided()
            if (said, at) != (flag.outcome, flag.decided_at)
        ]

    def of_report(self, report_id: int) -> dict[FlagOutcome | None, list[int]]:
        """What became of those whom one report named to write to; none where it named nobody.

        Person ids by outcome, in the order of the flags; None: still open.
        """
        found: dict[FlagOutcome | None, list[int]] = {}
        for flag, grade in self._lapses():
            if flag.report_id == report_id:
                found.setdefault(grade.outcome if grade else None, []).append(flag.person_id)
        return found

    def counts(self) -> Counter[FlagOutcome | None]:
        """How many of those named to write to came to what; None: still open."""
        return Counter(grade.outcome if grade else None for _, grade in self._lapses())

    def acted_on(self) -> Share | None:
        """What share of those named the owner acted on; None where too few have been graded."""
        counts = self.counts()
        decided = counts.total() - counts[None]
        return grading.share(counts[FlagOutcome.ACTED], decided) if decided >= LEAST_FLAGS else None

    def since(self) -> datetime | None:
        """When somebody was first named."""
        return next((flag.at for flag, _ in self._lapses()), None)

    def bars(self) -> dict[int, float]:
        """The threshold factor per person (only people whose threshold is raised)."""
        lapses = self._lapses()
        return grading.raised_thresholds(
            grading.ignored_in_a_row([f.person_id for f, _ in lapses], [g for _, g in lapses])
        )

    def length(self, most: int) -> int:
        """How many people the next report names, of at most so many."""
        acted: dict[int, int] = {}
        for flag, grade in self._lapses():
            if grade is not None:
                acted.setdefault(flag.report_id, 0)
                acted[flag.report_id] += grade.outcome is FlagOutcome.ACTED
        return grading.list_length(list(acted.values()), most)

    def _lapses(self) -> list[tuple[SentFlag, Grade | None]]:
        both = zip(self.flags, self.grades, strict=True)
        return [(flag, grade) for flag, grade in both if flag.kind == LAPSE]

    def _decided(self) -> Iterator[tuple[SentFlag, str, datetime | None]]:
        for flag, grade in zip(self.flags, self.grades, strict=True):
            if grade is None:
                yield flag, "", None
            else:
                yield flag, grade.outcome.value, datetime.fromtimestamp(int(grade.at), UTC)


def grade_flags(reader: Reader, known_until: datetime | None) -> Grades:
    """Grade all flags as of the reader's time; all mail is known until `known_until` (None: none).

    What was written down of a flag stands once its window has been over for `_SETTLES`: by then
    late mail has come in, and mail that is deleted afterwards changes nothing of what became of
    it. Whoever is ignored by now is graded like the rest.
    """
    flags = reader.sent_flags.before(reader.at)
    answered = answers.of_flags(reader.connection, reader.owner_id)
    place = {flag.id: number for number, flag in enumerate(flags)}
    found = grading.grade_flags(
        reader.contact({flag.person_id for flag in flags}).capped(CAP),
        flagged=[flag.person_id for flag in flags],
        when=[flag.at.timestamp() for flag in flags],
        answers=[
            Answered(place[answer.flag_id], _MEANS[Verb(answer.verb)], answer.at.timestamp())
            for answer in answered
            if answer.flag_id in place and answer.verb in _MEANS
        ],
        now=reader.now,
        known=known_until.timestamp() if known_until else 0.0,
    )
    both = zip(flags, found, strict=True)
    return Grades(tuple(flags), tuple(_settled(flag, reader.at) or grade for flag, grade in both))


def _settled(flag: SentFlag, at: datetime) -> Grade | None:
    """What was written down of a flag and stands for good by then; None while it may change."""
    over = flag.at + timedelta(days=grading.WINDOW_DAYS) + _SETTLES <= at
    if not over or flag.decided_at is None:
        return None
    return Grade(FlagOutcome(flag.outcome), flag.decided_at.timestamp())
