"""All words a person reads about a tie: numbers in, plain short English out.

No scores, no guilt, correct plurals. The small phrases are in `report.phrases`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from report.phrases import (
    COUNTED_IN_WEEKS,
    ago,
    chance,
    count,
    day,
    every,
    listed,
    moment,
    plain,
    span,
)
from scoring.judgement import Judgement, Reasons, Spoke, State

QUIET = "A quiet week: nobody needs a word from you now."
PAUSE = 'To stop these mails, stop Beforehand\'s daemon, or set via = "file" in its configuration.'
HELP = (
    "Not now, or not for you? `beforehand snooze NAME`, `beforehand ignore NAME`. "
    "How things stand with somebody: `beforehand why NAME`."
)
FIRST = (
    (
        "This is your first report. It is made from who was in touch, when and which way; never "
        "from what was said."
    ),
    (
        "It learns each tie's own rhythm, and names the few whose silence is growing longer than "
        "their habit, before they go quiet for good."
    ),
    (
        "The bars show on how many days you were in touch, month by month. Nothing here is a duty: "
        "write to whom you would like to hear from."
    ),
)


def _mostly_meetings(reasons: Reasons) -> bool:
    return reasons.meeting_days * 2 > reasons.contact_days


def _it_has_been(reasons: Reasons, rhythm: str) -> str:
    """The present silence beside the rhythm, in the rhythm's own unit where that reads well."""
    silence = reasons.silence_days
    if silence <= 1:
        return f"you were in touch {ago(silence)}"
    if rhythm.endswith(" days") and silence < COUNTED_IN_WEEKS:
        return f"it has been {silence}"  # "every 9 days; it has been 31": the unit, said once
    if not rhythm.startswith("about") and silence < COUNTED_IN_WEEKS:
        return f"it has been {count(silence, 'day')}"
    return f"it has been {span(silence)}"


def _who_last(reasons: Reasons) -> str:
    if reasons.last_spoke is Spoke.BOTH:
        return "Last time, word went both ways."
    mine = reasons.last_spoke is Spoke.OWNER
    if _mostly_meetings(reasons):
        return "The last word was yours." if mine else "The last word was theirs."
    return "You wrote last." if mine else "They wrote last."


def kept(name: str, every_days: int, tags: Sequence[str]) -> str:
    """What the owner's word about somebody comes to: "Ada is kept among your people, ..."."""
    text = f"{name} is kept among your people"
    if tags:
        text += f", in {listed(tags)}"
    if every_days:
        text += f"; you wish to be in touch {_each(every_days)}"
    return f"{text}."


def _each(days: int) -> str:
    """A rhythm that the owner chose, to the day: "every 30 days"."""
    return "every day" if days == 1 else f"every {days} days"


def _of_which_away(reasons: Reasons) -> str:
    """The owner's own absence, where the silence is partly that."""
    if not reasons.away_days:
        return ""
    return f", {span(reasons.away_days)} of which you were away"


def sentence(reasons: Reasons) -> str:
    """The numbers in one breath: "You two usually write every 9 days; it has been 31. ..."."""
    away = _of_which_away(reasons)
    if reasons.wished_days is not None:
        rhythm = _each(reasons.wished_days)
        silence = _it_has_been(reasons, rhythm)
        return f"You wish to be in touch {rhythm}; {silence}{away}. {_who_last(reasons)}"
    if reasons.usual_gap_days is None:
        times = count(reasons.contact_days, "day")
        start = f"You two were in touch on {times}; the last was {ago(reasons.silence_days)}."
        if reasons.contact_days == 1:
            start = f"You two were in touch once, {ago(reasons.silence_days)}."
        return f"{start} {_who_last(reasons)}"
    verb = "are usually in touch" if _mostly_meetings(reasons) else "usually write"
    rhythm = every(reasons.usual_gap_days)
    silence = _it_has_been(reasons, rhythm)
    return f"You two {verb} {rhythm}; {silence}{away}. {_who_last(reasons)}"


def counts_line(people: int, owed: int, met: int = 0) -> str:
    """The verdict: "3 people to write to, 1 reply owed."; the quiet line where there is neither."""
    parts = []
    if people:
        parts.append(f"{count(people, 'person', 'people')} to write to")
    if owed:
        parts.append(f"{count(owed, 'reply', 'replies')} owed")
    if met:
        parts.append(f"{count(met, 'new person', 'new people')} to follow up with")
    return ", ".join(parts) + "." if parts else QUIET


def subject(when: date, *, people: int, owed: int, met: int = 0, unseen: str = "") -> str:
    """The subject: "Your people, 23 Nov: 3 to write to, 1 reply owed", or `unseen` in its place."""
    text = f"Your people, {day(when, when)}: "
    if unseen:
        return text + unseen
    parts = [f"{people:,} to write to"] if people else []
    if owed:
        parts.append(f"{count(owed, 'reply', 'replies')} owed")
    if met:
        parts.append(f"{met:,} to follow up with")
    return text + (", ".join(parts) or "a quiet week")


def _state(judgement: Judgement, name: str) -> str:
    reasons = judgement.reasons
    fades = count(reasons.fades_after_days, "day")
    sleeps = count(reasons.sleeps_after_days, "day")
    match judgement.state:
        case State.SLIGHT:
            return f"There is too little between you and {name} yet to speak of a rhythm."
        case State.LIVING if reasons.wished_days is not None:
            return f"Your tie with {name} is living: you are in touch as often as you wish."
        case State.LIVING:
            return f"Your tie with {name} is living: a silence of up to {fades} fits its rhythm."
        case State.FADING if reasons.wished_days is not None:
            return f"Your tie with {name} is fading: the silence is longer than you wish."
        case State.FADING:
            return (
                f"Your tie with {name} is fading: a silence of more than {fades} is unusual for "
                f"you two, and after {sleeps} it counts as asleep."
            )
        case State.DORMANT:
            return (
                f"Your tie with {name} is asleep: a silence of more than {sleeps} has outgrown "
                "its old rhythm by far."
            )


def _figure(number: float) -> str:
    """A number with one figure after the point while it is small: "3.4", "9", "31"."""
    return f"{number:.1f}".removesuffix(".0") if number < 10 else f"{number:.0f}"  # noqa: PLR2004 - small


def _rhythm(reasons: Reasons) -> str:
    gap = reasons.usual_gap_days
    if gap is None:
        return "There are fewer than two gaps between contacts, so no usual gap is known."
    verb = "are usually in touch" if _mostly_meetings(reasons) else "usually write"
    return (
        f"You two {verb} {every(gap)}: that is the middle one of your gaps "
        f"({_figure(gap)} {'day' if _figure(gap) == '1' else 'days'}), long and recent ones "
        "weighing more."
    )


def _wished(reasons: Reasons) -> list[str]:
    if reasons.wished_days is None:
        return []
    return [f"You wish to be in touch {_each(reasons.wished_days)}; that is what counts here."]


def _silence(reasons: Reasons, today: date | None) -> str:
    text = f"The last contact was on {day(reasons.last_contact, today)}"
    gap, silence = reasons.usual_gap_days, reasons.silence_days
    text += f", {count(silence, 'day')} ago" if silence > 1 else f": {ago(silence)}"
    text += _of_which_away(reasons)
    silence -= reasons.away_days
    if gap is None or silence < 2:  # noqa: PLR2004 - today and yesterday are no silence
        return text + "."
    times = silence / max(gap, 1.0)
    if times < 0.75:  # noqa: PLR2004 - clearly less than one usual gap
        return text + ": less than your usual gap."
    if times < 1.25:  # noqa: PLR2004 - one usual gap, give or take
        return text + ": about your usual gap."
    return f"{text}: {_figure(times)} times your usual gap."


def _seen(reasons: Reasons, name: str, today: date | None) -> str:
    first = day(reasons.first_contact, today)
    days = count(reasons.contact_days, "day")
    years = span((reasons.last_contact - reasons.first_contact).days)
    text = f"Seen so far: contact on {days} since {first}"
    if reasons.contact_days > 1:
        text += f", over {years}"
    parts = []
    if reasons.out_days:
        parts.append(f"you wrote on {count(reasons.out_days, 'day')}")
    if reasons.in_days:
        parts.append(f"{name} wrote on {count(reasons.in_days, 'day')}")
    if reasons.meeting_days:
        parts.append(f"you met on {count(reasons.meeting_days, 'day')}")
    return f"{text}; {listed(parts)}." if parts else f"{text}."


def _last_word(reasons: Reasons, name: str) -> str:
    if reasons.unanswered > 1:
        return (
            f"You wrote on {reasons.unanswered} days since {name} was last heard. "
            "You have done your part; there is no need to write again."
        )
    if reasons.last_spoke is Spoke.OWNER:
        return "The last word was yours."
    if reasons.last_spoke is Spoke.THEY:
        return f"The last word was from {name}."
    return "The last time, word went both ways."


def _what_would_change(judgement: Judgement) -> str:
    if judgement.state is State.SLIGHT:
        return "A few more days with contact, both ways, would show a rhythm."
    return (
        "Any word between you, from either side, starts the count afresh. If you two talk where "
        "Beforehand cannot see, the silence is not real: what it does not see, it cannot count."
    )


def why(judgement: Judgement, name: str, *, today: date | None = None) -> list[str]:
    """The longer answer: why a tie is judged as it is, one thought a line, with its numbers.

    `today` lets dates of this year go without their year.
    """
    reasons, name = judgement.reasons, plain(name)
    lines = [
        _state(judgement, name),
        _rhythm(reasons),
        *_wished(reasons),
        _silence(reasons, today),
        _last_word(reasons, name),
        _seen(reasons, name, today),
    ]
    if reasons.months:
        lines.append(f"{months_line(reasons.months)}.")
    if judgement.state is not State.SLIGHT:
        lines.append(
            f"Of silences like this one, {chance(judgement.p_lapse)} go on without a word for the "
            f"next {count(judgement.horizon_days, 'day')}."
        )
    lines.append(_what_would_change(judgement))
    return lines


def months_line(months: tuple[int, ...]) -> str:
    """The bars in words: "Days in touch per month, oldest first: 3, 4, 2"."""
    return f"Days in touch per month, oldest first: {', '.join(map(str, months))}"


def week(start: date, end: date) -> str:
    """The span [start, end) as a person says it: "16 to 22 Nov 2026"."""
    last = date.fromordinal(max(end.toordinal() - 1, start.toordinal()))
    if start == last:
        return day(last)
    if (start.year, start.month) == (last.year, last.month):
        return f"{start.day} to {day(last)}"
    return f"{day(start, last)} to {day(last)}"


def more(number: int) -> str:
    """What was left out of a list, or nothing."""
    return f"and {number:,} more" if number > 0 else ""


def standing(living: int, fading: int, dormant: int) -> str:
    """How many ties stand where: "48 living ties, 9 quieter than usual, 31 asleep."."""
    if not living + fading + dormant:
        return "No tie is old enough yet to speak of its rhythm."
    parts = [count(living, "living tie")]
    if fading:
        parts.append(f"{fading:,} quieter than usual")
    if dormant:
        parts.append(f"{dormant:,} asleep")
    return ", ".join(parts) + "."


def seen(label: str, last_ok: datetime | None, now: datetime) -> str:
    """When a source was last read: "Gmail: last seen today at 07:12"."""
    when = f"last seen {moment(last_ok, now)}" if last_ok else "not seen yet"
    return f"{_source(label)}: {when}"


def notice(label: str, last_ok: datetime | None, trouble: str, now: datetime) -> str:
    """What is said at the top of a source that is stale, with its trouble as a last sentence."""
    if last_ok is None:
        text = f"{_source(label)} has not been seen yet."
    elif _today(last_ok, now):  # read, but what it holds is old
        text = f"{_source(label)} was last seen {moment(last_ok, now)}."
    else:
        text = (
            f"{_source(label)} was last seen on {moment(last_ok, now)}; nothing since is counted."
        )
    trouble = " ".join(trouble.split()).rstrip(".")
    return f"{text} {trouble[0].upper()}{trouble[1:]}." if trouble else text


def partly(label: str, back_to: datetime, now: datetime) -> str:
    """What is said at the top of a source that is being read for the first time."""
    since = day(back_to.astimezone(now.tzinfo).date(), now.date())
    return (
        f"{_source(label)} is being read for the first time, the newest first: back to {since} "
        "so far. What lies before that is not weighed yet."
    )


def early() -> tuple[str, str]:
    """The verdict and the end of the subject where too little has been read to name anybody."""
    return "Your mail is still being read: it is too early to name anybody.", "mail being read"


def blind(last_ok: datetime | None, now: datetime) -> tuple[str, str]:
    """The verdict and the end of the subject of a report that may claim no silence."""
    if last_ok is None:
        return "Your mail has not been seen yet, so nobody is named.", "mail not seen yet"
    if _today(last_ok, now):
        return "Your mail is out of date, so nobody is named.", "mail out of date"
    since = f"since {day(last_ok.astimezone(now.tzinfo).date(), now.date())}"
    return f"Your mail has not been seen {since}, so nobody is named.", f"mail not seen {since}"


def _source(label: str) -> str:
    name = plain(label)
    return name[0].upper() + name[1:]


def _today(when: datetime, now: datetime) -> bool:
    return when.astimezone(now.tzinfo).date() == now.date()


def year_in_touch(months: tuple[int, ...]) -> str:
    """What the bars add up to: "34 days in touch in 12 months"."""
    return f"{count(sum(months), 'day')} in touch in {count(len(months), 'month')}"


def last_contact(when: date, today: date) -> str:
    """When the last contact was: "last on 23 Oct"."""
    return f"last on {day(when, today)}"


def owed_since(since: date, days: int, today: date, because: str = "") -> str:
    """Since when a reply is owed, and why it seems so: "wrote on 14 Nov, 9 days ago"."""
    text = f"wrote on {day(since, today)}, {ago(days)}"
    return f"{text}; {because}" if because else text


def met_since(on: date, today: date, *, wrote: bool) -> str:
    """Somebody new: "You first met on 12 Nov, 11 days ago, and there was no word since."."""
    verb = "You two first wrote" if wrote else "You first met"
    return f"{verb} on {day(on, today)}, {ago((today - on).days)}; no word since."


def once_close(reasons: Reasons) -> str:
    """What a tie was that is asleep: "You two were in touch on 48 days over 3 years, ..."."""
    over = span((reasons.last_contact - reasons.first_contact).days)
    times = count(reasons.contact_days, "day")
    return (
        f"You two were in touch on {times} over {over}; the last was {ago(reasons.silence_days)}. "
        "A hello there reaches beyond the circles you move in now."
    )
