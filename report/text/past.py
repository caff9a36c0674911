"""What is said of the last report: what became of the people whom it named.

No guilt: of somebody still quiet it says no more than that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from report.text.language import gettext as _
from report.text.language import ngettext
from report.text.phrases import day, listed, number, percent, plain
from scoring.grading import FlagOutcome, Share

# A report may come a little late, and the next one on time.
_A_WEEK = 8


def heading(on: date, today: date) -> str:
    """What is looked back on: last week, or since the report before, where that is longer ago."""
    if (today - on).days <= _A_WEEK:
        return _("Last week")
    return _("Since the report of {day}").format(day=day(on, today))


def outcome_sentences(names_by_outcome: Mapping[FlagOutcome | None, Sequence[str]]) -> list[str]:
    """What became of the people whom the last report named: a sentence for each outcome there is.

    The outcomes None and lapsed both mean that nothing has come yet.
    """
    quiet = [*names_by_outcome.get(None, ()), *names_by_outcome.get(FlagOutcome.LAPSED, ())]
    lines = [
        (names_by_outcome.get(FlagOutcome.ACTED, ()), _("You were in touch with {names}.")),
        (names_by_outcome.get(FlagOutcome.CAME_BACK, ()), _("You heard from {names} first.")),
        (names_by_outcome.get(FlagOutcome.SNOOZED, ()), _("Put off, as you said: {names}.")),
        (
            names_by_outcome.get(FlagOutcome.DISMISSED, ()),
            _("Not named again, as you said: {names}."),
        ),
        (quiet, _("Nothing yet with {names}.")),
    ]
    return [text.format(names=_names(names)) for names, text in lines if names]


def _names(names: Sequence[str]) -> str:
    return listed([plain(name) for name in names])


def so_far(share: Share, since: date, today: date) -> str:
    """How often the owner acted on a name, with the interval that so few allow."""
    # NOTE: {since} is a day; {low} and {high} bound the share, as in "between 38 % and 71 %".
    return ngettext(
        "You got in touch after {part} of the {of} name given since {since}: {share}, "
        "in the long run between {low} and {high}.",
        "You got in touch after {part} of the {of} names given since {since}: {share}, "
        "in the long run between {low} and {high}.",
        share.of,
    ).format(
        of=number(share.of),
        part=number(share.part),
        share=percent(share.part / share.of),
        low=percent(share.low),
        high=percent(share.high),
        since=day(since, today),
    )
