"""The words of a report, top to bottom: numbers in, plain short sentences out.

No scores, no guilt, correct plurals. The small phrases are in `report.text.phrases`, the longer
answer about one tie in `report.text.why`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from report.text.language import gettext as _
from report.text.language import ngettext
from report.text.phrases import (
    COUNTED_IN_WEEKS,
    ago,
    clock,
    day,
    days,
    days_between,
    each,
    every,
    is_daily,
    is_in_days,
    listed,
    number,
    plain,
    span,
)
from scoring.judgement import Reasons, Spoke


def quiet() -> str:
    """The verdict where there is nothing to do."""
    return _("A quiet week: nobody needs a word from you now.")


def first() -> tuple[str, ...]:
    """What is said once, in the first report."""
    return (
        _(
            "This is your first report. It is made from who was in touch, when and which way; "
            "never from what was said."
        ),
        _(
            "It learns each tie's own rhythm, and names the few whose silence is growing longer "
            "than their habit, before they go quiet for good."
        ),
        _(
            "The bars show on how many days you were in touch, month by month. Nothing here is a "
            "duty: write to whom you would like to hear from."
        ),
    )


def mostly_meetings(reasons: Reasons) -> bool:
    """Whether the two are seen to meet more than to write."""
    return reasons.meeting_days * 2 > reasons.contact_days


def _it_has_been(reasons: Reasons, silence: str) -> str:
    """The present silence, beside the rhythm; in part the owner's own absence."""
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


def kept(name: str, every_days: int, tags: Sequence[str]) -> str:
    """What the owner's word about somebody comes to: "Ada is kept among your people, ..."."""
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


def sentence(reasons: Reasons) -> str:
    """The numbers in one breath: "You two usually write every 9 days; it has been 31. ..."."""
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


def verdict(counts: Sequence[str]) -> str:
    """The verdict: "3 people to write to, 1 reply owed."; the quiet line where there is nothing."""
    return ", ".join(counts) + "." if counts else quiet()


def subject(when: date, counts: str) -> str:
    """The subject: "Your people, 23 Nov: 3 to write to, 1 reply owed"."""
    return _("Your people, {day}: {counts}").format(
        day=day(when, when), counts=counts or _("a quiet week")
    )


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


def replies_owed() -> str:
    """The title above the replies owed."""
    return _("Replies owed")


def count_owed(replies: int) -> str:
    """How many replies are owed, in the verdict and in the subject."""
    return ngettext("{number} reply owed", "{number} replies owed", replies).format(
        number=number(replies)
    )


def newcomers() -> str:
    """The title above those who are new."""
    return _("New, and no word since")


def count_new(people: int) -> str:
    """How many new people there are, in the verdict."""
    return ngettext(
        "{number} new person to follow up with", "{number} new people to follow up with", people
    ).format(number=number(people))


def few_new(people: int) -> str:
    """As `count_new`, in the subject."""
    return ngettext("{number} to follow up with", "{number} to follow up with", people).format(
        number=number(people)
    )


def worth_a_hello() -> str:
    """The title above the tie asleep that is worth a hello."""
    return _("Worth a hello")


def months_line(months: tuple[int, ...]) -> str:
    """The bars in words: "Days in touch per month, oldest first: 3, 4, 2"."""
    return _("Days in touch per month, oldest first: {numbers}").format(
        numbers=", ".join(number(one) for one in months)
    )


def week(start: date, end: date) -> str:
    """The span [start, end) as a person says it: "16-22 Nov 2026"."""
    last = date.fromordinal(max(end.toordinal() - 1, start.toordinal()))
    return day(last) if start == last else days_between(start, last)


def standing(living: int, fading: int, dormant: int) -> str:
    """How many ties stand where: "48 living ties, 9 quieter than usual, 31 asleep."."""
    if not living + fading + dormant:
        return _("No tie is old enough yet to speak of its rhythm.")
    # NOTE: ties counted, one after the other: "48 living ties, 9 quieter than usual, 31 asleep."
    parts = [ngettext("{number} living tie", "{number} living ties", living)]
    numbers = [living]
    if fading:
        parts.append(ngettext("{number} quieter than usual", "{number} quieter than usual", fading))
        numbers.append(fading)
    if dormant:
        parts.append(ngettext("{number} asleep", "{number} asleep", dormant))
        numbers.append(dormant)
    said = (one.format(number=number(n)) for one, n in zip(parts, numbers, strict=True))
    return ", ".join(said) + "."


def seen(label: str, last_ok: datetime | None, now: datetime) -> str:
    """When a source was last read: "Gmail: last seen today at 07:12"."""
    if last_ok is None:
        text = _("{source}: not seen yet")
    elif _today(last_ok, now):
        text = _("{source}: last seen today at {time}")
    else:
        text = _("{source}: last seen {day} at {time}")
    return _of_source(text, label, last_ok, now)


def _of_source(text: str, label: str, when: datetime | None, now: datetime) -> str:
    local = (when or now).astimezone(now.tzinfo)
    return text.format(source=_source(label), day=day(local.date(), now.date()), time=clock(local))


def notice(label: str, last_ok: datetime | None, trouble: str, now: datetime) -> str:
    """What is said at the top of a source that is stale, with its trouble as a last sentence."""
    if last_ok is None:
        text = _("{source} has not been seen yet.")
    elif _today(last_ok, now):  # read, but what it holds is old
        text = _("{source} was last seen today at {time}.")
    else:
        text = _("{source} was last seen on {day} at {time}; nothing since is counted.")
    said = _of_source(text, label, last_ok, now)
    trouble = " ".join(trouble.split()).rstrip(".")
    return f"{said} {trouble[0].upper()}{trouble[1:]}." if trouble else said


def partly(label: str, back_to: datetime, now: datetime) -> str:
    """What is said at the top of a source that is being read for the first time."""
    text = _(
        "{source} is being read for the first time, the newest first: back to {day} so far. "
        "What lies before that is not weighed yet."
    )
    return _of_source(text, label, back_to, now)


def early() -> tuple[str, str]:
    """The verdict and the end of the subject where too little has been read to name anybody."""
    verdict = _("Your mail is still being read: it is too early to name anybody.")
    return verdict, _("mail being read")


def blind(last_ok: datetime | None, now: datetime) -> tuple[str, str]:
    """The verdict and the end of the subject of a report that may claim no silence."""
    if last_ok is None:
        return _("Your mail has not been seen yet, so nobody is named."), _("mail not seen yet")
    if _today(last_ok, now):
        return _("Your mail is out of date, so nobody is named."), _("mail out of date")
    since = day(last_ok.astimezone(now.tzinfo).date(), now.date())
    return (
        _("Your mail has not been seen since {day}, so nobody is named.").format(day=since),
        _("mail not seen since {day}").format(day=since),
    )


def _source(label: str) -> str:
    name = plain(label)
    return name[0].upper() + name[1:]


def _today(when: datetime, now: datetime) -> bool:
    return when.astimezone(now.tzinfo).date() == now.date()


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


def owed_since(since: date, waiting: int, today: date, because: str = "") -> str:
    """Since when a reply is owed, and why it seems so: "wrote on 14 Nov, 9 days ago"."""
    # NOTE: follows a name: "Nia Okafor wrote on 14 Nov, 9 days ago".
    text = _("wrote on {day}, {ago}").format(day=day(since, today), ago=ago(waiting))
    return f"{text}; {because}" if because else text


def met_since(on: date, today: date, *, wrote: bool) -> str:
    """Somebody new: "You first met on 12 Nov, 11 days ago; no word since."."""
    text = (
        _("You two first wrote on {day}, {ago}; no word since.")
        if wrote
        else _("You first met on {day}, {ago}; no word since.")
    )
    return text.format(day=day(on, today), ago=ago((today - on).days))


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
