"""What became of the people whom the last report named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from beforehand.mailing.sections.inputs import SectionInputs
from report.sections import Section
from report.text import past as words
from scoring.grading import FlagOutcome, Share


def build(inputs: SectionInputs) -> Section | None:
    """None where there was no report before, or it named nobody."""
    if inputs.last is None:
        return None
    zone, people = inputs.zone, inputs.snapshot.people
    since = inputs.grades.since()
    return section(
        {
            outcome: [people[number].name for number in numbers if number in people]
            for outcome, numbers in inputs.grades.of_report(inputs.last.id).items()
        },
        sent=(inputs.last.sent_at or inputs.last.claimed_at).astimezone(zone).date(),
        acted=inputs.grades.acted_on(),
        since=since.astimezone(zone).date() if since else None,
        today=inputs.today,
    )


def section(
    names: Mapping[FlagOutcome | None, Sequence[str]],
    *,
    sent: date,
    acted: Share | None,
    since: date | None,
    today: date,
) -> Section | None:
    """Put the outcomes into words; None where nobody was named.

    names: those in the report that was sent on the day `sent`, by outcome (None: still open).
    acted: how often the owner has acted on a name since the day `since`; None where that is too
    seldom known to tell.
    """
    if not names:
        return None
    lines = tuple(words.outcome_sentences(names))
    so_far = words.so_far(acted, since, today) if acted and since else ""
    return Section(words.heading(sent, today), summary=lines, small_print=so_far, facts=lines)
