"""What is said of the past week: what became of those named, and of what the owner answered.

No guilt: whoever is still quiet is said to be quiet, and no more.
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


def became(found: Mapping[FlagOutcome | None, Sequence[str]]) -> list[str]:
    """What became of those whom the last report named: a sentence for each outcome there is.

    `found` has their names; None and lapsed: nothing has come yet.
    """
    quiet = [*found.get(None, ()), *found.get(FlagOutcome.LAPSED, ())]
    lines = [
        (found.get(FlagOutcome.ACTED, ()), _("You were in touch with {names}.")),
        (found.get(FlagOutcome.CAME_BACK, ()), _("You heard from {names} first.")),
        (found.get(FlagOutcome.SNOOZED, ()), _("Put off, as you said: {names}.")),
        (found.get(FlagOutcome.DISMISSED, ()), _("Not named again, as you said: {names}.")),
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
