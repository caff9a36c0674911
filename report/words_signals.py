"""What is said of replies that wait, of beginnings, of who brought whom, and of what is not seen.

Evidence with its numbers; nothing is asked of anybody, and nobody is told to write again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from report.phrases import ago, count, day, listed, plain, span
from scoring.signals.blindness import Blindness, OneThing
from scoring.signals.owed import ReplyAwaited, ReplyOwed

# So many names are a sentence; more would be a list.
_MOST_NAMES = 3
# Silence towards somebody who brought others is worth a word from here on, in days.
_LONG = 60


def owed_because(one: ReplyOwed) -> str:
    """Why a reply seems owed, to follow "wrote on 14 Nov, 9 days ago; "."""
    if one.came_back and one.came_back_after is not None:
        return f"they came back to that thread after {count(one.came_back_after, 'day')}"
    return f"you have answered {_of(one.answered, one.letters)} of their letters within two days"


def owed_line(one: ReplyOwed, name: str, on: date, today: date | None = None) -> str:
    """That somebody waits: "Ada wrote on 14 Nov, 9 days ago, and ..."."""
    return (
        f"{plain(name)} wrote on {day(on, today)}, {ago(one.days)}, and may wait for a reply: "
        f"{owed_because(one)}."
    )


def awaited_line(one: ReplyAwaited, name: str, on: date, today: date | None = None) -> str:
    """That the owner's letter is not answered yet. It says so, and asks for nothing."""
    return (
        f"Your letter of {day(on, today)}, {ago(one.days)}, has no answer yet; {plain(name)} "
        f"answered {_of(one.answered, one.letters)} of your letters within two days."
    )


def introduced_line(by: str, on: date, today: date | None = None) -> str:
    """Who brought the owner and somebody together."""
    return f"{plain(by)} introduced you two on {day(on, today)}."


def brought_line(name: str, people: Sequence[str], in_touch: int, silent_days: int | None) -> str:
    """Whom somebody brought: "Ada brought you 3 people, 2 of whom you are still in touch with."

    `people` are their names, at least one. `silent_days` is how long ago the owner last wrote to
    or met the one who brought them; None where they never did.
    """
    if len(people) == 1:
        text = f"{plain(name)} brought you {plain(people[0])}"
        text += ", with whom you are still in touch" if in_touch else ""
    else:
        text = f"{plain(name)} brought you {count(len(people), 'person', 'people')}"
        if len(people) <= _MOST_NAMES:
            text += f" ({listed(plain(one) for one in people)})"
        if in_touch:
            text += f", {in_touch} of whom you are still in touch with"
    if silent_days is not None and silent_days >= _LONG:
        text += f"; your last word to {plain(name)} was {span(silent_days)} ago"
    return f"{text}."


def blind_line(one: Blindness) -> str:
    """What little is seen of two people: "27 of the 30 days seen of you two are meetings: ..."."""
    seen = f"{one.days:,} of the {count(one.of, 'day')} seen of you two"
    match one.kind:
        case OneThing.MEETINGS:
            return f"{seen} are meetings: what you write or say elsewhere is not seen here."
        case OneThing.GROUPS:
            return f"On {seen} there were always others: little is seen of you two alone."
        case OneThing.OWNER:
            return f"On {seen} only you wrote: answers may come where nothing is seen."
        case OneThing.THEY:
            return f"On {seen} only they wrote: you may answer where nothing is seen."


def _of(part: int, whole: int) -> str:
    return f"all {whole:,}" if part == whole else f"{part:,} of {whole:,}"
