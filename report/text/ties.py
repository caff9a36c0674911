"""What the report says of a tie: its rhythm and silence, and the section that it stands in.

The longer answer about one tie is in `report.text.why`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from report.text.language import gettext as _
from report.text.language import ngettext
from report.text.phrases import (
    COUNTED_IN_WEEKS,
    ago,
    day,
    days,
    each,
    every,
    is_daily,
    is_in_days,
    listed,
    number,
    span,
)
from scoring.judgement import Reasons, Spoke


def to_write_to() -> str:
    """The title above the people to write to."""
    return _("To write to")


def count_to_write_to(people: int) -> str:
    """How many there are to write to, in the verdict."""
    # NOTE: the report's first line: "3 people to write to, 1 reply owed."
    return ngettext("{number} person to write to", "{number} people to write to", people).format(
        number=number(people)
    )


def few_to_write_to(people: int) -> str:
    """As `count_to_write_to`, in the subject."""
    # NOTE: of a subject, short: "Your people, 23 Nov: 3 to write to, 1 reply owed".
    return ngettext("{number} to write to", "{number} to write to", people).format(
        number=number(people)
    )


def sentence(reasons: Reasons) -> str:
    """The rhythm and the present silence: "You two usually write every 9 days; it ..."."""
    if (wished := reasons.wished_days) is not None:
        text, rhythm = _("You wish to be in touch {rhythm}; {silence}."), each(wished)
        silence = _silence_of(reasons, in_days=wished > 1, daily=wished == 1)
    elif (gap := reasons.usual_gap_days) is not None:
        text = (
            _("You two are usually in touch {rhythm}; {silence}.")
            if mostly_meetings(reasons)
            # NOTE: {rhythm} is "every 9 days", {silence} "it has been 31".
            else _("You two usually write {rhythm}; {silence}.")
        )
        rhythm = every(gap)
        silence = _silence_of(reasons, in_days=is_in_days(gap), daily=is_daily(gap))
    else:
        return f"{_few_times(reasons)} {_who_last(reasons)}"
    said = text.format(rhythm=rhythm, silence=_it_has_been(reasons, silence))
    return f"{said} {_who_last(reasons)}"


def mostly_meetings(reasons: Reasons) -> bool:
    """Whether the two are seen to meet more than to write."""
    return reasons.meeting_days * 2 > reasons.contact_days


def _it_has_been(reasons: Reasons, silence: str) -> str:
    """The present silence, to follow the rhythm, with how much of it the owner was away."""
    if reasons.silence_days <= 0:
        # NOTE: follows a rhythm: "You two usually write every 9 days; you were in touch today."
        return _("you were in touch today")
    if reasons.silence_days == 1:
        return _("you were in touch yesterday")
    if reasons.away_days:
        # NOTE: as below; {silence} and {away} are lengths: "31", "31 days", "5 weeks".
        return _("it has been {silence}, {away} of which you were away").format(
            silence=silence, away=span(reasons.away_days)
        )
    # NOTE: follows a rhythm: "You two usually write every 9 days; it has been 31."
    return _("it has been {silence}").format(silence=silence)


def _silence_of(reasons: Reasons, *, in_days: bool, daily: bool) -> str:
    """The present silence in the rhythm's own unit, where that reads well."""
    silence = reasons.silence_days
    if silence >= COUNTED_IN_WEEKS or not (in_days or daily):
        return span(silence)
    # "every 9 days; it has been 31": the unit is said once.
    return number(silence) if in_days else days(silence)


def _who_last(reasons: Reasons) -> str:
    mine = reasons.last_spoke is Spoke.OWNER
    if reasons.last_spoke is Spoke.BOTH:
        return _("Last time, word went both ways.")
    if mostly_meetings(reasons):
        return _("The last word was yours.") if mine else _("The last word was theirs.")
    return _("You wrote last.") if mine else _("They wrote last.")


def _few_times(reasons: Reasons) -> str:
    if reasons.contact_days == 1:
        text = _("You two were in touch once, {ago}.")
    else:
        text = ngettext(
            "You two were in touch on {number} day; the last was {ago}.",
            "You two were in touch on {number} days; the last was {ago}.",
            reasons.contact_days,
        )
    return text.format(number=number(reasons.contact_days), ago=ago(reasons.silence_days))


def months_line(months: tuple[int, ...]) -> str:
    """The bars in words: "Days in touch per month, oldest first: 3, 4, 2"."""
    return _("Days in touch per month, oldest first: {numbers}").format(
        numbers=", ".join(number(one) for one in months)
    )


def year_in_touch(months: tuple[int, ...]) -> str:
    """What the bars add up to: "34 days in touch in 12 months"."""
    within, total = len(months), sum(months)
    # NOTE: as in "34 days in touch in 12 months".
    period = ngettext("in {number} month", "in {number} months", within)
    text = ngettext("{number} day in touch {period}", "{number} days in touch {period}", total)
    return text.format(number=number(total), period=period.format(number=number(within)))


def last_contact(when: date, today: date) -> str:
    """When the last contact was: "last on 23 Oct"."""
    # NOTE: follows what the bars add up to: "34 days in touch in 12 months, last on 23 Oct".
    return _("last on {day}").format(day=day(when, today))


def worth_a_hello() -> str:
    """The title above the tie asleep that is worth a hello."""
    return _("Worth a hello")


def once_close(reasons: Reasons) -> str:
    """What a tie was that is asleep: "You two were in touch on 48 days over 3 years, ..."."""
    text = ngettext(
        "You two were in touch on {number} day over {span}; the last was {ago}. "
        "A hello there reaches beyond the circles you move in now.",
        "You two were in touch on {number} days over {span}; the last was {ago}. "
        "A hello there reaches beyond the circles you move in now.",
        reasons.contact_days,
    )
    return text.format(
        number=number(reasons.contact_days),
        span=span((reasons.last_contact - reasons.first_contact).days),
        ago=ago(reasons.silence_days),
    )


def kept(name: str, every_days: int, tags: Sequence[str]) -> str:
    """What the owner's override does: "Ada is kept among your people, ..."."""
    if tags and every_days:
        text = _("{name} is kept among your people, in {tags}; you wish to be in touch {rhythm}.")
    elif tags:
        text = _("{name} is kept among your people, in {tags}.")
    elif every_days:
        text = _("{name} is kept among your people; you wish to be in touch {rhythm}.")
    else:
        text = _("{name} is kept among your people.")
    rhythm = each(every_days) if every_days else ""
    return text.format(name=name, tags=listed(tags) if tags else "", rhythm=rhythm)
