"""What is said of open replies, newcomers, introductions, and of what is not seen of a tie.

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


def replies_owed() -> str:
    """The title above the replies owed."""
    return _("Replies owed")


def count_owed(replies: int) -> str:
    """How many replies are owed, in the verdict and in the subject."""
    return ngettext("{number} reply owed", "{number} replies owed", replies).format(
        number=number(replies)
    )


def owed_since(since: date, waiting: int, today: date, because: str = "") -> str:
    """Since when a reply is owed, and why it seems so: "wrote on 14 Nov, 9 days ago"."""
    # NOTE: follows a name: "Nia Okafor wrote on 14 Nov, 9 days ago".
    text = _("wrote on {day}, {ago}").format(day=day(since, today), ago=ago(waiting))
    return f"{text}; {because}" if because else text


def owed_because(reply: ReplyOwed) -> str:
    """Why a reply seems owed, to follow "wrote on 14 Nov, 9 days ago; "."""
    if reply.came_back and reply.came_back_after is not None:
        # NOTE: follows "Ada wrote on 14 Nov, 9 days ago; ", as does the next one.
        return ngettext(
            "they came back to that thread after {number} day",
            "they came back to that thread after {number} days",
            reply.came_back_after,
        ).format(number=number(reply.came_back_after))
    # NOTE: {share} is "9 of 10" or "all 10".
    return _("you have answered {share} of their letters within two days").format(
        share=_of(reply.answered, reply.letters)
    )


def owed_line(reply: ReplyOwed, name: str, on: date, today: date | None = None) -> str:
    """Sentence that somebody waits: "Ada wrote on 14 Nov, 9 days ago, and ..."."""
    return _("{name} wrote on {day}, {ago}, and may wait for a reply: {because}.").format(
        name=plain(name), day=day(on, today), ago=ago(reply.days), because=owed_because(reply)
    )


def awaited_line(reply: ReplyAwaited, name: str, on: date, today: date | None = None) -> str:
    """Sentence that the owner's letter has no answer yet. It asks for nothing."""
    return _(
        "Your letter of {day}, {ago}, has no answer yet; {name} answered {share} of your letters "
        "within two days."
    ).format(
        day=day(on, today),
        ago=ago(reply.days),
        name=plain(name),
        share=_of(reply.answered, reply.letters),
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


def met_since(on: date, today: date, *, wrote: bool) -> str:
    """Somebody new: "You first met on 12 Nov, 11 days ago; no word since."."""
    text = (
        _("You two first wrote on {day}, {ago}; no word since.")
        if wrote
        else _("You first met on {day}, {ago}; no word since.")
    )
    return text.format(day=day(on, today), ago=ago((today - on).days))


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
    brought = text.format(name=name, people=_people(people), number=number(in_touch))
    if silent_days is None or silent_days < _LONG:
        return f"{brought}."
    # NOTE: {brought} is "Ada brought you 3 people".
    return _("{brought}; your last word to {name} was {ago}.").format(
        brought=brought, name=name, ago=ago(silent_days)
    )


def _people(people: Sequence[str]) -> str:
    names = [plain(name) for name in people]
    if len(names) == 1:
        return names[0]
    # NOTE: whom somebody brought: "Ada brought you 3 people".
    count = ngettext("{number} person", "{number} people", len(names))
    count = count.format(number=number(len(names)))
    return f"{count} ({listed(names)})" if len(names) <= _MOST_NAMES else count


def blind_line(gap: CoverageGap) -> str:
    """What little is seen of two people: "27 of the 30 days seen of you two are meetings: ..."."""
    match gap.kind:
        case CoverageKind.MEETINGS:
            text = ngettext(
                "{part} of the {number} day seen of you two are meetings: "
                "what you write or say elsewhere is not seen here.",
                "{part} of the {number} days seen of you two are meetings: "
                "what you write or say elsewhere is not seen here.",
                gap.of,
            )
        case CoverageKind.GROUPS:
            text = ngettext(
                "On {part} of the {number} day seen of you two there were always others: "
                "little is seen of you two alone.",
                "On {part} of the {number} days seen of you two there were always others: "
                "little is seen of you two alone.",
                gap.of,
            )
        case CoverageKind.OWNER:
            text = ngettext(
                "On {part} of the {number} day seen of you two only you wrote: "
                "answers may come where nothing is seen.",
                "On {part} of the {number} days seen of you two only you wrote: "
                "answers may come where nothing is seen.",
                gap.of,
            )
        case CoverageKind.THEY:
            text = ngettext(
                "On {part} of the {number} day seen of you two only they wrote: "
                "you may answer where nothing is seen.",
                "On {part} of the {number} days seen of you two only they wrote: "
                "you may answer where nothing is seen.",
                gap.of,
            )
    return text.format(part=number(gap.days), number=number(gap.of))


def _of(part: int, whole: int) -> str:
    text = _("all {whole}") if part == whole else _("{part} of {whole}")
    return text.format(part=number(part), whole=number(whole))
