"""What is said of replies that wait, of beginnings, of who brought whom, and of what is not seen.

Evidence with its numbers; nothing is asked of anybody, and nobody is told to write again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from report.text.language import gettext as _
from report.text.language import ngettext
from report.text.phrases import ago, day, listed, number, plain
from scoring.signals.coverage import CoverageGap, CoverageKind
from scoring.signals.owed import ReplyAwaited, ReplyOwed

# So many names are a sentence; more would be a list.
_MOST_NAMES = 3
# Silence towards somebody who brought others is worth a word from here on, in days.
_LONG = 60


def owed_because(one: ReplyOwed) -> str:
    """Why a reply seems owed, to follow "wrote on 14 Nov, 9 days ago; "."""
    if one.came_back and one.came_back_after is not None:
        # NOTE: follows "Ada wrote on 14 Nov, 9 days ago; ", as does the next one.
        return ngettext(
            "they came back to that thread after {number} day",
            "they came back to that thread after {number} days",
            one.came_back_after,
        ).format(number=number(one.came_back_after))
    # NOTE: {share} is "9 of 10" or "all 10".
    return _("you have answered {share} of their letters within two days").format(
        share=_of(one.answered, one.letters)
    )


def owed_line(one: ReplyOwed, name: str, on: date, today: date | None = None) -> str:
    """That somebody waits: "Ada wrote on 14 Nov, 9 days ago, and ..."."""
    return _("{name} wrote on {day}, {ago}, and may wait for a reply: {because}.").format(
        name=plain(name), day=day(on, today), ago=ago(one.days), because=owed_because(one)
    )


def awaited_line(one: ReplyAwaited, name: str, on: date, today: date | None = None) -> str:
    """That the owner's letter is not answered yet. It says so, and asks for nothing."""
    return _(
        "Your letter of {day}, {ago}, has no answer yet; {name} answered {share} of your letters "
        "within two days."
    ).format(
        day=day(on, today),
        ago=ago(one.days),
        name=plain(name),
        share=_of(one.answered, one.letters),
    )


def introduced_line(by: str, on: date, today: date | None = None) -> str:
    """Who brought the owner and somebody together."""
    return _("{name} introduced you two on {day}.").format(name=plain(by), day=day(on, today))


def brought_line(name: str, people: Sequence[str], in_touch: int, silent_days: int | None) -> str:
    """Whom somebody brought: "Ada brought you 3 people, 2 of whom you are still in touch with."

    `people` are their names, at least one. `silent_days` is how long ago the owner last wrote to
    or met the one who brought them; None where they never did.
    """
    name = plain(name)
    if len(people) == 1:
        text = (
            _("{name} brought you {people}, with whom you are still in touch")
            if in_touch
            else _("{name} brought you {people}")
        )
    elif in_touch:
        # NOTE: {people} is "3 people" or "3 people (Ilka, Bo and Cleo)".
        text = ngettext(
            "{name} brought you {people}, {number} of whom you are still in touch with",
            "{name} brought you {people}, {number} of whom you are still in touch with",
            in_touch,
        )
    else:
        text = _("{name} brought you {people}")
    said = text.format(name=name, people=_people(people), number=number(in_touch))
    if silent_days is None or silent_days < _LONG:
        return f"{said}."
    # NOTE: {brought} is "Ada brought you 3 people".
    return _("{brought}; your last word to {name} was {ago}.").format(
        brought=said, name=name, ago=ago(silent_days)
    )


def _people(people: Sequence[str]) -> str:
    names = [plain(one) for one in people]
    if len(names) == 1:
        return names[0]
    # NOTE: whom somebody brought: "Ada brought you 3 people".
    count = ngettext("{number} person", "{number} people", len(names))
    count = count.format(number=number(len(names)))
    return f"{count} ({listed(names)})" if len(names) <= _MOST_NAMES else count


def blind_line(one: CoverageGap) -> str:
    """What little is seen of two people: "27 of the 30 days seen of you two are meetings: ..."."""
    match one.kind:
        case CoverageKind.MEETINGS:
            text = ngettext(
                "{part} of the {number} day seen of you two are meetings: "
                "what you write or say elsewhere is not seen here.",
                "{part} of the {number} days seen of you two are meetings: "
                "what you write or say elsewhere is not seen here.",
                one.of,
            )
        case CoverageKind.GROUPS:
            text = ngettext(
                "On {part} of the {number} day seen of you two there were always others: "
                "little is seen of you two alone.",
                "On {part} of the {number} days seen of you two there were always others: "
                "little is seen of you two alone.",
                one.of,
            )
        case CoverageKind.OWNER:
            text = ngettext(
                "On {part} of the {number} day seen of you two only you wrote: "
                "answers may come where nothing is seen.",
                "On {part} of the {number} days seen of you two only you wrote: "
                "answers may come where nothing is seen.",
                one.of,
            )
        case CoverageKind.THEY:
            text = ngettext(
                "On {part} of the {number} day seen of you two only they wrote: "
                "you may answer where nothing is seen.",
                "On {part} of the {number} days seen of you two only they wrote: "
                "you may answer where nothing is seen.",
                one.of,
            )
    return text.format(part=number(one.days), number=number(one.of))


def _of(part: int, whole: int) -> str:
    text = _("all {whole}") if part == whole else _("{part} of {whole}")
    return text.format(part=number(part), whole=number(whole))
