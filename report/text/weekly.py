"""The words around the sections of a report: verdict, subject, the state of the sources.

Numbers in, plain short sentences out: no scores, no guilt, correct plurals. The small phrases are
in `report.text.phrases`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from report.text.language import gettext as _
from report.text.language import ngettext
from report.text.phrases import clock, day, days_between, number, plain


def verdict(counts: Sequence[str]) -> str:
    """The verdict: "3 people to write to, 1 reply owed."; the quiet line where there is nothing."""
    return ", ".join(counts) + "." if counts else quiet()


def quiet() -> str:
    """The verdict where there is nothing to do."""
    return _("A quiet week: nobody needs a word from you now.")


def subject(when: date, counts: str) -> str:
    """The subject: "Your people, 23 Nov: 3 to write to, 1 reply owed"."""
    return _("Your people, {day}: {counts}").format(
        day=day(when, when), counts=counts or _("a quiet week")
    )


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


def early() -> tuple[str, str]:
    """The verdict and the end of the subject where too little has been read to name anybody."""
    verdict = _("Your mail is still being read: it is too early to name anybody.")
    return verdict, _("mail being read")


def blind(last_ok: datetime | None, now: datetime) -> tuple[str, str]:
    """The verdict and the end of the subject where stale mail lets no silence be claimed."""
    if last_ok is None:
        return _("Your mail has not been seen yet, so nobody is named."), _("mail not seen yet")
    if _today(last_ok, now):
        return _("Your mail is out of date, so nobody is named."), _("mail out of date")
    since = day(last_ok.astimezone(now.tzinfo).date(), now.date())
    return (
        _("Your mail has not been seen since {day}, so nobody is named.").format(day=since),
        _("mail not seen since {day}").format(day=since),
    )


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


def _source(label: str) -> str:
    name = plain(label)
    return name[0].upper() + name[1:]


def _today(when: datetime, now: datetime) -> bool:
    return when.astimezone(now.tzinfo).date() == now.date()
