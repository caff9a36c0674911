"""The longer answer about one tie: why it is judged as it is, each word with its number."""

from __future__ import annotations

from datetime import date

from report.kinds import SuppressionKind
from report.text.language import gettext as _
from report.text.language import ngettext
from report.text.phrases import (
    chance,
    day,
    days,
    days_ago,
    each,
    every,
    listed,
    number,
    plain,
    span,
    tenths,
)
from report.text.ties import months_line, mostly_meetings
from scoring.attention import Suppression
from scoring.judgement import Judgement, Reasons, Spoke, State

# As the command line shows them, which is in English.
_SUPPRESSED = {
    Suppression.CALLER: "held back",
    Suppression.THRESHOLD_RAISED: "named again and again, and nothing followed",
    Suppression.TWO_UNANSWERED: "two unanswered",
}
_SMALL = 10  # below, a number is told with a figure after the point


def why(judgement: Judgement, name: str, *, today: date | None = None) -> list[str]:
    """Why a tie is judged as it is, one thought a line, with its numbers.

    `today` lets dates of this year go without their year.
    """
    reasons, name = judgement.reasons, plain(name)
    lines = [
        _state(judgement).format(
            name=name,
            fades=days(reasons.fades_after_days),
            sleeps=days(reasons.sleeps_after_days),
            number=number(reasons.sleeps_after_days),
        ),
        _rhythm(reasons),
        *_wished(reasons),
        _silence(reasons, today),
        _last_word(reasons, name),
        _seen(reasons, name, today),
    ]
    if reasons.months:
        lines.append(f"{months_line(reasons.months)}.")
    if judgement.state is not State.SLIGHT:
        text = ngettext(
            "Of silences like this one, {chance} go on without a word for the next {number} day.",
            "Of silences like this one, {chance} go on without a word for the next {number} days.",
            judgement.horizon_days,
        )
        horizon = number(judgement.horizon_days)
        lines.append(text.format(chance=chance(judgement.p_lapse), number=horizon))
    lines.append(_what_would_change(judgement))
    return lines


def suppressed(reason: Suppression) -> str:
    """Say why somebody who would have been named is not."""
    return _SUPPRESSED[reason]


def suppressed_by(reason: SuppressionKind, on: date, times: int = 0) -> str:
    """Say why somebody is not put before the owner.

    on: the day of the meeting, of the snooze's end, or of the last report that named them. times:
    how often reports have named them in this silence.
    """
    match reason:
        case SuppressionKind.MEETING:
            return f"you meet on {on:%-d %b}"
        case SuppressionKind.SNOOZED:
            return f"snoozed until {on:%-d %b %Y}"
        case SuppressionKind.NAMED:
            return f"in your report of {on:%-d %b}"
        case SuppressionKind.NAMED_OFTEN:
            return f"named {times} times in this silence, the last time on {on:%-d %b}"


def _state(judgement: Judgement) -> str:
    reasons = judgement.reasons
    match judgement.state:
        case State.SLIGHT:
            return _("There is too little between you and {name} yet to speak of a rhythm.")
        case State.LIVING if reasons.wished_days is not None:
            return _("Your tie with {name} is living: you are in touch as often as you wish.")
        case State.LIVING:
            return _("Your tie with {name} is living: a silence of up to {fades} fits its rhythm.")
        case State.FADING if reasons.wished_days is not None:
            return _("Your tie with {name} is fading: the silence is longer than you wish.")
        case State.FADING:
            # NOTE: {fades} is a length: "14 days".
            return ngettext(
                "Your tie with {name} is fading: a silence of more than {fades} is unusual for "
                "you two, and after {number} day it counts as asleep.",
                "Your tie with {name} is fading: a silence of more than {fades} is unusual for "
                "you two, and after {number} days it counts as asleep.",
                reasons.sleeps_after_days,
            )
        case State.DORMANT:
            return _(
                "Your tie with {name} is asleep: a silence of more than {sleeps} has outgrown "
                "its old rhythm by far."
            )


def _figure(amount: float) -> str:
    """A number with one figure after the point while it is small: "3.4", "9", "31"."""
    return tenths(amount) if amount < _SMALL else number(round(amount))


def _rhythm(reasons: Reasons) -> str:
    gap = reasons.usual_gap_days
    if gap is None:
        return _("There are fewer than two gaps between contacts, so no usual gap is known.")
    figure = _figure(gap)
    middle = 1 if figure == "1" else 2  # "1.4 days"
    text = (
        ngettext(
            "You two are usually in touch {rhythm}: that is the middle one of your gaps "
            "({number} day), long and recent ones weighing more.",
            "You two are usually in touch {rhythm}: that is the middle one of your gaps "
            "({number} days), long and recent ones weighing more.",
            middle,
        )
        if mostly_meetings(reasons)
        else ngettext(
            "You two usually write {rhythm}: that is the middle one of your gaps "
            "({number} day), long and recent ones weighing more.",
            "You two usually write {rhythm}: that is the middle one of your gaps "
            "({number} days), long and recent ones weighing more.",
            middle,
        )
    )
    return text.format(rhythm=every(gap), number=figure)


def _wished(reasons: Reasons) -> list[str]:
    if reasons.wished_days is None:
        return []
    text = _("You wish to be in touch {rhythm}; that is what counts here.")
    return [text.format(rhythm=each(reasons.wished_days))]


def _silence(reasons: Reasons, today: date | None) -> str:
    gap, silence = reasons.usual_gap_days, reasons.silence_days
    when, ago = day(reasons.last_contact, today), days_ago(silence)
    if silence <= 1:
        return _("The last contact was on {day}: {ago}.").format(day=when, ago=ago)
    if reasons.away_days:
        # NOTE: {ago} is "31 days ago", {span} "9 days".
        ago = _("{ago}, {span} of which you were away").format(
            ago=ago, span=span(reasons.away_days)
        )
        silence -= reasons.away_days
    if gap is None or silence < 2:  # noqa: PLR2004 - today and yesterday are no silence
        return _("The last contact was on {day}, {ago}.").format(day=when, ago=ago)
    times = silence / max(gap, 1.0)
    if times < 0.75:  # noqa: PLR2004 - clearly less than one usual gap
        text = _("The last contact was on {day}, {ago}: less than your usual gap.")
    elif times < 1.25:  # noqa: PLR2004 - one usual gap, give or take
        text = _("The last contact was on {day}, {ago}: about your usual gap.")
    else:
        text = _("The last contact was on {day}, {ago}: {number} times your usual gap.")
    return text.format(day=when, ago=ago, number=_figure(times))


def _seen(reasons: Reasons, name: str, today: date | None) -> str:
    if reasons.contact_days > 1:
        text = ngettext(
            "Seen so far: contact on {number} day since {day}, over {span}",
            "Seen so far: contact on {number} days since {day}, over {span}",
            reasons.contact_days,
        )
    else:
        text = _("Seen so far: contact on 1 day since {day}")
    seen = text.format(
        number=number(reasons.contact_days),
        day=day(reasons.first_contact, today),
        span=span((reasons.last_contact - reasons.first_contact).days),
    )
    # NOTE: parts of a list: "you wrote on 40 days, Grace wrote on 31 days and you met on 4 days".
    wrote = ngettext("you wrote on {number} day", "you wrote on {number} days", reasons.out_days)
    they = ngettext(
        "{name} wrote on {number} day", "{name} wrote on {number} days", reasons.in_days
    )
    met = ngettext("you met on {number} day", "you met on {number} days", reasons.meeting_days)
    counted = ((wrote, reasons.out_days), (they, reasons.in_days), (met, reasons.meeting_days))
    parts = [one.format(name=name, number=number(on)) for one, on in counted if on]
    return f"{seen}; {listed(parts)}." if parts else f"{seen}."


def _last_word(reasons: Reasons, name: str) -> str:
    if reasons.unanswered > 1:
        text = ngettext(
            "You wrote on {number} day since {name} was last heard. "
            "You have done your part; there is no need to write again.",
            "You wrote on {number} days since {name} was last heard. "
            "You have done your part; there is no need to write again.",
            reasons.unanswered,
        )
    elif reasons.last_spoke is Spoke.OWNER:
        text = _("The last word was yours.")
    elif reasons.last_spoke is Spoke.THEY:
        text = _("The last word was from {name}.")
    else:
        text = _("The last time, word went both ways.")
    return text.format(number=number(reasons.unanswered), name=name)


def _what_would_change(judgement: Judgement) -> str:
    if judgement.state is State.SLIGHT:
        return _("A few more days with contact, both ways, would show a rhythm.")
    return _(
        "Any word between you, from either side, starts the count afresh. If you two talk where "
        "Beforehand cannot see, the silence is not real: what it does not see, it cannot count."
    )
