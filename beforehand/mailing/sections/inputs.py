"""What every section of one report is made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, tzinfo

from beforehand.analysis.grading import Grades
from beforehand.analysis.signals import Signals
from beforehand.analysis.snapshot import Snapshot
from report.answers.token import AnswerLinks
from report.view import Period
from scoring.attention import Selection
from sync.store.reports import SentReport


@dataclass(frozen=True, slots=True)
class SectionInputs:
    """All that is known for the report on `period`, as of the snapshot's time.

    selection: the people to write to, and who was held back. last: the report before this one.
    links: the owner's answers; None where nothing reads them. zone: the owner's.
    """

    snapshot: Snapshot
    signals: Signals
    selection: Selection
    grades: Grades
    last: SentReport | None
    period: Period
    links: AnswerLinks | None
    zone: tzinfo

    @property
    def today(self) -> date:
        """The day of the report, in the owner's time zone."""
        return self.period.end
